//! Lists of revoked certificates (RFC 5280 §5): read, and checked against the authority that signed them. What a
//! list says of one certificate at one time is decided in `revocation`.

use super::extensions::{Extension, place_names, usage};
use super::name::{self, GeneralName};
use super::revocation::RevocationReason;
use super::signed::{self, Signed};
use crate::certificate::Certificate;
use crate::cms::asn1::{self, Element, Malformed, Reader, tag};
use crate::cms::oid;
use crate::crypto;
use crate::error::PadesError;

/// The largest list that is read, bytes: the longest in real use have about 50 MB.
const MAX_BYTES: usize = 128 << 20;

/// A list of revoked certificates, in DER.
#[derive(Debug, Clone)]
pub struct Crl {
    der: Vec<u8>,
    digest: [u8; 32],
    issuer: Vec<Vec<u8>>,
    pub(super) this_update: i64,
    pub(super) next_update: Option<i64>,
    pub(super) scope: Scope,
}

/// Every reason for which a certificate may be revoked: bits 1 to 8 of ReasonFlags (RFC 5280 §4.2.1.13), the first bit
/// highest.
pub(super) const ALL_REASONS: u16 = 0x7F80;

/// Which certificates the list speaks of (IssuingDistributionPoint, RFC 5280 §5.2.5).
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) point: Vec<GeneralName>,
    pub(super) only_users: bool,
    pub(super) only_authorities: bool,
    /// It may speak of certificates of other issuers, too.
    pub(super) indirect: bool,
    /// Those it tells, as in [`ALL_REASONS`].
    pub(super) reasons: u16,
    /// Only attribute certificates, only changes (delta), or something unknown: what is not on such a list may be
    /// revoked all the same.
    pub(super) incomplete: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            point: Vec::new(),
            only_users: false,
            only_authorities: false,
            indirect: false,
            reasons: ALL_REASONS,
            incomplete: false,
        }
    }
}

/// What a list says of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at: i64,
    pub(super) reason: RevocationReason,
}

struct Parts<'a> {
    signed: Signed<'a>,
    issuer: Element<'a>,
    this_update: i64,
    next_update: Option<i64>,
    revoked: Option<Element<'a>>,
    extensions: Option<Element<'a>>,
}

impl Crl {
    /// Reads a list in DER.
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
        let issuer = name::comparable(parts.issuer)?;
        Ok(Self {
            scope: scope(parts.extensions, &issuer)?,
            issuer,
            this_update: parts.this_update,
            next_update: parts.next_update,
            digest: crypto::sha256(der),
            der: der.to_vec(),
        })
    }

    /// The list in DER, byte for byte.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it was made.
    pub fn this_update(&self) -> jiff::Timestamp {
        timestamp(self.this_update)
    }

    /// When a newer one will be there at the latest.
    pub fn next_update(&self) -> Option<jiff::Timestamp> {
        self.next_update.map(timestamp)
    }

    /// Whether `issuer` has this list's issuer name, may sign lists, and signed this one.
    ///
    /// # Errors
    /// [`PadesError::RevocationWrong`] when it did not.
    pub fn verify(&self, issuer: &Certificate) -> Result<(), PadesError> {
        if self.is_by(issuer) { Ok(()) } else { Err(PadesError::RevocationWrong) }
    }

    /// Whether the list bears the name of this authority; unchecked.
    pub fn is_named_by(&self, issuer: &Certificate) -> bool {
        self.issuer == issuer.names().0
    }

    /// Whether one of these is the name it bears; unchecked.
    pub(super) fn is_named_in(&self, names: &[GeneralName]) -> bool {
        names.iter().any(|name| matches!(name, GeneralName::Directory(name) if *name == self.issuer))
    }

    /// Whether the certificate stands on the list; `verify` comes first.
    pub fn lists(&self, certificate: &Certificate) -> bool {
        self.entry(certificate).is_ok_and(|entry| entry.is_some())
    }

    pub(super) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn is_by(&self, issuer: &Certificate) -> bool {
        let is_signed = || parts(&self.der).is_ok_and(|parts| parts.signed.check(issuer).is_ok());
        self.is_named_by(issuer) && issuer.extensions().permits_usage(usage::CRL_SIGN) && is_signed()
    }

    /// The certificate's entry, if any. An entry that says more than is understood counts as revoked.
    pub(super) fn entry(&self, certificate: &Certificate) -> Result<Option<Entry>, Malformed> {
        let serial = certificate.raw_parts()?.serial;
        let Some(revoked) = parts(&self.der)?.revoked else { return Ok(None) };
        // In an indirect list an entry may name another issuer, for itself and those after it (§5.3.3).
        let mut is_ours = self.issuer == certificate.names().1;
        let mut entries = revoked.children();
        let mut found = None;
        while !entries.is_empty() {
            let entry = entries.expect(tag::SEQUENCE)?;
            // Lists are long: only what is asked for, and what may change the issuer, is looked at closely.
            let is_asked = entry.content.starts_with(serial);
            let may_change = self.scope.indirect;
            if !is_asked && !may_change {
                continue;
            }
            let mut parts = entry.children();
            parts.expect(tag::INTEGER)?;
            let at = asn1::time(parts.next()?)?;
            let mut reason = RevocationReason::Unspecified;
            for extension in
                parts.optional(tag::SEQUENCE)?.map_or(Ok(Vec::new()), |list| list.children().all())?
            {
                let extension = Extension::read(extension)?;
                match extension.identifier {
                    oid::REASON_CODE => reason = RevocationReason::read(extension.value)?,
                    oid::CERTIFICATE_ISSUER => {
                        let mut names = Reader::new(extension.value).expect(tag::SEQUENCE)?.children();
                        is_ours = GeneralName::read(names.next()?)
                            == GeneralName::Directory(certificate.names().1.to_vec());
                    }
                    _ => {}
                }
            }
            if is_asked && is_ours {
                found = Some(Entry { at, reason });
            }
        }
        Ok(found)
    }
}

pub(super) fn timestamp(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX)
}

fn parts(der: &[u8]) -> Result<Parts<'_>, Malformed> {
    let mut outer = signed::sequence(der)?;
    let signed = Signed::read(&mut outer)?;
    outer.end()?;
    let mut inner = signed.content.children();
    inner.optional(tag::INTEGER)?;
    if inner.expect(tag::SEQUENCE)?.raw != signed.algorithm.raw {
        return Err(Malformed);
    }
    let issuer = inner.expect(tag::SEQUENCE)?;
    let this_update = asn1::time(inner.next()?)?;
    let next_update = match (inner.optional(tag::UTC_TIME)?, inner.optional(tag::GENERALIZED_TIME)?) {
        (Some(time), None) | (None, Some(time)) => Some(asn1::time(time)?),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(Malformed),
    };
    let revoked = inner.optional(tag::SEQUENCE)?;
    let extensions = inner.optional(tag::CONTEXT_0)?;
    inner.end()?;
    Ok(Parts { signed, issuer, this_update, next_update, revoked, extensions })
}

fn scope(wrapper: Option<Element<'_>>, issuer: &[Vec<u8>]) -> Result<Scope, Malformed> {
    let mut scope = Scope::default();
    let Some(wrapper) = wrapper else { return Ok(scope) };
    for item in wrapper.children().expect(tag::SEQUENCE)?.children().all()? {
        let extension = Extension::read(item)?;
        match extension.identifier {
            oid::ISSUING_DISTRIBUTION_POINT => read_point(extension.value, issuer, &mut scope)?,
            oid::DELTA_CRL_INDICATOR => scope.incomplete = true,
            oid::AUTHORITY_KEY_IDENTIFIER => {}
            _ => scope.incomplete |= extension.critical,
        }
    }
    Ok(scope)
}

/// ReasonFlags; the first byte counts unused bits.
fn reasons(bits: &[u8]) -> u16 {
    let byte = |index: usize| u16::from(bits.get(index).copied().unwrap_or(0));
    (byte(1) << 8 | byte(2)) & ALL_REASONS
}

fn read_point(value: &[u8], issuer: &[Vec<u8>], scope: &mut Scope) -> Result<(), Malformed> {
    for part in Reader::new(value).expect(tag::SEQUENCE)?.children().all()? {
        let is_set = part.content != [0];
        match part.tag {
            tag::CONTEXT_0 => scope.point = place_names(part, issuer)?,
            0x81 => scope.only_users = is_set,
            0x82 => scope.only_authorities = is_set,
            0x83 => scope.reasons = reasons(part.content),
            0x84 => scope.indirect = is_set,
            // Only attribute certificates.
            0x85 => scope.incomplete |= is_set,
            _ => return Err(Malformed),
        }
    }
    Ok(())
}
