//! The bytes that are hashed and signed: JSON in the canonical form of RFC 8785 (JCS).
//!
//! Only what our wire types need is admitted: strings, booleans, null, arrays, objects with ASCII member names, and
//! whole numbers that every JSON reader holds exactly (|n| < 2^53). Under these limits RFC 8785 comes down to "members
//! sorted by name, no white space, shortest escapes", which any language can repeat. A fraction is refused, never
//! rounded.

use serde::Serialize;
use serde_json::Value;

/// Largest whole number that an IEEE 754 double, hence every JSON reader, holds exactly.
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// Why a value has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number is a fraction, or too large to be exact in every JSON reader.
    #[error("a number is not a whole number below 2^53")]
    NumberNotExact,
    /// A member name is not ASCII, so sorting by bytes and by UTF-16 code units could differ.
    #[error("a member name is not ASCII")]
    NameNotAscii,
    /// The value cannot be written as JSON at all.
    #[error("the value is not JSON")]
    NotJson,
}

/// The canonical bytes of anything that serialises to the admitted JSON.
///
/// # Errors
/// [`CanonicalError`] when the value holds something the canonical form does not admit.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value = serde_json::to_value(value).map_err(|_| CanonicalError::NotJson)?;
    let mut out = Vec::with_capacity(512);
    write(&value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            // Sorted here and not left to the map type: a dependency may switch serde_json to insertion order.
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            out.push(b'{');
            for (i, name) in names.into_iter().enumerate() {
                if !name.is_ascii() {
                    return Err(CanonicalError::NameNotAscii);
                }
                if i > 0 {
                    out.push(b',');
                }
                scalar(name, out)?;
                out.push(b':');
                write(&members[name], out)?;
            }
            out.push(b'}');
        }
        Value::Number(number) => {
            let exact = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs))
                .is_some_and(|n| n <= LARGEST_EXACT);
            if !exact {
                return Err(CanonicalError::NumberNotExact);
            }
            scalar(value, out)?;
        }
        Value::Null | Value::Bool(_) | Value::String(_) => scalar(value, out)?,
    }
    Ok(())
}

/// serde_json writes strings with exactly the escapes of RFC 8785 section 3.2.2.2.
fn scalar<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), CanonicalError> {
    serde_json::to_writer(out, value).map_err(|_| CanonicalError::NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        assert_eq!(String::from_utf8(to_vec(value).unwrap()).unwrap(), expected);
    }

    #[test]
    fn members_are_sorted_at_every_depth_and_white_space_is_gone() {
        check(
            &json!({"b": [1, {"z": null, "a": true}], "a": "x"}),
            r#"{"a":"x","b":[1,{"a":true,"z":null}]}"#,
        );
    }

    #[test]
    fn strings_escape_as_in_the_standards_own_example() {
        // RFC 8785 section 3.2.2, the member "string".
        check(
            &json!("\u{20ac}$\u{000f}\nA'\u{0042}\u{0022}\u{005c}\\\"/"),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"",
        );
        check(&json!("SCTĐT/BS \u{7f}\t\u{8}"), "\"SCTĐT/BS \u{7f}\\t\\b\"");
    }

    #[test]
    fn fractions_and_inexact_numbers_are_refused() {
        assert_eq!(to_vec(&json!(1.5)), Err(CanonicalError::NumberNotExact));
        assert_eq!(to_vec(&json!(1u64 << 53)), Err(CanonicalError::NumberNotExact));
        assert_eq!(to_vec(&json!(-5)).unwrap(), b"-5");
    }

    #[test]
    fn a_member_name_outside_ascii_is_refused() {
        assert_eq!(to_vec(&json!({"số": 1})), Err(CanonicalError::NameNotAscii));
    }
}
