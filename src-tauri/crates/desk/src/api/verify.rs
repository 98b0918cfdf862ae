//! Verification of any file: what the verify screen shows of it, and what a report says.

use super::JobState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Request of `verify_file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VerifyFile {
    /// Handle that `upload` gave.
    pub blob: String,
    /// File name, for people.
    pub name: String,
}

/// Request of `verify_save`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VerifySave {
    /// Verifications of this run of the program, in the order of the report.
    pub verifications: Vec<String>,
    /// The report's form.
    pub format: ReportFormat,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReportFormat {
    /// For people: PDF/A in Vietnamese.
    Pdf,
    /// For programs: the lines of `mocbanctl verify --json`.
    Json,
}

/// The answer for a file, or for one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum FileVerdict {
    /// Intact, changed at most as permitted, signers trusted.
    Valid,
    /// Altered, forbidden, unreadable or revoked.
    Invalid,
    /// Nothing speaks against it, but something that must be known is not.
    Undetermined,
    /// No signature and no trace of one.
    Unsigned,
}

/// The one plain sentence that says it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Headline {
    /// Exactly the copy that this office's register knows, and valid.
    OurCopy,
    /// Valid.
    Valid,
    /// It says that it is a copy of this office, and is not exactly that.
    NotOurCopy,
    /// A copy of this office whose legal value was revoked (TT 01/2020 Art 7).
    CopyRevoked,
    /// A copy of this office whose act was never entered in the book.
    CopyNotEntered,
    /// What was signed was changed.
    Altered,
    /// Something was added after signing that nothing permits.
    ChangedAfterwards,
    /// A signer's certificate is revoked.
    SignerRevoked,
    /// An algorithm that anybody may have forged with.
    Weak,
    /// Traces of a signature that cannot be read.
    Traces,
    /// A signature that cannot be read.
    SignatureUnreadable,
    /// A damaged PDF.
    FileUnreadable,
    /// No PDF at all.
    NotAPdf,
    /// Invalid for another reason.
    Invalid,
    /// A signer's certificate leads to no trusted root.
    SignerUnknown,
    /// A signer's certificate is not valid at the time asked for.
    SignerExpired,
    /// Whether a signer's certificate was revoked is not known.
    RevocationUnknown,
    /// A kind of signature that is not known here.
    KindUnknown,
    /// Something else is not known.
    Undetermined,
    /// No signature.
    Unsigned,
}

/// Whether what was signed is what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignedContent {
    /// There is no signature.
    None,
    /// It is.
    Intact,
    /// It cannot be read.
    Unreadable,
    /// It is not.
    Altered,
}

/// What was added to a file after a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LaterChanges {
    /// Nothing.
    None,
    /// Only what is permitted, such as further signatures.
    Permitted,
    /// Something that cannot be judged.
    Unknown,
    /// Something that is not permitted.
    Forbidden,
}

/// Whether a signer's certificate leads to a trusted root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignerTrust {
    /// It does.
    Trusted,
    /// Not asked, or nobody to ask about.
    Unknown,
    /// It does, but not at the time asked for.
    Expired,
    /// It does not.
    Untrusted,
    /// It was revoked.
    Revoked,
}

/// What is known of the revocation of a signer's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Revocation {
    /// A list or an answer in force says that it was not revoked.
    Good,
    /// Nothing in force says so.
    Unknown,
    /// It was revoked.
    Revoked,
}

/// Result of `verify_file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Identity of this answer, for `verify_save`.
    pub id: String,
    /// File name.
    pub name: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// When it was verified, ISO 8601 +07:00.
    pub checked_at: String,
    /// The answer.
    pub verdict: FileVerdict,
    /// The answer in one sentence.
    pub headline: Headline,
    /// Whether what was signed is what is there.
    pub content: SignedContent,
    /// The worst that happened after a signature.
    pub changes: LaterChanges,
    /// The signatures, oldest first.
    pub signatures: Vec<SignatureView>,
    /// What is worth knowing besides; the texts are `verify_warning_<code>`.
    pub warnings: Vec<ReasonView>,
    /// Why the answer is not `valid`.
    pub reasons: Vec<ReasonView>,
    /// What this office's register says; `null` when the file names no copy of it.
    pub register: Option<RegisterFinding>,
}

/// One signature, or one document timestamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignatureView {
    /// The answer for this signature alone.
    pub verdict: FileVerdict,
    /// Name of its field.
    pub field: String,
    /// The revision of the file it was made in, from 1.
    pub revision: u32,
    /// Who signed; claimed only, unless the content is intact. `null` when that cannot be read.
    pub signer: Option<SignerView>,
    /// When: ISO 8601 +07:00 where it can be read so, else as the file says it.
    pub time: Option<String>,
    /// The time that a trusted timestamp proves, ISO 8601; without one, `time` is the signer's own clock.
    pub proved_time: Option<String>,
    /// Timestamps that hold, trusted or not.
    pub timestamps: Vec<TimestampView>,
    /// A timestamp over the document, not a person's signature.
    pub document_timestamp: bool,
    /// PAdES level as far as recognised, such as `B` or `LT`.
    pub level: String,
    /// `whole_file`, `revision` or `partial`.
    pub covers: String,
    /// Whether what was signed is what is there.
    pub content: SignedContent,
    /// What happened to the file afterwards.
    pub changes: LaterChanges,
    /// Whether the signer is trusted.
    pub trust: SignerTrust,
    /// What is known of the revocation of the signer's certificate.
    pub revocation: Revocation,
    /// The certificates above the signer's, up to the root; empty without a path.
    pub path: Vec<SignerView>,
    /// Key and digest, such as `RSA 2048, SHA-256`; empty when the signature does not hold.
    pub algorithm: String,
    /// What the signer gave as the reason, if anything.
    pub reason: Option<String>,
    /// What the signer gave as the place, if anything.
    pub location: Option<String>,
}

/// A timestamp that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimestampView {
    /// The time it states, ISO 8601 +07:00.
    pub time: String,
    /// Who states it.
    pub authority: String,
    /// Whether that authority is trusted.
    pub trust: SignerTrust,
}

/// A signer as the certificate names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignerView {
    /// Name.
    pub name: String,
    /// Organisation, empty when none is named.
    pub organisation: String,
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// SHA-256 of the certificate, hex.
    pub fingerprint: String,
}

/// A reason: its text is `verify_reason_<code>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReasonView {
    /// The code.
    pub code: String,
    /// Parameters of its text. `signature` is the signature's place in the list, from 1, or its field's name.
    pub params: BTreeMap<String, String>,
}

/// How a file stands to the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RegisterMatch {
    /// Byte for byte what the register knows.
    Exact,
    /// It names a copy of the register and is not it, or not any more.
    Differs,
}

/// What this office's register says of a file that names one of its copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegisterFinding {
    /// Whether the file is that copy.
    pub found: RegisterMatch,
    /// The copy.
    pub copy: String,
    /// Its number as printed; empty when the act was never entered.
    pub number: String,
    /// Its volume as printed.
    pub volume: String,
    /// When it was certified, ISO 8601.
    pub certified_at: Option<String>,
    /// Name of the original.
    pub paper: String,
    /// Name and title of the signer.
    pub signer: String,
    /// Where the file is on its way to the warehouse.
    pub delivery: Option<JobState>,
    /// When the warehouse had stored it, by its signed receipt, ISO 8601.
    pub stored_at: Option<String>,
}
