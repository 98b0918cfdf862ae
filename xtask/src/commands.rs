//! Running other programs, loudly: the command line is shown, a failure stops everything.

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The target folder in use.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command in the repository's root, from words split at spaces.
pub(crate) fn command(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).current_dir(root());
    command
}

/// Runs to the end and insists on success.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    println!("\x1b[1m$ {shown}\x1b[0m");
    let begun = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    println!("\x1b[2m  {:.1} s\x1b[0m", begun.elapsed().as_secs_f32());
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// Whether a program can be started.
pub(crate) fn present(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok()
}
