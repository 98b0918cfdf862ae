//! `cargo xtask run`: Mộc Bản in training mode on a fresh machine.

use crate::{
    commands::{command, root, succeed, target},
    install,
};
use anyhow::Result;
use std::{fs, process::Command};

/// Whether a window can be shown.
pub(crate) fn display_present() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// Builds and starts the window, or without a display does the same main job and says where the files are.
pub(crate) fn run(window: bool) -> Result<()> {
    install::for_building()?;
    if window {
        install::window_pages()?;
        succeed(&mut command("cargo build --package mocban-training-token --package mocban"))?;
        return succeed(&mut Command::new(target().join("debug/mocban")));
    }
    succeed(&mut command("cargo build --package mocban-training-token --package mocban-ctl"))?;
    let out = target().join("training");
    fs::create_dir_all(&out)?;
    let originals = root().join("assets/training/originals");
    let mut pictures: Vec<_> =
        fs::read_dir(originals)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    pictures.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    pictures.sort();
    let copy = out.join("ban-sao-tap-huan.pdf");
    let mut certify = Command::new(target().join("debug/mocbanctl"));
    certify.arg("--data").arg(out.join("data")).args(["certify", "--training", "--originals"]);
    certify.args(pictures.iter().take(3)).args([
        "--requester",
        "Nguyễn Văn An",
        "--id-number",
        "001203004567",
    ]);
    certify.args(["--paper", "Giấy khai sinh"]).arg("--out").arg(&copy);
    succeed(&mut certify)?;
    println!("The certified training copy: {}", copy.display());
    Ok(())
}
