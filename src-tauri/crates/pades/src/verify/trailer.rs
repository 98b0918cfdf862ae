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

/// Objects with numbers from /Size on are missing to a reader that goes by the book (ISO 32000-2 table 15): none may go
/// missing by a smaller size, or appear by a larger one.
pub(super) fn keeps_size(old: View<'_, '_>, new: View<'_, '_>) -> bool {
    let size =
        |view: View<'_, '_>| view.trailer().get(&b"Size"[..]).and_then(Object::as_integer).unwrap_or(0);
    let (before, after) = (size(old), size(new));
    let visible = i64::from(old.revision().highest) < before;
    before == after || (visible && i64::from(old.revision().highest) < after)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::{File, sample};

    #[test]
    fn no_size_hides_or_shows_an_object() {
        let kept = |before: usize, after: usize| {
            let whole = sample(&["<</Type/Catalog>>", "<<>>", "<<>>"]);
            let mut pdf = String::from_utf8(whole).unwrap().replace("/Size 4", &format!("/Size {before}"));
            let (section, from) = (pdf.len(), pdf.find("xref").unwrap());
            let trailer = format!("<</Size {after}/Root 1 0 R/Prev {from}>>");
            pdf.push_str(&format!("xref\n0 0\ntrailer\n{trailer}\nstartxref\n{section}\n%%EOF\n"));
            let file = File::open(pdf.as_bytes()).unwrap();
            keeps_size(file.view(0), file.view(1))
        };
        assert!(kept(4, 4) && kept(4, 9) && kept(9, 4) && kept(3, 3));
        assert!(!kept(4, 3), "object 3 is hidden");
        assert!(!kept(3, 4), "object 3 appears");
    }
}
