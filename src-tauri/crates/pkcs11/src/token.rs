//! What is told about modules and tokens.

use serde::{Deserialize, Serialize};

use crate::certificate::CertificateInfo;
use crate::signature::SignAlgorithm;

/// A token that is plugged in, as far as it can be seen without a PIN.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TokenInfo {
    /// Slot number, for display only: it differs between computers and readers.
    pub slot: u64,
    /// Label, trimmed; may be blank or shared with another token.
    pub label: String,
    /// Serial number of the token; may be blank.
    pub serial: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// What the reader is called; may be blank.
    pub reader: String,
    /// State of the PIN, read anew each time.
    pub pin: PinState,
    /// The lengths a PIN may have, if the token says so sensibly.
    pub pin_lengths: Option<PinLengths>,
    /// Whether the PIN is typed on the token or its reader, not here (CKF_PROTECTED_AUTHENTICATION_PATH).
    pub protected_path: bool,
    /// Whether a certificate of this token is open for signing.
    pub open: bool,
    /// Mechanisms of the standard, such as `CKM_RSA_PKCS`; a vendor's own are left out.
    pub mechanisms: Vec<String>,
    /// Certificates.
    pub certificates: Vec<CertificateInfo>,
}

/// State of a token's PIN by its flags. Some tokens never set the flags in the middle.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinState {
    /// Nothing to say.
    Ok,
    /// A wrong PIN was given since the last right one.
    CountLow,
    /// One more wrong PIN locks the token.
    FinalTry,
    /// Locked.
    Locked,
    /// No PIN was ever set.
    NotInitialised,
    /// The delivered PIN must be changed before anything else.
    ToBeChanged,
}

/// The lengths a PIN may have, in bytes of UTF-8.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PinLengths {
    /// The shortest.
    pub min: u8,
    /// The longest.
    pub max: u8,
}

impl PinLengths {
    /// Whether a PIN has an allowed length. One that has not costs no try: it is never sent.
    pub(crate) fn allow(self, pin: &str) -> bool {
        (usize::from(self.min)..=usize::from(self.max)).contains(&pin.len())
    }
}

/// A token opened with its PIN.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenedToken {
    /// Label of the token.
    pub label: String,
    /// Serial number of the token.
    pub serial: String,
    /// The certificate it was opened for.
    pub certificate: CertificateInfo,
    /// How its key signs: ECDSA by its curve; RSA by PKCS#1 v1.5, or by PSS when the token or the key has nothing else.
    pub algorithm: SignAlgorithm,
    /// Whether each signature needs the PIN again (CKA_ALWAYS_AUTHENTICATE).
    pub pin_for_each_signature: bool,
    /// Whether the PIN is typed on the token or its reader.
    pub protected_path: bool,
}

/// What a module says of itself.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ModuleInfo {
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub description: String,
    /// Its version.
    pub version: String,
    /// The PKCS#11 version it keeps to.
    pub cryptoki_version: String,
}

/// A deviation from the standard that a module has shown and that was worked around.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quirk {
    /// C_Initialize refuses locking (CKR_CANT_LOCK); it runs without.
    LockingRefused,
    /// The module was initialised before we did it.
    AlreadyInitialised,
    /// C_GetInfo fails.
    NoModuleInfo,
    /// A query for a size is answered with 0 although there is something.
    SizeQueryZero,
    /// A token says somebody is logged in although we never did.
    AlreadyLoggedIn,
    /// The key was not found by CKA_ID: it is empty, or differs from the certificate's.
    KeyIdMismatch,
    /// CKM_SHA256_RSA_PKCS is missing: the hash is made here.
    NoHashMechanism,
    /// A mechanism in the token's own list is refused when used.
    MechanismRefused,
    /// C_Sign refused a buffer of the exact length.
    SignatureBufferGrown,
    /// ECDSA signatures come in DER, not as r‖s.
    EcdsaInDer,
    /// A signature was wrong once and right when repeated.
    WrongSignatureOnce,
}

/// How one C function of a module has been behaving.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CallTiming {
    /// The function, such as `C_Sign`.
    pub function: String,
    /// Calls made.
    pub calls: u64,
    /// Calls that did not return CKR_OK.
    pub failed: u64,
    /// Time in all of them, microseconds.
    pub total_us: u64,
    /// The longest, microseconds.
    pub longest_us: u64,
}

impl CallTiming {
    pub(crate) fn new(function: String) -> Self {
        Self { function, ..Self::default() }
    }

    pub(crate) fn add(&mut self, micros: u64, failed: bool) {
        self.calls += 1;
        self.failed += u64::from(failed);
        self.total_us = self.total_us.saturating_add(micros);
        self.longest_us = self.longest_us.max(micros);
    }
}
