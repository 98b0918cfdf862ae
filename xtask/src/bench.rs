//! `cargo xtask bench`: side by side with the peers, in the same run, written to `docs/bench.md`.

use crate::{
    commands::{command, succeed},
    install,
};
use anyhow::Result;
use std::process::Command;

/// Builds in release and measures.
pub(crate) fn run() -> Result<()> {
    let python = install::for_testing()?;
    let peers = "src-tauri/crates/bench/peers/requirements.txt";
    succeed(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "-r"])
            .arg(crate::commands::root().join(peers)),
    )?;
    // Alone: the register's `bench` feature must not reach the program that is measured.
    succeed(&mut command(
        "cargo build --release --package mocban-register --features bench --example measure",
    ))?;
    succeed(command("cargo run --release --package mocban-bench").env("MOCBAN_PYTHON", python))
}
