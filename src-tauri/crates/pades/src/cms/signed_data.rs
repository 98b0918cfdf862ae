//! Reads a SignedData and checks its one signature over a document. It says nothing of trust.

use aws_lc_rs::digest::Digest;

use super::asn1::{Element, Malformed, Reader, from_ber, tag};
use super::oid;
use crate::certificate::Certificate;
use crate::crypto::{self, CryptoError, Hash, Message};

/// More certificates than any honest signature carries.
const MAX_CERTIFICATES: usize = 64;

/// Why a SignedData does not prove what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CmsError {
    Malformed,
    /// Not exactly one SignerInfo (ETSI EN 319 142-1 §5.2).
    SignerCount,
    /// Content inside a signature that must be detached, or none in a timestamp.
    ContentMisplaced,
    SignerCertificateMissing,
    /// The signed hash of the signer's certificate is missing or of another certificate.
    SigningCertificate,
    UnsupportedAlgorithm,
    /// The document's digest is not the one that was signed.
    DigestMismatch,
    /// The signature value is wrong.
    SignatureMismatch,
}

impl From<Malformed> for CmsError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<CryptoError> for CmsError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Malformed => Self::Malformed,
            CryptoError::Unsupported => Self::UnsupportedAlgorithm,
            CryptoError::Mismatch => Self::SignatureMismatch,
        }
    }
}

/// What the signature must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `ETSI.CAdES.detached`: signed attributes with the signing certificate are required.
    Cades,
    /// `adbe.pkcs7.detached`: plain CMS.
    Pkcs7,
    /// `ETSI.RFC3161`: a timestamp token whose imprint is of the document.
    Timestamp,
}

/// What a checked SignedData says.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) signer: Certificate,
    /// All certificates inside, in the order of the file.
    pub(crate) certificates: Vec<Certificate>,
    /// GeneralizedTime of a timestamp token, as written.
    pub(crate) timestamp: Option<String>,
}

/// A read SignedData, its bytes in DER.
pub(crate) struct SignedData {
    der: Vec<u8>,
    pub(crate) certificates: Vec<Certificate>,
}

struct SignerInfo<'a> {
    identifier: Element<'a>,
    hash: Hash,
    attributes: Option<Element<'a>>,
    algorithm: Element<'a>,
    signature: &'a [u8],
}

struct Parts<'a> {
    content_type: &'a [u8],
    content: Option<Element<'a>>,
    certificates: Option<Element<'a>>,
    digest_algorithms: Element<'a>,
    signer_infos: Element<'a>,
}

impl SignedData {
    /// Reads the front of `bytes`; what follows must be the zeros of the placeholder.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CmsError> {
        let (der, taken) = from_ber(bytes)?;
        if bytes[taken..].iter().any(|&byte| byte != 0) {
            return Err(CmsError::Malformed);
        }
        let elements = match parts(&der)?.certificates {
            Some(set) => set.children().all()?,
            None => Vec::new(),
        };
        if elements.len() > MAX_CERTIFICATES {
            return Err(CmsError::Malformed);
        }
        // Other kinds of certificates (tags [0] to [3]) are passed over.
        let certificates = elements.iter().filter(|element| element.tag == tag::SEQUENCE);
        let certificates =
            certificates.filter_map(|element| Certificate::from_der(element.raw).ok()).collect();
        Ok(Self { der, certificates })
    }

    /// Whose signature it claims to be, unchecked.
    pub(crate) fn claimed_signer(&self) -> Option<Certificate> {
        let parts = parts(&self.der).ok()?;
        let info = signer_info(parts.signer_infos).ok()?;
        self.signer_certificate(info.identifier).ok()
    }

    /// Checks the signature; `document` computes the document's digest.
    pub(crate) fn check(
        &self,
        profile: Profile,
        document: &mut dyn FnMut(Hash) -> Digest,
    ) -> Result<Checked, CmsError> {
        let parts = parts(&self.der)?;
        let info = signer_info(parts.signer_infos)?;
        // Not signed, and yet not anybody's to change: RFC 5652 §5.1 lists the digest that is used.
        let listed = parts.digest_algorithms.children().all()?;
        if !listed.iter().any(|listed| digest_algorithm(*listed) == Ok(info.hash)) {
            return Err(CmsError::Malformed);
        }
        let signer = self.signer_certificate(info.identifier)?;
        let key = signer.raw_parts()?.spki;
        let (content_digest, timestamp) = match profile {
            Profile::Timestamp => {
                let content = parts.content.filter(|_| parts.content_type == oid::TST_INFO);
                let content = content.ok_or(CmsError::ContentMisplaced)?.content;
                (info.hash.of(&[content]), Some(check_imprint(content, document)?))
            }
            _ if parts.content.is_some() || parts.content_type != oid::DATA => {
                return Err(CmsError::ContentMisplaced);
            }
            _ => (document(info.hash), None),
        };
        match info.attributes {
            Some(attributes) => {
                check_attributes(attributes, profile, parts.content_type, &content_digest, &signer)?;
                let mut signed = attributes.raw.to_vec();
                signed[0] = tag::SET;
                let message = Message::Bytes(&signed);
                crypto::verify(key, info.algorithm, Some(info.hash), &message, info.signature)?;
            }
            None if profile == Profile::Pkcs7 => {
                let message = Message::Digest(info.hash, &content_digest);
                crypto::verify(key, info.algorithm, Some(info.hash), &message, info.signature)?;
            }
            None => return Err(CmsError::Malformed),
        }
        Ok(Checked { signer, certificates: self.certificates.clone(), timestamp })
    }

    /// By issuer and serial number, or by subject key identifier (RFC 5652 §5.3).
    fn signer_certificate(&self, identifier: Element<'_>) -> Result<Certificate, CmsError> {
        let matches = |certificate: &&Certificate| match identifier.tag {
            tag::SEQUENCE => certificate
                .raw_parts()
                .is_ok_and(|parts| identifier.content == [parts.issuer, parts.serial].concat()),
            tag::IMPLICIT_0 => certificate.subject_key_identifier().as_deref() == Some(identifier.content),
            _ => false,
        };
        self.certificates.iter().find(matches).cloned().ok_or(CmsError::SignerCertificateMissing)
    }
}

fn parts(der: &[u8]) -> Result<Parts<'_>, CmsError> {
    let mut info = Reader::new(der).expect(tag::SEQUENCE)?.children();
    if info.expect(tag::OID)?.content != oid::SIGNED_DATA {
        return Err(CmsError::Malformed);
    }
    let wrapped = info.expect(tag::CONTEXT_0)?;
    info.end()?;
    let mut wrapped = wrapped.children();
    let mut data = wrapped.expect(tag::SEQUENCE)?.children();
    wrapped.end()?;
    version(&mut data)?;
    let digest_algorithms = data.expect(tag::SET)?;
    let mut encapsulated = data.expect(tag::SEQUENCE)?.children();
    let content_type = encapsulated.expect(tag::OID)?.content;
    let content = match encapsulated.optional(tag::CONTEXT_0)? {
        Some(content) => Some(content.children().expect(tag::OCTET_STRING)?),
        None => None,
    };
    let certificates = data.optional(tag::CONTEXT_0)?;
    data.optional(tag::CONTEXT_1)?;
    let signer_infos = data.expect(tag::SET)?;
    data.end()?;
    Ok(Parts { content_type, content, certificates, digest_algorithms, signer_infos })
}

/// CMSVersion 1 to 5 (RFC 5652 §10.2.5).
fn version(reader: &mut Reader<'_>) -> Result<(), CmsError> {
    match reader.expect(tag::INTEGER)?.content {
        [1..=5] => Ok(()),
        _ => Err(CmsError::Malformed),
    }
}

/// A digest's AlgorithmIdentifier: parameters absent or NULL (RFC 5754 §2).
fn digest_algorithm(identifier: Element<'_>) -> Result<Hash, CmsError> {
    if identifier.tag != tag::SEQUENCE {
        return Err(CmsError::Malformed);
    }
    let mut parts = identifier.children();
    let hash = Hash::from_oid(parts.expect(tag::OID)?.content)?;
    if parts.is_empty() || (parts.next()?.raw == tag::NULL && parts.is_empty()) {
        Ok(hash)
    } else {
        Err(CmsError::Malformed)
    }
}

fn signer_info(infos: Element<'_>) -> Result<SignerInfo<'_>, CmsError> {
    let infos = infos.children().all()?;
    let [info] = infos.as_slice() else { return Err(CmsError::SignerCount) };
    if info.tag != tag::SEQUENCE {
        return Err(CmsError::Malformed);
    }
    let mut info = info.children();
    version(&mut info)?;
    let identifier = info.next()?;
    let hash = digest_algorithm(info.expect(tag::SEQUENCE)?)?;
    let attributes = info.optional(tag::CONTEXT_0)?;
    let algorithm = info.expect(tag::SEQUENCE)?;
    let signature = info.expect(tag::OCTET_STRING)?.content;
    info.optional(tag::CONTEXT_1)?;
    info.end()?;
    Ok(SignerInfo { identifier, hash, attributes, algorithm, signature })
}

fn check_attributes(
    attributes: Element<'_>,
    profile: Profile,
    content_type: &[u8],
    content: &Digest,
    signer: &Certificate,
) -> Result<(), CmsError> {
    let (mut typed, mut digested, mut named) = (false, false, false);
    let mut seen = Vec::new();
    for attribute in attributes.children().all()? {
        if attribute.tag != tag::SEQUENCE {
            return Err(CmsError::Malformed);
        }
        let mut parts = attribute.children();
        let identifier = parts.expect(tag::OID)?.content;
        let values = parts.expect(tag::SET)?;
        // The attributes of RFC 5652 §11 occur once, with one value.
        if seen.contains(&identifier) {
            return Err(CmsError::Malformed);
        }
        seen.push(identifier);
        let value = || -> Result<Element<'_>, CmsError> {
            let mut values = values.children();
            let value = values.next()?;
            values.end()?;
            Ok(value)
        };
        match identifier {
            oid::CONTENT_TYPE => typed = value()?.content == content_type,
            oid::MESSAGE_DIGEST => {
                if value()?.content != content.as_ref() {
                    return Err(CmsError::DigestMismatch);
                }
                digested = true;
            }
            oid::SIGNING_CERTIFICATE | oid::SIGNING_CERTIFICATE_V2 => {
                let legacy = identifier == oid::SIGNING_CERTIFICATE;
                check_signing_certificate(value()?, legacy, signer)?;
                named = true;
            }
            _ => {}
        }
    }
    if !typed || !digested {
        return Err(CmsError::Malformed);
    }
    if !named && profile == Profile::Cades {
        return Err(CmsError::SigningCertificate);
    }
    Ok(())
}

/// SigningCertificate (RFC 2634 §5.4, SHA-1) or SigningCertificateV2 (RFC 5035 §3): the first must be the signer's.
/// The old form binds only loosely; the signature itself does not rest on its SHA-1.
fn check_signing_certificate(value: Element<'_>, legacy: bool, signer: &Certificate) -> Result<(), CmsError> {
    let mut identifier = value.children().expect(tag::SEQUENCE)?.children().expect(tag::SEQUENCE)?.children();
    let digest = if legacy {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, signer.der())
    } else {
        let hash = match identifier.optional(tag::SEQUENCE)? {
            Some(algorithm) => Hash::from_oid(algorithm.children().expect(tag::OID)?.content)?,
            None => Hash::Sha256,
        };
        hash.of(&[signer.der()])
    };
    if identifier.expect(tag::OCTET_STRING)?.content == digest.as_ref() {
        Ok(())
    } else {
        Err(CmsError::SigningCertificate)
    }
}

/// The imprint of a TSTInfo (RFC 3161 §2.4.2) must be of the document; gives its genTime.
fn check_imprint(content: &[u8], document: &mut dyn FnMut(Hash) -> Digest) -> Result<String, CmsError> {
    let mut info = Reader::new(content).expect(tag::SEQUENCE)?.children();
    info.expect(tag::INTEGER)?;
    info.expect(tag::OID)?;
    let mut imprint = info.expect(tag::SEQUENCE)?.children();
    let hash = Hash::from_oid(imprint.expect(tag::SEQUENCE)?.children().expect(tag::OID)?.content)?;
    if imprint.expect(tag::OCTET_STRING)?.content != document(hash).as_ref() {
        return Err(CmsError::DigestMismatch);
    }
    info.expect(tag::INTEGER)?;
    let time = info.expect(0x18)?.content;
    String::from_utf8(time.to_vec()).map_err(|_| CmsError::Malformed)
}
