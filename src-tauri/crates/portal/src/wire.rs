//! What travels between a desk and a warehouse: the manifest of a copy and the warehouse's receipt for it.
//!
//! The manifest carries what the warehouse must check and nothing else about people: no requester's name, no identity
//! number. `owner` alone may name a person, and only where the target is that citizen's own data store. Both types
//! have one canonical form ([`crate::canonical`]); a manifest that is not in it is refused, so that desk and warehouse
//! always hash the same bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::canonical;
use crate::digest::Digest;

/// Version of the manifest's form, in every manifest.
pub const MANIFEST_FORMAT: u32 = 1;
/// Version of the receipt's form, inside the signed bytes of every receipt.
pub const RECEIPT_FORMAT: &str = "mocban-receipt/1";
/// Media type of every copy.
pub const COPY_MEDIA_TYPE: &str = "application/pdf";
/// Largest copy, in bytes, that desk and warehouse handle: five hundred pages of 300 dpi, and under the gigabyte that the
/// desk's store takes as one value. A warehouse may be told to take less.
pub const COPY_SIZE_MAX: u64 = 800_000_000;
/// Most increments (signatures, timestamps, revocation data) that one copy may have.
pub const INCREMENTS_MAX: usize = 64;

/// A run of bytes of the file, by length and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Length in bytes, at least 1.
    pub len: u64,
    /// SHA-256 of exactly these bytes.
    pub sha256: Digest,
}

/// Where the copy stands in the register's hash tree (RFC 9162).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterEvidence {
    /// Leaf hash of the register entry: SHA-256 over 0x00 and the entry.
    pub leaf_hash: Digest,
    /// The newest checkpoint text (C2SP tlog-checkpoint) at the time of queueing, if a day was closed before.
    pub checkpoint: Option<String>,
}

/// One certified copy, as the desk announces it and the warehouse verifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyManifest {
    /// [`MANIFEST_FORMAT`].
    pub format: u32,
    /// UUID version 7, minted in the register transaction. The idempotency key of the registration; never expires.
    pub copy_id: Uuid,
    /// Code of the certifying office.
    pub office: String,
    /// Symbol of the book, e.g. `SCT/BS` (NĐ 23/2015 Art 13(4)).
    pub book: String,
    /// Year of the book (NĐ 23/2015 Art 13(2)).
    pub year: u16,
    /// Certification number: the running number in the book, from 1 (NĐ 23/2015 Art 13(2)).
    pub number: u32,
    /// Name of the original paper, Unicode NFC.
    pub paper: String,
    /// When the copy was certified; UTC, whole seconds.
    pub certified_at: Timestamp,
    /// [`COPY_MEDIA_TYPE`].
    pub media_type: String,
    /// Size of the whole file in bytes.
    pub size: u64,
    /// SHA-256 of the whole file.
    pub sha256: Digest,
    /// The unsigned file: the first `len` bytes.
    pub unsigned: Segment,
    /// What was appended since, in order: the performer's signature, the agency's, then timestamps and revocation
    /// data. `unsigned` and these together are the whole file (invariant 5).
    pub increments: Vec<Segment>,
    /// The desk that sends the copy.
    pub desk: String,
    /// The register's word for the copy.
    pub register: RegisterEvidence,
    /// Identity number of the citizen into whose data store the copy goes; absent for any other target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// What is wrong with a manifest, by the name of its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the manifest's `{field}` {reason}")]
pub struct ManifestFault {
    /// Member of the manifest.
    pub field: &'static str,
    /// Why it is refused, for logs.
    pub reason: &'static str,
}

impl CopyManifest {
    /// SHA-256 over the canonical bytes; the receipt names the manifest by it.
    ///
    /// # Errors
    /// [`canonical::CanonicalError`] for a size beyond 2^53, which [`CopyManifest::check`] refuses first.
    pub fn digest(&self) -> Result<Digest, canonical::CanonicalError> {
        Ok(Digest::of(&canonical::to_vec(self)?))
    }

    /// Reads a manifest from hostile bytes: known members only, in canonical form, every member within its bounds.
    ///
    /// # Errors
    /// [`ManifestFault`] names the first member that is wrong; `manifest` stands for the text as a whole.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let fault = |reason| ManifestFault { field: "manifest", reason };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| fault("is not a manifest"))?;
        manifest.check()?;
        let canonical = canonical::to_vec(&manifest).map_err(|_| fault("has no canonical form"))?;
        if canonical != bytes {
            return Err(fault("is not in canonical form"));
        }
        Ok(manifest)
    }

    /// Whether every member is within its bounds and the segments add up to the file.
    ///
    /// # Errors
    /// [`ManifestFault`] names the first member that is not.
    pub fn check(&self) -> Result<(), ManifestFault> {
        let need =
            |good: bool, field, reason| if good { Ok(()) } else { Err(ManifestFault { field, reason }) };
        need(self.format == MANIFEST_FORMAT, "format", "is not a known version")?;
        need(self.copy_id.get_version_num() == 7, "copy_id", "is not a UUID version 7")?;
        need(code(&self.office), "office", "is not a code of 1 to 64 letters, digits, '.', '-', '_'")?;
        need(code(&self.desk), "desk", "is not a code of 1 to 64 letters, digits, '.', '-', '_'")?;
        need(text(&self.book, 40), "book", "is not a line of 1 to 40 characters")?;
        need((2000..=2999).contains(&self.year), "year", "is out of range")?;
        need(self.number >= 1, "number", "starts from 1")?;
        need(text(&self.paper, 500), "paper", "is not a line of 1 to 500 characters")?;
        need(self.certified_at.subsec_nanosecond() == 0, "certified_at", "is not in whole seconds")?;
        need(self.media_type == COPY_MEDIA_TYPE, "media_type", "is not application/pdf")?;
        need((1..=COPY_SIZE_MAX).contains(&self.size), "size", "is out of range")?;
        need(self.increments.len() <= INCREMENTS_MAX, "increments", "are too many")?;
        need(
            std::iter::once(&self.unsigned).chain(&self.increments).all(|s| s.len > 0),
            "increments",
            "hold an empty segment",
        )?;
        let sum = self.increments.iter().try_fold(self.unsigned.len, |sum, s| sum.checked_add(s.len));
        need(sum == Some(self.size), "increments", "do not add up to the file")?;
        let checkpoint = self.register.checkpoint.as_deref();
        need(checkpoint.is_none_or(|c| c.len() <= 4096), "register", "has a checkpoint that is too long")?;
        need(self.owner.as_deref().is_none_or(code), "owner", "is not an identity number")
    }

    /// Whether `file` is exactly the announced bytes: size, digest, and every segment (invariant 5).
    ///
    /// # Errors
    /// [`ManifestFault`] names what differs: `size`, `sha256`, `unsigned` or `increments`.
    pub fn check_file(&self, file: &[u8]) -> Result<(), ManifestFault> {
        let differs = |field| ManifestFault { field, reason: "does not match the file" };
        if file.len() as u64 != self.size {
            return Err(differs("size"));
        }
        // One pass over the bytes: what the whole file's digest has taken in after the first segment is that segment.
        let mut whole = Sha256::new();
        let mut rest = file;
        let mut segment_differs = None;
        for (i, segment) in std::iter::once(&self.unsigned).chain(&self.increments).enumerate() {
            let field = if i == 0 { "unsigned" } else { "increments" };
            let split = usize::try_from(segment.len).ok().and_then(|len| rest.split_at_checked(len));
            let Some((bytes, after)) = split else {
                segment_differs.get_or_insert(field);
                break;
            };
            whole.update(bytes);
            let digest = if i == 0 { Digest(whole.clone().finalize().into()) } else { Digest::of(bytes) };
            if digest != segment.sha256 {
                segment_differs.get_or_insert(field);
            }
            rest = after;
        }
        whole.update(rest);
        if Digest(whole.finalize().into()) != self.sha256 {
            return Err(differs("sha256"));
        }
        if let Some(field) = segment_differs {
            return Err(differs(field));
        }
        if rest.is_empty() { Ok(()) } else { Err(differs("increments")) }
    }
}

/// The warehouse's signed word that a copy is stored. Only on it may a desk free a file (invariant 8).
///
/// `signature` is Ed25519 (RFC 8032) over the canonical bytes (RFC 8785) of the receipt without its member
/// `signature`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`RECEIPT_FORMAT`]; inside the signed bytes, so that no other signature of the key can pass for a receipt.
    pub format: String,
    /// SHA-256 of the manifest's canonical bytes.
    pub manifest_sha256: Digest,
    /// The copy.
    pub copy_id: Uuid,
    /// SHA-256 of the stored file.
    pub sha256: Digest,
    /// Size of the stored file in bytes.
    pub size: u64,
    /// When the warehouse had stored it durably; UTC, whole seconds.
    pub stored_at: Timestamp,
    /// The warehouse's name, for people.
    pub warehouse: String,
    /// Which of the warehouse's keys signed ([`crate::receipt::key_id`]).
    pub key_id: String,
    /// Ed25519 signature, 64 bytes in standard base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

/// A stored copy, as the warehouse keeps it and answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCopy {
    /// What the desk announced.
    pub manifest: CopyManifest,
    /// What the warehouse signed.
    pub receipt: Receipt,
}

/// An identifier of machines: it may become part of a path or a header.
fn code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// A line of text for people.
fn text(text: &str, chars_max: usize) -> bool {
    let chars = text.chars().count();
    (1..=chars_max).contains(&chars) && !text.chars().any(char::is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A manifest of `file`, split into three segments as after two signatures.
    pub(crate) fn manifest_of(file: &[u8]) -> CopyManifest {
        let cut = [file.len() / 2, file.len() * 3 / 4];
        let segment = |bytes: &[u8]| Segment { len: bytes.len() as u64, sha256: Digest::of(bytes) };
        CopyManifest {
            format: MANIFEST_FORMAT,
            copy_id: "0197f3a0-0000-7000-8000-000000000001".parse().unwrap(),
            office: "H22.01.02".into(),
            book: "SCTĐT/BS".into(),
            year: 2026,
            number: 1,
            paper: "Bằng tốt nghiệp đại học".into(),
            certified_at: "2026-11-21T02:03:04Z".parse().unwrap(),
            media_type: COPY_MEDIA_TYPE.into(),
            size: file.len() as u64,
            sha256: Digest::of(file),
            unsigned: segment(&file[..cut[0]]),
            increments: vec![segment(&file[cut[0]..cut[1]]), segment(&file[cut[1]..])],
            desk: "desk-1".into(),
            register: RegisterEvidence { leaf_hash: Digest::of(b"leaf"), checkpoint: None },
            owner: None,
        }
    }

    #[test]
    fn a_manifest_reads_back_from_its_canonical_bytes() {
        let manifest = manifest_of(b"%PDF-1.7 and so on");
        let bytes = canonical::to_vec(&manifest).unwrap();
        assert_eq!(CopyManifest::from_canonical(&bytes), Ok(manifest));
    }

    #[test]
    fn a_second_spelling_of_the_same_manifest_is_refused() {
        let text = String::from_utf8(canonical::to_vec(&manifest_of(b"12345678")).unwrap()).unwrap();
        let spellings = [
            text.replace(":", ": "),
            text.replace("02:03:04Z", "02:03:04+00:00"),
            text.replace("02:03:04Z", "02:03:04.000Z"),
            text.replace("0197f3a0", "0197F3A0"),
            text.replace("\"format\":1", "\"format\":1,\"format\":1"),
        ];
        for other in spellings {
            assert_ne!(other, text);
            assert!(CopyManifest::from_canonical(other.as_bytes()).is_err(), "accepted: {other}");
        }
    }

    #[test]
    fn a_path_in_place_of_a_code_is_refused() {
        for office in ["../../etc", "a/b", "", "a b", "số"] {
            let manifest = CopyManifest { office: office.into(), ..manifest_of(b"12345678") };
            assert_eq!(manifest.check().unwrap_err().field, "office");
        }
    }

    #[test]
    fn a_file_that_differs_is_named_by_the_member_that_differs() {
        let file = b"unsigned-first-second---";
        let manifest = manifest_of(file);
        assert_eq!(manifest.check_file(file), Ok(()));
        assert_eq!(manifest.check_file(b"short").unwrap_err().field, "size");
        assert_eq!(manifest.check_file(b"unsigned-first-second--X").unwrap_err().field, "sha256");
        let mut moved = manifest.clone();
        moved.unsigned.len += 1;
        moved.increments[0].len -= 1;
        assert_eq!(moved.check(), Ok(()));
        assert_eq!(moved.check_file(file).unwrap_err().field, "unsigned");
        let mut cut = manifest;
        cut.increments.pop();
        assert_eq!(cut.check().unwrap_err().field, "increments");
        assert_eq!(cut.check_file(file).unwrap_err().field, "increments");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = CopyManifest::from_canonical(&bytes);
        }

        #[test]
        fn lengths_that_overflow_are_refused(a in any::<u64>(), b in any::<u64>()) {
            let mut manifest = manifest_of(b"12345678");
            manifest.unsigned.len = a;
            manifest.increments[0].len = b;
            if let Ok(()) = manifest.check() {
                prop_assert_eq!(a + b + manifest.increments[1].len, manifest.size);
            }
            prop_assert!(a == 4 && b == 2 || manifest.check_file(b"12345678").is_err());
        }
    }
}
