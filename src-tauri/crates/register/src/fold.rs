//! Text as it is searched: lower case, no diacritics, `đ` as `d`.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds `text` for a search that ignores diacritics and case: "Nguyễn Đức" → "nguyen duc".
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// The query as FTS5 takes it: every word quoted, each a prefix, all of them wanted. `None` when there is no word.
pub(crate) fn match_expression(query: &str) -> Option<String> {
    let folded = fold(query);
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(16)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diacritics_case_and_composition_do_not_matter() {
        assert_eq!(fold("NGUYỄN Đức Ánh"), "nguyen duc anh");
        assert_eq!(fold("Nguye\u{302}\u{303}n"), "nguyen");
    }

    #[test]
    fn a_query_cannot_speak_the_query_language() {
        assert_eq!(match_expression("a\" OR b*"), Some("\"a\"* \"or\"* \"b\"*".into()));
        assert_eq!(match_expression(" - "), None);
    }
}
