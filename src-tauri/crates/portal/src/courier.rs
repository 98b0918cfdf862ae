//! One delivery, from the lease to the receipt. Knows nothing of the lane: what a failure means is the queue's to say.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, watch};

use crate::error::PortalError;
use crate::outbox::{Delivery, Outbox, StoreError};
use crate::ports::Clock;
use crate::problem::ProblemKind;
use crate::queue::{Lane, Status};
use crate::receipt::VerifiedReceipt;
use crate::warehouse::{UploadState, Warehouse};
use crate::wire::CopyManifest;

/// How long a delivery may be in one worker's hands without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// What every delivery needs.
pub(crate) struct Courier {
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) warehouse: Arc<dyn Warehouse>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) status: watch::Sender<Status>,
    /// One copy's bytes on the line at a time: a cut costs one chunk, and a slow line finishes one copy early rather
    /// than all of them late. Reading the next file and registering the last one go on beside it.
    pub(crate) line: Semaphore,
}

impl Courier {
    /// Brings one copy to its receipt, and the receipt into the store.
    pub(crate) async fn deliver(&self, delivery: &Delivery) -> Result<(), PortalError> {
        let copy_id = delivery.manifest.copy_id;
        let receipt = self.send(delivery).await?;
        fail::fail_point!(crate::failpoints::BEFORE_DELIVER, |_| Err(PortalError::TimedOut));
        self.on_store(move |outbox| outbox.deliver(copy_id, &receipt)).await
    }

    /// Upload, unless an earlier attempt may have finished it, then register.
    async fn send(&self, delivery: &Delivery) -> Result<VerifiedReceipt, PortalError> {
        let Delivery { manifest, file, upload_url } = delivery;
        manifest
            .check()
            .and_then(|()| manifest.check_file(file))
            .map_err(|fault| PortalError::CopyDamaged { field: fault.field })?;
        if upload_url.is_some() {
            // Perhaps the crash or the cut came after the last byte, or even after the registration.
            match self.warehouse.register(manifest).await {
                Err(PortalError::CopyRefused { kind: ProblemKind::FileMissing, .. }) => {}
                decided => return decided,
            }
        }
        self.upload(delivery, upload_url.as_deref()).await?;
        fail::fail_point!(crate::failpoints::BEFORE_REGISTER, |_| Err(PortalError::TimedOut));
        match self.warehouse.register(manifest).await {
            // The finished upload is gone from the warehouse: once more, from the start.
            Err(PortalError::CopyRefused { kind: ProblemKind::FileMissing, .. }) => {
                self.upload(delivery, None).await?;
                self.warehouse.register(manifest).await
            }
            decided => decided,
        }
    }

    async fn upload(&self, delivery: &Delivery, resume: Option<&str>) -> Result<(), PortalError> {
        let CopyManifest { copy_id, size, .. } = delivery.manifest;
        // Never closed, so there is always a turn.
        let _line = self.line.acquire().await;
        let mut recorded = resume.map(str::to_owned);
        let mut progress = |state: &UploadState| {
            let lane = Lane::Sending { copy_id, sent: state.sent, size };
            self.status.send_modify(|status| {
                status.lane = lane;
                status.next_attempt = None;
            });
            if recorded.as_deref() != Some(&state.url) {
                // A short write, once an upload. Without it a crash would cost the bytes sent so far, nothing more:
                // no reason to stop.
                match self.outbox.progress(copy_id, &state.url, lease_from(self.clock.now())) {
                    Ok(()) => recorded = Some(state.url.clone()),
                    Err(error) => tracing::warn!(%copy_id, %error, "the upload's address was not recorded"),
                }
            }
        };
        self.warehouse.upload(&delivery.manifest, &delivery.file, resume, &mut progress).await
    }

    /// The store blocks on the disk, so it is not called on the runtime's own threads.
    pub(crate) async fn on_store<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Outbox) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PortalError> {
        let outbox = self.outbox.clone();
        tokio::task::spawn_blocking(move || call(outbox.as_ref()).map_err(|error| error.to_string()))
            .await
            .unwrap_or_else(|ended| Err(ended.to_string()))
            .map_err(|detail| PortalError::StorageFailed { detail })
    }
}

pub(crate) fn lease_from(now: Timestamp) -> Timestamp {
    now.saturating_add(LEASE).unwrap_or(Timestamp::MAX)
}
