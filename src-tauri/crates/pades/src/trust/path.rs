//! Finds and validates a path from a certificate to an anchor (RFC 5280 §6.1): signatures, dates, authorities and
//! path lengths, key usage and purpose, name constraints, policies, critical extensions. Several issuers of one name,
//! cross-certificates and loops are walked within bounds. What is not understood is not trusted.

use serde::Serialize;

use super::extensions::usage;
use super::links::Links;
use super::name::{self, GeneralName};
use super::policy::Policies;
use crate::certificate::Certificate;
use crate::cms::asn1::{Reader, tag};
use crate::cms::oid;
use crate::crypto::CryptoError;

/// Certificates in a path, the anchor included.
const MAX_LENGTH: usize = 12;
/// Issuers tried for one question; a crafted bag of certificates ends here.
const MAX_STEPS: usize = 256;

/// Why a path of certificates does not lead to an anchor (RFC 5280 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainFault {
    /// The issuer is neither inside the signature nor an anchor.
    IssuerMissing,
    /// A certificate is not signed by the one above it.
    SignatureWrong,
    /// A certificate is signed by an algorithm that is broken (SHA-1 …) or by a key that is too short.
    AlgorithmWeak,
    /// A certificate is signed by an algorithm that is not computed here.
    AlgorithmUnsupported,
    /// A certificate above is no certification authority.
    NotAnAuthority,
    /// More certificates below an authority than it may have.
    PathTooLong,
    /// The key may not be used for this.
    KeyUsage,
    /// The certificate was made for another purpose.
    Purpose,
    /// A name outside of what an authority may name.
    NameConstraints,
    /// A policy is demanded, and none holds along the path.
    Policy,
    /// A critical extension that is not understood, or an extension that cannot be read.
    CriticalExtension,
}

/// What the certificate is to be trusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Signing a document.
    Document,
    /// Stamping a time (RFC 3161 §2.3).
    Timestamp,
    /// Signing a list of revoked certificates.
    Crl,
}

/// What is asked, beside the certificate itself.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) anchors: &'a [Certificate],
    /// Certificates that may stand between.
    pub(crate) candidates: &'a [Certificate],
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) purpose: Purpose,
    pub(crate) links: &'a Links,
}

/// What stood in the way, the answer nearest to trust first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPath {
    /// A path holds but for its dates.
    Expired,
    Fault(ChainFault),
}

struct Search<'a, 'q> {
    question: &'q Question<'a>,
    accept: &'q mut dyn FnMut(&[Certificate]) -> bool,
    path: Vec<Certificate>,
    steps: usize,
    expired: bool,
    /// The fault met farthest along, and how far that was.
    fault: (usize, ChainFault),
}

/// Looks for a path, the certificate first and an anchor last, that validates and that `accept` takes (it may refuse
/// one because of revocation; then others are tried). True when one was taken.
pub(crate) fn find(
    certificate: &Certificate,
    question: &Question<'_>,
    accept: &mut dyn FnMut(&[Certificate]) -> bool,
) -> Result<(), NoPath> {
    let path = vec![certificate.clone()];
    let fault = (0, ChainFault::IssuerMissing);
    let mut search = Search { question, accept, path, steps: 0, expired: false, fault };
    if search.walk() {
        Ok(())
    } else if search.expired {
        Err(NoPath::Expired)
    } else {
        Err(NoPath::Fault(search.fault.1))
    }
}

impl Search<'_, '_> {
    fn walk(&mut self) -> bool {
        let question = self.question;
        let Some(below) = self.path.last().cloned() else { return false };
        if question.anchors.contains(&below) {
            return self.complete();
        }
        if self.path.len() == MAX_LENGTH {
            self.blame(ChainFault::PathTooLong);
            return false;
        }
        let (_, issuer_name) = below.names();
        let wanted = below.extensions().authority_key.as_ref();
        let named = |above: &&Certificate| above.names().0 == issuer_name && !self.path.contains(above);
        let mut issuers: Vec<Certificate> =
            question.anchors.iter().chain(question.candidates).filter(named).cloned().collect();
        // The issuer whose key is named is tried first; a name of a key is a hint, not a condition.
        issuers.sort_by_key(|above| wanted.is_some() && above.extensions().subject_key.as_ref() != wanted);
        for above in issuers {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return false;
            }
            match question.links.is_signed_by(&below, &above) {
                Ok(()) => {}
                Err(CryptoError::Weak(_)) => {
                    self.blame(ChainFault::AlgorithmWeak);
                    continue;
                }
                Err(CryptoError::Unsupported(_)) => {
                    self.blame(ChainFault::AlgorithmUnsupported);
                    continue;
                }
                Err(_) => {
                    self.blame(ChainFault::SignatureWrong);
                    continue;
                }
            }
            self.path.push(above);
            let found = self.walk();
            self.path.pop();
            if found {
                return true;
            }
        }
        false
    }

    fn blame(&mut self, fault: ChainFault) {
        if self.path.len() >= self.fault.0 {
            self.fault = (self.path.len(), fault);
        }
    }

    fn complete(&mut self) -> bool {
        match validate(&self.path, self.question.purpose) {
            Ok(()) => {}
            Err(fault) => {
                // A whole path that breaks a rule says more than a way that ended early.
                self.fault = (MAX_LENGTH, fault);
                return false;
            }
        }
        if !self.path.iter().all(|certificate| certificate.is_valid_at(self.question.at)) {
            self.expired = true;
            return false;
        }
        (self.accept)(&self.path)
    }
}

/// Everything but signatures, dates and revocation. The anchor's own constraints hold as well (RFC 5937 §3.2).
fn validate(path: &[Certificate], purpose: Purpose) -> Result<(), ChainFault> {
    let length = path.len() - 1;
    let mut policies = Policies::new(length);
    let mut permitted: Vec<Vec<GeneralName>> = Vec::new();
    let mut excluded: Vec<GeneralName> = Vec::new();
    let mut room = usize::MAX;
    for (index, certificate) in path.iter().enumerate().rev() {
        let extensions = certificate.extensions();
        let (is_anchor, is_last) = (index == length, index == 0);
        let self_issued = certificate.is_self_issued();
        if extensions.not_understood {
            return Err(ChainFault::CriticalExtension);
        }
        if !is_anchor {
            if (is_last || !self_issued) && !obeys(certificate, &permitted, &excluded) {
                return Err(ChainFault::NameConstraints);
            }
            if !policies.enter(extensions, self_issued, is_last) {
                return Err(ChainFault::Policy);
            }
        }
        if is_last {
            break;
        }
        // An anchor may be of the time before basic constraints; one that denies being an authority is none.
        if extensions.authority != Some(true) && !(is_anchor && extensions.authority.is_none()) {
            return Err(ChainFault::NotAnAuthority);
        }
        if !extensions.permits_usage(usage::KEY_CERT_SIGN) {
            return Err(ChainFault::KeyUsage);
        }
        if !is_anchor && !policies.leave(extensions, self_issued) {
            return Err(ChainFault::Policy);
        }
        if !is_anchor && !self_issued {
            room = room.checked_sub(1).ok_or(ChainFault::PathTooLong)?;
        }
        room = extensions.path_length.map_or(room, |most| most.min(room));
        if !extensions.permitted.is_empty() {
            permitted.push(extensions.permitted.clone());
        }
        excluded.extend(extensions.excluded.iter().cloned());
    }
    let Some(last) = path.first() else { return Err(ChainFault::IssuerMissing) };
    if length > 0 && !policies.hold(last.extensions()) {
        return Err(ChainFault::Policy);
    }
    serves(last, purpose)
}

fn obeys(certificate: &Certificate, permitted: &[Vec<GeneralName>], excluded: &[GeneralName]) -> bool {
    if permitted.is_empty() && excluded.is_empty() {
        return true;
    }
    let subject = certificate.raw_parts().and_then(|parts| Reader::new(parts.subject).expect(tag::SEQUENCE));
    let names =
        subject.and_then(|subject| name::of_subject(subject, &certificate.extensions().alternative_names));
    names.is_ok_and(|names| name::obeys(&names, permitted, excluded))
}

/// Key usage and extended key usage of the last certificate.
///
/// Documents: digital signature or non-repudiation. Where purposes are given, one must be another than serving TLS,
/// signing code, stamping times and answering OCSP: certificates of citizens and officers name e-mail, client
/// authentication or the purposes of document signing (RFC 9336), and those are not told apart.
fn serves(certificate: &Certificate, purpose: Purpose) -> Result<(), ChainFault> {
    const ELSEWHERE: [&[u8]; 4] = [oid::USE_SERVER, oid::USE_CODE, oid::USE_TIMESTAMPING, oid::USE_OCSP];
    let extensions = certificate.extensions();
    let bits = match purpose {
        Purpose::Document | Purpose::Timestamp => usage::DIGITAL_SIGNATURE | usage::NON_REPUDIATION,
        Purpose::Crl => usage::CRL_SIGN,
    };
    if !extensions.permits_usage(bits) {
        return Err(ChainFault::KeyUsage);
    }
    let fits = match (purpose, &extensions.purposes) {
        (Purpose::Document, Some((list, _))) => {
            list.iter().any(|purpose| !ELSEWHERE.contains(&purpose.as_slice()))
        }
        // Critical, and nothing else (RFC 3161 §2.3).
        (Purpose::Timestamp, Some((list, critical))) => {
            *critical && matches!(list.as_slice(), [only] if only == oid::USE_TIMESTAMPING)
        }
        (Purpose::Timestamp, None) => false,
        (Purpose::Document, None) | (Purpose::Crl, _) => true,
    };
    if fits { Ok(()) } else { Err(ChainFault::Purpose) }
}
