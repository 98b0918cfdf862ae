//! Answers about the status of certificates (OCSP, RFC 6960): read, and checked against the authority asked about or
//! the responder it delegated. What an answer says of one certificate at one time is decided in `revocation`.

use super::crl::timestamp;
use super::extensions::{Extension, usage};
use super::name;
use super::revocation::RevocationReason;
use super::signed::{self, Signed};
use crate::certificate::Certificate;
use crate::cms::asn1::{self, Element, Malformed, Reader, tag};
use crate::cms::oid;
use crate::crypto;
use crate::error::PadesError;

/// The largest answer that is read, bytes.
const MAX_BYTES: usize = 4 << 20;
/// The most certificates that are looked at in one answer.
const MAX_CERTIFICATES: usize = 16;

/// An answer of a responder, in DER.
#[derive(Debug, Clone)]
pub struct OcspResponse {
    der: Vec<u8>,
    digest: [u8; 32],
    produced_at: i64,
    certificates: Vec<Certificate>,
}

/// What an answer says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Single {
    pub(super) this_update: i64,
    pub(super) next_update: Option<i64>,
    pub(super) status: SingleStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SingleStatus {
    Good,
    Revoked { at: i64, reason: RevocationReason },
    Unknown,
}

struct Parts<'a> {
    signed: Signed<'a>,
    certificates: Option<Element<'a>>,
    responder: Element<'a>,
    produced_at: i64,
    responses: Element<'a>,
}

impl OcspResponse {
    /// Reads an OCSPResponse in DER whose status is `successful`.
    ///
    /// # Errors
    /// [`PadesError::RevocationUnreadable`] when it is none.
    pub fn read(der: &[u8]) -> Result<Self, PadesError> {
        Self::parse(der).map_err(|_| PadesError::RevocationUnreadable)
    }

    fn parse(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_BYTES {
            return Err(Malformed);
        }
        let parts = parts(der)?;
        let inside = match parts.certificates {
            Some(list) => list.children().expect(tag::SEQUENCE)?.children().all()?,
            None => Vec::new(),
        };
        let certificates = inside.iter().take(MAX_CERTIFICATES);
        let certificates = certificates.filter_map(|inside| Certificate::from_der(inside.raw).ok()).collect();
        Ok(Self {
            digest: crypto::sha256(der),
            produced_at: parts.produced_at,
            certificates,
            der: der.to_vec(),
        })
    }

    /// The answer in DER, byte for byte.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it was made.
    pub fn produced_at(&self) -> jiff::Timestamp {
        timestamp(self.produced_at)
    }

    /// When a newer answer about this certificate will be there at the latest.
    pub fn next_update(&self, certificate: &Certificate, issuer: &Certificate) -> Option<jiff::Timestamp> {
        self.single(certificate, issuer)?.next_update.map(timestamp)
    }

    /// The certificates that travel in the answer.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Whether the answer speaks of `certificate`, and was signed by its issuer or by a responder to which that
    /// issuer delegated it (RFC 6960 §4.2.2.2). It may say `revoked`.
    ///
    /// # Errors
    /// [`PadesError::RevocationWrong`] when not.
    pub fn verify(&self, certificate: &Certificate, issuer: &Certificate) -> Result<(), PadesError> {
        if self.single(certificate, issuer).is_some() && self.responder(issuer).is_some() {
            Ok(())
        } else {
            Err(PadesError::RevocationWrong)
        }
    }

    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The certificate that signed: the issuer's own, or one made by it for this purpose and valid at that time.
    pub(super) fn responder(&self, issuer: &Certificate) -> Option<Certificate> {
        let parts = parts(&self.der).ok()?;
        let signed = |by: &Certificate| parts.signed.check(by).is_ok();
        if is_responder(parts.responder, issuer) && signed(issuer) {
            return Some(issuer.clone());
        }
        let delegated = self.certificates.iter().find(|by| {
            is_responder(parts.responder, by)
                && may_respond(by)
                && by.is_valid_at(self.produced_at)
                && by.is_issued_by(issuer)
                && signed(by)
        });
        delegated.cloned()
    }

    /// What the answer says of the certificate, unchecked.
    pub(super) fn single(&self, certificate: &Certificate, issuer: &Certificate) -> Option<Single> {
        let responses = parts(&self.der).ok()?.responses.children().all().ok()?;
        responses.into_iter().find_map(|response| single(response, certificate, issuer).ok().flatten())
    }
}

/// Made for answering (RFC 6960 §4.2.2.2: the purpose must be there).
fn may_respond(certificate: &Certificate) -> bool {
    let extensions = certificate.extensions();
    let purpose = extensions.purposes.as_ref();
    let purpose = purpose.is_some_and(|(list, _)| list.iter().any(|purpose| purpose == oid::USE_OCSP));
    purpose
        && !extensions.not_understood
        && extensions.permits_usage(usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION)
}

/// ResponderID: a name `[1]`, or the SHA-1 of a key `[2]`.
fn is_responder(responder: Element<'_>, certificate: &Certificate) -> bool {
    match responder.tag {
        tag::CONTEXT_1 => {
            let named = responder.children().expect(tag::SEQUENCE).and_then(name::comparable);
            named.is_ok_and(|name| name == certificate.names().0)
        }
        tag::CONTEXT_2 => {
            let hash = responder.children().expect(tag::OCTET_STRING);
            matches!((hash, key_digest(oid::SHA1, certificate)), (Ok(hash), Some(key)) if hash.content == key.as_ref())
        }
        _ => false,
    }
}

/// The digest of the bits of the public key, without tag, length and unused bits.
fn key_digest(algorithm: &[u8], certificate: &Certificate) -> Option<crypto::Digest> {
    let spki = certificate.raw_parts().ok()?.spki;
    let mut parts = Reader::new(spki).expect(tag::SEQUENCE).ok()?.children();
    parts.expect(tag::SEQUENCE).ok()?;
    crypto::identifying(algorithm, parts.expect(tag::BIT_STRING).ok()?.content.get(1..)?)
}

fn parts(der: &[u8]) -> Result<Parts<'_>, Malformed> {
    let mut response = signed::sequence(der)?;
    if response.expect(tag::ENUMERATED)?.content != [0] {
        return Err(Malformed);
    }
    let mut bytes = response.expect(tag::CONTEXT_0)?.children().expect(tag::SEQUENCE)?.children();
    if bytes.expect(tag::OID)?.content != oid::OCSP_BASIC {
        return Err(Malformed);
    }
    let mut basic = Reader::new(bytes.expect(tag::OCTET_STRING)?.content).expect(tag::SEQUENCE)?.children();
    let signed = Signed::read(&mut basic)?;
    let certificates = basic.optional(tag::CONTEXT_0)?;
    let mut data = signed.content.children();
    data.optional(tag::CONTEXT_0)?;
    let responder = data.next()?;
    let produced_at = asn1::time(data.next()?)?;
    let responses = data.expect(tag::SEQUENCE)?;
    if let Some(extensions) = data.optional(tag::CONTEXT_1)? {
        refuse_critical(extensions)?;
    }
    data.end()?;
    Ok(Parts { signed, certificates, responder, produced_at, responses })
}

/// No critical extension of an answer is known here.
fn refuse_critical(wrapper: Element<'_>) -> Result<(), Malformed> {
    for extension in wrapper.children().expect(tag::SEQUENCE)?.children().all()? {
        if Extension::read(extension)?.critical {
            return Err(Malformed);
        }
    }
    Ok(())
}

fn single(
    response: Element<'_>,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<Option<Single>, Malformed> {
    let mut parts = response.children();
    let mut identifier = parts.expect(tag::SEQUENCE)?.children();
    let algorithm = identifier.expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content;
    let issuer_name = identifier.expect(tag::OCTET_STRING)?.content;
    let issuer_key = identifier.expect(tag::OCTET_STRING)?.content;
    let asked = certificate.raw_parts()?;
    if identifier.expect(tag::INTEGER)?.raw != asked.serial {
        return Ok(None);
    }
    let name = crypto::identifying(algorithm, asked.issuer).ok_or(Malformed)?;
    let key = key_digest(algorithm, issuer).ok_or(Malformed)?;
    if issuer_name != name.as_ref() || issuer_key != key.as_ref() {
        return Ok(None);
    }
    let status = parts.next()?;
    let status = match status.tag {
        tag::IMPLICIT_0 => SingleStatus::Good,
        tag::CONTEXT_1 => {
            let mut revoked = status.children();
            let at = asn1::time(revoked.next()?)?;
            let reason = match revoked.optional(tag::CONTEXT_0)? {
                Some(reason) => RevocationReason::read(reason.content)?,
                None => RevocationReason::Unspecified,
            };
            SingleStatus::Revoked { at, reason }
        }
        _ => SingleStatus::Unknown,
    };
    let this_update = asn1::time(parts.next()?)?;
    let next_update = match parts.optional(tag::CONTEXT_0)? {
        Some(next) => Some(asn1::time(next.children().next()?)?),
        None => None,
    };
    if let Some(extensions) = parts.optional(tag::CONTEXT_1)? {
        refuse_critical(extensions)?;
    }
    Ok(Some(Single { this_update, next_update, status }))
}
