//! Augments signed files: timestamps and validation data as further increments (ETSI EN 319 142-1).

use super::verify::Anchors;
use crate::{DeskError, faults, online::Online};
use jiff::Timestamp;
use mocban_pades::{self as pades, Added, AugmentOptions, Missing, Target};
use serde::Serialize;

/// What was added to a file.
#[derive(Clone, Debug, Serialize)]
pub struct FileAugmented {
    /// The bytes to append; empty when nothing was to be added.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// The increments, in order.
    pub added: Vec<Added>,
    /// Validation data that could not be had.
    pub missing: Vec<Missing>,
}

/// Augments many files with one memory of budgets and lists.
pub struct Augmenter {
    online: Online,
    anchors: Anchors,
}

impl Augmenter {
    /// Asks these timestamp authorities, in order. Chains end at these roots.
    ///
    /// # Errors
    /// [`DeskError::Internal`] when the network library cannot be set up.
    pub fn new(authorities: &[String], anchors: Anchors) -> Result<Self, DeskError> {
        Ok(Self { online: Online::for_command(authorities)?, anchors })
    }

    pub(super) fn online(&self) -> &Online {
        &self.online
    }

    /// Augments one file as far as `target`.
    ///
    /// # Errors
    /// [`DeskError::TimestampNotObtained`]; [`DeskError::SignatureNotWritten`] for a file without signatures or with one
    /// that does not hold.
    pub fn augment(&self, pdf: &[u8], target: Target, at: Timestamp) -> Result<FileAugmented, DeskError> {
        let options = AugmentOptions { target, trust: &self.anchors.0, at, insist: false };
        let augmented = pades::augment(pdf, &options, &self.online, &mut Online::nonce)
            .map_err(|fault| faults::signature(&fault))?;
        let bytes = augmented.added.iter().flat_map(|added| added.increment().iter().copied()).collect();
        Ok(FileAugmented { bytes, added: augmented.added, missing: augmented.missing })
    }
}
