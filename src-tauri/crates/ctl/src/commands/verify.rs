//! `verify`: many files at once, on all cores; with `--data` also against that folder's register. It asks no network,
//! with `--offline` or without. `--report` writes what was found for people too.

use super::{Ended, page::With};
use crate::{arguments::Verify, files, messages, outcome::Outcome, output};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    tools::{Anchors, FileReport, FileVerifier, Inspection, RevocationFolder, VerifiedFile, report_pdf},
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
    let check = |path: &Path| -> Result<VerifiedFile, DeskError> {
        let pdf = files::read(path)?;
        let mut report = verifier.verify(&pdf, at);
        if let Some(register) = &register {
            report = report.with_register(register.known_copy(&pdf)?);
        }
        Ok(VerifiedFile::new(path.display().to_string(), &pdf, report, now))
    };
    let mut reported = Vec::new();
    let mut outcome = Outcome::Done;
    for batch in words.files.chunks(BATCH) {
        let checked: Vec<_> = batch.par_iter().map(|path| check(path)).collect();
        for (path, checked) in batch.iter().zip(checked) {
            outcome = outcome.max(match checked {
                Ok(file) => {
                    tell(path, file.report(), words.json.json);
                    let well = Outcome::all_well(file.report().is_valid());
                    if words.report.is_some() {
                        reported.push(file);
                    }
                    well
                }
                Err(fault) => {
                    output::file_fault(words.json.json, path, &fault);
                    Outcome::of(&fault)
                }
            });
        }
    }
    if let Some(path) = &words.report {
        files::write(path, &[&report_pdf(data, &reported, now)?])?;
    }
    Ok(outcome)
}

fn tell(path: &Path, report: &FileReport, json: bool) {
    let file = path.display().to_string();
    if json {
        return output::json(&With { file, result: report });
    }
    output::say(format!("{file}: {}", messages::verdict(&report.verdict)));
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
