//! `cargo xtask bench`: side by side with the peers, in the same run, written to `docs/bench.md`.

use crate::{
    commands::{command, succeed},
    install,
};
use anyhow::Result;

/// Builds in release and measures.
pub(crate) fn run() -> Result<()> {
    let python = install::for_testing()?;
    succeed(&mut command("cargo build --release --package mocban-training-token --package mocban-ctl --package mocban-bench"))?;
    succeed(command("cargo run --release --package mocban-bench --").env("MOCBAN_PYTHON", python))
}
