//! The contract between the desk and every window onto it: requests, results, events. Plain data, no behaviour.
//!
//! TypeScript types are generated from here into `ui/src/backend/bindings.ts`; a test fails when that file is stale.
//! Times are ISO 8601 with offset +07:00, dates are `yyyy-MM-dd`, money is đồng, lengths are millimetres, pictures
//! have their origin top left and are measured in pixels of the upright picture (EXIF orientation applied).

mod case;
mod device;
mod queue;
mod register;
mod session;
mod status;
mod verify;

pub use case::*;
pub use device::*;
pub use queue::*;
pub use register::*;
pub use session::*;
pub use status::*;
pub use verify::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A request that needs no words, or a result that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Empty {}

/// Something happened that a window may want to show. Carries no data of citizens: the window asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "topic", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeskEvent {
    /// Token, book, queue or clock changed: ask `status`.
    Status,
    /// A token was plugged in or pulled out: ask `tokens_list`.
    Tokens,
    /// The case on the counter changed: ask `case_get`.
    Case,
    /// The cases that wait to be signed changed: ask `cases_waiting`.
    Waiting,
    /// The register has a new entry: ask `register_day`.
    Register,
    /// The queue moved: ask `queue_list`.
    Queue,
    /// A camera was plugged in or out: ask `cameras_list`.
    Devices,
    /// Signing went one step on.
    Signing {
        /// The step now under way.
        step: SigningStep,
    },
}

/// The steps of F9, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SigningStep {
    /// The number is being reserved in the book.
    Number,
    /// The PDF is being built with the statement in it.
    Build,
    /// The performer's token signs.
    Performer,
    /// The agency's token seals.
    Agency,
    /// Register entry, file and upload job are being committed.
    Commit,
}
