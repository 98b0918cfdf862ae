//! Whether a file is exactly a copy of ours: the recorded bytes, then exactly the recorded increments (invariant 5).

use super::verify::{Anchors, FileReport, verify_file};
use crate::{Desk, DeskError, unfinished::copy_id};
use mocban_pades::{Difference, Known, first_difference};
use mocban_register::{CopyState, EntryKind, RegisterError, Store};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Before a copy's identity in its metadata, which stands plain in the file as PDF/A readers want it.
const ID_OPENS: &[u8] = b"<mocban:copyId>";
/// Length of an identity.
const ID_LENGTH: usize = 36;

/// What the register says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownCopy {
    /// Byte for byte what the register knows.
    Exact,
    /// Not a file of this register, as far as it says itself.
    Unknown,
    /// It names a copy of this register and is not it, or not any more.
    Differs(RegisterReason),
}

impl Serialize for KnownCopy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Exact => serializer.serialize_str("exact"),
            Self::Unknown => serializer.serialize_str("unknown"),
            Self::Differs(reason) => reason.serialize(serializer),
        }
    }
}

/// Why a file is not the copy it names, or that copy not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RegisterReason {
    /// The act was never entered in the book: half done, or its number void.
    NotEntered,
    /// The copy's legal value was revoked (TT 01/2020 Art 7).
    CopyRevoked,
    /// The warehouse's receipt is for another file.
    ReceiptDiffers,
    /// The bytes are others.
    #[serde(untagged)]
    File(Difference),
}

/// Compares a file with what the store knows of the copy it names.
pub(super) fn compare(store: &Store, pdf: &[u8]) -> Result<KnownCopy, DeskError> {
    match named_copy(pdf) {
        Some(copy) => compare_with(store, copy, pdf),
        None => Ok(KnownCopy::Unknown),
    }
}

fn compare_with(store: &Store, copy: Uuid, pdf: &[u8]) -> Result<KnownCopy, DeskError> {
    let known = match store.known_increments(copy) {
        Ok(known) => known,
        Err(RegisterError::UnknownCopy | RegisterError::NotPrepared) => return Ok(KnownCopy::Unknown),
        Err(fault) => return Err(fault.into()),
    };
    let later = known.later;
    let sealed = Known {
        unsigned_len: known.unsigned_length,
        unsigned_sha256: known.unsigned_sha256,
        increments: known.increments,
    };
    let differs = |reason| Ok(KnownCopy::Differs(reason));
    // The copy is ours as it was sealed, and with what was appended to it later.
    let difference = match (first_difference(pdf, &sealed), later) {
        (Some(Difference::ForeignIncrement { .. }), Some(later)) => {
            let mut whole = sealed;
            whole.increments.push(later);
            first_difference(pdf, &whole)
        }
        (difference, _) => difference,
    };
    if let Some(difference) = difference {
        return differs(RegisterReason::File(difference));
    }
    match store.entry(copy)? {
        Some(entry) if entry.kind == EntryKind::Act && entry.state != CopyState::Cancelled => {
            let receipt = store.receipt(copy)?;
            let digest: [u8; 32] = Sha256::digest(pdf).into();
            match receipt {
                Some(receipt) if receipt.file_sha256 != digest => differs(RegisterReason::ReceiptDiffers),
                _ => Ok(KnownCopy::Exact),
            }
        }
        Some(entry) if entry.kind == EntryKind::Act => differs(RegisterReason::CopyRevoked),
        _ => differs(RegisterReason::NotEntered),
    }
}

/// The copy a file says it is. Only a way to look it up: what is found is compared byte for byte.
pub(crate) fn named_copy(pdf: &[u8]) -> Option<Uuid> {
    let at = memchr::memmem::find(pdf, ID_OPENS)? + ID_OPENS.len();
    std::str::from_utf8(pdf.get(at..at + ID_LENGTH)?).ok()?.parse().ok()
}

/// A finished copy, read back with our own reader.
#[derive(Clone, Debug, Serialize)]
pub struct FinishedCopy {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Pages of the file, the statement's included.
    pub pages: u32,
    /// What our own reader says of it, under this office's roots.
    pub report: FileReport,
}

impl Desk {
    /// Whether a file is exactly the copy of this desk's register that it says it is.
    pub(crate) fn known_copy(&self, pdf: &[u8]) -> Result<KnownCopy, DeskError> {
        compare(&self.store, pdf)
    }

    /// A finished copy with its verification, signatures and register both.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a copy that is not finished.
    pub fn finished_copy(&self, copy: &str) -> Result<FinishedCopy, DeskError> {
        let id = copy_id(copy)?;
        let bytes = self.resource(&format!("copy/{id}/file"))?.bytes;
        let anchors = Anchors(self.profile.trust.clone());
        let report =
            verify_file(&bytes, &anchors, self.now()).with_register(compare_with(&self.store, id, &bytes)?);
        let details = self.store.prepared(id)?.map(|act| act.details).unwrap_or_default();
        let details: serde_json::Value = serde_json::from_str(&details).unwrap_or_default();
        let pages =
            details["file_pages"].as_u64().and_then(|pages| u32::try_from(pages).ok()).unwrap_or_default();
        Ok(FinishedCopy { bytes, pages, report })
    }
}
