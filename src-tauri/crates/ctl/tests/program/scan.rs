//! `scan`: a feeder into files, through SANE's own `test` backend.

use crate::{exits, lines, mocbanctl};
use std::{fs, path::Path, process::Command};

/// A folder that makes the `test` backend the only one.
fn only_test_backend() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dll.conf"), "test\n").unwrap();
    folder
}

fn scan(backends: &Path, words: &[&str]) -> Command {
    let mut command = mocbanctl(&[&["scan"], words].concat());
    command.env("SANE_CONFIG_DIR", backends);
    command
}

#[test]
fn a_feeder_is_listed_and_scanned_into_files_and_nothing_is_written_over() {
    let backends = only_test_backend();
    let listed = lines(&exits(&mut scan(backends.path(), &["list", "--wait", "0", "--json"]), 0));
    assert!(listed.iter().any(|one| one["id"] == "sane:test:0" && one["kind"] == "sane"), "{listed:?}");

    let out = backends.path().join("pages");
    let out = out.to_str().unwrap();
    let words = ["page", "--device", "sane:test:0", "--source", "adf", "--dpi", "75", "--json", "-o", out];
    let pages = lines(&exits(&mut scan(backends.path(), &words), 0));
    assert_eq!(pages.len(), 10, "the backend's feeder holds ten sheets");
    for page in &pages {
        let bytes = fs::read(page["file"].as_str().unwrap()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.ends_with(b"IEND\xAE\x42\x60\x82"), "a whole PNG");
        assert_eq!(page["dpi"], 75);
    }
    let again = lines(&exits(&mut scan(backends.path(), &words), 0));
    assert_eq!((pages[0]["page"].as_u64(), again[0]["page"].as_u64()), (Some(1), Some(11)));
    assert_eq!(fs::read_dir(out).unwrap().count(), 20);
}

#[test]
fn a_device_that_is_not_there_is_said_in_words() {
    let backends = only_test_backend();
    let out = backends.path().join("pages");
    let words = ["page", "--device", "sane:nosuch:0", "--json", "-o", out.to_str().unwrap()];
    let output = exits(&mut scan(backends.path(), &words), 2);
    assert_eq!(lines(&output)[0]["error"], "scanner_offline");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Máy quét không trả lời"));
    let words = ["page", "--device", "nothing", "--json", "-o", out.to_str().unwrap()];
    assert_eq!(lines(&exits(&mut scan(backends.path(), &words), 2))[0]["error"], "scanner_not_found");
}
