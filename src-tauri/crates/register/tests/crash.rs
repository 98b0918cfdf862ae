//! Killed at every step between reservation and receipt, and in the middle of a stream of commits: after a restart no
//! number is lost or doubled and no acknowledged copy is gone. The child is this test binary, run again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod common;
use common::*;
use mocban_register::*;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

const DIR: &str = "MOCBAN_CRASH_DIR";
const POINT: &str = "MOCBAN_CRASH_POINT";

fn child(test: &str, dir: &Path, point: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(DIR, dir).env(POINT, point);
    command
}

/// One copy from wherever it is to its receipt.
fn finish(store: &Store, n: u128) {
    if store.states(copy(n)).is_ok_and(|states| states.iter().any(|(state, _)| *state == CopyState::Sealed)) {
        store.deliver(copy(n), &receipt(n), at(9)).unwrap();
        return;
    }
    seal(store, &book(), n);
    store.deliver(copy(n), &receipt(n), at(9)).unwrap();
}

#[test]
fn killed_at_every_step_it_resumes_without_losing_or_doubling_a_number() {
    if let Ok(dir) = std::env::var(DIR) {
        let store = open_dir(Path::new(&dir), Purpose::Work).unwrap();
        // abort() runs no destructor: nothing is closed, flushed or unlocked by us.
        fail::cfg_callback(std::env::var(POINT).unwrap(), || std::process::abort()).unwrap();
        finish(&store, 2);
        return;
    }
    for point in FAILPOINTS {
        let (office, store) = Office::new();
        seal(&store, &office.book, 1);
        drop(store);
        let test = "killed_at_every_step_it_resumes_without_losing_or_doubling_a_number";
        let status = child(test, office.dir.path(), point)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!status.success(), "{point} is never passed");

        let store = office.open(Purpose::Work).unwrap();
        assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound(), "{point}");
        let next = store.next_number(&office.book).unwrap();
        assert_eq!(next, if *point == "register::before-reserve" { 2 } else { 3 }, "{point}");
        finish(&store, 2);
        assert_eq!(store.entry(copy(2)).unwrap().unwrap().number, 2, "{point}");
        assert_eq!(store.file(copy(2)).unwrap(), whole(2), "{point}");
        assert_eq!(seal(&store, &office.book, 3).number, 3, "{point}");
        assert_eq!(store.queue().unwrap().len(), 2, "{point}: copies 1 and 3");
        assert!(store.unfinished().unwrap().is_empty(), "{point}");
        assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound(), "{point}");
    }
}

#[test]
fn every_acknowledged_act_survives_a_kill() {
    if let Ok(dir) = std::env::var(DIR) {
        let store = open_dir(Path::new(&dir), Purpose::Work).unwrap();
        let first = u128::from(store.next_number(&book()).unwrap());
        for n in first.. {
            seal(&store, &book(), n);
            println!("\nacknowledged {n}");
        }
    }
    let (office, store) = Office::new();
    drop(store);
    let mut acknowledged = 0u32;
    for round in 1..=5u32 {
        let mut running = child("every_acknowledged_act_survives_a_kill", office.dir.path(), "")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
        let target = acknowledged + 3 * round;
        while acknowledged < target {
            let line = lines.next().expect("the child ended by itself").unwrap();
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = number.parse().unwrap();
            }
        }
        running.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = number.parse().unwrap();
            }
        }
        running.wait().unwrap();
        let store = office.open(Purpose::Work).unwrap();
        for number in 1..=acknowledged {
            let entry = store.entry_of_number(&office.book, number).unwrap().unwrap();
            assert_eq!(entry.copy_id, copy(number.into()));
            assert_eq!(store.file(entry.copy_id).unwrap(), whole(number.into()));
        }
        // What the kill cut short goes on under its own number.
        for left in store.unfinished().unwrap() {
            seal(&store, &office.book, left.number.into());
        }
        acknowledged = store.next_number(&office.book).unwrap() - 1;
        assert!(store.verify(VerifyDepth::Everything).unwrap().is_sound());
    }
}
