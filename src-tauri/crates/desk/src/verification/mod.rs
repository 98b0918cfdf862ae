//! Verification of files for the window: any PDF, and for copies of this office what the register and the warehouse's
//! receipt say besides. Needs no token and no network; changes nothing.

mod headline;
mod report;
mod view;

pub use report::report_pdf;

use crate::{
    Desk, DeskError,
    api::*,
    lock,
    time::iso_of,
    tools::{Anchors, FileReport, FileVerifier, KnownCopy, RevocationFolder},
    unfinished::copy_id,
};
use jiff::Timestamp;
use mocban_portal::wire::Receipt;
use mocban_register::{EntryKind, RegisterError};
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::SystemTime,
};
use uuid::Uuid;

/// Answers kept for reports; older ones give way.
const KEPT_MAX: usize = 2_000;

/// What was found of one file, for the window, for programs and for the report.
#[derive(Clone)]
pub struct VerifiedFile {
    view: Verification,
    report: FileReport,
}

impl VerifiedFile {
    /// `name`: the file's, as people know it. The bytes are not kept.
    pub fn new(name: String, pdf: &[u8], report: FileReport, now: Timestamp) -> Self {
        let view = Verification {
            id: Uuid::now_v7().to_string(),
            name,
            size: pdf.len() as u64,
            sha256: hex::encode(Sha256::digest(pdf)),
            checked_at: iso_of(now),
            verdict: view::verdict(report.verdict),
            headline: headline::of(&report, pdf),
            content: view::content(report.integrity),
            changes: view::changes(report.changes),
            signatures: view::signatures(&report),
            warnings: view::warnings(&report),
            reasons: view::reasons(&report),
            register: None,
        };
        Self { view, report }
    }

    /// What was found, for programs.
    pub fn report(&self) -> &FileReport {
        &self.report
    }
}

/// Folder of the data folder with lists of revoked certificates and answers about single ones.
const REVOCATION_FOLDER: &str = "revocation";

/// Answers of this run of the program, and what they were found with.
#[derive(Default)]
pub(crate) struct Verified {
    answers: Mutex<VecDeque<VerifiedFile>>,
    /// Kept while the folder of lists stays as it was.
    verifier: Mutex<Option<(Option<SystemTime>, Arc<FileVerifier>)>>,
}

impl Desk {
    pub(crate) fn verify_file(&self, request: VerifyFile) -> Result<Verification, DeskError> {
        self.answer_for(request.name, &self.uploads.take(&request.blob)?)
    }

    /// Verifies, and keeps the answer for a report.
    fn answer_for(&self, name: String, pdf: &[u8]) -> Result<Verification, DeskError> {
        let answer = self.verified(name, pdf, self.now())?;
        let view = answer.view.clone();
        let mut kept = lock(&self.verified.answers);
        kept.push_back(answer);
        while kept.len() > KEPT_MAX {
            kept.pop_front();
        }
        Ok(view)
    }

    fn verified(&self, name: String, pdf: &[u8], now: Timestamp) -> Result<VerifiedFile, DeskError> {
        let known = self.known_copy(pdf)?;
        let report = self.verifier()?.verify(pdf, now).with_register(known.clone());
        let register = self.register_finding(pdf, &known)?;
        let found = VerifiedFile::new(name, pdf, report, now);
        Ok(VerifiedFile { view: Verification { register, ..found.view }, ..found })
    }

    /// Under this office's roots, with the lists it keeps.
    fn verifier(&self) -> Result<Arc<FileVerifier>, DeskError> {
        let folder = self.store.folder().join(REVOCATION_FOLDER);
        let changed = std::fs::metadata(&folder).and_then(|about| about.modified()).ok();
        let mut kept = lock(&self.verified.verifier);
        if let Some((_, verifier)) = kept.as_ref().filter(|(then, _)| *then == changed) {
            return Ok(verifier.clone());
        }
        let mut verifier = FileVerifier::new(&Anchors::of(&self.profile.trust));
        if changed.is_some() {
            verifier = verifier.with_revocation(RevocationFolder::read(&folder)?);
        }
        let verifier = Arc::new(verifier);
        *kept = Some((changed, verifier.clone()));
        Ok(verifier)
    }

    /// The entry and the receipt of the copy that a file names.
    fn register_finding(&self, pdf: &[u8], known: &KnownCopy) -> Result<Option<RegisterFinding>, DeskError> {
        let (found, copy) = match (known, crate::tools::named_copy(pdf)) {
            (KnownCopy::Exact, Some(copy)) => (RegisterMatch::Exact, copy),
            (KnownCopy::Differs(_), Some(copy)) => (RegisterMatch::Differs, copy),
            _ => return Ok(None),
        };
        let mut finding = RegisterFinding {
            found,
            copy: copy.to_string(),
            number: String::new(),
            volume: String::new(),
            certified_at: None,
            paper: String::new(),
            signer: String::new(),
            delivery: None,
            stored_at: None,
        };
        let entry = self.store.entry(copy)?.filter(|entry| entry.kind == EntryKind::Act);
        let Some(entry) = entry else { return Ok(Some(finding)) };
        let signed = self.signed_copy(copy)?;
        let signer = [entry.signer.name.as_str(), entry.signer.title.as_str()];
        finding.number = signed.number;
        finding.volume = signed.volume;
        finding.certified_at = Some(signed.certified_at);
        finding.signer = signer.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        finding.delivery = self.delivery_of(&entry)?;
        finding.stored_at = match self.store.receipt(copy) {
            Ok(receipt) => receipt.and_then(|receipt| {
                serde_json::from_str::<Receipt>(&receipt.json).ok().map(|told| iso_of(told.stored_at))
            }),
            Err(RegisterError::UnknownCopy) => None,
            Err(fault) => return Err(fault.into()),
        };
        finding.paper = entry.paper;
        Ok(Some(finding))
    }

    /// The copy's own file, verified like any other: the register's word and the signatures'.
    pub(crate) fn verify_copy(&self, request: CopyRef) -> Result<Verification, DeskError> {
        let copy = copy_id(&request.copy)?;
        let name = self.signed_copy(copy)?.file_name;
        let pdf = self.store.file(copy)?;
        self.store.log_access(&self.actor(), "verify", Some(copy), self.now())?;
        self.answer_for(name, &pdf)
    }

    pub(crate) fn verify_save(&self, request: VerifySave) -> Result<Exported, DeskError> {
        let kept = lock(&self.verified.answers);
        let wanted = request
            .verifications
            .iter()
            .map(|id| kept.iter().find(|answer| answer.view.id == *id).cloned().ok_or(DeskError::NotFound))
            .collect::<Result<Vec<_>, _>>()?;
        drop(kept);
        if wanted.is_empty() {
            return Err(DeskError::InvalidRequest { field: "verifications".into() });
        }
        let now = self.now();
        let stem = report::file_stem(&wanted, now);
        match request.format {
            ReportFormat::Pdf => {
                let pdf = report::pdf(Some(&self.profile), &wanted, now)?;
                self.write_document(&stem, "pdf", &pdf)
            }
            ReportFormat::Json => self.write_document(&stem, "json", &report::json(&wanted)?),
        }
    }
}
