//! Somebody with the key changes the closed store behind the program's back: each way raises its own alarm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use jiff::civil::date;
use mocban_register::*;

fn office_with(acts: u128) -> Office {
    let (office, store) = Office::new();
    for n in 1..=acts {
        seal(&store, &office.book, n);
    }
    drop(store);
    assert_eq!(office.alarms(), []);
    office
}

fn origin() -> String {
    book().origin()
}

#[test]
fn an_edited_entry_is_named() {
    for change in [
        "UPDATE prepared SET paper = 'Sổ đỏ' WHERE act = 4",
        "UPDATE prepared SET fee = 0 WHERE act = 4",
        "UPDATE signed SET certificate = zeroblob(32) WHERE act = 4",
        "UPDATE entry SET day = 20261120 WHERE act = 4",
        "UPDATE act SET desk = 'another' WHERE id = 4",
        "DELETE FROM signed WHERE act = 4",
    ] {
        let office = office_with(6);
        office.tamper(change);
        let alarms = office.alarms();
        assert!(alarms.contains(&Alarm::LeafMismatch { origin: origin(), seq: 3 }), "{change}: {alarms:?}");
    }
}

#[test]
fn the_last_entry_deleted_without_a_trace_in_the_tree_no_longer_fits_the_guard() {
    let office = office_with(6);
    // Leaf 5 (from 0) came with two inner nodes: positions 8 and 9 of the table.
    office.tamper(
        "DELETE FROM entry WHERE seq = 5; DELETE FROM node WHERE pos >= 8; DELETE FROM personal WHERE act = 6;
         DELETE FROM signed WHERE act = 6; DELETE FROM prepared WHERE act = 6; DELETE FROM open_job WHERE job = 6;
         DELETE FROM job_event WHERE job = 6; DELETE FROM job WHERE id = 6; DELETE FROM file WHERE id >= 24;
         DELETE FROM act WHERE id = 6;",
    );
    assert_eq!(office.alarms(), [Alarm::Truncated { origin: origin(), guard_size: 6, store_size: 5 }]);
    assert!(matches!(office.open(Purpose::Work), Err(RegisterError::Truncated { .. })));
}

#[test]
fn a_deleted_entry_is_missed_by_the_tree() {
    for (seq, change) in [
        (5, "DELETE FROM entry WHERE seq = 5"),
        (2, "DELETE FROM entry WHERE seq = 2; UPDATE entry SET seq = seq - 1 WHERE seq > 2"),
    ] {
        let office = office_with(6);
        office.tamper(change);
        let alarms = office.alarms();
        assert!(alarms.contains(&Alarm::EntryMissing { origin: origin(), seq }), "{alarms:?}");
        assert!(
            alarms.contains(&Alarm::NumberUnaccounted { origin: origin(), number: seq as u32 + 1 }),
            "{alarms:?}"
        );
    }
}

#[test]
fn an_inserted_entry_is_unknown_to_the_tree() {
    let office = office_with(6);
    office.tamper(
        "UPDATE entry SET seq = seq + 100 WHERE seq >= 3; UPDATE entry SET seq = seq - 99 WHERE seq >= 103;
         INSERT INTO entry (book, seq, kind, act, day, at, author, text) VALUES (1, 3, 3, 1, 20261121, 0, 'x', 'y')",
    );
    assert_eq!(office.alarms(), [Alarm::EntryInserted { origin: origin(), seq: 3 }]);
}

#[test]
fn two_swapped_entries_are_both_named() {
    let office = office_with(6);
    office.tamper(
        "UPDATE entry SET seq = 99 WHERE seq = 1; UPDATE entry SET seq = 1 WHERE seq = 4;
         UPDATE entry SET seq = 4 WHERE seq = 99",
    );
    assert_eq!(office.alarms(), [Alarm::EntriesSwapped { origin: origin(), first: 1, second: 4 }]);
}

#[test]
fn an_altered_or_missing_hash_of_the_tree_is_named() {
    let office = office_with(6);
    // Position 2 is node (1, 0): it comes after leaves 0 and 1.
    office.tamper("UPDATE node SET hash = zeroblob(32) WHERE pos = 2");
    let alarms = office.alarms();
    assert!(alarms.contains(&Alarm::NodeMismatch { origin: origin(), level: 1, index: 0 }), "{alarms:?}");
    let office = office_with(6);
    office.tamper("DELETE FROM node WHERE pos = 2");
    let alarms = office.alarms();
    assert!(alarms.contains(&Alarm::NodeMismatch { origin: origin(), level: 1, index: 0 }), "{alarms:?}");
}

#[test]
fn a_register_rewritten_with_a_new_tree_no_longer_fits_its_guard_and_seal() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    let checkpoint = store.checkpoint(&office.book).unwrap();
    let seal_of_day = Seal {
        day: date(2026, 11, 21),
        kind: SealKind::Token,
        checkpoint: checkpoint.clone(),
        bytes: vec![1, 2, 3],
        at: at(100),
    };
    store.record_seal(&office.book, &seal_of_day).unwrap();
    assert_eq!(store.seals(&office.book).unwrap(), std::slice::from_ref(&seal_of_day));
    let forged = Checkpoint { root: [0; 32], ..checkpoint };
    assert_eq!(
        store.record_seal(&office.book, &Seal { checkpoint: forged, ..seal_of_day }),
        Err(RegisterError::CheckpointMismatch)
    );
    drop(store);
    // Another store, with another history of the same length, in the place of ours; only the seal is carried over.
    let (other, store) = Office::new();
    for n in 11..=13 {
        seal(&store, &other.book, n);
    }
    drop(store);
    let nodes: Vec<(i64, Vec<u8>)> = other
        .raw()
        .prepare("SELECT pos, hash FROM node")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    office.tamper_with(|conn| {
        for (pos, hash) in &nodes {
            conn.execute("UPDATE node SET hash = ?2 WHERE pos = ?1", rusqlite::params![pos, hash]).unwrap();
        }
    });
    let alarms = office.alarms();
    assert!(
        alarms.iter().any(|a| matches!(a, Alarm::Truncated { guard_size: 3, store_size: 3, .. })),
        "{alarms:?}"
    );
    assert!(
        alarms.contains(&Alarm::SealMismatch { origin: origin(), day: date(2026, 11, 21) }),
        "{alarms:?}"
    );
}

#[test]
fn a_lost_or_doubled_number_is_named() {
    let office = office_with(3);
    office.tamper("UPDATE act SET number = 9 WHERE id = 2");
    let alarms = office.alarms();
    for number in [2, 4, 8] {
        assert!(alarms.contains(&Alarm::NumberMissing { origin: origin(), number }), "{number}: {alarms:?}");
    }
    let office = office_with(3);
    office.tamper(
        "CREATE TABLE a AS SELECT * FROM act; UPDATE a SET number = 2 WHERE id = 3; DROP TABLE act;
         CREATE TABLE act (id INTEGER PRIMARY KEY, book, volume, number, copy_id, desk, reserved_at);
         INSERT INTO act SELECT * FROM a; DROP TABLE a",
    );
    let alarms = office.alarms();
    assert!(alarms.contains(&Alarm::NumberTwice { origin: origin(), number: 2 }), "{alarms:?}");
    assert!(alarms.contains(&Alarm::SchemaAltered { name: "act".into() }), "{alarms:?}");
}

#[test]
fn a_number_that_is_neither_act_nor_void_nor_open_is_named() {
    let (office, store) = Office::new();
    store.reserve(&office.book, copy(1), "desk", at(0)).unwrap();
    drop(store);
    assert_eq!(office.alarms(), []);
    office.tamper("DELETE FROM open_act");
    assert_eq!(office.alarms(), [Alarm::NumberUnaccounted { origin: origin(), number: 1 }]);
}

#[test]
fn replaced_or_removed_bytes_are_named() {
    let office = office_with(3);
    office.tamper("UPDATE file SET bytes = x'00' WHERE id = 9; DELETE FROM file WHERE id = 8");
    assert_eq!(
        office.alarms(),
        [
            Alarm::BlobMissing { origin: origin(), number: 2, part: FilePart::Unsigned },
            Alarm::BlobAltered { origin: origin(), number: 2, part: FilePart::Performer }
        ]
    );
    let store = office.open(Purpose::Inspect).unwrap();
    assert!(store.verify(VerifyDepth::Register).unwrap().is_sound(), "the register itself is sound");
    assert!(store.file(copy(2)).is_err(), "altered bytes are not handed out");
}

#[test]
fn another_name_for_the_requester_is_named() {
    let office = office_with(3);
    office.tamper("UPDATE personal SET requester = 'Lê Thị Cúc' WHERE act = 2");
    assert_eq!(office.alarms(), [Alarm::PersonalDataAltered { origin: origin(), number: 2 }]);
    let office = office_with(3);
    office.tamper("UPDATE personal SET identity = NULL WHERE act = 3");
    assert_eq!(office.alarms(), [Alarm::PersonalDataAltered { origin: origin(), number: 3 }]);
}

#[test]
fn an_entry_whose_job_or_place_in_the_queue_is_gone_is_named() {
    let office = office_with(3);
    office.tamper("DELETE FROM job WHERE id = 2");
    assert_eq!(office.alarms()[..], [Alarm::EntryWithoutJob { origin: origin(), number: 2 }]);
    let office = office_with(3);
    office.tamper("DELETE FROM open_job WHERE job = 3");
    assert_eq!(office.alarms(), [Alarm::JobMisplaced { origin: origin(), number: 3 }]);
}

#[test]
fn a_receipt_of_another_file_or_with_another_text_is_named() {
    for change in ["UPDATE receipt SET file_sha256 = zeroblob(32)", "UPDATE receipt SET json = '{}'"] {
        let (office, store) = Office::new();
        seal(&store, &office.book, 1);
        store.deliver(copy(1), &receipt(1), at(9)).unwrap();
        drop(store);
        assert_eq!(office.alarms(), []);
        office.tamper(change);
        assert_eq!(office.alarms(), [Alarm::ReceiptMismatch { origin: origin(), number: 1 }], "{change}");
    }
}

#[test]
fn a_dropped_trigger_is_named() {
    let office = office_with(1);
    office.raw().execute_batch("DROP TRIGGER entry_no_update").unwrap();
    assert_eq!(office.alarms(), [Alarm::SchemaAltered { name: "entry_no_update".into() }]);
}

#[test]
fn proofs_of_the_store_hold_and_hide_personal_data() {
    let office = office_with(7);
    let store = office.open(Purpose::Work).unwrap();
    let checkpoint = store.checkpoint(&office.book).unwrap();
    for seq in 0..7 {
        let proof = store.inclusion_proof(&office.book, seq, None).unwrap();
        let leaf = merkle::leaf_hash(&proof.leaf);
        assert!(merkle::verify_inclusion(leaf, seq, 7, &proof.path, &checkpoint.root));
        assert!(!String::from_utf8(proof.leaf).unwrap().contains("Ánh"));
    }
    let old = store.inclusion_proof(&office.book, 0, Some(3)).unwrap().checkpoint;
    let proof = store.consistency_proof(&office.book, 3, None).unwrap();
    assert!(merkle::verify_consistency(3, &old.root, 7, &checkpoint.root, &proof));
    assert!(!merkle::verify_consistency(3, &[0; 32], 7, &checkpoint.root, &proof));
    assert!(matches!(
        store.inclusion_proof(&office.book, 7, None),
        Err(RegisterError::OutsideTree { index: 7, size: 7 })
    ));
}
