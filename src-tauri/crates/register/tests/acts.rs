//! The main path: numbers, steps, the book, files, drafts, logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use jiff::civil::date;
use mocban_register::*;

#[test]
fn an_act_goes_from_number_to_the_citizens_store_and_every_state_has_its_time() {
    use CopyState::{Delivered, Drafting, Prepared, Queued, Sealed, Signed, Stored};
    let (office, store) = Office::new();
    assert_eq!(store.next_number(&office.book).unwrap(), 1);
    let entry = seal(&store, &office.book, 9);
    assert_eq!((entry.number, entry.seq, entry.volume, entry.kind), (1, 0, 1, EntryKind::Act));
    assert_eq!((entry.copies, entry.fee, entry.pages), (3, 12_000, 2));
    assert_eq!(entry.requester, "Nguyễn Văn Ánh 9");
    assert_eq!(entry.date, date(2026, 11, 21));
    assert_eq!(entry.file, Some((whole(9).len() as u64, sha256(&whole(9)))));
    assert_eq!(entry.state, Queued);
    assert_eq!(store.file(copy(9)).unwrap(), whole(9));
    assert_eq!(store.next_number(&office.book).unwrap(), 2);

    store.begin(copy(9), at(60), at(10)).unwrap();
    store.deliver(copy(9), &receipt(9), at(20)).unwrap();
    store.record_delivered(copy(9), "data store", at(30)).unwrap();
    assert_eq!(
        store.states(copy(9)).unwrap(),
        [(Drafting, 0), (Prepared, 1), (Signed, 2), (Sealed, 3), (Queued, 3), (Stored, 20), (Delivered, 30)]
            .map(|(state, second)| (state, at(second)))
    );
    assert_eq!(store.entry(copy(9)).unwrap().unwrap().state, Delivered);
    assert!(store.unfinished().unwrap().is_empty());
}

#[test]
fn numbers_follow_each_other_and_a_copy_keeps_its_own() {
    let (office, store) = Office::new();
    for n in 1..=5 {
        assert_eq!(store.reserve(&office.book, copy(n), "desk", at(0)).unwrap(), n as u32);
    }
    assert_eq!(store.reserve(&office.book, copy(3), "desk", at(9)).unwrap(), 3);
    assert_eq!(store.next_number(&office.book).unwrap(), 6);
    let other = BookKey { symbol: "SCT/CK".into(), ..office.book.clone() };
    assert!(matches!(
        store.reserve(&other, copy(50), "desk", at(0)),
        Err(RegisterError::BookNotOpen { origin }) if origin == "mocban/00001/SCT/CK/2026"
    ));
    store.open_book(&other, 1, 1, at(0)).unwrap();
    assert_eq!(store.reserve(&other, copy(50), "desk", at(0)).unwrap(), 1);
    assert_eq!(
        store.reserve(&other, copy(3), "desk", at(0)),
        Err(RegisterError::NumberInOtherBook { number: 3 })
    );
}

#[test]
fn a_new_volume_continues_the_count_and_a_closed_book_gives_no_number() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    store.open_volume(&office.book, 2, at(5)).unwrap();
    assert_eq!(seal(&store, &office.book, 2).volume, 2);
    store.reserve(&office.book, copy(3), "desk", at(0)).unwrap();
    assert_eq!(
        store.close_book(&office.book, "leader", at(9)),
        Err(RegisterError::NumbersStillOpen { origin: office.book.origin(), open: 1 })
    );
    store.void(&office.book, 3, "Hủy: người yêu cầu rút", "officer", at(8)).unwrap();
    store.close_book(&office.book, "leader", at(9)).unwrap();
    assert_eq!(
        store.reserve(&office.book, copy(4), "desk", at(10)),
        Err(RegisterError::BookClosed { origin: office.book.origin() })
    );
    let book = &store.books().unwrap()[0];
    assert_eq!((book.volume, book.next_number, book.entries), (2, 4, 3));
    assert_eq!(book.closed_at, Some(at(9)));
}

#[test]
fn a_sequence_begun_on_paper_is_continued() {
    let (office, store) = Office::new();
    let key = BookKey { symbol: "SCT/BS".into(), ..office.book };
    store.open_book(&key, 3, 255, at(0)).unwrap();
    assert_eq!(seal(&store, &key, 1).number, 255);
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
    store.open_book(&key, 3, 255, at(1)).unwrap();
    assert!(matches!(store.open_book(&key, 3, 1, at(1)), Err(RegisterError::BookAlreadyOpen { .. })));
}

#[test]
fn nothing_is_signed_that_was_not_recorded_and_nothing_sealed_that_was_not_signed() {
    let (office, store) = Office::new();
    assert_eq!(store.record_signed(copy(1), &performer(1), at(0)), Err(RegisterError::UnknownCopy));
    store.reserve(&office.book, copy(1), "desk", at(0)).unwrap();
    assert_eq!(store.record_signed(copy(1), &performer(1), at(0)), Err(RegisterError::NotPrepared));
    assert_eq!(store.commit_sealed(copy(1), &agency(1), &job(1), at(0)), Err(RegisterError::NotSigned));
    assert!(matches!(
        store.record_prepared(copy(1), &prepared(1), b"another file", at(0)),
        Err(RegisterError::FileAltered { .. })
    ));
    store.record_prepared(copy(1), &prepared(1), &unsigned(1), at(0)).unwrap();
    assert_eq!(store.commit_sealed(copy(1), &agency(1), &job(1), at(0)), Err(RegisterError::NotSigned));
    assert_eq!(store.file(copy(1)), Err(RegisterError::NotSealed));
}

#[test]
fn a_step_taken_again_is_taken_once_and_with_other_content_refused() {
    let (office, store) = Office::new();
    let first = seal(&store, &office.book, 1);
    assert_eq!(store.commit_sealed(copy(1), &agency(1), &job(1), at(99)).unwrap(), first);
    assert_eq!(
        store.commit_sealed(copy(1), &agency(2), &job(1), at(99)),
        Err(RegisterError::AlreadyRecorded { step: "sealed" })
    );
    store.reserve(&office.book, copy(2), "desk", at(0)).unwrap();
    store.record_prepared(copy(2), &prepared(2), &unsigned(2), at(1)).unwrap();
    store.record_prepared(copy(2), &prepared(2), &unsigned(2), at(9)).unwrap();
    assert_eq!(
        store.record_prepared(copy(2), &prepared(3), &unsigned(3), at(9)),
        Err(RegisterError::AlreadyRecorded { step: "prepared" })
    );
    store.record_signed(copy(2), &performer(2), at(2)).unwrap();
    store.record_signed(copy(2), &performer(2), at(9)).unwrap();
    assert_eq!(
        store.record_signed(copy(2), &performer(3), at(9)),
        Err(RegisterError::AlreadyRecorded { step: "signed" })
    );
    assert_eq!(store.queue().unwrap().len(), 1);
}

#[test]
fn an_unused_number_becomes_a_void_with_its_reason_and_stays_one() {
    let (office, store) = Office::new();
    store.reserve(&office.book, copy(1), "desk", at(0)).unwrap();
    store.record_prepared(copy(1), &prepared(1), &unsigned(1), at(1)).unwrap();
    let void = store.void(&office.book, 1, "Hủy: token hỏng", "officer", at(5)).unwrap();
    assert_eq!(
        (void.kind, void.note.as_str(), void.state),
        (EntryKind::Void, "Hủy: token hỏng", CopyState::Cancelled)
    );
    assert_eq!(store.void(&office.book, 1, "another reason", "officer", at(6)).unwrap(), void);
    assert_eq!(
        store.record_signed(copy(1), &performer(1), at(7)),
        Err(RegisterError::NumberVoid { number: 1 })
    );
    assert_eq!(
        store.reserve(&office.book, copy(1), "desk", at(8)),
        Err(RegisterError::NumberVoid { number: 1 })
    );
    assert_eq!(seal(&store, &office.book, 2).number, 2);
    assert_eq!(
        store.void(&office.book, 2, "too late", "officer", at(9)),
        Err(RegisterError::NumberFinished { number: 2 })
    );
    assert!(matches!(
        store.void(&office.book, 1, " ", "officer", at(9)),
        Err(RegisterError::InvalidInput { .. })
    ));
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn corrections_are_new_entries_and_a_revoked_copy_is_cancelled() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    let note = store.correct(&office.book, 1, CorrectionKind::Note, "Sửa tên", "officer", at(10)).unwrap();
    assert_eq!((note.kind, note.seq, note.number), (EntryKind::Note, 1, 1));
    store.correct(&office.book, 1, CorrectionKind::Revocation, "Quyết định 12", "leader", at(20)).unwrap();
    assert_eq!(store.entry(copy(1)).unwrap().unwrap().state, CopyState::Cancelled);
    assert_eq!(store.corrections(copy(1)).unwrap().len(), 2);
    assert_eq!(store.states(copy(1)).unwrap().last(), Some(&(CopyState::Cancelled, at(20))));
    store.reserve(&office.book, copy(2), "desk", at(0)).unwrap();
    assert_eq!(
        store.correct(&office.book, 2, CorrectionKind::Note, "x", "officer", at(30)),
        Err(RegisterError::NotSealed)
    );
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn a_restart_finds_every_unfinished_number_with_its_state_and_bytes() {
    let (office, store) = Office::new();
    for n in 1..=4 {
        store.reserve(&office.book, copy(n), "desk 7", at(n as i64)).unwrap();
    }
    for n in 2..=3 {
        store.record_prepared(copy(n), &prepared(n), &unsigned(n), at(10)).unwrap();
    }
    store.record_signed(copy(3), &performer(3), at(11)).unwrap();
    store.void(&office.book, 4, "Hủy", "officer", at(12)).unwrap();
    drop(store);
    let store = office.open(Purpose::Work).unwrap();
    let found: Vec<_> =
        store.unfinished().unwrap().into_iter().map(|u| (u.number, u.copy_id, u.state)).collect();
    use UnfinishedState::*;
    assert_eq!(found, [(1, copy(1), Reserved), (2, copy(2), Prepared), (3, copy(3), Signed)]);
    assert_eq!(store.file_part(copy(3), FilePart::Unsigned).unwrap(), unsigned(3));
    assert_eq!(store.file_part(copy(3), FilePart::Performer).unwrap(), performer(3).bytes);
    assert_eq!(store.file_part(copy(3), FilePart::Agency), Err(RegisterError::NotSealed));
    let known = store.known_increments(copy(3)).unwrap();
    assert_eq!(known.unsigned_sha256, sha256(&unsigned(3)));
    assert_eq!(known.increments, [(performer(3).bytes.len() as u64, sha256(&performer(3).bytes))]);
    store.commit_sealed(copy(3), &agency(3), &job(3), at(20)).unwrap();
    assert_eq!(store.known_increments(copy(3)).unwrap().increments.len(), 2);
}

#[test]
fn a_day_shows_its_entries_and_sums_in_the_order_of_entry() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    store.reserve(&office.book, copy(4), "desk", at(0)).unwrap();
    store.void(&office.book, 4, "Hủy: nhầm", "officer", at(5)).unwrap();
    // 17:30 UTC of the 21st is the 22nd in Vietnam.
    store.correct(&office.book, 1, CorrectionKind::Note, "hôm sau", "officer", at(59_400)).unwrap();
    let day = store.day(Some(&office.book), date(2026, 11, 21)).unwrap();
    assert_eq!(day.entries.iter().map(|e| e.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(day.totals, DayTotals { acts: 3, voids: 1, corrections: 0, copies: 9, fees: 36_000 });
    assert_eq!(store.day(None, date(2026, 11, 21)).unwrap(), day);
    assert_eq!(store.day(None, date(2026, 11, 22)).unwrap().totals.corrections, 1);
    assert!(store.day(None, date(2026, 11, 23)).unwrap().entries.is_empty());
    assert_eq!(store.entries(&office.book, 1, 2).unwrap().iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_search_ignores_diacritics_and_finds_numbers_names_and_reasons() {
    let (office, store) = Office::new();
    for n in 1..=12 {
        seal(&store, &office.book, n);
    }
    store.reserve(&office.book, copy(13), "desk", at(0)).unwrap();
    store.void(&office.book, 13, "Hủy: mất điện", "officer", at(5)).unwrap();
    let numbers = |query: &str, limit| -> Vec<u32> {
        store.search(query, limit).unwrap().into_iter().map(|entry| entry.number).collect()
    };
    assert_eq!(numbers("nguyen ANH khai", 3), [12, 11, 10]);
    assert_eq!(numbers("mat dien", 10), [13]);
    assert_eq!(numbers("ánh 7", 10), [7]);
    assert!(numbers("000000000007", 10).is_empty(), "identity numbers are not in the index");
    assert!(numbers("\" OR NOT (", 10).is_empty());
    assert!(numbers("khong co", 10).is_empty());
}

#[test]
fn only_an_acknowledged_or_void_copy_is_purged_and_its_entry_outlives_it() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    assert_eq!(store.purge(copy(1), "policy", at(10)), Err(RegisterError::NoReceipt));
    assert!(store.purgeable(at(1_000), 10).unwrap().is_empty());
    store.deliver(copy(1), &receipt(1), at(20)).unwrap();
    assert!(store.purgeable(at(20), 10).unwrap().is_empty());
    assert_eq!(store.purgeable(at(21), 10).unwrap(), [copy(1)]);
    assert_eq!(store.requester(copy(1)).unwrap().unwrap().id_number, "000000000001");
    store.purge(copy(1), "policy", at(30)).unwrap();
    store.purge(copy(1), "policy", at(31)).unwrap();
    assert_eq!(store.file(copy(1)), Err(RegisterError::FilePurged));
    let requester = store.requester(copy(1)).unwrap().unwrap();
    assert_eq!((requester.name.as_str(), requester.id_number.as_str()), ("Nguyễn Văn Ánh 1", ""));
    assert_eq!(store.known_increments(copy(1)).unwrap().increments.len(), 2);
    assert_eq!(store.search("nguyen", 10).unwrap().len(), 1);

    store.reserve(&office.book, copy(2), "desk", at(0)).unwrap();
    store.record_prepared(copy(2), &prepared(2), &unsigned(2), at(1)).unwrap();
    assert_eq!(store.purge(copy(2), "policy", at(40)), Err(RegisterError::NoReceipt));
    store.void(&office.book, 2, "Hủy", "officer", at(41)).unwrap();
    assert_eq!(store.purgeable(at(42), 10).unwrap(), [copy(2)]);
    store.purge(copy(2), "policy", at(50)).unwrap();
    assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
}

#[test]
fn the_database_itself_refuses_to_change_or_free_what_is_recorded() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    drop(store);
    let conn = office.raw();
    for change in [
        "UPDATE entry SET text = 'x'",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO act SELECT * FROM act",
        "UPDATE prepared SET paper = 'x'",
        "UPDATE personal SET identity = NULL",
        "UPDATE personal SET requester = 'x'",
        "DELETE FROM file",
        "INSERT INTO purge VALUES (1, 'x', 0)",
        "DELETE FROM job",
        "DELETE FROM node",
        "UPDATE job_event SET at = 0",
    ] {
        conn.execute_batch("PRAGMA recursive_triggers = ON").unwrap();
        let refused = conn.execute_batch(change).unwrap_err();
        assert_eq!(
            refused.sqlite_error_code(),
            Some(rusqlite::ErrorCode::ConstraintViolation),
            "{change}: {refused}"
        );
    }
    // An act entry cannot even be written without a job, or without the performer's signature.
    let refused = conn
        .execute_batch("INSERT INTO entry (book, seq, kind, act, day, at, author, text) VALUES (1, 1, 1, 1, 0, 0, '', '')")
        .unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation));
}

#[test]
fn drafts_survive_a_restart_and_attachments_are_kept_once() {
    let (office, store) = Office::new();
    let page = vec![5u8; 100_000];
    let digest = store.attach(copy(1), &page, at(0)).unwrap();
    assert_eq!(store.attach(copy(1), &page, at(0)).unwrap(), digest);
    store.attach(copy(2), &page, at(0)).unwrap();
    store.save_draft(copy(1), "{\"a\":1}", at(1)).unwrap();
    store.save_draft(copy(1), "{\"a\":2}", at(2)).unwrap();
    drop(store);
    let store = office.open(Purpose::Work).unwrap();
    let draft = store.draft(copy(1)).unwrap().unwrap();
    assert_eq!((draft.json.as_str(), draft.saved_at, draft.attachments), ("{\"a\":2}", at(2), vec![digest]));
    assert_eq!(store.drafts().unwrap().len(), 2);
    assert_eq!(store.states(copy(1)).unwrap(), [(CopyState::Drafting, at(2))]);
    store.discard_draft(copy(1)).unwrap();
    assert_eq!(store.attachment(&digest).unwrap(), Some(page), "the other draft holds it");
    store.detach(copy(2), &digest).unwrap();
    assert_eq!(store.attachment(&digest).unwrap(), None);
}

#[test]
fn access_is_logged_and_settings_keep_their_last_value() {
    let (_office, store) = Office::new();
    store.log_access("an.nv", "open-file", Some(copy(1)), at(1)).unwrap();
    store.log_access("an.nv", "sign-in", None, at(2)).unwrap();
    assert_eq!(store.accesses(None, 10).unwrap().len(), 2);
    assert_eq!(store.accesses(Some(copy(1)), 10).unwrap()[0].action, "open-file");
    assert_eq!(store.setting("office").unwrap(), None);
    store.set_setting("office", "1", at(1)).unwrap();
    store.set_setting("office", "2", at(2)).unwrap();
    assert_eq!(store.setting("office").unwrap().as_deref(), Some("2"));
}

#[test]
fn the_store_is_shared_between_threads_and_every_thread_gets_its_own_numbers() {
    fn shared<T: Send + Sync>(_: &T) {}
    let (office, store) = Office::new();
    shared(&store);
    let mut numbers: Vec<u32> = std::thread::scope(|scope| {
        let reserve = |first: u128| {
            let (store, book) = (&store, &office.book);
            move || {
                (first..first + 10)
                    .map(|n| store.reserve(book, copy(n), "desk", at(0)).unwrap())
                    .collect::<Vec<_>>()
            }
        };
        let threads: Vec<_> = [100, 200, 300].map(|first| scope.spawn(reserve(first))).into_iter().collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
}

#[test]
fn what_was_recorded_before_signing_is_read_back_as_it_was() {
    let (office, store) = Office::new();
    store.reserve(&office.book, copy(1), "desk", at(0)).unwrap();
    assert_eq!(store.prepared(copy(1)).unwrap(), None, "only its number is reserved");
    store.record_prepared(copy(1), &prepared(1), &unsigned(1), at(1)).unwrap();
    assert_eq!(store.prepared(copy(1)).unwrap(), Some(prepared(1)));
    assert_eq!(store.prepared(copy(2)), Err(RegisterError::UnknownCopy));
}

#[test]
fn a_file_of_many_pieces_is_kept_byte_for_byte_and_a_changed_byte_in_any_of_them_is_noticed() {
    let (office, store) = Office::new();
    // Three whole pieces and a bit; nothing in it repeats at the pieces' length.
    let unsigned: Vec<u8> = (0..(3 << 20) + 5_u32).flat_map(|n| [(n % 251) as u8]).collect();
    let act = PreparedAct { unsigned_sha256: sha256(&unsigned), ..prepared(1) };
    store.reserve(&office.book, copy(1), "desk 1", at(0)).unwrap();
    store.record_prepared(copy(1), &act, &unsigned, at(1)).unwrap();
    store.record_signed(copy(1), &performer(1), at(2)).unwrap();
    let entry = store.commit_sealed(copy(1), &agency(1), &job(1), at(3)).unwrap();
    let whole = [&unsigned[..], &performer(1).bytes, &agency(1).bytes].concat();
    assert_eq!(entry.file, Some((whole.len() as u64, sha256(&whole))));
    assert!(store.file_part(copy(1), FilePart::Unsigned).unwrap() == unsigned);
    assert!(store.file(copy(1)).unwrap() == whole && store.newest_file(copy(1)).unwrap() == whole);
    drop(store);
    assert_eq!(office.alarms(), []);

    for place in [0, 1 << 20, (3 << 20) + 4] {
        let flip = |conn: &rusqlite::Connection| {
            let row = conn
                .query_row("SELECT id FROM file ORDER BY length(bytes) DESC", [], |row| row.get(0))
                .unwrap();
            let mut blob = conn.blob_open("main", "file", "bytes", row, false).unwrap();
            let mut byte = [0];
            blob.read_at_exact(&mut byte, place).unwrap();
            blob.write_at(&[byte[0] ^ 1], place).unwrap();
        };
        office.tamper_with(flip);
        assert!(
            matches!(office.alarms()[..], [Alarm::BlobAltered { part: FilePart::Unsigned, .. }]),
            "{place}"
        );
        let store = office.open(Purpose::Work).unwrap();
        assert!(matches!(store.file(copy(1)), Err(RegisterError::FileAltered { .. })), "{place}");
        drop(store);
        office.tamper_with(flip);
    }
    assert_eq!(office.alarms(), []);
}
