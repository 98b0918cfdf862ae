//! Signs: appends one increment with a PAdES B-B signature (ETSI EN 319 142-1) and touches no earlier byte. Two
//! steps, with the key between them: [`prepare`] lays the increment out and says what is to be signed,
//! [`Prepared::finish`] puts the signature in, after checking it with the signer's certificate (invariant 4).

mod appearance;
pub(crate) mod edit;
pub(crate) mod field;
pub(crate) mod layout;
pub(crate) mod prepare;
mod seed;

use aws_lc_rs::digest::{Context, Digest};
use jiff::Timestamp;

pub use appearance::Appearance;
pub use prepare::prepare;

use crate::certificate::Certificate;
use crate::cms::build;
use crate::cms::signed_data::{Profile, SignedData};
use crate::crypto::Hash;
use crate::error::PadesError;
use crate::form::{DocMdp, FieldMdp};
use crate::signer::{SignatureAlgorithm, Signer};
use crate::timestamp::TimestampToken;

/// Room for one RFC 3161 token with the certificates of its authority, in bytes. What real authorities send takes 3 to
/// 9 kB.
pub const TIMESTAMP_RESERVE: usize = 16 * 1024;

/// Which field carries the signature.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldTarget {
    /// The empty signature field of this full name.
    Existing(String),
    /// A new field.
    New {
        /// Its name; without a full stop.
        name: String,
        /// Page, counted from 0.
        page: usize,
        /// Lower left and upper right corner in points; all zero for an invisible signature.
        rect: [f32; 4],
    },
}

/// How to sign.
#[derive(Debug, Clone)]
pub struct SignOptions {
    /// The field to fill.
    pub field: FieldTarget,
    /// Claimed time of signing, written as /M at +07:00.
    pub signing_time: Timestamp,
    /// /Reason.
    pub reason: Option<String>,
    /// /Location.
    pub location: Option<String>,
    /// /ContactInfo.
    pub contact: Option<String>,
    /// /Name of the signer.
    pub name: Option<String>,
    /// Certifies the file (first signature only) and says what remains permitted.
    pub certify: Option<DocMdp>,
    /// Locks fields. A /Lock that the field carries already takes precedence.
    pub lock: Option<FieldMdp>,
    /// What the widget shows; without it an existing field keeps its appearance.
    pub appearance: Option<Appearance>,
    /// Bytes kept free beyond the exact size of the signature, for a timestamp that is put in with it
    /// ([`Prepared::finish_timestamped`]): [`TIMESTAMP_RESERVE`] or 0.
    pub reserve: usize,
}

impl SignOptions {
    /// A plain approval signature into `field`.
    pub fn new(field: FieldTarget, signing_time: Timestamp) -> Self {
        Self {
            field,
            signing_time,
            reason: None,
            location: None,
            contact: None,
            name: None,
            certify: None,
            lock: None,
            appearance: None,
            reserve: 0,
        }
    }
}

/// Who is going to sign: what must be known before the key is asked.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The signer's certificate.
    pub certificate: Certificate,
    /// The certificates above it, in DER.
    pub chain: Vec<Vec<u8>>,
    /// How the key signs.
    pub algorithm: SignatureAlgorithm,
}

impl Identity {
    /// Asks the signer; the key is not used.
    ///
    /// # Errors
    /// [`PadesError::CertificateUnreadable`] when a certificate is none.
    pub fn of(signer: &dyn Signer) -> Result<Self, PadesError> {
        Ok(Self {
            certificate: Certificate::from_der(signer.certificate())?,
            chain: signer.chain().to_vec(),
            algorithm: signer.algorithm(),
        })
    }
}

/// What was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bytes to append to the file that was given; that file is not changed.
    pub increment: Vec<u8>,
}

/// An increment that lacks nothing but its signature.
#[derive(Clone)]
pub struct Prepared {
    identity: Identity,
    signed_attributes: Vec<u8>,
    gapped: layout::Gapped,
    /// The digest after the earlier bytes of the file, before the increment.
    prefix: Context,
}

impl Prepared {
    /// The DER of the CMS SignedAttributes: what the key hashes and signs.
    pub fn to_be_signed(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// Puts the signature in. The whole SignedData is read back from the finished bytes and verified against the
    /// signer's certificate and the digest of the file; only then is anything returned.
    ///
    /// # Errors
    /// [`PadesError::SignatureWrong`], [`PadesError::PlaceholderTooSmall`].
    pub fn finish(self, signature: &[u8]) -> Result<Signed, PadesError> {
        self.finish_with(signature, None)
    }

    /// As [`Self::finish`], with a timestamp of the signature value inside the signature (PAdES B-T, ETSI EN 319
    /// 142-1 §6.3). The options must have kept [`TIMESTAMP_RESERVE`].
    ///
    /// # Errors
    /// As [`Self::finish`]; [`PadesError::TimestampWrong`] when the token is of something else.
    pub fn finish_timestamped(self, signature: &[u8], token: &TimestampToken) -> Result<Signed, PadesError> {
        if !token.is_of(signature) {
            return Err(PadesError::TimestampWrong);
        }
        self.finish_with(signature, Some(token.der()))
    }

    fn finish_with(mut self, signature: &[u8], timestamp: Option<&[u8]>) -> Result<Signed, PadesError> {
        let Identity { certificate, chain, algorithm } = &self.identity;
        let cms =
            build::signed_data(certificate, chain, *algorithm, &self.signed_attributes, signature, timestamp)
                .map_err(|_| PadesError::CertificateUnreadable)?;
        self.gapped.fill(&cms)?;
        self.check()?;
        Ok(Signed { increment: self.gapped.bytes })
    }

    fn check(&self) -> Result<(), PadesError> {
        let wrong = |_| PadesError::SignatureWrong;
        let written = self.gapped.value().ok_or(PadesError::SignatureWrong)?;
        let read = SignedData::read(&written).map_err(wrong)?;
        let mut document = |hash: Hash| {
            if hash == self.identity.algorithm.hash() { self.digest() } else { hash.of(&[]) }
        };
        let checked = read.check(Profile::Cades, &mut document).map_err(wrong)?;
        if checked.signer == self.identity.certificate { Ok(()) } else { Err(PadesError::SignatureWrong) }
    }

    /// The digest of the file without the gap. The earlier bytes are hashed once.
    fn digest(&self) -> Digest {
        let mut context = self.prefix.clone();
        self.gapped.hashed().into_iter().for_each(|part| context.update(part));
        context.finish()
    }
}

/// Prepares, asks the key, finishes.
///
/// # Errors
/// Any [`PadesError`]; [`PadesError::Signer`] carries the key holder's own error.
pub fn sign(pdf: &[u8], options: &SignOptions, signer: &dyn Signer) -> Result<Signed, PadesError> {
    let prepared = prepare(pdf, options, Identity::of(signer)?)?;
    let signature = signer.sign(prepared.to_be_signed()).map_err(PadesError::Signer)?;
    prepared.finish(&signature)
}
