//! Whether a certificate was revoked at a given time, from the lists and answers at hand (RFC 5280 §6.3, RFC 6960
//! §3.2, ETSI EN 319 102-1 §5.2.5).
//!
//! The rule: a revocation counts from its date on, however old the list or answer that tells it. That a certificate
//! is *not* revoked must be said by something still in force at the time asked about, or made after it. An entry
//! dated later than a proven time of signing does not touch that signature.

use std::sync::Arc;

use serde::Serialize;

use super::crl::{ALL_REASONS, Crl};
use super::links::Links;
use super::ocsp::{OcspResponse, SingleStatus};
use super::path::{self, Purpose, Question};
use crate::certificate::Certificate;
use crate::cms::asn1::{Malformed, Reader, tag};
use crate::cms::signed_data::Enclosed;
use crate::crypto::CryptoError;

/// Clocks of responders may be ahead by so much, seconds.
const SKEW: i64 = 300;
/// How long a list or an answer holds that does not say so, seconds.
const DEFAULT_LIFE: i64 = 7 * 86_400;
/// Other keys of one authority that are tried for a list.
const MAX_KEYS: usize = 8;
/// The most lists and answers that are looked at for one file.
const MAX_ITEMS: usize = 1024;

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationReason {
    /// Not said.
    Unspecified,
    /// The holder's key is in other hands.
    KeyCompromise,
    /// The authority's key is in other hands.
    AuthorityCompromise,
    /// The holder belongs elsewhere now.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// For the time being.
    Hold,
    /// No longer revoked; stands in lists of changes only.
    Removed,
    /// A right was withdrawn.
    PrivilegeWithdrawn,
}

impl RevocationReason {
    /// Reads a CRLReason; a number that does not exist counts as not said.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, Malformed> {
        let reason = Reader::new(encoded).expect(tag::ENUMERATED)?.content;
        Ok(match reason {
            [1] => Self::KeyCompromise,
            [2] | [10] => Self::AuthorityCompromise,
            [3] => Self::AffiliationChanged,
            [4] => Self::Superseded,
            [5] => Self::CessationOfOperation,
            [6] => Self::Hold,
            [8] => Self::Removed,
            [9] => Self::PrivilegeWithdrawn,
            _ => Self::Unspecified,
        })
    }
}

/// One list or answer.
#[derive(Debug, Clone)]
pub enum RevocationItem {
    /// A list of revoked certificates.
    Crl(Arc<Crl>),
    /// An answer of a responder.
    Ocsp(Arc<OcspResponse>),
}

impl RevocationItem {
    /// Reads a list or an answer in DER, whichever it is, or a list in PEM.
    ///
    /// # Errors
    /// [`PadesError::RevocationUnreadable`](crate::PadesError::RevocationUnreadable) when it is neither.
    pub fn read(bytes: &[u8]) -> Result<Self, crate::PadesError> {
        let unpacked = bytes.starts_with(b"-----BEGIN").then(|| der::pem::decode_vec(bytes));
        let unpacked = unpacked.transpose().map_err(|_| crate::PadesError::RevocationUnreadable)?;
        let der = unpacked.as_ref().map_or(bytes, |(_, der)| der);
        Crl::read(der)
            .map(|list| Self::Crl(Arc::new(list)))
            .or_else(|_| OcspResponse::read(der).map(|answer| Self::Ocsp(Arc::new(answer))))
    }
}

/// Where lists and answers come from that are not in the file: a folder on disk, a memory of earlier requests. It
/// asks no network while a file is verified. What it gives is checked like what the file carries.
pub trait RevocationSource: Send + Sync {
    /// What is there that may speak of `certificate`, issued by `issuer`.
    fn about(&self, certificate: &Certificate, issuer: &Certificate) -> Vec<RevocationItem>;
}

/// What is known of revocation for one file, and the certificates that may help to check it.
#[derive(Clone, Default)]
pub(crate) struct Evidence<'a> {
    pub(crate) items: Vec<RevocationItem>,
    pub(crate) source: Option<&'a dyn RevocationSource>,
}

/// Whether one certificate was revoked at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was not.
    Good,
    /// It was.
    Revoked { at: i64, reason: RevocationReason },
    /// Nothing in force says so; `newest` is the time of the newest word about it that is out of date.
    Unknown { newest: Option<i64> },
}

impl Evidence<'_> {
    /// Adds what was read, as long as there is room.
    pub(crate) fn add(&mut self, items: impl IntoIterator<Item = RevocationItem>) {
        let room = MAX_ITEMS.saturating_sub(self.items.len());
        self.items.extend(items.into_iter().take(room));
    }

    /// Adds what travels inside a signature and can be read; the rest is as if it were not there.
    pub(crate) fn add_enclosed(&mut self, enclosed: &Enclosed<'_>) {
        let all = enclosed.crls.iter().chain(&enclosed.ocsp_responses);
        self.add(all.filter_map(|der| RevocationItem::read(der).ok()));
    }

    /// How `certificate`, issued by `issuer`, stood at `question.at`; `now` is the time of asking.
    pub(crate) fn standing(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        question: &Question<'_>,
        now: i64,
    ) -> Standing {
        self.weigh(certificate, issuer, question, now, true)
    }

    /// `other_keys`: whether lists signed by another key than the issuer's certificate's are taken; not, when the
    /// standing of such a key itself is asked, so that two lists cannot vouch for one another.
    fn weigh(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        question: &Question<'_>,
        now: i64,
        other_keys: bool,
    ) -> Standing {
        let more = self.source.map(|source| source.about(certificate, issuer)).unwrap_or_default();
        let mut told = 0;
        let mut newest = None;
        for item in self.items.iter().chain(&more) {
            let word = match item {
                RevocationItem::Ocsp(answer) => self.answered(answer, certificate, issuer, question.links),
                RevocationItem::Crl(list)
                    if self.speaks_of(list, certificate, issuer, question, now, other_keys) =>
                {
                    Some(listed(list, certificate))
                }
                RevocationItem::Crl(_) => None,
            };
            let Some(word) = word else { continue };
            if word.this_update > now.saturating_add(SKEW) {
                continue;
            }
            let until = word.next_update.unwrap_or(word.this_update.saturating_add(DEFAULT_LIFE));
            let in_force = until.max(word.this_update) >= question.at;
            match word.says {
                Says::Revoked { at, reason } if at <= question.at => {
                    // A hold may have been lifted since; anything else is for ever.
                    if in_force || reason != RevocationReason::Hold {
                        return Standing::Revoked { at, reason };
                    }
                }
                // Revoked later, for a reason such a list tells; and so not yet.
                Says::Revoked { .. } | Says::Good => {
                    told |= if in_force { word.reasons } else { 0 };
                    newest = newest.max(Some(word.this_update));
                }
                Says::Nothing => {}
            }
        }
        if told == ALL_REASONS { Standing::Good } else { Standing::Unknown { newest } }
    }

    fn answered(
        &self,
        answer: &OcspResponse,
        certificate: &Certificate,
        issuer: &Certificate,
        links: &Links,
    ) -> Option<Word> {
        let single = answer.single(certificate, issuer)?;
        let mut responder = None;
        let known = links.known((*answer.digest(), *issuer.digest()), || {
            responder = answer.responder(issuer);
            responder.as_ref().map(|_| ()).ok_or(CryptoError::Mismatch)
        });
        known.ok()?;
        if self.responder_is_revoked(answer, issuer) {
            return None;
        }
        let says = match single.status {
            SingleStatus::Good => Says::Good,
            SingleStatus::Revoked { at, reason } => Says::Revoked { at, reason },
            SingleStatus::Unknown => Says::Nothing,
        };
        let (this_update, next_update) = (single.this_update, single.next_update);
        Some(Word { this_update, next_update, reasons: ALL_REASONS, says })
    }

    /// A responder to which answering was delegated may be revoked itself, unless its certificate says that this is
    /// not asked (RFC 6960 §4.2.2.2.1).
    fn responder_is_revoked(&self, answer: &OcspResponse, issuer: &Certificate) -> bool {
        answer.certificates().iter().filter(|inside| !inside.extensions().ocsp_no_check).any(|inside| {
            self.items.iter().any(|item| match item {
                RevocationItem::Crl(list) => {
                    list.is_named_by(issuer) && list.entry(inside) != Ok(None) && list.is_by(issuer)
                }
                RevocationItem::Ocsp(_) => false,
            })
        })
    }

    /// A list in the issuer's name, or an indirect one in the name of whom the certificate names for that (RFC 5280
    /// §6.3.3 (b) (1)). By the issuer's own key, or by another key of the name that itself leads to an anchor (a new
    /// key of the authority, or one for lists alone) and was not revoked.
    fn speaks_of(
        &self,
        list: &Crl,
        certificate: &Certificate,
        issuer: &Certificate,
        question: &Question<'_>,
        now: i64,
        other_keys: bool,
    ) -> bool {
        let is_own = list.is_named_by(issuer);
        let mut points = certificate.extensions().crl_points.iter();
        let is_published = list.scope.indirect && points.any(|point| list.is_named_in(&point.publishers));
        if !(is_own || is_published) {
            return false;
        }
        let signed = |by: &Certificate| {
            let outcome = question.links.known((*list.digest(), *by.digest()), || {
                if list.is_by(by) { Ok(()) } else { Err(CryptoError::Mismatch) }
            });
            outcome.is_ok()
        };
        let by_issuer = is_own && signed(issuer);
        if by_issuer || !other_keys {
            return by_issuer;
        }
        let others = question.anchors.iter().chain(question.candidates);
        let mut others = others.filter(|other| list.is_named_by(other) && *other != issuer).take(MAX_KEYS);
        let ask = Question { purpose: Purpose::Crl, ..*question };
        others.any(|other| {
            let mut stands = |path: &[Certificate]| {
                path.windows(2).all(|pair| {
                    let standing = self.weigh(&pair[0], &pair[1], &ask, now, false);
                    !matches!(standing, Standing::Revoked { .. })
                })
            };
            signed(other) && path::find(other, &ask, &mut stands).is_ok()
        })
    }
}

struct Word {
    this_update: i64,
    next_update: Option<i64>,
    /// The reasons it tells, as in [`ALL_REASONS`].
    reasons: u16,
    says: Says,
}

enum Says {
    Good,
    Revoked { at: i64, reason: RevocationReason },
    Nothing,
}

fn listed(list: &Crl, certificate: &Certificate) -> Word {
    let extensions = certificate.extensions();
    let scope = &list.scope;
    let is_authority = extensions.authority == Some(true);
    let is_other_kind = (scope.only_users && is_authority) || (scope.only_authorities && !is_authority);
    let is_elsewhere = !scope.point.is_empty()
        && !extensions.crl_points.iter().any(|point| {
            let is_publisher = point.publishers.is_empty() || list.is_named_in(&point.publishers);
            let names = if point.names.is_empty() { &point.publishers } else { &point.names };
            is_publisher && names.iter().any(|name| scope.point.contains(name))
        });
    // Who stands on any list of the issuer's is revoked; who does not stand on it, only that list's own are not.
    let says = match list.entry(certificate) {
        Ok(Some(entry)) if entry.reason != RevocationReason::Removed => {
            Says::Revoked { at: entry.at, reason: entry.reason }
        }
        Ok(_) if is_other_kind || is_elsewhere || scope.incomplete => Says::Nothing,
        Ok(_) => Says::Good,
        Err(_) => Says::Nothing,
    };
    Word { this_update: list.this_update, next_update: list.next_update, reasons: scope.reasons, says }
}
