//! Scanning through SANE's own `test` backend: a real driver with every fault on command. What counts is the pages that
//! decode, not the exit code of the program.

use mocban_capture::{
    ColourMode, Feed, ScanFault, ScanSettings, ScanSource, Stop, decode, scanner::sane::Sane,
};
use std::{
    fs,
    ops::ControlFlow,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// A folder that makes the `test` backend the only one.
fn only_test_backend() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dll.conf"), "test\n").unwrap();
    folder
}

/// A stand-in for `scanimage` that runs the real one with only the `test` backend and these options besides.
fn backend(folder: &Path, extra: &str) -> Sane {
    stand_in(folder, &format!("SANE_CONFIG_DIR='{}' exec scanimage \"$@\" {extra}", folder.display()))
}

/// The scanner of the `test` backend, driven by this shell script.
fn stand_in(folder: &Path, script: &str) -> Sane {
    use std::os::unix::fs::PermissionsExt;
    let program = folder.join("scanimage");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Sane::open("test:0").with_program(program)
}

fn settings(feed: Feed) -> ScanSettings {
    ScanSettings { feed, dpi: 75, colour: ColourMode::Colour }
}

fn stop() -> Stop {
    Stop::at(Instant::now() + Duration::from_secs(120))
}

/// How many pages arrived, and how it ended.
fn run(mut scanner: Sane, feed: Feed, stop: &Stop) -> (usize, Result<usize, ScanFault>) {
    let mut arrived = 0;
    let ended = scanner.scan(settings(feed), stop, &mut |page| {
        decode(&page.original).unwrap();
        arrived += 1;
        ControlFlow::Continue(())
    });
    (arrived, ended)
}

#[test]
fn every_status_of_sane_has_its_own_name() {
    let backends = only_test_backend();
    for (status, fault) in [
        ("JAMMED", ScanFault::PaperJam),
        ("NO_DOCS", ScanFault::FeederEmpty),
        ("COVER_OPEN", ScanFault::CoverOpen),
        ("DEVICE_BUSY", ScanFault::Busy),
        ("ACCESS_DENIED", ScanFault::AccessDenied),
        ("INVAL", ScanFault::UnsupportedSettings),
        ("IO_ERROR", ScanFault::Io),
        ("NO_MEM", ScanFault::Io),
        // Says "good" and sends nothing.
        ("EOF", ScanFault::BrokenPage),
    ] {
        let scanner = backend(backends.path(), &format!("--read-return-value SANE_STATUS_{status}"));
        assert_eq!(run(scanner, Feed::Feeder, &stop()), (0, Err(fault)), "{status}");
    }
}

#[test]
fn a_page_of_unknown_height_in_small_pieces_arrives_whole() {
    let backends = only_test_backend();
    let extra = "--hand-scanner=yes --read-limit=yes --read-limit-size 1000 --fuzzy-parameters=yes";
    assert_eq!(run(backend(backends.path(), extra), Feed::Platen, &stop()), (1, Ok(1)));
}

/// The backend's own jam, on the seventh sheet.
const JAM: &str = "scanimage \"$@\" --batch-start=7 --read-return-value SANE_STATUS_JAMMED";

/// A stand-in that scans six real pages and goes on with these commands: the backend itself jams always or never.
fn after_six_pages(folder: &Path, then: &str) -> Sane {
    let script = format!(
        "export SANE_CONFIG_DIR='{}'
case \" $* \" in *\" -A \"*) exec scanimage \"$@\";; esac
scanimage \"$@\" --batch-count=6 2>/dev/null || exit
{then}",
        folder.display()
    );
    stand_in(folder, &script)
}

#[test]
fn a_jam_on_the_seventh_sheet_keeps_the_six_good_ones() {
    let backends = only_test_backend();
    let scanner = after_six_pages(backends.path(), &format!("exec {JAM}"));
    assert_eq!(run(scanner, Feed::Feeder, &stop()), (6, Err(ScanFault::PaperJam)));
}

#[test]
fn a_driver_that_locks_up_after_its_jam_still_tells_the_jam() {
    let backends = only_test_backend();
    // It keeps its output open and never ends.
    let scanner = after_six_pages(backends.path(), &format!("{JAM}\nexec sleep 600"));
    assert_eq!(run(scanner, Feed::Feeder, &stop()), (6, Err(ScanFault::PaperJam)));
}

#[test]
fn calling_off_stops_the_backend_and_leaves_no_process() {
    let backends = only_test_backend();
    // A page that takes minutes.
    let extra = "--read-delay=yes --read-delay-duration 200000 --read-limit=yes --read-limit-size 64";
    let stop = stop();
    let calling = stop.clone();
    let caller = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        calling.cancel();
    });
    assert_eq!(run(backend(backends.path(), extra), Feed::Platen, &stop), (0, Ok(0)));
    caller.join().unwrap();
    let folder = backends.path().display().to_string();
    let running = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let words = fs::read(entry.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(&format!("SANE_CONFIG_DIR={folder}"))
    });
    assert_eq!(running.count(), 0, "scanimage still runs");
    let late = Stop::at(Instant::now() + Duration::from_millis(700));
    assert_eq!(run(backend(backends.path(), extra), Feed::Platen, &late).1, Err(ScanFault::TimedOut));
}
