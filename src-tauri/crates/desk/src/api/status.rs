//! What the status strip always shows.

use super::{Lane, SessionView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether the desk makes real copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Practice: made-up office, training token, watermarked copies.
    Training,
    /// A real office.
    Office,
}

/// Result of `app_state`: what does not change while the program runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppState {
    /// Training or a real office.
    pub mode: Mode,
    /// The agency's full name.
    pub office_name: String,
    /// The agency's identifier.
    pub office_id: String,
    /// Version of the program.
    pub version: String,
    /// Training only: the PIN of the training tokens, shown as a hint.
    pub training_pin: Option<String>,
    /// Bounds the window should respect.
    pub limits: Limits,
}

/// Bounds on what a case may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Largest file taken in, bytes.
    #[ts(type = "number")]
    pub file_bytes: u64,
    /// Most pages of one original.
    pub pages: u32,
    /// Most copies of one act.
    pub copies: u32,
}

/// Result of `status`, asked every second and after every event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Who is signed in.
    pub session: SessionView,
    /// The open book.
    pub book: BookStatus,
    /// The upload queue in one line.
    pub queue: QueueStatus,
    /// Complete cases that wait to be signed.
    pub waiting: u32,
    /// Acts that a crash or an unplugged token left half done.
    pub unfinished: u32,
    /// The store's key lies in a file beside the store: a visible warning.
    pub key_in_file: bool,
    /// Now at the desk, ISO 8601 +07:00.
    pub now: String,
    /// Seconds by which the desk's clock is ahead of the warehouse's; `null` until known.
    #[ts(type = "number | null")]
    pub clock_skew_seconds: Option<i64>,
}

/// The certification book in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BookStatus {
    /// Volume text, for example `01/2026-SCTĐT/BS`.
    pub volume: String,
    /// The number the next act gets, as printed.
    pub next_number: String,
}

/// The upload queue in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Copies not yet stored by the warehouse, held ones included.
    pub waiting: u32,
    /// Copies that need a person.
    pub held: u32,
    /// Age of the oldest waiting copy, seconds.
    #[ts(type = "number")]
    pub oldest_seconds: u64,
    /// How the line to the warehouse stands.
    pub lane: Lane,
}
