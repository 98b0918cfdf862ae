//! Public-key mathematics, by aws-lc-rs: which digest and which verification an algorithm identifier means. It
//! holds no private key; signing is the token's business.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use crate::cms::asn1::{Element, Malformed, Reader, tag};
use crate::cms::oid;
use crate::signer::SignatureAlgorithm;

/// Why a signature over given bytes does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CryptoError {
    /// The encoding of a key or an algorithm cannot be read, or they contradict one another.
    Malformed,
    /// Nothing here computes this algorithm, or it is broken (SHA-1, RSA below 2048 bits).
    Unsupported,
    /// Computed, and wrong.
    Mismatch,
}

impl From<Malformed> for CryptoError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// The digests accepted in signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(crate) fn from_oid(identifier: &[u8]) -> Result<Self, CryptoError> {
        match identifier {
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            _ => Err(CryptoError::Unsupported),
        }
    }

    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    pub(crate) fn context(self) -> digest::Context {
        digest::Context::new(match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        })
    }

    /// The digest of the parts, one after the other; nothing is copied.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Digest {
        let mut context = self.context();
        parts.iter().for_each(|part| context.update(part));
        context.finish()
    }
}

/// SHA-256, as hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Hash::Sha256.of(&[bytes]))
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
    let (scheme, hash) = scheme(spki, algorithm, named)?;
    if named.is_some_and(|named| hash.is_some_and(|hash| hash != named)) {
        return Err(CryptoError::Malformed);
    }
    let key = UnparsedPublicKey::new(scheme, spki);
    let outcome = match message {
        Message::Bytes(bytes) => key.verify(bytes, signature),
        Message::Digest(of, digest) if hash == Some(*of) => key.verify_digest(digest, signature),
        Message::Digest(..) => return Err(CryptoError::Unsupported),
    };
    outcome.map_err(|_| CryptoError::Mismatch)
}

type Scheme = &'static dyn VerificationAlgorithm;

/// The verification that key and algorithm mean, and the digest inside it (none for Ed25519).
fn scheme(
    spki: &[u8],
    algorithm: Element<'_>,
    named: Option<Hash>,
) -> Result<(Scheme, Option<Hash>), CryptoError> {
    let mut parts = algorithm.children();
    let signature_oid = parts.expect(tag::OID)?.content;
    let parameters = if parts.is_empty() { None } else { Some(parts.next()?) };
    let plain = parameters.is_none_or(|parameters| parameters.raw == tag::NULL) && parts.is_empty();
    if signature_oid != oid::RSA_PSS && !plain {
        return Err(CryptoError::Malformed);
    }
    let key = key_kind(spki)?;
    let hash = match signature_oid {
        oid::RSA_ENCRYPTION | oid::EC_PUBLIC_KEY => named.ok_or(CryptoError::Malformed)?,
        oid::RSA_SHA256 | oid::ECDSA_SHA256 => Hash::Sha256,
        oid::RSA_SHA384 | oid::ECDSA_SHA384 => Hash::Sha384,
        oid::RSA_SHA512 | oid::ECDSA_SHA512 => Hash::Sha512,
        oid::RSA_PSS => pss_hash(parameters.ok_or(CryptoError::Malformed)?)?,
        oid::ED25519 if key == Key::Ed25519 => return Ok((&signature::ED25519, None)),
        _ => return Err(CryptoError::Unsupported),
    };
    let scheme: Scheme = match (key, signature_oid) {
        (Key::Rsa, oid::RSA_PSS) => match hash {
            Hash::Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
        },
        (Key::Rsa, oid::RSA_ENCRYPTION | oid::RSA_SHA256 | oid::RSA_SHA384 | oid::RSA_SHA512) => match hash {
            Hash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        },
        (
            Key::P256 | Key::P384 | Key::P521,
            oid::EC_PUBLIC_KEY | oid::ECDSA_SHA256 | oid::ECDSA_SHA384 | oid::ECDSA_SHA512,
        ) => ecdsa(key, hash),
        _ => return Err(CryptoError::Malformed),
    };
    Ok((scheme, Some(hash)))
}

fn ecdsa(key: Key, hash: Hash) -> Scheme {
    match (key, hash) {
        (Key::P384, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Key::P384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Key::P384, Hash::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Key::P521, Hash::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Key::P521, Hash::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Key::P521, Hash::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
        (_, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (_, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (_, Hash::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

fn key_kind(spki: &[u8]) -> Result<Key, CryptoError> {
    let mut algorithm = Reader::new(spki).expect(tag::SEQUENCE)?.children().expect(tag::SEQUENCE)?.children();
    match algorithm.expect(tag::OID)?.content {
        oid::RSA_ENCRYPTION | oid::RSA_PSS => Ok(Key::Rsa),
        oid::ED25519 => Ok(Key::Ed25519),
        oid::EC_PUBLIC_KEY => match algorithm.expect(tag::OID)?.content {
            oid::P256 => Ok(Key::P256),
            oid::P384 => Ok(Key::P384),
            oid::P521 => Ok(Key::P521),
            _ => Err(CryptoError::Unsupported),
        },
        _ => Err(CryptoError::Unsupported),
    }
}

/// Whether the key in `spki` can sign by `algorithm`.
pub(crate) fn fits(spki: &[u8], algorithm: SignatureAlgorithm) -> bool {
    let wanted = match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => Key::Rsa,
        SignatureAlgorithm::EcdsaP256Sha256 => Key::P256,
        SignatureAlgorithm::EcdsaP384Sha384 => Key::P384,
    };
    key_kind(spki) == Ok(wanted)
}

/// RSASSA-PSS parameters (RFC 4055 §3.1): the digest; only MGF1 with the same digest is known here.
fn pss_hash(parameters: Element<'_>) -> Result<Hash, CryptoError> {
    let mut parts = parameters.children();
    let hash = parts.optional(tag::CONTEXT_0)?.ok_or(CryptoError::Unsupported)?;
    let hash = hash.children().expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
    let mask = parts.optional(tag::CONTEXT_1)?.ok_or(CryptoError::Unsupported)?;
    let mut mask = mask.children().expect(tag::SEQUENCE)?.children();
    mask.expect(tag::OID)?;
    let mask_hash = mask.expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
    if mask_hash != hash {
        return Err(CryptoError::Unsupported);
    }
    Hash::from_oid(hash)
}
