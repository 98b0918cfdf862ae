//! Use cases for hosts without a counter: one picture, one file, one token, one data folder looked at.
//!
//! What needs no open store is a function with a plain, serialisable result; what reads a store that may be damaged goes
//! through [`Inspection`], which changes nothing in it; what needs the open desk is a method of [`Desk`](crate::Desk).

mod alarm;
mod augment;
mod copy;
mod desk;
pub(crate) mod identity;
mod inspection;
mod page;
mod revocation;
mod sample;
mod scan;
mod sign;
mod token;
mod verify;

pub use crate::verification::{VerifiedFile, report_pdf};
pub use alarm::alarm;
pub use augment::{Augmenter, FileAugmented};
pub(crate) use copy::named_copy;
pub use copy::{FinishedCopy, KnownCopy, RegisterReason};
pub use desk::Health;
pub use identity::{CardReading, read_card};
pub use inspection::{Inspection, RegisterReport};
pub use mocban_capture::Gate;
pub use mocban_pades::{Added, Missing, Target, Verdict};
pub use page::{Corrected, DetectedPage, Encoding, Paper as DetectedPaper, correct, detect};
pub use revocation::RevocationFolder;
pub use sample::{SampleCopy, build_copy};
pub use scan::{DevicePage, DeviceReport, ScanSource, ScanWish, devices, scan_pages};
pub use sign::{FileSignature, OpenKey, SignFile, TokenChoice};
pub use token::{
    CardService, CertificateReport, Detail, ModuleReport, Problem, ReaderReport, TokenDiagnostics,
    TokenReport, check_tokens, tokens,
};
pub(crate) use token::{diagnostics, report};
pub use verify::{Anchors, FileReason, FileReport, FileVerifier, verify_file};
