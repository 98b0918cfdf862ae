//! The case as it survives a crash: the typed form and the layout of each page as JSON, the originals as attachments. What a
//! long case keeps in the store besides goes when no page holds it any more.

use super::{
    Case,
    held::{HeldOriginal, RESIDENT_MAX, keep_most},
    page::{Layout, Page},
    removed::Removed,
    waiting::Waiting,
};
use crate::{
    Desk, DeskError,
    api::{CaseForm, DeskEvent},
    lock,
};
use jiff::Timestamp;
use mocban_capture::Original;
use mocban_register::Draft;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(super) struct SavedCase {
    pub(super) form: CaseForm,
    pub(super) pages: Vec<SavedPage>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<Removed>,
    pub(super) received_at: Timestamp,
    /// Set aside to be signed; without it, the case lies on the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<Waiting>,
}

/// A page as it is saved: what it is made from, and every decision about it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SavedPage {
    original: String,
    name: String,
    index: usize,
    layout: Layout,
    /// The other side of a card that shares the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back: Option<Box<SavedPage>>,
}

impl SavedCase {
    pub(super) fn read(draft: &Draft) -> Result<Self, DeskError> {
        serde_json::from_str(&draft.json)
            .map_err(|fault| DeskError::StoreCorrupt { detail: fault.to_string() })
    }
}

impl SavedPage {
    /// Every original it is made from.
    pub(super) fn originals(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.original.as_str()).chain(self.back.iter().map(|back| back.original.as_str()))
    }

    pub(super) fn of(page: &Page) -> Self {
        let saved = |original: &HeldOriginal, index, layout: &Layout, back| Self {
            original: hex::encode(original.sha256()),
            name: original.name().to_owned(),
            index,
            layout: layout.clone(),
            back,
        };
        let back =
            page.back.as_ref().map(|back| Box::new(saved(&back.original, back.index, &back.layout, None)));
        saved(&page.original, page.index, &page.layout, back)
    }
}

fn digest(original: &str) -> Result<[u8; 32], DeskError> {
    let mut digest = [0; 32];
    hex::decode_to_slice(original, &mut digest)
        .map_err(|fault| DeskError::StoreCorrupt { detail: fault.to_string() })?;
    Ok(digest)
}

impl Desk {
    /// Saves the case as it lies on the counter, or as it waits; an original is written once.
    pub(super) fn save_draft(&self, case: &Case, waiting: Option<Waiting>) -> Result<(), DeskError> {
        let now = self.now();
        let attached: HashSet<[u8; 32]> = self
            .store
            .draft(case.id)?
            .map(|draft| draft.attachments.into_iter().collect())
            .unwrap_or_default();
        let originals = || case.pages.iter().flat_map(Page::originals);
        let mut wanted: HashSet<[u8; 32]> = originals().map(|original| *original.sha256()).collect();
        wanted.extend(case.pages.iter().flat_map(Page::kept));
        // An original is let go with its case, not with its page: the page can be put back.
        for original in case.removed.iter().flat_map(|removed| removed.page.originals()) {
            wanted.insert(digest(original)?);
        }
        let mut written = attached.clone();
        for original in originals() {
            if written.insert(*original.sha256()) {
                self.store.attach(case.id, &original.bytes.bytes()?, now)?;
            }
        }
        let pages = case.pages.iter().map(SavedPage::of);
        let saved = SavedCase {
            form: case.form.clone(),
            pages: pages.collect(),
            removed: case.removed.clone(),
            received_at: case.received_at,
            waiting,
        };
        let json = serde_json::to_string(&saved)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        self.store.save_draft(case.id, &json, now)?;
        for gone in attached.difference(&wanted) {
            self.store.detach(case.id, gone)?;
        }
        Ok(())
    }

    /// The case that lay on the counter when the program last ended, if any. Its attestation is not kept: the officer
    /// compares again.
    pub(crate) fn restore_draft(&self) -> Result<(), DeskError> {
        for draft in self.store.drafts()? {
            let saved = SavedCase::read(&draft);
            if saved.as_ref().is_ok_and(|saved| saved.waiting.is_some()) {
                continue;
            }
            match saved.and_then(|saved| self.case_of(draft.copy_id, saved)) {
                Ok(case) => {
                    *lock(&self.counter) = case;
                    break;
                }
                // A draft that cannot be read any more (another version's form) is no reason not to open the desk.
                Err(fault) => tracing::warn!(code = fault.code(), "the draft was not restored"),
            }
        }
        Ok(())
    }

    /// The case as it was saved, not attested.
    pub(super) fn case_of(&self, id: Uuid, saved: SavedCase) -> Result<Case, DeskError> {
        let mut pages = Vec::with_capacity(saved.pages.len());
        for page in saved.pages {
            pages.push(self.page_of(page)?);
            keep_most(&mut pages, RESIDENT_MAX, id, &self.store, self.now())?;
        }
        let SavedCase { form, removed, received_at, .. } = saved;
        Ok(Case { id, form, pages, removed, attested: false, received_at })
    }

    /// A page as it was saved, made again from its original.
    pub(super) fn page_of(&self, saved: SavedPage) -> Result<Page, DeskError> {
        let original = self.saved_original(&saved)?;
        match saved.back {
            None => Page::new(original, saved.index, Some(saved.layout)),
            Some(back) => Page::card_page(
                (&original, saved.index, &saved.layout),
                (&self.saved_original(&back)?, back.index, &back.layout),
            ),
        }
    }

    fn saved_original(&self, page: &SavedPage) -> Result<Original, DeskError> {
        let corrupt = |detail: String| DeskError::StoreCorrupt { detail };
        let bytes = self
            .store
            .attachment(&digest(&page.original)?)?
            .ok_or_else(|| corrupt("an original is missing".into()))?;
        Original::read(bytes, page.name.clone()).map_err(|fault| corrupt(fault.to_string()))
    }

    pub(crate) fn discard_draft(&self, case: Uuid) -> Result<(), DeskError> {
        Ok(self.store.discard_draft(case)?)
    }

    /// The act lives in the register now: its draft goes, and with it its place on the counter or among the waiting.
    pub(crate) fn put_away(&self, case: Uuid) -> Result<(), DeskError> {
        self.discard_draft(case)?;
        let mut counter = lock(&self.counter);
        if counter.id == case {
            *counter = Case::new(self.now());
            self.tell(DeskEvent::Case);
        } else {
            self.count_waiting()?;
        }
        Ok(())
    }
}
