//! `cargo xtask package`: the installers of this operating system, by the Tauri CLI (an npm package).

use crate::{
    commands::{command, root, succeed},
    install,
};
use anyhow::Result;

/// Builds release binaries and bundles them.
pub(crate) fn run() -> Result<()> {
    install::for_building()?;
    install::window_pages()?;
    succeed(&mut command("cargo build --release --package mocban-training-token --package mocban-ctl"))?;
    let cli = root().join("ui/node_modules/.bin/tauri");
    succeed(std::process::Command::new(cli).arg("build").current_dir(root()))
}
