//! Signatures as they come from a token, and whether they are what the certificate's key would have made.
//!
//! Keeps the first half of invariant 4: what does not verify with the certificate's key leaves this crate never.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use der::asn1::UintRef;
use der::{Encode, Sequence};
use serde::{Deserialize, Serialize};

use crate::certificate::{Curve, PublicKey};

/// The most data one signature is made over, in bytes. Signed attributes of a CMS have a few hundred.
pub const MOST_DATA: usize = 512 * 1024;

/// How to sign. The hash is part of it; the token or its host process makes it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes: for tokens that have nothing else.
    RsaPssSha256,
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
}

/// What to sign.
#[derive(Clone, Copy, Debug)]
pub struct SignRequest<'a> {
    /// How.
    pub algorithm: SignAlgorithm,
    /// The data itself, not its hash; at most [`MOST_DATA`] bytes.
    pub data: &'a [u8],
}

/// A verified signature, and whether the token had made it in DER although it is ECDSA.
pub(crate) struct Verified {
    pub(crate) signature: Vec<u8>,
    pub(crate) ecdsa_in_der: bool,
}

/// Whether this key can make this kind of signature.
pub(crate) fn fits(key: &PublicKey, algorithm: SignAlgorithm) -> bool {
    match algorithm {
        SignAlgorithm::RsaPkcs1Sha256 => matches!(key, PublicKey::Rsa { pss_only: false, .. }),
        SignAlgorithm::RsaPssSha256 => matches!(key, PublicKey::Rsa { .. }),
        SignAlgorithm::EcdsaSha256 | SignAlgorithm::EcdsaSha384 => matches!(key, PublicKey::Ec { .. }),
    }
}

/// How this key signs on a token that may have nothing but PSS for RSA.
pub(crate) fn preferred(key: &PublicKey, token_is_pss_only: bool) -> SignAlgorithm {
    match key {
        PublicKey::Rsa { pss_only, .. } if *pss_only || token_is_pss_only => SignAlgorithm::RsaPssSha256,
        PublicKey::Rsa { .. } => SignAlgorithm::RsaPkcs1Sha256,
        PublicKey::Ec { curve: Curve::P256, .. } => SignAlgorithm::EcdsaSha256,
        PublicKey::Ec { curve: Curve::P384, .. } => SignAlgorithm::EcdsaSha384,
    }
}

/// The signature in its usual form (RSA: as is; ECDSA: DER), if it verifies.
///
/// PKCS#11 says that ECDSA signatures are r‖s, but some tokens return DER: what verifies is right.
pub(crate) fn verified(
    key: &PublicKey,
    algorithm: SignAlgorithm,
    data: &[u8],
    made: &[u8],
) -> Option<Verified> {
    match key {
        PublicKey::Rsa { der, .. } => {
            let scheme = match algorithm {
                SignAlgorithm::RsaPssSha256 => &RSA_PSS_2048_8192_SHA256,
                _ => &RSA_PKCS1_2048_8192_SHA256,
            };
            verifies(scheme, der, data, made)
                .then(|| Verified { signature: made.to_vec(), ecdsa_in_der: false })
        }
        PublicKey::Ec { curve, point } => {
            let scheme = match (curve, algorithm) {
                (Curve::P256, SignAlgorithm::EcdsaSha384) => &ECDSA_P256_SHA384_ASN1,
                (Curve::P256, _) => &ECDSA_P256_SHA256_ASN1,
                (Curve::P384, SignAlgorithm::EcdsaSha384) => &ECDSA_P384_SHA384_ASN1,
                (Curve::P384, _) => &ECDSA_P384_SHA256_ASN1,
            };
            let from_raw = der_of_raw(made, *curve)
                .filter(|der| verifies(scheme, point, data, der))
                .map(|signature| Verified { signature, ecdsa_in_der: false });
            from_raw.or_else(|| {
                verifies(scheme, point, data, made)
                    .then(|| Verified { signature: made.to_vec(), ecdsa_in_der: true })
            })
        }
    }
}

fn verifies(scheme: &'static dyn VerificationAlgorithm, key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(scheme, key).verify(data, signature).is_ok()
}

/// RFC 3279, 2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// r‖s in DER, if it has the length of r‖s on this curve.
fn der_of_raw(raw: &[u8], curve: Curve) -> Option<Vec<u8>> {
    if raw.len() != 2 * curve.field_len() {
        return None;
    }
    let (r, s) = raw.split_at(curve.field_len());
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        KeyPair,
    };

    use super::*;

    fn key_pair(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
        EcdsaKeyPair::generate(algorithm).unwrap()
    }

    #[test]
    fn raw_ecdsa_is_normalised_to_der_and_der_is_kept() {
        let pair = key_pair(&ECDSA_P384_SHA384_FIXED_SIGNING);
        let key = PublicKey::Ec { curve: Curve::P384, point: pair.public_key().as_ref().to_vec() };
        let raw = pair.sign(&SystemRandom::new(), b"data").unwrap();
        let made = verified(&key, SignAlgorithm::EcdsaSha384, b"data", raw.as_ref()).unwrap();
        assert!(!made.ecdsa_in_der);
        let again = verified(&key, SignAlgorithm::EcdsaSha384, b"data", &made.signature).unwrap();
        assert!(again.ecdsa_in_der);
        assert_eq!(again.signature, made.signature);
    }

    #[test]
    fn a_signature_over_other_data_or_by_another_key_is_refused() {
        let pair = key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let other = key_pair(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let made = pair.sign(&SystemRandom::new(), b"data").unwrap();
        let key = |pair: &EcdsaKeyPair| PublicKey::Ec {
            curve: Curve::P256,
            point: pair.public_key().as_ref().to_vec(),
        };
        assert!(verified(&key(&pair), SignAlgorithm::EcdsaSha256, b"data", made.as_ref()).is_some());
        assert!(verified(&key(&pair), SignAlgorithm::EcdsaSha256, b"Data", made.as_ref()).is_none());
        assert!(verified(&key(&other), SignAlgorithm::EcdsaSha256, b"data", made.as_ref()).is_none());
        assert!(verified(&key(&pair), SignAlgorithm::EcdsaSha256, b"data", &[]).is_none());
        assert!(verified(&key(&pair), SignAlgorithm::EcdsaSha256, b"data", &[0; 64]).is_none());
    }
}
