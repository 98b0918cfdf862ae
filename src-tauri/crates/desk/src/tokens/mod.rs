//! Tokens at this desk: which are plugged in, who is signed in with them, and the key they hold as a
//! [`Signer`](mocban_pades::Signer) for the copy.
//!
//! A PIN comes in with `session_open`, goes to the helper process of the one chosen token, once, and is wiped. What a
//! session keeps is the certificate; the login lives in the helper (invariant 6).

mod list;
mod signer;

use crate::{Desk, DeskError, api::*, faults, lock};
use mocban_certification::vietnam;
use mocban_pkcs11::{CertificateInfo, Fingerprint, Pin, TokenHost};
pub(crate) use signer::TokenSigner;
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// Signed in for one role.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) certificate: CertificateInfo,
    pub(crate) host: Arc<TokenHost>,
    view: HolderView,
}

/// The token helpers and who is signed in.
pub(crate) struct Tokens {
    /// The executable that becomes a helper.
    executable: PathBuf,
    modules: Vec<PathBuf>,
    hosts: Mutex<BTreeMap<PathBuf, Arc<TokenHost>>>,
    sessions: Mutex<HashMap<SigningRole, Session>>,
}

impl Tokens {
    /// Nothing is loaded yet.
    pub(crate) fn new(executable: PathBuf, modules: Vec<PathBuf>) -> Self {
        Self { executable, modules, hosts: Mutex::default(), sessions: Mutex::default() }
    }

    /// The helper for a module, started when first needed.
    fn host(&self, module: &PathBuf) -> Result<Arc<TokenHost>, DeskError> {
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(module) {
            return Ok(host.clone());
        }
        let spawned = TokenHost::spawn(&self.executable, module);
        let host = Arc::new(spawned.map_err(|fault| faults::token(module, fault))?);
        hosts.insert(module.clone(), host.clone());
        Ok(host)
    }

    /// Who is signed in, as the window shows it.
    pub(crate) fn session(&self) -> SessionView {
        let sessions = lock(&self.sessions);
        let view = |role| sessions.get(&role).map(|session: &Session| session.view.clone());
        SessionView { performer: view(SigningRole::Performer), agency: view(SigningRole::Agency) }
    }

    /// The session of a role.
    pub(crate) fn signed_in(&self, role: SigningRole) -> Result<Session, DeskError> {
        lock(&self.sessions).get(&role).cloned().ok_or(not_signed_in(role))
    }

    /// Forgets a session whose login is gone.
    pub(crate) fn forget(&self, role: SigningRole) {
        lock(&self.sessions).remove(&role);
    }
}

impl Desk {
    pub(crate) fn session_open(&self, request: SessionOpen) -> Result<SessionView, DeskError> {
        let SessionOpen { role, fingerprint, pin } = request;
        let pin = (!pin.is_empty()).then(|| Pin::new(pin));
        let wanted: Fingerprint =
            fingerprint.parse().map_err(|_| DeskError::InvalidRequest { field: "fingerprint".into() })?;
        let (module, certificate) = self.find_certificate(wanted)?;
        // Told before the PIN is spent: a certificate that may not sign here is not even opened.
        if let Some(problem) = self.certificate_problems(&certificate, Some(role)).first() {
            return Err(DeskError::CertificateUnsuitable { problem: code_of(problem) });
        }
        let host = self.tokens.host(&module)?;
        host.open(wanted, pin).map_err(|fault| faults::token(&module, fault))?;
        let view = self.holder(role, &certificate);
        lock(&self.tokens.sessions).insert(role, Session { certificate, host, view });
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

    fn holder(&self, role: SigningRole, certificate: &CertificateInfo) -> HolderView {
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
            days_left: list::days_left(certificate, self.now()),
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

/// A plain enumeration's name on the wire.
fn code_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
