//! The queue: what becomes of a job between commit and receipt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use mocban_register::*;

#[test]
fn the_oldest_ready_job_comes_first_and_a_held_one_blocks_nobody() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    let first = store.next_ready(at(10)).unwrap().unwrap();
    assert_eq!((first.copy_id, first.number, &first.job), (copy(1), 1, &job(1)));
    assert_eq!((first.file_sha256, first.file_length), (sha256(&whole(1)), whole(1).len() as u64));
    store.begin(copy(1), at(70), at(10)).unwrap();
    store.hold(copy(1), "422: no such office", at(11)).unwrap();
    let second = store.next_ready(at(12)).unwrap().unwrap();
    assert_eq!(second.copy_id, copy(2));
    store.begin(copy(2), at(72), at(12)).unwrap();
    store.wait(copy(2), at(100), WaitClass::Transport, "no route", at(13)).unwrap();
    assert_eq!(store.next_ready(at(14)).unwrap().unwrap().copy_id, copy(3));
    assert_eq!(
        store.queue_summary().unwrap(),
        QueueSummary { ready: 1, waiting: 1, held: 1, oldest: Some(at(3)) }
    );
    assert_eq!(store.next_ready(at(100)).unwrap().unwrap().copy_id, copy(2), "its time has come");
    assert!(matches!(
        store.begin(copy(1), at(200), at(100)),
        Err(RegisterError::JobNotReady { state: "held" })
    ));
    store.retry(copy(1), "an.nv", at(101)).unwrap();
    assert_eq!(store.next_ready(at(101)).unwrap().unwrap().copy_id, copy(1), "a person sent it again");
}

#[test]
fn an_upload_cut_short_is_ready_after_a_restart_and_resumes_where_it_was() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    store.begin(copy(1), at(60), at(10)).unwrap();
    store.progress(copy(1), "https://kho.example/u/1", 4_096, at(70), at(20)).unwrap();
    assert!(store.next_ready(at(21)).unwrap().is_none());
    assert!(store.next_ready(at(70)).unwrap().is_some(), "the lease ran out");
    drop(store);
    let store = office.open(Purpose::Work).unwrap();
    let item = store.next_ready(at(0)).unwrap().unwrap();
    assert_eq!(item.state, JobState::Ready);
    assert_eq!(item.upload, Some(("https://kho.example/u/1".into(), 4_096)));
    assert_eq!(item.attempts, 1);
    let item = store.begin(copy(1), at(60), at(1)).unwrap();
    assert_eq!(item.attempts, 2);
    store.restart_upload(copy(1), at(2)).unwrap();
    assert_eq!(store.queue().unwrap()[0].upload, None);
}

#[test]
fn a_job_ends_by_the_receipt_for_its_own_file_and_by_nothing_else() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    store.begin(copy(1), at(60), at(10)).unwrap();
    assert_eq!(store.deliver(copy(1), &receipt(2), at(11)), Err(RegisterError::ReceiptMismatch));
    assert_eq!(store.queue().unwrap().len(), 1);
    store.deliver(copy(1), &receipt(1), at(12)).unwrap();
    store.deliver(copy(1), &receipt(1), at(13)).unwrap();
    assert!(store.queue().unwrap().is_empty());
    assert_eq!(store.receipt(copy(1)).unwrap(), Some(receipt(1)));
    assert_eq!(store.entry(copy(1)).unwrap().unwrap().state, CopyState::Stored);
    assert!(matches!(
        store.begin(copy(1), at(60), at(14)),
        Err(RegisterError::JobNotReady { state: "delivered" })
    ));
    assert_eq!(store.file(copy(1)).unwrap(), whole(1), "the receipt alone frees nothing");
    assert_eq!(store.record_delivered(copy(7), "x", at(15)), Err(RegisterError::UnknownCopy));
}

#[test]
fn only_a_job_under_way_reports_progress_or_failure() {
    let (office, store) = Office::new();
    seal(&store, &office.book, 1);
    let not_ready = Err(RegisterError::JobNotReady { state: "ready" });
    assert_eq!(store.progress(copy(1), "u", 1, at(9), at(1)), not_ready);
    assert_eq!(store.wait(copy(1), at(9), WaitClass::Identity, "401", at(1)), not_ready);
    assert_eq!(store.hold(copy(1), "422", at(1)), not_ready);
    store.begin(copy(1), at(60), at(2)).unwrap();
    assert_eq!(store.retry(copy(1), "an.nv", at(3)), Err(RegisterError::JobNotReady { state: "sending" }));
    store.reserve(&office.book, copy(2), "desk", at(0)).unwrap();
    assert_eq!(store.begin(copy(2), at(60), at(2)), Err(RegisterError::NotSealed));
}

#[test]
fn a_copy_has_a_job_until_its_receipt_and_is_then_among_the_newest_delivered() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    let item = store.queue_item(copy(2)).unwrap().unwrap();
    assert_eq!((item.copy_id, item.number, item.state), (copy(2), 2, JobState::Ready));
    assert_eq!(item.file_sha256, sha256(&whole(2)));
    assert_eq!(store.queue_item(copy(9)).unwrap(), None);
    for n in [2, 1] {
        store.begin(copy(n), at(60), at(10)).unwrap();
        store.deliver(copy(n), &receipt(n), at(20)).unwrap();
        assert_eq!(store.queue_item(copy(n)).unwrap(), None);
    }
    let delivered = |limit| -> Vec<u32> {
        store.delivered(limit).unwrap().into_iter().map(|entry| entry.number).collect()
    };
    assert_eq!(delivered(9), [2, 1]);
    assert_eq!(delivered(1), [2]);
}

#[test]
fn a_copy_under_way_is_not_begun_again_because_a_person_wants_all_others_now() {
    let (office, store) = Office::new();
    for n in 1..=3 {
        seal(&store, &office.book, n);
    }
    store.begin(copy(1), at(60), at(10)).unwrap();
    store.begin(copy(2), at(60), at(10)).unwrap();
    store.wait(copy(2), at(500), WaitClass::Transport, "{}", at(10)).unwrap();
    let next = |ready_by, now| store.next_ready_by(ready_by, now).unwrap().map(|item| item.copy_id);
    assert_eq!(next(at(11), at(11)), Some(copy(3)));
    assert_eq!(next(at(9_000), at(11)), Some(copy(2)), "its waiting is cut short");
    assert_eq!(next(at(9_000), at(61)), Some(copy(1)), "its lease ran out");
}
