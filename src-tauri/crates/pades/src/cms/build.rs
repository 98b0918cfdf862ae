//! Builds the SignedData of a PAdES baseline signature (ETSI EN 319 142-1 §6.3): detached, one signer, the signed
//! attributes content-type, message-digest and signing-certificate-v2, no signing-time (the dictionary's /M says it).

use super::asn1::{Malformed, constructed, encode, set_of, tag};
use super::oid;
use crate::certificate::Certificate;
use crate::crypto::{Digest, Hash};
use crate::signer::SignatureAlgorithm;

/// The DER of SignedAttributes with its SET tag: what the key signs (RFC 5652 §5.4).
pub(crate) fn signed_attributes(
    signer: &Certificate,
    hash: Hash,
    document: &Digest,
) -> Result<Vec<u8>, Malformed> {
    let content_type = attribute(oid::CONTENT_TYPE, &encode(tag::OID, oid::DATA));
    let message_digest = attribute(oid::MESSAGE_DIGEST, &encode(tag::OCTET_STRING, document.as_ref()));
    let certificate = attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(signer, hash)?);
    Ok(set_of(tag::SET, vec![content_type, message_digest, certificate]))
}

fn attribute(identifier: &[u8], value: &[u8]) -> Vec<u8> {
    constructed(tag::SEQUENCE, &[&encode(tag::OID, identifier), &encode(tag::SET, value)])
}

/// SigningCertificateV2 with one ESSCertIDv2 (RFC 5035 §4); SHA-256 is the default and therefore not written.
fn signing_certificate(signer: &Certificate, hash: Hash) -> Result<Vec<u8>, Malformed> {
    let parts = signer.raw_parts()?;
    let algorithm = match hash {
        Hash::Sha256 => Vec::new(),
        other => algorithm_identifier(other.oid(), false),
    };
    let digest = encode(tag::OCTET_STRING, hash.of(&[signer.der()]).as_ref());
    let issuer = constructed(tag::SEQUENCE, &[&encode(tag::CONTEXT_4, parts.issuer)]);
    let issuer_serial = constructed(tag::SEQUENCE, &[&issuer, parts.serial]);
    let identifier = constructed(tag::SEQUENCE, &[&algorithm, &digest, &issuer_serial]);
    Ok(constructed(tag::SEQUENCE, &[&constructed(tag::SEQUENCE, &[&identifier])]))
}

/// A digest's parameters are absent (RFC 5754 §2); those of RSA are NULL (RFC 4055 §5).
fn algorithm_identifier(identifier: &[u8], null: bool) -> Vec<u8> {
    let parameters: &[u8] = if null { &[0x05, 0x00] } else { &[] };
    constructed(tag::SEQUENCE, &[&encode(tag::OID, identifier), parameters])
}

/// RSASSA-PSS with SHA-256 in every place and a salt of 32 bytes (RFC 4055 §3.1).
fn pss_sha256() -> Vec<u8> {
    let sha256 = algorithm_identifier(oid::SHA256, true);
    let mask = constructed(tag::SEQUENCE, &[&encode(tag::OID, oid::MGF1), &sha256]);
    let parameters = constructed(
        tag::SEQUENCE,
        &[
            &encode(tag::CONTEXT_0, &sha256),
            &encode(tag::CONTEXT_1, &mask),
            &encode(tag::CONTEXT_2, &encode(tag::INTEGER, &[32])),
        ],
    );
    constructed(tag::SEQUENCE, &[&encode(tag::OID, oid::RSA_PSS), &parameters])
}

/// The whole ContentInfo. `chain` are the certificates above the signer's, `timestamp` the token over the signature
/// value that becomes an unsigned attribute (RFC 3161 appendix A); all in DER.
pub(crate) fn signed_data(
    signer: &Certificate,
    chain: &[Vec<u8>],
    algorithm: SignatureAlgorithm,
    signed_attributes: &[u8],
    signature: &[u8],
    timestamp: Option<&[u8]>,
) -> Result<Vec<u8>, Malformed> {
    let parts = signer.raw_parts()?;
    let version = encode(tag::INTEGER, &[1]);
    let digest_algorithm = algorithm_identifier(algorithm.hash().oid(), false);
    let signature_algorithm = match algorithm {
        SignatureAlgorithm::RsaPkcs1Sha256 => algorithm_identifier(oid::RSA_SHA256, true),
        SignatureAlgorithm::RsaPssSha256 => pss_sha256(),
        SignatureAlgorithm::EcdsaP256Sha256 => algorithm_identifier(oid::ECDSA_SHA256, false),
        SignatureAlgorithm::EcdsaP384Sha384 => algorithm_identifier(oid::ECDSA_SHA384, false),
    };
    // [0] IMPLICIT: the same bytes under another tag.
    let mut attributes = signed_attributes.to_vec();
    *attributes.first_mut().ok_or(Malformed)? = tag::CONTEXT_0;
    let unsigned = timestamp
        .map_or_else(Vec::new, |token| set_of(tag::CONTEXT_1, vec![attribute(oid::TIMESTAMP_TOKEN, token)]));
    let signer_info = constructed(
        tag::SEQUENCE,
        &[
            &version,
            &constructed(tag::SEQUENCE, &[parts.issuer, parts.serial]),
            &digest_algorithm,
            &attributes,
            &signature_algorithm,
            &encode(tag::OCTET_STRING, signature),
            &unsigned,
        ],
    );
    let mut certificates = vec![signer.der().to_vec()];
    for certificate in chain {
        if !certificates.contains(certificate) {
            certificates.push(certificate.clone());
        }
    }
    let content = constructed(
        tag::SEQUENCE,
        &[
            &version,
            &set_of(tag::SET, vec![digest_algorithm.clone()]),
            &constructed(tag::SEQUENCE, &[&encode(tag::OID, oid::DATA)]),
            &set_of(tag::CONTEXT_0, certificates),
            &set_of(tag::SET, vec![signer_info]),
        ],
    );
    let content = encode(tag::CONTEXT_0, &content);
    Ok(constructed(tag::SEQUENCE, &[&encode(tag::OID, oid::SIGNED_DATA), &content]))
}

/// The longest signature the signer's key can return, in bytes.
pub(crate) fn longest_signature(
    signer: &Certificate,
    algorithm: SignatureAlgorithm,
) -> Result<usize, Malformed> {
    match algorithm {
        // The encoded key is a little longer than the modulus, and so than the signature.
        SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => {
            Ok(signer.raw_parts()?.spki.len())
        }
        SignatureAlgorithm::EcdsaP256Sha256 => Ok(72),
        SignatureAlgorithm::EcdsaP384Sha384 => Ok(104),
    }
}
