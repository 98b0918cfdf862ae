//! The upload queue.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the line to the warehouse stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Lane {
    /// Nothing to send, or between two sends.
    Idle,
    /// A copy is on its way.
    Sending,
    /// The warehouse cannot be reached; tried again by itself.
    Offline,
    /// The warehouse does not accept this desk (key, clock, captive portal).
    Refused,
    /// The warehouse's answers contradict the register: stopped until a person looks.
    Stopped,
}

/// Where one copy is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum JobState {
    /// In the queue.
    Ready,
    /// Being sent.
    Sending,
    /// Waiting for its next try.
    Waiting,
    /// Needs a person.
    Held,
    /// The warehouse's signed receipt is here.
    Delivered,
}

/// Result of `queue_list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The line.
    pub lane: Lane,
    /// Code of the last thing that went wrong with the line, `null` when it works.
    pub problem: Option<String>,
    /// Jobs, undelivered first, then the latest delivered ones (at most 100).
    pub jobs: Vec<JobView>,
}

/// One upload job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// The copy.
    pub copy: String,
    /// Its number as printed.
    pub number: String,
    /// Name of the paper.
    pub paper: String,
    /// State.
    pub state: JobState,
    /// When it was queued, ISO 8601.
    pub queued_at: String,
    /// Bytes the warehouse has.
    #[ts(type = "number")]
    pub sent: u64,
    /// Bytes in all.
    #[ts(type = "number")]
    pub size: u64,
    /// Next try, ISO 8601, while waiting.
    pub next_try: Option<String>,
    /// Code of the last problem.
    pub problem: Option<String>,
    /// When the receipt came, ISO 8601.
    pub delivered_at: Option<String>,
}
