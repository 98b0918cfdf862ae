//! A private key of the token, and the signatures it makes with each mechanism.

use aws_lc_rs::digest::{Digest as Hashed, SHA256};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
};
use cryptoki_sys::*;
use getrandom::SysRng;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey};
use sha2::{Digest, Sha256};

use crate::dispatch::Outcome;
use crate::script::{Way, has, script};

/// A key. Its secret is public: see the crate's head.
pub(crate) enum Key {
    Rsa(Box<RsaPrivateKey>),
    /// On P-256: once for signatures as r‖s, once for DER.
    Ec {
        fixed: EcdsaKeyPair,
        der: EcdsaKeyPair,
    },
}

/// ASN.1 head of a DigestInfo with SHA-256 (RFC 8017, 9.2 note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

impl Key {
    pub(crate) fn from_pem(pem: &str) -> Outcome<Self> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| CKR_DEVICE_ERROR)?;
        Ok(Self::Rsa(Box::new(key)))
    }

    pub(crate) fn from_der(der: &[u8]) -> Outcome<Self> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_der(der) {
            return Ok(Self::Rsa(Box::new(key)));
        }
        let read = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der).map_err(|_| CKR_DEVICE_ERROR);
        Ok(Self::Ec {
            fixed: read(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            der: read(&ECDSA_P256_SHA256_ASN1_SIGNING)?,
        })
    }

    /// What names the key: the modulus, or the point.
    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.n().to_be_bytes_trimmed_vartime().to_vec(),
            Self::Ec { fixed, .. } => fixed.public_key().as_ref().to_vec(),
        }
    }

    /// The mechanisms it has if a script does not say otherwise.
    pub(crate) fn mechanisms(&self) -> Vec<CK_MECHANISM_TYPE> {
        let own = match self {
            Self::Rsa(_) => vec![CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS],
            Self::Ec { .. } => vec![CKM_ECDSA],
        };
        script().mechanisms.clone().unwrap_or(own)
    }

    /// The longest a signature gets, in bytes.
    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Rsa(key) => key.size(),
            Self::Ec { .. } if has(Way::EcdsaDer) => 72,
            Self::Ec { .. } => 64,
        }
    }

    /// One signature over the data a caller has given.
    pub(crate) fn sign(&self, mechanism: CK_MECHANISM_TYPE, data: &[u8]) -> Outcome<Vec<u8>> {
        let refused = |_| CKR_DATA_LEN_RANGE;
        match (self, mechanism) {
            (Self::Rsa(key), CKM_RSA_PKCS | CKM_SHA256_RSA_PKCS) => {
                let hashed = [&SHA256_DIGEST_INFO[..], &Sha256::digest(data)].concat();
                let input = if mechanism == CKM_RSA_PKCS { data } else { &hashed };
                Pkcs1v15Sign::new_unprefixed().sign(Some(&mut SysRng), key, input).map_err(refused)
            }
            (Self::Rsa(key), CKM_RSA_PKCS_PSS) => {
                Pss::<Sha256>::new().sign(Some(&mut SysRng), key, data).map_err(refused)
            }
            (Self::Rsa(key), CKM_SHA256_RSA_PKCS_PSS) => {
                Pss::<Sha256>::new().sign(Some(&mut SysRng), key, &Sha256::digest(data)).map_err(refused)
            }
            (Self::Ec { fixed, der }, CKM_ECDSA) => {
                let hash = Hashed::import_less_safe(data, &SHA256).map_err(|_| CKR_DATA_LEN_RANGE)?;
                let key = if has(Way::EcdsaDer) { der } else { fixed };
                Ok(key.sign_digest(&hash).map_err(|_| CKR_FUNCTION_FAILED)?.as_ref().to_vec())
            }
            _ => Err(CKR_KEY_TYPE_INCONSISTENT),
        }
    }
}
