//! Every room's errors in the officer's words: the one place where they become [`DeskError`].

use crate::DeskError;
use mocban_capture::{CameraFault, CaptureError, Original, ScanFault, StandFault};
use mocban_pades::PadesError;
use mocban_pkcs11::{TokenError, TriesLeft};
use mocban_register::RegisterError;
use std::path::Path;

/// A picture that is refused, by its file's name.
pub(crate) fn picture(original: &Original, fault: CaptureError) -> DeskError {
    picture_named(original.name(), fault)
}

/// As [`picture`], before there is an original.
pub(crate) fn picture_named(name: &str, fault: CaptureError) -> DeskError {
    let name = name.to_owned();
    match fault {
        CaptureError::Empty | CaptureError::Truncated { .. } => DeskError::PictureTruncated { name },
        CaptureError::NotAPicture | CaptureError::UnsupportedKind { .. } => {
            DeskError::PictureUnsupported { name }
        }
        CaptureError::TooLarge { .. } => DeskError::PictureTooLarge { name },
        CaptureError::Corrupt { .. } => DeskError::PictureCorrupt { name },
        CaptureError::DegenerateQuad => DeskError::CornersUnusable,
        CaptureError::NotACard => DeskError::NotACard,
        fault => DeskError::Internal { detail: fault.to_string() },
    }
}

/// A camera that gives nothing usable.
pub(crate) fn camera(fault: CameraFault) -> DeskError {
    match fault {
        CameraFault::NotFound => DeskError::CameraNotFound,
        CameraFault::Unplugged => DeskError::CameraUnplugged,
        CameraFault::Busy => DeskError::CameraBusy,
        CameraFault::AccessDenied => DeskError::CameraAccessDenied,
        CameraFault::Silent => DeskError::CameraSilent,
        CameraFault::StartRefused => DeskError::CameraStartRefused,
        CameraFault::NoUsableFormat => DeskError::CameraNoUsableFormat,
        CameraFault::BrokenFrame => DeskError::CameraBrokenFrame,
        CameraFault::Io => DeskError::CameraIo,
    }
}

/// A step of measuring a stand that was refused.
pub(crate) fn stand(fault: StandFault) -> DeskError {
    match fault {
        StandFault::SheetNotFound => DeskError::StandSheetNotFound,
        StandFault::NotA4 => DeskError::StandNotA4,
        StandFault::MatDiffers => DeskError::StandMatDiffers,
        StandFault::NotWhite => DeskError::StandNotWhite,
    }
}

/// A scanner that stopped.
pub(crate) fn scanner(fault: ScanFault) -> DeskError {
    match fault {
        ScanFault::NotFound => DeskError::ScannerNotFound,
        ScanFault::Offline => DeskError::ScannerOffline,
        ScanFault::Busy => DeskError::ScannerBusy,
        ScanFault::AccessDenied => DeskError::ScannerAccessDenied,
        ScanFault::KeyChanged => DeskError::ScannerKeyChanged,
        ScanFault::FeederEmpty => DeskError::ScannerFeederEmpty,
        ScanFault::PaperJam => DeskError::ScannerPaperJam,
        ScanFault::CoverOpen => DeskError::ScannerCoverOpen,
        ScanFault::UnsupportedSettings => DeskError::ScannerUnsupportedSettings,
        ScanFault::BrokenPage => DeskError::ScannerBrokenPage,
        ScanFault::TimedOut => DeskError::ScannerTimedOut,
        ScanFault::DriverMissing => DeskError::ScannerDriverMissing,
        ScanFault::Io => DeskError::ScannerIo,
    }
}

/// A token or its driver.
pub(crate) fn token(module: &Path, fault: TokenError) -> DeskError {
    let file = || module.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match fault {
        TokenError::ModuleNotLoadable { .. }
        | TokenError::WrongArchitecture { .. }
        | TokenError::HostNotStarted { .. } => DeskError::TokenDriverUnusable { module: file() },
        fault => token_call(&fault),
    }
}

/// A token in the middle of its work.
pub(crate) fn token_call(fault: &TokenError) -> DeskError {
    match fault {
        TokenError::NotAnswering { .. } => DeskError::TokenNotAnswering,
        TokenError::TokenRemoved => DeskError::TokenRemoved,
        TokenError::CertificateNotFound => DeskError::TokenNotFound,
        TokenError::KeyNotFound | TokenError::SeveralKeys | TokenError::AlgorithmNotSupported => {
            DeskError::TokenKeyNotFound
        }
        TokenError::PinIncorrect { tries_left } => DeskError::PinIncorrect { tries: tries(*tries_left) },
        TokenError::TrySpent { ckr, tries_left } => {
            DeskError::PinTrySpent { tries: tries(*tries_left), detail: ckr.clone() }
        }
        TokenError::PinLastTry => DeskError::PinLastTry,
        TokenError::PinLocked => DeskError::PinLocked,
        TokenError::PinLength => DeskError::PinLength,
        TokenError::PinExpired => DeskError::PinExpired,
        TokenError::PinToBeChanged => DeskError::PinToBeChanged,
        TokenError::PinNotInitialised => DeskError::PinNotInitialised,
        TokenError::Cancelled | TokenError::GivenUp { .. } => DeskError::TokenCancelled,
        TokenError::SessionLost => DeskError::TokenSessionLost,
        TokenError::ContextPinNeeded => DeskError::PinNeeded { role: String::new() },
        TokenError::PinNeeded | TokenError::NotLoggedIn => DeskError::NotSignedIn { role: String::new() },
        TokenError::SignatureWrong => DeskError::TokenSignatureWrong,
        fault => DeskError::TokenDriverFailure { detail: fault.to_string() },
    }
}

fn tries(left: TriesLeft) -> String {
    let code = match left {
        TriesLeft::Unknown => "unknown",
        TriesLeft::Low => "low",
        TriesLeft::Last => "last",
    };
    code.into()
}

/// A signature that was not written, with the token's own fault inside if there was one.
pub(crate) fn signature(fault: &PadesError) -> DeskError {
    if let PadesError::Signer(inner) = fault
        && let Some(token) = inner.downcast_ref::<TokenError>()
    {
        return token_call(token);
    }
    match fault {
        PadesError::Network(inner) => DeskError::TimestampNotObtained { detail: inner.to_string() },
        fault => DeskError::SignatureNotWritten { detail: fault.to_string() },
    }
}

/// The store.
pub(crate) fn register(fault: RegisterError) -> DeskError {
    match fault {
        RegisterError::AlreadyOpen { .. } => DeskError::AlreadyOpen,
        RegisterError::Corrupt { detail } => DeskError::StoreCorrupt { detail },
        RegisterError::UnreadableRow { table, detail } => {
            DeskError::StoreCorrupt { detail: format!("{table}: {detail}") }
        }
        RegisterError::KeyMissing
        | RegisterError::WrongKey
        | RegisterError::KeyUnreadable { .. }
        | RegisterError::KeyringUnavailable { .. } => DeskError::StoreKeyMissing,
        RegisterError::NewerSchema { .. } => DeskError::StoreNewer,
        RegisterError::RolledBack { .. } | RegisterError::Truncated { .. } => DeskError::StoreRolledBack,
        RegisterError::DiskFull => DeskError::DiskFull,
        RegisterError::UnknownCopy
        | RegisterError::UnknownNumber { .. }
        | RegisterError::NotSealed
        | RegisterError::NotAugmented => DeskError::NotFound,
        RegisterError::BookClosed { .. } | RegisterError::BookNotOpen { .. } => DeskError::BookUnavailable,
        RegisterError::FileAltered { part } => DeskError::StoreCorrupt { detail: part.to_owned() },
        RegisterError::JobNotReady { state } => DeskError::QueueRefused { detail: state.to_owned() },
        fault => DeskError::StorageFailed { detail: fault.to_string() },
    }
}

impl From<RegisterError> for DeskError {
    fn from(fault: RegisterError) -> Self {
        register(fault)
    }
}
