//! What the tests across crates share: the built programs, the second readers, a data folder that cleans up.
#![allow(dead_code)] // each test file uses its part

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A program built beside this test (`cargo xtask test` builds them all first).
pub(crate) fn built(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop(); // deps/
    folder.pop(); // debug/
    let program = folder.join(name);
    assert!(
        program.exists(),
        "{} is not built: run `cargo xtask test`, or `cargo build --workspace --features failpoints`",
        program.display()
    );
    program
}

/// `mocbanctl --data DATA …`.
pub(crate) fn mocbanctl(data: &Path) -> Command {
    let mut command = Command::new(built("mocbanctl"));
    command.arg("--data").arg(data);
    command
}

/// The Python that has the second readers; set by `cargo xtask test`.
pub(crate) fn python() -> PathBuf {
    let python = std::env::var_os("MOCBAN_PYTHON").map(PathBuf::from);
    python.unwrap_or_else(|| built("../second_readers/bin/python"))
}

/// A script of `tests/second_readers` under that Python.
pub(crate) fn second_reader(script: &str) -> Command {
    let mut command = Command::new(python());
    command.arg(root().join("tests/second_readers").join(script));
    command
}

/// A training original by its number, 1..=6.
pub(crate) fn originals(count: usize) -> Vec<PathBuf> {
    let mut pictures: Vec<_> = std::fs::read_dir(root().join("assets/training/originals"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    pictures.sort();
    pictures.truncate(count);
    assert_eq!(pictures.len(), count, "training originals are missing");
    pictures
}

/// The training root certificate, PEM.
pub(crate) fn training_root() -> PathBuf {
    root().join("assets/training/pki/root.pem")
}

/// Runs to the end; on failure shows everything it said.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
    output
}

/// Runs to the end and insists on this exit code.
#[track_caller]
pub(crate) fn exits(command: &mut Command, code: i32) -> Output {
    let output = command.output().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{}", said(&output));
    output
}

/// Both streams as text.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The JSON objects a program printed, one a line.
#[track_caller]
pub(crate) fn json_lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}")))
        .collect()
}

/// `certify --training` of the first `pages` training originals.
pub(crate) fn certify(data: &Path, out: &Path, pages: usize) -> Command {
    let mut command = mocbanctl(data);
    command.args(["certify", "--training", "--json", "--originals"]).args(originals(pages));
    command.args(["--requester", "Nguyễn Thị Ánh Tuyết", "--id-number", "001203004567"]);
    command.args(["--paper", "Giấy khai sinh"]).arg("--out").arg(out);
    command
}
