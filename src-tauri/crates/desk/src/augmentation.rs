//! The later job of the queue: timestamps and validation data for copies that are sealed already. Signing never waits for
//! it, nor does the upload: what travels to the warehouse is the sealed file. What is appended here is recorded as one
//! further increment, so the copy stays ours byte for byte (invariant 5); until then the copy says that it has no
//! timestamp yet.

use crate::{DeskError, api::DeskEvent, faults, online::Online, profile::Profile};
use jiff::{SignedDuration, Timestamp};
use mocban_pades::{self as pades, AugmentOptions, Certificate, Level, PadesError, Target, VerifyOptions};
use mocban_portal::{Clock, StoreError, pki::Ledger};
use mocban_register::Store;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Copies looked at in one round.
const ROUND: u32 = 50;
/// Between two rounds; the authorities keep their own, longer, rests.
const PAUSE: Duration = Duration::from_secs(60);
/// How long validation data is waited for before a copy gets its timestamp without it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// Folder of the lists, inside the data folder.
const LISTS: &str = "revocation";

/// The budget of the authorities, remembered in the store.
struct RegisterLedger(Arc<Store>);

impl Ledger for RegisterLedger {
    fn uses(&self, authority: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        Ok(self.0.timestamp_requests(authority, since)?)
    }

    fn record(&self, authority: &str, at: Timestamp) -> Result<(), StoreError> {
        Ok(self.0.note_timestamp_request(authority, at)?)
    }
}

/// The job with what it needs.
pub(crate) struct Augmentation {
    store: Arc<Store>,
    trust: Vec<Certificate>,
    online: Online,
    clock: Arc<dyn Clock>,
    events: broadcast::Sender<DeskEvent>,
    /// Copies that cannot be augmented; looked at again after a restart.
    hopeless: HashSet<Uuid>,
}

/// Ends the job when it is dropped, after the copy in hand.
pub(crate) struct AugmentationHandle(Arc<(Mutex<bool>, Condvar)>);

impl Drop for AugmentationHandle {
    fn drop(&mut self) {
        let (ended, told) = &*self.0;
        *ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        told.notify_all();
    }
}

impl Augmentation {
    /// `None` for an office that names no timestamp authority.
    pub(crate) fn new(
        profile: &Profile,
        store: Arc<Store>,
        folder: PathBuf,
        clock: Arc<dyn Clock>,
        events: broadcast::Sender<DeskEvent>,
    ) -> Result<Option<Self>, DeskError> {
        if profile.timestamp_authorities.is_empty() {
            return Ok(None);
        }
        let ledger = Arc::new(RegisterLedger(store.clone()));
        let online =
            Online::new(&profile.timestamp_authorities, ledger, Some(folder.join(LISTS)), clock.clone())?;
        let trust = profile.trust.clone();
        Ok(Some(Self { store, trust, online, clock, events, hopeless: HashSet::new() }))
    }

    /// Runs on a thread of its own until the handle is dropped.
    pub(crate) fn run_in_background(mut self) -> AugmentationHandle {
        let signal = Arc::new((Mutex::new(false), Condvar::new()));
        let handle = AugmentationHandle(signal.clone());
        std::thread::spawn(move || {
            let (ended, told) = &*signal;
            loop {
                self.round(&|| *ended.lock().unwrap_or_else(PoisonError::into_inner));
                let guard = ended.lock().unwrap_or_else(PoisonError::into_inner);
                let waited = told.wait_timeout_while(guard, PAUSE, |ended| !*ended);
                if *waited.unwrap_or_else(PoisonError::into_inner).0 {
                    return;
                }
            }
        });
        handle
    }

    /// Augments what waits; gives how many copies were. Ends early when no authority may be asked now.
    pub(crate) fn round(&mut self, ended: &dyn Fn() -> bool) -> usize {
        let waiting = match self.store.unaugmented(ROUND) {
            Ok(waiting) => waiting,
            Err(fault) => {
                tracing::warn!(%fault, "the copies without a timestamp were not read");
                return 0;
            }
        };
        let mut done = 0;
        for copy in waiting {
            if ended() || self.online.next_attempt() > Some(self.clock.now()) {
                break;
            }
            if self.hopeless.contains(&copy) {
                continue;
            }
            match self.augment(copy) {
                Ok(()) => {
                    done += 1;
                    // Nobody listening is fine.
                    let _ = self.events.send(DeskEvent::Register);
                }
                Err(DeskError::TimestampNotObtained { detail }) => {
                    tracing::info!(%copy, detail, "no timestamp yet");
                    break;
                }
                Err(fault) => {
                    tracing::warn!(%copy, %fault, "a copy was not augmented");
                    self.hopeless.insert(copy);
                }
            }
        }
        done
    }

    fn augment(&self, copy: Uuid) -> Result<(), DeskError> {
        let sealed = self.store.file(copy)?;
        let now = self.clock.now();
        let age = self.store.entry(copy)?.map_or(PATIENCE, |entry| now.duration_since(entry.at));
        let insist = age < PATIENCE;
        let options = AugmentOptions { target: Target::Archive, trust: &self.trust, at: now, insist };
        let augmented = match pades::augment(&sealed, &options, &self.online, &mut Online::nonce) {
            Err(fault @ PadesError::ValidationDataMissing { .. }) => {
                return Err(DeskError::TimestampNotObtained { detail: fault.to_string() });
            }
            augmented => augmented.map_err(|fault| faults::signature(&fault))?,
        };
        let later: Vec<u8> =
            augmented.added.iter().flat_map(|added| added.increment().iter().copied()).collect();
        let level = self.level(&[&sealed[..], &later].concat(), now);
        Ok(self.store.record_augmentation(copy, &later, level, now)?)
    }

    /// The level that all signatures reach, as our own reader finds it.
    fn level(&self, pdf: &[u8], at: Timestamp) -> &'static str {
        let report = pades::verify(pdf, &VerifyOptions { trust: &self.trust, at });
        let signatures = report.signatures.iter().map(|signature| signature.level);
        let reached = signatures.filter(|level| *level != Level::DocTimeStamp).map(rank).min();
        ["B", "T", "LT", "LTA"][reached.unwrap_or(0)]
    }
}

fn rank(level: Level) -> usize {
    match level {
        Level::BaselineLta => 3,
        Level::BaselineLt => 2,
        Level::BaselineT => 1,
        _ => 0,
    }
}
