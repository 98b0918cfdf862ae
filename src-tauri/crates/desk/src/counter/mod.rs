//! The case on the counter: typed form, pages, attestation. Every change is saved as a draft in the store, so that a
//! crash loses nothing that lay on the counter.

mod card;
mod draft;
mod form;
mod held;
pub(crate) mod page;
mod preview;
mod removed;
mod waiting;

use crate::{Desk, DeskError, api::*, faults, lock};
pub(crate) use form::{COPIES_MAX, Checked};
pub(crate) use held::Held;
use mocban_capture::Original;
use mocban_portal::wire::COPY_SIZE_MAX;
pub(crate) use page::{Page, objection};
pub(crate) use preview::law;
use uuid::Uuid;

/// Most pages of one case.
pub(crate) const PAGES_MAX: usize = 500;
/// Kept for what is no picture in a copy, bytes: fonts, statement, marks, signatures and what may be added to them later.
const ROOM: u64 = 2_000_000;
/// The same for each page: its place and what is recorded of it.
const PAGE_ROOM: u64 = 4_000;

/// The case, as it lies on the counter.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) id: Uuid,
    pub(crate) form: CaseForm,
    pub(crate) pages: Vec<Page>,
    /// Taken out, the last one last.
    removed: Vec<removed::Removed>,
    pub(crate) attested: bool,
    pub(crate) received_at: jiff::Timestamp,
}

impl Case {
    pub(crate) fn new(received_at: jiff::Timestamp) -> Self {
        let form = CaseForm { requester: RequesterForm::default(), paper: PaperForm::default(), copies: 1 };
        Self {
            id: Uuid::now_v7(),
            form,
            pages: Vec::new(),
            removed: Vec::new(),
            attested: false,
            received_at,
        }
    }

    /// Bytes that the copy will have; rather too many than too few.
    pub(crate) fn copy_size(&self) -> u64 {
        let pages = self.pages.iter().map(|page| page.finished.jpeg.length() as u64 + PAGE_ROOM);
        if self.pages.is_empty() { 0 } else { pages.sum::<u64>() + ROOM }
    }

    /// Refuses what makes the copy larger than a warehouse takes: said now, and not when it is signed and cannot be sent.
    fn grown_from(&self, before: &Self) -> Result<(), DeskError> {
        let size = self.copy_size();
        if size > COPY_SIZE_MAX && size > before.copy_size() {
            return Err(DeskError::CopyTooLarge { most: (COPY_SIZE_MAX / 1_000_000) as u32 });
        }
        Ok(())
    }

    /// Nothing typed and no page.
    fn is_untouched(&self) -> bool {
        self.pages.is_empty()
            && self.form.requester == RequesterForm::default()
            && self.form.paper == PaperForm::default()
    }

    fn page(&mut self, id: &str) -> Result<&mut Page, DeskError> {
        self.pages.iter_mut().find(|page| page.id.to_string() == id).ok_or(DeskError::NotFound)
    }

    /// Replaces one page by what `change` makes of it.
    fn change(
        &mut self,
        id: &str,
        change: impl FnOnce(&Page) -> Result<Page, DeskError>,
    ) -> Result<(), DeskError> {
        let page = self.page(id)?;
        *page = change(page)?;
        // What the officer compared is no longer what would be certified.
        self.attested = false;
        Ok(())
    }

    fn add(&mut self, original: &Original) -> Result<(), DeskError> {
        let pages = Page::all_of(original)?;
        if self.pages.len() + pages.len() > PAGES_MAX {
            return Err(DeskError::TooManyPages { most: PAGES_MAX as u32 });
        }
        self.pages.extend(pages);
        self.attested = false;
        Ok(())
    }
}

impl Desk {
    pub(crate) fn case_get(&self, _: Empty) -> Result<CaseView, DeskError> {
        self.view(&lock(&self.counter))
    }

    pub(crate) fn case_update(&self, form: CaseForm) -> Result<CaseView, DeskError> {
        let form = form::bounded(form)?;
        self.alter(|case| {
            case.form = form;
            Ok(())
        })
    }

    pub(crate) fn case_attest(&self, request: CaseAttest) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            case.attested = request.attested && !case.pages.is_empty();
            Ok(())
        })
    }

    pub(crate) fn case_discard(&self, _: Empty) -> Result<CaseView, DeskError> {
        let mut case = lock(&self.counter);
        self.discard_draft(case.id)?;
        *case = Case::new(self.now());
        self.tell(DeskEvent::Case);
        self.view(&case)
    }

    pub(crate) fn page_add(&self, request: PageAdd) -> Result<CaseView, DeskError> {
        let bytes = self.uploads.take(&request.blob)?;
        self.add_picture(bytes, &request.name)
    }

    /// Takes a picture file in as the next page or pages.
    pub(crate) fn add_picture(&self, bytes: Vec<u8>, name: &str) -> Result<CaseView, DeskError> {
        self.add_original(&Original::read(bytes, name).map_err(|fault| faults::picture_named(name, fault))?)
    }

    /// Takes an original in as the next page or pages.
    pub(crate) fn add_original(&self, original: &Original) -> Result<CaseView, DeskError> {
        self.alter(|case| case.add(original))
    }

    /// Puts a page in after another one, else at the end.
    pub(crate) fn add_page(&self, page: Page, after: Option<Uuid>) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            if case.pages.len() >= PAGES_MAX {
                return Err(DeskError::TooManyPages { most: PAGES_MAX as u32 });
            }
            let place = after.and_then(|front| case.pages.iter().position(|known| known.id == front));
            case.pages.insert(place.map_or(case.pages.len(), |place| place + 1), page);
            case.attested = false;
            Ok(())
        })
    }

    pub(crate) fn page_set_corners(&self, request: PageSetCorners) -> Result<CaseView, DeskError> {
        self.alter(|case| case.change(&request.page, |page| page.with_corners(request.corners)))
    }

    pub(crate) fn page_confirm(&self, request: PageRef) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            let page = case.page(&request.page)?;
            *page = page.confirmed();
            case.attested = false;
            Ok(())
        })
    }

    pub(crate) fn page_set_paper(&self, request: PageSetPaper) -> Result<CaseView, DeskError> {
        let told = request.paper.map(page::told_paper);
        self.alter(|case| case.change(&request.page, |page| page.with_paper(told)))
    }

    pub(crate) fn page_set_light(&self, request: PageSetLight) -> Result<CaseView, DeskError> {
        self.alter(|case| case.change(&request.page, |page| page.with_even_light(request.even)))
    }

    pub(crate) fn page_reset(&self, request: PageRef) -> Result<CaseView, DeskError> {
        self.alter(|case| case.change(&request.page, Page::reset))
    }

    pub(crate) fn page_separate(&self, request: PageRef) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            let place = case.pages.iter().position(|page| page.id.to_string() == request.page);
            let place = place.ok_or(DeskError::NotFound)?;
            let papers = case.pages[place].separated()?;
            if papers.len() < 2 {
                return Err(DeskError::InvalidRequest { field: "page".into() });
            }
            if case.pages.len() + papers.len() > PAGES_MAX + 1 {
                return Err(DeskError::TooManyPages { most: PAGES_MAX as u32 });
            }
            case.pages.splice(place..=place, papers);
            case.attested = false;
            Ok(())
        })
    }

    pub(crate) fn page_rotate(&self, request: PageRotate) -> Result<CaseView, DeskError> {
        if !(1..=3).contains(&request.quarter_turns) {
            return Err(DeskError::InvalidRequest { field: "quarterTurns".into() });
        }
        self.alter(|case| {
            case.change(&request.page, |page| {
                let quarter_turns = (page.layout.quarter_turns + request.quarter_turns) % 4;
                page.with_layout(page::Layout { quarter_turns, ..page.layout.clone() })
            })
        })
    }

    pub(crate) fn page_move(&self, request: PageMove) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            let place = |page: &Page| page.id.to_string() == request.page;
            let from = case.pages.iter().position(place).ok_or(DeskError::NotFound)?;
            let page = case.pages.remove(from);
            let to = (request.to as usize).min(case.pages.len());
            case.pages.insert(to, page);
            case.attested = false;
            Ok(())
        })
    }

    /// Changes the case on a copy of it, so that a refused change leaves everything as it was; saves; tells.
    fn alter(&self, change: impl FnOnce(&mut Case) -> Result<(), DeskError>) -> Result<CaseView, DeskError> {
        let mut case = lock(&self.counter);
        let mut changed = case.clone();
        change(&mut changed)?;
        changed.grown_from(&case)?;
        held::keep_most(&mut changed.pages, held::RESIDENT_MAX, changed.id, &self.store, self.now())?;
        self.save_draft(&changed, None)?;
        *case = changed;
        self.tell(DeskEvent::Case);
        self.view(&case)
    }
}
