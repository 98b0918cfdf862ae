//! Writing so that it survives a power cut: temporary file, fsync, link or rename, fsync of the folder.
//!
//! A name appears with its whole content or not at all, and no call here ever overwrites a different content.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is written and synced but has no lasting name yet.
pub(crate) struct Prepared(NamedTempFile);

/// Whether a name was free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It was, and now names our file.
    Made,
    /// It names a file already.
    Taken,
}

/// Writes and syncs `bytes` in `folder`, without a name that lasts.
pub(crate) fn prepare(folder: &Path, bytes: &[u8]) -> io::Result<Prepared> {
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(Prepared(file))
}

impl Prepared {
    /// Gives the file a (further) name, if that name is free. Durable when it returns, in either case: the name may have
    /// been made by somebody who crashed before syncing the folder.
    pub(crate) fn link(&self, path: &Path) -> io::Result<Claim> {
        link(self.0.path(), path)
    }
}

/// Gives `from` the further name `to`, if that is free; durable in either case.
pub(crate) fn link(from: &Path, to: &Path) -> io::Result<Claim> {
    let folder = to.parent().ok_or(ErrorKind::InvalidInput)?;
    make_folders(folder)?;
    let claim = match fs::hard_link(from, to) {
        Ok(()) => Claim::Made,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Claim::Taken,
        Err(e) => return Err(e),
    };
    sync_folder(folder)?;
    Ok(claim)
}

/// Makes a folder and its parents, each durably named in the one above.
pub(crate) fn make_folders(folder: &Path) -> io::Result<()> {
    let mut missing: Vec<PathBuf> = Vec::new();
    let mut at = folder;
    while !at.is_dir() {
        missing.push(at.to_owned());
        at = at.parent().ok_or(ErrorKind::NotFound)?;
    }
    for folder in missing.iter().rev() {
        match fs::create_dir(folder) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        if let Some(above) = folder.parent() {
            sync_folder(above)?;
        }
    }
    Ok(())
}

/// Reads a file whole, unless it is larger than `bytes_max` (then `FileTooLarge`).
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// The same, where a missing file is an answer.
pub(crate) fn read_if_there(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    match read(path, bytes_max) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

/// Removes a file; that it is gone already is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Only Unix opens folders as files; elsewhere names are made durable by the file system's own journal.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once_and_keeps_its_first_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c");
        let first = prepare(folder.path(), b"first").unwrap();
        assert_eq!(first.link(&path).unwrap(), Claim::Made);
        assert_eq!(prepare(folder.path(), b"second").unwrap().link(&path).unwrap(), Claim::Taken);
        drop(first);
        assert_eq!(read(&path, 5).unwrap(), b"first");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }
}
