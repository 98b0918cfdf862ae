//! Signing in and out: one certificate for one role, opened with one PIN.

use super::suitability::days_left;
use crate::{Desk, DeskError, api::*, faults, lock};
use mocban_certification::vietnam;
use mocban_pkcs11::{CertificateInfo, Fingerprint, OpenedToken, Pin, SignAlgorithm, TokenHost};
use std::sync::Arc;

/// Signed in for one role.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) certificate: CertificateInfo,
    pub(crate) algorithm: SignAlgorithm,
    pub(crate) host: Arc<TokenHost>,
    pub(crate) view: HolderView,
}

impl Desk {
    pub(crate) fn session_open(&self, request: SessionOpen) -> Result<SessionView, DeskError> {
        let SessionOpen { role, fingerprint, pin, last_try_accepted } = request;
        let pin = (!pin.is_empty()).then(|| Pin::new(pin));
        let wanted = fingerprint_of(&fingerprint)?;
        let (module, token, host) = self.tokens.find(wanted)?;
        let certificate =
            token.certificates.into_iter().find(|certificate| certificate.fingerprint == wanted);
        let certificate = certificate.ok_or(DeskError::TokenNotFound)?;
        // Told before the PIN is spent: a certificate that may not sign here is not even opened.
        if let Some(problem) = self.certificate_problems(&certificate, Some(role)).first() {
            return Err(DeskError::CertificateUnsuitable { problem: code_of(problem) });
        }
        let opened =
            if last_try_accepted { host.open_on_last_try(wanted, pin) } else { host.open(wanted, pin) };
        let opened = opened.map_err(|fault| faults::token(&module.path, fault))?;
        let view = self.holder(role, &opened);
        lock(&self.tokens.sessions)
            .insert(role, Session { certificate, algorithm: opened.algorithm, host, view });
        self.tell(DeskEvent::Status);
        Ok(self.tokens.session())
    }

    pub(crate) fn session_close(&self, request: SessionClose) -> Result<SessionView, DeskError> {
        let closed = lock(&self.tokens.sessions).remove(&request.role);
        if let Some(session) = closed {
            // Both roles may live on one module: its helper is logged out only when nobody uses it any more.
            let shared =
                lock(&self.tokens.sessions).values().any(|other| Arc::ptr_eq(&other.host, &session.host));
            if !shared {
                // The session is gone for us whatever the driver says to it.
                let _ = session.host.close();
            }
        }
        self.tell(DeskEvent::Status);
        Ok(self.tokens.session())
    }

    pub(crate) fn token_give_up(&self, _: Empty) -> Result<Empty, DeskError> {
        self.tokens.give_up();
        Ok(Empty {})
    }

    fn holder(&self, role: SigningRole, opened: &OpenedToken) -> HolderView {
        let certificate = &opened.certificate;
        let today = vietnam::local(self.now()).date();
        let fingerprint = certificate.fingerprint.to_string();
        let title = match role {
            SigningRole::Agency => String::new(),
            SigningRole::Performer => {
                self.profile.authority(&fingerprint, today).map(full_title).unwrap_or_default()
            }
        };
        HolderView {
            fingerprint,
            holder: certificate.subject.clone(),
            title,
            days_left: days_left(certificate, self.now()),
            pin_for_each_signature: opened.pin_for_each_signature,
            pin_pad: opened.protected_path,
        }
    }
}

/// Nobody is signed in for this role, or no longer.
pub(crate) fn not_signed_in(role: SigningRole) -> DeskError {
    DeskError::NotSignedIn { role: code_of(&role) }
}

/// Capacity and title as printed: `KT. CHỦ TỊCH – Phó Chủ tịch`.
pub(crate) fn full_title(authority: &mocban_certification::SigningAuthority) -> String {
    match authority.capacity_line() {
        Some(line) => format!("{line} – {}", authority.title()),
        None => authority.title().to_owned(),
    }
}

/// A fingerprint in a request.
pub(super) fn fingerprint_of(text: &str) -> Result<Fingerprint, DeskError> {
    text.parse().map_err(|_| DeskError::InvalidRequest { field: "fingerprint".into() })
}

/// A plain enumeration's name on the wire.
pub(crate) fn code_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
