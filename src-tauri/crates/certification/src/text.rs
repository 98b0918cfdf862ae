//! Text from people and machines, made safe to keep: NFC, one line, bounded, no invisible characters.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Field};

/// Zero-width and direction marks: pasted from web pages unseen, they would break search and could disguise a text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// One clean line: NFC, invisible characters dropped, runs of white space made one space, ends trimmed.
///
/// # Errors
/// [`Error::FieldTooLong`] beyond `max_chars` characters, [`Error::FieldMalformed`] on control characters.
pub(crate) fn line(field: Field, input: &str, max_chars: usize) -> Result<String, Error> {
    // Decomposed Vietnamese takes up to three characters of up to three bytes a letter: refuse hostile sizes before
    // working on them.
    if input.len() > max_chars.saturating_mul(16) {
        return Err(Error::FieldTooLong { field, max_chars });
    }
    let mut clean = String::with_capacity(input.len());
    for word in input.split_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.nfc().filter(|c| !is_invisible(*c)));
    }
    // A word made only of invisible characters leaves a doubled or trailing space behind; NFC may join across a mark
    // that was dropped. One more pass settles both.
    let clean: String = clean.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect();
    if clean.chars().any(char::is_control) {
        return Err(Error::FieldMalformed { field });
    }
    if clean.chars().count() > max_chars {
        return Err(Error::FieldTooLong { field, max_chars });
    }
    Ok(clean)
}

/// Like [`line`], and not empty.
pub(crate) fn required(field: Field, input: &str, max_chars: usize) -> Result<String, Error> {
    let clean = line(field, input, max_chars)?;
    if clean.is_empty() { Err(Error::FieldMissing { field }) } else { Ok(clean) }
}

/// Like [`line`]; absent and empty are the same.
pub(crate) fn optional(field: Field, input: Option<&str>, max_chars: usize) -> Result<Option<String>, Error> {
    let Some(input) = input else { return Ok(None) };
    let clean = line(field, input, max_chars)?;
    Ok((!clean.is_empty()).then_some(clean))
}

/// Reads one of our JSON data files.
pub(crate) fn data<T: serde::de::DeserializeOwned>(what: &'static str, json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|e| Error::DataUnreadable { what, reason: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_composed_trimmed_and_single_spaced() {
        let decomposed = "  Nguye\u{302}\u{303}n\tVa\u{306}n \u{200B} A\n";
        assert_eq!(line(Field::RequesterName, decomposed, 50), Ok("Nguyễn Văn A".to_owned()));
    }

    #[test]
    fn control_characters_and_oversize_are_refused() {
        let field = Field::PaperName;
        assert_eq!(line(field, "a\u{0}b", 10), Err(Error::FieldMalformed { field }));
        assert_eq!(line(field, "abcdefghijk", 10), Err(Error::FieldTooLong { field, max_chars: 10 }));
        assert_eq!(line(field, &"x".repeat(1 << 20), 10), Err(Error::FieldTooLong { field, max_chars: 10 }));
        assert_eq!(required(field, " \u{200B} ", 10), Err(Error::FieldMissing { field }));
    }

    #[test]
    fn the_direction_override_that_disguises_a_name_is_dropped() {
        assert_eq!(line(Field::PaperName, "bằng\u{202E}gnặb", 50), Ok("bằnggnặb".to_owned()));
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(input in "\\PC{0,60}|[ \u{200B}\u{301}\u{302}a-eđ\t]{0,30}") {
            if let Ok(once) = line(Field::PaperName, &input, 200) {
                prop_assert_eq!(line(Field::PaperName, &once, 200), Ok(once));
            }
        }
    }
}
