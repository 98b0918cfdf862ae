//! Turns edited objects into an increment: plain, or with one gap that a signature or timestamp fills later. What the
//! file encrypts is encrypted here, in the last moment before it is written.

use std::ops::Range;

use super::edit::Edit;
use crate::crypto::Hash;
use crate::error::PadesError;
use crate::pdf::write::{self, Increment};
use crate::pdf::{Dict, Object, ReadError, Ref};

/// Room for each of the three numbers of /ByteRange that are known last.
const DIGITS: usize = 10;

/// An increment whose /Contents is still zeros.
#[derive(Clone)]
pub(crate) struct Gapped {
    pub(crate) bytes: Vec<u8>,
    /// The /Contents string with its angle brackets, inside the increment.
    pub(crate) gap: Range<usize>,
}

impl Gapped {
    /// Bytes kept for the value.
    pub(crate) fn room(&self) -> usize {
        (self.gap.len() - 2) / 2
    }

    /// The two parts of the increment that are hashed.
    pub(crate) fn hashed(&self) -> [&[u8]; 2] {
        [&self.bytes[..self.gap.start], &self.bytes[self.gap.end..]]
    }

    /// Writes the value into the gap; what is left over stays zeros.
    pub(crate) fn fill(&mut self, value: &[u8]) -> Result<(), PadesError> {
        let reserved = self.room();
        let too_small = PadesError::PlaceholderTooSmall { needed: value.len(), reserved };
        if value.len() > reserved {
            return Err(too_small);
        }
        let start = self.gap.start + 1;
        hex::encode_to_slice(value, &mut self.bytes[start..start + value.len() * 2]).map_err(|_| too_small)
    }

    /// What stands in the gap now, with its zeros.
    pub(crate) fn value(&self) -> Option<Vec<u8>> {
        hex::decode(&self.bytes[self.gap.start + 1..self.gap.end - 1]).ok()
    }
}

/// The increment of the edited objects, and nothing else.
pub(crate) fn plain(pdf: &[u8], edit: &Edit<'_, '_>, time: jiff::Timestamp) -> Result<Vec<u8>, PadesError> {
    let increment = objects(pdf, edit, Increment::after(pdf))?;
    finish(pdf, edit, increment, time)
}

/// The increment of the edited objects and of the dictionary `dict` as object `value`, with a gap of `room` bytes for
/// its /Contents and the /ByteRange around it (ISO 32000-1 §12.8.1).
pub(crate) fn gapped(
    pdf: &[u8],
    edit: &Edit<'_, '_>,
    (value, dict): (Ref, Dict),
    room: usize,
    time: jiff::Timestamp,
) -> Result<Gapped, PadesError> {
    let mut increment = objects(pdf, edit, Increment::after(pdf))?;
    increment.bytes.reserve(2 * room + 4096);
    increment.begin(value);
    let mut text = Vec::new();
    write::object(edit.view.file.sealed(value, &Object::Dictionary(dict))?.as_ref(), &mut text);
    text.truncate(text.len() - 2);
    increment.bytes.extend_from_slice(&text);
    increment.bytes.extend_from_slice(b"/ByteRange [0 ");
    let range_at = increment.bytes.len();
    increment.bytes.extend_from_slice(&[b' '; 3 * DIGITS + 2]);
    increment.bytes.extend_from_slice(b"]/Contents ");
    let gap_start = increment.bytes.len();
    increment.bytes.push(b'<');
    increment.bytes.resize(gap_start + 1 + 2 * room, b'0');
    increment.bytes.push(b'>');
    let gap = gap_start..increment.bytes.len();
    increment.bytes.extend_from_slice(b">>");
    increment.end();

    let mut bytes = finish(pdf, edit, increment, time)?;
    let range = format!("{} {} {}", pdf.len() + gap.start, pdf.len() + gap.end, bytes.len() - gap.end);
    let space = bytes.get_mut(range_at..range_at + range.len());
    space
        .filter(|_| range.len() <= 3 * DIGITS + 2)
        .ok_or(ReadError::Structure("the file is too long"))?
        .copy_from_slice(range.as_bytes());
    Ok(Gapped { bytes, gap })
}

fn objects(pdf: &[u8], edit: &Edit<'_, '_>, mut increment: Increment) -> Result<Increment, PadesError> {
    debug_assert!(std::ptr::eq(pdf, edit.view.file.bytes));
    for (&reference, object) in &edit.objects {
        increment.push(reference, edit.view.file.sealed(reference, object)?.as_ref());
    }
    Ok(increment)
}

fn finish(
    pdf: &[u8],
    edit: &Edit<'_, '_>,
    increment: Increment,
    time: jiff::Timestamp,
) -> Result<Vec<u8>, PadesError> {
    let last = edit.view.revision();
    let trailer = trailer(&last.trailer, last.startxref, pdf.len(), time)?;
    Ok(increment.finish(last.kind, trailer, edit.next()))
}

/// The trailer of the new section: /Root, /Info, /Encrypt and /ID are carried on, /Prev names the section before.
fn trailer(last: &Dict, previous: usize, length: usize, time: jiff::Timestamp) -> Result<Dict, PadesError> {
    let mut trailer = Dict::new();
    for key in ["Root", "Info", "Encrypt"] {
        if let Some(value) = last.get(key.as_bytes()) {
            trailer.insert(key.as_bytes().to_vec(), value.clone());
        }
    }
    let previous = i64::try_from(previous).map_err(|_| ReadError::Structure("the file is too long"))?;
    trailer.insert(b"Prev".to_vec(), Object::Integer(previous));
    if let Some(Object::Array(identifiers)) = last.get(&b"ID"[..])
        && let [Object::String(first), Object::String(second)] = identifiers.as_slice()
    {
        // The second half changes with every save (ISO 32000-1 §14.4); made of what is at hand, so that signing
        // the same file at the same moment gives the same bytes. The first half stays: keys are made of it.
        let time = time.as_nanosecond().to_be_bytes();
        let changed = Hash::Sha256.of(&[&second.bytes, &length.to_be_bytes(), &time]);
        let second = Object::string(changed.as_ref()[..16].to_vec(), true);
        let first = Object::string(first.bytes.clone(), true);
        trailer.insert(b"ID".to_vec(), Object::Array(vec![first, second]));
    }
    Ok(trailer)
}
