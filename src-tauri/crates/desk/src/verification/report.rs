//! Reports on verified files: a PDF/A in Vietnamese for people, and for programs the lines of `mocbanctl verify --json`.

use super::VerifiedFile;
use crate::{
    DeskError,
    api::*,
    profile::Profile,
    texts::{filled, known},
    tools::FileReport,
};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_copy::{Block, TextDocument, Tone, Wording, document};
use serde::Serialize;
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// The report's name: of the one file, or of the day.
pub(super) fn file_stem(answers: &[VerifiedFile], now: Timestamp) -> String {
    match answers {
        [one] => {
            let stem = one.view.name.rsplit_once('.').map_or(one.view.name.as_str(), |(stem, _)| stem);
            let folded = vietnam::fold(stem);
            let words: String =
                folded.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(48).collect();
            format!("kiem-tra-{}", words.trim_matches('-'))
        }
        _ => format!("kiem-tra-{}", vietnam::local(now).strftime("%Y%m%d-%H%M%S")),
    }
}

/// One JSON object a line.
pub(super) fn json(answers: &[VerifiedFile]) -> Result<Vec<u8>, DeskError> {
    let mut lines = Vec::new();
    for VerifiedFile { view, report } in answers {
        let told = Told {
            file: &view.name,
            size: view.size,
            sha256: &view.sha256,
            checked_at: &view.checked_at,
            report,
            copy: view.register.as_ref(),
        };
        serde_json::to_writer(&mut lines, &told)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// A line of the report for programs.
#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    size: u64,
    sha256: &'a str,
    checked_at: &'a str,
    #[serde(flatten)]
    report: &'a FileReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<&'a RegisterFinding>,
}

/// A report for people: a PDF/A in Vietnamese, in the name of the office whose data folder this is, or of nobody.
///
/// # Errors
/// Those of reading the office's description; otherwise only those of a damaged installation.
pub fn report_pdf(data: Option<&Path>, files: &[VerifiedFile], now: Timestamp) -> Result<Vec<u8>, DeskError> {
    pdf(data.map(Profile::read).transpose()?.as_ref(), files, now)
}

pub(super) fn pdf(
    office: Option<&Profile>,
    answers: &[VerifiedFile],
    now: Timestamp,
) -> Result<Vec<u8>, DeskError> {
    let internal = |detail: String| DeskError::Internal { detail };
    let mut document_id = [0; 16];
    getrandom::fill(&mut document_id).map_err(|fault| internal(fault.to_string()))?;
    let software = format!("Mộc Bản {}", env!("CARGO_PKG_VERSION"));
    let name = office.map(|profile| profile.office.name());
    let mut blocks = Vec::new();
    if let Some(name) = name {
        blocks.extend([Block::Subtitle(name.to_owned()), Block::Gap]);
    }
    blocks.extend([
        Block::Title(known("report_title")),
        Block::Subtitle(filled_with("report_made", [("time", moment(&crate::time::iso_of(now)))])),
        Block::Gap,
    ]);
    if let [first, others @ ..] = answers {
        if !others.is_empty() {
            summary(&mut blocks, answers);
            blocks.push(Block::Gap);
        }
        file(&mut blocks, &first.view);
        for answer in others {
            blocks.extend([Block::Gap, Block::Gap]);
            file(&mut blocks, &answer.view);
        }
    }
    blocks.push(Block::Heading(known("report_about")));
    blocks.push(Block::Paragraph(known("report_how")));
    let training = office.is_some_and(|profile| profile.mode == Mode::Training);
    let request = TextDocument {
        title: known("report_title"),
        author: name.unwrap_or(&software).to_owned(),
        software: software.clone(),
        created: now,
        document_id,
        page_label: known("report_page"),
        watermark: training.then(|| Wording::default().training_watermark),
        blocks,
    };
    // Only a damaged installation can stop it: the text was made printable.
    document(&request).map_err(|fault| internal(fault.to_string()))
}

fn summary(blocks: &mut Vec<Block>, answers: &[VerifiedFile]) {
    blocks.push(Block::Heading(filled_with("report_files", [("n", answers.len().to_string())])));
    for VerifiedFile { view, .. } in answers {
        blocks.push(Block::Row { label: verdict_word(view.verdict), value: view.name.clone() });
    }
}

fn file(blocks: &mut Vec<Block>, view: &Verification) {
    let tone = match view.verdict {
        FileVerdict::Valid => Tone::Good,
        FileVerdict::Invalid => Tone::Bad,
        FileVerdict::Undetermined => Tone::Warn,
        FileVerdict::Unsigned => Tone::Calm,
    };
    blocks.push(Block::Band {
        tone,
        word: verdict_word(view.verdict),
        sentence: known(&key("headline", &view.headline)),
    });
    if view.verdict != FileVerdict::Valid {
        blocks.push(Block::Paragraph(known(&key("advice", &view.verdict))));
    }
    row(blocks, "file", &view.name);
    row(blocks, "verify_checked_at", &moment(&view.checked_at));
    row(blocks, "verify_sha256", &view.sha256);
    if !view.reasons.is_empty() {
        blocks.push(Block::Heading(known("verify_reasons")));
        let texts = view
            .reasons
            .iter()
            .map(|reason| Block::Paragraph(format!("– {}", told_text("verify_reason_", reason))));
        blocks.extend(texts);
    }
    for warning in &view.warnings {
        blocks.push(Block::Paragraph(format!("– {}", told_text("verify_warning_", warning))));
    }
    if let Some(register) = &view.register {
        register_rows(blocks, register);
    }
    for (index, signature) in view.signatures.iter().enumerate() {
        signature_rows(blocks, index + 1, signature);
    }
}

fn register_rows(blocks: &mut Vec<Block>, register: &RegisterFinding) {
    blocks.push(Block::Heading(known("verify_register")));
    row(blocks, "verify_register_match", &known(&key("register_match", &register.found)));
    row(blocks, "certification_number", &register.number);
    row(blocks, "verify_volume", &register.volume);
    row(blocks, "verify_certified_at", &register.certified_at.as_deref().map(moment).unwrap_or_default());
    row(blocks, "paper_name", &register.paper);
    row(blocks, "col_signer", &register.signer);
    row(blocks, "verify_receipt", &register.stored_at.as_deref().map(moment).unwrap_or_default());
}

fn signature_rows(blocks: &mut Vec<Block>, number: usize, signature: &SignatureView) {
    let heading = if signature.document_timestamp { "verify_timestamp_n" } else { "verify_signature_n" };
    blocks.push(Block::Heading(filled_with(heading, [("n", number.to_string())])));
    let intact = signature.content == SignedContent::Intact;
    if let Some(signer) = &signature.signer {
        row(blocks, if intact { "verify_signer" } else { "verify_signer_claimed" }, &signer.name);
        row(blocks, "verify_organisation", &signer.organisation);
    }
    row(blocks, "verify_time", &signature.time.as_deref().map(moment).unwrap_or_default());
    row(blocks, "verify_time_source", &known(time_source(signature)));
    for stamp in &signature.timestamps {
        row(blocks, "verify_timestamp_by", &format!("{} – {}", moment(&stamp.time), stamp.authority));
    }
    row(blocks, "verify_content", &known(&key("content", &signature.content)));
    row(blocks, "verify_changes", &known(&key("changes", &signature.changes)));
    row(blocks, "verify_trust", &known(&key("trust", &signature.trust)));
    row(blocks, "verify_revocation", &known(&key("revocation", &signature.revocation)));
    let path: Vec<&str> = signature.path.iter().map(|above| above.name.as_str()).collect();
    row(blocks, "verify_path", &path.join(" → "));
    row(blocks, "verify_reason_given", signature.reason.as_deref().unwrap_or_default());
    row(blocks, "verify_location_given", signature.location.as_deref().unwrap_or_default());
    if let Some(signer) = &signature.signer {
        row(blocks, "token_issuer", &signer.issuer);
        row(blocks, "verify_serial", &signer.serial);
        row(blocks, "verify_fingerprint", &signer.fingerprint);
    }
    row(blocks, "verify_level", &signature.level);
    row(blocks, "verify_algorithm", &signature.algorithm);
    row(blocks, "verify_field", &signature.field);
}

/// Nothing to say, no row.
fn row(blocks: &mut Vec<Block>, label: &str, value: &str) {
    if !value.is_empty() {
        blocks.push(Block::Row { label: known(label), value: value.to_owned() });
    }
}

fn time_source(signature: &SignatureView) -> &'static str {
    match (&signature.time, &signature.proved_time) {
        (_, Some(_)) => "verify_time_attested",
        (_, None) if !signature.timestamps.is_empty() => "verify_time_unproved",
        (Some(_), None) => "verify_time_claimed",
        (None, None) => "verify_time_none",
    }
}

fn told_text(prefix: &str, told: &ReasonView) -> String {
    let params = told.params.iter().map(|(name, value)| (name.clone(), moment(value))).collect();
    filled(&format!("{prefix}{}", told.code), &params)
        .unwrap_or_else(|| filled_with("verify_reason_unknown", [("code", told.code.clone())]))
}

fn verdict_word(verdict: FileVerdict) -> String {
    known(&key("verdict", &verdict))
}

/// `verify_<prefix>_<code of the value>`.
fn key(prefix: &str, value: &impl Serialize) -> String {
    let code = json!(value);
    format!("verify_{prefix}_{}", code.as_str().unwrap_or_default())
}

fn filled_with<const N: usize>(key: &str, params: [(&str, String); N]) -> String {
    let params: BTreeMap<String, String> =
        params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    filled(key, &params).unwrap_or_else(|| key.to_owned())
}

/// `2026-11-21T09:41:07+07:00` as `09:41 21/11/2026`; what is no such time, as it is.
fn moment(iso: &str) -> String {
    let part = |range| iso.get(range).filter(|part: &&str| part.bytes().all(|b| b.is_ascii_digit()));
    match (part(0..4), part(5..7), part(8..10), part(11..13), part(14..16)) {
        (Some(year), Some(month), Some(day), Some(hour), Some(minute)) => {
            format!("{hour}:{minute} {day}/{month}/{year}")
        }
        _ => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::plain;

    #[test]
    fn moments_are_written_as_the_desk_writes_them() {
        assert_eq!(moment("2026-11-21T09:41:07+07:00"), "09:41 21/11/2026");
        assert_eq!(moment("yesterday"), "yesterday");
        assert_eq!(moment("Ngày 21 tháng 11 năm 2026"), "Ngày 21 tháng 11 năm 2026");
    }

    #[test]
    fn every_word_of_the_report_is_in_the_catalogue() {
        // Each key that this file names.
        let source = include_str!("report.rs");
        let source = source.split("#[cfg(test)]").next().unwrap();
        let keys = source.split('"').filter(|text| {
            text.starts_with("verify_") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                || text.starts_with("report_")
        });
        for key in keys.filter(|key| !key.ends_with('_')) {
            assert!(plain(key).is_some(), "{key}");
        }
    }
}
