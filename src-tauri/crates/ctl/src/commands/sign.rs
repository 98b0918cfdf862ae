//! `sign`: one signature by a token into any PDF.

use super::{Ended, page::With};
use crate::{arguments::Sign, files, outcome::Outcome, output};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    tools::{self, SignFile, TokenChoice},
};

pub(super) fn run(words: Sign) -> Ended {
    let choice = match (words.choice.cert, words.choice.label) {
        (Some(fingerprint), _) => TokenChoice::Fingerprint(fingerprint),
        (None, Some(label)) => TokenChoice::Label(label),
        (None, None) => return Err(DeskError::InvalidRequest { field: "--cert".into() }),
    };
    let pdf = files::read(&words.input)?;
    let request = SignFile {
        module: words.module,
        choice,
        pin: words.pin_file.as_deref().map(files::pin).transpose()?,
        field: words.field,
        certify: words.certify,
        at: Timestamp::now(),
    };
    let signed = tools::sign_file(&pdf, request)?;
    files::write(&words.out, &[&pdf, &signed.increment])?;
    if words.json.json {
        output::json(&With { file: words.out.display().to_string(), result: &signed });
    } else {
        output::say(format!("Đã ký: {} – {}", words.out.display(), signed.signer));
    }
    Ok(Outcome::Done)
}
