//! `sign`: signatures by a token into any PDF files. One PIN entry; a line for each file; a wrong or locked PIN ends it.

use super::{Ended, page::With};
use crate::{
    arguments::{Level, Sign},
    files,
    outcome::Outcome,
    output,
};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    tools::{Anchors, Augmenter, FileSignature, OpenKey, SignFile, Target, TokenChoice},
};
use std::path::{Path, PathBuf};

pub(super) fn run(words: Sign) -> Ended {
    let choice = match (words.choice.cert, words.choice.label) {
        (Some(fingerprint), _) => TokenChoice::Fingerprint(fingerprint),
        (None, Some(label)) => TokenChoice::Label(label),
        (None, None) => return Err(DeskError::InvalidRequest { field: "--cert".into() }),
    };
    let target = target(words.level);
    if target.is_some() && words.services.tsa.is_empty() {
        return Err(DeskError::InvalidRequest { field: "--tsa".into() });
    }
    let outputs = outputs(&words.inputs, &words.out)?;
    let augmenter = match target {
        Some(_) => Some(Augmenter::new(&words.services.tsa, Anchors::read(&words.services.trust)?)?),
        None => None,
    };
    // A file that is not there is told before the token is asked.
    let first = files::read(&words.inputs[0]);
    if let (Err(fault), [_]) = (&first, words.inputs.as_slice()) {
        return Err(fault.clone());
    }
    let pin = words.pin_file.as_deref().map(files::pin).transpose()?;
    let key = OpenKey::open(&words.module, &choice, pin)?;
    let mut request = SignFile { field: words.field, certify: words.certify, at: Timestamp::now(), target };
    let (single, as_json) = (words.inputs.len() == 1, words.json.json);
    let mut outcome = Outcome::Done;
    let mut first = Some(first);
    let mut ended: Option<DeskError> = None;
    for (input, out) in words.inputs.iter().zip(&outputs) {
        if let Some(fault) = &ended {
            // Not tried: a second try would cost one of the few that the token allows.
            output::file_fault(as_json, input, fault);
            continue;
        }
        request.at = Timestamp::now();
        let read = first.take().unwrap_or_else(|| files::read(input));
        let made = read.and_then(|pdf| one(&pdf, out, &key, &request, augmenter.as_ref()));
        match made {
            Ok(signed) => {
                tell(out, &signed, as_json);
                outcome = outcome.max(Outcome::all_well(signed.short_of.is_none()));
            }
            Err(fault) if single => return Err(fault),
            Err(fault) => {
                output::file_fault(as_json, input, &fault);
                outcome = outcome.max(Outcome::of(&fault));
                ended = Some(fault).filter(DeskError::ends_batch);
            }
        }
    }
    Ok(outcome)
}

fn one(
    pdf: &[u8],
    out: &Path,
    key: &OpenKey,
    request: &SignFile,
    augmenter: Option<&Augmenter>,
) -> Result<FileSignature, DeskError> {
    files::write_while(out, pdf, || {
        let signed = key.sign(pdf, request, augmenter)?;
        Ok((signed.increment.clone(), signed))
    })
}

/// How far beyond B-B.
pub(super) fn target(level: Level) -> Option<Target> {
    match level {
        Level::B => None,
        Level::T => Some(Target::Timestamp),
        Level::Lt => Some(Target::LongTerm),
        Level::Lta => Some(Target::Archive),
    }
}

/// One file as named, or a file of the same name in the named folder for each. Two of one name would overwrite one another.
pub(super) fn outputs(inputs: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>, DeskError> {
    let invalid = || DeskError::InvalidRequest { field: "--out".into() };
    if !out.is_dir() {
        return if inputs.len() == 1 { Ok(vec![out.to_owned()]) } else { Err(invalid()) };
    }
    let mut outputs: Vec<PathBuf> = Vec::new();
    for input in inputs {
        let output = out.join(input.file_name().ok_or_else(invalid)?);
        if outputs.contains(&output) {
            return Err(invalid());
        }
        outputs.push(output);
    }
    Ok(outputs)
}

fn tell(out: &Path, signed: &FileSignature, as_json: bool) {
    let file = out.display().to_string();
    if as_json {
        return output::json(&With { file, result: signed });
    }
    output::say(format!("Đã ký (B-{}): {file} – {}", signed.level, signed.signer));
    if let Some(reason) = &signed.short_of {
        output::say(format!("  chưa đạt mức yêu cầu: {reason}"));
    }
}
