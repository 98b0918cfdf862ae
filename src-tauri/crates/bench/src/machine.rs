//! Which machine this is and how busy: a number without its machine says nothing.

use anyhow::Result;
use jiff::Timestamp;
use std::{fs, path::Path, process::Command};

/// CPU, cores, memory, disk, system, load and day in one line.
pub(crate) fn describe(room: &Path) -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or_else(|| "unknown memory".into(), |kib| format!("{:.0} GiB RAM", kib / 1024.0 / 1024.0));
    let system = field("/etc/os-release", "PRETTY_NAME")
        .map_or_else(|| std::env::consts::OS.into(), |name| name.trim_matches('"').to_owned());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let disk = Command::new("stat").args(["-f", "-c", "%T"]).arg(room).output();
    let disk =
        disk.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    Ok(format!(
        "{cpu}, {cores} cores, {memory}, {disk}, {system}, Linux {}, load average at the start {}, {}",
        kernel.trim(),
        load(),
        Timestamp::now().strftime("%Y-%m-%d %H:%M UTC"),
    ))
}

/// The load averages over 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".into());
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The first `name: value` or `name=value` of a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start().trim_start_matches([':', '=']).trim().to_owned())
}
