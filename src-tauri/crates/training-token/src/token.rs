//! One training token: its name, its objects, and its PIN with the three tries.

use cryptoki_sys::*;
use getrandom::SysRng;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::SignatureScheme;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};

use crate::dispatch::Outcome;
use crate::object::{Object, objects};

/// The PIN of both tokens.
pub const PIN: &str = "12345678";
/// Label of the token of the officer who performs the certification: 32 bytes, all that CK_TOKEN_INFO holds.
pub const PERFORMER_LABEL: &str = "MOCBAN TAP HUAN-NGUOI CHUNG THUC";
/// Label of the token of the agency.
pub const AGENCY_LABEL: &str = "MOCBAN TAP HUAN-CO QUAN";

const TRIES: u8 = 3;

/// A token in its reader.
pub(crate) struct Token {
    pub(crate) label: &'static str,
    pub(crate) serial: &'static str,
    pub(crate) objects: Vec<Object>,
    pub(crate) logged_in: bool,
    key: RsaPrivateKey,
    tries_left: u8,
}

impl Token {
    /// The performer's token.
    pub(crate) fn performer() -> Outcome<Self> {
        Self::new(
            PERFORMER_LABEL,
            "TAPHUAN-NGUOI-01",
            include_bytes!("../../../../assets/training/pki/performer.der"),
            include_str!("../../../../assets/training/pki/performer.key.pem"),
        )
    }

    /// The agency's token.
    pub(crate) fn agency() -> Outcome<Self> {
        Self::new(
            AGENCY_LABEL,
            "TAPHUAN-COQUAN-1",
            include_bytes!("../../../../assets/training/pki/agency.der"),
            include_str!("../../../../assets/training/pki/agency.key.pem"),
        )
    }

    fn new(label: &'static str, serial: &'static str, certificate: &[u8], key_pem: &str) -> Outcome<Self> {
        let key = RsaPrivateKey::from_pkcs8_pem(key_pem).map_err(|_| CKR_DEVICE_ERROR)?;
        let objects = objects(label, certificate, &key)?;
        Ok(Self { label, serial, objects, logged_in: false, key, tries_left: TRIES })
    }

    /// The PIN part of `CK_TOKEN_INFO.flags`.
    pub(crate) fn pin_flags(&self) -> CK_FLAGS {
        match self.tries_left {
            0 => CKF_USER_PIN_LOCKED,
            1 => CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
            TRIES => 0,
            _ => CKF_USER_PIN_COUNT_LOW,
        }
    }

    /// Tries one PIN.
    pub(crate) fn login(&mut self, pin: &[u8]) -> Outcome {
        if self.tries_left == 0 {
            return Err(CKR_PIN_LOCKED);
        }
        if self.logged_in {
            return Err(CKR_USER_ALREADY_LOGGED_IN);
        }
        if !(4..=16).contains(&pin.len()) {
            return Err(CKR_PIN_LEN_RANGE);
        }
        if pin != PIN.as_bytes() {
            self.tries_left -= 1;
            return Err(CKR_PIN_INCORRECT);
        }
        self.tries_left = TRIES;
        self.logged_in = true;
        Ok(())
    }

    /// The object with this handle, if it may be seen now.
    pub(crate) fn object(&self, handle: CK_OBJECT_HANDLE) -> Option<&Object> {
        self.visible().find(|object| object.handle == handle)
    }

    /// The objects that may be seen now.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(|object| self.logged_in || !object.private)
    }

    /// Length of a signature in bytes.
    pub(crate) fn signature_len(&self) -> usize {
        use rsa::traits::PublicKeyParts;
        self.key.size()
    }

    /// RSASSA-PKCS1-v1_5 over the DigestInfo given (CKM_RSA_PKCS).
    pub(crate) fn sign(&self, digest_info: &[u8]) -> Outcome<Vec<u8>> {
        Pkcs1v15Sign::new_unprefixed()
            .sign(Some(&mut SysRng), &self.key, digest_info)
            .map_err(|_| CKR_DATA_LEN_RANGE)
    }
}
