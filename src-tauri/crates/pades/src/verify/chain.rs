//! A path from the signer to a trust anchor (RFC 5280 §6, without policies, name constraints and revocation): names,
//! signatures, validity at one time, basic constraints, key usage. What it does not understand it does not trust.

use x509_cert::der::oid::AssociatedOid;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use super::report::{Chain, ChainFault};
use crate::certificate::Certificate;
use crate::crypto::{self, Message};

const MAX_LENGTH: usize = 8;
/// Signatures checked for one path; a crafted bag of certificates ends here.
const MAX_CHECKS: usize = 64;

/// Extensions that may be critical because they are obeyed here or do not restrict (RFC 5280 §4.2): key usage,
/// basic constraints, subject alternative name, extended key usage, certificate policies.
const UNDERSTOOD: [&str; 5] = ["2.5.29.15", "2.5.29.19", "2.5.29.17", "2.5.29.37", "2.5.29.32"];

struct Search<'a> {
    candidates: Vec<&'a Certificate>,
    anchors: &'a [Certificate],
    at: i64,
    checks: usize,
    expired: bool,
    fault: ChainFault,
}

/// Judges the signer's certificate at `at` (seconds since 1970); `inside` are the certificates the signature carries.
pub(super) fn judge(
    signer: &Certificate,
    inside: &[Certificate],
    anchors: &[Certificate],
    at: i64,
) -> (Chain, Option<ChainFault>) {
    if anchors.is_empty() {
        return (Chain::Unknown, None);
    }
    let candidates = anchors.iter().chain(inside).collect();
    let mut search =
        Search { candidates, anchors, at, checks: 0, expired: false, fault: ChainFault::IssuerMissing };
    if !may_sign_documents(signer) {
        return (Chain::Untrusted, Some(ChainFault::KeyUsage));
    }
    if search.leads_to_anchor(signer, 0, true) {
        return (Chain::Trusted, None);
    }
    // A path that holds but for its dates is another answer than no path.
    let fault = search.fault;
    if search.expired {
        return (Chain::Expired, None);
    }
    (Chain::Untrusted, Some(fault))
}

impl Search<'_> {
    /// `in_time` is false on a branch on which some certificate is out of its dates.
    fn leads_to_anchor(&mut self, certificate: &Certificate, depth: usize, in_time: bool) -> bool {
        if has_unknown_critical(certificate) {
            self.fault = ChainFault::CriticalExtension;
            return false;
        }
        let (from, until) = certificate.validity();
        let in_time = in_time && (from..=until).contains(&self.at);
        if self.anchors.contains(certificate) {
            self.expired |= !in_time;
            return in_time;
        }
        let Ok(parts) = certificate.raw_parts() else { return false };
        if depth == MAX_LENGTH {
            return false;
        }
        for issuer in self.candidates.clone() {
            let Ok(above) = issuer.raw_parts() else { continue };
            if above.subject != parts.issuer || issuer == certificate {
                continue;
            }
            if !may_issue(issuer, depth) {
                self.fault = ChainFault::NotAnAuthority;
                continue;
            }
            self.checks += 1;
            if self.checks > MAX_CHECKS {
                return false;
            }
            let message = Message::Bytes(parts.to_be_signed);
            if crypto::verify(above.spki, parts.algorithm, None, &message, parts.signature).is_err() {
                self.fault = ChainFault::SignatureWrong;
                continue;
            }
            if self.leads_to_anchor(issuer, depth + 1, in_time) {
                return true;
            }
        }
        false
    }
}

fn has_unknown_critical(certificate: &Certificate) -> bool {
    certificate.parsed().tbs_certificate().extensions().is_some_and(|extensions| {
        extensions.iter().any(|extension| {
            extension.critical && !UNDERSTOOD.contains(&extension.extn_id.to_string().as_str())
        })
    })
}

/// The extension, if it is there; an unreadable one counts as forbidding.
fn extension<'a, T>(certificate: &'a Certificate) -> Result<Option<T>, ()>
where
    T: der::Decode<'a> + AssociatedOid,
{
    match certificate.parsed().tbs_certificate().get_extension::<T>() {
        Ok(found) => Ok(found.map(|(_, value)| value)),
        Err(_) => Err(()),
    }
}

/// Digital signature or non-repudiation, where key usage is given (RFC 5280 §4.2.1.3).
fn may_sign_documents(certificate: &Certificate) -> bool {
    match extension::<KeyUsage>(certificate) {
        Ok(Some(usage)) => usage.digital_signature() || usage.non_repudiation(),
        Ok(None) => true,
        Err(()) => false,
    }
}

/// An authority, with at most its path length of intermediates below it (`below`).
fn may_issue(certificate: &Certificate, below: usize) -> bool {
    let constraints = match extension::<BasicConstraints>(certificate) {
        Ok(Some(constraints)) => constraints,
        _ => return false,
    };
    let long_enough = constraints.path_len_constraint.is_none_or(|most| below <= usize::from(most));
    let usage = match extension::<KeyUsage>(certificate) {
        Ok(Some(usage)) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(()) => false,
    };
    constraints.ca && long_enough && usage
}
