//! Cases set aside to be signed: complete and compared, they wait in the store, over days and crashes, until the officer
//! with the tokens signs them, one PIN entry for all.
//!
//! What was attested is the pages as they were compared: a digest of them waits with the case, and pages that come out
//! otherwise (another version of the program) have to be compared again. Number, date and signer are those of the signing.

use super::{Case, Page, draft::SavedCase, form::complete};
use crate::{
    Desk, DeskError,
    api::*,
    lock,
    time::{iso, iso_of},
    tokens::Pins,
};
use jiff::Timestamp;
use mocban_certification::{Extension, vietnam};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// What is kept of a case while it waits.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    since: Timestamp,
    /// SHA-256 of the pages that were compared with the original, hex.
    compared: String,
}

impl Desk {
    pub(crate) fn case_set_aside(&self, _: Empty) -> Result<CaseView, DeskError> {
        let mut case = lock(&self.counter);
        complete(&case)?;
        let since = self.now();
        self.save_draft(&case, Some(Waiting { since, compared: compared(&case.pages)? }))?;
        *case = Case::new(since);
        self.tell(DeskEvent::Case);
        self.count_waiting()?;
        self.view(&case)
    }

    pub(crate) fn cases_waiting(&self, _: Empty) -> Result<WaitingList, DeskError> {
        let today = vietnam::local(self.now()).date();
        let mut cases = Vec::new();
        for (id, saved, waiting) in self.waiting_drafts()? {
            let received = vietnam::local(saved.received_at);
            let due = self.profile.law.calendar.due(received, Extension::None).map_err(super::law)?;
            let view = WaitingView {
                id: id.to_string(),
                requester: saved.form.requester.name,
                paper: saved.form.paper.name,
                fee: self.fee(saved.pages.len() as u32, saved.form.copies, today)?,
                since: iso_of(waiting.since),
                due: iso(due.at),
            };
            cases.push((due.at, waiting.since, id, view));
        }
        cases.sort_by_key(|(due, since, id, _)| (*due, *since, *id));
        Ok(WaitingList { cases: cases.into_iter().map(|(.., view)| view).collect() })
    }

    pub(crate) fn case_take_up(&self, request: CaseRef) -> Result<CaseView, DeskError> {
        // Not while it is being signed.
        let _one_at_a_time = lock(&self.signing);
        let mut counter = lock(&self.counter);
        if !counter.is_untouched() {
            return Err(DeskError::CounterOccupied);
        }
        let case = self.waiting_case(&request.case)?;
        self.discard_draft(counter.id)?;
        self.save_draft(&case, None)?;
        *counter = case;
        self.tell(DeskEvent::Case);
        self.count_waiting()?;
        self.view(&counter)
    }

    pub(crate) fn cases_sign(&self, request: CasesSign) -> Result<CasesSigned, DeskError> {
        let pins = Pins::from(request.pins);
        self.batch_stopped.store(false, Ordering::Relaxed);
        let mut ended = false;
        let outcomes = request.cases.into_iter().map(|case| {
            let mut outcome = CaseOutcome { case, number: None, fault: None };
            if !ended && !self.batch_stopped.load(Ordering::Relaxed) {
                match self.sign_waiting(&outcome.case, pins.again()) {
                    Ok(copy) => outcome.number = Some(copy.number),
                    Err(fault) => {
                        ended = fault.ends_batch();
                        outcome.fault = Some(fault);
                    }
                }
            }
            outcome
        });
        Ok(CasesSigned { outcomes: outcomes.collect() })
    }

    pub(crate) fn cases_stop(&self, _: Empty) -> Result<Empty, DeskError> {
        self.batch_stopped.store(true, Ordering::Relaxed);
        Ok(Empty {})
    }

    /// Counts the waiting cases anew, and tells.
    pub(crate) fn count_waiting(&self) -> Result<(), DeskError> {
        let count = u32::try_from(self.waiting_drafts()?.len()).unwrap_or(u32::MAX);
        self.waiting.store(count, Ordering::Relaxed);
        self.tell(DeskEvent::Waiting);
        self.tell(DeskEvent::Status);
        Ok(())
    }

    /// A page of a waiting case as it would be certified, made anew from its original.
    pub(crate) fn waiting_page(&self, case: &str, index: usize) -> Result<Vec<u8>, DeskError> {
        let (_, saved, _) = self.waiting_draft(case)?;
        let page = saved.pages.into_iter().nth(index).ok_or(DeskError::NotFound)?;
        Ok(self.page_of(page)?.pictures.page.bytes()?.to_vec())
    }

    fn sign_waiting(&self, case: &str, pins: Pins) -> Result<SignedCopy, DeskError> {
        let _one_at_a_time = lock(&self.signing);
        self.sign_case(&self.waiting_case(case)?, pins)
    }

    /// A waiting case with its pages, attested if they are those that were compared.
    fn waiting_case(&self, id: &str) -> Result<Case, DeskError> {
        let (id, saved, waiting) = self.waiting_draft(id)?;
        let mut case = self.case_of(id, saved)?;
        case.attested = compared(&case.pages)? == waiting.compared;
        Ok(case)
    }

    fn waiting_draft(&self, id: &str) -> Result<(Uuid, SavedCase, Waiting), DeskError> {
        let wanted = |(known, ..): &(Uuid, SavedCase, Waiting)| known.to_string() == id;
        self.waiting_drafts()?.into_iter().find(wanted).ok_or(DeskError::NotFound)
    }

    fn waiting_drafts(&self) -> Result<Vec<(Uuid, SavedCase, Waiting)>, DeskError> {
        let drafts = self.store.drafts()?;
        Ok(drafts
            .iter()
            .filter_map(|draft| {
                let mut saved = SavedCase::read(draft).ok()?;
                let waiting = saved.waiting.take()?;
                Some((draft.copy_id, saved, waiting))
            })
            .collect())
    }
}

/// A digest of the finished pages in their order.
fn compared(pages: &[Page]) -> Result<String, DeskError> {
    let mut digest = Sha256::new();
    for page in pages {
        digest.update(Sha256::digest(page.finished.jpeg.bytes()?));
        digest.update([page.finished.quarter_turns]);
    }
    Ok(hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::{photograph, plain};
    use super::*;
    use crate::DeskOptions;

    #[test]
    fn pages_that_are_not_those_that_were_compared_are_compared_again() {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), tokio::runtime::Runtime::new().unwrap());
        let desk = Desk::open(DeskOptions::command(Some(folder.path().into())), runtime.handle()).unwrap();
        let mut case = Case::new(desk.now());
        case.add(&photograph(420, 280, plain)).unwrap();
        let digest = compared(&case.pages).unwrap();
        let turned = |page: &Page| {
            page.with_layout(super::super::page::Layout { quarter_turns: 1, ..page.layout.clone() })
        };
        assert_ne!(compared(&[turned(&case.pages[0]).unwrap()]).unwrap(), digest);
        for (compared, attested) in [(digest.clone(), true), ("0".repeat(64), false)] {
            desk.save_draft(&case, Some(Waiting { since: desk.now(), compared })).unwrap();
            assert_eq!(desk.waiting_case(&case.id.to_string()).unwrap().attested, attested);
        }
        let request = CasesSign { cases: vec![case.id.to_string()], ..CasesSign::default() };
        let signed = desk.cases_sign(request).unwrap();
        let Some(DeskError::CaseIncomplete { missing }) = &signed.outcomes[0].fault else {
            panic!("{signed:?}")
        };
        assert!(missing.contains(&"attestation".to_owned()), "{missing:?}");
    }
}
