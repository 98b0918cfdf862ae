//! `augment`: timestamps and validation data for files that are signed already.

use super::{
    Ended,
    page::With,
    sign::{outputs, target},
};
use crate::{arguments::Augment, files, outcome::Outcome, output};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    tools::{Added, Anchors, Augmenter, FileAugmented, Target},
};
use std::path::Path;

pub(super) fn run(words: Augment) -> Ended {
    let invalid = |field: &str| DeskError::InvalidRequest { field: field.into() };
    let target = target(words.level).ok_or_else(|| invalid("--level"))?;
    let outputs = match &words.out {
        Some(out) => outputs(&words.files, out)?,
        None => words.files.clone(),
    };
    let augmenter = Augmenter::new(&words.services.tsa, Anchors::read(&words.services.trust)?)?;
    let mut outcome = Outcome::Done;
    for (file, out) in words.files.iter().zip(&outputs) {
        match one(file, out, target, &augmenter) {
            Ok(augmented) => {
                tell(out, &augmented, words.json.json);
                outcome = outcome.max(Outcome::all_well(augmented.missing.is_empty()));
            }
            Err(fault) => {
                output::file_fault(words.json.json, file, &fault);
                outcome = outcome.max(Outcome::of(&fault));
            }
        }
    }
    Ok(outcome)
}

fn one(file: &Path, out: &Path, target: Target, augmenter: &Augmenter) -> Result<FileAugmented, DeskError> {
    let pdf = files::read(file)?;
    let augmented = augmenter.augment(&pdf, target, Timestamp::now())?;
    if file != out || !augmented.bytes.is_empty() {
        files::write(out, &[&pdf, &augmented.bytes])?;
    }
    Ok(augmented)
}

fn tell(out: &Path, augmented: &FileAugmented, as_json: bool) {
    let file = out.display().to_string();
    if as_json {
        return output::json(&With { file, result: augmented });
    }
    let mut said = Vec::new();
    for added in &augmented.added {
        said.push(match added {
            Added::Timestamp { time, authority, .. } => {
                format!("dấu thời gian {time} ({})", authority.as_deref().unwrap_or("?"))
            }
            Added::ValidationData { certificates, ocsp, crls, .. } => {
                format!("dữ liệu kiểm tra: {certificates} chứng thư số, {ocsp} OCSP, {crls} CRL")
            }
        });
    }
    if said.is_empty() {
        said.push("đã đủ, không thêm gì".to_owned());
    }
    output::say(format!("{file}: {}", said.join("; ")));
    for missing in &augmented.missing {
        output::say(format!("  thiếu: {}", serde_json::to_string(missing).unwrap_or_default()));
    }
}
