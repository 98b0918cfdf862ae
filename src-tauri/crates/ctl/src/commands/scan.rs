//! `scan list` and `scan page`: cameras and scanners, no desk.

use super::Ended;
use crate::{
    arguments::{Scan, ScanFrom},
    files,
    outcome::Outcome,
    output,
};
use mocban_desk::{
    DeskError,
    tools::{self, DevicePage, ScanSource, ScanWish},
};
use serde_json::json;
use std::{fs, path::Path, time::Duration};

/// Longest time for one call, pages of a full feeder included.
const WITHIN: Duration = Duration::from_secs(1800);

pub(super) fn run(words: Scan) -> Ended {
    match words {
        Scan::List { address, wait, json } => Ok(list(&address, wait, json.json)),
        Scan::Page { device, source, dpi, grey, color: _, out, json } => {
            let source = match source {
                ScanFrom::Platen => ScanSource::Platen,
                ScanFrom::Adf => ScanSource::Adf,
                ScanFrom::Duplex => ScanSource::Duplex,
            };
            page(&ScanWish { device, source, dpi, grey, within: WITHIN }, &out, json.json)
        }
    }
}

fn list(addresses: &[String], wait: u64, as_json: bool) -> Outcome {
    let found = tools::devices(Duration::from_secs(wait), addresses);
    if found.is_empty() {
        output::say("Không tìm thấy máy chụp hay máy quét nào.");
    }
    for device in &found {
        if as_json {
            output::json(device);
        } else {
            output::say(format!("{}: {} ({})", device.id, device.name, device.kind));
        }
    }
    Outcome::Done
}

fn page(wish: &ScanWish, folder: &Path, as_json: bool) -> Ended {
    fs::create_dir_all(folder).map_err(|fault| files::failed(folder, &fault))?;
    let mut number = next_number(folder)?;
    let mut written = 0;
    let ended = tools::scan_pages(wish, &mut |page| {
        let file = folder.join(format!("trang-{number:04}.{}", page.extension));
        files::write(&file, &[&page.bytes])?;
        tell(&file, number, &page, as_json);
        (number, written) = (number + 1, written + 1);
        Ok(())
    });
    if ended.is_err() && written > 0 {
        output::say(format!("{written} trang đã nhận được giữ lại trong {}.", folder.display()));
    }
    ended.map(|_| Outcome::Done)
}

fn tell(file: &Path, number: usize, page: &DevicePage, as_json: bool) {
    let dpi = page.dpi.map(|(across, _)| across);
    if as_json {
        output::json(&json!({
            "file": file.display().to_string(), "page": number, "dpi": dpi, "sha256": page.sha256,
        }));
    } else {
        let dpi = dpi.map_or_else(|| "?".to_owned(), |dpi| dpi.to_string());
        output::say(format!("{} ({dpi} dpi)", file.display()));
    }
}

/// Pages of an earlier scan are never written over.
fn next_number(folder: &Path) -> Result<usize, DeskError> {
    let entries = fs::read_dir(folder).map_err(|fault| files::failed(folder, &fault))?;
    let number = |name: &str| name.strip_prefix("trang-")?.split('.').next()?.parse::<usize>().ok();
    let last = entries.flatten().filter_map(|entry| number(&entry.file_name().to_string_lossy())).max();
    Ok(last.unwrap_or(0) + 1)
}
