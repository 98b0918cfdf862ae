//! Verifies any signed PDF, and with a data folder at hand, whether it is exactly what our register knows.

use super::copy::{KnownCopy, RegisterReason};
use super::revocation::RevocationFolder;
use crate::DeskError;
use crate::profile::Profile;
use jiff::Timestamp;
use mocban_pades::{
    self as pades, Certificate, Chain, Changes, Integrity, Reason, SignatureReport, Verdict, Warning,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Largest file with trust anchors, bytes.
const ANCHORS_BYTES_MAX: u64 = 16 << 20;
/// Names of certificate files in a folder of roots.
const EXTENSIONS: [&str; 4] = ["pem", "crt", "cer", "der"];

/// Root certificates under which signatures are trusted.
#[derive(Clone, Debug, Default)]
pub struct Anchors(pub(super) Vec<Certificate>);

impl Anchors {
    /// These certificates.
    pub(crate) fn of(certificates: &[Certificate]) -> Self {
        Self(certificates.to_vec())
    }

    /// Reads files (PEM with one or more certificates, or DER) and folders of such files (`.pem`, `.crt`, `.cer`, `.der`).
    ///
    /// # Errors
    /// [`DeskError::StorageFailed`] for a named file that holds no certificate, or a folder that cannot be read.
    pub fn read(paths: &[PathBuf]) -> Result<Self, DeskError> {
        let mut anchors = Vec::new();
        for path in paths {
            if path.is_dir() {
                // Such folders hold keys and notes as well; a root that is not read only trusts less.
                let files = certificate_files(path)?;
                anchors.extend(files.iter().filter_map(|file| certificates(file).ok()).flatten());
            } else {
                anchors.extend(certificates(path)?);
            }
        }
        Ok(Self(anchors))
    }

    /// The roots that the office of a data folder trusts; in training mode the root of the training.
    ///
    /// # Errors
    /// Those of reading `office.json` and the certificates it names.
    pub fn of_office(folder: &Path) -> Result<Self, DeskError> {
        Ok(Self(Profile::read(folder)?.trust))
    }

    /// Each certificate in DER.
    pub fn der(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|certificate| certificate.der().to_vec()).collect()
    }
}

fn certificate_files(folder: &Path) -> Result<Vec<PathBuf>, DeskError> {
    let entries = std::fs::read_dir(folder).map_err(|fault| unreadable(folder, &fault))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|fault| unreadable(folder, &fault))?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if EXTENSIONS.contains(&extension.as_str()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, DeskError> {
    let length = std::fs::metadata(path).map_err(|fault| unreadable(path, &fault))?.len();
    if length > ANCHORS_BYTES_MAX {
        return Err(unreadable(path, &"too large"));
    }
    let bytes = std::fs::read(path).map_err(|fault| unreadable(path, &fault))?;
    Certificate::from_pem_or_der(&bytes).map_err(|fault| unreadable(path, &fault))
}

pub(super) fn unreadable(path: &Path, fault: &dyn std::fmt::Display) -> DeskError {
    DeskError::StorageFailed { detail: format!("{}: {fault}", path.display()) }
}

/// Why a file is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FileReason {
    /// What the PDF itself shows.
    File(Reason),
    /// What the register says against it.
    Register(RegisterReason),
}

/// The answer for one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The answer.
    pub verdict: Verdict,
    /// Whether what was signed is what is there.
    pub integrity: Integrity,
    /// What was added after the first signature.
    pub changes: Changes,
    /// Whether the signers lead to an anchor.
    pub chain: Chain,
    /// Why the answer is not `valid`.
    pub reasons: Vec<FileReason>,
    /// What is worth knowing besides.
    pub warnings: Vec<Warning>,
    /// The signatures, oldest first.
    pub signatures: Vec<SignatureReport>,
    /// What the register knows of the file; absent when no register was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<KnownCopy>,
}

impl FileReport {
    /// Whether the answer is `valid`.
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// Adds the register's answer: a file that claims to be ours and is not exactly ours is never valid (invariant 5).
    #[must_use]
    pub fn with_register(mut self, known: KnownCopy) -> Self {
        if let KnownCopy::Differs(reason) = &known {
            self.verdict = Verdict::Invalid;
            self.reasons.push(FileReason::Register(reason.clone()));
        }
        self.register = Some(known);
        self
    }
}

/// Verifies many files under the same roots; it may be shared among threads. It asks no network.
pub struct FileVerifier(pades::Verifier);

impl FileVerifier {
    /// Trusts these roots.
    pub fn new(anchors: &Anchors) -> Self {
        Self(pades::Verifier::new(anchors.0.clone()))
    }

    /// Looks in this folder for lists and answers that a file does not carry.
    #[must_use]
    pub fn with_revocation(self, folder: RevocationFolder) -> Self {
        Self(self.0.with_source(Box::new(folder)))
    }

    /// Demands revocation information of every certificate that names where it is had.
    #[must_use]
    pub fn requiring_revocation(self, demanded: bool) -> Self {
        Self(self.0.requiring_revocation(demanded))
    }

    /// Never fails: whatever the bytes are, the answer is a report.
    pub fn verify(&self, pdf: &[u8], at: Timestamp) -> FileReport {
        let report = self.0.verify(pdf, at);
        FileReport {
            verdict: report.verdict,
            integrity: report.integrity,
            changes: report.changes,
            chain: report.chain,
            reasons: report.reasons.into_iter().map(FileReason::File).collect(),
            warnings: report.warnings,
            signatures: report.signatures,
            register: None,
        }
    }
}

/// Verifies one file's signatures. Never fails: whatever the bytes are, the answer is a report.
pub fn verify_file(pdf: &[u8], anchors: &Anchors, at: Timestamp) -> FileReport {
    FileVerifier::new(anchors).verify(pdf, at)
}

/// A plain enumeration's name on the wire.
pub(super) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
