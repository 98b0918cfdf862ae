//! An error in the officer's words, from the window's own catalogue: one text for both.

use mocban_desk::{
    DeskError,
    texts::{filled, plain},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Parameters whose values are codes themselves, with the catalogue's prefix for them.
const CODED: [(&str, &str); 4] = [
    ("problem", "certificate_problem_"),
    ("role", "signing_role_"),
    ("tries", "pin_tries_"),
    ("missing", "missing_"),
];

/// Heading, explanation and next step, one line each; the English of the log where the catalogue has no text.
pub(crate) fn fault(fault: &DeskError) -> String {
    let params = params(fault);
    let lines = ["heading", "explanation", "next"]
        .map(|part| text(&format!("error_{}_{part}", fault.code()), &params));
    match lines {
        [Some(heading), Some(explanation), Some(next)] => format!("{heading}\n  {explanation}\n  {next}"),
        _ => fault.to_string(),
    }
}

/// An error's parameters as JSON.
pub(crate) fn params(fault: &DeskError) -> Value {
    let mut serialised = serde_json::to_value(fault).unwrap_or_default();
    serialised.get_mut("params").map_or_else(|| Value::Object(Map::new()), Value::take)
}

/// Why a copy waits, by the queue's code.
pub(crate) fn upload_problem(code: &str) -> String {
    let key = format!("upload_problem_{}_heading", code.replace('-', "_"));
    plain(&key).unwrap_or(code).to_owned()
}

/// A verdict in a word, the window's own.
pub(crate) fn verdict(of: &impl serde::Serialize) -> String {
    let code = serde_json::to_value(of).unwrap_or_default();
    let code = code.as_str().unwrap_or_default();
    plain(&format!("verify_verdict_{code}")).unwrap_or(code).to_owned()
}

/// A reason or a warning of a verification in words; its JSON where the catalogue has no text.
pub(crate) fn verification(kind: &str, of: &impl serde::Serialize) -> String {
    let mut params = serde_json::to_value(of).unwrap_or_default();
    let code = params.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Value::Object(params) = &mut params {
        let named = params.get("field").cloned().unwrap_or_default();
        params.entry("signature").or_insert(named);
    }
    text(&format!("verify_{kind}_{code}"), &params)
        .unwrap_or_else(|| serde_json::to_string(of).unwrap_or_default())
}

/// What was noticed about a page.
pub(crate) fn page_warning(warning: &mocban_desk::api::PageWarning) -> String {
    let code = serde_json::to_value(warning).unwrap_or_default();
    let code = code.as_str().unwrap_or_default();
    plain(&format!("page_warning_{code}")).unwrap_or(code).to_owned()
}

fn text(key: &str, params: &Value) -> Option<String> {
    let params = params.as_object().into_iter().flatten();
    let words: BTreeMap<String, String> =
        params.map(|(name, value)| (name.clone(), word(name, value))).collect();
    filled(key, &words)
}

fn word(name: &str, value: &Value) -> String {
    match value {
        Value::Array(all) => all.iter().map(|one| word(name, one)).collect::<Vec<_>>().join(", "),
        Value::String(code) => {
            let prefix = CODED.iter().find(|(coded, _)| *coded == name);
            let known = prefix.and_then(|(_, prefix)| plain(&format!("{prefix}{code}")));
            known.unwrap_or(code).to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_code_has_heading_explanation_and_next_step_in_vietnamese() {
        for code in DeskError::CODES {
            for part in ["heading", "explanation", "next"] {
                let key = format!("error_{code}_{part}");
                assert!(plain(&key).is_some_and(|text| !text.trim().is_empty()), "{key}");
            }
        }
    }

    #[test]
    fn parameters_that_are_codes_are_put_in_words() {
        let said =
            fault(&DeskError::CaseIncomplete { missing: vec!["pageOutline".into(), "attestation".into()] });
        assert!(said.contains("Xác nhận khung trang, Xác nhận đã đối chiếu bản chính"), "{said}");
        let said = fault(&DeskError::NotSignedIn { role: "agency".into() });
        assert!(!said.contains("agency") && !said.contains('{'), "{said}");
    }

    #[test]
    fn parameters_that_are_texts_stay_as_they_are() {
        let said = fault(&DeskError::PictureCorrupt { name: "{name} trang 1.jpg".into() });
        assert!(said.contains("{name} trang 1.jpg"), "{said}");
    }

    #[test]
    fn an_error_without_parameters_has_an_empty_object_of_them() {
        assert_eq!(params(&DeskError::TokenRemoved), serde_json::json!({}));
    }
}
