//! Tokens plugged in, read without a PIN, and whether each certificate can serve at this office.

use crate::{Desk, DeskError, api::*, faults};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_pkcs11::{CertificateInfo, Fingerprint, PinState as TokenPin, TokenInfo, discovery};
use std::{collections::HashSet, path::PathBuf};

impl Desk {
    pub(crate) fn tokens_list(&self, _: Empty) -> Result<TokenList, DeskError> {
        let mut list = TokenList { tokens: Vec::new(), modules: Vec::new() };
        let mut seen = HashSet::new();
        for module in self.modules() {
            let name = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let found = self.tokens_of(&module);
            list.modules.push(ModuleView {
                name: name.clone(),
                problem: found.as_ref().err().map(|f| f.code().to_owned()),
            });
            for (token, certificate) in found.into_iter().flatten() {
                // Two modules may drive one token: the first that shows a certificate keeps it.
                if seen.insert(certificate.fingerprint) {
                    list.tokens.push(self.token_view(&name, &token, &certificate));
                }
            }
        }
        // Those that can sign here first; otherwise as found.
        list.tokens.sort_by_key(|token| (token.suggested_role.is_none(), !token.problems.is_empty()));
        Ok(list)
    }

    /// Modules of this desk: the office's own, else the training token, then what is known on this system.
    pub(crate) fn modules(&self) -> Vec<PathBuf> {
        if !self.tokens.modules.is_empty() {
            return self.tokens.modules.clone();
        }
        match self.profile.mode {
            Mode::Training => {
                discovery::training_module_beside(&self.tokens.executable).into_iter().collect()
            }
            Mode::Office => {
                let usable = discovery::candidates(&discovery::Search::default());
                usable
                    .into_iter()
                    .filter(|module| module.problem.is_none())
                    .map(|module| module.path)
                    .collect()
            }
        }
    }

    /// Tokens of one module with their certificates for signing.
    fn tokens_of(&self, module: &PathBuf) -> Result<Vec<(TokenInfo, CertificateInfo)>, DeskError> {
        let tokens = self.tokens.host(module)?.tokens().map_err(|fault| faults::token(module, fault))?;
        let pairs = tokens.into_iter().flat_map(|token| {
            let signing: Vec<_> =
                token.certificates.iter().filter(|certificate| certificate.signing).cloned().collect();
            signing.into_iter().map(move |certificate| (token.clone(), certificate))
        });
        Ok(pairs.collect())
    }

    /// The module and certificate behind a fingerprint, among tokens plugged in now.
    pub(super) fn find_certificate(
        &self,
        wanted: Fingerprint,
    ) -> Result<(PathBuf, CertificateInfo), DeskError> {
        let mut met = None;
        for module in self.modules() {
            match self.tokens_of(&module) {
                Ok(found) => {
                    let mut certificates = found.into_iter().map(|(_, certificate)| certificate);
                    if let Some(certificate) =
                        certificates.find(|certificate| certificate.fingerprint == wanted)
                    {
                        return Ok((module, certificate));
                    }
                }
                Err(fault) => met = Some(fault),
            }
        }
        Err(met.unwrap_or(DeskError::TokenNotFound))
    }

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
        let checks = [
            (now > certificate.not_after, CertificateProblem::Expired),
            (now < certificate.not_before, CertificateProblem::NotYetValid),
            (!certificate.signing, CertificateProblem::NotForSigning),
            (!entitled, CertificateProblem::NoAuthority),
            (other, CertificateProblem::OtherAgency),
        ];
        checks.into_iter().filter_map(|(applies, problem)| applies.then_some(problem)).collect()
    }

    fn token_view(&self, module: &str, token: &TokenInfo, certificate: &CertificateInfo) -> TokenView {
        let fingerprint = certificate.fingerprint.to_string();
        let today = vietnam::local(self.now()).date();
        let suggested_role = if self.profile.is_agency(&fingerprint) {
            Some(SigningRole::Agency)
        } else {
            self.profile.authority(&fingerprint, today).map(|_| SigningRole::Performer)
        };
        let day = |at: Timestamp| vietnam::local(at).date().to_string();
        TokenView {
            fingerprint,
            module: module.to_owned(),
            label: token.label.clone(),
            serial: token.serial.clone(),
            holder: certificate.subject.clone(),
            organisation: certificate.organisation.clone().unwrap_or_default(),
            issuer: certificate.issuer.clone(),
            not_before: day(certificate.not_before),
            not_after: day(certificate.not_after),
            days_left: days_left(certificate, self.now()),
            pin: pin(token.pin),
            pin_pad: token.protected_path,
            suggested_role,
            problems: self.certificate_problems(certificate, suggested_role),
        }
    }
}

/// Whole days until a certificate expires.
pub(super) fn days_left(certificate: &CertificateInfo, now: Timestamp) -> i64 {
    certificate.not_after.duration_since(now).as_secs().div_euclid(86_400)
}

fn pin(state: TokenPin) -> PinState {
    match state {
        TokenPin::Ok => PinState::Ok,
        TokenPin::CountLow => PinState::CountLow,
        TokenPin::FinalTry => PinState::FinalTry,
        TokenPin::Locked => PinState::Locked,
        TokenPin::NotInitialised => PinState::NotInitialised,
        TokenPin::ToBeChanged => PinState::ToBeChanged,
    }
}
