//! What lies in an increment beside the objects that its table names. A reader that repairs a file collects every
//! `n g obj` it finds, named or not: such an object could show what no other reader shows (incremental saving
//! without a table, "1 Trillion Dollar Refund" §4.2).

use std::ops::Range;

use memchr::memmem;

use crate::pdf::parser::is_space;
use crate::pdf::xref::Entry;
use crate::pdf::{ReadResult, View};

/// The offsets at which this revision's own bytes hold objects that its table does not name.
pub(super) fn unnamed(view: View<'_, '_>) -> ReadResult<Vec<usize>> {
    let revision = view.revision();
    let mut named = vec![view.file.object_span(view, revision.startxref)];
    for &number in &revision.numbers {
        if let Entry::At { offset, .. } = view.entry(number)
            && revision.bytes.contains(&offset)
        {
            named.push(view.file.object_span(view, offset));
        }
    }
    named.extend(revision.hidden.map(|offset| view.file.object_span(view, offset)));
    let mut named: Vec<Range<usize>> = named.into_iter().collect::<ReadResult<_>>()?;
    named.sort_by_key(|span| span.start);
    let mut found = Vec::new();
    let mut at = revision.bytes.start;
    for span in named.into_iter().chain(std::iter::once(revision.bytes.end..revision.bytes.end)) {
        if at < span.start {
            headers(view.file.bytes, at..span.start, &mut found);
        }
        at = at.max(span.end);
    }
    Ok(found)
}

/// Appends the offsets of `n g obj` inside `gap`.
fn headers(bytes: &[u8], gap: Range<usize>, found: &mut Vec<usize>) {
    let gap_bytes = &bytes[gap.clone()];
    for at in memmem::find_iter(gap_bytes, b"obj") {
        let rest = &gap_bytes[..at];
        let Some(rest) = number_before(rest, false) else { continue };
        if let Some(rest) = number_before(rest, true) {
            found.push(gap.start + rest.len());
        }
    }
}

/// What stands before `number space` at the end of `bytes`.
fn number_before(bytes: &[u8], spaced: bool) -> Option<&[u8]> {
    let trimmed = &bytes[..bytes.iter().rposition(|&byte| !is_space(byte))? + 1];
    if spaced && trimmed.len() == bytes.len() {
        return None;
    }
    let digits = trimmed.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| &trimmed[..trimmed.len() - digits])
}
