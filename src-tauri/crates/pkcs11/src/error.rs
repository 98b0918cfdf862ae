//! What can go wrong between the desk and a token, named after what the officer meets.

use serde::{Deserialize, Serialize};

/// Every failure of this crate. Only PIN_* codes of a driver become PIN variants: anything else a driver says is a
/// [`TokenError::DriverFailure`], so that nobody is told "wrong PIN" about a loose cable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The module file cannot be used.
    #[error("the module cannot be loaded: {reason}")]
    ModuleNotLoadable {
        /// Why.
        reason: ModuleFault,
    },
    /// The module was built for another processor or word size, such as a 32-bit DLL.
    #[error("the module is built for {found}")]
    WrongArchitecture {
        /// The architecture named in the file, such as `i386` or `aarch64`.
        found: String,
    },
    /// The helper process could not be started at all.
    #[error("the token host could not be started: {reason}")]
    HostNotStarted {
        /// What the system said.
        reason: String,
    },
    /// The driver did not answer within its deadline; its process was killed. The next call starts a new one.
    #[error("the driver did not answer in time ({call})")]
    NotAnswering {
        /// What it was asked to do.
        call: Call,
    },
    /// The driver took its process down, or sent nonsense. The next call starts a new one.
    #[error("the driver crashed ({call})")]
    DriverCrashed {
        /// What it was asked to do.
        call: Call,
    },
    /// The officer gave up waiting: the driver's process was ended. The next call starts a new one.
    #[error("given up waiting for the driver ({call})")]
    GivenUp {
        /// What it was asked to do.
        call: Call,
    },
    /// The driver refused, for a reason that is none of the others. By the token's flags no PIN try was spent on it.
    #[error("the driver failed: {ckr} from {call}")]
    DriverFailure {
        /// The return value, such as `CKR_FUNCTION_FAILED`.
        ckr: String,
        /// The PKCS#11 function, such as `C_Sign`.
        call: String,
    },
    /// The token was pulled out.
    #[error("the token was removed")]
    TokenRemoved,
    /// No token that is plugged in carries this certificate.
    #[error("no token carries this certificate")]
    CertificateNotFound,
    /// The token has the certificate but not its private key.
    #[error("the token has no private key for this certificate")]
    KeyNotFound,
    /// Several private keys might belong to the certificate, and nothing tells which.
    #[error("several private keys could belong to this certificate")]
    SeveralKeys,
    /// The token has no PIN pad of its own: a PIN must be given.
    #[error("a PIN is needed")]
    PinNeeded,
    /// This key wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE).
    #[error("a PIN is needed for this signature")]
    ContextPinNeeded,
    /// The PIN was wrong; one try is spent.
    #[error("the PIN is incorrect")]
    PinIncorrect {
        /// What the token says about the tries that are left.
        tries_left: TriesLeft,
    },
    /// The driver failed at the login with a code that says nothing of the PIN, and yet the token counted a try.
    #[error("the driver failed at the login with {ckr}, and a PIN try was spent")]
    TrySpent {
        /// The return value, such as `CKR_FUNCTION_FAILED`.
        ckr: String,
        /// What the token says about the tries that are left.
        tries_left: TriesLeft,
    },
    /// One more wrong PIN locks the token, and the officer has not said that this attempt shall be made.
    #[error("only one PIN try is left")]
    PinLastTry,
    /// The PIN is locked after too many wrong tries.
    #[error("the PIN is locked")]
    PinLocked,
    /// The PIN is shorter or longer than the token allows.
    #[error("the PIN has a length the token does not allow")]
    PinLength,
    /// The PIN has expired.
    #[error("the PIN has expired")]
    PinExpired,
    /// The PIN is still the one it was delivered with and must be changed first.
    #[error("the PIN must be changed first")]
    PinToBeChanged,
    /// No PIN was ever set on this token.
    #[error("the token has no PIN yet")]
    PinNotInitialised,
    /// The officer cancelled on the PIN pad or in the driver's own window.
    #[error("cancelled on the token")]
    Cancelled,
    /// A signature was asked for before the certificate was opened with its PIN.
    #[error("the token is not open")]
    NotLoggedIn,
    /// The login is gone (driver restarted, computer slept, another program logged out): the PIN must be asked again.
    #[error("the session with the token is lost")]
    SessionLost,
    /// The key, or the token, cannot make this kind of signature.
    #[error("the token cannot sign with this algorithm")]
    AlgorithmNotSupported,
    /// More data than [`crate::MOST_DATA`] was given to sign.
    #[error("too much data to sign")]
    DataTooLong,
    /// The token made a signature that the certificate's key does not verify. It was not used.
    #[error("the token made a wrong signature")]
    SignatureWrong,
}

/// Why a module cannot be loaded.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
pub enum ModuleFault {
    /// There is no such file, or it may not be read.
    #[error("the file cannot be read")]
    Unreadable,
    /// The file is not a shared library of this system.
    #[error("the file is not a library")]
    NotALibrary,
    /// The library does not export `C_GetFunctionList`.
    #[error("the library is not a PKCS#11 module")]
    NotPkcs11,
    /// The system's loader refused it, often for want of another library.
    #[error("the loader refused it: {0}")]
    Refused(String),
    /// `C_Initialize` failed with this return value.
    #[error("it does not initialise: {0}")]
    NotInitialised(String),
}

/// How many PIN tries a token has left, as far as its flags tell. PKCS#11 knows no number.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriesLeft {
    /// The token sets no flag: some never do.
    Unknown,
    /// CKF_USER_PIN_COUNT_LOW.
    Low,
    /// CKF_USER_PIN_FINAL_TRY: one more wrong PIN locks the token.
    Last,
}

/// What the helper process was asked to do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Load the module and initialise it.
    Load,
    /// List tokens and certificates.
    List,
    /// Log in and find the key.
    Open,
    /// Sign.
    Sign,
    /// Log out.
    Close,
    /// Tell how long its functions took.
    Timings,
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Load => "load",
            Self::List => "list",
            Self::Open => "open",
            Self::Sign => "sign",
            Self::Close => "close",
            Self::Timings => "timings",
        })
    }
}
