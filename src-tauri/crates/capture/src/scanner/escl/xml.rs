//! XML of a scanner as a small tree: names without their prefixes (makers mix them up), text without blanks. Bounded.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deepest nesting read.
const DEPTH_MAX: usize = 32;
/// Most elements read.
const ELEMENTS_MAX: usize = 20_000;

/// An element.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The root element; `None` for anything that is not one bounded XML document.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
        let mut open = vec![Self::default()];
        let mut count = 0;
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    count += 1;
                    if open.len() > DEPTH_MAX || count > ELEMENTS_MAX {
                        return None;
                    }
                    open.push(Self::named(tag.local_name().as_ref()));
                }
                Event::Empty(tag) => open.last_mut()?.children.push(Self::named(tag.local_name().as_ref())),
                Event::Text(text) => open.last_mut()?.text.push_str(text.xml10_content().trim()),
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let mut document = open.pop().filter(|_| open.is_empty())?;
        (document.children.len() == 1).then(|| document.children.remove(0))
    }

    fn named(name: impl AsRef<str>) -> Self {
        Self { name: name.as_ref().to_owned(), ..Self::default() }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The number in the first child of this name.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.text_of(name)?.parse().ok()
    }

    /// Every element of this name below, itself included.
    pub(super) fn all<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(next) = waiting.pop() {
            if next.name == name {
                found.push(next);
            }
            waiting.extend(next.children.iter().rev());
        }
        found
    }

    /// The texts of all elements of this name below.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.all(name).into_iter().map(|element| element.text.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_blanks_and_declarations_do_not_matter() {
        let xml =
            "\u{feff}<?xml version=\"1.0\"?>\n<a:Root xmlns:a='x'><b:Name> Máy\n</b:Name><c:None/></a:Root>";
        let root = Element::read(xml.as_bytes()).unwrap();
        assert_eq!(
            (root.name(), root.text_of("Name"), root.text_of("None")),
            ("Root", Some("Máy"), Some(""))
        );
    }

    #[test]
    fn a_login_page_or_half_a_document_is_none() {
        for text in ["", "<!doctype html><html><body>log in", "<a><b></a>", "<a>", "no xml", "<a/><b/>"] {
            assert_eq!(Element::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Element::read(&[0xFF, 0xFE, 0]), None);
        let deep = "<a>".repeat(1000) + &"</a>".repeat(1000);
        assert_eq!(Element::read(deep.as_bytes()), None);
    }
}
