//! `cargo xtask test`: every check there is, in the order in which failures are cheapest to learn.

use crate::{
    commands::{command, present, root, succeed},
    install,
};
use anyhow::{Result, bail};

const STAGES: &[&str] = &["fmt", "ui", "browser", "clippy", "deny", "rust"];

/// Runs the named stages, or all of them.
pub(crate) fn run(stages: &[&str]) -> Result<()> {
    if let Some(unknown) = stages.iter().find(|stage| !STAGES.contains(stage)) {
        bail!("no stage {unknown}; there are {}", STAGES.join(" "));
    }
    let python = install::for_testing()?;
    install::window_pages()?;
    for stage in STAGES.iter().filter(|stage| stages.is_empty() || stages.contains(stage)) {
        match *stage {
            "fmt" => succeed(&mut command("cargo fmt --all --check"))?,
            "clippy" => succeed(&mut command(
                "cargo clippy --workspace --all-targets --features failpoints -- -D warnings",
            ))?,
            "deny" => deny()?,
            "ui" => {
                succeed(command("npm run check").current_dir(root().join("ui")))?;
                succeed(command("npm test").current_dir(root().join("ui")))?;
            }
            "browser" => succeed(command("npm run test:browser").current_dir(root().join("ui")))?,
            _ => {
                install::npm_packages("tests/second_readers")?;
                // The tests across crates start the programs and load the training token: built first, and with
                // `--all-targets`, so that no dependency is compiled twice with different features.
                succeed(&mut command("cargo build --workspace --all-targets --features failpoints"))?;
                let mut tests = command(
                    "cargo nextest run --workspace --all-targets --features failpoints --no-fail-fast",
                );
                succeed(tests.env("MOCBAN_PYTHON", &python))?;
            }
        }
    }
    Ok(())
}

/// Licences, sources and banned crates. Advisories need a database from outside, so they are a command of their own:
/// `cargo deny check advisories`.
fn deny() -> Result<()> {
    if !present("cargo-deny", "--version") {
        succeed(&mut command("cargo install --locked cargo-deny"))?;
    }
    succeed(&mut command("cargo deny --workspace check bans licenses sources"))
}

/// Rewrites the window's types from the desk's command list.
pub(crate) fn write_bindings() -> Result<()> {
    // As the tests are built, so that nothing is compiled anew.
    let mut test =
        command("cargo nextest run --workspace --all-targets --features failpoints -E binary(bindings)");
    succeed(test.env("MOCBAN_WRITE_BINDINGS", "1"))
}
