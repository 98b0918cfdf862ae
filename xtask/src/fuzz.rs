//! `cargo xtask fuzz [SECONDS]`: every fuzz target for a while each. Never part of `cargo xtask test`.

use crate::commands::{command, present, root, succeed, target};
use anyhow::{Context, Result};
use std::{fs, process::Command};

/// Runs each target of `src-tauri/fuzz/targets` for `seconds`, beginning with files this house generates. The compiler's
/// sanitizers are switched on by `RUSTC_BOOTSTRAP`, so that no second toolchain is needed; versions are those of the
/// program itself.
pub(crate) fn run(seconds: u32) -> Result<()> {
    if !present("cargo-fuzz", "--version") {
        succeed(&mut command("cargo install --locked cargo-fuzz"))?;
    }
    let folder = root().join("src-tauri/fuzz");
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).context("Cargo.lock")?;
    succeed(command("cargo run --package mocban-pades --example fuzz_seeds --").arg(folder.join("corpus")))?;
    let mut targets: Vec<_> = fs::read_dir(folder.join("targets"))
        .context("src-tauri/fuzz/targets")?
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    targets.sort();
    for name in targets {
        let mut fuzz = Command::new("cargo");
        fuzz.args(["fuzz", "run", "--fuzz-dir"]).arg(&folder);
        fuzz.arg("--target-dir").arg(target().join("fuzz")).args([&name, "--"]);
        fuzz.args([format!("-max_total_time={seconds}"), "-timeout=10".into(), "-rss_limit_mb=2048".into()]);
        fuzz.args(["-max_len=65536", "-len_control=0", "-print_final_stats=1"]);
        fuzz.arg(format!("-dict={}", folder.join("words.dict").display()));
        succeed(fuzz.current_dir(root()).env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}
