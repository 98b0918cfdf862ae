//! The answer of a verification: closed words for a program, no sentence for a person.

use serde::Serialize;

use crate::certificate::Certificate;
use crate::form::DocMdp;
use crate::trust::{ChainFault, RevocationReason};

/// The answer for the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Integrity intact, changes none or permitted, chain trusted, for every signature.
    Valid,
    /// Altered, forbidden, unreadable or revoked.
    Invalid,
    /// Nothing speaks against it, but something that must be known is not.
    Undetermined,
    /// No signature and no trace of one.
    Unsigned,
}

/// Whether what was signed is what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// There is no signature.
    None,
    /// The signature holds over the bytes it covers.
    Intact,
    /// A signature, or the file around it, cannot be read.
    Unreadable,
    /// The signature does not hold.
    Altered,
}

/// What was added to the file after a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changes {
    /// Nothing.
    None,
    /// Only what the whitelist permits.
    Permitted,
    /// Something that cannot be judged.
    Unknown,
    /// Something else.
    Forbidden,
}

/// Whether the signer's certificate leads to a trust anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chain {
    /// It does.
    Trusted,
    /// No anchors were given, or there is no signer to ask about.
    Unknown,
    /// A path exists, but not at the time asked for.
    Expired,
    /// No path to a given anchor.
    Untrusted,
    /// Revoked.
    Revoked,
}

/// Which bytes a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every byte of the file but its own value.
    WholeFile,
    /// The file up to the end of its own revision.
    Revision,
    /// Anything else.
    Partial,
}

/// Kind of signature, as far as it holds. With anchors given, a timestamp counts only by a trusted authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Level {
    /// PAdES baseline B (ETSI EN 319 142-1 §6).
    #[serde(rename = "B")]
    BaselineB,
    /// B with a timestamp of the signature or of the file after it.
    #[serde(rename = "T")]
    BaselineT,
    /// T, and the file carries what says that no certificate was revoked.
    #[serde(rename = "LT")]
    BaselineLt,
    /// LT, and a document timestamp covers that.
    #[serde(rename = "LTA")]
    BaselineLta,
    /// Plain PKCS#7, the form before PAdES.
    #[serde(rename = "PKCS7")]
    Pkcs7,
    /// A document timestamp.
    #[serde(rename = "DocTimeStamp")]
    DocTimeStamp,
    /// Not recognised.
    #[serde(rename = "unknown")]
    Unknown,
}

/// Why an answer is not `valid`. Parameters name fields, objects (their numbers) and revisions (counted from 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    /// The file cannot be read without guessing.
    PdfUnreadable {
        /// What the reader met.
        what: String,
    },
    /// Something looks like a signature, but no field carries it.
    SignatureTraces,
    /// The signature dictionary lacks what it needs, or has it in a wrong form.
    SignatureMalformed {
        /// Full name of the field.
        field: String,
        /// What is wrong.
        what: &'static str,
    },
    /// One signature stands in several fields.
    SignatureShared {
        /// Full name of the field.
        field: String,
    },
    /// A signature of an earlier revision is gone or was replaced.
    SignatureRemoved {
        /// Full name of the field.
        field: String,
    },
    /// /SubFilter names a kind that rests on SHA-1 by definition.
    SubFilterOld {
        /// Full name of the field.
        field: String,
        /// What it names.
        sub_filter: String,
    },
    /// /SubFilter names a kind that is not known here.
    SubFilterUnknown {
        /// Full name of the field.
        field: String,
    },
    /// The gap in /ByteRange is not exactly this field's /Contents, or the ranges are not two.
    ByteRangeWrong {
        /// Full name of the field.
        field: String,
    },
    /// The signature stops before, or reaches beyond, the end of its revision.
    CoverageWrong {
        /// Full name of the field.
        field: String,
    },
    /// The CMS cannot be read.
    CmsMalformed {
        /// Full name of the field.
        field: String,
    },
    /// Not exactly one signer.
    SignerCount {
        /// Full name of the field.
        field: String,
    },
    /// Content where none may be, or none where some must be.
    ContentMisplaced {
        /// Full name of the field.
        field: String,
    },
    /// The signer's certificate is not inside.
    SignerCertificateMissing {
        /// Full name of the field.
        field: String,
    },
    /// The signing-certificate attribute is missing or names another certificate.
    SigningCertificateWrong {
        /// Full name of the field.
        field: String,
    },
    /// An algorithm that is not computed here: the signature cannot be judged.
    AlgorithmUnsupported {
        /// Full name of the field.
        field: String,
        /// What it is called.
        algorithm: String,
    },
    /// An algorithm that is broken, or a key that is too short: anybody may have made the signature.
    AlgorithmWeak {
        /// Full name of the field.
        field: String,
        /// What it is called.
        algorithm: String,
    },
    /// The algorithms that are signed are not those in use (RFC 6211).
    AlgorithmsDisagree {
        /// Full name of the field.
        field: String,
    },
    /// The signed bytes have been changed.
    DigestMismatch {
        /// Full name of the field.
        field: String,
    },
    /// The signature value is wrong.
    SignatureMismatch {
        /// Full name of the field.
        field: String,
    },
    /// Bytes follow the last revision.
    BytesAppended {
        /// How many.
        count: usize,
    },
    /// An object was changed in a way that nothing permits.
    ObjectChanged {
        /// Its number.
        object: u32,
        /// The revision that did it.
        revision: usize,
    },
    /// An object was removed.
    ObjectRemoved {
        /// Its number.
        object: u32,
        /// The revision that did it.
        revision: usize,
    },
    /// An object was given to a reference that pointed nowhere when the file was signed.
    ObjectSlippedIn {
        /// Its number.
        object: u32,
        /// The revision that did it.
        revision: usize,
    },
    /// A revision that does nothing permitted brought an object that nothing leads to.
    ObjectUnused {
        /// Its number.
        object: u32,
        /// The revision that brought it.
        revision: usize,
    },
    /// A revision brought a signature that no field carries.
    SignatureOrphaned {
        /// The number of its object.
        object: u32,
        /// The revision that brought it.
        revision: usize,
    },
    /// A revision holds an object that its table does not name; a reader that repairs files would use it.
    ObjectUnnamed {
        /// The byte at which it begins.
        offset: usize,
        /// The revision that holds it.
        revision: usize,
    },
    /// An entry of the catalogue, the form or the trailer was changed.
    EntryChanged {
        /// The key.
        key: String,
        /// The revision that did it.
        revision: usize,
    },
    /// A field was changed in a way that nothing permits.
    FieldChanged {
        /// Full name of the field.
        field: String,
        /// The revision that did it.
        revision: usize,
    },
    /// A field was added that may not be.
    FieldAdded {
        /// Full name of the field.
        field: String,
        /// The revision that did it.
        revision: usize,
    },
    /// A field was removed.
    FieldRemoved {
        /// Full name of the field.
        field: String,
        /// The revision that did it.
        revision: usize,
    },
    /// A field was changed that a signature locks.
    FieldLocked {
        /// Full name of the field.
        field: String,
        /// The revision that did it.
        revision: usize,
    },
    /// A revision cannot be compared with the one before.
    RevisionUnreadable {
        /// The revision.
        revision: usize,
        /// What the reader met.
        what: String,
    },
    /// No trust anchors were given.
    NoTrustAnchors,
    /// No path from the signer to an anchor.
    ChainUntrusted {
        /// Full name of the field.
        field: String,
        /// What stood in the way last.
        what: ChainFault,
    },
    /// A certificate of the path is not valid at the time asked for.
    ChainExpired {
        /// Full name of the field.
        field: String,
    },
    /// A certificate of the path was revoked at the time asked for.
    ChainRevoked {
        /// Full name of the field.
        field: String,
        /// Whose certificate.
        certificate: String,
        /// Since when; RFC 3339.
        at: String,
        /// Why.
        why: RevocationReason,
    },
    /// It is demanded, and nothing in force says that a certificate of the path was not revoked.
    RevocationUnknown {
        /// Full name of the field.
        field: String,
        /// Whose certificate.
        certificate: String,
        /// The time of the newest list or answer about it, out of date; RFC 3339.
        newest: Option<String>,
    },
    /// A timestamp beside the signature is not of it, or was changed.
    TimestampWrong {
        /// Full name of the field.
        field: String,
    },
    /// Bytes behind the signature, in the room kept for it, that nobody signed.
    ContentsFilled {
        /// Full name of the field.
        field: String,
        /// How many.
        count: usize,
    },
    /// A certificate that travels with the signature was changed or cannot be read.
    CertificateCorrupt {
        /// Full name of the field.
        field: String,
    },
}

/// What is worth knowing and yet does not stand against `valid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Warning {
    /// Nothing in force says that a certificate of the path was not revoked.
    RevocationUnknown {
        /// Full name of the field.
        field: String,
        /// Whose certificate.
        certificate: String,
        /// The time of the newest list or answer about it, out of date; RFC 3339.
        newest: Option<String>,
    },
    /// A timestamp whose authority is not trusted: it proves no time.
    TimestampUntrusted {
        /// Full name of the field.
        field: String,
        /// The answer for the authority.
        chain: Chain,
        /// What stood in the way last.
        what: Option<ChainFault>,
    },
    /// A timestamp by a broken algorithm, or one that is not computed here: it proves no time.
    TimestampAlgorithm {
        /// Full name of the field.
        field: String,
        /// What it is called.
        algorithm: String,
    },
    /// The signer claims a time later than the one that is proved.
    SigningTimeAfterTimestamp {
        /// Full name of the field.
        field: String,
        /// The proved time; RFC 3339.
        proved: String,
    },
}

impl Warning {
    /// What is told of a document timestamp that cannot be judged.
    pub(super) fn of_timestamp(reason: Reason) -> Option<Self> {
        match reason {
            Reason::AlgorithmWeak { field, algorithm }
            | Reason::AlgorithmUnsupported { field, algorithm } => {
                Some(Self::TimestampAlgorithm { field, algorithm })
            }
            _ => None,
        }
    }
}

/// Which bytes a timestamp stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampKind {
    /// The value of one signature (RFC 3161 appendix A).
    Signature,
    /// The file so far (ISO 32000-2 §12.8.5).
    Document,
}

/// A timestamp that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimestampReport {
    /// What it stamps.
    pub kind: TimestampKind,
    /// The time it states; RFC 3339.
    pub time: String,
    /// Who states it.
    pub authority: SignerIdentity,
    /// Whether that authority is trusted; only then the time is proved.
    pub chain: Chain,
}

/// Who signed, from the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignerIdentity {
    /// Common name, or the whole subject when there is none.
    pub name: String,
    /// Organisation.
    pub organization: Option<String>,
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub fingerprint: String,
}

impl SignerIdentity {
    /// What a certificate says of its holder.
    pub fn of(certificate: &Certificate) -> Self {
        Self {
            name: certificate.common_name().unwrap_or_else(|| certificate.subject()),
            organization: certificate.organization(),
            issuer: certificate.issuer(),
            serial: certificate.serial(),
            fingerprint: certificate.fingerprint(),
        }
    }
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureReport {
    /// Full name of its field.
    pub field: String,
    /// The revision it was made in, counted from 1.
    pub revision: usize,
    /// Who signed; only claimed unless the integrity is intact.
    pub signer: Option<SignerIdentity>,
    /// Claimed time of signing (/M), or the time of a timestamp; RFC 3339 where it can be read so.
    pub time: Option<String>,
    /// Kind of signature.
    pub level: Level,
    /// What it covers.
    pub covers: Coverage,
    /// Whether it holds.
    pub integrity: Integrity,
    /// What happened to the file afterwards.
    pub changes: Changes,
    /// Whether its signer is trusted.
    pub chain: Chain,
    /// What it certifies, if it does.
    pub certifies: Option<DocMdp>,
    /// /Reason of the dictionary.
    pub reason: Option<String>,
    /// /Location of the dictionary.
    pub location: Option<String>,
    /// /SubFilter of the dictionary.
    pub sub_filter: Option<String>,
    /// Key and digest of a signature that holds, `ECDSA P-256, SHA-256`.
    pub algorithm: Option<String>,
    /// Timestamps that hold.
    pub timestamps: Vec<TimestampReport>,
    /// The time its certificates were judged at: that of asking, or a proved one; RFC 3339.
    pub judged_at: Option<String>,
    /// The certificates above the signer's up to the anchor, when there is a path.
    pub path: Vec<SignerIdentity>,
}

/// The answer for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The answer.
    pub verdict: Verdict,
    /// The worst of all signatures.
    pub integrity: Integrity,
    /// The worst of all revisions after the first signature.
    pub changes: Changes,
    /// The worst of all signatures.
    pub chain: Chain,
    /// Why the answer is not `valid`.
    pub reasons: Vec<Reason>,
    /// What is worth knowing besides.
    pub warnings: Vec<Warning>,
    /// The signatures, oldest first.
    pub signatures: Vec<SignatureReport>,
}

impl Report {
    /// Sums the parts up.
    pub(super) fn conclude(signatures: Vec<SignatureReport>, changes: Changes, reasons: Vec<Reason>) -> Self {
        // A document timestamp is asked for its chain, or whether it can be judged at all, only where there is nothing
        // else to trust.
        let is_stamp = |signature: &&SignatureReport| signature.level == Level::DocTimeStamp;
        let only_stamps = signatures.iter().all(|signature| is_stamp(&signature));
        let asked = || signatures.iter().filter(|signature| only_stamps || !is_stamp(signature));
        let altered = signatures.iter().find(|signature| signature.integrity == Integrity::Altered);
        let integrity = asked().chain(altered).map(|signature| signature.integrity).max();
        let integrity = integrity.unwrap_or(Integrity::None);
        let chain = asked().map(|signature| signature.chain).max().unwrap_or(Chain::Unknown);
        let refused = reasons.iter().any(|reason| !reason.leaves_open());
        let verdict = if signatures.is_empty() && reasons.is_empty() {
            Verdict::Unsigned
        } else if refused || integrity == Integrity::Altered || chain == Chain::Revoked {
            Verdict::Invalid
        } else if integrity == Integrity::Intact
            && changes <= Changes::Permitted
            && chain == Chain::Trusted
            && reasons.is_empty()
        {
            Verdict::Valid
        } else {
            Verdict::Undetermined
        };
        Self { verdict, integrity, changes, chain, reasons, warnings: Vec::new(), signatures }
    }
}

impl Reason {
    /// Reasons that say something is not known, rather than that something is wrong (ETSI EN 319 102-1 §5.1.3:
    /// INDETERMINATE).
    fn leaves_open(&self) -> bool {
        matches!(
            self,
            Self::NoTrustAnchors
                | Self::ChainUntrusted { .. }
                | Self::ChainExpired { .. }
                | Self::RevocationUnknown { .. }
                | Self::TimestampWrong { .. }
                | Self::ContentsFilled { .. }
                | Self::AlgorithmUnsupported { .. }
                | Self::SubFilterUnknown { .. }
        )
    }
}
