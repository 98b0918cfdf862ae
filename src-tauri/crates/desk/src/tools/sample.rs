//! An unsigned practice copy without a store: to look at the layout, to try signing on. Always watermarked, always under
//! a number that no book gives out.

use crate::{DeskError, counter::Page, counter::law, profile::ACT};
use jiff::Timestamp;
use mocban_capture::Original;
use mocban_certification::{
    BookId, CertificationNumber, Law, LineRole, Paper, PaperFields, PracticeOffice, StatementFacts,
    law::PRACTICE_OFFICE, vietnam,
};
use mocban_copy::{
    self as copy, ConversionMarker, CopyRequest, Provenance, StatementBlock, StatementPlacement,
    VerificationData, Wording,
};
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

/// Builds a sample from pictures (bytes and name each), in order.
///
/// # Errors
/// The picture errors, [`DeskError::CaseIncomplete`] for an uncertain outline, [`DeskError::CopyNotBuilt`].
pub fn build_copy(
    pictures: Vec<(Vec<u8>, String)>,
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
    for (bytes, name) in pictures {
        let original =
            Original::read(bytes, &*name).map_err(|fault| crate::faults::picture_named(&name, fault))?;
        pages.extend(Page::all_of(&original)?);
    }
    if pages.iter().any(|page| !page.layout.confirmed) {
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

fn request(pages: &[Page], paper: &Paper, now: Timestamp) -> Result<CopyRequest, DeskError> {
    let local = vietnam::local(now);
    let rules = Law::shipped().map_err(law)?;
    let PracticeOffice { office, authorities, books, .. } =
        PracticeOffice::from_json(PRACTICE_OFFICE).map_err(law)?;
    let signer = authorities.on(local.date()).next().ok_or(DeskError::BookUnavailable)?;
    let style = books.of(ACT.book()).map_err(law)?;
    let book = BookId { office: office.id().clone(), kind: ACT.book(), year: local.year() };
    let number = CertificationNumber::new(book, NUMBER, 1).map_err(law)?;
    let template = rules.statements.on(ACT, local.date()).map_err(law)?;
    let facts = StatementFacts { number: &number, style, date: local.date(), office: &office, signer };
    let statement = template.render(&facts).map_err(law)?;
    let line = |role| statement.line(role).unwrap_or_default().to_owned();
    let mut document_id = [0; 16];
    getrandom::fill(&mut document_id).map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    Ok(CopyRequest {
        pages: pages.iter().map(crate::certify::page_image).collect::<Result<_, _>>()?,
        statement: StatementBlock {
            agency: office.superior().into_iter().chain([office.name()]).map(str::to_owned).collect(),
            title: line(LineRole::Title),
            number_line: line(LineRole::Number),
            date_line: line(LineRole::Date),
            capacity: [line(LineRole::SignerCapacity), line(LineRole::SignerTitle)]
                .into_iter()
                .filter(|line| !line.is_empty())
                .collect(),
            signer: line(LineRole::SignerName),
        },
        placement: StatementPlacement::OwnPage,
        marker: ConversionMarker {
            sign: "GIẤY → ĐIỆN TỬ".into(),
            sentence: rules.marker.render(&office, signer.name(), local).map_err(law)?,
        },
        verification: VerificationData {
            dossier_code: format!("{}-{}-{NUMBER}", office.id(), local.date().strftime("%y%m%d")),
            procedure_code: ACT.procedure_code().to_owned(),
            office_id: office.id().to_string(),
            paper_name: paper.name().to_owned(),
            copy_id: Uuid::now_v7().to_string(),
        },
        provenance: Provenance {
            certification_number: style.number_text(&number).map_err(law)?,
            book: style.volume_text(&number).map_err(law)?,
            software: concat!("Mộc Bản ", env!("CARGO_PKG_VERSION")).into(),
        },
        wording: Wording::default(),
        training: true,
        created: now,
        document_id,
    })
}
