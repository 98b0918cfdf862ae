//! Which mechanisms make which kind of signature, best first, and what each is given to sign.

use aws_lc_rs::digest::{SHA256, SHA384, digest};
use cryptoki_sys::{
    CK_MECHANISM_TYPE, CK_RSA_PKCS_PSS_PARAMS, CKG_MGF1_SHA256, CKM_ECDSA, CKM_ECDSA_SHA256,
    CKM_ECDSA_SHA384, CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_SHA256, CKM_SHA256_RSA_PKCS,
    CKM_SHA256_RSA_PKCS_PSS,
};

use super::handle::Mechanism;
use crate::signature::SignAlgorithm;

/// The mechanisms that make this kind of signature. Those that hash on the token come first for RSA, where a token may
/// forbid what it cannot see into; last for ECDSA, where few tokens have them.
pub(super) fn mechanisms(algorithm: SignAlgorithm) -> [Mechanism; 2] {
    let plain = |kind| Mechanism { kind, pss: None };
    let pss = |kind| Mechanism { kind, pss: Some(PSS_SHA256) };
    match algorithm {
        SignAlgorithm::RsaPkcs1Sha256 => [plain(CKM_SHA256_RSA_PKCS), plain(CKM_RSA_PKCS)],
        SignAlgorithm::RsaPssSha256 => [pss(CKM_SHA256_RSA_PKCS_PSS), pss(CKM_RSA_PKCS_PSS)],
        SignAlgorithm::EcdsaSha256 => [plain(CKM_ECDSA), plain(CKM_ECDSA_SHA256)],
        SignAlgorithm::EcdsaSha384 => [plain(CKM_ECDSA), plain(CKM_ECDSA_SHA384)],
    }
}

/// Whether a token that lists these has RSA signatures by PSS and by nothing else.
pub(super) fn is_pss_only(listed: &[CK_MECHANISM_TYPE]) -> bool {
    let lists = |algorithm| mechanisms(algorithm).iter().any(|mechanism| listed.contains(&mechanism.kind));
    lists(SignAlgorithm::RsaPssSha256) && !lists(SignAlgorithm::RsaPkcs1Sha256)
}

/// The mechanism without which the hash is made here.
pub(super) fn hashing(algorithm: SignAlgorithm) -> Option<CK_MECHANISM_TYPE> {
    match algorithm {
        SignAlgorithm::RsaPkcs1Sha256 => Some(CKM_SHA256_RSA_PKCS),
        SignAlgorithm::RsaPssSha256 => Some(CKM_SHA256_RSA_PKCS_PSS),
        SignAlgorithm::EcdsaSha256 | SignAlgorithm::EcdsaSha384 => None,
    }
}

/// SHA-256, MGF1 with SHA-256, a salt as long as the hash (RFC 8017, 9.1).
const PSS_SHA256: CK_RSA_PKCS_PSS_PARAMS =
    CK_RSA_PKCS_PSS_PARAMS { hashAlg: CKM_SHA256, mgf: CKG_MGF1_SHA256, sLen: 32 };

/// ASN.1 head of a DigestInfo with SHA-256 (RFC 8017, 9.2 note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// What a mechanism signs: the data, its hash, or its hash in a DigestInfo.
pub(super) fn input(mechanism: CK_MECHANISM_TYPE, algorithm: SignAlgorithm, data: &[u8]) -> Vec<u8> {
    match (mechanism, algorithm) {
        (CKM_RSA_PKCS, _) => [&SHA256_DIGEST_INFO, digest(&SHA256, data).as_ref()].concat(),
        (CKM_ECDSA, SignAlgorithm::EcdsaSha384) => digest(&SHA384, data).as_ref().to_vec(),
        (CKM_ECDSA | CKM_RSA_PKCS_PSS, _) => digest(&SHA256, data).as_ref().to_vec(),
        _ => data.to_vec(),
    }
}
