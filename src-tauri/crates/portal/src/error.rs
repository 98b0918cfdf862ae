//! Everything that can stand between a copy and its receipt, and what the queue does about each (classify, do not
//! count: no error is a verdict on a copy only because it came often).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::problem::ProblemKind;

/// What an error means for the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The way there: no route, a cut, a busy or failing server. The lane waits and tries for ever.
    Transport,
    /// Who we are, or who they are: sign-in, certificate, clock, a network's login page. The lane stops with one
    /// message, looks again from time to time, and no copy is blamed.
    Identity,
    /// This copy: the warehouse refuses it. It is held for a person to look at; the others go on.
    Record,
    /// Evidence that cannot be true: a forged receipt, another file under our number. Everything stops.
    Integrity,
}

/// What the officer meets while copies travel to the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// No connection, or it broke.
    #[error("the warehouse cannot be reached: {detail}")]
    Unreachable {
        /// The network's word, for logs.
        detail: String,
    },
    /// No answer in time.
    #[error("the warehouse did not answer in time")]
    TimedOut,
    /// The warehouse asks to come back later (429, 503).
    #[error("the warehouse is busy")]
    WarehouseBusy {
        /// The server's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The warehouse failed (5xx), or answered against the protocol.
    #[error("the warehouse failed with status {status}")]
    WarehouseFailed {
        /// HTTP status.
        status: u16,
    },
    /// The disk of the folder, or the desk's own store, failed.
    #[error("storage failed: {detail}")]
    StorageFailed {
        /// The system's word, for logs.
        detail: String,
    },
    /// A page that is not the warehouse's answered: a network login page, or a proxy.
    #[error("something other than the warehouse answered (status {status})")]
    CaptivePortal {
        /// HTTP status.
        status: u16,
    },
    /// The answer sent us elsewhere. Copies go to the configured address only.
    #[error("the warehouse's address redirects to `{location}`")]
    RedirectRefused {
        /// Where to.
        location: String,
    },
    /// The TLS certificate does not verify; often the desk's clock is wrong.
    #[error("the warehouse's certificate is refused: {detail}")]
    CertificateRefused {
        /// The TLS library's word, for logs.
        detail: String,
    },
    /// The desk's clock and the warehouse's differ too much to sign in.
    #[error("the clock is {ahead_s} s ahead of the warehouse's")]
    ClockWrong {
        /// Seconds the desk is ahead; negative when behind.
        ahead_s: i64,
    },
    /// The warehouse does not accept this desk (401, 403).
    #[error("the warehouse does not accept this desk")]
    DeskRefused,
    /// The configured address, key or name cannot be used.
    #[error("the warehouse's settings cannot be used: {detail}")]
    SettingsInvalid {
        /// Which, for logs.
        detail: String,
    },
    /// The warehouse refuses this copy.
    #[error("the warehouse refuses the copy ({}): {detail}", kind.name())]
    CopyRefused {
        /// Why.
        kind: ProblemKind,
        /// The warehouse's own words, bounded.
        detail: String,
    },
    /// The file in the desk's store is no longer what the manifest says.
    #[error("the copy in the desk's store is damaged: `{field}` does not match")]
    CopyDamaged {
        /// Member of the manifest that does not match.
        field: &'static str,
    },
    /// No pinned key made the receipt's signature.
    #[error("the receipt is not the warehouse's")]
    ReceiptForged,
    /// A genuine receipt, but not for this copy.
    #[error("the receipt's `{field}` is not this copy's")]
    ReceiptMismatch {
        /// Member that differs.
        field: &'static str,
    },
    /// The warehouse holds something else under our copy id or our certification number.
    #[error("the warehouse holds another copy under our number or id ({})", kind.name())]
    AnotherCopyStored {
        /// Number or id.
        kind: ProblemKind,
    },
}

impl PortalError {
    /// What the queue does about it.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut
            | Self::WarehouseBusy { .. }
            | Self::WarehouseFailed { .. }
            | Self::StorageFailed { .. } => FailureClass::Transport,
            Self::CaptivePortal { .. }
            | Self::RedirectRefused { .. }
            | Self::CertificateRefused { .. }
            | Self::ClockWrong { .. }
            | Self::DeskRefused
            | Self::SettingsInvalid { .. } => FailureClass::Identity,
            Self::CopyRefused { .. } | Self::CopyDamaged { .. } => FailureClass::Record,
            Self::ReceiptForged | Self::ReceiptMismatch { .. } | Self::AnotherCopyStored { .. } => {
                FailureClass::Integrity
            }
        }
    }

    /// The name under which catalogues and the store know it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut => "timed-out",
            Self::WarehouseBusy { .. } => "warehouse-busy",
            Self::WarehouseFailed { .. } => "warehouse-failed",
            Self::StorageFailed { .. } => "storage-failed",
            Self::CaptivePortal { .. } => "captive-portal",
            Self::RedirectRefused { .. } => "redirect-refused",
            Self::CertificateRefused { .. } => "certificate-refused",
            Self::ClockWrong { .. } => "clock-wrong",
            Self::DeskRefused => "desk-refused",
            Self::SettingsInvalid { .. } => "settings-invalid",
            Self::CopyRefused { .. } => "copy-refused",
            Self::CopyDamaged { .. } => "copy-damaged",
            Self::ReceiptForged => "receipt-forged",
            Self::ReceiptMismatch { .. } => "receipt-mismatch",
            Self::AnotherCopyStored { .. } => "another-copy-stored",
        }
    }

    /// How long the server asked us to stay away.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::WarehouseBusy { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// A failure as the outbox stores it and the status strip shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What the queue did about it.
    pub class: FailureClass,
    /// [`PortalError::code`].
    pub code: String,
    /// English, for logs and the supervisor's detail view. Never a person's data.
    pub detail: String,
}

impl From<&PortalError> for Failure {
    fn from(error: &PortalError) -> Self {
        Self { class: error.class(), code: error.code().to_owned(), detail: error.to_string() }
    }
}
