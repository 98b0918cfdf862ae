//! Which certificate signed which: each signature is computed once, however many files of a run carry it.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::certificate::Certificate;
use crate::crypto::CryptoError;

/// Beyond that a run forgets and begins anew, so that it never grows without end.
const MAX_KNOWN: usize = 100_000;

type Pair = ([u8; 32], [u8; 32]);

/// Outcomes of signature checks by the digests of what was signed and who should have signed it.
#[derive(Debug, Default)]
pub(crate) struct Links(Mutex<HashMap<Pair, Result<(), CryptoError>>>);

impl Links {
    pub(crate) fn is_signed_by(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), CryptoError> {
        self.known((*certificate.digest(), *issuer.digest()), || certificate.is_signed_by(issuer))
    }

    /// The outcome for this pair, from memory or computed.
    pub(super) fn known(
        &self,
        pair: Pair,
        compute: impl FnOnce() -> Result<(), CryptoError>,
    ) -> Result<(), CryptoError> {
        // A poisoned lock only means that somebody else panicked between two entries: the entries are sound.
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = lock().get(&pair) {
            return known.clone();
        }
        let outcome = compute();
        let mut known = lock();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(pair, outcome.clone());
        outcome
    }
}
