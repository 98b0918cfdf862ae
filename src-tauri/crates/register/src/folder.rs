//! The data folder: who may use it (one instance, by a file lock), and how small files in it are written so that a
//! power cut leaves the old one or the new one, never half of one.

use crate::{RegisterError, Result};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};

/// A data folder that this process, and no other, may use. The lock ends with the value (and with the process).
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Takes the folder, creating it if needed.
    ///
    /// # Errors
    /// [`RegisterError::AlreadyOpen`] when another instance has it.
    pub fn lock(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(|e| RegisterError::io(path, &e))?;
        let lock_path = path.join("store.lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|e| RegisterError::io(&lock_path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(RegisterError::AlreadyOpen { folder: path.to_owned() }),
            Err(TryLockError::Error(e)) => Err(RegisterError::io(&lock_path, &e)),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a store here (its file, or what is left of one).
    #[must_use]
    pub fn has_store(&self) -> bool {
        self.database().exists() || self.path.join("register.db-wal").exists()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("register.db")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// The content of a small file, or `None` when it does not exist.
pub(crate) fn read_small(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => Ok(Some(String::new())),
        Err(e) => Err(RegisterError::io(path, &e)),
    }
}

/// Writes a small file, private to the user, that must not exist yet.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = write_temporary(path, content)?;
    // A hard link, unlike a rename, fails when the name is taken; where links do not exist (FAT), rename.
    let linked = fs::hard_link(&temporary, path);
    let placed = match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists && !path.exists() => {
            fs::rename(&temporary, path)
        }
        other => other,
    };
    let _ = fs::remove_file(&temporary);
    placed.map_err(|e| RegisterError::io(path, &e))?;
    sync_parent(path)
}

/// Writes a small file, private to the user, in place of the one that may be there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let temporary = write_temporary(path, content)?;
    fs::rename(&temporary, path).map_err(|e| RegisterError::io(path, &e))?;
    sync_parent(path)
}

/// Makes a file that somebody else wrote, and its name, durable.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all())
        .map_err(|e| RegisterError::io(path, &e))?;
    sync_parent(path)
}

fn write_temporary(path: &Path, content: &[u8]) -> Result<PathBuf> {
    let temporary = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .map_err(|e| RegisterError::io(&temporary, &e))?;
    Ok(temporary)
}

/// On Unix a name is durable only once its folder is synced; Windows has no such call and journals names itself.
fn sync_parent(path: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(|e| RegisterError::io(parent, &e))?;
    }
    let _ = path;
    Ok(())
}
