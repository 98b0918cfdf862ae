//! What the window asks most: the unchanging facts and the status strip.

use crate::{Desk, DeskError, api::*, counter, time::iso_of, training};
use mocban_certification::vietnam;
use std::sync::atomic::Ordering;

impl Desk {
    pub(crate) fn app_state(&self, _: Empty) -> Result<AppState, DeskError> {
        Ok(AppState {
            mode: self.profile.mode,
            office_name: self.profile.office.name().to_owned(),
            office_id: self.profile.office.id().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // Only where the training token is the one in use: a real PIN is never hinted at.
            training_pin: (self.profile.mode == Mode::Training && self.profile.modules.is_empty())
                .then(|| training::PIN.to_owned()),
            limits: Limits {
                file_bytes: mocban_capture::original::MAX_BYTES as u64,
                pages: counter::PAGES_MAX as u32,
                copies: counter::COPIES_MAX,
            },
        })
    }

    pub(crate) fn status(&self, _: Empty) -> Result<Status, DeskError> {
        let now = self.now();
        let next = self.next_number(vietnam::local(now).date())?;
        let style = self.profile.style()?;
        Ok(Status {
            session: self.tokens.session(),
            book: BookStatus {
                volume: style.volume_text(&next).map_err(counter::law)?,
                next_number: style.number_text(&next).map_err(counter::law)?,
            },
            queue: self.queue_status()?,
            waiting: self.waiting.load(Ordering::Relaxed),
            unfinished: u32::try_from(self.store.unfinished()?.len()).unwrap_or(u32::MAX),
            key_in_file: self.key_in_file,
            now: iso_of(now),
            clock_skew_seconds: self.queue.status().borrow().clock_ahead_s,
        })
    }
}
