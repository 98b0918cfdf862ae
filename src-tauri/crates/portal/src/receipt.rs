//! Receipts: the warehouse signs one, the desk verifies it against a pinned key and against its own manifest.
//!
//! [`VerifiedReceipt`] can be made in this module only. What frees a file takes that type, so an unverified receipt
//! cannot free one (invariant 8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;

use crate::canonical::{self, CanonicalError};
use crate::digest::Digest;
use crate::error::PortalError;
use crate::wire::{CopyManifest, RECEIPT_FORMAT, Receipt};

/// A receipt whose signature verified with a pinned key and whose every member matches the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt(Receipt);

impl VerifiedReceipt {
    /// The receipt.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.0
    }
}

/// Names a public key: the first 8 bytes of its SHA-256, in hex.
#[must_use]
pub fn key_id(key: &VerifyingKey) -> String {
    hex::encode(&Digest::of(key.as_bytes()).0[..8])
}

/// Signs a receipt for a manifest whose file is durably stored.
///
/// # Errors
/// [`CanonicalError`] when the manifest has no canonical form.
pub fn sign(
    manifest: &CopyManifest,
    warehouse: &str,
    stored_at: Timestamp,
    key: &SigningKey,
) -> Result<Receipt, CanonicalError> {
    let mut receipt = Receipt {
        format: RECEIPT_FORMAT.to_owned(),
        manifest_sha256: manifest.digest()?,
        copy_id: manifest.copy_id,
        sha256: manifest.sha256,
        size: manifest.size,
        stored_at,
        warehouse: warehouse.to_owned(),
        key_id: key_id(&key.verifying_key()),
        signature: String::new(),
    };
    receipt.signature = STANDARD.encode(key.sign(&canonical::to_vec(&receipt)?).to_bytes());
    Ok(receipt)
}

/// Verifies a receipt with one of the pinned keys and compares it, member by member, with the manifest. The key is the
/// warehouse's identity; its name in the receipt is for people.
///
/// # Errors
/// [`PortalError::ReceiptForged`] when no pinned key made the signature; [`PortalError::ReceiptMismatch`] when a
/// genuine receipt speaks of something else. Both stop the lane.
pub fn verify(
    receipt: &Receipt,
    manifest: &CopyManifest,
    pinned: &[VerifyingKey],
) -> Result<VerifiedReceipt, PortalError> {
    verify_signature(receipt, pinned)?;
    let manifest_sha256 = manifest.digest().map_err(|_| PortalError::CopyDamaged { field: "manifest" })?;
    let same = |equal: bool, field| if equal { Ok(()) } else { Err(PortalError::ReceiptMismatch { field }) };
    same(receipt.format == RECEIPT_FORMAT, "format")?;
    same(receipt.copy_id == manifest.copy_id, "copy_id")?;
    same(receipt.sha256 == manifest.sha256, "sha256")?;
    same(receipt.size == manifest.size, "size")?;
    same(receipt.manifest_sha256 == manifest_sha256, "manifest_sha256")?;
    Ok(VerifiedReceipt(receipt.clone()))
}

/// Verifies the signature alone, of a receipt that was compared with its manifest when it came.
///
/// # Errors
/// [`PortalError::ReceiptForged`].
pub fn verify_signature(receipt: &Receipt, pinned: &[VerifyingKey]) -> Result<(), PortalError> {
    let unsigned = Receipt { signature: String::new(), ..receipt.clone() };
    let bytes = canonical::to_vec(&unsigned).map_err(|_| PortalError::ReceiptForged)?;
    let signature = STANDARD
        .decode(&receipt.signature)
        .ok()
        .and_then(|bytes| Signature::from_slice(&bytes).ok())
        .ok_or(PortalError::ReceiptForged)?;
    // The named key only: trying all of them would let a key pass under another's name.
    let key = pinned.iter().find(|key| key_id(key) == receipt.key_id).ok_or(PortalError::ReceiptForged)?;
    key.verify_strict(&bytes, &signature).map_err(|_| PortalError::ReceiptForged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tests::manifest_of;

    fn signed() -> (CopyManifest, Receipt, SigningKey) {
        let key = SigningKey::from_bytes(&[7; 32]);
        let manifest = manifest_of(b"%PDF-1.7 some file");
        let receipt = sign(&manifest, "kho", "2026-11-21T03:00:00Z".parse().unwrap(), &key).unwrap();
        (manifest, receipt, key)
    }

    #[test]
    fn a_genuine_receipt_verifies() {
        let (manifest, receipt, key) = signed();
        let verified = verify(&receipt, &manifest, &[key.verifying_key()]).unwrap();
        assert_eq!(verified.receipt(), &receipt);
    }

    #[test]
    fn a_receipt_of_another_key_is_forged_even_under_the_pinned_keys_name() {
        let (manifest, mut receipt, key) = signed();
        let other = SigningKey::from_bytes(&[8; 32]);
        assert_eq!(verify(&receipt, &manifest, &[other.verifying_key()]), Err(PortalError::ReceiptForged));
        let forged = sign(&manifest, "kho", receipt.stored_at, &other).unwrap();
        receipt.signature = forged.signature;
        assert_eq!(verify(&receipt, &manifest, &[key.verifying_key()]), Err(PortalError::ReceiptForged));
    }

    #[test]
    fn changing_any_member_of_a_receipt_breaks_its_signature() {
        let (manifest, receipt, key) = signed();
        let original = serde_json::to_value(&receipt).unwrap();
        for name in original.as_object().unwrap().keys() {
            let mut changed = original.clone();
            changed[name] = match &original[name] {
                serde_json::Value::Number(n) => (n.as_u64().unwrap() + 1).into(),
                other => {
                    let text = other.as_str().unwrap();
                    let first = if text.starts_with('1') { '2' } else { '1' };
                    format!("{first}{}", &text[1..]).into()
                }
            };
            let Ok(changed) = serde_json::from_value::<Receipt>(changed) else { continue };
            assert_eq!(
                verify(&changed, &manifest, &[key.verifying_key()]),
                Err(PortalError::ReceiptForged),
                "changed {name}"
            );
        }
    }

    #[test]
    fn a_genuine_receipt_for_another_copy_is_refused_by_name() {
        let (manifest, receipt, key) = signed();
        let mut other = manifest.clone();
        other.number = 2;
        assert_eq!(
            verify(&receipt, &other, &[key.verifying_key()]),
            Err(PortalError::ReceiptMismatch { field: "manifest_sha256" })
        );
    }
}
