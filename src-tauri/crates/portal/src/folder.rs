//! The folder adapter: a certified copy and a JSON sidecar with the national portal's field names, for upload by hand
//! where no warehouse can be reached by machine.
//!
//! It gives no receipt, so it frees nothing (invariant 8). Both files appear whole or not at all, the sidecar last.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::PortalError;
use crate::sidecar::Sidecar;
use crate::wire::CopyManifest;

/// Longest file name without extension; the strictest portal seen takes 50 characters, 40 safely.
const STEM_CHARS_MAX: usize = 40;
/// Ends every stem: some portals refuse names that end in a bare number.
const STEM_END: &str = "-bs";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The copy.
    pub pdf: PathBuf,
    /// Its sidecar.
    pub sidecar: PathBuf,
}

/// Writes one copy and its sidecar into `folder`. Writing the same again changes nothing.
///
/// # Errors
/// [`PortalError::StorageFailed`], also when another file has the name already; [`PortalError::CopyDamaged`] when
/// `file` is not what the manifest says.
pub fn export(
    folder: &Path,
    manifest: &CopyManifest,
    file: &[u8],
    sidecar: &Sidecar,
) -> Result<Exported, PortalError> {
    manifest
        .check()
        .and_then(|()| manifest.check_file(file))
        .map_err(|fault| PortalError::CopyDamaged { field: fault.field })?;
    let stem = stem(manifest);
    let exported =
        Exported { pdf: folder.join(format!("{stem}.pdf")), sidecar: folder.join(format!("{stem}.json")) };
    let pdf_name = format!("{stem}.pdf");
    let mut json = serde_json::to_vec_pretty(&Named { file: &pdf_name, sidecar, manifest })
        .map_err(|e| PortalError::StorageFailed { detail: e.to_string() })?;
    json.push(b'\n');
    write_whole(folder, &exported.pdf, file)?;
    write_whole(folder, &exported.sidecar, &json)?;
    Ok(exported)
}

/// The sidecar as written: the portal's members, the name of the file they speak of, and the manifest for whoever
/// wants to check the file.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "TenTepDinhKem")]
    file: &'a str,
    #[serde(flatten)]
    sidecar: &'a Sidecar,
    #[serde(rename = "MocBan")]
    manifest: &'a CopyManifest,
}

/// A file name that every portal seen takes: ASCII letters, digits and `-`, short, not ending in a bare number.
/// Unique by book, year and number.
fn stem(manifest: &CopyManifest) -> String {
    let mut stem = format!("{}-{}-{:05}", ascii(&manifest.book), manifest.year, manifest.number);
    let paper = ascii(&manifest.paper).to_ascii_lowercase();
    let room = STEM_CHARS_MAX.saturating_sub(stem.len() + 1 + STEM_END.len());
    let paper = paper[..paper.len().min(room)].trim_matches('-');
    if !paper.is_empty() {
        stem.push('-');
        stem.push_str(paper);
    }
    stem.push_str(STEM_END);
    stem
}

/// Vietnamese without its marks; everything that is not a letter or digit becomes one `-`.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.nfd() {
        match c {
            'đ' => out.push('d'),
            'Đ' => out.push('D'),
            c if c.is_ascii_alphanumeric() => out.push(c),
            // A combining mark belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.trim_matches('-').to_owned()
}

/// Temporary file, fsync, rename without overwriting, fsync of the folder.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), PortalError> {
    let failed = |e: std::io::Error| PortalError::StorageFailed { detail: e.to_string() };
    let mut temporary = tempfile::Builder::new().prefix(".mocban-").tempfile_in(folder).map_err(failed)?;
    temporary.write_all(bytes).map_err(failed)?;
    temporary.as_file().sync_all().map_err(failed)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_folder(folder).map_err(failed),
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => {
            if holds(path, bytes).map_err(failed)? {
                return Ok(());
            }
            Err(failed(e.error))
        }
        Err(e) => Err(failed(e.error)),
    }
}

fn holds(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    let mut there = Vec::new();
    File::open(path)?.take(bytes.len() as u64 + 1).read_to_end(&mut there)?;
    Ok(there == bytes)
}

/// Only Unix opens folders as files; elsewhere the rename is durable by the file system's own journal.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::manifest_of;
    use proptest::prelude::*;

    const FILE: &[u8] = b"%PDF-1.7 a certified copy";

    #[test]
    fn a_vietnamese_paper_gets_an_ascii_name_that_ends_in_letters() {
        assert_eq!(stem(&manifest_of(FILE)), "SCTDT-BS-2026-00001-bang-tot-nghiep-d-bs");
        assert_eq!(ascii("Giấy chứng nhận quyền sử dụng đất"), "Giay-chung-nhan-quyen-su-dung-dat");
        assert_eq!(ascii("ƯỚC đường"), "UOC-duong");
    }

    #[test]
    fn the_sidecar_has_the_portals_field_names_and_names_the_file_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let sidecar = crate::sidecar::tests::sidecar();
        let exported = export(folder.path(), &manifest_of(FILE), FILE, &sidecar).unwrap();
        assert_eq!(std::fs::read(&exported.pdf).unwrap(), FILE);
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&exported.sidecar).unwrap()).unwrap();
        assert_eq!(json["TenTepDinhKem"], exported.pdf.file_name().unwrap().to_str().unwrap());
        assert_eq!(json["MaTTHC"], "2.000815");
        assert_eq!(json["NgayTiepNhan"], "20261121090304");
        assert_eq!(json["MocBan"]["sha256"], crate::Digest::of(FILE).to_string());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn exporting_again_changes_nothing_and_a_foreign_file_of_that_name_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let sidecar = crate::sidecar::tests::sidecar();
        let first = export(folder.path(), &manifest_of(FILE), FILE, &sidecar).unwrap();
        assert_eq!(export(folder.path(), &manifest_of(FILE), FILE, &sidecar), Ok(first.clone()));
        std::fs::write(&first.pdf, b"another").unwrap();
        let refused = export(folder.path(), &manifest_of(FILE), FILE, &sidecar).unwrap_err();
        assert_eq!(refused.code(), "storage-failed");
        assert_eq!(std::fs::read(&first.pdf).unwrap(), b"another");
    }

    #[test]
    fn a_damaged_file_is_not_exported() {
        let folder = tempfile::tempdir().unwrap();
        let sidecar = crate::sidecar::tests::sidecar();
        let refused = export(folder.path(), &manifest_of(FILE), b"damaged", &sidecar).unwrap_err();
        assert_eq!(refused, PortalError::CopyDamaged { field: "size" });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    proptest! {
        #[test]
        fn every_name_is_ascii_short_and_safe(book in "\\PC{1,12}", paper in "\\PC{1,200}", number in 1u32..) {
            let mut manifest = manifest_of(FILE);
            manifest.book = book;
            manifest.paper = paper;
            manifest.number = number;
            let stem = stem(&manifest);
            prop_assert!(stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
            prop_assert!(stem.len() <= 50 && stem.ends_with("-bs") && !stem.starts_with('.'));
        }
    }
}
