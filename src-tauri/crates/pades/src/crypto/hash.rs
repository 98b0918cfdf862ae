//! Digests. Those that prove something have a variant of [`Hash`]; the broken ones have only a name.

use aws_lc_rs::digest;

use super::{CryptoError, name};
use crate::cms::oid;

pub(crate) use aws_lc_rs::digest::{Context, Digest};

/// The digests accepted in signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

impl Hash {
    /// The digest of this identifier. Some writers put the identifier of the whole signature where the digest's
    /// belongs; it names the same digest.
    pub(crate) fn from_oid(identifier: &[u8]) -> Result<Self, CryptoError> {
        match identifier {
            oid::SHA256 | oid::RSA_SHA256 | oid::ECDSA_SHA256 => Ok(Self::Sha256),
            oid::SHA384 | oid::RSA_SHA384 | oid::ECDSA_SHA384 => Ok(Self::Sha384),
            oid::SHA512 | oid::RSA_SHA512 | oid::ECDSA_SHA512 => Ok(Self::Sha512),
            oid::SHA3_256 => Ok(Self::Sha3_256),
            oid::SHA3_384 => Ok(Self::Sha3_384),
            oid::SHA3_512 => Ok(Self::Sha3_512),
            other => Err(name::refusal(other)),
        }
    }

    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
            Self::Sha3_256 => oid::SHA3_256,
            Self::Sha3_384 => oid::SHA3_384,
            Self::Sha3_512 => oid::SHA3_512,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
        }
    }

    pub(crate) fn context(self) -> Context {
        Context::new(match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sha3_256 => &digest::SHA3_256,
            Self::Sha3_384 => &digest::SHA3_384,
            Self::Sha3_512 => &digest::SHA3_512,
        })
    }

    /// The digest of the parts, one after the other; nothing is copied.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Digest {
        let mut context = self.context();
        parts.iter().for_each(|part| context.update(part));
        context.finish()
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(Hash::Sha256.of(&[bytes]).as_ref());
    out
}

/// The digest that old protocols find a certificate by (OCSP's CertID, the first signing-certificate attribute).
/// Nothing is proved by it.
pub(crate) fn identifying(algorithm: &[u8], bytes: &[u8]) -> Option<Digest> {
    match algorithm {
        oid::SHA1 => Some(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes)),
        other => Hash::from_oid(other).ok().map(|hash| hash.of(&[bytes])),
    }
}
