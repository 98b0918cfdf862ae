//! Bounds of a request: nothing missing, nothing longer than any real paper needs.

use unicode_normalization::UnicodeNormalization;

use crate::CopyError;
use crate::request::CopyRequest;

/// Most pages of an original in one copy.
pub const MOST_PAGES: usize = 500;

/// Most characters in one line of data: an agency, a paper's name, a capacity.
const LONGEST_LINE: usize = 500;

/// Most characters in a sentence or note.
const LONGEST_NOTE: usize = 2_000;

/// Most characters in the record of a page's transforms, or in a line of recognised text.
const LONGEST_RECORD: usize = 64 << 10;

/// Most lines in the agency's name, and in the signer's capacity.
const MOST_LINES: usize = 6;

pub(crate) fn check(request: &CopyRequest) -> Result<(), CopyError> {
    let pages = request.pages.len();
    if pages == 0 {
        return Err(CopyError::NoPages);
    }
    if pages > MOST_PAGES {
        return Err(CopyError::TooManyPages { pages, limit: MOST_PAGES });
    }
    let (statement, data, wording) = (&request.statement, &request.verification, &request.wording);
    lines("agency", &statement.agency)?;
    lines("capacity", &statement.capacity)?;
    for (field, text) in [
        ("statement title", &statement.title),
        ("number line", &statement.number_line),
        ("date line", &statement.date_line),
        ("signer", &statement.signer),
        ("conversion sign", &request.marker.sign),
        ("paper name", &data.paper_name),
        ("dossier code", &data.dossier_code),
        ("procedure code", &data.procedure_code),
        ("office id", &data.office_id),
        ("copy id", &data.copy_id),
        ("certification number", &request.provenance.certification_number),
        ("book", &request.provenance.book),
        ("software", &request.provenance.software),
    ] {
        present(field, text, LONGEST_LINE)?;
    }
    present("conversion sentence", &request.marker.sentence, LONGEST_NOTE)?;
    if request.training {
        present("training watermark", &wording.training_watermark, LONGEST_LINE)?;
    }
    for (field, text) in [
        ("wording", &wording.paper_label),
        ("wording", &wording.dossier_label),
        ("wording", &wording.copy_label),
        ("wording", &wording.pages_heading),
        ("wording", &wording.page_label),
        ("wording", &wording.more_pages),
        ("wording", &wording.verify_heading),
        ("wording", &wording.verify_text),
    ] {
        at_most(field, text, LONGEST_NOTE)?;
    }
    for page in &request.pages {
        at_most("transforms", &page.transforms_json, LONGEST_RECORD)?;
        for text in &page.texts {
            at_most("recognised text", &text.text, LONGEST_RECORD)?;
        }
    }
    Ok(())
}

fn lines(field: &'static str, lines: &[String]) -> Result<(), CopyError> {
    if lines.is_empty() {
        return Err(CopyError::TextMissing { field });
    }
    if lines.len() > MOST_LINES {
        return Err(CopyError::TextTooLong { field, characters: lines.len(), limit: MOST_LINES });
    }
    lines.iter().try_for_each(|line| present(field, line, LONGEST_LINE))
}

fn present(field: &'static str, text: &str, limit: usize) -> Result<(), CopyError> {
    if text.trim().is_empty() {
        return Err(CopyError::TextMissing { field });
    }
    at_most(field, text, limit)
}

fn at_most(field: &'static str, text: &str, limit: usize) -> Result<(), CopyError> {
    let characters = text.nfc().count();
    if characters > limit { Err(CopyError::TextTooLong { field, characters, limit }) } else { Ok(()) }
}
