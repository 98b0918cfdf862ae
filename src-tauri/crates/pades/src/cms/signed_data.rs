//! Reads a SignedData and checks its one signature over a document. It says nothing of trust.

use super::asn1::{self, Element, Malformed, Reader, from_ber, tag};
use super::oid;
use super::timestamp::TstInfo;
use crate::certificate::Certificate;
use crate::crypto::{self, AlgorithmName, CryptoError, Digest, Hash, Message, identifying};

/// More certificates than any honest signature carries.
const MAX_CERTIFICATES: usize = 64;
/// Fewer bytes than that are no filling of a placeholder by chance.
const MIN_FILLING: usize = 12;
/// The largest signature that is read, bytes; long ones carry lists of revoked certificates.
const MAX_BYTES: usize = 64 << 20;

/// Why a SignedData does not prove what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CmsError {
    Malformed,
    /// Not exactly one SignerInfo (ETSI EN 319 142-1 §5.2).
    SignerCount,
    /// Content inside a signature that must be detached, or none in a timestamp.
    ContentMisplaced,
    SignerCertificateMissing,
    /// The signed hash of the signer's certificate is missing or of another certificate.
    SigningCertificate,
    /// The algorithms that are signed (RFC 6211) are not those that are used.
    AlgorithmsDisagree,
    /// An algorithm that is not computed here.
    Unsupported(AlgorithmName),
    /// An algorithm that is broken.
    Weak(AlgorithmName),
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
            CryptoError::Unsupported(name) => Self::Unsupported(name),
            CryptoError::Weak(name) => Self::Weak(name),
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
    /// `ETSI.RFC3161` and the signature timestamp: a token whose imprint is of what it stamps; the signing
    /// certificate is required (RFC 3161 §2.4.2).
    Timestamp,
}

/// What a checked SignedData says.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) signer: Certificate,
    /// Key and digest, `ECDSA P-256, SHA-256`.
    pub(crate) algorithm: String,
}

/// A read SignedData, its bytes in DER.
#[derive(Debug, Clone)]
pub(crate) struct SignedData {
    der: Vec<u8>,
    /// The certificates inside that can be read, in the order of the file.
    pub(crate) certificates: Vec<Certificate>,
    /// Whether some element of the certificate set cannot be read.
    pub(crate) has_unreadable_certificate: bool,
    /// Bytes behind the SignedData that are no zeros; nobody signed them.
    pub(crate) filling: usize,
}

/// Revocation data inside a signature, as they came, unchecked.
#[derive(Debug, Default)]
pub(crate) struct Enclosed<'a> {
    pub(crate) crls: Vec<&'a [u8]>,
    pub(crate) ocsp_responses: Vec<&'a [u8]>,
}

struct SignerInfo<'a> {
    identifier: Element<'a>,
    hash: Result<Hash, CmsError>,
    attributes: Option<Element<'a>>,
    algorithm: Element<'a>,
    signature: &'a [u8],
    unsigned: Option<Element<'a>>,
}

struct Parts<'a> {
    content_type: &'a [u8],
    content: Option<Element<'a>>,
    certificates: Option<Element<'a>>,
    revocation: Option<Element<'a>>,
    digest_algorithms: Element<'a>,
    signer_infos: Element<'a>,
}

impl SignedData {
    /// Reads the front of `bytes`. What follows are the zeros of the placeholder; some writers fill it up with
    /// chance instead, which is told. A stray byte among the zeros is neither: somebody changed it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, CmsError> {
        if bytes.len() > MAX_BYTES {
            return Err(CmsError::Malformed);
        }
        let (der, taken) = from_ber(bytes)?;
        let stray = bytes[taken..].iter().filter(|&&byte| byte != 0).count();
        if (1..MIN_FILLING).contains(&stray) {
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
        let elements = elements.iter().filter(|element| element.tag == tag::SEQUENCE);
        let read: Vec<_> = elements.map(|element| Certificate::from_der(element.raw)).collect();
        let has_unreadable_certificate = read.iter().any(Result::is_err);
        let certificates = read.into_iter().filter_map(Result::ok).collect();
        Ok(Self { der, certificates, has_unreadable_certificate, filling: stray })
    }

    /// Whose signature it claims to be, unchecked.
    pub(crate) fn claimed_signer(&self) -> Option<Certificate> {
        let parts = parts(&self.der).ok()?;
        let info = signer_info(parts.signer_infos).ok()?;
        self.signer_certificate(info.identifier).ok()
    }

    /// The content inside, with its type.
    pub(crate) fn content(&self) -> Option<(&[u8], &[u8])> {
        let parts = parts(&self.der).ok()?;
        Some((parts.content_type, parts.content?.content))
    }

    /// The value of the signature: what a signature timestamp stamps (RFC 3161 appendix A).
    pub(crate) fn signature_value(&self) -> Option<&[u8]> {
        signer_info(parts(&self.der).ok()?.signer_infos).ok().map(|info| info.signature)
    }

    /// Claimed time of signing, seconds since 1970 (RFC 5652 §11.3).
    pub(crate) fn signing_time(&self) -> Option<i64> {
        let info = signer_info(parts(&self.der).ok()?.signer_infos).ok()?;
        let values = attribute_values(info.attributes?, oid::SIGNING_TIME).ok()?;
        asn1::time(*values.first()?).ok()
    }

    /// The timestamp tokens beside the signature, as they came.
    pub(crate) fn timestamp_tokens(&self) -> Result<Vec<&[u8]>, CmsError> {
        match signer_info(parts(&self.der)?.signer_infos)?.unsigned {
            // Nobody signed these: the attribute may stand twice, and then each is a timestamp.
            Some(unsigned) => {
                let mut tokens = Vec::new();
                for attribute in unsigned.children().all()? {
                    let mut parts = attribute.children();
                    if parts.expect(tag::OID)?.content == oid::TIMESTAMP_TOKEN {
                        let values = parts.expect(tag::SET)?.children().all()?;
                        tokens.extend(values.into_iter().map(|value| value.raw));
                    }
                }
                Ok(tokens)
            }
            None => Ok(Vec::new()),
        }
    }

    /// The revocation data inside: RevocationInfoChoices (RFC 5652 §10.2.1), and Adobe's signed attribute. What
    /// cannot be read is left out: missing data trust less.
    pub(crate) fn enclosed(&self) -> Enclosed<'_> {
        let mut enclosed = Enclosed::default();
        let Ok(parts) = parts(&self.der) else { return enclosed };
        for choice in parts.revocation.and_then(|set| set.children().all().ok()).unwrap_or_default() {
            match choice.tag {
                tag::SEQUENCE => enclosed.crls.push(choice.raw),
                tag::CONTEXT_1 => {
                    let mut other = choice.children();
                    if let (Ok(kind), Ok(value)) = (other.expect(tag::OID), other.next())
                        && kind.content == oid::REVOCATION_OCSP
                    {
                        enclosed.ocsp_responses.push(value.raw);
                    }
                }
                _ => {}
            }
        }
        let archival = signer_info(parts.signer_infos).ok().and_then(|info| info.attributes);
        let archival = archival.and_then(|set| attribute_values(set, oid::REVOCATION_ARCHIVAL).ok());
        for value in archival.unwrap_or_default() {
            let lists = value.children().all().unwrap_or_default();
            for list in lists {
                let items = list.children().expect(tag::SEQUENCE).and_then(|list| list.children().all());
                let items = items.unwrap_or_default().into_iter().map(|item| item.raw);
                match list.tag {
                    tag::CONTEXT_0 => enclosed.crls.extend(items),
                    tag::CONTEXT_1 => enclosed.ocsp_responses.extend(items),
                    _ => {}
                }
            }
        }
        enclosed
    }

    /// Checks the signature; `document` computes the digest of what is signed, or stamped.
    pub(crate) fn check(
        &self,
        profile: Profile,
        document: &mut dyn FnMut(Hash) -> Digest,
    ) -> Result<Checked, CmsError> {
        let parts = parts(&self.der)?;
        let info = signer_info(parts.signer_infos)?;
        let hash = info.hash.clone()?;
        // Not signed, and yet not anybody's to change: RFC 5652 §5.1 lists the digest that is used.
        let listed = parts.digest_algorithms.children().all()?;
        if !listed.iter().any(|listed| digest_algorithm(*listed) == Ok(hash)) {
            return Err(CmsError::Malformed);
        }
        let signer = self.signer_certificate(info.identifier)?;
        let key = signer.raw_parts()?.spki;
        let content_digest = match profile {
            Profile::Timestamp => {
                let content = parts.content.filter(|_| parts.content_type == oid::TST_INFO);
                let content = content.ok_or(CmsError::ContentMisplaced)?.content;
                let stamped = TstInfo::read(content)?;
                let imprint = stamped.hash?;
                if stamped.imprint != document(imprint).as_ref() {
                    return Err(CmsError::DigestMismatch);
                }
                hash.of(&[content])
            }
            _ if parts.content.is_some() || parts.content_type != oid::DATA => {
                return Err(CmsError::ContentMisplaced);
            }
            _ => document(hash),
        };
        let verify =
            |message: &Message<'_>| crypto::verify(key, info.algorithm, Some(hash), message, info.signature);
        match info.attributes {
            Some(attributes) => {
                check_attributes(attributes, profile, parts.content_type, &content_digest, &signer)?;
                check_protection(attributes, &info)?;
                let mut signed = attributes.raw.to_vec();
                signed[0] = tag::SET;
                match verify(&Message::Bytes(&signed)) {
                    // What is signed is the DER of the set (RFC 5652 §5.4); some write it down in another order.
                    Err(CryptoError::Mismatch) => verify(&Message::Bytes(&sorted(attributes)?))?,
                    outcome => outcome?,
                }
            }
            None if profile == Profile::Pkcs7 => verify(&Message::Digest(hash, &content_digest))?,
            None => return Err(CmsError::Malformed),
        }
        let algorithm = crypto::describe(key, info.algorithm, Some(hash)).unwrap_or_default();
        Ok(Checked { signer, algorithm })
    }

    /// By issuer and serial number, or by subject key identifier (RFC 5652 §5.3).
    fn signer_certificate(&self, identifier: Element<'_>) -> Result<Certificate, CmsError> {
        let matches = |certificate: &&Certificate| match identifier.tag {
            tag::SEQUENCE => certificate.raw_parts().is_ok_and(|parts| {
                let mut reader = identifier.children();
                let (issuer, serial) = (reader.next(), reader.next());
                serial.is_ok_and(|serial| serial.raw == parts.serial)
                    && issuer.is_ok_and(|issuer| is_same_name(issuer, Reader::new(parts.issuer)))
                    && reader.is_empty()
            }),
            tag::IMPLICIT_0 => certificate.extensions().subject_key.as_deref() == Some(identifier.content),
            _ => false,
        };
        self.certificates.iter().find(matches).cloned().ok_or(CmsError::SignerCertificateMissing)
    }
}

/// Whether two names are one, letter for letter. Some writers put the text into another kind of string than the
/// certificate has; what is in it stays as it is.
fn is_same_name(one: Element<'_>, mut other: Reader<'_>) -> bool {
    const TEXT: [u8; 3] = [tag::UTF8_STRING, tag::PRINTABLE_STRING, tag::IA5_STRING];
    let is_text = |element: Element<'_>| TEXT.contains(&element.tag);
    let Ok(other) = other.next() else { return false };
    if one.raw == other.raw || (is_text(one) && is_text(other)) {
        return one.content == other.content;
    }
    let (Ok(parts), Ok(others)) = (one.children().all(), other.children().all()) else { return false };
    let is_constructed = [tag::SEQUENCE, tag::SET].contains(&one.tag) && one.tag == other.tag;
    is_constructed
        && parts.len() == others.len()
        && parts.iter().zip(others).all(|(one, other)| is_same_name(*one, Reader::new(other.raw)))
}

/// The attributes in the order of DER.
fn sorted(attributes: Element<'_>) -> Result<Vec<u8>, CmsError> {
    let parts = attributes.children().all()?;
    Ok(asn1::set_of(tag::SET, parts.iter().map(|part| part.raw.to_vec()).collect()))
}

/// The values of an attribute, if it is there; one that stands twice is refused.
fn attribute_values<'a>(set: Element<'a>, wanted: &[u8]) -> Result<Vec<Element<'a>>, CmsError> {
    let mut found = None;
    for attribute in set.children().all()? {
        let mut parts = attribute.children();
        if parts.expect(tag::OID)?.content == wanted {
            let values = parts.expect(tag::SET)?.children().all()?;
            if found.replace(values).is_some() {
                return Err(CmsError::Malformed);
            }
        }
    }
    Ok(found.unwrap_or_default())
}

/// CMSAlgorithmProtection (RFC 6211 §2), where it is there, must name the algorithms in use.
fn check_protection(attributes: Element<'_>, info: &SignerInfo<'_>) -> Result<(), CmsError> {
    let values = attribute_values(attributes, oid::ALGORITHM_PROTECTION)?;
    let [value] = values.as_slice() else {
        return if values.is_empty() { Ok(()) } else { Err(CmsError::Malformed) };
    };
    let mut parts = value.children();
    let digest = parts.expect(tag::SEQUENCE)?;
    let signature = parts.optional(tag::CONTEXT_1)?.ok_or(CmsError::AlgorithmsDisagree)?;
    let used = info.algorithm.children().expect(tag::OID)?.content;
    if digest_algorithm(digest) == info.hash && signature.children().expect(tag::OID)?.content == used {
        Ok(())
    } else {
        Err(CmsError::AlgorithmsDisagree)
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
    let revocation = data.optional(tag::CONTEXT_1)?;
    let signer_infos = data.expect(tag::SET)?;
    data.end()?;
    Ok(Parts { content_type, content, certificates, revocation, digest_algorithms, signer_infos })
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
    let hash = digest_algorithm(info.expect(tag::SEQUENCE)?);
    let attributes = info.optional(tag::CONTEXT_0)?;
    let algorithm = info.expect(tag::SEQUENCE)?;
    let signature = info.expect(tag::OCTET_STRING)?.content;
    let unsigned = info.optional(tag::CONTEXT_1)?;
    info.end()?;
    Ok(SignerInfo { identifier, hash, attributes, algorithm, signature, unsigned })
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
        // What is read here occurs once (RFC 5652 §11); some writers repeat attributes of their own.
        let is_read = [
            oid::CONTENT_TYPE,
            oid::MESSAGE_DIGEST,
            oid::SIGNING_CERTIFICATE,
            oid::SIGNING_CERTIFICATE_V2,
            oid::SIGNING_TIME,
            oid::ALGORITHM_PROTECTION,
        ];
        if is_read.contains(&identifier) && seen.contains(&identifier) {
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
    if !named && profile != Profile::Pkcs7 {
        return Err(CmsError::SigningCertificate);
    }
    Ok(())
}

/// SigningCertificate (RFC 2634 §5.4, SHA-1) or SigningCertificateV2 (RFC 5035 §3): the first must be the signer's.
/// The old form binds only loosely; the signature itself does not rest on its SHA-1.
fn check_signing_certificate(value: Element<'_>, legacy: bool, signer: &Certificate) -> Result<(), CmsError> {
    let mut identifier = value.children().expect(tag::SEQUENCE)?.children().expect(tag::SEQUENCE)?.children();
    let algorithm = match identifier.optional(tag::SEQUENCE)? {
        _ if legacy => oid::SHA1,
        Some(algorithm) => algorithm.children().expect(tag::OID)?.content,
        None => oid::SHA256,
    };
    let digest = identifying(algorithm, signer.der()).ok_or_else(|| crypto::name::refusal(algorithm))?;
    if identifier.expect(tag::OCTET_STRING)?.content == digest.as_ref() {
        Ok(())
    } else {
        Err(CmsError::SigningCertificate)
    }
}
