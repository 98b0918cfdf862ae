//! A practice office for the tests: a folder, a clock that only the test moves, and acts with made-up data.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use jiff::{Timestamp, civil::date};
use mocban_register::*;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use uuid::Uuid;

pub const KEY: [u8; 32] = [7; 32];

pub struct Office {
    pub dir: tempfile::TempDir,
    pub book: BookKey,
}

pub fn at(second: i64) -> Timestamp {
    // 2026-11-21 08:00:00 in Vietnam.
    Timestamp::from_second(1_795_222_800 + second).unwrap()
}

pub fn copy(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn book() -> BookKey {
    BookKey { office: "00001".into(), symbol: "SCTĐT/BS".into(), year: 2026 }
}

pub fn open_dir(path: &Path, purpose: Purpose) -> Result<Store, RegisterError> {
    let folder = DataFolder::lock(path)?;
    let mut options = OpenOptions::new(purpose, at(0));
    options.check_budget = std::time::Duration::from_secs(60);
    Store::open(folder, &StoreKey::from_bytes(KEY), &options)
}

impl Office {
    /// A fresh store with one open book.
    pub fn new() -> (Self, Store) {
        let office = Self { dir: tempfile::tempdir().unwrap(), book: book() };
        let store = office.open(Purpose::WorkOrCreate).unwrap();
        store.open_book(&office.book, 1, 1, at(0)).unwrap();
        (office, store)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn open(&self, purpose: Purpose) -> Result<Store, RegisterError> {
        open_dir(self.dir.path(), purpose)
    }

    /// Opens the file as somebody who stole the key would, without the triggers; they are put back afterwards, so
    /// that nothing but the change itself can give it away. The guard stays as it is.
    pub fn tamper(&self, change: &str) {
        self.tamper_with(|conn| conn.execute_batch(change).unwrap());
    }

    pub fn tamper_with(&self, change: impl FnOnce(&Connection)) {
        let conn = self.raw();
        let triggers: Vec<(String, String)> = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for (name, _) in &triggers {
            conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        change(&conn);
        for (_, sql) in &triggers {
            conn.execute_batch(sql).unwrap();
        }
    }

    pub fn raw(&self) -> Connection {
        let conn = Connection::open(self.path("register.db")).unwrap();
        conn.pragma_update(None, "key", format!("x'{}'", hex::encode(KEY))).unwrap();
        conn
    }

    /// The alarms of a full verification of the closed store.
    pub fn alarms(&self) -> Vec<Alarm> {
        let store = self.open(Purpose::Inspect).unwrap();
        store.verify(VerifyDepth::Everything).unwrap().alarms
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn unsigned(n: u128) -> Vec<u8> {
    format!("%PDF-1.7 unsigned {n}").into_bytes()
}

pub fn performer(n: u128) -> Increment {
    Increment { bytes: format!(" performer {n}").into_bytes(), certificate: [1; 32] }
}

pub fn agency(n: u128) -> Increment {
    Increment { bytes: format!(" agency {n}").into_bytes(), certificate: [2; 32] }
}

pub fn job(n: u128) -> Job {
    Job { key: Uuid::from_u128(1 << 64 | n), payload: format!("{{\"copy\":{n}}}") }
}

pub fn prepared(n: u128) -> PreparedAct {
    PreparedAct {
        requester: Requester {
            name: format!("Nguyễn Văn Ánh {n}"),
            id_number: format!("{n:012}"),
            address: "Thôn Đoài".into(),
            contact: "0900000000".into(),
        },
        paper: "Giấy khai sinh".into(),
        pages: 2,
        copies: 3,
        fee: 12_000,
        signer: Officer { name: "Trần Thị Bưởi".into(), title: "Phó Chủ tịch".into() },
        statement_date: date(2026, 11, 21),
        certified_at: at(0),
        note: String::new(),
        details: "{}".into(),
        unsigned_sha256: sha256(&unsigned(n)),
    }
}

pub fn whole(n: u128) -> Vec<u8> {
    [unsigned(n), performer(n).bytes, agency(n).bytes].concat()
}

pub fn receipt(n: u128) -> Receipt {
    Receipt { json: format!("{{\"stored\":{n}}}"), file_sha256: sha256(&whole(n)) }
}

/// The whole act, number to entry.
pub fn seal(store: &Store, book: &BookKey, n: u128) -> Entry {
    store.reserve(book, copy(n), "desk 1", at(0)).unwrap();
    store.record_prepared(copy(n), &prepared(n), &unsigned(n), at(1)).unwrap();
    store.record_signed(copy(n), &performer(n), at(2)).unwrap();
    store.commit_sealed(copy(n), &agency(n), &job(n), at(3)).unwrap()
}
