//! One training token: its name, its objects, and its PIN with the three tries.

use std::fs;

use cryptoki_sys::*;

use crate::dispatch::Outcome;
use crate::key::Key;
use crate::object::{OBJECTS, Object, objects};
use crate::script::{Way, has, script};

/// The PIN of both tokens.
pub const PIN: &str = "12345678";
/// Label of the token of the officer who performs the certification: 32 bytes, all that CK_TOKEN_INFO holds.
pub const PERFORMER_LABEL: &str = "MOCBAN TAP HUAN-NGUOI CHUNG THUC";
/// Label of the token of the agency.
pub const AGENCY_LABEL: &str = "MOCBAN TAP HUAN-CO QUAN";

const TRIES: u8 = 3;

/// A token in its reader.
pub(crate) struct Token {
    pub(crate) label: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) objects: Vec<Object>,
    pub(crate) logged_in: bool,
    keys: Vec<Option<Key>>,
    tries_left: u8,
}

/// A certificate in DER, and its key.
type Identity = (Vec<u8>, Option<Key>);

impl Token {
    /// The performer's token.
    pub(crate) fn performer() -> Outcome<Self> {
        let identities = match &script().identities {
            None => vec![(
                include_bytes!("../../../../assets/training/pki/performer.der").to_vec(),
                Some(Key::from_pem(include_str!("../../../../assets/training/pki/performer.key.pem"))?),
            )],
            Some(scripted) => scripted
                .iter()
                .map(|identity| {
                    let read = |path| fs::read(path).map_err(|_| CKR_DEVICE_ERROR);
                    let key = identity.key.as_ref().map(|path| Key::from_der(&read(path)?)).transpose()?;
                    Ok((read(&identity.certificate)?, key))
                })
                .collect::<Outcome<_>>()?,
        };
        let mut token = Self::new(PERFORMER_LABEL, "TAPHUAN-NGUOI-01", identities)?;
        let bytes = |hex: &String| decoded(hex);
        token.label = script().label.as_ref().map_or(token.label, bytes);
        token.serial = script().serial.as_ref().map_or(token.serial, bytes);
        token.tries_left = script().tries.unwrap_or(TRIES);
        token.logged_in = has(Way::AlreadyLoggedIn);
        Ok(token)
    }

    /// The agency's token.
    pub(crate) fn agency() -> Outcome<Self> {
        let key = Key::from_pem(include_str!("../../../../assets/training/pki/agency.key.pem"))?;
        let certificate = include_bytes!("../../../../assets/training/pki/agency.der").to_vec();
        Self::new(AGENCY_LABEL, "TAPHUAN-COQUAN-1", vec![(certificate, Some(key))])
    }

    /// A virtual card of the operating system, with nothing on it.
    pub(crate) fn empty() -> Outcome<Self> {
        Self::new("Windows Hello for Business 1", "", Vec::new())
    }

    fn new(label: &'static str, serial: &'static str, identities: Vec<Identity>) -> Outcome<Self> {
        let mut all = Vec::new();
        for (index, (certificate, key)) in identities.iter().enumerate() {
            let first = index as CK_OBJECT_HANDLE * OBJECTS + 1;
            let other = identities.get((index + 1) % identities.len()).and_then(|(_, key)| key.as_ref());
            all.extend(objects(label, certificate, key.as_ref(), other, first)?);
        }
        let keys = identities.into_iter().map(|(_, key)| key).collect();
        let (label, serial) = (label.as_bytes().to_vec(), serial.as_bytes().to_vec());
        Ok(Self { label, serial, objects: all, logged_in: false, keys, tries_left: TRIES })
    }

    /// The private key with this handle.
    pub(crate) fn key(&self, handle: CK_OBJECT_HANDLE) -> Outcome<&Key> {
        let identity = usize::try_from(handle / OBJECTS).ok().filter(|_| handle.is_multiple_of(OBJECTS));
        let identity = identity.and_then(|identity| identity.checked_sub(1)).ok_or(CKR_KEY_HANDLE_INVALID)?;
        self.keys.get(identity).and_then(Option::as_ref).ok_or(CKR_KEY_HANDLE_INVALID)
    }

    /// The mechanisms of its keys.
    pub(crate) fn mechanisms(&self) -> Vec<CK_MECHANISM_TYPE> {
        let mut all: Vec<_> = self.keys.iter().flatten().flat_map(Key::mechanisms).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The PIN part of `CK_TOKEN_INFO.flags`.
    pub(crate) fn pin_flags(&self) -> CK_FLAGS {
        let pin = if has(Way::NoPin) { 0 } else { CKF_USER_PIN_INITIALIZED };
        let pad = if has(Way::PinPad) { CKF_PROTECTED_AUTHENTICATION_PATH } else { 0 };
        let change = if has(Way::PinToBeChanged) { CKF_USER_PIN_TO_BE_CHANGED } else { 0 };
        pin | pad | change | self.tries_flags()
    }

    fn tries_flags(&self) -> CK_FLAGS {
        match self.tries_left {
            _ if has(Way::NoPinFlags) => 0,
            0 => CKF_USER_PIN_LOCKED,
            1 => CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
            TRIES => 0,
            _ => CKF_USER_PIN_COUNT_LOW,
        }
    }

    /// Tries one PIN; `None` is one typed on the token.
    pub(crate) fn login(&mut self, pin: Option<&[u8]>) -> Outcome {
        if self.tries_left == 0 {
            return Err(CKR_PIN_LOCKED);
        }
        if self.logged_in {
            return Err(CKR_USER_ALREADY_LOGGED_IN);
        }
        if has(Way::NoPin) {
            return Err(CKR_USER_PIN_NOT_INITIALIZED);
        }
        self.check(pin, PIN)?;
        self.logged_in = true;
        Ok(())
    }

    /// Tries the PIN for one signature.
    pub(crate) fn context_login(&mut self, pin: Option<&[u8]>) -> Outcome {
        if self.tries_left == 0 {
            return Err(CKR_PIN_LOCKED);
        }
        self.check(pin, script().signature_pin.as_deref().unwrap_or(PIN))
    }

    fn check(&mut self, pin: Option<&[u8]>, right: &str) -> Outcome {
        match pin {
            None if has(Way::PinPad) => {}
            None => return Err(CKR_ARGUMENTS_BAD),
            Some(pin) if !(4..=16).contains(&pin.len()) => return Err(CKR_PIN_LEN_RANGE),
            Some(pin) if pin != right.as_bytes() => {
                self.tries_left -= 1;
                let called_failure = has(Way::WrongPinCalledFailure);
                return Err(if called_failure { CKR_FUNCTION_FAILED } else { CKR_PIN_INCORRECT });
            }
            Some(_) => {}
        }
        self.tries_left = TRIES;
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
}

/// Bytes in hex; what is no hex is left out.
fn decoded(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
