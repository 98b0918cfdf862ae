//! What the queue runner needs of durable storage. The desk implements it over the register; the runner knows no SQL.
//!
//! States of a delivery: `ready → sending (lease) → delivered | waiting (not before, failure) | held (failure)`.
//! Nothing is ever removed here: what becomes of a delivered file is a later, separate decision.

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Failure;
use crate::receipt::VerifiedReceipt;
use crate::wire::CopyManifest;

/// The store's own error, for logs.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// One copy on its way.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What is announced.
    pub manifest: CopyManifest,
    /// The file.
    pub file: Bytes,
    /// Where an earlier attempt's upload can be resumed, as told by [`Outbox::progress`].
    pub upload_url: Option<String>,
}

/// The durable side of the queue. Calls may block on the disk. Each is one transaction.
pub trait Outbox: Send + Sync {
    /// Called once before the first [`Outbox::begin`]: every lease that is left over from an earlier run is stale
    /// (one process holds the store) and its delivery is ready again.
    ///
    /// # Errors
    /// The store's own, as in all other calls.
    fn recover(&self) -> Result<(), StoreError>;

    /// Takes the delivery that became ready first, if that was or will be at `ready_by` or earlier, with a lease until
    /// `lease_until`. A waiting one becomes ready at its `not_before`, so a copy that fails again and again lets all
    /// others pass.
    ///
    /// # Errors
    /// The store's own.
    fn begin(&self, ready_by: Timestamp, lease_until: Timestamp) -> Result<Option<Delivery>, StoreError>;

    /// When the next waiting delivery becomes ready; nothing if none waits.
    ///
    /// # Errors
    /// The store's own.
    fn next_ready(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Records where the upload can be resumed, and renews the lease.
    ///
    /// # Errors
    /// The store's own.
    fn progress(&self, copy_id: Uuid, upload_url: &str, lease_until: Timestamp) -> Result<(), StoreError>;

    /// Gives the delivery back, not to be tried before `not_before`.
    ///
    /// # Errors
    /// The store's own.
    fn wait(&self, copy_id: Uuid, not_before: Timestamp, failure: &Failure) -> Result<(), StoreError>;

    /// Puts the delivery aside for a person to look at. Only a person takes it out again.
    ///
    /// # Errors
    /// The store's own.
    fn hold(&self, copy_id: Uuid, failure: &Failure) -> Result<(), StoreError>;

    /// Records the receipt: the copy is stored at the warehouse.
    ///
    /// # Errors
    /// The store's own.
    fn deliver(&self, copy_id: Uuid, receipt: &VerifiedReceipt) -> Result<(), StoreError>;

    /// The failure of a delivery that is held for an integrity failure, if there is one. While there is, nothing is
    /// sent, also after a restart.
    ///
    /// # Errors
    /// The store's own.
    fn alarm(&self) -> Result<Option<Failure>, StoreError>;
}
