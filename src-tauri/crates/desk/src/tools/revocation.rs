//! Lists of revoked certificates and answers about single ones, kept as files in a folder: what earlier requests
//! brought, or what an office without network got on a stick. No file is trusted for lying there; each is checked
//! against the authority that signed it.

use super::verify::unreadable;
use crate::DeskError;
use mocban_pades::{Certificate, RevocationItem, RevocationSource};
use std::path::Path;

/// Largest file that is read, bytes.
const FILE_BYTES_MAX: u64 = 128 << 20;
/// The most that is read of one folder, bytes.
const FOLDER_BYTES_MAX: u64 = 512 << 20;
/// Names of lists and answers.
const EXTENSIONS: [&str; 4] = ["crl", "ocsp", "ors", "der"];

/// The readable lists and answers of one folder.
#[derive(Debug, Default)]
pub struct RevocationFolder(Vec<RevocationItem>);

impl RevocationFolder {
    /// Reads the files `.crl`, `.ocsp`, `.ors` and `.der` of a folder, lists in PEM too. What is none, or too large, is
    /// left out: it only proves less.
    ///
    /// # Errors
    /// [`DeskError::StorageFailed`] when the folder cannot be listed.
    pub fn read(folder: &Path) -> Result<Self, DeskError> {
        let mut items = Vec::new();
        let mut room = FOLDER_BYTES_MAX;
        let entries = std::fs::read_dir(folder).map_err(|fault| unreadable(folder, &fault))?;
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let length = std::fs::metadata(&path).map_or(u64::MAX, |about| about.len());
            if !EXTENSIONS.contains(&extension.as_str()) || length > FILE_BYTES_MAX.min(room) {
                continue;
            }
            room -= length;
            let item = std::fs::read(&path).ok().and_then(|bytes| RevocationItem::read(&bytes).ok());
            items.extend(item);
        }
        Ok(Self(items))
    }
}

impl RevocationSource for RevocationFolder {
    fn about(&self, _: &Certificate, issuer: &Certificate) -> Vec<RevocationItem> {
        let speaks = |item: &&RevocationItem| match item {
            RevocationItem::Crl(list) => list.is_named_by(issuer),
            RevocationItem::Ocsp(_) => true,
        };
        self.0.iter().filter(speaks).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_and_no_answer_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.crl"), b"not a list").unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"notes").unwrap();
        assert!(RevocationFolder::read(folder.path()).unwrap().0.is_empty());
        assert!(RevocationFolder::read(&folder.path().join("missing")).is_err());
    }
}
