//! From the facts of an act to what the copy room builds. One place, so that a sample looks exactly like a copy.

use crate::{
    DeskError,
    counter::{Held, Page, law},
    profile::ACT,
};
use jiff::{Timestamp, civil::Date};
use mocban_certification::{
    BookStyle, CertificationNumber, Law, LineRole, Office, Paper, SigningAuthority, StatementFacts, vietnam,
};
use mocban_copy::{
    ConversionMarker, CopyRequest, Jpeg, PageImage, Provenance, StatementBlock, StatementPlacement,
    VerificationData, Wording,
};
use std::sync::Arc;
use uuid::Uuid;

/// What an act states.
pub(crate) struct Facts<'a> {
    pub(crate) law: &'a Law,
    pub(crate) office: &'a Office,
    pub(crate) style: &'a BookStyle,
    pub(crate) number: &'a CertificationNumber,
    pub(crate) signer: &'a SigningAuthority,
    pub(crate) paper: &'a Paper,
    pub(crate) copy_id: Uuid,
    /// Every page is marked as worthless.
    pub(crate) training: bool,
    pub(crate) at: Timestamp,
}

/// The copy to build from these pages.
pub(crate) fn copy_request(pages: &[Page], facts: &Facts<'_>) -> Result<CopyRequest, DeskError> {
    let Facts { office, style, number, signer, .. } = *facts;
    let local = vietnam::local(facts.at);
    let template = facts.law.statements.on(ACT, local.date()).map_err(law)?;
    let statement = template
        .render(&StatementFacts { number, style, date: local.date(), office, signer })
        .map_err(law)?;
    let line = |role| statement.line(role).unwrap_or_default().to_owned();
    let mut document_id = [0; 16];
    getrandom::fill(&mut document_id).map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
    Ok(CopyRequest {
        pages: pages.iter().map(page_image).collect::<Result<_, _>>()?,
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
            sentence: facts.law.marker.render(office, signer.name(), local).map_err(law)?,
        },
        verification: VerificationData {
            dossier_code: dossier_code(office, number, local.date()),
            procedure_code: ACT.procedure_code().to_owned(),
            office_id: office.id().to_string(),
            paper_name: facts.paper.name().to_owned(),
            copy_id: facts.copy_id.to_string(),
        },
        provenance: Provenance {
            certification_number: style.number_text(number).map_err(law)?,
            book: style.volume_text(number).map_err(law)?,
            software: concat!("Mộc Bản ", env!("CARGO_PKG_VERSION")).into(),
        },
        wording: Wording::default(),
        training: facts.training,
        created: facts.at,
        document_id,
    })
}

/// Mã số hồ sơ: office, date and running number (TT 01/2018/TT-VPCP Art 19).
fn dossier_code(office: &Office, number: &CertificationNumber, day: Date) -> String {
    format!("{}-{}-{:04}", office.id(), day.strftime("%y%m%d"), number.sequence)
}

/// A page of a long case comes out of the store when its turn comes, and goes again.
fn jpeg(held: &Held) -> Jpeg {
    let kept = match held {
        Held::Here(bytes) => return Jpeg::Here(bytes.clone()),
        Held::Kept { .. } => held.clone(),
    };
    Jpeg::Elsewhere {
        length: kept.length(),
        fetch: Arc::new(move || kept.bytes().map_err(|fault| fault.to_string())),
    }
}

fn page_image(page: &Page) -> Result<PageImage, DeskError> {
    let finished = &page.finished;
    Ok(PageImage {
        jpeg: jpeg(&finished.jpeg),
        width_px: finished.width_px,
        height_px: finished.height_px,
        width_mm: finished.width_mm,
        height_mm: finished.height_mm,
        quarter_turns: finished.quarter_turns,
        original_sha256: *page.original.sha256(),
        transforms_json: page.record()?,
        texts: Vec::new(),
    })
}
