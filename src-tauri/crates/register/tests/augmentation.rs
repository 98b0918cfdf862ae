//! What is appended to a sealed copy later: once, recorded, watched, and never in the way of what was sealed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use mocban_register::*;

#[test]
fn what_is_appended_is_known_and_the_sealed_file_stays_what_it_was() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    assert_eq!(store.unaugmented(10).unwrap(), [copy(1)]);
    assert_eq!(store.augmentation(copy(1)).unwrap(), None);
    store.record_augmentation(copy(1), b"timestamp", "LTA", at(50)).unwrap();
    store.record_augmentation(copy(1), b"timestamp", "LTA", at(51)).unwrap();
    let other = store.record_augmentation(copy(1), b"another", "LTA", at(52));
    assert!(matches!(other, Err(RegisterError::FileAltered { .. })), "{other:?}");

    assert!(store.unaugmented(10).unwrap().is_empty());
    let known = store.known_increments(copy(1)).unwrap();
    assert_eq!((known.increments.len(), known.later), (2, Some((9, sha256(b"timestamp")))));
    assert_eq!(store.file(copy(1)).unwrap(), whole(1));
    assert_eq!(store.newest_file(copy(1)).unwrap(), [&whole(1)[..], b"timestamp"].concat());
    let kept = store.augmentation(copy(1)).unwrap().unwrap();
    assert_eq!((kept.level.as_str(), kept.at), ("LTA", at(50)));
    assert_eq!(
        store.next_ready(at(60)).unwrap().unwrap().file_sha256,
        sha256(&whole(1)),
        "the job sends what was sealed"
    );
    assert_eq!(store.verify(VerifyDepth::Everything).unwrap().alarms, []);
}

#[test]
fn only_a_sealed_copy_is_augmented() {
    let (office, store) = Office::new();
    store.reserve(&office.book, copy(1), "desk", at(1)).unwrap();
    let early = store.record_augmentation(copy(1), b"timestamp", "T", at(5));
    assert!(matches!(early, Err(RegisterError::NotSealed)), "{early:?}");
    let unknown = store.record_augmentation(copy(9), b"timestamp", "T", at(5));
    assert!(matches!(unknown, Err(RegisterError::UnknownCopy)), "{unknown:?}");
}

#[test]
fn requests_to_an_authority_are_remembered_over_a_restart() {
    let (office, store) = Office::new();
    for second in [10, 20, 30] {
        store.note_timestamp_request("http://tsa/", at(second)).unwrap();
    }
    store.note_timestamp_request("http://other/", at(25)).unwrap();
    drop(store);
    let store = office.open(Purpose::Work).unwrap();
    assert_eq!(store.timestamp_requests("http://tsa/", at(10)).unwrap(), [at(20), at(30)]);
}
