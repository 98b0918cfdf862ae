//! Logging in, signing, logging out. One PIN, one token, one attempt: nothing here ever sends a PIN twice (invariant 6).

use aws_lc_rs::digest::{SHA256, SHA384, digest};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::failure::{failure, login_failure, pin_expired};
use super::keys::{self, PrivateKey};
use super::tokens::{Module, Reader};
use crate::certificate::{Fingerprint, PublicKey};
use crate::error::TokenError;
use crate::protocol::Answer;
use crate::signature::SignAlgorithm;
use crate::token::Quirk;

impl Module {
    /// Logs in to the token with this certificate and finds its private key.
    pub(super) fn open(&mut self, fingerprint: Fingerprint, pin: Option<&str>) -> Result<Answer, TokenError> {
        self.list()?;
        let slot = self.slot_with(fingerprint).ok_or(TokenError::CertificateNotFound)?;
        let info = self.context.get_token_info(slot).map_err(|error| failure(&error))?;
        let protected_path = info.protected_authentication_path();
        if info.user_pin_locked() {
            return Err(TokenError::PinLocked);
        }
        if pin.is_none() && !protected_path {
            return Err(TokenError::PinNeeded);
        }
        let pin = usable(pin)?;
        self.login(slot, pin)?;
        let found = self.find_key(slot, fingerprint);
        if found.is_err() {
            self.logout(slot);
        }
        let key = found?;
        if !key.by_id {
            self.quirks.insert(Quirk::KeyIdMismatch);
        }
        let reader = self.readers.get_mut(&slot.id()).ok_or(TokenError::TokenRemoved)?;
        reader.keys.insert(fingerprint, key);
        reader.tells_login = reader.shows_login();
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        Ok(Answer::Opened {
            label: reader.label.clone(),
            serial: reader.serial.clone(),
            certificate: certificate.ok_or(TokenError::CertificateNotFound)?.der.clone(),
            always_authenticate: key.always_authenticate,
            protected_path,
        })
    }

    /// Signs with the key of a certificate that is open. What comes out is not verified yet.
    pub(super) fn sign(
        &mut self,
        fingerprint: Fingerprint,
        algorithm: SignAlgorithm,
        data: &[u8],
        pin: Option<&str>,
    ) -> Result<Vec<u8>, TokenError> {
        let slot = self
            .readers
            .values()
            .find(|reader| reader.keys.contains_key(&fingerprint))
            .map(|reader| reader.slot)
            .ok_or(TokenError::SessionLost)?;
        let made = self.try_to_sign(slot, fingerprint, algorithm, data, pin);
        if matches!(made, Err(TokenError::SessionLost | TokenError::TokenRemoved)) {
            // Drops the dead session, and tells a pulled token from a login that ended.
            self.readers.remove(&slot.id());
            self.list()?;
            let removed = self.slot_with(fingerprint).is_none();
            return Err(if removed { TokenError::TokenRemoved } else { TokenError::SessionLost });
        }
        made
    }

    /// Logs out everywhere.
    pub(super) fn close(&mut self) {
        let slots: Vec<Slot> = self.readers.values().map(|reader| reader.slot).collect();
        for slot in slots {
            self.logout(slot);
        }
    }

    fn slot_with(&self, fingerprint: Fingerprint) -> Option<Slot> {
        let has = |reader: &&Reader| reader.certificates.iter().any(|own| own.fingerprint == fingerprint);
        self.readers.values().find(has).map(|reader| reader.slot)
    }

    fn login(&mut self, slot: Slot, pin: Option<AuthPin>) -> Result<(), TokenError> {
        // A login of ours is ended first, so that a PIN given is always a PIN checked.
        if self.readers.get(&slot.id()).is_some_and(|reader| !reader.keys.is_empty()) {
            self.logout(slot);
        }
        let reader = self.readers.get(&slot.id()).ok_or(TokenError::TokenRemoved)?;
        match reader.session.login(UserType::User, pin.as_ref()) {
            Ok(()) => Ok(()),
            Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
                self.quirks.insert(Quirk::AlreadyLoggedIn);
                Ok(())
            }
            Err(error) => Err(login_failure(&error, self.context.get_token_info(slot).ok().as_ref())),
        }
    }

    fn logout(&mut self, slot: Slot) {
        if let Some(reader) = self.readers.get_mut(&slot.id()) {
            reader.keys.clear();
            // A token that is gone, or was not logged in, is as good as logged out.
            let _ = reader.session.logout();
        }
    }

    fn find_key(&self, slot: Slot, fingerprint: Fingerprint) -> Result<PrivateKey, TokenError> {
        let reader = self.readers.get(&slot.id()).ok_or(TokenError::TokenRemoved)?;
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        let certificate = certificate.ok_or(TokenError::CertificateNotFound)?;
        let key = PublicKey::from_certificate(&certificate.der).ok_or(TokenError::AlgorithmNotSupported)?;
        keys::find(&self.layer, &reader.session, &certificate.id, &key)
            .map_err(|error| self.after_login(&error, slot))?
    }

    fn try_to_sign(
        &mut self,
        slot: Slot,
        fingerprint: Fingerprint,
        algorithm: SignAlgorithm,
        data: &[u8],
        pin: Option<&str>,
    ) -> Result<Vec<u8>, TokenError> {
        let reader = self.readers.get(&slot.id()).ok_or(TokenError::SessionLost)?;
        let key = *reader.keys.get(&fingerprint).ok_or(TokenError::SessionLost)?;
        let certificate = reader.certificates.iter().find(|own| own.fingerprint == fingerprint);
        let public = certificate.and_then(|own| PublicKey::from_certificate(&own.der));
        let public = public.ok_or(TokenError::AlgorithmNotSupported)?;
        let context_pin = if key.always_authenticate {
            let info = self.context.get_token_info(slot).map_err(|error| failure(&error))?;
            if pin.is_none() && !info.protected_authentication_path() {
                return Err(TokenError::ContextPinNeeded);
            }
            Some(usable(pin)?)
        } else {
            None
        };
        let (input, refused) = self.begin(slot, key, algorithm, data)?;
        if let Some(pin) = context_pin {
            let reader = self.readers.get(&slot.id()).ok_or(TokenError::SessionLost)?;
            reader
                .session
                .login(UserType::ContextSpecific, pin.as_ref())
                .map_err(|error| login_failure(&error, self.context.get_token_info(slot).ok().as_ref()))?;
        }
        let len = match &public {
            PublicKey::Rsa { modulus, .. } => modulus.len(),
            // Room for DER too, which some tokens return.
            PublicKey::Ec { curve, .. } => 2 * curve.field_len() + 16,
        };
        let reader = self.readers.get(&slot.id()).ok_or(TokenError::SessionLost)?;
        let (signature, grown) =
            self.layer.sign(&reader.session, &input, len).map_err(|error| self.after_login(&error, slot))?;
        self.quirks.extend(refused.then_some(Quirk::MechanismRefused));
        self.quirks.extend(grown.then_some(Quirk::SignatureBufferGrown));
        Ok(signature)
    }

    /// C_SignInit with the first mechanism the token takes; returns what C_Sign is to be given then.
    fn begin(
        &mut self,
        slot: Slot,
        key: PrivateKey,
        algorithm: SignAlgorithm,
        data: &[u8],
    ) -> Result<(Vec<u8>, bool), TokenError> {
        let reader = self.readers.get(&slot.id()).ok_or(TokenError::SessionLost)?;
        let listed = |mechanism: &Mechanism<'_>| {
            // A token that lists nothing is tried all the same.
            reader.mechanisms.is_empty() || reader.mechanisms.contains(&mechanism.mechanism_type())
        };
        if algorithm == SignAlgorithm::RsaPkcs1Sha256 && !listed(&Mechanism::Sha256RsaPkcs) {
            self.quirks.insert(Quirk::NoHashMechanism);
        }
        let mut refused = false;
        for mechanism in mechanisms(algorithm).iter().filter(|mechanism| listed(mechanism)) {
            match reader.session.sign_init(mechanism, key.handle) {
                Ok(()) => return Ok((input(mechanism.mechanism_type(), algorithm, data), refused)),
                Err(Error::Pkcs11(RvError::MechanismInvalid | RvError::FunctionNotSupported, _)) => {
                    refused = true;
                }
                Err(error) => return Err(self.after_login(&error, slot)),
            }
        }
        Err(TokenError::AlgorithmNotSupported)
    }

    /// What a failure after the login means.
    fn after_login(&self, error: &Error, slot: Slot) -> TokenError {
        match error {
            Error::Pkcs11(RvError::PinExpired, _) => {
                pin_expired(self.context.get_token_info(slot).ok().as_ref())
            }
            error => failure(error),
        }
    }
}

/// A PIN as the module takes it; `None` leaves it to the PIN pad.
fn usable(pin: Option<&str>) -> Result<Option<AuthPin>, TokenError> {
    match pin {
        // Some drivers take an empty PIN for "ask on the screen".
        Some("") => Err(TokenError::PinLength),
        Some(pin) => Ok(Some(AuthPin::new(pin.into()))),
        None => Ok(None),
    }
}

/// The mechanisms that make this kind of signature, best first.
fn mechanisms(algorithm: SignAlgorithm) -> [Mechanism<'static>; 2] {
    match algorithm {
        SignAlgorithm::RsaPkcs1Sha256 => [Mechanism::Sha256RsaPkcs, Mechanism::RsaPkcs],
        SignAlgorithm::EcdsaSha256 => [Mechanism::Ecdsa, Mechanism::EcdsaSha256],
        SignAlgorithm::EcdsaSha384 => [Mechanism::Ecdsa, Mechanism::EcdsaSha384],
    }
}

/// ASN.1 head of a DigestInfo with SHA-256 (RFC 8017, 9.2 note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// What a mechanism signs: the data, its hash, or its hash in a DigestInfo.
fn input(mechanism: MechanismType, algorithm: SignAlgorithm, data: &[u8]) -> Vec<u8> {
    match (mechanism, algorithm) {
        (MechanismType::RSA_PKCS, _) => [&SHA256_DIGEST_INFO, digest(&SHA256, data).as_ref()].concat(),
        (MechanismType::ECDSA, SignAlgorithm::EcdsaSha384) => digest(&SHA384, data).as_ref().to_vec(),
        (MechanismType::ECDSA, _) => digest(&SHA256, data).as_ref().to_vec(),
        _ => data.to_vec(),
    }
}
