//! The extensions of a certificate that decide about trust (RFC 5280 §4.2), read once. What cannot be read, stands
//! twice, or is critical and unknown is remembered as such: a path through it is not trusted.

use super::name::{self, GeneralName};
use crate::cms::asn1::{Element, Malformed, Reader, tag};
use crate::cms::oid;

/// More extensions, names or policies than any honest certificate has.
const MAX_ITEMS: usize = 256;

/// Bits of KeyUsage (RFC 5280 §4.2.1.3), the first bit highest.
pub(crate) mod usage {
    pub(crate) const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub(crate) const NON_REPUDIATION: u16 = 0x4000;
    pub(crate) const KEY_CERT_SIGN: u16 = 0x0400;
    pub(crate) const CRL_SIGN: u16 = 0x0200;
}

/// What the extensions say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions {
    /// Whether the holder is an authority, if it says so, and how many may stand below it.
    pub(crate) authority: Option<bool>,
    pub(crate) path_length: Option<usize>,
    pub(crate) key_usage: Option<u16>,
    /// ExtendedKeyUsage, and whether it is critical.
    pub(crate) purposes: Option<(Vec<Vec<u8>>, bool)>,
    pub(crate) alternative_names: Vec<GeneralName>,
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
    pub(crate) policies: Option<Vec<Vec<u8>>>,
    /// Issuer's policy and subject's policy.
    pub(crate) mappings: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) require_explicit_policy: Option<usize>,
    pub(crate) inhibit_mapping: Option<usize>,
    pub(crate) inhibit_any_policy: Option<usize>,
    pub(crate) subject_key: Option<Vec<u8>>,
    pub(crate) authority_key: Option<Vec<u8>>,
    /// Where lists of revoked certificates are published.
    pub(crate) crl_points: Vec<CrlPoint>,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) issuer_urls: Vec<String>,
    pub(crate) ocsp_no_check: bool,
    /// Unreadable, doubled, or critical and unknown.
    pub(crate) not_understood: bool,
}

/// One place of publication (RFC 5280 §4.2.1.13).
#[derive(Debug, Clone)]
pub(crate) struct CrlPoint {
    /// Its full names.
    pub(crate) names: Vec<GeneralName>,
    /// Who publishes there, where that is not the issuer (cRLIssuer).
    pub(crate) publishers: Vec<GeneralName>,
}

impl Extensions {
    /// Reads the `[3]` element of a certificate by this issuer.
    pub(crate) fn read(wrapper: Element<'_>, issuer: &[Vec<u8>]) -> Self {
        let mut extensions = Self::default();
        if extensions.read_all(wrapper, issuer).is_err() {
            extensions.not_understood = true;
        }
        extensions
    }

    fn read_all(&mut self, wrapper: Element<'_>, issuer: &[Vec<u8>]) -> Result<(), Malformed> {
        let list = wrapper.children().expect(tag::SEQUENCE)?.children().all()?;
        if list.len() > MAX_ITEMS {
            return Err(Malformed);
        }
        let mut seen: Vec<&[u8]> = Vec::new();
        for item in list {
            let extension = Extension::read(item)?;
            if seen.contains(&extension.identifier) {
                return Err(Malformed);
            }
            seen.push(extension.identifier);
            let known = self.take(&extension, issuer)?;
            self.not_understood |= extension.critical && !known;
        }
        Ok(())
    }

    /// Whether the extension is one that is obeyed here, or that restricts nothing.
    fn take(&mut self, extension: &Extension<'_>, issuer: &[Vec<u8>]) -> Result<bool, Malformed> {
        let value = Reader::new(extension.value);
        match extension.identifier {
            oid::BASIC_CONSTRAINTS => self.basic_constraints(value)?,
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::EXTENDED_KEY_USAGE => {
                self.purposes = Some((identifiers(sequence(value)?)?, extension.critical));
            }
            oid::SUBJECT_ALTERNATIVE_NAME => self.alternative_names = names(sequence(value)?)?,
            oid::NAME_CONSTRAINTS => {
                let mut parts = sequence(value)?;
                self.permitted = subtrees(parts.optional(tag::CONTEXT_0)?)?;
                self.excluded = subtrees(parts.optional(tag::CONTEXT_1)?)?;
                parts.end()?;
            }
            oid::CERTIFICATE_POLICIES => self.policies = Some(policies(sequence(value)?)?),
            oid::POLICY_MAPPINGS => {
                for pair in bounded(sequence(value)?)? {
                    let mut pair = pair.children();
                    let above = pair.expect(tag::OID)?.content.to_vec();
                    self.mappings.push((above, pair.expect(tag::OID)?.content.to_vec()));
                }
            }
            oid::POLICY_CONSTRAINTS => {
                let mut parts = sequence(value)?;
                self.require_explicit_policy =
                    parts.optional(tag::IMPLICIT_0)?.map(|count| small(count.content)).transpose()?;
                self.inhibit_mapping =
                    parts.optional(tag::IMPLICIT_1)?.map(|count| small(count.content)).transpose()?;
                parts.end()?;
            }
            oid::INHIBIT_ANY_POLICY => {
                let mut value = value;
                self.inhibit_any_policy = Some(small(value.expect(tag::INTEGER)?.content)?);
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                let mut value = value;
                self.subject_key = Some(value.expect(tag::OCTET_STRING)?.content.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let key = sequence(value)?.optional(tag::IMPLICIT_0)?;
                self.authority_key = key.map(|key| key.content.to_vec());
                return Ok(false);
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                self.crl_points(sequence(value)?, issuer)?;
            }
            oid::AUTHORITY_INFORMATION => {
                self.authority_information(sequence(value)?)?;
                return Ok(false);
            }
            oid::OCSP_NO_CHECK => self.ocsp_no_check = true,
            // Statements of a qualified certificate restrict nothing that is asked here.
            oid::QUALIFIED_STATEMENTS => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn basic_constraints(&mut self, value: Reader<'_>) -> Result<(), Malformed> {
        let mut parts = sequence(value)?;
        self.authority = Some(parts.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]));
        self.path_length = parts.optional(tag::INTEGER)?.map(|length| small(length.content)).transpose()?;
        parts.end()
    }

    fn crl_points(&mut self, points: Reader<'_>, issuer: &[Vec<u8>]) -> Result<(), Malformed> {
        for point in bounded(points)? {
            let mut parts = point.children();
            let place = parts.optional(tag::CONTEXT_0)?;
            parts.optional(tag::IMPLICIT_1)?;
            let publishers = match parts.optional(tag::CONTEXT_2)? {
                Some(publishers) => names(publishers.children())?,
                None => Vec::new(),
            };
            let above = match publishers.first() {
                Some(GeneralName::Directory(publisher)) => publisher,
                _ => issuer,
            };
            let names = place.map_or(Ok(Vec::new()), |place| place_names(place, above))?;
            self.crl_points.push(CrlPoint { names, publishers });
        }
        Ok(())
    }

    fn authority_information(&mut self, descriptions: Reader<'_>) -> Result<(), Malformed> {
        for description in bounded(descriptions)? {
            let mut parts = description.children();
            let method = parts.expect(tag::OID)?.content;
            let GeneralName::Uri(url) = GeneralName::read(parts.next()?) else { continue };
            match method {
                oid::ACCESS_OCSP => self.ocsp_urls.push(url),
                oid::ACCESS_ISSUERS => self.issuer_urls.push(url),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the key may be used so; where nothing is said, it may (RFC 5280 §4.2.1.3).
    pub(crate) fn permits_usage(&self, bits: u16) -> bool {
        self.key_usage.is_none_or(|usage| usage & bits != 0)
    }
}

/// One extension of a certificate, a CRL or an OCSP response.
pub(crate) struct Extension<'a> {
    pub(crate) identifier: &'a [u8],
    pub(crate) critical: bool,
    /// Content of the OCTET STRING.
    pub(crate) value: &'a [u8],
}

impl<'a> Extension<'a> {
    pub(crate) fn read(item: Element<'a>) -> Result<Self, Malformed> {
        if item.tag != tag::SEQUENCE {
            return Err(Malformed);
        }
        let mut parts = item.children();
        let identifier = parts.expect(tag::OID)?.content;
        let critical = parts.optional(tag::BOOLEAN)?.is_some_and(|flag| flag.content != [0]);
        let value = parts.expect(tag::OCTET_STRING)?.content;
        parts.end()?;
        Ok(Self { identifier, critical, value })
    }
}

fn sequence(mut value: Reader<'_>) -> Result<Reader<'_>, Malformed> {
    let sequence = value.expect(tag::SEQUENCE)?;
    value.end()?;
    Ok(sequence.children())
}

fn bounded<'a>(list: Reader<'a>) -> Result<Vec<Element<'a>>, Malformed> {
    let list = list.all()?;
    if list.len() > MAX_ITEMS { Err(Malformed) } else { Ok(list) }
}

fn identifiers(list: Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let list = bounded(list)?;
    let all =
        list.iter().map(|item| if item.tag == tag::OID { Ok(item.content.to_vec()) } else { Err(Malformed) });
    all.collect()
}

fn names(list: Reader<'_>) -> Result<Vec<GeneralName>, Malformed> {
    Ok(bounded(list)?.into_iter().map(GeneralName::read).collect())
}

/// GeneralSubtrees; `minimum` must be 0 and `maximum` absent (RFC 5280 §4.2.1.10).
fn subtrees(list: Option<Element<'_>>) -> Result<Vec<GeneralName>, Malformed> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for subtree in bounded(list.children())? {
        let mut parts = subtree.children();
        names.push(GeneralName::read(parts.next()?));
        if parts.optional(tag::IMPLICIT_0)?.is_some_and(|minimum| minimum.content != [0]) {
            return Err(Malformed);
        }
        parts.end()?;
    }
    Ok(names)
}

/// The policies by number; one may not stand twice (RFC 5280 §4.2.1.4).
fn policies(list: Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut policies = Vec::new();
    for information in bounded(list)? {
        let policy = information.children().expect(tag::OID)?.content.to_vec();
        if policies.contains(&policy) {
            return Err(Malformed);
        }
        policies.push(policy);
    }
    Ok(policies)
}

/// DistributionPointName: full names, or one relative to the name of whoever publishes.
pub(super) fn place_names(place: Element<'_>, publisher: &[Vec<u8>]) -> Result<Vec<GeneralName>, Malformed> {
    let mut parts = place.children();
    if let Some(full) = parts.optional(tag::CONTEXT_0)? {
        return names(full.children());
    }
    let relative = parts.expect(tag::CONTEXT_1)?;
    let attributes = name::comparable_attributes(relative)?;
    Ok(vec![GeneralName::Directory([publisher, &[attributes]].concat())])
}

/// The named bits (X.690 §11.2.2), as many as KeyUsage has.
fn key_usage(mut value: Reader<'_>) -> Result<u16, Malformed> {
    let bits = value.expect(tag::BIT_STRING)?.content;
    match *bits {
        [_] => Ok(0),
        [_, high] => Ok(u16::from(high) << 8),
        [_, high, low, ..] => Ok(u16::from(high) << 8 | u16::from(low)),
        [] => Err(Malformed),
    }
}

/// A small number that is not negative; anything longer than any path counts as the largest.
pub(super) fn small(content: &[u8]) -> Result<usize, Malformed> {
    match *content {
        [] => Err(Malformed),
        [first, ..] if first >= 0x80 => Err(Malformed),
        [low] => Ok(usize::from(low)),
        [high, low] => Ok(usize::from(high) << 8 | usize::from(low)),
        _ => Ok(usize::MAX),
    }
}
