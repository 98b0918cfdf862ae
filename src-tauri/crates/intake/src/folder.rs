//! A folder into which an office machine scans, looked at again and again.
//!
//! Looking beats being told: notifications do not cross network shares, which is where such folders lie. A file is taken
//! when two looks in a row find it unchanged and it is a whole picture; then it is moved into a folder beside it. Where
//! that is not allowed (a read-only share) it stays, and is known by its hash. Nothing is ever deleted or overwritten.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};

use crate::{IntakeError, Taken, Taker};

/// Files looked at in one round; a folder with more is somebody's archive, and is worked off over several rounds.
pub const FILES_MAX: usize = 500;
/// Largest file taken, bytes.
const BYTES_MAX: u64 = 64 << 20;
/// The folder for what was taken.
const TAKEN_FOLDER: &str = "Đã nhận";
/// Endings of names that are looked at.
const ENDINGS: [&str; 6] = ["jpg", "jpeg", "png", "tif", "tiff", "pdf"];

/// Remembers what was taken, across restarts.
pub trait Ledger {
    /// Whether a file with this SHA-256 was taken before.
    fn is_known(&self, sha256: &[u8; 32]) -> bool;
    /// Remembers it durably.
    fn remember(&self, sha256: &[u8; 32]);
}

/// What became of one file in one round; files still waiting are not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The file's name.
    pub name: String,
    /// What the taker said.
    pub taken: Taken,
}

/// A file as one look finds it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    bytes: u64,
    changed: Option<SystemTime>,
}

/// What is known of a file between looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Seen once like this.
    Seen(Look),
    /// Nothing to do until it changes: taken and not movable, or refused.
    Settled(Look),
}

/// One watched folder.
pub struct WatchedFolder {
    path: PathBuf,
    files: HashMap<PathBuf, State>,
}

impl WatchedFolder {
    /// Watches a folder, not the folders in it.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), files: HashMap::new() }
    }

    /// Which folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks once; call every two seconds or so. Files are taken in the order of their names.
    ///
    /// # Errors
    /// `FolderUnreadable`: a share that is away; the next look may find it again.
    pub fn look(&mut self, taker: &dyn Taker, ledger: &dyn Ledger) -> Result<Vec<Outcome>, IntakeError> {
        let found = self.candidates()?;
        self.files.retain(|path, _| found.iter().any(|(other, _)| other == path));
        let mut outcomes = Vec::new();
        for (path, look) in found {
            match self.files.get(&path) {
                Some(State::Settled(before)) if *before == look => {}
                Some(State::Seen(before)) if *before == look && look.bytes > 0 => {
                    outcomes.extend(self.settle(path, look, taker, ledger));
                }
                _ => {
                    self.files.insert(path, State::Seen(look));
                }
            }
        }
        Ok(outcomes)
    }

    fn candidates(&self) -> Result<Vec<(PathBuf, Look)>, IntakeError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(IntakeError::FolderUnreadable)? {
            let Ok(entry) = entry else { continue };
            let path = entry.path();
            // Of the entry itself: a link could lead anywhere.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_file() && is_wanted(&path) {
                found.push((path, Look { bytes: metadata.len(), changed: metadata.modified().ok() }));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.truncate(FILES_MAX);
        Ok(found)
    }

    /// Takes a file that stands still; `None` while it is to be looked at again.
    fn settle(
        &mut self,
        path: PathBuf,
        look: Look,
        taker: &dyn Taker,
        ledger: &dyn Ledger,
    ) -> Option<Outcome> {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let settled = |this: &mut Self, path: PathBuf, taken| {
            this.files.insert(path, State::Settled(look));
            Some(Outcome { name: name.clone(), taken })
        };
        if look.bytes > BYTES_MAX {
            return settled(self, path, Taken::TooLarge);
        }
        let bytes = whole(&path, look)?;
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        let taken = if ledger.is_known(&sha256) { Taken::Saved } else { taker.take(bytes, &name) };
        match taken {
            Taken::Saved => {
                let before = ledger.is_known(&sha256);
                if !before {
                    ledger.remember(&sha256);
                }
                if self.put_away(&path) {
                    self.files.remove(&path);
                } else {
                    self.files.insert(path, State::Settled(look));
                }
                (!before).then_some(Outcome { name, taken })
            }
            // It may still grow, slowly; when it changes it is looked at anew.
            Taken::CutOff | Taken::NotAPicture | Taken::TooLarge => settled(self, path, taken),
            // Asked again at the next look.
            Taken::NoRoom | Taken::Later => Some(Outcome { name, taken }),
        }
    }

    /// Moves a taken file aside, under a name that is free; `false` where that is not allowed.
    fn put_away(&self, path: &Path) -> bool {
        let folder = self.path.join(TAKEN_FOLDER);
        if fs::create_dir_all(&folder).is_err() {
            return false;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        for number in 1..1000 {
            let name =
                if number == 1 { format!("{stem}.{ending}") } else { format!("{stem} ({number}).{ending}") };
            let to = folder.join(name);
            // A hard link refuses a name that is taken; a rename would replace the file there.
            match fs::hard_link(path, &to) {
                Ok(()) => return fs::remove_file(path).is_ok(),
                Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
                // A share without hard links.
                Err(_) if !to.exists() => return fs::rename(path, &to).is_ok(),
                Err(_) => {}
            }
        }
        false
    }
}

fn is_wanted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    !name.starts_with(['.', '~']) && ENDINGS.contains(&ending.as_str())
}

/// The file's bytes, if it is still as it was when looked at.
fn whole(path: &Path, look: Look) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
    let after = fs::metadata(path).ok()?;
    let same = after.len() == look.bytes && after.modified().ok() == look.changed;
    (same && bytes.len() as u64 == look.bytes).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::RefCell, collections::HashSet, sync::Mutex};

    /// Takes what ends with "END", as a picture has an end.
    #[derive(Default)]
    struct Desk(Mutex<Vec<String>>);

    impl Taker for Desk {
        fn take(&self, bytes: Vec<u8>, name: &str) -> Taken {
            if bytes.starts_with(b"junk") {
                return Taken::NotAPicture;
            }
            if !bytes.ends_with(b"END") {
                return Taken::CutOff;
            }
            self.0.lock().unwrap().push(name.to_owned());
            Taken::Saved
        }
    }

    #[derive(Default)]
    struct Book(RefCell<HashSet<[u8; 32]>>);

    impl Ledger for Book {
        fn is_known(&self, sha256: &[u8; 32]) -> bool {
            self.0.borrow().contains(sha256)
        }
        fn remember(&self, sha256: &[u8; 32]) {
            self.0.borrow_mut().insert(*sha256);
        }
    }

    struct Scene {
        folder: tempfile::TempDir,
        watched: WatchedFolder,
        desk: Desk,
        book: Book,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let watched = WatchedFolder::new(folder.path());
            Self { folder, watched, desk: Desk::default(), book: Book::default() }
        }
        fn write(&self, name: &str, bytes: &[u8]) {
            fs::write(self.folder.path().join(name), bytes).unwrap();
        }
        fn look(&mut self) -> Vec<Outcome> {
            self.watched.look(&self.desk, &self.book).unwrap()
        }
        fn taken(&self) -> Vec<String> {
            self.desk.0.lock().unwrap().clone()
        }
        fn names(&self, folder: &str) -> Vec<String> {
            let Ok(entries) = fs::read_dir(self.folder.path().join(folder)) else { return Vec::new() };
            let mut names: Vec<_> = entries
                .map(|e| e.unwrap())
                .filter(|e| e.path().is_file())
                .map(|e| e.file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_file_that_stands_still_is_taken_once_and_moved_aside() {
        let mut scene = Scene::new();
        scene.write("2.jpg", b"two END");
        scene.write("1.PDF", b"one END");
        assert!(scene.look().is_empty());
        assert_eq!(scene.look().len(), 2);
        for _ in 0..3 {
            assert!(scene.look().is_empty());
        }
        assert_eq!(scene.taken(), ["1.PDF", "2.jpg"]);
        assert_eq!(scene.names(""), Vec::<String>::new());
        assert_eq!(scene.names(TAKEN_FOLDER), ["1.PDF", "2.jpg"]);
    }

    #[test]
    fn a_half_written_file_waits_until_it_is_whole() {
        let mut scene = Scene::new();
        scene.write("slow.jpg", b"half");
        scene.look();
        scene.write("slow.jpg", b"half and mo");
        assert!(scene.look().is_empty());
        // The machine pauses: the file stands still, but it is cut off.
        assert_eq!(scene.look(), [Outcome { name: "slow.jpg".into(), taken: Taken::CutOff }]);
        assert!(scene.look().is_empty());
        scene.write("slow.jpg", b"half and more END");
        scene.look();
        assert_eq!(scene.look()[0].taken, Taken::Saved);
        assert_eq!(scene.taken(), ["slow.jpg"]);
    }

    #[test]
    fn what_was_taken_before_a_crash_is_not_taken_again() {
        let mut scene = Scene::new();
        scene.write("1.jpg", b"one END");
        scene.book.remember(&Sha256::digest(b"one END").into());
        scene.look();
        assert!(scene.look().is_empty());
        assert!(scene.taken().is_empty());
        assert_eq!(scene.names(TAKEN_FOLDER), ["1.jpg"]);
    }

    #[test]
    fn other_peoples_files_stay_where_they_are() {
        let mut scene = Scene::new();
        for name in ["notes.txt", ".hidden.jpg", "~lock.pdf", "no-ending", "junk.jpg"] {
            scene.write(name, b"junk");
        }
        fs::create_dir(scene.folder.path().join("folder.jpg")).unwrap();
        for _ in 0..4 {
            scene.look();
        }
        assert_eq!(scene.names(""), [".hidden.jpg", "junk.jpg", "no-ending", "notes.txt", "~lock.pdf"]);
        assert!(scene.taken().is_empty());
    }

    #[test]
    fn a_name_that_is_used_already_is_not_overwritten() {
        let mut scene = Scene::new();
        for text in ["first END", "second END"] {
            scene.write("scan.jpg", text.as_bytes());
            scene.look();
            scene.look();
        }
        assert_eq!(scene.names(TAKEN_FOLDER), ["scan (2).jpg", "scan.jpg"]);
        let first = fs::read(scene.folder.path().join(TAKEN_FOLDER).join("scan.jpg")).unwrap();
        assert_eq!(first, b"first END");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let mut scene = Scene::new();
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("secret.jpg"), b"secret END").unwrap();
        std::os::unix::fs::symlink(other.path().join("secret.jpg"), scene.folder.path().join("link.jpg"))
            .unwrap();
        for _ in 0..3 {
            scene.look();
        }
        assert!(scene.taken().is_empty());
    }

    #[test]
    fn a_share_that_is_away_is_said_and_found_again() {
        let mut scene = Scene::new();
        let path = scene.folder.path().join("share");
        scene.watched = WatchedFolder::new(&path);
        assert!(scene.watched.look(&scene.desk, &scene.book).is_err());
        fs::create_dir(&path).unwrap();
        assert!(scene.watched.look(&scene.desk, &scene.book).is_ok());
    }
}
