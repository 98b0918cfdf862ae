//! Every error has a heading, an explanation and a next step in both languages, with the placeholders it is given.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

use mocban_desk::DeskError;
use std::{collections::BTreeMap, path::Path};

fn catalogue(language: &str) -> BTreeMap<String, serde_json::Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../../ui/messages/{language}.json"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn every_error_has_its_three_texts_in_both_languages() {
    for language in ["vi", "en"] {
        let texts = catalogue(language);
        for code in DeskError::CODES {
            for part in ["heading", "explanation", "next"] {
                let key = format!("error_{code}_{part}");
                let text = texts.get(&key).and_then(|text| text.as_str()).unwrap_or_default();
                assert!(!text.trim().is_empty(), "{language}: {key} is missing");
            }
        }
    }
}

#[test]
fn texts_only_use_placeholders_that_the_error_fills() {
    let filled = ["tries", "detail", "module", "problem", "role", "name", "missing", "most", "field"];
    for language in ["vi", "en"] {
        for (key, text) in catalogue(language) {
            let Some(text) = text.as_str().filter(|_| key.starts_with("error_")) else { continue };
            for placeholder in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                assert!(filled.contains(&placeholder), "{language}: {key} asks for {{{placeholder}}}");
            }
        }
    }
}
