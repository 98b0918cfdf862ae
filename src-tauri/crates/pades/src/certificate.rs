//! X.509 certificates (RFC 5280): the DER as it came, and the fields that matter here. Real certificates break
//! small rules (serial numbers above all), so only what is needed is read.

use der::Decode;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::cms::asn1::{Element, Malformed, Reader, tag};
use crate::crypto;
use crate::error::PadesError;

const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const PEM_END: &str = "-----END CERTIFICATE-----";

/// A certificate, in DER.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: CertificateInner<Raw>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// The parts of a certificate whose raw bytes are hashed, signed or compared.
pub(crate) struct RawParts<'a> {
    pub(crate) to_be_signed: &'a [u8],
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) subject: &'a [u8],
    pub(crate) spki: &'a [u8],
    pub(crate) algorithm: Element<'a>,
    pub(crate) signature: &'a [u8],
}

impl Certificate {
    /// Reads one certificate in DER.
    ///
    /// # Errors
    /// [`PadesError::CertificateUnreadable`] when it is none.
    pub fn from_der(der: &[u8]) -> Result<Self, PadesError> {
        let parsed = CertificateInner::<Raw>::from_der(der).map_err(|_| PadesError::CertificateUnreadable)?;
        let certificate = Self { der: der.to_vec(), parsed };
        certificate.raw_parts().map_err(|_| PadesError::CertificateUnreadable)?;
        Ok(certificate)
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
        &self.der
    }

    /// SHA-256 of the DER, in lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        crypto::sha256_hex(&self.der)
    }

    /// The last common name of the subject, if any.
    pub fn common_name(&self) -> Option<String> {
        let name = self.parsed.tbs_certificate().subject().common_name();
        name.ok().flatten().map(|name| name.value().into_owned())
    }

    /// The last organisation of the subject, if any.
    pub fn organization(&self) -> Option<String> {
        let name = self.parsed.tbs_certificate().subject().organization();
        name.ok().flatten().map(|name| name.value().into_owned())
    }

    /// The issuer as RFC 4514 text.
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate().issuer().to_string()
    }

    /// The subject as RFC 4514 text.
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// The serial number, in lower-case hexadecimal.
    pub fn serial(&self) -> String {
        hex::encode(self.parsed.tbs_certificate().serial_number().as_bytes())
    }

    /// Seconds since 1970 from which, and until which, the certificate is valid.
    pub(crate) fn validity(&self) -> (i64, i64) {
        let validity = self.parsed.tbs_certificate().validity();
        let seconds = |time: &x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
        };
        (seconds(&validity.not_before), seconds(&validity.not_after))
    }

    pub(crate) fn subject_key_identifier(&self) -> Option<Vec<u8>> {
        let extension = self.parsed.tbs_certificate().get_extension::<SubjectKeyIdentifier>();
        extension.ok().flatten().map(|(_, identifier)| identifier.0.into_bytes().into_vec())
    }

    pub(crate) fn parsed(&self) -> &CertificateInner<Raw> {
        &self.parsed
    }

    pub(crate) fn raw_parts(&self) -> Result<RawParts<'_>, Malformed> {
        let mut outer = Reader::new(&self.der).expect(tag::SEQUENCE)?.children();
        let to_be_signed = outer.expect(tag::SEQUENCE)?;
        let algorithm = outer.expect(tag::SEQUENCE)?;
        let signature = outer.expect(0x03)?.content;
        let mut inner = to_be_signed.children();
        inner.optional(tag::CONTEXT_0)?;
        let serial = inner.expect(tag::INTEGER)?.raw;
        let inner_algorithm = inner.expect(tag::SEQUENCE)?;
        let issuer = inner.expect(tag::SEQUENCE)?.raw;
        inner.expect(tag::SEQUENCE)?;
        let subject = inner.expect(tag::SEQUENCE)?.raw;
        let spki = inner.expect(tag::SEQUENCE)?.raw;
        if inner_algorithm.raw != algorithm.raw || signature.first() != Some(&0) {
            return Err(Malformed);
        }
        let signature = &signature[1..];
        Ok(RawParts { to_be_signed: to_be_signed.raw, serial, issuer, subject, spki, algorithm, signature })
    }
}
