//! The typed part of a case: bounds while it is typed, the law's checks before it is signed.

use super::{Case, Page};
use crate::{Desk, DeskError, api::*};
use mocban_certification::{IdNumber, Paper, PaperFields, Requester, RequesterFields};
use unicode_normalization::UnicodeNormalization;

/// Most copies under one number (NĐ 23/2015 Art 20(3) sets none; a slip of the finger should not cost a million).
pub(crate) const COPIES_MAX: u32 = 1000;
/// Longest text of a field while it is typed, characters.
const FIELD_CHARS_MAX: usize = 1000;

/// A form that passed the law's checks.
pub(crate) struct Checked {
    pub(crate) requester: Requester,
    pub(crate) paper: Paper,
    pub(crate) copies: u32,
}

/// The form in Unicode NFC and within bounds; half-typed fields are fine.
pub(super) fn bounded(form: CaseForm) -> Result<CaseForm, DeskError> {
    let field = |name: &str, text: String| -> Result<String, DeskError> {
        let text: String = text.nfc().collect();
        if text.chars().count() > FIELD_CHARS_MAX || text.chars().any(char::is_control) {
            return Err(DeskError::InvalidRequest { field: name.into() });
        }
        Ok(text)
    };
    let CaseForm { requester, paper, copies } = form;
    if !(1..=COPIES_MAX).contains(&copies) {
        return Err(DeskError::InvalidRequest { field: "copies".into() });
    }
    Ok(CaseForm {
        requester: RequesterForm {
            name: field("requester.name", requester.name)?,
            id_number: field("requester.idNumber", requester.id_number)?,
            address: field("requester.address", requester.address)?,
            phone: field("requester.phone", requester.phone)?,
            email: field("requester.email", requester.email)?,
        },
        paper: PaperForm {
            name: field("paper.name", paper.name)?,
            number: field("paper.number", paper.number)?,
            issuer: field("paper.issuer", paper.issuer)?,
            issued_on: field("paper.issuedOn", paper.issued_on)?,
        },
        copies,
    })
}

/// The requester by the law's types; `None` while something is missing or malformed.
fn requester(form: &RequesterForm) -> Option<Requester> {
    let id = IdNumber::guess(form.id_number.trim()).ok()?;
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    RequesterFields {
        name: form.name.trim().to_owned(),
        id: Some(id),
        email: filled(&form.email),
        phone: filled(&form.phone),
        address: filled(&form.address),
    }
    .try_into()
    .ok()
}

fn paper(form: &PaperForm) -> Option<Paper> {
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let issued_on = match form.issued_on.trim() {
        "" => None,
        date => Some(date.parse().ok()?),
    };
    PaperFields {
        name: form.name.trim().to_owned(),
        issuing_agency: filled(&form.issuer),
        number: filled(&form.number),
        issued_on,
        owner_id: None,
    }
    .try_into()
    .ok()
}

impl Desk {
    /// What is missing before the case can be signed, most important first.
    pub(super) fn missing(&self, case: &Case) -> Vec<Missing> {
        let session = self.tokens.session();
        let checks =
            [(session.performer.is_none(), Missing::Performer), (session.agency.is_none(), Missing::Agency)];
        let mut missing = missing_of_case(case);
        missing.extend(checks.into_iter().filter_map(|(applies, missing)| applies.then_some(missing)));
        missing
    }

    /// The form as the law's types; refuses a case that is not ready.
    pub(crate) fn checked(&self, case: &Case) -> Result<Checked, DeskError> {
        let missing = self.missing(case);
        if !missing.is_empty() {
            return Err(incomplete(&missing));
        }
        Ok(Checked {
            requester: requester(&case.form.requester).ok_or(incomplete(&[Missing::RequesterId]))?,
            paper: paper(&case.form.paper).ok_or(incomplete(&[Missing::PaperName]))?,
            copies: case.form.copies,
        })
    }
}

/// What is missing of the case itself, whoever signs it.
fn missing_of_case(case: &Case) -> Vec<Missing> {
    let name_given = !case.form.requester.name.trim().is_empty();
    let checks = [
        (case.pages.is_empty(), Missing::Pages),
        (case.pages.iter().any(Page::outline_open), Missing::PageOutline),
        (case.pages.iter().any(Page::below_legal_floor), Missing::PageResolution),
        (case.pages.iter().any(Page::objection_open), Missing::PageQuality),
        (!name_given, Missing::RequesterName),
        (name_given && requester(&case.form.requester).is_none(), Missing::RequesterId),
        (paper(&case.form.paper).is_none(), Missing::PaperName),
        (!case.attested, Missing::Attestation),
    ];
    checks.into_iter().filter_map(|(applies, missing)| applies.then_some(missing)).collect()
}

/// Whether nothing but the tokens is missing.
pub(super) fn complete(case: &Case) -> Result<(), DeskError> {
    let missing = missing_of_case(case);
    if missing.is_empty() { Ok(()) } else { Err(incomplete(&missing)) }
}

fn incomplete(missing: &[Missing]) -> DeskError {
    DeskError::CaseIncomplete { missing: missing.iter().map(crate::tokens::code_of).collect() }
}
