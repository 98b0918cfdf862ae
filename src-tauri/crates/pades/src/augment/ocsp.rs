//! OCSP requests (RFC 6960 §4.1). Answers are read and checked where trust is judged.

use crate::certificate::Certificate;
use crate::cms::asn1::{Malformed, Reader, constructed, encode, tag};
use crate::cms::oid;
use crate::crypto;

/// The DER of an unsigned OCSPRequest for one certificate, by SHA-1, which names the issuer and proves nothing: every
/// responder knows it. No nonce: answers made beforehand serve too.
pub(super) fn request(certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, Malformed> {
    let (parts, above) = (certificate.raw_parts()?, issuer.raw_parts()?);
    let mut key = Reader::new(above.spki).expect(tag::SEQUENCE)?.children();
    key.expect(tag::SEQUENCE)?;
    let key = key.expect(tag::BIT_STRING)?.content.get(1..).ok_or(Malformed)?;
    let hash = |bytes: &[u8]| -> Result<Vec<u8>, Malformed> {
        let digest = crypto::identifying(oid::SHA1, bytes).ok_or(Malformed)?;
        Ok(encode(tag::OCTET_STRING, digest.as_ref()))
    };
    let algorithm = constructed(tag::SEQUENCE, &[&encode(tag::OID, oid::SHA1), tag::NULL]);
    let identifier =
        constructed(tag::SEQUENCE, &[&algorithm, &hash(parts.issuer)?, &hash(key)?, parts.serial]);
    let list = constructed(tag::SEQUENCE, &[&constructed(tag::SEQUENCE, &[&identifier])]);
    Ok(constructed(tag::SEQUENCE, &[&constructed(tag::SEQUENCE, &[&list])]))
}
