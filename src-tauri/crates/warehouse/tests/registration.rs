//! Uploads, registrations and receipts, over a network that works.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;

use mocban_portal::{
    CopyStatus, Digest, FailureClass, HttpSettings, HttpWarehouse, PortalError, ProblemKind, SystemClock,
    Warehouse as _, canonical,
};
use mocban_warehouse::WarehouseError;
use support::*;

async fn store(
    client: &HttpWarehouse,
    manifest: &mocban_portal::CopyManifest,
    file: &bytes::Bytes,
) -> Result<mocban_portal::VerifiedReceipt, PortalError> {
    client.upload(manifest, file, None, &mut no_progress()).await?;
    client.register(manifest).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_stored_once_and_every_registration_gets_the_same_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = client(&warehouse, &warehouse.url());
    let file = file(1, 300_000);
    let manifest = manifest(1, &file);

    assert_eq!(client.status(manifest.copy_id).await, Ok(CopyStatus::Unknown));
    let first = store(&client, &manifest, &file).await.unwrap();
    // All of it again, as after a crash of the desk.
    let second = store(&client, &manifest, &file).await.unwrap();
    assert_eq!(first, second);
    let status = client.status(manifest.copy_id).await.unwrap();
    assert_eq!(status, CopyStatus::Stored(Box::new(first.receipt().clone())));
    assert_eq!(files(folder.path(), "blobs"), [manifest.sha256.to_string()]);
    assert_eq!(files(folder.path(), "copies"), [format!("{}.json", manifest.copy_id)]);
    assert_eq!(files(folder.path(), "numbers"), ["1"]);
    for left in ["tmp", "complete", "uploads"] {
        assert!(files(folder.path(), left).is_empty(), "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_accepted_before_its_file_and_a_file_must_be_what_was_announced() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = client(&warehouse, &warehouse.url());
    let file = file(2, 100_000);
    let good = manifest(1, &file);
    let missing = client.register(&good).await.unwrap_err();
    assert!(matches!(missing, PortalError::CopyRefused { kind: ProblemKind::FileMissing, .. }));

    client.upload(&good, &file, None, &mut no_progress()).await.unwrap();
    let mut other_segments = good.clone();
    other_segments.unsigned.sha256 = Digest::of(b"other");
    let refused = client.register(&other_segments).await.unwrap_err();
    assert!(matches!(refused, PortalError::CopyRefused { kind: ProblemKind::ManifestInvalid, .. }));
    let mut tomorrow = good.clone();
    tomorrow.certified_at += jiff::SignedDuration::from_hours(1);
    let refused = client.register(&tomorrow).await.unwrap_err();
    assert!(matches!(refused, PortalError::CopyRefused { kind: ProblemKind::ManifestInvalid, .. }));
    assert!(files(folder.path(), "copies").is_empty() && files(folder.path(), "numbers").is_empty());
    client.register(&good).await.unwrap();

    let unsigned = bytes::Bytes::from_static(b"UNSIGNED but uploaded");
    let manifest = manifest(2, &unsigned);
    let refused = store(&client, &manifest, &unsigned).await.unwrap_err();
    assert!(matches!(refused, PortalError::CopyRefused { kind: ProblemKind::SignatureInvalid, .. }));
    assert_eq!(refused.class(), FailureClass::Record);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_never_have_one_number_and_one_id_never_two_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = client(&warehouse, &warehouse.url());
    let (one, two) = (file(3, 90_000), file(4, 90_000));
    let first = manifest(7, &one);
    store(&client, &first, &one).await.unwrap();

    let same_number = manifest(7, &two);
    let refused = store(&client, &same_number, &two).await.unwrap_err();
    assert_eq!(refused, PortalError::AnotherCopyStored { kind: ProblemKind::NumberTaken });
    assert_eq!(refused.class(), FailureClass::Integrity);

    let mut same_id = manifest(8, &two);
    same_id.copy_id = first.copy_id;
    let refused = store(&client, &same_id, &two).await.unwrap_err();
    assert_eq!(refused, PortalError::AnotherCopyStored { kind: ProblemKind::CopyConflict });
    assert_eq!(files(folder.path(), "numbers"), ["7"]);

    // The same number in another year is another number.
    let mut next_year = manifest(7, &two);
    next_year.year = 2027;
    store(&client, &next_year, &two).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_registrations_of_one_copy_at_once_store_one_copy() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = Arc::new(client(&warehouse, &warehouse.url()));
    let file = file(5, 200_000);
    let manifest = manifest(1, &file);
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (client, manifest, file) = (client.clone(), manifest.clone(), file.clone());
            tokio::spawn(async move { store(&client, &manifest, &file).await })
        })
        .collect();
    let mut receipts = Vec::new();
    for task in tasks {
        receipts.push(canonical::to_vec(task.await.unwrap().unwrap().receipt()).unwrap());
    }
    receipts.dedup();
    assert_eq!(receipts.len(), 1, "every registration got the same bytes");
    assert_eq!(files(folder.path(), "copies").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_copies_that_race_for_one_number_leave_one_winner() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = Arc::new(client(&warehouse, &warehouse.url()));
    let tasks: Vec<_> = (0..8)
        .map(|seed| {
            let (client, file) = (client.clone(), file(100 + seed, 70_000));
            tokio::spawn(async move { store(&client, &manifest(5, &file), &file).await })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => stored += 1,
            Err(refused) => {
                assert_eq!(refused, PortalError::AnotherCopyStored { kind: ProblemKind::NumberTaken });
            }
        }
    }
    assert_eq!(stored, 1);
    assert_eq!(files(folder.path(), "blobs").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_speaks_for_itself_and_its_office_only() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let file = file(6, 80_000);
    let manifest = manifest(1, &file);
    // Desk 2 under desk 1's name; desk 3 of another office; a desk nobody knows.
    for n in [2, 3, 9] {
        let other = client_of(&warehouse, &warehouse.url(), n);
        assert_eq!(other.register(&manifest).await, Err(PortalError::DeskRefused), "desk {n}");
    }
    let client = client(&warehouse, &warehouse.url());
    store(&client, &manifest, &file).await.unwrap();
    let colleague = client_of(&warehouse, &warehouse.url(), 2);
    assert!(matches!(colleague.status(manifest.copy_id).await, Ok(CopyStatus::Stored(_))));
    let stranger = client_of(&warehouse, &warehouse.url(), 3);
    assert_eq!(stranger.status(manifest.copy_id).await, Ok(CopyStatus::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_by_a_key_that_is_not_pinned_frees_nothing() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let real = start(ours.path()).await;
    let impostor = start(theirs.path()).await;
    // The impostor accepts whoever signs in for it; the desk pins the real warehouse's key beside the impostor's id.
    let mut settings = HttpSettings::new(impostor.url(), impostor.receipt_key());
    let file = file(7, 60_000);
    let manifest = manifest(1, &file);
    let fooled = HttpWarehouse::new(settings.clone(), desk(1), Arc::new(SystemClock)).unwrap();
    store(&fooled, &manifest, &file).await.unwrap();
    settings.receipt_keys = vec![real.receipt_key()];
    let careful = HttpWarehouse::new(settings, desk(1), Arc::new(SystemClock)).unwrap();
    assert_eq!(careful.register(&manifest).await, Err(PortalError::DeskRefused), "not even signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_key_the_copies_and_the_bytes_received() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let key = warehouse.receipt_key();
    let file = file(8, 300_000);
    let manifest = manifest(1, &file);

    // Two chunks, then the warehouse stops.
    let place = Arc::new(std::sync::Mutex::new(String::new()));
    let client = Arc::new(client(&warehouse, &warehouse.url()));
    let (mut sent, seen) = (0, place.clone());
    let half = {
        let (client, manifest, file) = (client.clone(), manifest.clone(), file.clone());
        tokio::spawn(async move {
            let mut progress = move |state: &mocban_portal::UploadState| {
                *seen.lock().unwrap() = state.url.clone();
                sent += 1;
                assert!(sent < 4, "stop here");
            };
            client.upload(&manifest, &file, None, &mut progress).await
        })
    };
    assert!(half.await.is_err());
    let busy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = mocban_warehouse::serve_with(busy, config(folder.path()), Arc::new(AcceptsAll)).await;
    assert!(matches!(second.unwrap_err(), WarehouseError::FolderInUse { .. }));
    let addr = warehouse.addr();
    warehouse.shutdown().await;

    let listener = tokio::net::TcpListener::bind(addr).await.unwrap();
    let warehouse =
        mocban_warehouse::serve_with(listener, config(folder.path()), Arc::new(AcceptsAll)).await.unwrap();
    assert_eq!(warehouse.receipt_key(), key);
    let mut resumed_at = None;
    let mut progress = |state: &mocban_portal::UploadState| {
        resumed_at.get_or_insert(state.sent);
    };
    let url = place.lock().unwrap().clone();
    client.upload(&manifest, &file, Some(&url), &mut progress).await.unwrap();
    assert_eq!(resumed_at, Some(128 << 10));
    client.register(&manifest).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_number_and_copy_is_finished_by_the_next_registration() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = start(folder.path()).await;
    let client = client(&warehouse, &warehouse.url());
    let file = file(9, 120_000);
    let manifest = manifest(1, &file);
    let receipt = store(&client, &manifest, &file).await.unwrap();
    // What a kill after the first of the three steps leaves: the number is taken, the file is still an upload.
    let blob = folder.path().join("blobs/sha256").join(&manifest.sha256.to_string()[..2]);
    let blob = blob.join(manifest.sha256.to_string());
    std::fs::rename(blob, folder.path().join("complete").join(manifest.sha256.to_string())).unwrap();
    std::fs::remove_file(folder.path().join(format!("copies/{}.json", manifest.copy_id))).unwrap();

    assert_eq!(client.register(&manifest).await.unwrap(), receipt, "the receipt of the first time");
    assert_eq!(files(folder.path(), "blobs").len(), 1);
    assert_eq!(files(folder.path(), "copies").len(), 1);
    assert!(files(folder.path(), "complete").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_may_be_named_relative_to_the_current_one() {
    let here = std::env::current_dir().unwrap();
    let parent = tempfile::tempdir_in(&here).unwrap();
    let relative = parent.path().strip_prefix(&here).unwrap().join("kho/2026");
    let warehouse = start(&relative).await;
    assert!(parent.path().join("kho/2026/receipt.key").is_file());
    warehouse.shutdown().await;
}
