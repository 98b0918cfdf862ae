//! Names: when two are the same (RFC 5280 §7.1), and when one lies inside a constraint (§4.2.1.10).

use crate::cms::asn1::{Element, Malformed, tag};
use crate::cms::oid;

/// A GeneralName (RFC 5280 §4.2.1.6), as far as names are compared here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GeneralName {
    Email(String),
    Dns(String),
    Uri(String),
    /// A distinguished name, made comparable by [`comparable`].
    Directory(Vec<Vec<u8>>),
    /// 4 or 16 bytes; 8 or 32 with a mask in a constraint.
    Address(Vec<u8>),
    /// Another kind, or one that cannot be read: its tag and content.
    Other(u8, Vec<u8>),
}

impl GeneralName {
    pub(crate) fn read(element: Element<'_>) -> Self {
        let other = || Self::Other(element.tag, element.content.to_vec());
        let text = || {
            let is_ascii = element.content.is_ascii();
            is_ascii.then(|| String::from_utf8_lossy(element.content).to_ascii_lowercase())
        };
        match element.tag {
            0x81 => text().map_or_else(other, Self::Email),
            0x82 => text().map_or_else(other, Self::Dns),
            0x86 => String::from_utf8(element.content.to_vec()).map_or_else(|_| other(), Self::Uri),
            0x87 => Self::Address(element.content.to_vec()),
            0xA4 => {
                let name = element.children().expect(tag::SEQUENCE).and_then(comparable);
                name.map_or_else(|_| other(), Self::Directory)
            }
            _ => other(),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Email(_) => 0x81,
            Self::Dns(_) => 0x82,
            Self::Uri(_) => 0x86,
            Self::Directory(_) => 0xA4,
            Self::Address(_) => 0x87,
            Self::Other(tag, _) => *tag,
        }
    }

    /// Whether this name lies in the subtree, given they are of one kind. `None`: cannot be judged.
    fn is_within(&self, subtree: &Self) -> Option<bool> {
        match (self, subtree) {
            (Self::Directory(name), Self::Directory(base)) => Some(name.starts_with(base)),
            (Self::Dns(name), Self::Dns(base)) => Some(is_within_domain(name, base)),
            (Self::Email(name), Self::Email(base)) => Some(match name.rsplit_once('@') {
                Some(_) if base.contains('@') => name == base,
                Some((_, host)) => host_is_within(host, base),
                None => return None,
            }),
            (Self::Uri(name), Self::Uri(base)) => {
                Some(host_is_within(&host(name)?, &base.to_ascii_lowercase()))
            }
            (Self::Address(name), Self::Address(base)) if base.len() == 2 * name.len() => {
                let (address, mask) = base.split_at(name.len());
                let masked = name.iter().zip(mask).map(|(byte, mask)| byte & mask);
                Some(masked.eq(address.iter().zip(mask).map(|(byte, mask)| byte & mask)))
            }
            (Self::Address(_), Self::Address(_)) => Some(false),
            _ => None,
        }
    }
}

/// Zero or more labels before the base; everything lies in the empty one.
fn is_within_domain(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    base.is_empty() || name.strip_suffix(base).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A base with a leading full stop stands for its subdomains, one without for that very host.
fn host_is_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') { host.len() > base.len() && host.ends_with(base) } else { host == base }
}

fn host(uri: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    (!host.is_empty() && !host.starts_with('[')).then(|| host.to_ascii_lowercase())
}

/// Whether every name keeps to the constraints (RFC 5280 §6.1.3 (b), (c)). A name of a constrained kind that
/// cannot be judged does not.
pub(crate) fn obeys(names: &[GeneralName], permitted: &[Vec<GeneralName>], excluded: &[GeneralName]) -> bool {
    names.iter().all(|name| {
        let of_kind = |list: &[GeneralName]| -> Vec<Option<bool>> {
            list.iter().filter(|base| base.kind() == name.kind()).map(|base| name.is_within(base)).collect()
        };
        // Each certificate's permitted subtrees count for themselves: their intersection holds.
        let is_permitted = permitted.iter().all(|list| {
            let within = of_kind(list);
            within.is_empty() || within.contains(&Some(true))
        });
        is_permitted && of_kind(excluded).iter().all(|within| *within == Some(false))
    })
}

/// The subject's own name and the e-mail addresses in it, as far as constraints look at them.
pub(crate) fn of_subject(
    subject: Element<'_>,
    alternative: &[GeneralName],
) -> Result<Vec<GeneralName>, Malformed> {
    let mut names = alternative.to_vec();
    if !subject.content.is_empty() {
        names.push(GeneralName::Directory(comparable(subject)?));
    }
    if !alternative.iter().any(|name| matches!(name, GeneralName::Email(_))) {
        for part in subject.children().all()? {
            for attribute in part.children().all()? {
                let mut attribute = attribute.children();
                if attribute.expect(tag::OID)?.content == oid::EMAIL_ADDRESS {
                    let address = String::from_utf8_lossy(attribute.next()?.content).to_ascii_lowercase();
                    names.push(GeneralName::Email(address));
                }
            }
        }
    }
    Ok(names)
}

/// A distinguished name in a form in which equal names are equal bytes: one entry for each RDN, strings in UTF-8
/// without regard to case and to the number of spaces.
pub(crate) fn comparable(name: Element<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut out = Vec::new();
    for part in name.children().all()? {
        if part.tag != tag::SET {
            return Err(Malformed);
        }
        out.push(comparable_attributes(part)?);
    }
    Ok(out)
}

/// One relative name of several attributes, whatever its tag.
pub(crate) fn comparable_attributes(part: Element<'_>) -> Result<Vec<u8>, Malformed> {
    let mut attributes = Vec::new();
    for attribute in part.children().all()? {
        if attribute.tag != tag::SEQUENCE {
            return Err(Malformed);
        }
        let mut parts = attribute.children();
        let kind = parts.expect(tag::OID)?.raw;
        let value = parts.next()?;
        parts.end()?;
        attributes.push([kind, &comparable_value(value)].concat());
    }
    attributes.sort();
    Ok(attributes.concat())
}

fn comparable_value(value: Element<'_>) -> Vec<u8> {
    match text(value) {
        // No ASN.1 element begins with 0xFF, so a text can never equal another kind of value.
        Some(text) => {
            let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            [&[0xFF], words.join(" ").as_bytes(), &[0]].concat()
        }
        None => value.raw.to_vec(),
    }
}

/// The text of a DirectoryString or IA5String.
fn text(value: Element<'_>) -> Option<String> {
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0C | 0x12 | 0x13 | 0x16 | 0x1A => String::from_utf8(value.content.to_vec()).ok(),
        // TeletexString, in practice Latin-1
        0x14 => Some(value.content.iter().map(|&byte| char::from(byte)).collect()),
        // BMPString
        0x1E => {
            let units = value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::asn1::Reader;

    fn within(name: GeneralName, base: GeneralName) -> Option<bool> {
        name.is_within(&base)
    }

    #[test]
    fn subtrees_hold_what_rfc_5280_says() {
        let dns = |text: &str| GeneralName::Dns(text.into());
        assert_eq!(within(dns("ca.gov.vn"), dns("gov.vn")), Some(true));
        assert_eq!(within(dns("evilgov.vn"), dns("gov.vn")), Some(false));
        let email = |text: &str| GeneralName::Email(text.into());
        assert_eq!(within(email("an@xa.gov.vn"), email("xa.gov.vn")), Some(true));
        assert_eq!(within(email("an@mail.xa.gov.vn"), email("xa.gov.vn")), Some(false));
        assert_eq!(within(email("an@mail.xa.gov.vn"), email(".xa.gov.vn")), Some(true));
        assert_eq!(within(email("nobody"), email(".xa.gov.vn")), None);
        let uri = |text: &str| GeneralName::Uri(text.into());
        assert_eq!(within(uri("http://user@Xa.gov.vn:80/x"), uri("xa.gov.vn")), Some(true));
        let address = |bytes: &[u8]| GeneralName::Address(bytes.to_vec());
        assert_eq!(within(address(&[10, 1, 2, 3]), address(&[10, 0, 0, 0, 255, 0, 0, 0])), Some(true));
        assert_eq!(within(address(&[11, 1, 2, 3]), address(&[10, 0, 0, 0, 255, 0, 0, 0])), Some(false));
    }

    #[test]
    fn names_are_compared_without_regard_to_case_and_spaces() {
        let same = |one: &[u8], other: &[u8]| {
            let read = |name| Reader::new(name).expect(tag::SEQUENCE).and_then(comparable).unwrap();
            read(one) == read(other)
        };
        let name = |kind: u8, text: &str| {
            let value = crate::cms::asn1::encode(kind, text.as_bytes());
            let attribute = crate::cms::asn1::constructed(tag::SEQUENCE, &[&[6, 3, 0x55, 4, 3], &value]);
            crate::cms::asn1::encode(tag::SEQUENCE, &crate::cms::asn1::encode(tag::SET, &attribute))
        };
        assert!(same(&name(0x0C, "Root  CA "), &name(0x13, "root ca")));
        assert!(!same(&name(0x0C, "Root CA"), &name(0x0C, "RootCA")));
        assert!(!same(&name(0x0C, "Root CA"), &name(0x0C, "Root CB")));
    }
}
