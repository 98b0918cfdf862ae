//! A warehouse in a temporary folder, a desk that knows it, and a store for the queue in memory.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod proxy;

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use mocban_portal::wire::{COPY_MEDIA_TYPE, MANIFEST_FORMAT};
use mocban_portal::{
    CopyManifest, Delivery, DeskIdentity, Digest, Failure, HttpSettings, HttpWarehouse, Outbox,
    RegisterEvidence, Segment, StoreError, SystemClock, UploadState, VerifiedReceipt,
};
use mocban_warehouse::{CopyVerifier, DeskKey, Handle, Refusal, WarehouseConfig, serve_with};
use tokio::net::TcpListener;
use uuid::Uuid;

pub const OFFICE: &str = "H22.01.02";

/// Files here are no PDFs; one test file has the real verifier.
pub struct AcceptsAll;

impl CopyVerifier for AcceptsAll {
    fn verify(&self, pdf: &[u8], _: &CopyManifest) -> Result<(), Refusal> {
        if pdf.starts_with(b"UNSIGNED") { Err(Refusal { reason: "not signed".into() }) } else { Ok(()) }
    }
}

pub fn desk(n: u8) -> DeskIdentity {
    DeskIdentity::new(format!("desk-{n}"), SigningKey::from_bytes(&[n; 32]))
}

pub fn config(folder: &Path) -> WarehouseConfig {
    let mut config = WarehouseConfig::new(folder, "Kho tập huấn");
    config.desks = [(1, OFFICE), (2, OFFICE), (3, "H22.09.09")]
        .map(|(n, office)| DeskKey {
            desk: format!("desk-{n}"),
            office: office.into(),
            key: desk(n).public_key(),
        })
        .to_vec();
    config
}

pub async fn start(folder: &Path) -> Handle {
    start_with(config(folder)).await
}

pub async fn start_with(config: WarehouseConfig) -> Handle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve_with(listener, config, Arc::new(AcceptsAll)).await.unwrap()
}

/// A client of desk 1, at any address, with small chunks.
pub fn client(warehouse: &Handle, url: &str) -> HttpWarehouse {
    client_of(warehouse, url, 1)
}

pub fn client_of(warehouse: &Handle, url: &str, n: u8) -> HttpWarehouse {
    let mut settings = HttpSettings::new(url, warehouse.receipt_key());
    settings.chunk_bytes = 64 << 10;
    HttpWarehouse::new(settings, desk(n), Arc::new(SystemClock)).unwrap()
}

/// A file of `size` bytes, different for each `seed`.
pub fn file(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..size).map(|_| next()).collect()
}

pub fn segment(bytes: &[u8]) -> Segment {
    Segment { len: bytes.len() as u64, sha256: Digest::of(bytes) }
}

/// The manifest of copy `number` of desk 1.
pub fn manifest(number: u32, file: &[u8]) -> CopyManifest {
    let cuts = [file.len() / 2, file.len() * 3 / 4];
    CopyManifest {
        format: MANIFEST_FORMAT,
        copy_id: Uuid::now_v7(),
        office: OFFICE.into(),
        book: "SCTĐT/BS".into(),
        year: 2026,
        number,
        paper: "Bằng tốt nghiệp đại học".into(),
        certified_at: Timestamp::from_second(Timestamp::now().as_second()).unwrap(),
        media_type: COPY_MEDIA_TYPE.into(),
        size: file.len() as u64,
        sha256: Digest::of(file),
        unsigned: segment(&file[..cuts[0]]),
        increments: vec![segment(&file[cuts[0]..cuts[1]]), segment(&file[cuts[1]..])],
        desk: "desk-1".into(),
        register: RegisterEvidence { leaf_hash: Digest::of(b"leaf"), checkpoint: None },
        owner: None,
    }
}

pub fn no_progress() -> impl FnMut(&UploadState) + Send {
    |_: &UploadState| {}
}

/// What is in the folder under `sub`, files only, with their sizes.
pub fn files(folder: &Path, sub: &str) -> Vec<String> {
    fn walk(at: &Path, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                out.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut out = Vec::new();
    walk(&folder.join(sub), &mut out);
    out.sort();
    out
}

#[derive(Clone)]
pub struct Row {
    pub delivery: Delivery,
    pub ready_at: Timestamp,
    pub leased: bool,
    pub held: Option<Failure>,
    pub receipt: Option<VerifiedReceipt>,
    pub attempts: u32,
}

/// An outbox that lasts as long as the test.
#[derive(Default)]
pub struct MemoryOutbox(Mutex<Vec<Row>>);

impl MemoryOutbox {
    pub fn push(&self, manifest: CopyManifest, file: Bytes) {
        let delivery = Delivery { manifest, file, upload_url: None };
        let ready_at = Timestamp::now();
        self.0.lock().unwrap().push(Row {
            delivery,
            ready_at,
            leased: false,
            held: None,
            receipt: None,
            attempts: 0,
        });
    }

    pub fn rows(&self) -> Vec<Row> {
        self.0.lock().unwrap().clone()
    }

    pub fn delivered(&self) -> usize {
        self.rows().iter().filter(|row| row.receipt.is_some()).count()
    }

    fn with<T>(&self, copy_id: Uuid, change: impl FnOnce(&mut Row) -> T) -> Result<T, StoreError> {
        let mut rows = self.0.lock().unwrap();
        let row = rows.iter_mut().find(|row| row.delivery.manifest.copy_id == copy_id);
        Ok(change(row.ok_or("no such copy")?))
    }
}

impl Outbox for MemoryOutbox {
    fn recover(&self) -> Result<(), StoreError> {
        self.0.lock().unwrap().iter_mut().for_each(|row| row.leased = false);
        Ok(())
    }

    fn begin(&self, ready_by: Timestamp, _: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let mut rows = self.0.lock().unwrap();
        let ready = rows.iter_mut().filter(|row| {
            !row.leased && row.held.is_none() && row.receipt.is_none() && row.ready_at <= ready_by
        });
        Ok(ready.min_by_key(|row| row.ready_at).map(|row| {
            row.leased = true;
            row.attempts += 1;
            row.delivery.clone()
        }))
    }

    fn next_ready(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.rows();
        Ok(rows.iter().filter(|r| r.held.is_none() && r.receipt.is_none()).map(|r| r.ready_at).min())
    }

    fn progress(&self, copy_id: Uuid, url: &str, _: Timestamp) -> Result<(), StoreError> {
        self.with(copy_id, |row| row.delivery.upload_url = Some(url.to_owned()))
    }

    fn wait(&self, copy_id: Uuid, not_before: Timestamp, _: &Failure) -> Result<(), StoreError> {
        self.with(copy_id, |row| (row.leased, row.ready_at) = (false, not_before))
    }

    fn hold(&self, copy_id: Uuid, failure: &Failure) -> Result<(), StoreError> {
        self.with(copy_id, |row| row.held = Some(failure.clone()))
    }

    fn deliver(&self, copy_id: Uuid, receipt: &VerifiedReceipt) -> Result<(), StoreError> {
        self.with(copy_id, |row| row.receipt = Some(receipt.clone()))
    }

    fn alarm(&self) -> Result<Option<Failure>, StoreError> {
        let integrity = mocban_portal::FailureClass::Integrity;
        Ok(self.rows().into_iter().filter_map(|row| row.held).find(|held| held.class == integrity))
    }
}
