//! `verify`: many files at once, on all cores; with `--data` also against that folder's register. It asks no network,
//! with `--offline` or without.

use super::{Ended, page::With};
use crate::{arguments::Verify, files, messages, outcome::Outcome, output};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    tools::{Anchors, FileReport, FileVerifier, Inspection, RevocationFolder, Verdict},
};
use rayon::prelude::*;
use std::path::Path;

/// Files in work before the first are told: bounds memory, keeps the cores busy.
const BATCH: usize = 64;

pub(super) fn run(data: Option<&Path>, words: &Verify) -> Ended {
    let anchors = match data {
        Some(folder) if words.trust.is_empty() => Anchors::of_office(folder)?,
        _ => Anchors::read(&words.trust)?,
    };
    let mut verifier = FileVerifier::new(&anchors).requiring_revocation(words.require_revocation);
    if let Some(folder) = &words.revocation {
        verifier = verifier.with_revocation(RevocationFolder::read(folder)?);
    }
    let now = Timestamp::now();
    let at = words.at.unwrap_or(now);
    let register = match data {
        Some(folder) => Inspection::open(folder, now)?,
        None => None,
    };
    let check = |path: &Path| -> Result<FileReport, DeskError> {
        let pdf = files::read(path)?;
        let report = verifier.verify(&pdf, at);
        match &register {
            Some(register) => Ok(report.with_register(register.known_copy(&pdf)?)),
            None => Ok(report),
        }
    };
    let mut outcome = Outcome::Done;
    for batch in words.files.chunks(BATCH) {
        let checked: Vec<_> = batch.par_iter().map(|path| check(path)).collect();
        for (path, checked) in batch.iter().zip(checked) {
            outcome = outcome.max(match checked {
                Ok(report) => {
                    tell(path, &report, words.json.json);
                    Outcome::all_well(report.is_valid())
                }
                Err(fault) => {
                    output::file_fault(words.json.json, path, &fault);
                    Outcome::of(&fault)
                }
            });
        }
    }
    Ok(outcome)
}

fn tell(path: &Path, report: &FileReport, json: bool) {
    let file = path.display().to_string();
    if json {
        return output::json(&With { file, result: report });
    }
    output::say(format!("{file}: {}", words(report)));
    for signature in &report.signatures {
        let signer = signature.signer.as_ref().map_or("?", |signer| signer.name.as_str());
        output::say(format!("  {}: {signer}", signature.field));
    }
    for reason in &report.reasons {
        output::say(format!("  - {}", messages::verification("reason", reason)));
    }
    for warning in &report.warnings {
        output::say(format!("  * {}", messages::verification("warning", warning)));
    }
}

fn words(report: &FileReport) -> &'static str {
    match report.verdict {
        Verdict::Valid => "HỢP LỆ",
        Verdict::Invalid => "KHÔNG HỢP LỆ",
        Verdict::Undetermined => "CHƯA XÁC ĐỊNH ĐƯỢC",
        Verdict::Unsigned => "KHÔNG CÓ CHỮ KÝ SỐ",
    }
}
