//! The line to the warehouse: started with the desk, shown to windows, pushed by people.

use crate::{
    Desk, DeskError,
    api::*,
    outbox::{RegisterOutbox, read_failure},
    time::iso_of,
    unfinished::copy_id,
};
use mocban_portal::{Lane as PortalLane, QueueHandle, QueueRunner, SystemRandom};
use mocban_register::{CopyState, QueueItem};
use std::sync::Arc;

/// Delivered copies that the list still shows.
const DELIVERED_SHOWN: u32 = 100;

impl Desk {
    /// A runner over this desk's outbox; whoever gets it runs it.
    pub(crate) fn runner(
        store: Arc<mocban_register::Store>,
        clock: Arc<dyn mocban_portal::Clock>,
        warehouse: Arc<dyn mocban_portal::Warehouse>,
        desk: String,
        changed: Box<dyn Fn() + Send + Sync>,
    ) -> QueueRunner {
        let outbox = RegisterOutbox { store, clock: clock.clone(), desk, changed };
        QueueRunner::new(Arc::new(outbox), warehouse, clock, Box::new(SystemRandom))
    }

    pub(crate) fn queue_list(&self, _: Empty) -> Result<QueueView, DeskError> {
        let status = self.queue.status().borrow().clone();
        let mut jobs = Vec::new();
        for item in self.store.queue()? {
            jobs.push(self.job_view(&item, &status.lane)?);
        }
        for entry in self.store.delivered(DELIVERED_SHOWN)? {
            let (size, _) = entry.file.unwrap_or_default();
            let states = self.store.states(entry.copy_id)?;
            let at = |wanted| states.iter().find(|(state, _)| *state == wanted).map(|(_, at)| iso_of(*at));
            jobs.push(JobView {
                copy: entry.copy_id.to_string(),
                number: self.number_text(&entry.book, entry.volume, entry.number)?,
                paper: entry.paper,
                state: JobState::Delivered,
                queued_at: at(CopyState::Queued).unwrap_or_default(),
                sent: size,
                size,
                next_try: None,
                problem: None,
                delivered_at: at(CopyState::Stored),
            });
        }
        let problem = status.last_failure.map(|failure| failure.code);
        Ok(QueueView { lane: self.lane(), problem, jobs })
    }

    pub(crate) fn queue_run(&self, _: Empty) -> Result<QueueView, DeskError> {
        self.queue.send_now();
        self.queue_list(Empty {})
    }

    pub(crate) fn queue_retry(&self, request: CopyRef) -> Result<QueueView, DeskError> {
        self.store.retry(copy_id(&request.copy)?, &self.actor(), self.now())?;
        self.queue.send_now();
        self.queue_list(Empty {})
    }

    /// How the line stands.
    pub(crate) fn lane(&self) -> Lane {
        let status = self.queue.status();
        let status = status.borrow();
        match status.lane {
            PortalLane::Idle => Lane::Idle,
            PortalLane::Sending { .. } => Lane::Sending,
            PortalLane::Offline => Lane::Offline,
            // An identity failure is tried again by itself; an integrity alarm is not.
            PortalLane::Stopped if status.next_attempt.is_some() => Lane::Refused,
            PortalLane::Stopped => Lane::Stopped,
        }
    }

    /// The queue in one line.
    pub(crate) fn queue_status(&self) -> Result<QueueStatus, DeskError> {
        let summary = self.store.queue_summary()?;
        let age = summary.oldest.map_or(0, |oldest| self.now().duration_since(oldest).as_secs().max(0));
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(QueueStatus {
            waiting: count(summary.ready + summary.waiting + summary.held),
            held: count(summary.held),
            oldest_seconds: age.unsigned_abs(),
            lane: self.lane(),
        })
    }

    fn job_view(&self, item: &QueueItem, lane: &PortalLane) -> Result<JobView, DeskError> {
        use mocban_register::JobState as Kept;
        let (state, next_try, text) = match &item.state {
            Kept::Ready => (JobState::Ready, None, None),
            Kept::Sending { .. } => (JobState::Sending, None, None),
            Kept::Waiting { not_before, message, .. } => {
                (JobState::Waiting, Some(iso_of(*not_before)), Some(message.as_str()))
            }
            Kept::Held { reason } => (JobState::Held, None, Some(reason.as_str())),
        };
        let sent = match lane {
            PortalLane::Sending { copy_id, sent, .. } if *copy_id == item.copy_id => *sent,
            _ => item.upload.as_ref().map_or(0, |(_, sent)| *sent),
        };
        Ok(JobView {
            copy: item.copy_id.to_string(),
            number: self.number_text(&item.book, 1, item.number)?,
            paper: self.store.entry(item.copy_id)?.map(|entry| entry.paper).unwrap_or_default(),
            state,
            queued_at: iso_of(item.queued_at),
            sent,
            size: item.file_length,
            next_try,
            problem: text.and_then(read_failure).map(|failure| failure.code),
            delivered_at: None,
        })
    }
}

/// Runs the queue until its handle says stop.
pub(crate) fn run_in_background(runner: QueueRunner, runtime: &tokio::runtime::Handle) -> QueueHandle {
    let handle = runner.handle();
    runtime.spawn(runner.run());
    handle
}
