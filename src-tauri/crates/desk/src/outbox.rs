//! The register's outbox as the queue runner sees it. The manifest is made from what the register keeps for ever, so it
//! is the same at every attempt (invariant 8).

use jiff::Timestamp;
use mocban_portal::{
    CopyManifest, Delivery, Digest, Failure, FailureClass, Outbox, RegisterEvidence, Segment, StoreError,
    VerifiedReceipt,
    wire::{COPY_MEDIA_TYPE, MANIFEST_FORMAT},
};
use mocban_register::{JobState, QueueItem, Receipt, Store, WaitClass, merkle};
use std::sync::Arc;
use uuid::Uuid;

/// The outbox over the store.
pub(crate) struct RegisterOutbox {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn mocban_portal::Clock>,
    pub(crate) desk: String,
    /// Told after every change, so that windows ask again.
    pub(crate) changed: Box<dyn Fn() + Send + Sync>,
}

impl RegisterOutbox {
    fn delivery(&self, item: &QueueItem) -> Result<Delivery, StoreError> {
        let entry = self.store.entry(item.copy_id)?.ok_or("the job has no entry")?;
        let known = self.store.known_increments(item.copy_id)?;
        let proof = self.store.inclusion_proof(&entry.book, entry.seq, Some(entry.seq + 1))?;
        let segment = |(len, sha256): (u64, [u8; 32])| Segment { len, sha256: Digest(sha256) };
        let certified_at = Timestamp::from_second(entry.at.as_second())?;
        let manifest = CopyManifest {
            format: MANIFEST_FORMAT,
            copy_id: item.copy_id,
            office: entry.book.office.clone(),
            book: entry.book.symbol.clone(),
            year: entry.book.year,
            number: entry.number,
            paper: entry.paper.clone(),
            certified_at,
            media_type: COPY_MEDIA_TYPE.into(),
            size: item.file_length,
            sha256: Digest(item.file_sha256),
            unsigned: segment((known.unsigned_length, known.unsigned_sha256)),
            increments: known.increments.into_iter().map(segment).collect(),
            desk: self.desk.clone(),
            register: RegisterEvidence {
                leaf_hash: Digest(merkle::leaf_hash(&proof.leaf)),
                checkpoint: None,
            },
            owner: None,
        };
        let file = self.store.file(item.copy_id)?.into();
        Ok(Delivery { manifest, file, upload_url: item.upload.as_ref().map(|(url, _)| url.clone()) })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A failure as it is kept with a job.
pub(crate) fn read_failure(text: &str) -> Option<Failure> {
    serde_json::from_str(text).ok()
}

impl Outbox for RegisterOutbox {
    fn recover(&self) -> Result<(), StoreError> {
        // Opening the store made every stale lease ready again.
        Ok(())
    }

    fn begin(&self, ready_by: Timestamp, lease_until: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let now = self.now();
        let Some(ready) = self.store.next_ready_by(ready_by, now)? else { return Ok(None) };
        if matches!(ready.state, JobState::Waiting { not_before, .. } if not_before > now) {
            // "Send now": a person shortens the wait.
            self.store.retry(ready.copy_id, &self.desk, now)?;
        }
        let item = self.store.begin(ready.copy_id, lease_until, now)?;
        (self.changed)();
        Ok(Some(self.delivery(&item)?))
    }

    fn next_ready(&self) -> Result<Option<Timestamp>, StoreError> {
        let times = self.store.queue()?.into_iter().filter_map(|item| match item.state {
            JobState::Waiting { not_before, .. } => Some(not_before),
            JobState::Sending { lease_until } => Some(lease_until),
            JobState::Ready => Some(self.now()),
            JobState::Held { .. } => None,
        });
        Ok(times.min())
    }

    fn progress(&self, copy_id: Uuid, upload_url: &str, lease_until: Timestamp) -> Result<(), StoreError> {
        self.store.progress(copy_id, upload_url, 0, lease_until, self.now())?;
        (self.changed)();
        Ok(())
    }

    fn wait(&self, copy_id: Uuid, not_before: Timestamp, failure: &Failure) -> Result<(), StoreError> {
        let class =
            if failure.class == FailureClass::Identity { WaitClass::Identity } else { WaitClass::Transport };
        self.store.wait(copy_id, not_before, class, &serde_json::to_string(failure)?, self.now())?;
        (self.changed)();
        Ok(())
    }

    fn hold(&self, copy_id: Uuid, failure: &Failure) -> Result<(), StoreError> {
        self.store.hold(copy_id, &serde_json::to_string(failure)?, self.now())?;
        (self.changed)();
        Ok(())
    }

    fn deliver(&self, copy_id: Uuid, receipt: &VerifiedReceipt) -> Result<(), StoreError> {
        let json = serde_json::to_string(receipt.receipt())?;
        let receipt = Receipt { json, file_sha256: receipt.receipt().sha256.0 };
        self.store.deliver(copy_id, &receipt, self.now())?;
        (self.changed)();
        Ok(())
    }

    fn alarm(&self) -> Result<Option<Failure>, StoreError> {
        if self.store.queue_summary()?.held == 0 {
            return Ok(None);
        }
        let failures = self.store.queue()?.into_iter().filter_map(|item| match item.state {
            JobState::Held { reason } => read_failure(&reason),
            _ => None,
        });
        Ok(failures.into_iter().find(|failure| failure.class == FailureClass::Integrity))
    }
}
