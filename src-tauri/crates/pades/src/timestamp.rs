//! Timestamps (RFC 3161): the request, and what of an answer may be believed. Nothing here asks the network; an answer
//! is a stranger's until it is found to be of our imprint, with our nonce, signed by a certificate made for
//! timestamping. Whether that certificate leads to a trust anchor is judged when the file is verified.

use crate::certificate::Certificate;
use crate::cms::asn1::{Malformed, Reader, constructed, encode, from_ber, tag};
use crate::cms::oid;
use crate::cms::signed_data::{CmsError, Profile, SignedData};
use crate::cms::timestamp::TstInfo;
use crate::crypto::{Digest, Hash};

const VERSION_1: &[u8] = &[0x02, 0x01, 0x01];
const TRUE: &[u8] = &[0x01, 0x01, 0xFF];
/// Bytes of an answer; more is not read.
const MAX_RESPONSE: usize = 256 * 1024;

/// Why an answer is no timestamp of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// Not a TimeStampResp, or too long for one.
    #[error("the answer is no timestamp response")]
    Malformed,
    /// The authority refused; RFC 3161 §2.4.2.
    #[error("the authority refused: status {status}, failure {failure:?}")]
    Refused {
        /// PKIStatus: 2 rejection, 3 waiting, 4 revocation warning, 5 revocation notification.
        status: u8,
        /// The number of the first bit set in PKIFailureInfo.
        failure: Option<u32>,
    },
    /// Of another imprint.
    #[error("the timestamp is of something else")]
    ImprintDiffers,
    /// Another nonce, or none: it may be an old answer.
    #[error("the timestamp does not carry our nonce")]
    NonceDiffers,
    /// Another policy than the one asked for.
    #[error("the timestamp stands under another policy")]
    PolicyDiffers,
    /// Its signature does not hold, or names no certificate that came with it.
    #[error("the timestamp's signature does not hold")]
    SignatureWrong,
    /// Its certificate is not for timestamping alone (RFC 3161 §2.3).
    #[error("the timestamp's certificate is not made for timestamping")]
    NotATimestampAuthority,
}

impl From<Malformed> for TimestampError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// A request for a timestamp of some bytes.
#[derive(Debug, Clone)]
pub struct TimestampRequest {
    imprint: Imprint,
    /// The nonce as a DER INTEGER.
    nonce: Vec<u8>,
    policy: Option<Vec<u8>>,
    der: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Imprint {
    hash: Hash,
    digest: Digest,
}

impl TimestampRequest {
    /// Asks for a timestamp of `data` by SHA-256. `nonce` must never be used twice.
    pub fn new(data: &[u8], nonce: u64) -> Self {
        Self::of_digest(Hash::Sha256, Hash::Sha256.of(&[data]), nonce)
    }

    pub(crate) fn of_digest(hash: Hash, digest: Digest, nonce: u64) -> Self {
        let mut request =
            Self { imprint: Imprint { hash, digest }, nonce: integer(nonce), policy: None, der: Vec::new() };
        request.encode();
        request
    }

    /// The same, under this policy alone: the content bytes of its object identifier.
    #[must_use]
    pub fn under_policy(mut self, policy: &[u8]) -> Self {
        self.policy = Some(policy.to_vec());
        self.encode();
        self
    }

    /// The TimeStampReq in DER; its certificate is always asked for (certReq).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    fn encode(&mut self) {
        let Imprint { hash, digest } = &self.imprint;
        let algorithm = constructed(tag::SEQUENCE, &[&encode(tag::OID, hash.oid())]);
        let imprint = constructed(tag::SEQUENCE, &[&algorithm, &encode(tag::OCTET_STRING, digest.as_ref())]);
        let policy = self.policy.as_ref().map_or_else(Vec::new, |policy| encode(tag::OID, policy));
        self.der = constructed(tag::SEQUENCE, &[VERSION_1, &imprint, &policy, &self.nonce, TRUE]);
    }

    /// Whether the token is of this request's imprint and carries its nonce.
    pub(crate) fn is_answered_by(&self, token: &TimestampToken) -> bool {
        token.imprint.digest.as_ref() == self.imprint.digest.as_ref()
            && token.nonce.as_deref() == Some(&self.nonce)
    }

    /// Checks an answer to this request.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn accept(&self, response: &[u8]) -> Result<TimestampToken, TimestampError> {
        if response.len() > MAX_RESPONSE {
            return Err(TimestampError::Malformed);
        }
        let (response, _) = from_ber(response)?;
        let mut parts = Reader::new(&response).expect(tag::SEQUENCE)?.children();
        granted(parts.expect(tag::SEQUENCE)?.children())?;
        let token = TimestampToken::read(parts.next()?.raw, &self.imprint)?;
        if token.nonce.as_deref() != Some(&self.nonce) {
            return Err(TimestampError::NonceDiffers);
        }
        if self.policy.as_ref().is_some_and(|policy| *policy != token.policy) {
            return Err(TimestampError::PolicyDiffers);
        }
        Ok(token)
    }
}

/// PKIStatusInfo: granted, or granted with modifications.
fn granted(mut info: Reader<'_>) -> Result<(), TimestampError> {
    let status = match info.expect(tag::INTEGER)?.content {
        [0 | 1] => return Ok(()),
        &[status] => status,
        _ => return Err(TimestampError::Malformed),
    };
    info.optional(tag::SEQUENCE)?;
    let failure = info.optional(0x03)?.and_then(|bits| {
        let bits = bits.content.get(1..)?.iter().enumerate();
        let (index, byte) = bits.into_iter().find(|(_, byte)| **byte != 0)?;
        u32::try_from(index).ok().map(|index| index * 8 + byte.leading_zeros())
    });
    Err(TimestampError::Refused { status, failure })
}

/// A token that was found to be of what was asked for.
#[derive(Debug, Clone)]
pub struct TimestampToken {
    der: Vec<u8>,
    imprint: Imprint,
    time: i64,
    policy: Vec<u8>,
    nonce: Option<Vec<u8>>,
    signer: Certificate,
    certificates: Vec<Certificate>,
}

impl TimestampToken {
    /// The token, a CMS ContentInfo in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When the authority says it signed, whole seconds.
    pub fn time(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.time).unwrap_or(jiff::Timestamp::MIN)
    }

    /// The authority's certificate.
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// All certificates that came with it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether the timestamp is of exactly these bytes.
    pub fn is_of(&self, data: &[u8]) -> bool {
        self.imprint.hash.of(&[data]).as_ref() == self.imprint.digest.as_ref()
    }

    fn read(der: &[u8], imprint: &Imprint) -> Result<Self, TimestampError> {
        let token = SignedData::read(der).map_err(|_| TimestampError::Malformed)?;
        let mut other = false;
        let mut document = |hash: Hash| {
            other |= hash != imprint.hash;
            if hash == imprint.hash { imprint.digest } else { hash.of(&[]) }
        };
        let checked = token.check(Profile::Timestamp, &mut document).map_err(|error| match error {
            CmsError::DigestMismatch => TimestampError::ImprintDiffers,
            CmsError::Malformed | CmsError::ContentMisplaced => TimestampError::Malformed,
            _ => TimestampError::SignatureWrong,
        })?;
        if other {
            return Err(TimestampError::ImprintDiffers);
        }
        if !is_for_timestamping(&checked.signer) {
            return Err(TimestampError::NotATimestampAuthority);
        }
        let (_, content) = token.content().ok_or(TimestampError::Malformed)?;
        let TstInfo { policy, time, nonce, .. } = TstInfo::read(content)?;
        let (policy, nonce) = (policy.to_vec(), nonce.map(<[u8]>::to_vec));
        Ok(Self {
            der: der.to_vec(),
            imprint: imprint.clone(),
            time,
            policy,
            nonce,
            signer: checked.signer,
            certificates: token.certificates,
        })
    }
}

/// Extended key usage is critical and names timestamping alone (RFC 3161 §2.3).
fn is_for_timestamping(certificate: &Certificate) -> bool {
    let purposes = certificate.extensions().purposes.as_ref();
    purposes.is_some_and(|(list, critical)| *critical && *list == [oid::USE_TIMESTAMPING])
}

/// A DER INTEGER that is not negative.
fn integer(value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len() - 1);
    let mut content = bytes[start..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    encode(tag::INTEGER, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_der_with_nonce_and_certificate_wanted() {
        let request = TimestampRequest::new(b"signature", 0x80);
        let digest = hex::encode(Hash::Sha256.of(&[b"signature"]).as_ref());
        let imprint = format!("302f300b06096086480165030402010420{digest}");
        assert_eq!(hex::encode(request.der()), format!("303b020101{imprint}020200800101ff"));
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(u64::MAX)[..3], [2, 9, 0]);
    }

    #[test]
    fn a_refusal_names_its_first_failure() {
        // status 2, failInfo bit 0 (badAlg) as openssl writes it
        let response = [0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x02, 0x03, 0x02, 0x07, 0x80];
        let refused = TimestampRequest::new(b"x", 1).accept(&response).unwrap_err();
        assert_eq!(refused, TimestampError::Refused { status: 2, failure: Some(0) });
        assert!(matches!(TimestampRequest::new(b"x", 1).accept(b"<html>"), Err(TimestampError::Malformed)));
    }
}
