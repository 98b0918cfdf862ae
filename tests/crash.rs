//! kill -9 at every step between reservation and receipt, then a restart: no number lost or doubled, no copy lost, one
//! copy in the warehouse.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod common;

use common::*;
use serde_json::Value;
use std::{collections::BTreeSet, os::unix::process::ExitStatusExt, path::Path};

fn stored_copies(data: &Path) -> usize {
    let copies = data.join("warehouse/copies");
    std::fs::read_dir(copies).map_or(0, |entries| {
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json")))
            .count()
    })
}

/// Kills the first certification at `failpoint`, certifies once more, and looks at everything.
fn killed_at(failpoint: &str, pages: usize) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (first, second) = (folder.path().join("first.pdf"), folder.path().join("second.pdf"));

    let killed = certify(&data, &first, pages).env("MOCBAN_KILL_AT", failpoint).output().unwrap();
    assert_eq!(killed.status.signal(), Some(9), "{failpoint} was not met:\n{}", said(&killed));

    let output = succeed(&mut certify(&data, &second, 1));
    let result = json_lines(&output).pop().unwrap();
    assert_eq!(result["verdict"], "valid", "{failpoint}: {result}");

    let entries: Vec<Value> = json_lines(&succeed(mocbanctl(&data).args(["register", "list", "--json"])));
    let numbers: Vec<u64> =
        entries.iter().map(|entry| entry["number"].as_str().unwrap().parse().unwrap()).collect();
    let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected, "{failpoint}: a number is lost or doubled");

    let acts: Vec<&Value> = entries.iter().filter(|entry| entry["voided"] == false).collect();
    let identities: BTreeSet<&str> = acts.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(identities.len(), acts.len(), "{failpoint}: a copy stands twice in the register");
    assert!(acts.iter().all(|entry| entry["delivery"] == "delivered"), "{failpoint}: {entries:?}");
    assert_eq!(stored_copies(&data), acts.len(), "{failpoint}: the warehouse holds another number of copies");

    // Killed before anything was recorded of the first copy, its number is void; later, the copy itself is there.
    let nothing_recorded =
        ["register::before-reserve", "register::after-reserve", "register::before-record-prepared"];
    let wanted_acts = if nothing_recorded.contains(&failpoint) { 1 } else { 2 };
    assert_eq!(acts.len(), wanted_acts, "{failpoint}: {entries:?}");

    let report = json_lines(&succeed(mocbanctl(&data).args(["register", "verify", "--json"])));
    assert_eq!(report[0]["alarms"], serde_json::json!([]), "{failpoint}");
}

#[test]
fn killed_around_the_reservation() {
    for failpoint in &mocban_register::FAILPOINTS[0..2] {
        killed_at(failpoint, 1);
    }
}

#[test]
fn killed_around_the_recording_of_the_unsigned_copy() {
    for failpoint in &mocban_register::FAILPOINTS[2..4] {
        killed_at(failpoint, 1);
    }
}

#[test]
fn killed_around_the_performers_signature() {
    for failpoint in &mocban_register::FAILPOINTS[4..6] {
        killed_at(failpoint, 1);
    }
}

#[test]
fn killed_around_the_commit() {
    for failpoint in &mocban_register::FAILPOINTS[6..8] {
        killed_at(failpoint, 1);
    }
}

#[test]
fn killed_around_the_receipt() {
    for failpoint in &mocban_register::FAILPOINTS[8..] {
        killed_at(failpoint, 1);
    }
}

#[test]
fn killed_on_the_way_to_the_warehouse() {
    for failpoint in mocban_portal::failpoints::ALL {
        // Only a file of several chunks passes between chunks.
        killed_at(failpoint, if *failpoint == mocban_portal::failpoints::BETWEEN_CHUNKS { 6 } else { 1 });
    }
}

#[test]
fn every_step_of_the_register_is_killed_above() {
    assert_eq!(mocban_register::FAILPOINTS.len(), 10, "a new step needs its place in this file");
}
