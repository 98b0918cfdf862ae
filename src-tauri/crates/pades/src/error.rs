//! The one error of this room.

use crate::signer::SignerError;

/// Why a file was not signed, or a certificate not read. Verification has no error: its answer is a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PadesError {
    /// The file cannot be read without guessing, so nothing is appended to it.
    #[error("the PDF cannot be read strictly: {what}")]
    PdfUnreadable {
        /// What the reader met.
        what: String,
    },
    /// The file is encrypted and does not open with the empty password, or in a way that is not known here.
    #[error("the PDF is encrypted: {what}")]
    PdfEncrypted {
        /// What keeps it closed.
        what: String,
    },
    /// The file is encrypted with permissions that leave out this change (ISO 32000-1 table 22).
    #[error("the PDF's encryption does not permit this change")]
    ForbiddenByEncryption,
    /// The field requires of its signature what is not given (ISO 32000-1 §12.7.4.5).
    #[error("the field's seed value {constraint} is not met")]
    SeedValueUnmet {
        /// The seed value's key.
        constraint: &'static str,
    },
    /// A certificate is not X.509 in DER or PEM.
    #[error("the certificate cannot be read")]
    CertificateUnreadable,
    /// The certificate's key is not of the kind the signer says.
    #[error("the certificate's key does not fit the signature algorithm")]
    KeyMismatch,
    /// No list of revoked certificates, or no answer about one.
    #[error("the revocation information cannot be read")]
    RevocationUnreadable,
    /// A list or an answer that its authority did not sign, or about another certificate.
    #[error("the revocation information does not hold")]
    RevocationWrong,
    /// No field of this name.
    #[error("the signature field {name:?} does not exist")]
    FieldMissing {
        /// The full name of the field.
        name: String,
    },
    /// The field is no signature field, or not with exactly one widget.
    #[error("the field {name:?} is not a signature field that can be filled")]
    FieldUnusable {
        /// The full name of the field.
        name: String,
    },
    /// The field carries a signature already.
    #[error("the field {name:?} is already signed")]
    FieldAlreadySigned {
        /// The full name of the field.
        name: String,
    },
    /// A field of this name exists; a new one may not shadow it.
    #[error("a field named {name:?} exists")]
    FieldExists {
        /// The full name of the field.
        name: String,
    },
    /// An earlier signature locked this field (ISO 32000-1 §12.8.2.4).
    #[error("the field {name:?} is locked by an earlier signature")]
    FieldLocked {
        /// The full name of the field.
        name: String,
    },
    /// Only the first signature can certify (ISO 32000-1 §12.8.4).
    #[error("only the first signature of a file can certify it")]
    CertifiedTooLate,
    /// The certifying signature permits no such change (ISO 32000-1 §12.8.2.2).
    #[error("the certifying signature forbids this change")]
    ForbiddenByCertification,
    /// No such page.
    #[error("the file has no page {page}")]
    PageMissing {
        /// Counted from 0.
        page: usize,
    },
    /// The appearance is not a closed list of objects with a form XObject at its root.
    #[error("the appearance is malformed: {what}")]
    AppearanceMalformed {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The holder of the key failed; see the source.
    #[error("the signer failed")]
    Signer(#[source] SignerError),
    /// What the signer returned is not a signature of this document by this certificate (invariant 4).
    #[error("the signature does not verify with the signer's certificate")]
    SignatureWrong,
    /// The file carries no signature.
    #[error("nothing is signed in the file")]
    NothingSigned,
    /// What is needed to check the signatures later could not all be had.
    #[error("validation data is missing: {missing} parts")]
    ValidationDataMissing {
        /// How many parts.
        missing: usize,
    },
    /// No timestamp could be had; see the source.
    #[error("no timestamp was obtained")]
    Network(#[source] crate::augment::NetworkError),
    /// A timestamp that is not of what it was asked for.
    #[error("the timestamp is of something else")]
    TimestampWrong,
    /// The signature is longer than the space kept for it.
    #[error("the signature takes {needed} bytes, {reserved} were kept")]
    PlaceholderTooSmall {
        /// Bytes of the finished CMS.
        needed: usize,
        /// Bytes kept.
        reserved: usize,
    },
}

impl From<crate::pdf::ReadError> for PadesError {
    fn from(error: crate::pdf::ReadError) -> Self {
        Self::PdfUnreadable { what: error.to_string() }
    }
}
