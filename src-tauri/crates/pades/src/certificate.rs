//! X.509 certificates (RFC 5280): the DER as it came, and the fields that matter here. Real certificates break
//! small rules (serial numbers above all), so only what is needed is read.

use std::sync::Arc;

use der::Decode;
use x509_cert::certificate::Raw;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;

use crate::cms::asn1::{self, Element, Malformed, Reader, tag};
use crate::crypto;
use crate::error::PadesError;
use crate::trust::extensions::Extensions;
use crate::trust::name::{self, GeneralName};
use crate::trust::signed::{self, Signed};

const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const PEM_END: &str = "-----END CERTIFICATE-----";

/// A certificate, in DER. A clone shares what was read.
#[derive(Debug, Clone)]
pub struct Certificate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    der: Vec<u8>,
    /// Subject and issuer, for people.
    names: [Name; 2],
    serial: SerialNumber<Raw>,
    digest: [u8; 32],
    extensions: Extensions,
    /// Seconds since 1970, both inclusive.
    validity: (i64, i64),
    subject: Vec<Vec<u8>>,
    issuer: Vec<Vec<u8>>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.digest == other.0.digest
    }
}

impl Eq for Certificate {}

/// The parts of a certificate whose raw bytes are hashed, signed or compared.
pub(crate) struct RawParts<'a> {
    signed: Signed<'a>,
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) validity: Element<'a>,
    pub(crate) subject: &'a [u8],
    pub(crate) spki: &'a [u8],
    /// The `[3]` with the extensions.
    pub(crate) extensions: Option<Element<'a>>,
}

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// [`PadesError::CertificateUnreadable`] when it is none.
    pub fn from_der(der: &[u8]) -> Result<Self, PadesError> {
        let inner = Inner::read(der).map_err(|_| PadesError::CertificateUnreadable)?;
        Ok(Self(Arc::new(inner)))
    }

    /// Reads every certificate of a PEM text (RFC 7468), or a single one in DER.
    ///
    /// # Errors
    /// [`PadesError::CertificateUnreadable`] when one cannot be read, or there is none.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, PadesError> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PadesError::CertificateUnreadable)?;
        let mut certificates = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(PEM_BEGIN) {
            let length =
                rest[start..].find(PEM_END).ok_or(PadesError::CertificateUnreadable)? + PEM_END.len();
            let block = &rest[start..start + length];
            let (_, der) =
                der::pem::decode_vec(block.as_bytes()).map_err(|_| PadesError::CertificateUnreadable)?;
            certificates.push(Self::from_der(&der)?);
            rest = &rest[start + length..];
        }
        if certificates.is_empty() { Err(PadesError::CertificateUnreadable) } else { Ok(certificates) }
    }

    /// The certificate in DER, byte for byte.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER, in lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex::encode(self.0.digest)
    }

    /// The last common name of the subject, if any.
    pub fn common_name(&self) -> Option<String> {
        let name = self.0.names[0].common_name();
        name.ok().flatten().map(|name| name.value().into_owned())
    }

    /// The last organisation of the subject, if any.
    pub fn organization(&self) -> Option<String> {
        let name = self.0.names[0].organization();
        name.ok().flatten().map(|name| name.value().into_owned())
    }

    /// The issuer as RFC 4514 text.
    pub fn issuer(&self) -> String {
        self.0.names[1].to_string()
    }

    /// The subject as RFC 4514 text.
    pub fn subject(&self) -> String {
        self.0.names[0].to_string()
    }

    /// The serial number, in lower-case hexadecimal.
    pub fn serial(&self) -> String {
        hex::encode(self.0.serial.as_bytes())
    }

    /// Where the status of this certificate can be asked (OCSP, RFC 6960), as it names them.
    pub fn ocsp_urls(&self) -> &[String] {
        &self.0.extensions.ocsp_urls
    }

    /// Where lists of revoked certificates that cover this one are published, as it names them.
    pub fn crl_urls(&self) -> Vec<String> {
        let points = self.0.extensions.crl_points.iter().flat_map(|point| &point.names);
        points
            .filter_map(|point| if let GeneralName::Uri(url) = point { Some(url.clone()) } else { None })
            .collect()
    }

    /// Where the issuer's certificate can be had, as it names them.
    pub fn issuer_urls(&self) -> &[String] {
        &self.0.extensions.issuer_urls
    }

    /// Whether `issuer` has the name of this certificate's issuer and its key signed this certificate.
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        self.0.issuer == issuer.0.subject && self.is_signed_by(issuer).is_ok()
    }

    /// Whether it names a list or a responder by which its status can be learned.
    pub fn names_revocation(&self) -> bool {
        !self.0.extensions.crl_points.is_empty() || !self.0.extensions.ocsp_urls.is_empty()
    }

    /// Whether subject and issuer are one name.
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
    }

    pub(crate) fn is_valid_at(&self, at: i64) -> bool {
        (self.0.validity.0..=self.0.validity.1).contains(&at)
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.0.digest
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Subject and issuer in comparable form (RFC 5280 §7.1).
    pub(crate) fn names(&self) -> (&[Vec<u8>], &[Vec<u8>]) {
        (&self.0.subject, &self.0.issuer)
    }

    /// Whether serial number, subject and key are the same.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        match (self.raw_parts(), other.raw_parts()) {
            (Ok(one), Ok(two)) => {
                one.serial == two.serial && one.subject == two.subject && one.spki == two.spki
            }
            _ => false,
        }
    }

    /// Checks the issuer's signature alone.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> Result<(), crypto::CryptoError> {
        self.raw_parts()?.signed.check(issuer)
    }

    pub(crate) fn raw_parts(&self) -> Result<RawParts<'_>, Malformed> {
        raw_parts(&self.0.der)
    }
}

impl Inner {
    fn read(der: &[u8]) -> Result<Self, Malformed> {
        let parts = raw_parts(der)?;
        let mut validity = parts.validity.children();
        let validity = (asn1::time(validity.next()?)?, asn1::time(validity.next()?)?);
        let comparable = |raw| Reader::new(raw).expect(tag::SEQUENCE).and_then(name::comparable);
        let name = |raw| Name::from_der(raw).map_err(|_| Malformed);
        let issuer = comparable(parts.issuer)?;
        Ok(Self {
            extensions: parts.extensions.map(|all| Extensions::read(all, &issuer)).unwrap_or_default(),
            subject: comparable(parts.subject)?,
            issuer,
            validity,
            digest: crypto::sha256(der),
            names: [name(parts.subject)?, name(parts.issuer)?],
            serial: SerialNumber::from_der(parts.serial).map_err(|_| Malformed)?,
            der: der.to_vec(),
        })
    }
}

fn raw_parts(der: &[u8]) -> Result<RawParts<'_>, Malformed> {
    let mut outer = signed::sequence(der)?;
    let signed = Signed::read(&mut outer)?;
    outer.end()?;
    let mut inner = signed.content.children();
    inner.optional(tag::CONTEXT_0)?;
    let serial = inner.expect(tag::INTEGER)?.raw;
    let inner_algorithm = inner.expect(tag::SEQUENCE)?;
    let issuer = inner.expect(tag::SEQUENCE)?.raw;
    let validity = inner.expect(tag::SEQUENCE)?;
    let subject = inner.expect(tag::SEQUENCE)?.raw;
    let spki = inner.expect(tag::SEQUENCE)?.raw;
    inner.optional(tag::IMPLICIT_1)?;
    inner.optional(tag::IMPLICIT_2)?;
    let extensions = inner.optional(tag::CONTEXT_3)?;
    inner.end()?;
    if inner_algorithm.raw != signed.algorithm.raw {
        return Err(Malformed);
    }
    Ok(RawParts { signed, serial, issuer, validity, subject, spki, extensions })
}
