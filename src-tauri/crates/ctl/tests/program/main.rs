//! The built program, as a shell or another program meets it: exit codes, JSON lines, what is written.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // Helpers of tests, too, may end a test.

mod certify;
mod files;
mod host;
mod intake;
mod scan;
mod sign;

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// `mocbanctl …`.
fn mocbanctl(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mocbanctl"));
    command.args(words);
    command
}

/// Runs to the end and insists on this exit code.
#[track_caller]
fn exits(command: &mut Command, code: i32) -> Output {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{told}");
    output
}

/// Every line of stdout as JSON: nothing else may be there.
#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}")))
        .collect()
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training")
}

/// A photograph with a certain outline.
fn original() -> PathBuf {
    assets().join("originals/01-trich-luc-khai-sinh.jpg")
}

fn root_certificate() -> PathBuf {
    assets().join("pki/root.pem")
}

/// The training token that cargo built for these tests, put beside the program as a package would.
fn token() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_mocbanctl"));
    let name =
        format!("{}mocban_training_token{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let (beside, built) = (program.with_file_name(&name), program.with_file_name("deps").join(&name));
    if !beside.exists() {
        std::fs::copy(built, &beside).unwrap();
    }
    beside
}
