//! Files in and out: bounded when read, whole or not at all when written.

use mocban_desk::DeskError;
use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// Largest file read, bytes.
const BYTES_MAX: u64 = 1 << 30;
/// Largest PIN file, bytes.
const PIN_BYTES_MAX: u64 = 4096;

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, DeskError> {
    read_bounded(path, BYTES_MAX)
}

/// A picture's name for people, and its bytes.
pub(crate) fn picture(path: &Path) -> Result<(Vec<u8>, String), DeskError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((read(path)?, name))
}

/// The PIN in a file: its first line, without the end of line.
pub(crate) fn pin(path: &Path) -> Result<String, DeskError> {
    let bytes = zeroize::Zeroizing::new(read_bounded(path, PIN_BYTES_MAX)?);
    let text =
        std::str::from_utf8(&bytes).map_err(|_| DeskError::InvalidRequest { field: "--pin-file".into() })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, DeskError> {
    let file = File::open(path).map_err(|fault| failed(path, &fault))?;
    let mut bytes = Vec::new();
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    bytes.reserve_exact(usize::try_from(length.min(most)).unwrap_or_default());
    file.take(most + 1).read_to_end(&mut bytes).map_err(|fault| failed(path, &fault))?;
    if bytes.len() as u64 > most {
        return Err(failed(path, &std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
    }
    Ok(bytes)
}

/// Writes a file beside its place, flushes it to disk, and puts it there in one step: a reader, or a crash, finds the old
/// file or the new one.
pub(crate) fn write(path: &Path, parts: &[&[u8]]) -> Result<(), DeskError> {
    let mut file = beside(path)?;
    for part in parts {
        file.write_all(part).map_err(|fault| failed(path, &fault))?;
    }
    put(file, path)
}

/// As [`write`], for a file that grows at its end: what is there already is written while `make` works out the rest. When
/// it fails, nothing is left behind.
pub(crate) fn write_while<T>(
    path: &Path,
    beginning: &[u8],
    make: impl FnOnce() -> Result<(Vec<u8>, T), DeskError>,
) -> Result<T, DeskError> {
    let mut file = beside(path)?;
    let (written, made) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| file.write_all(beginning));
        let made = make();
        (writer.join(), made)
    });
    let (rest, made) = made?;
    let written = written.unwrap_or_else(|_| Err(std::io::Error::other("the writer ended")));
    written.and_then(|()| file.write_all(&rest)).map_err(|fault| failed(path, &fault))?;
    put(file, path)?;
    Ok(made)
}

/// A new file in the same folder.
fn beside(path: &Path) -> Result<NamedTempFile, DeskError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mocban-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other file the user makes; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(path)).map_err(|fault| failed(path, &fault))
}

fn put(file: NamedTempFile, path: &Path) -> Result<(), DeskError> {
    file.as_file().sync_all().map_err(|fault| failed(path, &fault))?;
    file.persist(path).map_err(|fault| failed(path, &fault.error))?;
    #[cfg(unix)]
    File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(|fault| failed(path, &fault))?;
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What the system said about a file.
pub(crate) fn failed(path: &Path, fault: &std::io::Error) -> DeskError {
    if fault.kind() == std::io::ErrorKind::StorageFull {
        return DeskError::DiskFull;
    }
    DeskError::StorageFailed { detail: format!("{}: {fault}", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        write(&path, &[b"old"]).unwrap();
        write(&path, &[b"new", b"er"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_written_while_its_end_is_made_and_not_at_all_when_that_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        assert_eq!(write_while(&path, b"begin", || Ok((b" end".to_vec(), 7))).unwrap(), 7);
        assert_eq!(fs::read(&path).unwrap(), b"begin end");
        let failed = write_while(&path, b"other", || Err::<(Vec<u8>, ()), _>(DeskError::TokenRemoved));
        assert_eq!(failed.unwrap_err(), DeskError::TokenRemoved);
        assert_eq!(fs::read(&path).unwrap(), b"begin end");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_pin_is_the_first_line_without_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin");
        fs::write(&path, "1234 5678\r\nrest").unwrap();
        assert_eq!(pin(&path).unwrap(), "1234 5678");
    }

    #[test]
    fn a_missing_file_is_named() {
        let fault = read(Path::new("no/such.pdf")).unwrap_err();
        assert!(matches!(fault, DeskError::StorageFailed { detail } if detail.starts_with("no/such.pdf")));
    }
}
