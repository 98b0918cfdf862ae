//! Pages that were taken out, and the way back. The original stays in the draft until the case is signed or cleared; of the
//! page only the decisions are kept, so that one taken out costs no memory, and it is made again when it is put back.

use super::{Case, PAGES_MAX, Page, draft::SavedPage};
use crate::{Desk, DeskError, api::*};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most pages that can be put back; older ones are let go.
const KEPT_MAX: usize = 100;

/// A page that was taken out of the case.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Removed {
    /// It comes back as the same page.
    id: Uuid,
    revision: u32,
    /// Where it stood, from 0.
    place: usize,
    pub(super) page: SavedPage,
}

impl Removed {
    pub(super) fn view(&self) -> RemovedPage {
        RemovedPage { page: self.id.to_string(), number: self.place as u32 + 1 }
    }
}

impl Case {
    fn take_out(&mut self, id: &str) -> Result<(), DeskError> {
        let place = self.pages.iter().position(|page| page.id.to_string() == id);
        let place = place.ok_or(DeskError::NotFound)?;
        let page = self.pages.remove(place);
        let Self { removed, .. } = self;
        removed.push(Removed { id: page.id, revision: page.revision, place, page: SavedPage::of(&page) });
        removed.drain(..removed.len().saturating_sub(KEPT_MAX));
        self.attested = false;
        Ok(())
    }
}

impl Desk {
    pub(crate) fn page_delete(&self, request: PageRef) -> Result<CaseView, DeskError> {
        self.alter(|case| case.take_out(&request.page))
    }

    pub(crate) fn page_restore(&self, _: Empty) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            let Removed { id, revision, place, page } = case.removed.pop().ok_or(DeskError::NotFound)?;
            if case.pages.len() >= PAGES_MAX {
                return Err(DeskError::TooManyPages { most: PAGES_MAX as u32 });
            }
            let again = Page { id, revision: revision + 1, ..self.page_of(page)? };
            case.pages.insert(place.min(case.pages.len()), again);
            case.attested = false;
            Ok(())
        })
    }
}
