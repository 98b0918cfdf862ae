//! Unfinished uploads: a growing file each, whose length is the offset, and a small description beside it.
//!
//! No offset is answered before the bytes under it are synced. A torn write after a power cut cannot be accepted: the
//! finished file goes by its own SHA-256, not by what was announced.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use mocban_portal::{Digest, ProblemKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;

use crate::answer::Refused;
use crate::config::Limits;
use crate::durable;
use crate::error::WarehouseError;

/// How long a request waits for another one on the same upload, which after a cut is often its own predecessor.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// What is fixed at the creation of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// 32 hex digits that cannot be guessed.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) desk: String,
    /// Bytes announced.
    pub(crate) length: u64,
    /// `Upload-Metadata`, answered as it was given.
    pub(crate) metadata: String,
    /// The digest announced in it, if any.
    pub(crate) sha256: Option<Digest>,
    /// When it is dropped.
    pub(crate) expires: Timestamp,
}

/// The right to write to an upload, held by one request at a time.
pub(crate) struct Writing {
    pub(crate) upload: Arc<Upload>,
    path: PathBuf,
    state: OwnedMutexGuard<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The digest of a file that came, and was checked, as one chunk.
    whole: Option<Digest>,
    /// The digest of the finished file; its bytes have moved on.
    finished: Option<Digest>,
}

struct Entry {
    upload: Arc<Upload>,
    state: Arc<tokio::sync::Mutex<State>>,
}

/// All unfinished uploads.
pub(crate) struct Uploads {
    folder: PathBuf,
    complete: PathBuf,
    limits: Limits,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Uploads {
    /// Finds what an earlier run left.
    pub(crate) fn open(folder: PathBuf, complete: PathBuf, limits: Limits) -> Result<Self, WarehouseError> {
        let mut entries = HashMap::new();
        for file in fs::read_dir(&folder).map_err(WarehouseError::io("list the uploads"))? {
            let path = file.map_err(WarehouseError::io("list the uploads"))?.path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let described = durable::read(&path, 16 << 10).ok();
            let upload = described.and_then(|bytes| serde_json::from_slice::<Upload>(&bytes).ok());
            match upload {
                Some(upload) if path.file_stem().is_some_and(|stem| stem == upload.id.as_str()) => {
                    entries.insert(upload.id.clone(), entry(upload));
                }
                // Torn by a power cut: descriptions are not synced, since a lost upload is merely sent again.
                _ => durable::remove(&path).map_err(WarehouseError::io("remove an upload"))?,
            }
        }
        Ok(Self { folder, complete, limits, entries: Mutex::new(entries) })
    }

    /// Begins an upload.
    pub(crate) fn create(
        &self,
        desk: &str,
        length: u64,
        metadata: String,
        sha256: Option<Digest>,
        now: Timestamp,
    ) -> Result<Arc<Upload>, Refused> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| ProblemKind::Internal)?;
        let lifetime = jiff::SignedDuration::from_secs(self.limits.upload_lifetime_s);
        let expires = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let upload =
            Upload { id: hex::encode(random), desk: desk.to_owned(), length, metadata, sha256, expires };
        let mut entries = self.entries();
        if entries.len() >= self.limits.uploads {
            // Finished ones are remembered only to answer their clients' questions.
            entries.retain(|_, entry| !entry.is_finished());
        }
        if entries.len() >= self.limits.uploads {
            return Err(ProblemKind::Busy.into());
        }
        self.make_room(&mut entries, desk)?;
        File::create_new(self.path(&upload.id))?;
        fs::write(self.description(&upload.id), serde_json::to_vec(&upload).map_err(io::Error::from)?)?;
        let entry = entry(upload);
        let upload = entry.upload.clone();
        entries.insert(upload.id.clone(), entry);
        Ok(upload)
    }

    /// The right to read and write one upload of this desk; another desk's does not exist for it.
    pub(crate) async fn writing(&self, id: &str, desk: &str, now: Timestamp) -> Result<Writing, Refused> {
        let (upload, state) = {
            let entries = self.entries();
            let entry =
                entries.get(id).filter(|entry| entry.upload.desk == desk).ok_or(ProblemKind::NotFound)?;
            (entry.upload.clone(), entry.state.clone())
        };
        if upload.expires <= now {
            return Err(ProblemKind::UploadExpired.into());
        }
        let state = tokio::time::timeout(LOCK_WAIT, state.lock_owned())
            .await
            .map_err(|_| ProblemKind::UploadLocked)?;
        Ok(Writing { path: self.path(&upload.id), upload, state })
    }

    /// Ends an upload; its bytes are gone, unless they were finished.
    pub(crate) fn remove(&self, id: &str) -> io::Result<()> {
        self.entries().remove(id);
        durable::remove(&self.description(id))?;
        durable::remove(&self.path(id))
    }

    /// Drops what has expired: uploads, and finished files that no copy was registered for.
    pub(crate) fn sweep(&self, now: Timestamp) -> io::Result<()> {
        let expired: Vec<String> = self
            .entries()
            .values()
            .filter(|entry| entry.upload.expires <= now && entry.state.try_lock().is_ok())
            .map(|entry| entry.upload.id.clone())
            .collect();
        for id in expired {
            self.remove(&id)?;
        }
        let lifetime = jiff::SignedDuration::from_secs(self.limits.upload_lifetime_s);
        for folder in [&self.complete, &self.folder] {
            for file in fs::read_dir(folder)? {
                let file = file?;
                let name = file.file_name();
                let owner = name.to_str().map(|name| name.trim_end_matches(".json"));
                let owned = owner.is_some_and(|id| self.entries().contains_key(id));
                let written = Timestamp::try_from(file.metadata()?.modified()?).unwrap_or(now);
                if !owned && now.duration_since(written) > lifetime {
                    durable::remove(&file.path())?;
                }
            }
        }
        Ok(())
    }

    /// Moves a finished upload on, under its own digest, and answers that.
    pub(crate) fn finish(&self, writing: &mut Writing) -> Result<Digest, Refused> {
        let sha256 = match writing.state.whole {
            Some(checked) => checked,
            None => digest_of_file(&writing.path)?,
        };
        if writing.upload.sha256.is_some_and(|announced| announced != sha256) {
            self.remove(&writing.upload.id)?;
            return Err(Refused::because(ProblemKind::ChecksumMismatch, "the whole file does not match"));
        }
        fs::rename(&writing.path, self.complete.join(sha256.to_string()))?;
        writing.state.finished = Some(sha256);
        // After a restart the upload is unknown, and the client registers or begins anew.
        durable::remove(&self.description(&writing.upload.id))?;
        Ok(sha256)
    }

    /// One desk cannot fill the warehouse with beginnings: its oldest one that is not in use makes room.
    fn make_room(&self, entries: &mut HashMap<String, Entry>, desk: &str) -> Result<(), Refused> {
        let of_desk: Vec<&Entry> = entries.values().filter(|entry| entry.upload.desk == desk).collect();
        if of_desk.len() < self.limits.uploads_of_desk {
            return Ok(());
        }
        let finished = |entry: &&&Entry| entry.is_finished();
        let free = |entry: &&&Entry| entry.state.try_lock().is_ok();
        let oldest = |entries: Vec<&&Entry>| {
            entries.into_iter().min_by_key(|entry| entry.upload.expires).map(|entry| entry.upload.id.clone())
        };
        let id = oldest(of_desk.iter().filter(finished).collect())
            .or_else(|| oldest(of_desk.iter().filter(free).collect()))
            .ok_or(ProblemKind::Busy)?;
        entries.remove(&id);
        durable::remove(&self.description(&id))?;
        Ok(durable::remove(&self.path(&id))?)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    fn description(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

impl Writing {
    /// Bytes that are here.
    pub(crate) fn offset(&self) -> io::Result<u64> {
        if self.state.finished.is_some() {
            return Ok(self.upload.length);
        }
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len().min(self.upload.length)),
            Err(e) => Err(e),
        }
    }

    /// The whole file came as one chunk with this digest: it need not be read again.
    pub(crate) fn came_whole(&mut self, sha256: Digest) {
        self.state.whole = Some(sha256);
    }

    /// The file the bytes go to.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Entry {
    fn is_finished(&self) -> bool {
        self.state.try_lock().is_ok_and(|state| state.finished.is_some())
    }
}

/// The SHA-256 of a file, read piece by piece: many uploads may finish at once.
fn digest_of_file(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Digest(hasher.finalize().into())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

fn entry(upload: Upload) -> Entry {
    Entry { upload: Arc::new(upload), state: Arc::default() }
}
