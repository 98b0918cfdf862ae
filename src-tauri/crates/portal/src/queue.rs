//! The queue runner: one worker, one copy in flight, from the outbox to the warehouse.
//!
//! It classifies failures and does not count them ([`FailureClass`]): the way is retried for ever, a refused copy is
//! put aside and the others go on, a sign-in trouble stops the lane without blaming a copy, and evidence that cannot be
//! true stops everything until a person has looked. The runner never gives up and never frees anything; the one thing
//! that ends a delivery is a verified receipt (invariant 8).

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::backoff::{self, Backoff};
use crate::error::{Failure, FailureClass, PortalError};
use crate::outbox::{Delivery, Outbox, StoreError};
use crate::ports::{Clock, Random};
use crate::problem::ProblemKind;
use crate::receipt::VerifiedReceipt;
use crate::warehouse::{UploadState, Warehouse};
use crate::wire::CopyManifest;

/// How long a delivery may be in one worker's hands without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// What the lane is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// Everything that is ready has been sent.
    Idle,
    /// A copy is on its way.
    Sending {
        /// Which.
        copy_id: Uuid,
        /// Bytes at the warehouse.
        sent: u64,
        /// Bytes in all.
        size: u64,
    },
    /// The way is closed; tried again at [`Status::next_attempt`].
    Offline,
    /// Stopped by an identity failure (tried again at [`Status::next_attempt`]) or an integrity failure (only after a
    /// person has released the held copy).
    Stopped,
}

/// What the status strip shows of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What the lane is doing.
    pub lane: Lane,
    /// The newest failure; cleared by the next delivered copy.
    pub last_failure: Option<Failure>,
    /// When an offline or stopped lane tries again by itself.
    pub next_attempt: Option<Timestamp>,
    /// Seconds by which this machine's clock is ahead of the warehouse's, if an answer has shown it.
    pub clock_ahead_s: Option<i64>,
    /// Copies delivered since the program started.
    pub delivered: u64,
}

/// The other rooms' hold on a running queue. Cheap to clone.
#[derive(Debug, Clone)]
pub struct QueueHandle {
    committed: Arc<Notify>,
    send_now: Arc<Notify>,
    stop: Arc<Notify>,
    status: watch::Receiver<Status>,
}

impl QueueHandle {
    /// A copy was committed to the outbox. Does not shorten the wait of a closed way.
    pub fn committed(&self) {
        self.committed.notify_one();
    }

    /// Try at once: the officer asks, the network changed, the window came to the front, a held copy was released.
    /// Shortens every wait but one the warehouse itself asked for.
    pub fn send_now(&self) {
        self.send_now.notify_one();
    }

    /// Ends the runner after the copy in flight, or at once while it waits.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// The status, and word of every change.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }
}

/// The worker.
pub struct QueueRunner {
    outbox: Arc<dyn Outbox>,
    warehouse: Arc<dyn Warehouse>,
    clock: Arc<dyn Clock>,
    random: Box<dyn Random>,
    backoff: Backoff,
    /// Somebody asked to send now: copies that wait for a later time are taken too, until the way is closed again.
    on_demand: bool,
    handle: QueueHandle,
    status: watch::Sender<Status>,
}

/// What to do after a step.
enum Next {
    /// Look for the next copy.
    GoOn,
    /// Nothing is ready; perhaps at a known time.
    Idle(Option<Timestamp>),
    /// Come back after a wait of our own, or one the warehouse asked for.
    Wait { wait: Duration, asked_by_warehouse: bool },
    /// An integrity alarm stands.
    Alarm,
}

impl QueueRunner {
    /// A runner, not yet running.
    #[must_use]
    pub fn new(
        outbox: Arc<dyn Outbox>,
        warehouse: Arc<dyn Warehouse>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Self {
        let (status, receiver) = watch::channel(Status {
            lane: Lane::Idle,
            last_failure: None,
            next_attempt: None,
            clock_ahead_s: None,
            delivered: 0,
        });
        let handle = QueueHandle {
            committed: Arc::default(),
            send_now: Arc::default(),
            stop: Arc::default(),
            status: receiver,
        };
        Self {
            outbox,
            warehouse,
            clock,
            random,
            backoff: Backoff::default(),
            on_demand: false,
            handle,
            status,
        }
    }

    /// The hold on it.
    #[must_use]
    pub fn handle(&self) -> QueueHandle {
        self.handle.clone()
    }

    /// Runs until [`QueueHandle::stop`]. An unreadable store is waited for like a closed way: the machine never gives
    /// up.
    pub async fn run(mut self) {
        let mut recovered = false;
        let handle = self.handle.clone();
        loop {
            let next = if recovered { self.step().await } else { self.recover(&mut recovered).await };
            let (wait, wakes_on_commit, wakes_on_demand) = match next {
                Next::GoOn => {
                    // A stop asked for while the copy was in flight is heard here.
                    tokio::select! {
                        biased;
                        () = handle.stop.notified() => return,
                        () = std::future::ready(()) => continue,
                    }
                }
                Next::Idle(ready) => (self.until(ready), true, true),
                Next::Wait { wait, asked_by_warehouse } => (wait, false, !asked_by_warehouse),
                Next::Alarm => (backoff::CAP, false, true),
            };
            tokio::select! {
                () = handle.stop.notified() => return,
                () = handle.committed.notified(), if wakes_on_commit => {}
                () = handle.send_now.notified(), if wakes_on_demand => self.on_demand = true,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends everything that is ready now, once, and answers how it ended: for a command line without a window. A
    /// closed way is reported, not waited for.
    ///
    /// # Errors
    /// [`Failure`] that stopped the lane.
    pub async fn drain(&mut self) -> Result<u64, Failure> {
        // Whoever calls this wants it now: copies that wait for their next try are taken too.
        self.on_demand = true;
        let mut recovered = false;
        let mut next = self.recover(&mut recovered).await;
        while matches!(next, Next::GoOn) {
            next = self.step().await;
        }
        let status = self.status.borrow();
        match next {
            Next::GoOn | Next::Idle(_) => Ok(status.delivered),
            Next::Wait { .. } | Next::Alarm => Err(status.last_failure.clone().unwrap_or(Failure {
                class: FailureClass::Transport,
                code: "unreachable".to_owned(),
                detail: String::new(),
            })),
        }
    }

    async fn recover(&mut self, recovered: &mut bool) -> Next {
        match self.on_store(|outbox| outbox.recover()).await {
            Ok(()) => {
                *recovered = true;
                Next::GoOn
            }
            Err(error) => self.lane_waits(&error),
        }
    }

    /// One copy, from the outbox to the receipt.
    async fn step(&mut self) -> Next {
        match self.on_store(|outbox| outbox.alarm()).await {
            Ok(None) => {}
            Ok(Some(failure)) => {
                self.report(Lane::Stopped, Some(failure), None);
                return Next::Alarm;
            }
            Err(error) => return self.lane_waits(&error),
        }
        let now = self.clock.now();
        let ready_by = if self.on_demand { Timestamp::MAX } else { now };
        let delivery = match self.on_store(move |outbox| outbox.begin(ready_by, lease_from(now))).await {
            Ok(Some(delivery)) => delivery,
            Ok(None) => {
                return match self.on_store(|outbox| outbox.next_ready()).await {
                    Ok(ready) => {
                        self.on_demand = false;
                        self.report(Lane::Idle, None, None);
                        Next::Idle(ready)
                    }
                    Err(error) => self.lane_waits(&error),
                };
            }
            Err(error) => return self.lane_waits(&error),
        };
        let copy_id = delivery.manifest.copy_id;
        let outcome = match self.send(&delivery).await {
            Ok(receipt) => {
                fail::fail_point!(crate::failpoints::BEFORE_DELIVER, |_| Next::Idle(None));
                self.on_store(move |outbox| outbox.deliver(copy_id, &receipt)).await
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => {
                self.backoff.reset();
                self.status.send_modify(|status| {
                    status.delivered += 1;
                    status.last_failure = None;
                });
                Next::GoOn
            }
            Err(error) => self.settle(copy_id, &error).await,
        }
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

    /// What a failed delivery means for the copy and for the lane.
    async fn settle(&mut self, copy_id: Uuid, error: &PortalError) -> Next {
        let failure = Failure::from(error);
        let class = failure.class;
        tracing::warn!(%copy_id, code = failure.code, detail = failure.detail, "a delivery failed");
        let next = match class {
            FailureClass::Transport | FailureClass::Identity => self.lane_waits(error),
            FailureClass::Record => {
                self.status.send_modify(|status| status.last_failure = Some(failure.clone()));
                Next::GoOn
            }
            FailureClass::Integrity => {
                self.report(Lane::Stopped, Some(failure.clone()), None);
                Next::Alarm
            }
        };
        let not_before = match &next {
            Next::Wait { wait, .. } => later(self.clock.now(), *wait),
            _ => self.clock.now(),
        };
        let stored = self
            .on_store(move |outbox| match class {
                FailureClass::Transport | FailureClass::Identity => {
                    outbox.wait(copy_id, not_before, &failure)
                }
                FailureClass::Record | FailureClass::Integrity => outbox.hold(copy_id, &failure),
            })
            .await;
        match stored {
            Ok(()) => next,
            // The stale lease ends by itself; the lane must not spin meanwhile.
            Err(store) => match class {
                FailureClass::Integrity => next,
                _ => self.lane_waits(&store),
            },
        }
    }

    /// The whole lane waits: for the way, or for who stands in it.
    fn lane_waits(&mut self, error: &PortalError) -> Next {
        self.on_demand = false;
        let retry_after = error.retry_after();
        let wait = self.backoff.next(self.random.as_mut(), retry_after);
        let lane = match error.class() {
            FailureClass::Transport => Lane::Offline,
            FailureClass::Identity | FailureClass::Record | FailureClass::Integrity => Lane::Stopped,
        };
        self.report(lane, Some(Failure::from(error)), Some(later(self.clock.now(), wait)));
        Next::Wait { wait, asked_by_warehouse: retry_after.is_some() }
    }

    fn report(&self, lane: Lane, failure: Option<Failure>, next_attempt: Option<Timestamp>) {
        let clock_ahead_s = self.warehouse.clock_ahead_s();
        self.status.send_modify(|status| {
            status.lane = lane;
            status.next_attempt = next_attempt;
            status.clock_ahead_s = clock_ahead_s;
            if failure.is_some() {
                status.last_failure = failure;
            }
        });
    }

    fn until(&self, ready: Option<Timestamp>) -> Duration {
        // The wall clock may be set forward while we sleep: look at least every cap.
        ready
            .map_or(backoff::CAP, |ready| {
                ready.duration_since(self.clock.now()).try_into().unwrap_or_default()
            })
            .clamp(Duration::from_millis(10), backoff::CAP)
    }

    /// The store blocks on the disk, so it is not called on the runtime's own threads.
    async fn on_store<T: Send + 'static>(
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

fn lease_from(now: Timestamp) -> Timestamp {
    now.saturating_add(LEASE).unwrap_or(Timestamp::MAX)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
