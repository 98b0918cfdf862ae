//! Logging in, signing, logging out. One PIN, one token, one attempt: nothing here ever sends a PIN twice (invariant 6).

use cryptoki::error::{Error, RvError};
use cryptoki_sys::{CK_SLOT_ID, CKU_CONTEXT_SPECIFIC, CKU_USER};

use super::facts::Facts;
use super::failure::{failure, login_failure, pin_expired};
use super::handle::Session;
use super::keys::{self, PrivateKey};
use super::mechanisms::{hashing, input, is_pss_only, mechanisms};
use super::tokens::{Module, Reader};
use crate::certificate::{Fingerprint, PublicKey};
use crate::error::TokenError;
use crate::protocol::Answer;
use crate::signature::SignAlgorithm;
use crate::token::{PinState, Quirk};

impl Module {
    /// Logs in to the token with this certificate and finds its private key.
    pub(super) fn open(
        &mut self,
        fingerprint: Fingerprint,
        pin: Option<&str>,
        on_last_try: bool,
    ) -> Result<Answer, TokenError> {
        self.list()?;
        let slot = self.slot_with(fingerprint).ok_or(TokenError::CertificateNotFound)?;
        let facts = self.facts(slot).map_err(|error| failure(&error))?;
        allowed(&facts, pin, on_last_try)?;
        // A login of ours is ended first, so that a PIN given is always a PIN checked.
        if self.readers.get(&slot).is_some_and(|reader| !reader.keys.is_empty()) {
            self.logout(slot);
        }
        let already = match self.login(slot, &facts, pin) {
            Err(error @ TokenError::DriverFailure { .. }) => return Err(self.removed_or(error, fingerprint)),
            outcome => outcome?,
        };
        let found = self.find_key(slot, fingerprint);
        if found.is_err() {
            self.logout(slot);
        }
        let key = match found {
            // Somebody else's login, or none at all: it is ended, and the PIN is asked for again.
            Err(TokenError::KeyNotFound) if already => return Err(TokenError::SessionLost),
            found => found?,
        };
        if !key.by_id {
            self.quirks.insert(Quirk::KeyIdMismatch);
        }
        let reader = self.readers.get_mut(&slot).ok_or(TokenError::TokenRemoved)?;
        reader.keys.insert(fingerprint, key);
        reader.tells_login = reader.shows_login();
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        Ok(Answer::Opened {
            label: reader.label.clone(),
            serial: reader.serial.clone(),
            certificate: certificate.ok_or(TokenError::CertificateNotFound)?.der.clone(),
            always_authenticate: key.always_authenticate,
            protected_path: facts.protected_path(),
            pss_only: is_pss_only(&reader.mechanisms),
        })
    }

    /// Signs with the key of a certificate that is open. What comes out is not verified yet.
    pub(super) fn sign(
        &mut self,
        fingerprint: Fingerprint,
        algorithm: SignAlgorithm,
        data: &[u8],
        pin: Option<&str>,
        on_last_try: bool,
    ) -> Result<Vec<u8>, TokenError> {
        let slot = self
            .readers
            .values()
            .find(|reader| reader.keys.contains_key(&fingerprint))
            .map(|reader| reader.slot)
            .ok_or(TokenError::SessionLost)?;
        let made = self.try_to_sign(slot, fingerprint, algorithm, data, pin, on_last_try);
        match made {
            Err(error @ (TokenError::SessionLost | TokenError::TokenRemoved)) => {
                // Drops the dead session, and tells a pulled token from a login that ended.
                self.readers.remove(&slot);
                Err(match self.removed_or(error, fingerprint) {
                    TokenError::TokenRemoved if self.slot_with(fingerprint).is_some() => {
                        TokenError::SessionLost
                    }
                    other => other,
                })
            }
            // Some drivers know no better word for a token that is gone.
            Err(error @ TokenError::DriverFailure { .. }) => Err(self.removed_or(error, fingerprint)),
            made => made,
        }
    }

    /// Logs out everywhere.
    pub(super) fn close(&mut self) {
        let slots: Vec<CK_SLOT_ID> = self.readers.keys().copied().collect();
        for slot in slots {
            self.logout(slot);
        }
    }

    fn slot_with(&self, fingerprint: Fingerprint) -> Option<CK_SLOT_ID> {
        let has = |reader: &&Reader| reader.certificates.iter().any(|own| own.fingerprint == fingerprint);
        self.readers.values().find(has).map(|reader| reader.slot)
    }

    /// The failure, unless the token has left its reader.
    fn removed_or(&mut self, error: TokenError, fingerprint: Fingerprint) -> TokenError {
        if self.list().is_ok() && self.slot_with(fingerprint).is_none() {
            return TokenError::TokenRemoved;
        }
        error
    }

    /// One attempt. The flag tells that the token says somebody is logged in already.
    fn login(&mut self, slot: CK_SLOT_ID, before: &Facts, pin: Option<&str>) -> Result<bool, TokenError> {
        let reader = self.readers.get(&slot).ok_or(TokenError::TokenRemoved)?;
        match reader.session.login(CKU_USER, pin) {
            Ok(()) => Ok(false),
            Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                self.quirks.insert(Quirk::AlreadyLoggedIn);
                Ok(true)
            }
            Err(error) => Err(login_failure(&error, before.pin(), self.facts(slot).ok().as_ref())),
        }
    }

    fn logout(&mut self, slot: CK_SLOT_ID) {
        if let Some(reader) = self.readers.get_mut(&slot) {
            reader.keys.clear();
            // A token that is gone, or was not logged in, is as good as logged out.
            let _ = reader.session.logout();
        }
    }

    fn find_key(&self, slot: CK_SLOT_ID, fingerprint: Fingerprint) -> Result<PrivateKey, TokenError> {
        let reader = self.readers.get(&slot).ok_or(TokenError::TokenRemoved)?;
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        let certificate = certificate.ok_or(TokenError::CertificateNotFound)?;
        let key = PublicKey::from_certificate(&certificate.der).ok_or(TokenError::AlgorithmNotSupported)?;
        keys::find(&reader.session, &certificate.id, &key).map_err(|error| self.after_login(&error, slot))?
    }

    fn try_to_sign(
        &mut self,
        slot: CK_SLOT_ID,
        fingerprint: Fingerprint,
        algorithm: SignAlgorithm,
        data: &[u8],
        pin: Option<&str>,
        on_last_try: bool,
    ) -> Result<Vec<u8>, TokenError> {
        let reader = self.readers.get(&slot).ok_or(TokenError::SessionLost)?;
        let key = *reader.keys.get(&fingerprint).ok_or(TokenError::SessionLost)?;
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        let public = certificate.and_then(|own| PublicKey::from_certificate(&own.der));
        let public = public.ok_or(TokenError::AlgorithmNotSupported)?;
        let context = if key.always_authenticate {
            let facts = self.facts(slot).map_err(|error| failure(&error))?;
            allowed(&facts, pin, on_last_try).map_err(|error| match error {
                TokenError::PinNeeded => TokenError::ContextPinNeeded,
                other => other,
            })?;
            Some(facts.pin())
        } else {
            None
        };
        let (input, refused) = self.begin(slot, key, algorithm, data)?;
        let reader = self.readers.get(&slot).ok_or(TokenError::SessionLost)?;
        if let Some(before) = context {
            // The key's own PIN, between C_SignInit and C_Sign (PKCS#11 v2.40, 5.6 C_Login).
            if let Err(error) = reader.session.login(CKU_CONTEXT_SPECIFIC, pin) {
                let refused = login_failure(&error, before, self.facts(slot).ok().as_ref());
                self.end_operation(slot);
                return Err(refused);
            }
        }
        let len = match &public {
            PublicKey::Rsa { modulus, .. } => modulus.len(),
            // Room for DER too, which some tokens return.
            PublicKey::Ec { curve, .. } => 2 * curve.field_len() + 16,
        };
        let (signature, grown) =
            reader.session.sign(&input, len).map_err(|error| self.after_login(&error, slot))?;
        self.quirks.extend(refused.then_some(Quirk::MechanismRefused));
        self.quirks.extend(grown.then_some(Quirk::SignatureBufferGrown));
        Ok(signature)
    }

    /// Ends a C_SignInit that no C_Sign may follow, which would stand in the way of every later one. A new session takes the
    /// login over before the old one is closed: it lasts as long as any session does (PKCS#11 v2.40, 5.6 C_CloseSession).
    fn end_operation(&mut self, slot: CK_SLOT_ID) {
        match (Session::open(&self.functions, slot), self.readers.get_mut(&slot)) {
            (Ok(session), Some(reader)) => reader.session = session,
            // A token with room for one session only: the officer signs in anew.
            _ => drop(self.readers.remove(&slot)),
        }
    }

    /// C_SignInit with the first mechanism the token takes; returns what C_Sign is to be given then.
    fn begin(
        &mut self,
        slot: CK_SLOT_ID,
        key: PrivateKey,
        algorithm: SignAlgorithm,
        data: &[u8],
    ) -> Result<(Vec<u8>, bool), TokenError> {
        let reader = self.readers.get(&slot).ok_or(TokenError::SessionLost)?;
        // A token that lists nothing is tried all the same.
        let listed = |kind| reader.mechanisms.is_empty() || reader.mechanisms.contains(&kind);
        if hashing(algorithm).is_some_and(|kind| !listed(kind)) {
            self.quirks.insert(Quirk::NoHashMechanism);
        }
        let mut refused = false;
        for mechanism in mechanisms(algorithm).iter().filter(|mechanism| listed(mechanism.kind)) {
            match reader.session.sign_init(mechanism, key.handle) {
                Ok(()) => return Ok((input(mechanism.kind, algorithm, data), refused)),
                Err(Error::Pkcs11(
                    RvError::MechanismInvalid
                    | RvError::MechanismParamInvalid
                    | RvError::FunctionNotSupported,
                    _,
                )) => refused = true,
                Err(error) => return Err(self.after_login(&error, slot)),
            }
        }
        Err(TokenError::AlgorithmNotSupported)
    }

    /// What a failure after the login means.
    fn after_login(&self, error: &Error, slot: CK_SLOT_ID) -> TokenError {
        match error {
            Error::Pkcs11(RvError::PinExpired, _) => pin_expired(self.facts(slot).ok().as_ref()),
            error => failure(error),
        }
    }
}

/// Whether an attempt may be made at all: told by the flags just read, before a try is spent.
fn allowed(facts: &Facts, pin: Option<&str>, on_last_try: bool) -> Result<(), TokenError> {
    match facts.pin() {
        PinState::Locked => return Err(TokenError::PinLocked),
        PinState::FinalTry if !on_last_try => return Err(TokenError::PinLastTry),
        PinState::ToBeChanged => return Err(TokenError::PinToBeChanged),
        // Some tokens forget to say that they have a PIN: they may say no themselves.
        PinState::FinalTry | PinState::CountLow | PinState::NotInitialised | PinState::Ok => {}
    }
    match pin {
        None if !facts.protected_path() => Err(TokenError::PinNeeded),
        // Some drivers take an empty PIN for "ask on the screen".
        Some("") => Err(TokenError::PinLength),
        Some(pin) if facts.pin_lengths.is_some_and(|lengths| !lengths.allow(pin)) => {
            Err(TokenError::PinLength)
        }
        _ => Ok(()),
    }
}
