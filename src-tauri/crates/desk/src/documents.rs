//! Files for the user, in the folder where users look for documents. Whole or not at all, and never over another file.

use crate::{Desk, DeskError, api::Exported};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Other names tried when one is taken.
const NAMES_TRIED: u32 = 1000;

impl Desk {
    /// Writes a file into `MocBan` in the user's documents folder, or in the data folder where there is none.
    pub(crate) fn write_document(
        &self,
        stem: &str,
        extension: &str,
        bytes: &[u8],
    ) -> Result<Exported, DeskError> {
        let documents = self.documents.clone().or_else(documents_folder);
        let folder = documents.unwrap_or_else(|| self.store.folder().to_owned()).join("MocBan");
        let path = write_whole(&folder, stem, extension, bytes)?;
        Ok(Exported { path: path.display().to_string() })
    }
}

/// The user's documents folder.
fn documents_folder() -> Option<PathBuf> {
    let home = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)?;
    Some(home.join("Documents")).filter(|folder| folder.is_dir())
}

fn write_whole(folder: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<PathBuf, DeskError> {
    let failed = |fault: std::io::Error| match fault.kind() {
        std::io::ErrorKind::StorageFull => DeskError::DiskFull,
        _ => DeskError::StorageFailed { detail: fault.to_string() },
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for attempt in 1..NAMES_TRIED {
        let number = if attempt == 1 { String::new() } else { format!("-{attempt}") };
        let path = folder.join(format!("{stem}{number}.{extension}"));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(bytes).and_then(|()| file.sync_all());
                if let Err(fault) = written {
                    // Half a file must not be taken for the whole.
                    drop(std::fs::remove_file(&path));
                    return Err(failed(fault));
                }
                return Ok(path);
            }
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(fault) => return Err(failed(fault)),
        }
    }
    Err(DeskError::StorageFailed { detail: "too many files of that name".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_written_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let first = write_whole(folder.path(), "bao-cao", "pdf", b"1").unwrap();
        let second = write_whole(folder.path(), "bao-cao", "pdf", b"2").unwrap();
        assert_eq!(second.file_name().unwrap(), "bao-cao-2.pdf");
        assert_eq!(std::fs::read(first).unwrap(), b"1");
        assert_eq!(std::fs::read(second).unwrap(), b"2");
    }
}
