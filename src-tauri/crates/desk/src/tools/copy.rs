//! Whether a file is exactly a copy of ours: the recorded bytes, then exactly the recorded increments (invariant 5).

use super::verify::{Anchors, FileReport, verify_file};
use crate::{Desk, DeskError, unfinished::copy_id};
use ed25519_dalek::VerifyingKey;
use mocban_pades::{Difference, Known, first_difference};
use mocban_portal::{receipt, wire::Receipt};
use mocban_register::{CopyState, EntryKind, Receipt as KeptReceipt, RegisterError, Store};
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
    /// What the register keeps as the warehouse's receipt is not the warehouse's.
    ReceiptForged,
    /// The bytes are others.
    #[serde(untagged)]
    File(Difference),
}

/// Compares a file with what the store knows of the copy it names; its receipt, with the warehouse's key.
pub(super) fn compare(store: &Store, key: Option<&VerifyingKey>, pdf: &[u8]) -> Result<KnownCopy, DeskError> {
    match named_copy(pdf) {
        Some(copy) => compare_with(store, key, copy, pdf),
        None => Ok(KnownCopy::Unknown),
    }
}

fn compare_with(
    store: &Store,
    key: Option<&VerifyingKey>,
    copy: Uuid,
    pdf: &[u8],
) -> Result<KnownCopy, DeskError> {
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
    let sealed_len = sealed.unsigned_len + sealed.increments.iter().map(|(len, _)| len).sum::<u64>();
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
            // What the warehouse stored is the copy as it was sealed; timestamps came later.
            let sealed = usize::try_from(sealed_len).ok().and_then(|len| pdf.get(..len)).unwrap_or(pdf);
            let stored = Stored { copy, sha256: Sha256::digest(sealed).into() };
            Ok(receipt
                .and_then(|kept| stored.objection(&kept, key))
                .map_or(KnownCopy::Exact, KnownCopy::Differs))
        }
        Some(entry) if entry.kind == EntryKind::Act => differs(RegisterReason::CopyRevoked),
        _ => differs(RegisterReason::NotEntered),
    }
}

/// What the warehouse's receipt must speak of.
struct Stored {
    copy: Uuid,
    sha256: [u8; 32],
}

impl Stored {
    /// What is wrong with the receipt that the register keeps. One by a key that is no longer the warehouse's was verified
    /// when it came, and the register's own verification covers it since.
    fn objection(&self, kept: &KeptReceipt, key: Option<&VerifyingKey>) -> Option<RegisterReason> {
        let Ok(told) = serde_json::from_str::<Receipt>(&kept.json) else {
            return Some(RegisterReason::ReceiptForged);
        };
        if [kept.file_sha256, told.sha256.0] != [self.sha256; 2] || told.copy_id != self.copy {
            return Some(RegisterReason::ReceiptDiffers);
        }
        let key = key.filter(|key| receipt::key_id(key) == told.key_id)?;
        receipt::verify_signature(&told, &[*key]).is_err().then_some(RegisterReason::ReceiptForged)
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
        compare(&self.store, Some(&self.receipt_key), pdf)
    }

    /// A finished copy with its verification, signatures and register both.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a copy that is not finished.
    pub fn finished_copy(&self, copy: &str) -> Result<FinishedCopy, DeskError> {
        let id = copy_id(copy)?;
        let bytes = self.resource(&format!("copy/{id}/file"))?.bytes;
        let anchors = Anchors(self.profile.trust.clone());
        let report = verify_file(&bytes, &anchors, self.now()).with_register(compare_with(
            &self.store,
            Some(&self.receipt_key),
            id,
            &bytes,
        )?);
        let details = self.store.prepared(id)?.map(|act| act.details).unwrap_or_default();
        let details: serde_json::Value = serde_json::from_str(&details).unwrap_or_default();
        let pages =
            details["file_pages"].as_u64().and_then(|pages| u32::try_from(pages).ok()).unwrap_or_default();
        Ok(FinishedCopy { bytes, pages, report })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use jiff::Timestamp;
    use mocban_portal::{CopyManifest, Digest, RegisterEvidence, Segment};

    const FILE: &[u8] = b"%PDF-1.7 sealed";

    fn kept(copy: Uuid, key: &SigningKey) -> KeptReceipt {
        let manifest = CopyManifest {
            format: 1,
            copy_id: copy,
            office: "H22.01.02".into(),
            book: "SCTĐT/BS".into(),
            year: 2026,
            number: 1,
            paper: "Giấy khai sinh".into(),
            certified_at: Timestamp::UNIX_EPOCH,
            media_type: "application/pdf".into(),
            size: FILE.len() as u64,
            sha256: Digest::of(FILE),
            unsigned: Segment { len: FILE.len() as u64, sha256: Digest::of(FILE) },
            increments: Vec::new(),
            desk: "quay-1".into(),
            register: RegisterEvidence { leaf_hash: Digest::of(b"leaf"), checkpoint: None },
            owner: None,
        };
        let receipt = receipt::sign(&manifest, "kho", Timestamp::UNIX_EPOCH, key).unwrap();
        KeptReceipt { json: serde_json::to_string(&receipt).unwrap(), file_sha256: Digest::of(FILE).0 }
    }

    #[test]
    fn a_kept_receipt_is_held_to_its_signature_and_to_the_copy() {
        let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let stored = Stored { copy: Uuid::now_v7(), sha256: Digest::of(FILE).0 };
        let genuine = kept(stored.copy, &key);
        let objection =
            |kept: &KeptReceipt, key: &SigningKey| stored.objection(kept, Some(&key.verifying_key()));
        assert_eq!(objection(&genuine, &key), None);
        // The warehouse has another key by now: it was verified when it came.
        assert_eq!(objection(&genuine, &other), None);
        assert_eq!(stored.objection(&genuine, None), None);

        let altered = KeptReceipt { json: genuine.json.replace("kho", "khi"), ..genuine.clone() };
        assert_eq!(objection(&altered, &key), Some(RegisterReason::ReceiptForged));
        let noise = KeptReceipt { json: "{}".into(), ..genuine.clone() };
        assert_eq!(objection(&noise, &key), Some(RegisterReason::ReceiptForged));
        let foreign = kept(Uuid::now_v7(), &key);
        assert_eq!(objection(&foreign, &key), Some(RegisterReason::ReceiptDiffers));
        let another = Stored { copy: stored.copy, sha256: [0; 32] };
        assert_eq!(
            another.objection(&genuine, Some(&key.verifying_key())),
            Some(RegisterReason::ReceiptDiffers)
        );
    }
}
