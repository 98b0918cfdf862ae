//! The rollback guard: the last checkpoint of every book in a second small file outside the database. Putting back
//! last week's database, or cutting entries off its end, no longer fits it.
//!
//! It is written after each commit by a thread of its own (temporary file, fsync, rename): a crash may leave it a
//! few commits behind, which is harmless, since it then holds a true beginning of what the store holds; never ahead.

use crate::{
    RegisterError, Result, Sha256,
    folder::{read_small, replace},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::Digest;
use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

/// What the guard knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GuardState {
    /// Committed transactions.
    pub(crate) generation: u64,
    /// Per book: origin → (entries, root).
    pub(crate) trees: BTreeMap<String, (u64, Sha256)>,
}

const FIRST_LINE: &str = "mocban rollback guard 1";

impl GuardState {
    /// The guard's file; `None` when it is missing or not whole (its writer never leaves half a file).
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        Ok(read_small(path)?.and_then(|text| Self::parse(&text)))
    }

    fn parse(text: &str) -> Option<Self> {
        let (body, digest) = text.trim_end().rsplit_once('\n')?;
        if digest != hex::encode(sha2::Sha256::digest(body)) {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != FIRST_LINE {
            return None;
        }
        let generation = lines.next()?.parse().ok()?;
        let mut trees = BTreeMap::new();
        for line in lines {
            let mut words = line.split(' ');
            let (origin, size, root) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
            trees.insert(origin.to_owned(), (size, STANDARD.decode(root).ok()?.try_into().ok()?));
        }
        Some(Self { generation, trees })
    }

    fn write(&self, path: &Path) -> Result<()> {
        let mut text = format!("{FIRST_LINE}\n{}", self.generation);
        for (origin, (size, root)) in &self.trees {
            let _ = write!(text, "\n{origin} {size} {}", STANDARD.encode(root));
        }
        let digest = hex::encode(sha2::Sha256::digest(&text));
        replace(path, format!("{text}\n{digest}\n").as_bytes())
    }
}

/// The thread that writes the guard.
pub(crate) struct Guard {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    desired: Mutex<Desired>,
    changed: Condvar,
}

struct Desired {
    state: GuardState,
    written: u64,
    closing: bool,
    failure: Option<RegisterError>,
}

impl Guard {
    /// Starts from `state`, which is written at once.
    pub(crate) fn start(path: PathBuf, state: GuardState) -> Result<Self> {
        state.write(&path)?;
        let written = state.generation;
        let desired = Mutex::new(Desired { state, written, closing: false, failure: None });
        let shared = Arc::new(Shared { desired, changed: Condvar::new() });
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("register-guard".into())
            .spawn(move || keep(&path, &seen))
            .map_err(|e| RegisterError::FolderUnusable { path: PathBuf::new(), detail: e.to_string() })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The store has committed: to be kept as soon as the disk allows.
    pub(crate) fn publish(&self, generation: u64, tree: Option<(String, u64, Sha256)>) {
        let mut desired = self.shared.lock();
        desired.state.generation = generation;
        if let Some((origin, size, root)) = tree {
            desired.state.trees.insert(origin, (size, root));
        }
        self.shared.changed.notify_one();
    }

    /// Why the guard could not be written last time, if it could not.
    pub(crate) fn failure(&self) -> Option<RegisterError> {
        self.shared.lock().failure.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desired> {
        self.desired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(path: &Path, shared: &Shared) {
    let mut desired = shared.lock();
    loop {
        while desired.state.generation == desired.written {
            if desired.closing {
                return;
            }
            desired = shared.changed.wait(desired).unwrap_or_else(PoisonError::into_inner);
        }
        let state = desired.state.clone();
        drop(desired);
        let failure = state.write(path).err();
        desired = shared.lock();
        // A failed write is not repeated before the next commit: the guard is then merely behind.
        desired.written = state.generation;
        desired.failure = failure;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_on_disk_when_the_guard_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard");
        let guard = Guard::start(path.clone(), GuardState::default()).unwrap();
        for generation in 1..=50 {
            guard.publish(
                generation,
                Some(("mocban/1/SCT/BS/2026".into(), generation, [generation as u8; 32])),
            );
        }
        drop(guard);
        let kept = GuardState::read(&path).unwrap().unwrap();
        assert_eq!(kept.generation, 50);
        assert_eq!(kept.trees["mocban/1/SCT/BS/2026"], (50, [50; 32]));
    }

    #[test]
    fn an_edited_guard_counts_as_missing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard");
        GuardState { generation: 9, ..GuardState::default() }.write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap().replace("\n9", "\n8");
        std::fs::write(&path, text).unwrap();
        assert_eq!(GuardState::read(&path).unwrap(), None);
    }
}
