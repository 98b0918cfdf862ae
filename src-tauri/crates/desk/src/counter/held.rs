//! Bytes of pages: in memory while there are few, in the encrypted store when a case grows. A case of five hundred pages
//! is gigabytes; what is in memory of it stays under [`RESIDENT_MAX`].
//!
//! What lies in the store is an attachment of the case's draft and goes with it.

use super::Page;
use crate::DeskError;
use jiff::Timestamp;
use mocban_capture::Original;
use mocban_register::Store;
use std::sync::Arc;
use uuid::Uuid;

/// Most bytes of one case's pages in memory: some twenty photographs and what is made of them.
pub(super) const RESIDENT_MAX: usize = 96 << 20;

/// Bytes in memory, or in the store.
#[derive(Clone)]
pub(crate) enum Held {
    Here(Arc<[u8]>),
    Kept { sha256: [u8; 32], length: usize, store: Arc<Store> },
}

impl Held {
    /// The bytes, wherever they are.
    pub(crate) fn bytes(&self) -> Result<Arc<[u8]>, DeskError> {
        match self {
            Self::Here(bytes) => Ok(bytes.clone()),
            Self::Kept { sha256, store, .. } => {
                let missing = || DeskError::StoreCorrupt { detail: "a page is missing".into() };
                Ok(store.attachment(sha256)?.ok_or_else(missing)?.into())
            }
        }
    }

    /// How many bytes they are.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::Kept { length, .. } => *length,
        }
    }

    pub(super) fn resident(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::Kept { .. } => 0,
        }
    }

    /// What it is called in the store, if it lies there.
    pub(super) fn kept(&self) -> Option<[u8; 32]> {
        match self {
            Self::Here(_) => None,
            Self::Kept { sha256, .. } => Some(*sha256),
        }
    }

    pub(super) fn keep(&mut self, case: Uuid, store: &Arc<Store>, at: Timestamp) -> Result<(), DeskError> {
        if let Self::Here(bytes) = self {
            let sha256 = store.attach(case, bytes, at)?;
            *self = Self::Kept { sha256, length: bytes.len(), store: store.clone() };
        }
        Ok(())
    }
}

impl From<Vec<u8>> for Held {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Here(bytes.into())
    }
}

/// An original of a page.
#[derive(Clone)]
pub(crate) struct HeldOriginal {
    name: String,
    sha256: [u8; 32],
    pub(super) bytes: Held,
}

impl HeldOriginal {
    /// Its label.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of its bytes.
    pub(crate) fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The original itself.
    pub(crate) fn original(&self) -> Result<Original, DeskError> {
        let corrupt =
            |fault: mocban_capture::CaptureError| DeskError::StoreCorrupt { detail: fault.to_string() };
        Original::read(self.bytes.bytes()?, self.name.clone()).map_err(corrupt)
    }
}

impl From<&Original> for HeldOriginal {
    fn from(original: &Original) -> Self {
        let bytes = Held::Here(original.bytes().clone());
        Self { name: original.name().to_owned(), sha256: *original.sha256(), bytes }
    }
}

/// Moves the bytes of pages into the store, the first page first, until the rest is no more than `most`.
pub(super) fn keep_most(
    pages: &mut [Page],
    most: usize,
    case: Uuid,
    store: &Arc<Store>,
    at: Timestamp,
) -> Result<(), DeskError> {
    let mut resident: usize = pages.iter().map(Page::resident).sum();
    for page in pages {
        let here = page.resident();
        if resident <= most {
            break;
        }
        // What lies in the store already is not touched: it is shared with the case as it was before.
        if here > 0 {
            page.held().try_for_each(|held| held.keep(case, store, at))?;
            resident -= here;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::{photograph, plain};
    use super::*;
    use mocban_register::{DataFolder, OpenOptions, Purpose, StoreKey};

    fn store(folder: &std::path::Path) -> Arc<Store> {
        let options = OpenOptions::new(Purpose::WorkOrCreate, Timestamp::UNIX_EPOCH);
        let folder = DataFolder::lock(folder).unwrap();
        Arc::new(Store::open(folder, &StoreKey::from_bytes([7; 32]), &options).unwrap())
    }

    #[test]
    fn a_case_that_grows_stays_within_its_bound_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, case, now) = (store(folder.path()), Uuid::now_v7(), Timestamp::UNIX_EPOCH);
        let one = Page::new(photograph(420, 280, plain), 0, None).unwrap();
        let each = one.resident();
        let expected: Vec<Arc<[u8]>> = one.clone().held().map(|held| held.bytes().unwrap()).collect();
        let mut pages = Vec::new();
        for count in 1..=40 {
            pages.push(one.clone());
            keep_most(&mut pages, 3 * each, case, &store, now).unwrap();
            assert_eq!(pages.iter().map(Page::resident).sum::<usize>(), each * count.min(3));
        }
        for page in &mut pages {
            let found: Vec<Arc<[u8]>> = page.held().map(|held| held.bytes().unwrap()).collect();
            assert_eq!(found, expected);
        }
        assert_eq!(pages[0].original.original().unwrap().sha256(), one.original.sha256());
        assert_eq!(pages[0].with_layout(one.layout.clone()).unwrap().dpi(), one.dpi());
        // What the store has lost is said, not made up.
        store.discard_draft(case).unwrap();
        assert!(matches!(pages[0].original.original(), Err(DeskError::StoreCorrupt { .. })));
    }

    #[test]
    fn pages_in_the_store_are_shared_with_the_case_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (store, case, now) = (store(folder.path()), Uuid::now_v7(), Timestamp::UNIX_EPOCH);
        let one = Page::new(photograph(420, 280, plain), 0, None).unwrap();
        let mut before = vec![one.clone(), one.clone(), one];
        keep_most(&mut before, 0, case, &store, now).unwrap();
        assert_eq!(before.iter().map(Page::resident).sum::<usize>(), 0);
        let mut after = before.clone();
        keep_most(&mut after, 0, case, &store, now).unwrap();
        for (before, after) in before.iter().zip(&after) {
            assert!(Arc::ptr_eq(&before.pictures, &after.pictures));
            assert!(Arc::ptr_eq(&before.finished, &after.finished));
        }
    }

    #[test]
    fn a_page_that_makes_the_copy_too_large_for_a_warehouse_is_refused_and_taking_one_out_never_is() {
        use mocban_portal::wire::COPY_SIZE_MAX;
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let mut page = Page::new(photograph(420, 280, plain), 0, None).unwrap();
        let length = COPY_SIZE_MAX as usize / 4;
        Arc::make_mut(&mut page.finished).jpeg = Held::Kept { sha256: [0; 32], length, store };
        let mut case = super::super::Case::new(Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            let before = case.clone();
            case.pages.push(page.clone());
            case.grown_from(&before).unwrap();
        }
        let mut larger = case.clone();
        larger.pages.push(page);
        assert_eq!(larger.grown_from(&case), Err(DeskError::CopyTooLarge { most: 800 }));
        // A case of an older version may be too large already.
        let mut smaller = larger.clone();
        smaller.pages[0] = Page::new(photograph(420, 280, plain), 0, None).unwrap();
        smaller.pages.push(larger.pages[1].clone());
        smaller
            .grown_from(&{
                let mut more = larger;
                more.pages.push(smaller.pages[1].clone());
                more
            })
            .unwrap();
    }
}
