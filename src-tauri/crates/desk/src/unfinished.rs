//! Acts that a crash, an unplugged token or a full disk left half done: signed on, or voided with a reason.

use crate::{Desk, DeskError, api::*, book, lock};
use mocban_register::{Unfinished, UnfinishedState as State};
use mocban_sequencer::VoidReason;
use uuid::Uuid;

impl Desk {
    pub(crate) fn unfinished_list(&self, _: Empty) -> Result<UnfinishedList, DeskError> {
        let acts =
            self.store.unfinished()?.iter().map(|act| self.unfinished_view(act)).collect::<Result<_, _>>()?;
        Ok(UnfinishedList { acts })
    }

    pub(crate) fn unfinished_resume(&self, request: UnfinishedResume) -> Result<SignedCopy, DeskError> {
        let _one_at_a_time = lock(&self.signing);
        let signed = self.sign_on(copy_id(&request.copy)?, request.pins.into())?;
        self.tell(DeskEvent::Status);
        Ok(signed)
    }

    pub(crate) fn unfinished_void(&self, request: UnfinishedVoid) -> Result<UnfinishedList, DeskError> {
        let _one_at_a_time = lock(&self.signing);
        let copy = copy_id(&request.copy)?;
        let reason = VoidReason::new(&request.reason)
            .map_err(|_| DeskError::InvalidRequest { field: "reason".into() })?;
        let open = self
            .store
            .unfinished()?
            .into_iter()
            .find(|act| act.copy_id == copy)
            .ok_or(DeskError::NotFound)?;
        self.store.void(&open.book, open.number, reason.as_str(), &self.profile.desk, self.now())?;
        self.tell(DeskEvent::Register);
        self.tell(DeskEvent::Status);
        self.unfinished_list(Empty {})
    }

    /// What a crash left behind with nothing recorded but a number: voided at the start, before any new work. Acts
    /// whose unsigned file is recorded stay, to be signed on or voided by a person.
    pub(crate) fn settle_reservations(&self) -> Result<(), DeskError> {
        for act in self.store.unfinished()?.into_iter().filter(|act| act.state == State::Reserved) {
            let reason = VoidReason::new("Sự cố trước khi lập bản sao").map_err(book::fault)?;
            self.store.void(&act.book, act.number, reason.as_str(), &self.profile.desk, self.now())?;
        }
        Ok(())
    }

    fn unfinished_view(&self, act: &Unfinished) -> Result<UnfinishedView, DeskError> {
        let prepared = self.store.prepared(act.copy_id)?;
        Ok(UnfinishedView {
            id: act.copy_id.to_string(),
            number: self.number_text(&act.book, act.volume, act.number)?,
            paper: prepared.as_ref().map(|act| act.paper.clone()).unwrap_or_default(),
            requester: prepared.map(|act| act.requester.name).unwrap_or_default(),
            state: match act.state {
                State::Reserved => UnfinishedState::Reserved,
                State::Prepared => UnfinishedState::Prepared,
                State::Signed => UnfinishedState::Signed,
            },
        })
    }
}

/// A copy's identity from a request.
pub(crate) fn copy_id(text: &str) -> Result<Uuid, DeskError> {
    text.parse().map_err(|_| DeskError::NotFound)
}
