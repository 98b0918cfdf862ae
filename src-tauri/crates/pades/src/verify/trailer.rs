//! What trailers hold beside the entries of the format. Only the newest trailer counts, so a reference in an older one
//! leads nowhere once it is gone: some programs count the numbers of such references up in every revision.

use super::changes::keys;
use crate::pdf::{Dict, Object, View};

/// The entries of the format (ISO 32000-2 tables 15, 17 and 19, ISO/TS 32004 §7.3), and those of streams.
const KNOWN: [&[u8]; 15] = [
    b"AuthCode",
    b"DL",
    b"DecodeParms",
    b"Encrypt",
    b"Filter",
    b"ID",
    b"Index",
    b"Info",
    b"Length",
    b"Prev",
    b"Root",
    b"Size",
    b"Type",
    b"W",
    b"XRefStm",
];

/// Whether both trailers refer to `number` in the same entry. The document information shows nothing and may appear.
pub(super) fn keeps(old: View<'_, '_>, new: View<'_, '_>, number: u32) -> bool {
    let refers = |dict: &Dict, key: &[u8]| {
        let mut found = false;
        let value = dict.get(key);
        value.inspect(|value| value.references(&mut |target| found |= target.number == number));
        found
    };
    let (old, new) = (old.trailer(), new.trailer());
    old.keys().any(|key| key != b"Info" && refers(old, key) && refers(new, key))
}

/// The entries beside those of the format that were changed and lead to something: a program that knows such an entry
/// would show what nobody signed.
pub(super) fn private<'f>(old: View<'f, '_>, new: View<'f, '_>) -> Vec<&'f [u8]> {
    let leads = |value: &Object| {
        let mut leads = false;
        value.references(&mut |target| leads |= new.reference(target.number).is_some());
        leads
    };
    let mut changed = keys(old.trailer(), new.trailer());
    changed.retain(|key| !KNOWN.contains(key) && new.trailer().get(*key).is_some_and(leads));
    changed
}
