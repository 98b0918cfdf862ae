//! Measures the register: one durable append beside SQLite's own, the day view, a search, opening and verifying.
//!
//! `cargo run --release -p mocban-register --features bench --example measure -- DAYS [FOLDER]`, a day being 1,000 acts.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measuring program: it stops at the first surprise"
)]

use jiff::{Timestamp, civil::date};
use mocban_register::*;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use uuid::Uuid;

const APPENDS: u128 = 300;

fn main() {
    let days: u64 = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(10);
    let scratch = tempfile::tempdir().unwrap();
    let folder: PathBuf = std::env::args().nth(2).map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    let book = BookKey { office: "00001".into(), symbol: "SCTĐT/BS".into(), year: 2026 };
    let now = Timestamp::from_second(1_795_222_800).unwrap();
    let open = |purpose| {
        let folder = DataFolder::lock(&folder).unwrap();
        Store::open(folder, &StoreKey::from_bytes([7; 32]), &OpenOptions::new(purpose, now)).unwrap()
    };
    let store = open(Purpose::WorkOrCreate);
    store.open_book(&book, 1, 1, now).unwrap();
    let (_, time) = timed(|| store.fill(&book, days).unwrap());
    println!("filled {} acts in {time:.1?}", days * 1_000);
    drop(store);
    let (store, time) = timed(|| open(Purpose::Work));
    println!("open: {time:.1?}, notices {:?}", store.notices());
    for _ in 0..3 {
        let day = date(2020, 1, 1 + (days.min(25) / 2) as i8);
        let (view, time) = timed(|| store.day(Some(&book), day).unwrap());
        println!("day view, {} entries: {time:.1?}", view.entries.len());
    }
    let (found, time) = timed(|| store.search("nguyen anh 77", 50).unwrap());
    println!("search, {} found: {time:.1?}", found.len());
    for _ in 0..2 {
        let (report, time) = timed(|| store.verify(VerifyDepth::Register).unwrap());
        println!("verify, {} entries, {} alarms: {time:.2?}", report.entries, report.alarms.len());
    }
    appends(&store, &book, now);
}

/// Seals `APPENDS` acts with files of 10 kB, and beside each does the bare insert of the same bytes.
fn appends(store: &Store, book: &BookKey, now: Timestamp) {
    let dir = tempfile::tempdir_in(store.folder()).unwrap();
    let bare = Connection::open(dir.path().join("bare.db")).unwrap();
    bare.pragma_update(None, "key", format!("x'{}'", "07".repeat(32))).unwrap();
    bare.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = EXTRA; CREATE TABLE t (a, b BLOB)")
        .unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for n in 0..APPENDS {
        let copy = Uuid::from_u128(n + 1);
        let unsigned = vec![n as u8; 10_000];
        let increment = |byte| Increment { bytes: vec![byte; 10_000], certificate: [byte; 32] };
        let act = PreparedAct {
            requester: Requester { name: "Nguyễn Văn Ánh".into(), ..Requester::default() },
            paper: "Giấy khai sinh".into(),
            pages: 1,
            copies: 1,
            fee: 2_000,
            signer: Officer { name: "Trần Thị Bưởi".into(), title: String::new() },
            statement_date: date(2026, 11, 21),
            certified_at: now,
            note: String::new(),
            details: String::new(),
            unsigned_sha256: Sha256::digest(&unsigned).into(),
        };
        store.reserve(book, copy, "desk", now).unwrap();
        store.record_prepared(copy, &act, &unsigned, now).unwrap();
        store.record_signed(copy, &increment(1), now).unwrap();
        let job = Job { key: copy, payload: "{}".into() };
        let agency = increment(2);
        ours.push(timed(|| store.commit_sealed(copy, &agency, &job, now).unwrap()).1);
        let insert =
            || bare.execute("INSERT INTO t VALUES (?1, ?2)", params![n as i64, agency.bytes]).unwrap();
        theirs.push(timed(insert).1);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "append: {ours:.0?}; SQLite's own: {theirs:.0?}; {:.2}x",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
