//! Signs, and verifies, PDF signatures (PAdES, ETSI EN 319 142-1). It knows a [`Signer`], never a token; it draws
//! no appearance and asks no network: [`augment`] takes one as a port.
//!
//! Signing appends one increment and changes no earlier byte; before an increment is handed out, its signature is
//! verified with the signer's certificate (invariant 4). [`verify`] reads strictly, revision by revision, and
//! answers with a report; [`first_difference`] is the exact answer for files of this house (invariant 5).

mod augment;
mod certificate;
mod cms;
mod crypto;
mod error;
mod form;
#[cfg(fuzzing)]
pub mod fuzzing;
mod pdf;
mod sign;
mod signer;
mod timestamp;
mod trust;
mod verify;

pub use augment::{Added, AugmentOptions, Augmented, Missing, Network, NetworkError, Target, augment};
pub use certificate::Certificate;
pub use error::PadesError;
pub use form::{DocMdp, FieldMdp};
pub use sign::{
    Appearance, FieldTarget, Identity, Prepared, SignOptions, Signed, TIMESTAMP_RESERVE, prepare, sign,
};
pub use signer::{SignatureAlgorithm, Signer, SignerError};
pub use timestamp::{TimestampError, TimestampRequest, TimestampToken};
pub use trust::{ChainFault, Crl, OcspResponse, RevocationItem, RevocationReason, RevocationSource};
pub use verify::ours::{Difference, Known, Sha256, first_difference};
pub use verify::report::{
    Chain, Changes, Coverage, Integrity, Level, Reason, Report, SignatureReport, SignerIdentity,
    TimestampKind, TimestampReport, Verdict, Warning,
};
pub use verify::{Verifier, VerifyOptions, verify};
