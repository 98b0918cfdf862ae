//! Public-key mathematics, by aws-lc-rs: which digest and which verification an algorithm identifier means. It
//! holds no private key; signing is the token's business.
//!
//! The rule for what is accepted: SHA-2 and SHA-3, RSA from 2048 bits (PKCS#1 v1.5 and PSS), ECDSA on the NIST
//! curves, Ed25519. SHA-1, MD5 and their like and shorter RSA keys are *weak*: refused, since anybody may have
//! made such a signature. What is merely not computed here (DSA, brainpool, Ed448 …) is *unsupported*: it cannot be
//! judged, so it is neither valid nor called wrong.

mod hash;
pub(crate) mod name;
mod scheme;

pub(crate) use hash::{Context, Digest, Hash, identifying, sha256};
pub(crate) use name::AlgorithmName;
pub(crate) use scheme::{describe, fits};

use aws_lc_rs::signature::UnparsedPublicKey;

use crate::cms::asn1::{Element, Malformed};

/// Why a signature over given bytes does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CryptoError {
    /// The encoding of a key or an algorithm cannot be read, or they contradict one another.
    Malformed,
    /// Nothing here computes this algorithm.
    Unsupported(AlgorithmName),
    /// The algorithm is broken, or the key too short.
    Weak(AlgorithmName),
    /// Computed, and wrong.
    Mismatch,
}

impl From<Malformed> for CryptoError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What is signed: bytes, or bytes already hashed because they lie apart in the file.
pub(crate) enum Message<'a> {
    Bytes(&'a [u8]),
    Digest(Hash, &'a Digest),
}

/// Checks `signature` of `message` with the key in `spki` (a SubjectPublicKeyInfo). `algorithm` is the
/// AlgorithmIdentifier of the signature; `named` the digest named beside it (CMS), if any: they must agree.
pub(crate) fn verify(
    spki: &[u8],
    algorithm: Element<'_>,
    named: Option<Hash>,
    message: &Message<'_>,
    signature: &[u8],
) -> Result<(), CryptoError> {
    let scheme = scheme::of(spki, algorithm, named)?;
    if named.is_some_and(|named| scheme.hash.is_some_and(|hash| hash != named)) {
        return Err(CryptoError::Malformed);
    }
    let key = UnparsedPublicKey::new(scheme.verification, scheme.key);
    let outcome = match message {
        Message::Bytes(bytes) => key.verify(bytes, signature),
        Message::Digest(of, digest) if scheme.hash == Some(*of) => key.verify_digest(digest, signature),
        Message::Digest(..) => {
            return Err(CryptoError::Unsupported("Ed25519 without signed attributes".into()));
        }
    };
    outcome.map_err(|_| CryptoError::Mismatch)
}
