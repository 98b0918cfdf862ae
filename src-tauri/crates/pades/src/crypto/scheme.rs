//! From an AlgorithmIdentifier and a key to the verification they mean together (RFC 4055, RFC 5480, RFC 8410).

use aws_lc_rs::signature::{self, RsaParameters, RsaPssSaltLength, VerificationAlgorithm};

use super::{CryptoError, Hash, name};
use crate::cms::asn1::{Element, Reader, tag};
use crate::cms::oid;
use crate::signer::SignatureAlgorithm;

/// The shortest RSA modulus that is accepted, in bits (NIST SP 800-131A, ETSI TS 119 312 §8.4).
const RSA_BITS_MIN: usize = 2048;

/// A verification, the key in the form it takes, the digest inside it (none for Ed25519).
pub(super) struct Scheme<'a> {
    pub(super) verification: &'static dyn VerificationAlgorithm,
    pub(super) key: &'a [u8],
    pub(super) hash: Option<Hash>,
}

enum Key<'a> {
    /// RSAPublicKey (RFC 8017 §A.1.1), the bits of its modulus, and whether the key is for PSS alone.
    Rsa {
        key: &'a [u8],
        bits: usize,
        pss_only: bool,
    },
    P256,
    P384,
    P521,
    Ed25519,
}

pub(super) fn of<'a>(
    spki: &'a [u8],
    algorithm: Element<'_>,
    named: Option<Hash>,
) -> Result<Scheme<'a>, CryptoError> {
    let mut parts = algorithm.children();
    let identifier = parts.expect(tag::OID)?.content;
    let parameters = if parts.is_empty() { None } else { Some(parts.next()?) };
    parts.end()?;
    let plain = parameters.is_none_or(|parameters| parameters.raw == tag::NULL);
    let hash = match identifier {
        oid::RSA_ENCRYPTION | oid::EC_PUBLIC_KEY => named.ok_or(CryptoError::Malformed)?,
        oid::RSA_SHA256 | oid::ECDSA_SHA256 => Hash::Sha256,
        oid::RSA_SHA384 | oid::ECDSA_SHA384 => Hash::Sha384,
        oid::RSA_SHA512 | oid::ECDSA_SHA512 => Hash::Sha512,
        oid::ECDSA_SHA3_256 => Hash::Sha3_256,
        oid::ECDSA_SHA3_384 => Hash::Sha3_384,
        oid::ECDSA_SHA3_512 => Hash::Sha3_512,
        oid::RSA_PSS => pss_hash(parameters)?,
        // The identifier of a key, for a key of that kind.
        oid::ED25519 => Hash::Sha512,
        other => return Err(name::refusal(other)),
    };
    // The curve may be repeated beside the plain key identifier; the key itself decides.
    if !plain && !matches!(identifier, oid::RSA_PSS | oid::EC_PUBLIC_KEY) {
        return Err(CryptoError::Malformed);
    }
    let key = key(spki)?;
    let verification: &'static dyn VerificationAlgorithm = match (&key, identifier) {
        (Key::Rsa { bits, .. }, _) if *bits < RSA_BITS_MIN => {
            return Err(CryptoError::Weak(format!("RSA {bits}").into()));
        }
        (Key::Rsa { bits, .. }, oid::RSA_PSS) => pss(hash, pss_salt(parameters)?, *bits)?,
        (
            Key::Rsa { pss_only: false, .. },
            oid::RSA_ENCRYPTION | oid::RSA_SHA256 | oid::RSA_SHA384 | oid::RSA_SHA512,
        ) => match hash {
            Hash::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            other => return Err(unsupported(other, "RSA")),
        },
        (Key::Ed25519, oid::ED25519) => {
            return Ok(Scheme { verification: &signature::ED25519, key: spki, hash: None });
        }
        (
            Key::P256 | Key::P384 | Key::P521,
            oid::EC_PUBLIC_KEY
            | oid::ECDSA_SHA256
            | oid::ECDSA_SHA384
            | oid::ECDSA_SHA512
            | oid::ECDSA_SHA3_256
            | oid::ECDSA_SHA3_384
            | oid::ECDSA_SHA3_512,
        ) => ecdsa(&key, hash)?,
        _ => return Err(CryptoError::Malformed),
    };
    let key = match key {
        Key::Rsa { key, .. } => key,
        _ => spki,
    };
    Ok(Scheme { verification, key, hash: Some(hash) })
}

fn unsupported(hash: Hash, with: &str) -> CryptoError {
    CryptoError::Unsupported(format!("{} with {with}", hash.name()).into())
}

fn ecdsa(key: &Key<'_>, hash: Hash) -> Result<&'static dyn VerificationAlgorithm, CryptoError> {
    Ok(match (key, hash) {
        (Key::P256, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Key::P256, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Key::P256, Hash::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Key::P384, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Key::P384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Key::P384, Hash::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Key::P384, Hash::Sha3_384) => &signature::ECDSA_P384_SHA3_384_ASN1,
        (Key::P521, Hash::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Key::P521, Hash::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Key::P521, Hash::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
        (Key::P521, Hash::Sha3_512) => &signature::ECDSA_P521_SHA3_512_ASN1,
        (_, hash) => return Err(unsupported(hash, "ECDSA on this curve")),
    })
}

fn key(spki: &[u8]) -> Result<Key<'_>, CryptoError> {
    let mut parts = Reader::new(spki).expect(tag::SEQUENCE)?.children();
    let mut algorithm = parts.expect(tag::SEQUENCE)?.children();
    let bits = parts.expect(tag::BIT_STRING)?.content;
    match algorithm.expect(tag::OID)?.content {
        kind @ (oid::RSA_ENCRYPTION | oid::RSA_PSS) => {
            let key = bits.strip_prefix(&[0]).ok_or(CryptoError::Malformed)?;
            let modulus = Reader::new(key).expect(tag::SEQUENCE)?.children().expect(tag::INTEGER)?.content;
            let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
            let leading = modulus.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
            let bits = (modulus.len() - zeros) * 8 - leading;
            Ok(Key::Rsa { key, bits, pss_only: kind == oid::RSA_PSS })
        }
        oid::ED25519 => Ok(Key::Ed25519),
        oid::EC_PUBLIC_KEY => match algorithm.expect(tag::OID)?.content {
            oid::P256 => Ok(Key::P256),
            oid::P384 => Ok(Key::P384),
            oid::P521 => Ok(Key::P521),
            other => Err(name::refusal(other)),
        },
        other => Err(name::refusal(other)),
    }
}

/// Whether the key in `spki` can sign by `algorithm`.
pub(crate) fn fits(spki: &[u8], algorithm: SignatureAlgorithm) -> bool {
    matches!(
        (key(spki), algorithm),
        (Ok(Key::Rsa { pss_only: false, .. }), SignatureAlgorithm::RsaPkcs1Sha256)
            | (Ok(Key::Rsa { .. }), SignatureAlgorithm::RsaPssSha256)
            | (Ok(Key::P256), SignatureAlgorithm::EcdsaP256Sha256)
            | (Ok(Key::P384), SignatureAlgorithm::EcdsaP384Sha384)
    )
}

/// What key and algorithm are called together, `ECDSA P-256, SHA-256`; none for what is not computed here.
pub(crate) fn describe(spki: &[u8], algorithm: Element<'_>, named: Option<Hash>) -> Option<String> {
    let identifier = algorithm.children().expect(tag::OID).ok()?.content;
    let hash = of(spki, algorithm, named).ok()?.hash;
    let kind = match key(spki).ok()? {
        Key::Rsa { bits, .. } if identifier == oid::RSA_PSS => format!("RSA-PSS {bits}"),
        Key::Rsa { bits, .. } => format!("RSA {bits}"),
        Key::P256 => "ECDSA P-256".to_owned(),
        Key::P384 => "ECDSA P-384".to_owned(),
        Key::P521 => "ECDSA P-521".to_owned(),
        Key::Ed25519 => "Ed25519".to_owned(),
    };
    Some(hash.map_or_else(|| kind.clone(), |hash| format!("{kind}, {}", hash.name())))
}

/// RSASSA-PSS parameters (RFC 4055 §3.1): the digest. Absent, it is SHA-1. Only MGF1 with the same digest is known.
fn pss_hash(parameters: Option<Element<'_>>) -> Result<Hash, CryptoError> {
    let weak = || CryptoError::Weak("SHA-1 with RSA-PSS".into());
    let parameters = parameters.filter(|parameters| parameters.tag == tag::SEQUENCE).ok_or_else(weak)?;
    let mut parts = parameters.children();
    let hash = parts.optional(tag::CONTEXT_0)?.ok_or_else(weak)?;
    let hash = hash.children().expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
    let mask = parts.optional(tag::CONTEXT_1)?.ok_or_else(weak)?;
    let mut mask = mask.children().expect(tag::SEQUENCE)?.children();
    if mask.expect(tag::OID)?.content != oid::MGF1 {
        return Err(CryptoError::Unsupported("RSA-PSS with an unknown mask".into()));
    }
    let mask_hash = mask.expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
    let hash = Hash::from_oid(hash)?;
    if Hash::from_oid(mask_hash)? != hash {
        return Err(CryptoError::Unsupported("RSA-PSS with two digests".into()));
    }
    Ok(hash)
}

/// The salt's length in bytes, 20 when absent; a trailer other than the one there is, is refused.
fn pss_salt(parameters: Option<Element<'_>>) -> Result<usize, CryptoError> {
    let mut parts = parameters.ok_or(CryptoError::Malformed)?.children();
    parts.optional(tag::CONTEXT_0)?;
    parts.optional(tag::CONTEXT_1)?;
    let salt = match parts.optional(tag::CONTEXT_2)? {
        None => 20,
        Some(salt) => match salt.children().expect(tag::INTEGER)?.content {
            [low] if *low < 0x80 => usize::from(*low),
            [high, low] if *high < 0x80 => usize::from(*high) << 8 | usize::from(*low),
            _ => return Err(CryptoError::Malformed),
        },
    };
    if let Some(trailer) = parts.optional(tag::CONTEXT_3)?
        && trailer.children().expect(tag::INTEGER)?.content != [1]
    {
        return Err(CryptoError::Malformed);
    }
    parts.end()?;
    Ok(salt)
}

/// The salt lengths in use: that of the digest, the longest the key has room for, none, and those of other digests.
fn pss(hash: Hash, salt: usize, bits: usize) -> Result<&'static RsaParameters, CryptoError> {
    macro_rules! with_salt {
        ($parameters:ident, $digest:literal) => {{
            const MAX: RsaParameters = signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Max);
            const S0: RsaParameters =
                signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Custom(0));
            const S20: RsaParameters =
                signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Custom(20));
            const S32: RsaParameters =
                signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Custom(32));
            const S48: RsaParameters =
                signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Custom(48));
            const S64: RsaParameters =
                signature::$parameters.with_pss_salt_length(RsaPssSaltLength::Custom(64));
            match salt {
                _ if salt == $digest => &signature::$parameters,
                0 => &S0,
                20 => &S20,
                32 => &S32,
                48 => &S48,
                64 => &S64,
                _ if salt + $digest + 2 == (bits + 6) / 8 => &MAX,
                _ => {
                    return Err(CryptoError::Unsupported(
                        format!("RSA-PSS with a salt of {salt} bytes").into(),
                    ));
                }
            }
        }};
    }
    Ok(match hash {
        Hash::Sha256 => with_salt!(RSA_PSS_2048_8192_SHA256, 32),
        Hash::Sha384 => with_salt!(RSA_PSS_2048_8192_SHA384, 48),
        Hash::Sha512 => with_salt!(RSA_PSS_2048_8192_SHA512, 64),
        other => return Err(unsupported(other, "RSA-PSS")),
    })
}
