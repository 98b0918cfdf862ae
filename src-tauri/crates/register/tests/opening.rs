//! What can be wrong with a data folder: each has its own error, and nothing is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use mocban_register::*;
use std::{collections::BTreeMap, fs, path::Path};

/// Every file of the store with its bytes, but the lock, the shared memory, and a log with nothing in it. The guard of an
/// open store is written beside everything else: its temporary file may be gone before it is read.
fn content(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|e| e != "lock" && e != "db-shm"))
        .filter_map(|path| match fs::read(&path) {
            Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => None,
            read => Some((path.file_name().unwrap().to_string_lossy().into_owned(), read.unwrap())),
        })
        .filter(|(name, bytes)| !(name.ends_with("-wal") && bytes.is_empty()))
        .collect()
}

#[test]
fn a_second_instance_is_told_that_the_folder_is_in_use() {
    let (office, store) = Office::new();
    assert_eq!(
        office.open(Purpose::Work).unwrap_err(),
        RegisterError::AlreadyOpen { folder: office.dir.path().to_owned() }
    );
    drop(store);
    office.open(Purpose::Work).unwrap();
}

#[test]
fn an_empty_folder_is_no_store_unless_one_is_to_be_created() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(open_dir(dir.path(), Purpose::Work), Err(RegisterError::StoreNotFound { .. })));
    assert!(matches!(open_dir(dir.path(), Purpose::Inspect), Err(RegisterError::StoreNotFound { .. })));
    open_dir(dir.path(), Purpose::WorkOrCreate).unwrap();
}

#[test]
fn the_wrong_key_is_not_called_damage_and_changes_nothing() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let before = content(office.dir.path());
    for noted in [true, false] {
        if !noted {
            fs::remove_file(office.path("store.key-check")).unwrap();
        }
        let folder = DataFolder::lock(office.dir.path()).unwrap();
        let options = OpenOptions::new(Purpose::Work, at(0));
        let error = Store::open(folder, &StoreKey::from_bytes([8; 32]), &options).unwrap_err();
        assert_eq!(error, RegisterError::WrongKey);
    }
    assert!(content(office.dir.path())["register.db"] == before["register.db"], "something was written");
    assert!(office.open(Purpose::Work).unwrap().verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn the_file_is_encrypted() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    for (name, bytes) in content(office.dir.path()) {
        for clear in ["SQLite format 3", "Nguyễn Văn Ánh", "Giấy khai sinh", "%PDF-1.7"] {
            assert!(!bytes.windows(clear.len()).any(|w| w == clear.as_bytes()), "{clear} in {name}");
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_is_named_damage_and_nothing_is_written() {
    let (office, store) = Office::new();
    for n in 1..=10 {
        seal(&store, &office.book, n);
    }
    drop(store);
    let sound = fs::read(office.path("register.db")).unwrap();
    assert!(!office.path("register.db-wal").exists(), "closing a sound store empties its log");
    let pages = sound.len() / 4_096;
    for page in (0..pages).step_by(7) {
        let mut damaged = sound.clone();
        damaged[page * 4_096 + 2_000] ^= 0x10;
        fs::write(office.path("register.db"), &damaged).unwrap();
        let before = content(office.dir.path());
        let error = office.open(Purpose::Work).unwrap_err();
        assert!(matches!(error, RegisterError::Corrupt { .. }), "page {page}: {error:?}");
        assert!(content(office.dir.path()) == before, "page {page}: something was written");
    }
    fs::write(office.path("register.db"), &sound).unwrap();
    assert!(office.open(Purpose::Work).unwrap().verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn a_damaged_store_keeps_its_log_and_can_be_inspected() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    // What a crash leaves: a file and a log that was not yet moved into it.
    let crashed = tempfile::tempdir().unwrap();
    for (name, bytes) in content(office.dir.path()) {
        fs::write(crashed.path().join(name), bytes).unwrap();
    }
    drop(store);
    let log = fs::read(crashed.path().join("register.db-wal")).unwrap();
    assert!(!log.is_empty());
    // The log's frames are sound, but one page it does not hold is damaged in the file.
    let store = open_dir(crashed.path(), Purpose::Work).unwrap();
    store.backup(&crashed.path().join("sound.db")).unwrap();
    drop(store);
    let mut file = fs::read(crashed.path().join("sound.db")).unwrap();
    let middle = file.len() / 2;
    file[middle] ^= 1;
    fs::write(crashed.path().join("register.db"), &file).unwrap();
    fs::write(crashed.path().join("register.db-wal"), &log[..32]).unwrap();
    let short_log = log[..32].to_vec();
    assert!(matches!(open_dir(crashed.path(), Purpose::Work), Err(RegisterError::Corrupt { .. })));
    assert!(fs::read(crashed.path().join("register.db-wal")).unwrap() == short_log, "the log is kept");
    assert!(fs::read(crashed.path().join("register.db")).unwrap() == file, "the file is untouched");
}

#[test]
fn a_crash_loses_nothing_that_is_only_in_the_log() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    let crashed = tempfile::tempdir().unwrap();
    for (name, bytes) in content(office.dir.path()) {
        fs::write(crashed.path().join(name), bytes).unwrap();
    }
    drop(store);
    let store = open_dir(crashed.path(), Purpose::Work).unwrap();
    assert_eq!(store.next_number(&office.book).unwrap(), 4);
    assert_eq!(store.file(copy(3)).unwrap(), whole(3));
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn a_store_of_a_newer_program_is_refused_untouched() {
    let (office, store) = Office::new();
    drop(store);
    office.raw().execute_batch("PRAGMA user_version = 999").unwrap();
    let before = fs::read(office.path("register.db")).unwrap();
    let error = office.open(Purpose::Work).unwrap_err();
    assert_eq!(error, RegisterError::NewerSchema { found: 999, known: 3 });
    assert!(fs::read(office.path("register.db")).unwrap() == before, "something was written");
}

#[test]
fn last_weeks_store_put_back_is_refused_until_somebody_answers_for_it() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let last_week = fs::read(office.path("register.db")).unwrap();
    let store = office.open(Purpose::Work).unwrap();
    seal(&store, &office.book, 2);
    drop(store);
    fs::write(office.path("register.db"), &last_week).unwrap();
    assert!(matches!(office.open(Purpose::Work).unwrap_err(), RegisterError::RolledBack { .. }));
    assert!(matches!(office.alarms()[..], [Alarm::RolledBack { .. }, ..]), "{:?}", office.alarms());

    let restore = Purpose::AfterRestore { by: "leader".into(), reason: "disk failed".into() };
    let store = office.open(restore).unwrap();
    let incident = &store.incidents().unwrap()[0];
    assert_eq!((incident.kind.as_str(), incident.by.as_str()), ("restored", "leader"));
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
    drop(store);
    fs::write(office.path("register.db"), &last_week).unwrap();
    assert!(
        matches!(office.open(Purpose::Work).unwrap_err(), RegisterError::RolledBack { .. }),
        "it is told apart"
    );
}

#[test]
fn a_number_given_out_before_the_rollback_is_noticed_too() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let before = fs::read(office.path("register.db")).unwrap();
    let store = office.open(Purpose::Work).unwrap();
    store.reserve(&office.book, copy(2), "desk", at(0)).unwrap();
    drop(store);
    fs::write(office.path("register.db"), &before).unwrap();
    assert!(matches!(office.open(Purpose::Work).unwrap_err(), RegisterError::RolledBack { .. }));
}

#[test]
fn a_missing_guard_is_made_anew_with_a_notice_and_a_record() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    fs::remove_file(office.path("register.guard")).unwrap();
    assert_eq!(office.alarms(), [Alarm::GuardMissing]);
    let store = office.open(Purpose::Work).unwrap();
    assert_eq!(store.notices(), [Notice::GuardMissing]);
    assert_eq!(store.incidents().unwrap()[0].kind, "guard missing");
    drop(store);
    assert!(office.open(Purpose::Work).unwrap().notices().is_empty());
}

#[test]
fn inspection_writes_nothing() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let before = content(office.dir.path());
    let store = office.open(Purpose::Inspect).unwrap();
    assert_eq!(store.reserve(&office.book, copy(2), "desk", at(0)), Err(RegisterError::InspectionOnly));
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
    assert_eq!(store.file(copy(1)).unwrap(), whole(1));
    drop(store);
    assert!(content(office.dir.path()) == before, "something was written");
}

#[test]
fn a_backup_is_whole_encrypted_and_opens_with_the_same_key() {
    let (office, store) = Office::new();
    for n in 1..=5 {
        seal(&store, &office.book, n);
    }
    let target = tempfile::tempdir().unwrap();
    store.backup(&target.path().join("register.db")).unwrap();
    assert!(matches!(
        store.backup(&target.path().join("register.db")),
        Err(RegisterError::FolderUnusable { .. })
    ));
    seal(&store, &office.book, 6);
    let copy_of = open_dir(target.path(), Purpose::Work).unwrap();
    assert_eq!(copy_of.next_number(&office.book).unwrap(), 6);
    assert!(copy_of.verify(VerifyDepth::Everything).unwrap().is_sound());
}

/// SQLite's own limit on pages gives the same SQLITE_FULL as a disk without room.
#[test]
fn a_full_disk_stops_the_step_and_loses_nothing() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let store = office.open(Purpose::Work).unwrap();
    store.limit_pages_for_tests(60).unwrap();
    let mut taken = 1;
    let error = loop {
        let n = taken + 1;
        let unsigned = vec![n as u8; 50_000];
        let act = PreparedAct { unsigned_sha256: sha256(&unsigned), ..prepared(n) };
        let step = store
            .reserve(&office.book, copy(n), "desk", at(0))
            .and_then(|_| store.record_prepared(copy(n), &act, &unsigned, at(1)));
        match step {
            Ok(()) => taken = n,
            Err(error) => break error,
        }
        assert!(taken < 1_000, "the limit is never met");
    };
    assert_eq!(error, RegisterError::DiskFull);
    assert_eq!(store.file(copy(1)).unwrap(), whole(1));
    store.limit_pages_for_tests(1_000_000).unwrap();
    let next = taken + 1;
    assert_eq!(
        seal(&store, &office.book, next).number,
        next as u32,
        "the number is neither lost nor doubled"
    );
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
}
