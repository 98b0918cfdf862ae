//! An unsigned practice copy without a store: to look at the layout, to try signing on. Always watermarked, always under
//! a number that no book gives out.

use crate::{
    DeskError,
    copy_request::{Facts, copy_request},
    counter::{Page, law},
    profile::ACT,
};
use jiff::Timestamp;
use mocban_capture::Original;
use mocban_certification::{
    BookId, CertificationNumber, Law, Paper, PaperFields, PracticeOffice, law::PRACTICE_OFFICE, vietnam,
};
use mocban_copy::{self as copy, CopyRequest};
use serde::Serialize;
use uuid::Uuid;

/// The number on every sample: no book is ever that long.
const NUMBER: u32 = 999_999;

/// An unsigned PDF/A with empty signature fields.
#[derive(Clone, Debug, Serialize)]
pub struct SampleCopy {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// SHA-256 of it, hex.
    pub sha256: String,
    /// Pages in it.
    pub pages: usize,
    /// Names of the empty signature fields, performer first.
    pub fields: [String; 2],
}

/// Builds a sample from pictures (bytes and name each), in order; with a card's two sides, they are the last page.
///
/// # Errors
/// The picture errors, [`DeskError::CaseIncomplete`] for an uncertain outline, [`DeskError::CopyNotBuilt`].
pub fn build_copy(
    pictures: Vec<(Vec<u8>, String)>,
    card: Option<[(Vec<u8>, String); 2]>,
    paper: &str,
    now: Timestamp,
) -> Result<SampleCopy, DeskError> {
    let paper: Paper = PaperFields {
        name: paper.trim().to_owned(),
        issuing_agency: None,
        number: None,
        issued_on: None,
        owner_id: None,
    }
    .try_into()
    .map_err(|_| DeskError::InvalidRequest { field: "paper.name".into() })?;
    let mut pages = Vec::new();
    for picture in pictures {
        pages.extend(pages_of(picture)?);
    }
    if let Some([front, back]) = card {
        let (front, back) = (pages_of(front)?, pages_of(back)?);
        let ([front], [back]) = (front.as_slice(), back.as_slice()) else { return Err(DeskError::NotACard) };
        pages.push(Page::paired(front, back)?);
    }
    if pages.iter().any(Page::outline_open) {
        return Err(DeskError::CaseIncomplete { missing: vec!["pageOutline".into()] });
    }
    let built = copy::build(&request(&pages, &paper, now)?)
        .map_err(|fault| DeskError::CopyNotBuilt { detail: fault.to_string() })?;
    Ok(SampleCopy {
        sha256: hex::encode(built.sha256),
        pages: built.page_count,
        fields: [built.performer_field.name.to_owned(), built.agency_field.name.to_owned()],
        bytes: built.bytes,
    })
}

fn pages_of((bytes, name): (Vec<u8>, String)) -> Result<Vec<Page>, DeskError> {
    let original =
        Original::read(bytes, &*name).map_err(|fault| crate::faults::picture_named(&name, fault))?;
    Page::all_of(&original)
}

fn request(pages: &[Page], paper: &Paper, now: Timestamp) -> Result<CopyRequest, DeskError> {
    let today = vietnam::local(now).date();
    let rules = Law::shipped().map_err(law)?;
    let PracticeOffice { office, authorities, books, .. } =
        PracticeOffice::from_json(PRACTICE_OFFICE).map_err(law)?;
    let book = BookId { office: office.id().clone(), kind: ACT.book(), year: today.year() };
    let facts = Facts {
        law: &rules,
        office: &office,
        style: books.of(ACT.book()).map_err(law)?,
        number: &CertificationNumber::new(book, NUMBER, 1).map_err(law)?,
        signer: authorities.on(today).next().ok_or(DeskError::BookUnavailable)?,
        paper,
        copy_id: Uuid::now_v7(),
        training: true,
        at: now,
    };
    copy_request(pages, &facts)
}
