//! What a fresh machine lacks: Debian packages, cargo tools, the window's npm packages, the second readers of the tests.

use crate::commands::{command, present, root, succeed, target};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::Command};

/// Debian packages that building the window needs.
const BUILD: &[&str] = &[
    "build-essential",
    "cmake",
    // Reads the kernel's camera interface for the crate `v4l`.
    "libclang1",
    "librsvg2-dev",
    "libwebkit2gtk-4.1-dev",
    // Assembles libjpeg-turbo's inner loops for the crate `turbojpeg`.
    "nasm",
    "perl",
    "pkg-config",
];

/// Debian packages that the tests need besides.
const TEST: &[&str] = &[
    "chromium",
    "dbus-x11",
    "imagemagick",
    "libnss3-tools",
    "libtpm2-pkcs11-1",
    "opensc",
    "openssl",
    "poppler-utils",
    "python3-venv",
    "qpdf",
    // Its `test` backend plays a scanner with every fault.
    "sane-utils",
    "softhsm2",
    "swtpm",
    "webkit2gtk-driver",
    "xauth",
    "xvfb",
];

/// Installs what building needs.
pub(crate) fn for_building() -> Result<()> {
    debian(BUILD)
}

/// Installs what testing needs; returns the Python of the second readers.
pub(crate) fn for_testing() -> Result<PathBuf> {
    debian(&[BUILD, TEST].concat())?;
    if !present("cargo-nextest", "--version") {
        succeed(&mut command("cargo install --locked cargo-nextest"))?;
    }
    second_readers()
}

/// Builds the window's pages into `ui/dist`, which the shell embeds.
pub(crate) fn window_pages() -> Result<()> {
    npm_packages("ui")?;
    succeed(command("npm run build").current_dir(root().join("ui")))
}

/// Installs the locked npm packages of a folder unless they are there already.
pub(crate) fn npm_packages(folder: &str) -> Result<()> {
    let folder = root().join(folder);
    let wanted = fs::read_to_string(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.mocban-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    succeed(command("npm ci --no-audit --no-fund").current_dir(&folder))?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// A Python environment with the readers by other people that the tests ask for a second opinion.
pub(crate) fn second_readers() -> Result<PathBuf> {
    let requirements = root().join("tests/second_readers/requirements.txt");
    let environment = target().join("second_readers");
    let python = environment.join("bin/python");
    let wanted = fs::read_to_string(&requirements).context("tests/second_readers/requirements.txt")?;
    let stamp = environment.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    succeed(command("python3 -m venv --clear").arg(&environment))?;
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// Installs the missing ones of these Debian packages; on another system says what is needed.
pub(crate) fn debian(packages: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let installed = |package: &&&str| {
        let status = Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]).output();
        status.is_ok_and(|answer| answer.stdout.ends_with(b"install ok installed"))
    };
    if !present("dpkg-query", "--version") {
        println!("Not a Debian system: please install the equivalents of {}", packages.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().filter(|package| !installed(package)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout == b"0\n");
    let apt = if root {
        "apt-get"
    } else if present("sudo", "--version") {
        "sudo apt-get"
    } else {
        bail!("please install as root: apt-get install {}", missing.join(" "));
    };
    succeed(&mut command(&format!("{apt} update -qq")))?;
    let mut install = command(&format!("{apt} install -y -qq --no-install-recommends"));
    succeed(install.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
}
