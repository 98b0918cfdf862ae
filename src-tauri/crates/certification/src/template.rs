//! One line of text with `{placeholders}`. Values are inserted as they are and never read as a template again.

use std::fmt::Write as _;

use crate::error::{Error, Field};
use crate::text;

const MAX_CHARS: usize = 500;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

/// A text with named holes, all of them known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template whose placeholders are all among `known`.
    pub(crate) fn parse(source: &str, known: &[&str]) -> Result<Self, Error> {
        let source = text::required(Field::Template, source, MAX_CHARS)?;
        let malformed = Error::FieldMalformed { field: Field::Template };
        let mut pieces = Vec::new();
        let mut rest = source.as_str();
        while let Some((literal, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| malformed.clone())?;
            if !known.contains(&name) {
                return Err(Error::PlaceholderUnknown { name: name.to_owned() });
            }
            pieces.push(Piece::Literal(literal.to_owned()));
            pieces.push(Piece::Placeholder(name.to_owned()));
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        if pieces.iter().any(|p| matches!(p, Piece::Literal(l) if l.contains('}'))) {
            return Err(malformed);
        }
        Ok(Self(pieces))
    }

    /// How often a placeholder stands in the text.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|p| matches!(p, Piece::Placeholder(n) if n == name)).count()
    }

    /// The text with `values` (name, value) put in.
    pub(crate) fn render(&self, values: &[(&str, &str)]) -> Result<String, Error> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Placeholder(name) => {
                    let found = values.iter().find(|(n, _)| n == name);
                    let (_, value) = found.ok_or_else(|| Error::PlaceholderUnknown { name: name.clone() })?;
                    out.push_str(value);
                }
            }
        }
        Ok(out)
    }

    /// As it was written.
    pub(crate) fn source(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                // Writing into a String cannot fail.
                Piece::Placeholder(name) => _ = write!(out, "{{{name}}}"),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_and_not_read_again() {
        let template = Template::parse("Số {number} quyển {volume}", &["number", "volume"]).unwrap();
        assert_eq!(
            template.render(&[("number", "{volume}"), ("volume", "01")]),
            Ok("Số {volume} quyển 01".to_owned())
        );
        assert_eq!(template.source(), "Số {number} quyển {volume}");
        assert_eq!(template.count("number"), 1);
    }

    #[test]
    fn broken_templates_are_refused_by_name() {
        let malformed = Err(Error::FieldMalformed { field: Field::Template });
        assert_eq!(Template::parse("a {number", &["number"]), malformed);
        assert_eq!(Template::parse("a number}", &["number"]), malformed);
        assert_eq!(Template::parse("{x}", &["y"]), Err(Error::PlaceholderUnknown { name: "x".to_owned() }));
    }
}
