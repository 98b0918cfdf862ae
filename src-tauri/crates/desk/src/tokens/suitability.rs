//! Whether a certificate can serve at this office today, told before a queue forms and before a PIN is typed.

use crate::{Desk, api::*};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_pkcs11::CertificateInfo;

/// So many days before its end the officer is told: renewing takes some agencies weeks.
const EXPIRES_SOON_DAYS: i64 = 30;

impl Desk {
    /// Why a certificate cannot serve today, in general or in a role.
    pub(super) fn certificate_problems(
        &self,
        certificate: &CertificateInfo,
        role: Option<SigningRole>,
    ) -> Vec<CertificateProblem> {
        let now = self.now();
        let fingerprint = certificate.fingerprint.to_string();
        let today = vietnam::local(now).date();
        let agency = self.profile.is_agency(&fingerprint);
        let authority = self.profile.authority(&fingerprint, today).is_some();
        let entitled = match role {
            Some(SigningRole::Performer) => authority,
            Some(SigningRole::Agency) => agency,
            None => authority || agency,
        };
        // After the mergers of July 2025 certificates in an old agency's name are common (NĐ 68/2024 Art 15).
        let other = certificate.organisation.as_deref().is_some_and(|organisation| {
            vietnam::fold(organisation.trim()) != vietnam::fold(self.profile.office.name())
        });
        let key = certificate.key_algorithm.signs();
        let checks = [
            (now > certificate.not_after, CertificateProblem::Expired),
            (now < certificate.not_before, CertificateProblem::NotYetValid),
            (!key, CertificateProblem::KeyUnsupported),
            (key && !certificate.signing, CertificateProblem::NotForSigning),
            (!entitled, CertificateProblem::NoAuthority),
            (other, CertificateProblem::OtherAgency),
        ];
        checks.into_iter().filter_map(|(applies, problem)| applies.then_some(problem)).collect()
    }
}

/// What to know of a certificate that can still serve; `all` are those plugged in.
pub(super) fn warnings(
    certificate: &CertificateInfo,
    all: &[CertificateInfo],
    now: Timestamp,
) -> Vec<CertificateWarning> {
    let newer = |other: &CertificateInfo| {
        other.subject == certificate.subject
            && other.organisation == certificate.organisation
            && other.signing
            && (other.not_before..=other.not_after).contains(&now)
            && other.not_after > certificate.not_after
    };
    let soon = (0..=EXPIRES_SOON_DAYS).contains(&days_left(certificate, now));
    let checks = [
        (soon, CertificateWarning::ExpiresSoon),
        (certificate.signing && all.iter().any(newer), CertificateWarning::Renewed),
    ];
    checks.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
}

/// Whole days until a certificate expires.
pub(super) fn days_left(certificate: &CertificateInfo, now: Timestamp) -> i64 {
    certificate.not_after.duration_since(now).as_secs().div_euclid(86_400)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops at the first thing that is not as expected
mod tests {
    use super::*;

    fn certificate(from: &str, to: &str) -> CertificateInfo {
        let performer = include_bytes!("../../../../../assets/training/pki/performer.der");
        let read = CertificateInfo::from_der(performer).unwrap();
        let noon = |day: &str| format!("{day}T12:00:00Z").parse().unwrap();
        CertificateInfo { not_before: noon(from), not_after: noon(to), ..read }
    }

    #[test]
    fn a_certificate_is_told_to_expire_from_thirty_days_on() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let told = |to| warnings(&certificate("2024-01-01", to), &[], now);
        assert_eq!(told("2026-12-22"), []);
        assert_eq!(told("2026-12-21"), [CertificateWarning::ExpiresSoon]);
        assert_eq!(told("2026-11-21"), [CertificateWarning::ExpiresSoon]);
        // An expired one is a problem, not a warning.
        assert_eq!(told("2026-11-20"), []);
    }

    #[test]
    fn of_a_renewed_pair_the_older_one_is_told() {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let (old, new) = (certificate("2024-01-01", "2027-06-01"), certificate("2026-11-01", "2029-11-01"));
        let pair = [old.clone(), new.clone()];
        assert_eq!(warnings(&old, &pair, now), [CertificateWarning::Renewed]);
        assert_eq!(warnings(&new, &pair, now), []);
        // One that is not valid yet replaces nothing, nor does another holder's.
        let later = certificate("2027-01-01", "2030-01-01");
        assert_eq!(warnings(&old, &[later], now), []);
        let other = CertificateInfo { subject: "Người khác".into(), ..new };
        assert_eq!(warnings(&old, &[other], now), []);
    }
}
