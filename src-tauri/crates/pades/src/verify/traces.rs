//! Traces of signatures that no form field carries. "No signature found" is the most dangerous answer a verifier
//! can give; it is given only when nothing in the bytes speaks of one.

use memchr::memmem;

use crate::pdf::parser::is_space;
use crate::pdf::{Dict, File, Object};

/// Looks at the bytes alone; for a file that cannot be read.
pub(super) fn in_bytes(bytes: &[u8]) -> bool {
    let ranged = memmem::find(bytes, b"/ByteRange").is_some();
    (ranged
        && follows(bytes, b"/Contents", |rest| matches!(rest, [b'(', ..] | [b'<', 0..=b';' | b'='.., ..])))
        || follows(bytes, b"/Type", |rest| {
            rest.strip_prefix(b"/Sig")
                .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
        })
}

/// Whether some `key`, after white space, is followed by what `wanted` accepts.
fn follows(bytes: &[u8], key: &[u8], wanted: impl Fn(&[u8]) -> bool) -> bool {
    memmem::find_iter(bytes, key).any(|at| {
        let rest = &bytes[at + key.len()..];
        let spaces = rest.iter().take_while(|&&byte| is_space(byte)).count();
        wanted(&rest[spaces..])
    })
}

/// Looks at every object of every revision, and at the bytes between them.
pub(super) fn in_file(file: &File<'_>) -> bool {
    let objects = (0..file.revisions.len()).any(|index| {
        let view = file.view(index);
        let numbers = view.revision().numbers.iter().filter(|&&number| view.differs(number));
        numbers.filter_map(|&number| view.reference(number)).any(|reference| match view.get(reference) {
            Ok(object) => holds_signature(&object),
            Err(_) => false,
        })
    });
    objects || in_bytes(file.bytes)
}

fn holds_signature(object: &Object) -> bool {
    match object {
        Object::Array(items) => items.iter().any(holds_signature),
        Object::Dictionary(dict) | Object::Stream(dict, _) => {
            is_signature(dict) || dict.values().any(holds_signature)
        }
        _ => false,
    }
}

/// A /ByteRange with /Contents, a /Type /Sig, or a signature field with a value. A bare ISO/TS 32004 /AuthCode has
/// a /ByteRange only and is none.
fn is_signature(dict: &Dict) -> bool {
    let is = |key: &str, name: &[u8]| dict.get(key.as_bytes()).and_then(Object::as_name) == Some(name);
    is_value(dict) || is("Type", b"Sig") || (is("FT", b"Sig") && has(dict, "V"))
}

/// What a signature field has for its value.
pub(super) fn is_value(dict: &Dict) -> bool {
    has(dict, "ByteRange") && has(dict, "Contents")
}

fn has(dict: &Dict, key: &str) -> bool {
    dict.get(key.as_bytes()).is_some_and(|value| *value != Object::Null)
}
