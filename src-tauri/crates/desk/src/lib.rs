//! The use cases of the desk, and the one command list that every host answers. No Tauri in it.
//!
//! Here the rooms meet: a token becomes a `pades::Signer`, the register becomes the sequencer's book and the queue's
//! outbox. Every command is a method of [`Desk`] that blocks; hosts call [`Desk::answer`] on a thread made for that.

mod answer;
pub mod api;
mod augmentation;
mod book;
mod cameras;
mod card_reader;
mod certify;
mod command;
mod copy_request;
mod counter;
mod documents;
mod error;
mod faults;
mod intake;
mod online;
mod open;
mod options;
mod outbox;
mod profile;
mod queue;
mod register_view;
mod resources;
mod scanners;
mod stand;
mod state;
pub mod texts;
mod time;
mod tokens;
pub mod tools;
mod training;
pub mod typescript;
mod unfinished;
mod uploads;
mod verification;

pub use answer::COMMANDS;
pub use error::DeskError;
pub use options::DeskOptions;
pub use resources::Resource;

use api::DeskEvent;
use counter::Case;
use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use mocban_portal::{Clock, QueueHandle};
use mocban_register::Store;
use profile::Profile;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::broadcast;

/// An open desk: one data folder, one office, one counter. Shared by all windows on it.
pub struct Desk {
    profile: Profile,
    symbol: String,
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    key_in_file: bool,
    documents: Option<std::path::PathBuf>,
    counter: Mutex<Case>,
    /// How many cases wait to be signed.
    waiting: AtomicU32,
    /// No further waiting case is to be signed.
    batch_stopped: AtomicBool,
    uploads: uploads::Uploads,
    verified: verification::Verified,
    intake: intake::Intake,
    /// Itself, for what works on beside commands.
    me: Weak<Desk>,
    runtime: tokio::runtime::Handle,
    cameras: cameras::Cameras,
    scanners: scanners::Scanners,
    /// A camera's stand that is being measured.
    stand_begun: Mutex<stand::Begun>,
    /// Tells windows when cameras come and go.
    _camera_watch: Option<mocban_capture::camera::Watcher>,
    tokens: Arc<tokens::Tokens>,
    queue: QueueHandle,
    /// The warehouse's, for its receipts.
    receipt_key: VerifyingKey,
    /// The runner, where the queue moves only when told to.
    drain: Mutex<Option<mocban_portal::QueueRunner>>,
    events: broadcast::Sender<DeskEvent>,
    /// One F9 at a time.
    signing: Mutex<()>,
    /// Adds timestamps to sealed copies until the desk is closed.
    _augmentation: Option<augmentation::AugmentationHandle>,
    _warehouse: Option<mocban_warehouse::Handle>,
}

/// Becomes the token helper, and never returns, if the program was started as one. First thing in every `main`.
pub fn token_host_if_requested() {
    mocban_pkcs11::host::run_if_requested();
}

impl Desk {
    /// What happens from now on. A slow listener loses the oldest events, never holds up the desk.
    pub fn events(&self) -> broadcast::Receiver<DeskEvent> {
        self.events.subscribe()
    }

    /// Puts a file down for a following `page_add`; answers its handle.
    ///
    /// # Errors
    /// [`DeskError::PictureTooLarge`].
    pub fn upload(&self, bytes: Vec<u8>) -> Result<String, DeskError> {
        if bytes.len() > mocban_capture::original::MAX_BYTES {
            return Err(DeskError::PictureTooLarge { name: String::new() });
        }
        Ok(self.uploads.put(bytes)?.to_string())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn tell(&self, event: DeskEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    /// Who acts, for the access log: the signed-in performer's certificate, else the desk.
    fn actor(&self) -> String {
        self.tokens.session().performer.map_or_else(|| self.profile.desk.clone(), |holder| holder.fingerprint)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The runner holds the store: the data folder is free once it has stopped.
        self.queue.stop();
    }
}

/// A mutex whose holder panicked is still good here: every change is made on a copy and put in whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
