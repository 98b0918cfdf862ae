//! What goes wrong at a desk, each with its own clear message in Vietnamese, and nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod common;

use common::*;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy certified in peace.
    fn certified(&self) -> PathBuf {
        let pdf = self.file("good.pdf");
        succeed(&mut certify(&self.data(), &pdf, 1));
        pdf
    }

    fn next_number(&self) -> String {
        let doctor = json_lines(&succeed(mocbanctl(&self.data()).args(["doctor", "--json"])));
        doctor[0]["next_number"].as_str().unwrap().to_owned()
    }
}

/// People's text, in Vietnamese, on stderr.
#[track_caller]
fn tells(output: &Output, words: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains(words), "expected “{words}” in:\n{text}");
}

#[test]
fn a_wrong_pin_is_said_and_no_number_is_taken() {
    let desk = Desk::new();
    let pin = desk.file("pin");
    fs::write(&pin, "00000000").unwrap();
    let output = exits(certify(&desk.data(), &desk.file("x.pdf"), 1).arg("--pin-file").arg(&pin), 2);
    tells(&output, "Mã PIN");
    assert!(String::from_utf8_lossy(&output.stdout).contains("pin_incorrect"));
    assert!(!desk.file("x.pdf").exists());
    assert_eq!(desk.next_number(), "01");
}

#[test]
fn a_token_pulled_in_the_middle_leaves_an_act_that_is_signed_on_later() {
    let desk = Desk::new();
    let unplugged = desk.file("unplugged");
    // Between the recording of the unsigned copy and the first signature.
    let output = exits(
        certify(&desk.data(), &desk.file("x.pdf"), 1)
            .env("MOCBAN_TOKEN_UNPLUGGED", &unplugged)
            .env("MOCBAN_TOUCH_AT", format!("register::after-record-prepared={}", unplugged.display())),
        2,
    );
    tells(&output, "rút");
    assert!(!desk.file("x.pdf").exists());
    // Plugged in again: the half-done act is finished first, under its own number.
    let pdf = desk.file("y.pdf");
    let result = json_lines(&succeed(&mut certify(&desk.data(), &pdf, 1))).pop().unwrap();
    assert_eq!(result["resumed"].as_array().unwrap().len(), 1, "{result}");
    assert_eq!(result["number"], "02", "{result}");
    let report = json_lines(&succeed(mocbanctl(&desk.data()).args(["register", "verify", "--json"])));
    assert_eq!(report[0]["alarms"], serde_json::json!([]));
}

#[test]
fn a_truncated_picture_is_refused_by_its_name() {
    let desk = Desk::new();
    let cut = desk.file("anh-bi-cat.jpg");
    let whole = fs::read(&originals(1)[0]).unwrap();
    fs::write(&cut, &whole[..whole.len() * 6 / 10]).unwrap();
    let mut command = mocbanctl(&desk.data());
    command.args(["certify", "--training", "--json", "--originals"]).arg(&cut);
    command.args(["--requester", "Nguyễn Văn An", "--id-number", "001203004567", "--paper", "Giấy", "--out"]);
    let output = exits(command.arg(desk.file("x.pdf")), 2);
    tells(&output, "anh-bi-cat.jpg");
    assert!(!desk.file("x.pdf").exists());
    assert_eq!(desk.next_number(), "01");
}

#[test]
fn a_second_instance_says_that_the_folder_is_in_use() {
    let desk = Desk::new();
    let mut first = mocbanctl(&desk.data())
        .args(["host", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = exits(&mut certify(&desk.data(), &desk.file("x.pdf"), 1), 2);
    first.kill().unwrap();
    first.wait().unwrap();
    tells(&output, "đang được một cửa sổ khác sử dụng");
    // The first one gone, the folder opens.
    desk.certified();
}

#[test]
fn a_corrupt_store_is_named_and_not_changed() {
    let desk = Desk::new();
    desk.certified();
    let store = desk.data().join("register.db");
    let mut bytes = fs::read(&store).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x5a;
    }
    // The first page too: what is read at every opening.
    for byte in &mut bytes[200..264] {
        *byte ^= 0x5a;
    }
    fs::write(&store, &bytes).unwrap();
    let output = exits(&mut certify(&desk.data(), &desk.file("x.pdf"), 1), 2);
    tells(&output, "hỏng");
    assert_eq!(fs::read(&store).unwrap(), bytes, "a damaged store was written to");
}

#[test]
fn a_full_disk_is_said_and_what_was_done_before_is_whole() {
    let desk = Desk::new();
    // A file system of its own, small, in a mount namespace of its own: nothing outside is touched.
    let small = desk.file("small");
    fs::create_dir_all(&small).unwrap();
    let good = desk.file("good.pdf");
    let script = format!(
        "set -e; mount -t tmpfs -o size=24m none {small}; {first}; dd if=/dev/zero of={small}/ballast bs=4k 2>/dev/null || true; \
         set +e; {second} > {out} 2> {err}; echo $? > {code}; set -e; rm {small}/ballast; {third}; {verify} > {report}",
        small = small.display(),
        first = shell(&certify(&small.join("data"), &good, 1)),
        second = shell(&certify(&small.join("data"), &desk.file("x.pdf"), 1)),
        third = shell(&certify(&small.join("data"), &desk.file("after.pdf"), 1)),
        verify = shell(mocbanctl(&small.join("data")).args(["register", "verify", "--json"])),
        out = desk.file("out").display(),
        err = desk.file("err").display(),
        code = desk.file("code").display(),
        report = desk.file("report").display(),
    );
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "sh", "-c", &script]);
    succeed(&mut unshare);
    assert_eq!(fs::read_to_string(desk.file("code")).unwrap().trim(), "2");
    let told = fs::read_to_string(desk.file("err")).unwrap();
    assert!(told.contains("đầy"), "{told}");
    assert!(!desk.file("x.pdf").exists());
    let report = fs::read_to_string(desk.file("report")).unwrap();
    let report: serde_json::Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    assert_eq!(report["alarms"], serde_json::json!([]));
}

/// A command as one line for `sh`.
fn shell(command: &Command) -> String {
    let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', "'\\''"));
    std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect::<Vec<_>>().join(" ")
}
