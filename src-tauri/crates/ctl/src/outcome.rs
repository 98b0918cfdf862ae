//! The three exits of a command.

use mocban_desk::DeskError;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Done, or valid: 0.
    Done,
    /// Invalid, or refused: 1. Trying the same again gives the same answer.
    Refused,
    /// Could not: usage, files, device, network: 2.
    CouldNot,
}

impl Outcome {
    /// The exit that belongs to an error.
    pub(crate) fn of(fault: &DeskError) -> Self {
        use DeskError::*;
        match fault {
            CaseIncomplete { .. }
            | TooManyPages { .. }
            | CopyTooLarge { .. }
            | NotFound
            | CornersUnusable
            | NotACard
            | NotSignedIn { .. } => Self::Refused,
            CardNotRead { .. } | StatementDatePassed | CopyNotBuilt { .. } | SignatureNotWritten { .. } => {
                Self::Refused
            }
            CertificateUnsuitable { .. } | BookUnavailable | QueueRefused { .. } => Self::Refused,
            // Usage, disk, token, PIN, pictures that cannot be read.
            _ => Self::CouldNot,
        }
    }

    /// `Done` if everything was well, else `Refused`.
    pub(crate) fn all_well(well: bool) -> Self {
        if well { Self::Done } else { Self::Refused }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}
