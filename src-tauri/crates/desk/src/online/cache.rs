//! Revocation lists that were fetched already: in memory, and in a folder where there is one. A list serves until its next
//! one is due, and at most a day: a list that is kept too long hides what was revoked since.

use jiff::{SignedDuration, Timestamp};
use mocban_pades::Crl;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;

/// How long a list is used without asking again.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Lists kept in memory, bytes together.
const MEMORY_MAX: usize = 128 << 20;

pub(super) struct Cache {
    folder: Option<PathBuf>,
    memory: Mutex<HashMap<String, (Timestamp, Vec<u8>)>>,
}

impl Cache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, memory: Mutex::default() }
    }

    /// The list last fetched from there, if it still serves.
    pub(super) fn get(&self, url: &str, now: Timestamp) -> Option<Vec<u8>> {
        let kept = crate::lock(&self.memory).get(url).cloned();
        let (fetched, list) = kept.or_else(|| self.read(url))?;
        serves(&list, fetched, now).then_some(list)
    }

    /// Keeps a list. That it cannot be kept on disk costs a request later, nothing more.
    pub(super) fn put(&self, url: &str, list: &[u8], now: Timestamp) {
        if !serves(list, now, now) {
            return;
        }
        if let Some(path) = self.path(url) {
            let kept = path.parent().map(std::fs::create_dir_all).transpose();
            if let Err(fault) = kept.and_then(|_| std::fs::write(&path, list)) {
                tracing::warn!(%fault, "a revocation list was not kept");
            }
        }
        let mut memory = crate::lock(&self.memory);
        let held: usize = memory.values().map(|(_, list)| list.len()).sum();
        if held + list.len() > MEMORY_MAX {
            memory.clear();
        }
        memory.insert(url.to_owned(), (now, list.to_vec()));
    }

    fn read(&self, url: &str) -> Option<(Timestamp, Vec<u8>)> {
        let path = self.path(url)?;
        let written = std::fs::metadata(&path).ok()?.modified().ok()?;
        let since_epoch = written.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let fetched = Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok()?;
        Some((fetched, std::fs::read(path).ok()?))
    }

    fn path(&self, url: &str) -> Option<PathBuf> {
        let name = hex::encode(Sha256::digest(url.as_bytes()));
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.crl")))
    }
}

/// A half-written list is no list: it cannot be read.
fn serves(list: &[u8], fetched: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(fetched);
    let fresh = age < AGE_MAX && age > -AGE_MAX;
    fresh && Crl::read(list).is_ok_and(|list| list.next_update().is_some_and(|next| next > now))
}
