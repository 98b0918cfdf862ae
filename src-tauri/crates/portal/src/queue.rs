//! The queue runner: one lane from the outbox to the warehouse, on which a few copies follow one another closely.
//!
//! A lane that has just started, or has just failed, sends one copy to see whether the way is open; while copies arrive,
//! others are under way beside it ([`IN_FLIGHT`]).
//!
//! It classifies failures and does not count them ([`FailureClass`]): the way is retried for ever, a refused copy is
//! put aside and the others go on, a sign-in trouble stops the lane without blaming a copy, and evidence that cannot be
//! true stops everything until a person has looked. The runner never gives up and never frees anything; the one thing
//! that ends a delivery is a verified receipt (invariant 8).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use crate::backoff::{self, Backoff};
use crate::courier::{Courier, lease_from};
use crate::error::{Failure, FailureClass, PortalError};
use crate::outbox::{Outbox, StoreError};
use crate::ports::{Clock, Random};
use crate::warehouse::Warehouse;

/// Deliveries under way at one time on a lane that is open: one on the line, one being read, the others being
/// registered.
const IN_FLIGHT: usize = 4;

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

    /// Ends the runner after the copies in flight, or at once while it waits.
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
    courier: Arc<Courier>,
    in_flight: JoinSet<(Uuid, Result<(), PortalError>)>,
    /// What was reported last of the lane itself, not of a copy's progress.
    reported: (Lane, Option<Timestamp>),
    /// The last delivery arrived: others may follow it closely.
    open: bool,
    random: Box<dyn Random>,
    backoff: Backoff,
    /// Somebody asked to send now: copies that wait for a later time are taken too, until the way is closed again.
    on_demand: bool,
    handle: QueueHandle,
}

/// What to do after a step.
#[derive(Clone)]
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
        let courier = Courier { outbox, warehouse, clock, status, line: Semaphore::new(1) };
        Self {
            courier: Arc::new(courier),
            in_flight: JoinSet::new(),
            reported: (Lane::Idle, None),
            open: false,
            random,
            backoff: Backoff::default(),
            on_demand: false,
            handle,
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
                    // A stop asked for while copies were in flight is heard here.
                    tokio::select! {
                        biased;
                        () = handle.stop.notified() => {
                            self.land(Next::GoOn).await;
                            return;
                        }
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
        let status = self.courier.status.borrow();
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

    /// Takes up what is ready and waits for the first delivery to end. A lane that stops has nothing under way.
    async fn step(&mut self) -> Next {
        let next = match self.take_up().await {
            Ok(()) => match self.in_flight.join_next().await {
                Some(ended) => self.ended(ended, None).await,
                None => self.idle().await,
            },
            Err(stop) => stop,
        };
        if matches!(next, Next::GoOn) { next } else { self.land(next).await }
    }

    /// Takes deliveries from the outbox while there is room.
    async fn take_up(&mut self) -> Result<(), Next> {
        let room = if self.open { IN_FLIGHT } else { 1 };
        while self.in_flight.len() < room {
            match self.on_store(|outbox| outbox.alarm()).await {
                Ok(None) => {}
                Ok(Some(failure)) => {
                    self.report(Lane::Stopped, Some(failure), None);
                    return Err(Next::Alarm);
                }
                Err(error) => return Err(self.lane_waits(&error)),
            }
            let now = self.courier.clock.now();
            let ready_by = if self.on_demand { Timestamp::MAX } else { now };
            match self.on_store(move |outbox| outbox.begin(ready_by, lease_from(now))).await {
                Ok(Some(delivery)) => {
                    let courier = self.courier.clone();
                    self.in_flight
                        .spawn(async move { (delivery.manifest.copy_id, courier.deliver(&delivery).await) });
                }
                Ok(None) => return Ok(()),
                Err(error) => return Err(self.lane_waits(&error)),
            }
        }
        Ok(())
    }

    /// Nothing is ready and nothing under way.
    async fn idle(&mut self) -> Next {
        match self.on_store(|outbox| outbox.next_ready()).await {
            Ok(ready) => {
                self.on_demand = false;
                self.report(Lane::Idle, None, None);
                Next::Idle(ready)
            }
            Err(error) => self.lane_waits(&error),
        }
    }

    /// Waits for everything under way, which does not change what stopped the lane but for the worse.
    async fn land(&mut self, stopped: Next) -> Next {
        while let Some(ended) = self.in_flight.join_next().await {
            if let Next::Alarm = self.ended(ended, Some(&stopped)).await {
                return Box::pin(self.land(Next::Alarm)).await;
            }
        }
        // Those under way have shown their own progress meanwhile.
        let (lane, next_attempt) = self.reported.clone();
        self.courier.status.send_modify(|status| (status.lane, status.next_attempt) = (lane, next_attempt));
        stopped
    }

    /// One delivery has ended, on a lane that perhaps was `stopped` by another.
    async fn ended(
        &mut self,
        ended: Result<(Uuid, Result<(), PortalError>), JoinError>,
        stopped: Option<&Next>,
    ) -> Next {
        match ended {
            Ok((_, Ok(()))) => {
                if stopped.is_none() {
                    self.open = true;
                    self.backoff.reset();
                }
                self.courier.status.send_modify(|status| {
                    status.delivered += 1;
                    if stopped.is_none() {
                        status.last_failure = None;
                    }
                });
                Next::GoOn
            }
            Ok((copy_id, Err(error))) => self.settle(copy_id, &error, stopped).await,
            // Its lease ends by itself.
            Err(panicked) => self.lane_waits(&PortalError::StorageFailed { detail: panicked.to_string() }),
        }
    }

    /// What a failed delivery means for the copy and for the lane.
    async fn settle(&mut self, copy_id: Uuid, error: &PortalError, stopped: Option<&Next>) -> Next {
        let failure = Failure::from(error);
        let class = failure.class;
        tracing::warn!(%copy_id, code = failure.code, detail = failure.detail, "a delivery failed");
        let next = match class {
            // Stopped by one before it: one way, one wait.
            FailureClass::Transport | FailureClass::Identity => match stopped {
                Some(stopped) => stopped.clone(),
                None => self.lane_waits(error),
            },
            FailureClass::Record => {
                self.courier.status.send_modify(|status| status.last_failure = Some(failure.clone()));
                Next::GoOn
            }
            FailureClass::Integrity => {
                self.open = false;
                self.report(Lane::Stopped, Some(failure.clone()), None);
                Next::Alarm
            }
        };
        let not_before = match &next {
            Next::Wait { wait, .. } => later(self.courier.clock.now(), *wait),
            _ => self.courier.clock.now(),
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
        (self.on_demand, self.open) = (false, false);
        let retry_after = error.retry_after();
        let wait = self.backoff.next(self.random.as_mut(), retry_after);
        let lane = match error.class() {
            FailureClass::Transport => Lane::Offline,
            FailureClass::Identity | FailureClass::Record | FailureClass::Integrity => Lane::Stopped,
        };
        self.report(lane, Some(Failure::from(error)), Some(later(self.courier.clock.now(), wait)));
        Next::Wait { wait, asked_by_warehouse: retry_after.is_some() }
    }

    fn report(&mut self, lane: Lane, failure: Option<Failure>, next_attempt: Option<Timestamp>) {
        self.reported = (lane.clone(), next_attempt);
        let clock_ahead_s = self.courier.warehouse.clock_ahead_s();
        self.courier.status.send_modify(|status| {
            status.lane = lane;
            status.next_attempt = next_attempt;
            status.clock_ahead_s = clock_ahead_s;
            if failure.is_some() {
                status.last_failure = failure;
            }
        });
    }

    async fn on_store<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Outbox) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, PortalError> {
        self.courier.on_store(call).await
    }

    fn until(&self, ready: Option<Timestamp>) -> Duration {
        // The wall clock may be set forward while we sleep: look at least every cap.
        ready
            .map_or(backoff::CAP, |ready| {
                ready.duration_since(self.courier.clock.now()).try_into().unwrap_or_default()
            })
            .clamp(Duration::from_millis(10), backoff::CAP)
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
