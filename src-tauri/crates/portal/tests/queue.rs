//! The rules of the queue, with a warehouse that answers as told and time that the test owns.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use jiff::{SignedDuration, Timestamp};
use mocban_portal::wire::{COPY_MEDIA_TYPE, MANIFEST_FORMAT};
use mocban_portal::{
    Clock, CopyManifest, CopyStatus, Delivery, Digest, Failure, FailureClass, Lane, Outbox, PortalError,
    ProblemKind, Progress, QueueHandle, QueueRunner, RegisterEvidence, Segment, StoreError, UploadState,
    VerifiedReceipt, Warehouse, receipt,
};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// Wall time that goes as tokio's paused time goes.
struct TestClock {
    start: Instant,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.start.elapsed()).unwrap();
        Timestamp::from_second(1_800_000_000).unwrap() + passed
    }
}

/// Answers each copy's attempts with the failures planned for it, then stores it.
struct ScriptedWarehouse {
    key: SigningKey,
    plans: Mutex<HashMap<Uuid, Vec<PortalError>>>,
    attempts: Mutex<Vec<(Uuid, Instant)>>,
    uploads: Mutex<Vec<(Uuid, Option<String>)>>,
    /// Whose file is there.
    files: Mutex<Vec<Uuid>>,
    /// How long the line and the registration take.
    upload_time: Duration,
    register_time: Duration,
    /// Uploads at one time: now, and at most.
    on_the_line: Mutex<(u32, u32)>,
}

#[async_trait]
impl Warehouse for ScriptedWarehouse {
    async fn upload(
        &self,
        manifest: &CopyManifest,
        file: &Bytes,
        resume: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<(), PortalError> {
        let copy_id = manifest.copy_id;
        self.attempts.lock().unwrap().push((copy_id, Instant::now()));
        self.uploads.lock().unwrap().push((copy_id, resume.map(str::to_owned)));
        {
            let mut on_the_line = self.on_the_line.lock().unwrap();
            on_the_line.0 += 1;
            on_the_line.1 = on_the_line.1.max(on_the_line.0);
        }
        tokio::time::sleep(self.upload_time).await;
        self.on_the_line.lock().unwrap().0 -= 1;
        let url = format!("https://kho.example/uploads/{copy_id}");
        progress(&UploadState { url, sent: file.len() as u64 });
        let planned = self.plans.lock().unwrap().get_mut(&copy_id).and_then(Vec::pop);
        match planned {
            Some(failure) => Err(failure),
            None => {
                self.files.lock().unwrap().push(copy_id);
                Ok(())
            }
        }
    }

    async fn register(&self, manifest: &CopyManifest) -> Result<VerifiedReceipt, PortalError> {
        if !self.files.lock().unwrap().contains(&manifest.copy_id) {
            let detail = String::new();
            return Err(PortalError::CopyRefused { kind: ProblemKind::FileMissing, detail });
        }
        tokio::time::sleep(self.register_time).await;
        let signed = receipt::sign(manifest, "kho", Timestamp::UNIX_EPOCH, &self.key).unwrap();
        receipt::verify(&signed, manifest, &[self.key.verifying_key()])
    }

    async fn status(&self, _: Uuid) -> Result<CopyStatus, PortalError> {
        Ok(CopyStatus::Unknown)
    }
}

struct Row {
    delivery: Delivery,
    ready_at: Timestamp,
    leased: bool,
    held: Option<Failure>,
    receipt: Option<VerifiedReceipt>,
}

#[derive(Default)]
struct MemoryOutbox {
    rows: Mutex<Vec<Row>>,
    broken: Mutex<u32>,
}

impl MemoryOutbox {
    fn change<T>(&self, copy_id: Uuid, change: impl FnOnce(&mut Row) -> T) -> Result<T, StoreError> {
        let mut rows = self.rows.lock().unwrap();
        Ok(change(
            rows.iter_mut().find(|row| row.delivery.manifest.copy_id == copy_id).ok_or("no such copy")?,
        ))
    }

    fn delivered(&self) -> Vec<bool> {
        self.rows.lock().unwrap().iter().map(|row| row.receipt.is_some()).collect()
    }

    fn held(&self) -> Vec<Option<String>> {
        self.rows.lock().unwrap().iter().map(|row| row.held.as_ref().map(|h| h.code.clone())).collect()
    }
}

impl Outbox for MemoryOutbox {
    fn recover(&self) -> Result<(), StoreError> {
        let mut broken = self.broken.lock().unwrap();
        if *broken > 0 {
            *broken -= 1;
            return Err("disk I/O error".into());
        }
        self.rows.lock().unwrap().iter_mut().for_each(|row| row.leased = false);
        Ok(())
    }

    fn begin(&self, ready_by: Timestamp, _: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let mut rows = self.rows.lock().unwrap();
        let ready = rows.iter_mut().filter(|row| {
            !row.leased && row.held.is_none() && row.receipt.is_none() && row.ready_at <= ready_by
        });
        Ok(ready.min_by_key(|row| row.ready_at).map(|row| {
            row.leased = true;
            row.delivery.clone()
        }))
    }

    fn next_ready(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.rows.lock().unwrap();
        Ok(rows.iter().filter(|r| r.held.is_none() && r.receipt.is_none()).map(|r| r.ready_at).min())
    }

    fn progress(&self, copy_id: Uuid, url: &str, _: Timestamp) -> Result<(), StoreError> {
        self.change(copy_id, |row| row.delivery.upload_url = Some(url.to_owned()))
    }

    fn wait(&self, copy_id: Uuid, not_before: Timestamp, failure: &Failure) -> Result<(), StoreError> {
        assert!(matches!(failure.class, FailureClass::Transport | FailureClass::Identity));
        self.change(copy_id, |row| (row.leased, row.ready_at) = (false, not_before))
    }

    fn hold(&self, copy_id: Uuid, failure: &Failure) -> Result<(), StoreError> {
        self.change(copy_id, |row| row.held = Some(failure.clone()))
    }

    fn deliver(&self, copy_id: Uuid, receipt: &VerifiedReceipt) -> Result<(), StoreError> {
        self.change(copy_id, |row| row.receipt = Some(receipt.clone()))
    }

    fn alarm(&self) -> Result<Option<Failure>, StoreError> {
        let rows = self.rows.lock().unwrap();
        let mut held = rows.iter().filter_map(|row| row.held.clone());
        Ok(held.find(|failure| failure.class == FailureClass::Integrity))
    }
}

struct Scene {
    outbox: Arc<MemoryOutbox>,
    warehouse: Arc<ScriptedWarehouse>,
    clock: Arc<TestClock>,
}

impl Scene {
    fn new() -> Self {
        Self::with_times(Duration::ZERO, Duration::ZERO)
    }

    fn with_times(upload_time: Duration, register_time: Duration) -> Self {
        let warehouse = ScriptedWarehouse {
            key: SigningKey::from_bytes(&[5; 32]),
            plans: Mutex::default(),
            attempts: Mutex::default(),
            uploads: Mutex::default(),
            files: Mutex::default(),
            upload_time,
            register_time,
            on_the_line: Mutex::default(),
        };
        let clock = Arc::new(TestClock { start: Instant::now() });
        Self { outbox: Arc::default(), warehouse: Arc::new(warehouse), clock }
    }

    /// Queues a copy whose attempts meet `failures`, in order.
    fn push(&self, failures: &[PortalError]) -> Uuid {
        let file = Bytes::from_static(b"%PDF-1.7 a copy");
        let rows = self.outbox.rows.lock().unwrap().len() as u32;
        let copy_id = Uuid::now_v7();
        let manifest = CopyManifest {
            format: MANIFEST_FORMAT,
            copy_id,
            office: "H22".into(),
            book: "SCT/BS".into(),
            year: 2026,
            number: rows + 1,
            paper: "Giấy khai sinh".into(),
            certified_at: Timestamp::from_second(1_800_000_000).unwrap(),
            media_type: COPY_MEDIA_TYPE.into(),
            size: file.len() as u64,
            sha256: Digest::of(&file),
            unsigned: Segment { len: file.len() as u64, sha256: Digest::of(&file) },
            increments: Vec::new(),
            desk: "desk-1".into(),
            register: RegisterEvidence { leaf_hash: Digest::of(b""), checkpoint: None },
            owner: None,
        };
        self.warehouse.plans.lock().unwrap().insert(copy_id, failures.iter().rev().cloned().collect());
        self.outbox.rows.lock().unwrap().push(Row {
            delivery: Delivery { manifest, file, upload_url: None },
            ready_at: self.clock.now(),
            leased: false,
            held: None,
            receipt: None,
        });
        copy_id
    }

    /// Runs with waits in the middle of their range.
    fn run(&self) -> (QueueHandle, JoinHandle<()>) {
        let runner = self.runner();
        (runner.handle(), tokio::spawn(runner.run()))
    }

    fn runner(&self) -> QueueRunner {
        let random = Box::new(|| 1_000);
        QueueRunner::new(self.outbox.clone(), self.warehouse.clone(), self.clock.clone(), random)
    }

    fn attempts_of(&self, copy_id: Uuid) -> Vec<Instant> {
        let attempts = self.warehouse.attempts.lock().unwrap();
        attempts.iter().filter(|(id, _)| *id == copy_id).map(|(_, at)| *at).collect()
    }
}

fn unreachable() -> PortalError {
    PortalError::Unreachable { detail: "no route".into() }
}

async fn idle(handle: &QueueHandle, delivered: u64) {
    let mut status = handle.status();
    let wanted = status.wait_for(|s| s.lane == Lane::Idle && s.delivered == delivered);
    tokio::time::timeout(Duration::from_secs(100_000), wanted).await.expect("in time").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_closed_way_is_tried_for_ever_and_no_copy_is_blamed() {
    let scene = Scene::new();
    let copy = scene.push(&vec![unreachable(); 50]);
    let (handle, task) = scene.run();
    idle(&handle, 1).await;
    assert_eq!(scene.attempts_of(copy).len(), 51);
    assert_eq!(scene.outbox.held(), [None]);
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_always_fails_lets_all_others_pass() {
    let scene = Scene::new();
    let failed = PortalError::WarehouseFailed { status: 500 };
    let poison = scene.push(&vec![failed; 10_000]);
    for _ in 0..5 {
        scene.push(&[]);
    }
    let (handle, task) = scene.run();
    handle.status().wait_for(|s| s.delivered == 5).await.unwrap();
    assert_eq!(scene.outbox.delivered(), [false, true, true, true, true, true]);
    assert!(scene.attempts_of(poison).len() <= 2, "the others did not wait for it");
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_copy_is_put_aside_and_the_others_go_on_at_once() {
    let scene = Scene::new();
    let refused =
        PortalError::CopyRefused { kind: ProblemKind::SignatureInvalid, detail: "not signed".into() };
    scene.push(&[]);
    scene.push(&[refused]);
    scene.push(&[]);
    let start = Instant::now();
    let (handle, task) = scene.run();
    idle(&handle, 2).await;
    assert_eq!(scene.outbox.held(), [None, Some("copy-refused".into()), None]);
    assert!(start.elapsed() < Duration::from_secs(1));
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn evidence_that_cannot_be_true_stops_everything_until_a_person_has_looked() {
    let scene = Scene::new();
    scene.push(&[PortalError::ReceiptForged]);
    let second = scene.push(&[]);
    let (handle, task) = scene.run();
    handle.status().wait_for(|s| s.lane == Lane::Stopped).await.unwrap();
    handle.committed();
    handle.send_now();
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(scene.outbox.delivered(), [false, false]);
    assert!(scene.attempts_of(second).is_empty());

    // The person takes the held copy out of the way.
    scene.outbox.rows.lock().unwrap().remove(0);
    handle.send_now();
    idle(&handle, 1).await;
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_trouble_stops_the_lane_and_heals_by_itself() {
    let scene = Scene::new();
    scene.push(&[PortalError::DeskRefused, PortalError::CaptivePortal { status: 200 }]);
    let (handle, task) = scene.run();
    let stopped = handle.status().wait_for(|s| s.lane == Lane::Stopped).await.unwrap().clone();
    assert_eq!(stopped.last_failure.unwrap().class, FailureClass::Identity);
    idle(&handle, 1).await;
    assert_eq!(handle.status().borrow().last_failure, None);
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn send_now_shortens_our_own_wait_but_not_one_the_warehouse_asked_for() {
    let scene = Scene::new();
    let busy = PortalError::WarehouseBusy { retry_after: Some(Duration::from_secs(300)) };
    let copy = scene.push(&[unreachable(), busy]);
    let (handle, task) = scene.run();
    handle.status().wait_for(|s| s.lane == Lane::Offline).await.unwrap();
    let pressed = Instant::now();
    handle.send_now();
    while scene.attempts_of(copy).len() < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(pressed.elapsed() < Duration::from_secs(1));
    handle.send_now();
    idle(&handle, 1).await;
    let attempts = scene.attempts_of(copy);
    assert!(attempts[2] - attempts[1] >= Duration::from_secs(300));
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_commit_wakes_an_idle_queue() {
    let scene = Scene::new();
    let (handle, task) = scene.run();
    idle(&handle, 0).await;
    scene.push(&[]);
    let committed = Instant::now();
    handle.committed();
    idle(&handle, 1).await;
    assert!(committed.elapsed() < Duration::from_secs(1));
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_copy_is_registered_or_resumed_and_never_begun_anew() {
    let scene = Scene::new();
    let (uploaded, half) = (scene.push(&[]), scene.push(&[]));
    for copy_id in [uploaded, half] {
        let leave =
            |row: &mut Row| (row.leased, row.delivery.upload_url) = (true, Some("https://k/u/1".into()));
        scene.outbox.change(copy_id, leave).unwrap();
    }
    scene.warehouse.files.lock().unwrap().push(uploaded);
    let mut runner = scene.runner();
    assert_eq!(runner.drain().await, Ok(2));
    let uploads = scene.warehouse.uploads.lock().unwrap().clone();
    assert_eq!(uploads, [(half, Some("https://k/u/1".to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_damaged_in_the_desks_own_store_is_held_and_not_sent() {
    let scene = Scene::new();
    let copy = scene.push(&[]);
    scene.outbox.change(copy, |row| row.delivery.file = Bytes::from_static(b"%PDF-1.7 a c0py")).unwrap();
    assert_eq!(scene.runner().drain().await, Ok(0));
    assert_eq!(scene.outbox.held(), [Some("copy-damaged".into())]);
    assert!(scene.attempts_of(copy).is_empty());
}

#[tokio::test(start_paused = true)]
async fn while_copies_arrive_others_are_registered_but_one_at_a_time_is_on_the_line() {
    let second = Duration::from_secs(1);
    let scene = Scene::with_times(second, 3 * second);
    for _ in 0..13 {
        scene.push(&[]);
    }
    let start = Instant::now();
    assert_eq!(scene.runner().drain().await, Ok(13));
    assert_eq!(scene.warehouse.on_the_line.lock().unwrap().1, 1);
    // One alone to see that the way is open, then four at a time in as many seconds.
    assert_eq!(start.elapsed(), (4 + 3 * 4) * second + 3 * second);
}

#[tokio::test(start_paused = true)]
async fn a_way_that_closes_under_several_copies_is_waited_for_once_and_tried_with_one() {
    let scene = Scene::with_times(Duration::ZERO, Duration::from_secs(1));
    scene.push(&[]);
    let others: Vec<Uuid> = (0..4).map(|_| scene.push(&[unreachable(), unreachable()])).collect();
    let (handle, task) = scene.run();
    handle.status().wait_for(|s| s.lane == Lane::Offline).await.unwrap();
    assert!(others.iter().all(|copy| scene.attempts_of(*copy).len() <= 1));
    let tried = |least: usize| others.iter().filter(|copy| scene.attempts_of(**copy).len() >= least).count();
    while tried(2) == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(tried(2), 1, "one copy sees whether the way is open");
    assert_eq!(scene.outbox.held(), vec![None; 5]);
    idle(&handle, 5).await;
    handle.stop();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_everything_under_way_arrive() {
    let scene = Scene::with_times(Duration::ZERO, Duration::from_secs(1));
    for _ in 0..9 {
        scene.push(&[]);
    }
    let (handle, task) = scene.run();
    handle.status().wait_for(|s| s.delivered == 1).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    handle.stop();
    task.await.unwrap();
    let leased = scene.outbox.rows.lock().unwrap().iter().filter(|row| row.leased).count();
    let delivered = scene.outbox.delivered().into_iter().filter(|arrived| *arrived).count();
    assert_eq!(leased, delivered, "nothing was left under way");
    assert!((2..9).contains(&delivered), "{delivered}");
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_store_is_waited_for() {
    let scene = Scene::new();
    scene.push(&[]);
    *scene.outbox.broken.lock().unwrap() = 3;
    let (handle, task) = scene.run();
    idle(&handle, 1).await;
    handle.stop();
    task.await.unwrap();
}
