//! `page detect` and `page correct`: pictures, no desk.

use super::Ended;
use crate::{arguments::Page, files, outcome::Outcome, output};
use mocban_desk::{
    DeskError,
    tools::{self, DetectedPage, Encoding, Gate},
};
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

pub(super) fn run(words: Page) -> Ended {
    match words {
        Page::Detect { json, gate, images } => Ok(detect(&images, gate, json.json)),
        Page::Correct { json, image, out, corners } => correct(&image, &out, corners, json.json),
    }
}

/// One line of `page detect`.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    /// Page of the file from 1; only where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<usize>,
    #[serde(flatten)]
    found: &'a DetectedPage,
}

/// With `gate`, a page that may not be certified is a refusal.
fn detect(images: &[PathBuf], gate: bool, json: bool) -> Outcome {
    let looked: Vec<_> = images
        .par_iter()
        .map(|path| files::picture(path).and_then(|(bytes, name)| tools::detect(bytes, &name)))
        .collect();
    let mut outcome = Outcome::Done;
    for (path, looked) in images.iter().zip(looked) {
        match looked {
            Ok(pages) => {
                for (index, found) in pages.iter().enumerate() {
                    let page = (pages.len() > 1).then_some(index + 1);
                    tell(&Line { file: path.display().to_string(), page, found }, json);
                    if found.gate == Gate::Shut {
                        too_coarse(path, found.dpi.unwrap_or_default());
                        outcome = outcome.max(Outcome::all_well(!gate));
                    }
                }
            }
            Err(fault) => {
                output::file_fault(json, path, &fault);
                outcome = outcome.max(judged(&fault));
            }
        }
    }
    outcome
}

/// Here a picture that is none is an answer, not a failure.
pub(super) fn judged(fault: &DeskError) -> Outcome {
    use DeskError::*;
    match fault {
        PictureTruncated { .. }
        | PictureCorrupt { .. }
        | PictureUnsupported { .. }
        | PictureTooLarge { .. } => Outcome::Refused,
        fault => Outcome::of(fault),
    }
}

fn tell(line: &Line<'_>, json: bool) {
    if json {
        return output::json(line);
    }
    let found = line.found;
    let sure = (found.confidence * 100.0).round();
    output::say(match found.quad {
        Some(corners) => {
            let corners = corners.map(|[x, y]| format!("{x:.1},{y:.1}")).join(" ");
            format!("{}: {corners} (chắc chắn {sure} %)", line.file)
        }
        None => format!("{}: không có khung trang để đề xuất", line.file),
    });
}

fn too_coarse(path: &Path, dpi: f64) {
    let dpi = dpi.floor();
    output::say(format!("{}: {dpi} dpi, dưới mức 200 dpi: không được dùng để chứng thực", path.display()));
}

fn correct(image: &Path, out: &Path, corners: Option<[[f64; 2]; 4]>, json: bool) -> Ended {
    let encoding = match out.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
        "jpg" | "jpeg" => Encoding::Jpeg,
        "png" => Encoding::Png,
        _ => return Err(DeskError::InvalidRequest { field: "--out".into() }),
    };
    let (bytes, name) = files::picture(image)?;
    let page = tools::correct(bytes, &name, corners, encoding)?;
    files::write(out, &[&page.bytes])?;
    if page.below_legal_floor {
        too_coarse(image, page.source_dpi);
    }
    if json {
        output::json(&With { file: out.display().to_string(), result: &page });
    } else {
        let (width, height) = (page.width_mm.round(), page.height_mm.round());
        output::say(format!("{}: {width} × {height} mm, {:.0} dpi", out.display(), page.dpi));
    }
    Ok(Outcome::Done)
}

/// A result with the file it was written to.
#[derive(Serialize)]
pub(super) struct With<'a, T> {
    pub(super) file: String,
    #[serde(flatten)]
    pub(super) result: &'a T,
}
