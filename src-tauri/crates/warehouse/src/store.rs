//! The warehouse's folder, and the accepted copies in it. Files only, no database:
//!
//! ```text
//! format                              "mocban-warehouse 1"
//! lock                                held by the one process that has the folder open
//! receipt.key                         Ed25519 seed, hex; made once
//! uploads/<id>.json, uploads/<id>     unfinished uploads
//! complete/<sha256>                   finished uploads that no copy was registered for yet
//! numbers/<office>/<book>/<year>/<n>  the record of the copy that has this number
//! blobs/sha256/<ab>/<sha256>          accepted files
//! copies/<copy id>.json               the record again: manifest and receipt (the same file, by hard link)
//! tmp/                                files without a lasting name; emptied at start
//! ```
//!
//! A copy is accepted in this order, each step durable before the next: number, blob, copy. The record names everything,
//! so a crash between two steps is finished by the next registration of the same copy, and no other copy can take the
//! number meanwhile (invariants 1 and 8).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ed25519_dalek::SigningKey;
use mocban_portal::{CopyManifest, Digest, ProblemKind, StoredCopy, canonical};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::answer::Refused;
use crate::durable::{self, Claim};
use crate::error::WarehouseError;

const FORMAT: &[u8] = b"mocban-warehouse 1\n";
/// Largest record in bytes.
const RECORD_BYTES_MAX: u64 = 64 << 10;

/// The open folder.
pub(crate) struct Store {
    root: PathBuf,
    /// Names are given one registration at a time; what takes long happens before.
    naming: Mutex<()>,
    _lock: File,
}

impl Store {
    /// Opens the folder, or makes it. One process at a time.
    pub(crate) fn open(root: &Path) -> Result<Self, WarehouseError> {
        // A relative path has no parent that could be synced.
        let root = &std::path::absolute(root).map_err(WarehouseError::io("find the folder"))?;
        if !root.is_dir() {
            durable::make_folders(root).map_err(WarehouseError::io("make the folder"))?;
            owner_only(root).map_err(WarehouseError::io("close the folder to others"))?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join("lock"))
            .map_err(WarehouseError::io("open the lock"))?;
        lock.try_lock().map_err(|_| WarehouseError::FolderInUse { path: root.to_owned() })?;

        let tmp = root.join("tmp");
        if tmp.is_dir() {
            fs::remove_dir_all(&tmp).map_err(WarehouseError::io("empty tmp"))?;
        }
        for folder in ["tmp", "uploads", "complete", "numbers", "blobs/sha256", "copies"] {
            durable::make_folders(&root.join(folder)).map_err(WarehouseError::io("make a folder"))?;
        }
        let store = Self { root: root.to_owned(), naming: Mutex::default(), _lock: lock };
        let format = root.join("format");
        let known = durable::read_if_there(&format, 64).map_err(WarehouseError::io("read the format"))?;
        match known {
            None => store.create(&format, FORMAT).map_err(WarehouseError::io("write the format"))?,
            Some(text) if text == FORMAT => {}
            Some(_) => return Err(WarehouseError::FolderForeign { path: root.to_owned() }),
        }
        Ok(store)
    }

    /// The key that signs receipts; made at the first start and kept.
    pub(crate) fn receipt_key(&self) -> Result<SigningKey, WarehouseError> {
        let path = self.root.join("receipt.key");
        let unreadable = || WarehouseError::ReceiptKeyUnreadable { path: path.clone() };
        let mut seed = Zeroizing::new([0; 32]);
        match durable::read_if_there(&path, 128).map_err(WarehouseError::io("read the receipt key"))? {
            Some(text) => {
                let text = Zeroizing::new(text);
                hex::decode_to_slice(text.trim_ascii(), seed.as_mut_slice()).map_err(|_| unreadable())?;
            }
            None => {
                getrandom::fill(seed.as_mut_slice()).map_err(|_| WarehouseError::NoRandomness)?;
                // A temporary file is readable by its owner only, and a link to it stays so.
                let text = Zeroizing::new(hex::encode(seed.as_slice()));
                self.create(&path, text.as_bytes()).map_err(WarehouseError::io("write the receipt key"))?;
            }
        }
        Ok(SigningKey::from_bytes(&seed))
    }

    /// Where unfinished uploads are.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Where finished uploads wait for their registration.
    pub(crate) fn complete(&self) -> PathBuf {
        self.root.join("complete")
    }

    /// The record of a copy.
    pub(crate) fn copy(&self, copy_id: Uuid) -> io::Result<Option<StoredCopy>> {
        read_record(&self.copy_path(copy_id))
    }

    /// The file of an accepted copy.
    pub(crate) fn blob(&self, sha256: Digest) -> io::Result<Vec<u8>> {
        durable::read(&self.blob_path(sha256), mocban_portal::wire::COPY_SIZE_MAX)
    }

    /// The bytes a manifest speaks of, uploaded just now or accepted before.
    pub(crate) fn candidate(&self, manifest: &CopyManifest) -> io::Result<Option<Vec<u8>>> {
        let uploaded = self.complete().join(manifest.sha256.to_string());
        match durable::read_if_there(&uploaded, manifest.size)? {
            Some(bytes) => Ok(Some(bytes)),
            None => durable::read_if_there(&self.blob_path(manifest.sha256), manifest.size),
        }
    }

    /// Drops an upload of a file that is accepted already: sent again, perhaps, since an answer was lost.
    pub(crate) fn drop_repeated_upload(&self, sha256: Digest) -> io::Result<()> {
        if self.blob_path(sha256).is_file() {
            durable::remove(&self.complete().join(sha256.to_string()))?;
        }
        Ok(())
    }

    /// Keeps a verified copy. Answers the record that counts: this one, or the one that was there before.
    pub(crate) fn keep(&self, new: &StoredCopy) -> Result<(StoredCopy, Claim), Refused> {
        let manifest = &new.manifest;
        let record =
            canonical::to_vec(new).map_err(|e| Refused::because(ProblemKind::Internal, e.to_string()))?;
        let record = durable::prepare(&self.root.join("tmp"), &record)?;
        // A panic in here would leave files only, and each name of them complete.
        let _naming = self.naming.lock().unwrap_or_else(std::sync::PoisonError::into_inner);

        let copy_path = self.copy_path(manifest.copy_id);
        if let Some(stored) = read_record(&copy_path)? {
            return same_copy(stored, manifest).map(|stored| (stored, Claim::Taken));
        }
        let number_path = self.number_path(manifest);
        let claim = record.link(&number_path)?;
        // Taken by this very copy: an earlier registration that crashed before the last step.
        let stored = match claim {
            Claim::Made => new.clone(),
            Claim::Taken => {
                let holder = read_record(&number_path)?.ok_or(ProblemKind::Internal)?;
                if holder.manifest.copy_id != manifest.copy_id {
                    return Err(ProblemKind::NumberTaken.into());
                }
                same_copy(holder, manifest)?
            }
        };
        let uploaded = self.complete().join(manifest.sha256.to_string());
        let blob = self.blob_path(manifest.sha256);
        match durable::link(&uploaded, &blob) {
            // Two copies may be the same bytes: then the file is there and the upload used up.
            Err(e) if e.kind() == io::ErrorKind::NotFound && blob.is_file() => {}
            other => drop(other?),
        }
        durable::link(&number_path, &copy_path)?;
        durable::remove(&uploaded)?;
        Ok((stored, claim))
    }

    fn create(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        durable::prepare(&self.root.join("tmp"), bytes)?.link(path).map(drop)
    }

    fn copy_path(&self, copy_id: Uuid) -> PathBuf {
        self.root.join("copies").join(format!("{copy_id}.json"))
    }

    fn blob_path(&self, sha256: Digest) -> PathBuf {
        let name = sha256.to_string();
        self.root.join("blobs/sha256").join(&name[..2]).join(name)
    }

    fn number_path(&self, manifest: &CopyManifest) -> PathBuf {
        let CopyManifest { office, book, year, number, .. } = manifest;
        // Hex, since a book's symbol may hold anything, and some file systems take `a` and `A` for one name.
        let folder = self.root.join("numbers").join(hex::encode(office)).join(hex::encode(book));
        folder.join(year.to_string()).join(number.to_string())
    }
}

/// A record under our copy id: ours, or another's.
fn same_copy(stored: StoredCopy, manifest: &CopyManifest) -> Result<StoredCopy, Refused> {
    if stored.manifest == *manifest { Ok(stored) } else { Err(ProblemKind::CopyConflict.into()) }
}

fn read_record(path: &Path) -> io::Result<Option<StoredCopy>> {
    let Some(bytes) = durable::read_if_there(path, RECORD_BYTES_MAX)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other)
}

/// Copies are personal data: nobody else on the machine needs to read them.
#[cfg(unix)]
fn owner_only(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn owner_only(_: &Path) -> io::Result<()> {
    Ok(())
}
