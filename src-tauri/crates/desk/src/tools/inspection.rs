//! A data folder looked at without working in it: also a damaged or rolled-back store can be told what is wrong with it.

use super::{
    alarm::alarm,
    copy::{KnownCopy, compare},
};
use crate::{DeskError, api::Mode, profile::Profile};
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use mocban_register::{DataFolder, KeyWish, OpenOptions, Purpose, RegisterError, Store, VerifyDepth};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// A store opened for reading only. It holds the folder's lock: one at a time, and not beside a working desk.
pub struct Inspection {
    pub(super) store: Store,
    receipt_key: Option<VerifyingKey>,
}

/// What a verification of the register found.
#[derive(Clone, Debug, Serialize)]
pub struct RegisterReport {
    /// Entries recomputed.
    pub entries: u64,
    /// Files compared with their digests.
    pub files: u64,
    /// Every book's tree: its name, size and root hash (hex).
    pub books: Vec<Value>,
    /// What is wrong, `{"code", …}` each; empty when all is well.
    pub alarms: Vec<Value>,
}

impl Inspection {
    /// Opens the store of a folder; `None` when there is none. Creates nothing.
    ///
    /// # Errors
    /// [`DeskError::AlreadyOpen`] beside a working desk, [`DeskError::StoreKeyMissing`], [`DeskError::StoreCorrupt`], …
    pub fn open(folder: &Path, now: Timestamp) -> Result<Option<Self>, DeskError> {
        Ok(open(folder, now)??)
    }

    /// Whether a file is exactly the copy of this register that it says it is.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn known_copy(&self, pdf: &[u8]) -> Result<KnownCopy, DeskError> {
        compare(&self.store, self.receipt_key.as_ref(), pdf)
    }

    /// Verifies the register of a folder: entries, tree, numbers, jobs, receipts, guard, and every page and file. `None`
    /// when there is no store. A store that cannot even be opened is an alarm, not an error.
    ///
    /// # Errors
    /// [`DeskError::AlreadyOpen`], [`DeskError::StoreKeyMissing`], and those of reading.
    pub fn verify_register(folder: &Path, now: Timestamp) -> Result<Option<RegisterReport>, DeskError> {
        let inspection = match open(folder, now)? {
            Ok(Some(inspection)) => inspection,
            Ok(None) => return Ok(None),
            Err(RegisterError::Corrupt { detail }) => {
                let alarms = vec![json!({ "code": "store_damaged", "detail": detail })];
                return Ok(Some(RegisterReport { entries: 0, files: 0, books: Vec::new(), alarms }));
            }
            Err(fault) => return Err(fault.into()),
        };
        let report = inspection.store.verify(VerifyDepth::Everything)?;
        let book = |of: &mocban_register::Checkpoint| json!({ "origin": of.origin, "size": of.size, "root": hex::encode(of.root) });
        Ok(Some(RegisterReport {
            entries: report.entries,
            files: report.files,
            books: report.books.iter().map(book).collect(),
            alarms: report.alarms.iter().map(alarm).collect(),
        }))
    }
}

/// The outer error is one of the folder, the inner one of the store.
fn open(folder: &Path, now: Timestamp) -> Result<Result<Option<Inspection>, RegisterError>, DeskError> {
    // Taking the lock would create the folder: somebody who only looks should leave no trace.
    if !folder.join("register.db").exists() && !folder.join("register.db-wal").exists() {
        return Ok(Ok(None));
    }
    let profile = Profile::read(folder)?;
    let receipt_key = profile.receipt_key()?;
    let locked = DataFolder::lock(folder)?;
    let wish = if profile.mode == Mode::Training { KeyWish::File } else { KeyWish::KeyringElseFile };
    let key = locked.obtain_key(wish)?.key;
    Ok(Store::open(locked, &key, &OpenOptions::new(Purpose::Inspect, now))
        .map(|store| Some(Inspection { store, receipt_key })))
}
