//! Deliveries through a network that cuts, loses, repeats, falsifies and pretends (invariant 8: one copy, in the end).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use mocban_portal::{Clock, FailureClass, Lane, PortalError, QueueRunner, SystemClock, Warehouse as _};
use support::proxy::{Mischief, Proxy};
use support::*;

const CHUNK: usize = 64 << 10;

struct Scene {
    folder: tempfile::TempDir,
    outbox: Arc<MemoryOutbox>,
    proxy: Proxy,
    warehouse: mocban_warehouse::Handle,
    runner: QueueRunner,
}

async fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let proxy = Proxy::before(warehouse.addr()).await;
    let outbox = Arc::new(MemoryOutbox::default());
    let client = Arc::new(client(&warehouse, &proxy.url()));
    let runner = QueueRunner::new(outbox.clone(), client, Arc::new(SystemClock), Box::new(|| 0));
    Scene { folder, outbox, proxy, warehouse, runner }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cut_and_loss_at_every_request_ends_in_one_copy() {
    let mischief = [
        Mischief::CutRequestAfter(0),
        Mischief::CutRequestAfter(1000),
        Mischief::LoseAnswer,
        Mischief::Duplicate,
        Mischief::Slow,
    ];
    let Scene { folder, outbox, proxy, warehouse: _warehouse, runner } = scene().await;
    let handle = runner.handle();
    let task = tokio::spawn(runner.run());
    let mut number = 0;
    for kind in mischief {
        // POST, PATCH, PATCH, PUT: one of them is hit.
        for at in 0..4 {
            number += 1;
            let file = file(number, 100_000);
            let mut plan = vec![kind; at + 1];
            plan[..at].fill(Mischief::Slow);
            proxy.plan(&plan);
            outbox.push(manifest(number as u32, &file), file);
            handle.committed();
            delivered(&outbox, &handle, number as usize).await;
            assert_eq!(proxy.planned(), 0, "{kind:?} at request {at} did happen");
        }
    }
    handle.stop();
    task.await.unwrap();
    for sub in ["copies", "blobs", "numbers"] {
        assert_eq!(files(folder.path(), sub).len(), number as usize, "{sub}");
    }
    assert!(outbox.rows().iter().all(|row| row.held.is_none()));
}

/// Waits for the queue, and shortens its waits as an officer who keeps pressing "send now".
async fn delivered(outbox: &MemoryOutbox, handle: &mocban_portal::QueueHandle, count: usize) {
    for _ in 0..400 {
        if outbox.delivered() >= count {
            return;
        }
        handle.send_now();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not delivered: {:?}", handle.status().borrow());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_costs_at_most_one_chunk() {
    let Scene { outbox, proxy, mut runner, warehouse: _warehouse, folder: _folder } = scene().await;
    let file = file(50, 10 * CHUNK);
    let manifest = manifest(1, &file);
    let manifest_bytes = mocban_portal::canonical::to_vec(&manifest).unwrap().len();
    outbox.push(manifest, file.clone());
    let mut plan = vec![Mischief::Slow; 5];
    plan.push(Mischief::CutRequestAfter(CHUNK - 1));
    proxy.plan(&plan);
    assert_eq!(runner.drain().await, Ok(1));
    let again = proxy.bytes() - manifest_bytes - file.len();
    assert!(again <= CHUNK, "{again} bytes were sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_cuts_every_long_transfer_still_gets_the_file_through() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let proxy = Proxy::before(warehouse.addr()).await;
    let mut settings = mocban_portal::HttpSettings::new(proxy.url(), warehouse.receipt_key());
    settings.chunk_bytes = 1 << 20;
    let client = mocban_portal::HttpWarehouse::new(settings, desk(1), Arc::new(SystemClock)).unwrap();
    let file = file(51, 900_000);
    let manifest = manifest(1, &file);
    // The first chunk is the whole file and is cut twice; then chunks are a quarter as long.
    proxy.plan(&[
        Mischief::Slow,
        Mischief::CutRequestAfter(500_000),
        Mischief::Slow,
        Mischief::CutRequestAfter(400_000),
    ]);
    client.upload(&manifest, &file, None, &mut no_progress()).await.unwrap();
    client.register(&manifest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_page_or_a_redirect_stops_the_lane_and_blames_no_copy() {
    for (mischief, code) in
        [(Mischief::LoginPage, "captive-portal"), (Mischief::Redirect, "redirect-refused")]
    {
        let Scene { outbox, proxy, mut runner, warehouse: _warehouse, folder: _folder } = scene().await;
        let file = file(52, 1000);
        outbox.push(manifest(1, &file), file);
        // At the creation, at the chunk, and at the registration.
        for before in 0..3 {
            let mut plan = vec![Mischief::Slow; before];
            plan.push(mischief);
            proxy.plan(&plan);
            let failure = runner.drain().await.unwrap_err();
            assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Identity, code));
            assert_eq!(runner.handle().status().borrow().lane, Lane::Stopped);
            let row = &outbox.rows()[0];
            assert!(row.held.is_none() && row.receipt.is_none());
            ready_again(&outbox).await;
        }
        assert_eq!(runner.drain().await, Ok(1));
    }
}

/// The shortest wait of the lane is two seconds.
async fn ready_again(outbox: &MemoryOutbox) {
    while outbox.rows()[0].ready_at > SystemClock.now() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_noticed_on_the_way_and_the_copy_arrives_whole() {
    let Scene { folder, outbox, proxy, mut runner, warehouse: _warehouse } = scene().await;
    let file = file(53, 2000);
    let manifest = manifest(1, &file);
    outbox.push(manifest.clone(), file);
    proxy.plan(&[Mischief::Slow, Mischief::FlipBit]);
    let failure = runner.drain().await.unwrap_err();
    assert_eq!(failure.class, FailureClass::Transport);
    ready_again(&outbox).await;
    assert_eq!(runner.drain().await, Ok(1));
    assert_eq!(files(folder.path(), "blobs"), [manifest.sha256.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_falsified_receipt_stops_everything_until_a_person_looks() {
    let Scene { folder, outbox, mut runner, warehouse, proxy: _proxy } = scene().await;
    let (one, two) = (file(54, 3000), file(55, 3000));
    let first = manifest(1, &one);
    outbox.push(first.clone(), one.clone());
    assert_eq!(runner.drain().await, Ok(1));
    // The warehouse's own record is falsified, and the desk asks for the receipt again.
    let path = folder.path().join(format!("copies/{}.json", first.copy_id));
    let record = std::fs::read_to_string(&path).unwrap();
    let stored_at = record.find("\"stored_at\":\"20").unwrap() + "\"stored_at\":\"20".len();
    let mut falsified = record.into_bytes();
    falsified[stored_at] = if falsified[stored_at] == b'9' { b'8' } else { b'9' };
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, falsified).unwrap();

    let asks_again = Arc::new(MemoryOutbox::default());
    let runner_of = |outbox: &Arc<MemoryOutbox>| {
        let client = Arc::new(client(&warehouse, &warehouse.url()));
        QueueRunner::new(outbox.clone(), client, Arc::new(SystemClock), Box::new(|| 0))
    };
    asks_again.push(first, one);
    asks_again.push(manifest(2, &two), two);
    for _restart in 0..2 {
        let failure = runner_of(&asks_again).drain().await.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Integrity, "receipt-forged"));
    }
    let rows = asks_again.rows();
    assert!(rows[0].held.is_some() && rows.iter().all(|row| row.receipt.is_none()));
    assert_eq!(rows[1].attempts, 0, "nothing is sent while the alarm stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_clock_is_wrong_is_told_so() {
    struct Late;
    impl Clock for Late {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::now() - jiff::SignedDuration::from_mins(20)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let settings = mocban_portal::HttpSettings::new(warehouse.url(), warehouse.receipt_key());
    let client = mocban_portal::HttpWarehouse::new(settings, desk(1), Arc::new(Late)).unwrap();
    let file = file(56, 1000);
    let refused = client.upload(&manifest(1, &file), &file, None, &mut no_progress()).await.unwrap_err();
    let PortalError::ClockWrong { ahead_s } = refused else { panic!("{refused:?}") };
    assert!((-1202..=-1198).contains(&ahead_s), "{ahead_s}");
    assert_eq!(client.clock_ahead_s(), Some(ahead_s));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_network_away_copies_wait_and_then_arrive_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let (addr, key) = (warehouse.addr(), warehouse.receipt_key());
    warehouse.shutdown().await;
    let outbox = Arc::new(MemoryOutbox::default());
    let settings = mocban_portal::HttpSettings::new(format!("http://{addr}"), key);
    let client = mocban_portal::HttpWarehouse::new(settings, desk(1), Arc::new(SystemClock)).unwrap();
    let runner = QueueRunner::new(outbox.clone(), Arc::new(client), Arc::new(SystemClock), Box::new(|| 0));
    let handle = runner.handle();
    let task = tokio::spawn(runner.run());
    for number in 1..=3 {
        let file = file(60 + u64::from(number), 5000);
        outbox.push(manifest(number, &file), file);
        handle.committed();
    }
    let mut status = handle.status();
    status.wait_for(|status| status.lane == Lane::Offline).await.unwrap();
    assert_eq!(outbox.delivered(), 0);
    assert!(handle.status().borrow().next_attempt.is_some());

    let listener = tokio::net::TcpListener::bind(addr).await.unwrap();
    let _warehouse =
        mocban_warehouse::serve_with(listener, config(folder.path()), Arc::new(AcceptsAll)).await.unwrap();
    status.wait_for(|status| status.delivered == 3 && status.lane == Lane::Idle).await.unwrap();
    assert_eq!(files(folder.path(), "copies").len(), 3);
    handle.stop();
    task.await.unwrap();
}
