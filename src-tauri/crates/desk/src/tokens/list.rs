//! Tokens plugged in, read without a PIN, as the window shows them.

use super::{
    modules::Listed,
    session::fingerprint_of,
    suitability::{days_left, warnings},
};
use crate::{Desk, DeskError, api::*, faults, lock};
use jiff::Timestamp;
use mocban_certification::vietnam;
use mocban_pkcs11::{CertificateInfo, PinState as TokenPin, TokenInfo, discovery};
use std::{collections::HashSet, path::Path};

impl Desk {
    pub(crate) fn tokens_list(&self, _: Empty) -> Result<TokenList, DeskError> {
        let listed = self.tokens.list_all();
        if self.tokens.end_sessions_without_token(&listed) {
            self.tell(DeskEvent::Status);
        }
        let all = certificates(&listed);
        let mut list = TokenList { tokens: Vec::new(), modules: Vec::new() };
        let mut shown = HashSet::new();
        for (module, tokens) in &listed {
            list.modules.push(ModuleView {
                name: name(&module.path),
                problem: tokens
                    .as_ref()
                    .err()
                    .map(|f| faults::token(&module.path, f.clone()).code().to_owned()),
            });
            for (token, certificate) in tokens.iter().flatten().flat_map(holders) {
                // Two modules may drive one token: the first that shows a certificate keeps it.
                if shown.insert(certificate.fingerprint) {
                    list.tokens.push(self.token_view(module, token, certificate, &all));
                }
            }
        }
        // Those that can sign here first, the older of a renewed pair after the newer; otherwise as found.
        list.tokens.sort_by_key(|token| {
            let renewed = token.warnings.contains(&CertificateWarning::Renewed);
            (token.suggested_role.is_none(), !token.problems.is_empty(), renewed)
        });
        Ok(list)
    }

    pub(crate) fn token_facts(&self, request: TokenRef) -> Result<TokenView, DeskError> {
        let wanted = fingerprint_of(&request.fingerprint)?;
        let (module, token, _) = self.tokens.find(wanted)?;
        let certificate = token.certificates.iter().find(|certificate| certificate.fingerprint == wanted);
        let certificate = certificate.ok_or(DeskError::TokenNotFound)?;
        Ok(self.token_view(&module, &token, certificate, &token.certificates))
    }

    fn token_view(
        &self,
        module: &discovery::Candidate,
        token: &TokenInfo,
        certificate: &CertificateInfo,
        all: &[CertificateInfo],
    ) -> TokenView {
        let fingerprint = certificate.fingerprint.to_string();
        let now = self.now();
        let today = vietnam::local(now).date();
        let suggested_role = if self.profile.is_agency(&fingerprint) {
            Some(SigningRole::Agency)
        } else {
            self.profile.authority(&fingerprint, today).map(|_| SigningRole::Performer)
        };
        let day = |at: Timestamp| vietnam::local(at).date().to_string();
        let sessions = self.tokens.session();
        let open = [sessions.performer, sessions.agency]
            .into_iter()
            .flatten()
            .any(|holder| holder.fingerprint == fingerprint);
        let seen = lock(&self.tokens.seen).get(&certificate.fingerprint).cloned().unwrap_or_default();
        TokenView {
            fingerprint,
            module: name(&module.path),
            label: token.label.clone(),
            serial: token.serial.clone(),
            holder: certificate.subject.clone(),
            organisation: certificate.organisation.clone().unwrap_or_default(),
            issuer: certificate.issuer.clone(),
            not_before: day(certificate.not_before),
            not_after: day(certificate.not_after),
            days_left: days_left(certificate, now),
            pin: pin(token.pin),
            pin_lengths: token.pin_lengths.map(|lengths| PinLengths { min: lengths.min, max: lengths.max }),
            pin_pad: token.protected_path,
            reader: token.reader.clone(),
            open,
            suggested_role,
            problems: self.certificate_problems(certificate, suggested_role),
            warnings: warnings(certificate, all, now),
            also_in: seen
                .iter()
                .filter(|other| other.path != module.path)
                .map(|other| name(&other.path))
                .collect(),
        }
    }
}

/// The certificates of holders on a token; those of authorities lie there only to make chains.
fn holders(token: &TokenInfo) -> impl Iterator<Item = (&TokenInfo, &CertificateInfo)> {
    token.certificates.iter().filter(|certificate| !certificate.authority).map(move |own| (token, own))
}

fn certificates(listed: &[Listed]) -> Vec<CertificateInfo> {
    let tokens = listed.iter().flat_map(|(_, tokens)| tokens.iter().flatten());
    tokens.flat_map(|token| token.certificates.iter().cloned()).collect()
}

fn name(module: &Path) -> String {
    module.file_name().unwrap_or_default().to_string_lossy().into_owned()
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
