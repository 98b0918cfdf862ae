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

/// Draws scenes with known corners and prints how well the page is found in them, beside OpenCV.
pub(crate) fn scenes() -> Result<()> {
    let python = install::for_testing()?;
    succeed(&mut command("cargo build --release --package mocban-capture --example outlines"))?;
    let root = crate::commands::root();
    let outlines = format!("target/release/examples/outlines{}", std::env::consts::EXE_SUFFIX);
    let scenes = root.join("src-tauri/crates/bench/peers/scenes");
    succeed(Command::new(python).arg("-B").arg(scenes).arg(root.join(outlines)))
}
