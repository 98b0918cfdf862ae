//! Sentences for people where there is no window: on the command line and in printed reports. They are the window's own,
//! from its Vietnamese catalogue, so that nobody reads two wordings of one thing.

use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::LazyLock};

static CATALOGUE: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../ui/messages/vi.json")).unwrap_or_default()
});

/// The text under a key as it stands in the catalogue.
pub fn plain(key: &str) -> Option<&'static str> {
    CATALOGUE.get(key).and_then(Value::as_str)
}

/// The text under a key with its parameters filled in; what a parameter brings is never read for parameters again.
pub fn filled(key: &str, params: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = plain(key)?;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                text.push_str(params.get(name).map_or("–", String::as_str));
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    Some(text + rest)
}

/// The text under a key, or the key itself: for keys whose presence a test holds.
pub(crate) fn known(key: &str) -> String {
    plain(key).unwrap_or(key).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_filled_in_once() {
        let params = BTreeMap::from([("number".to_owned(), "{volume}".to_owned())]);
        assert_eq!(filled("number_of", &params).unwrap(), "Số {volume}");
        assert_eq!(filled("no such key", &params), None);
        assert_eq!(filled("number_of", &BTreeMap::new()).unwrap(), "Số –");
    }
}
