//! Pictures that come in by themselves: from a phone on the office's LAN, from a scan-to-folder machine.
//!
//! ```text
//! phone ─ HTTPS, one-time address ─▶ PhonePage ─┐
//! scanner ─▶ a shared folder ─▶ WatchedFolder ──┴▶ Taker (the desk decodes strictly, saves, or refuses)
//! ```
//!
//! This room moves bytes and knows no picture format: whoever takes them says whether they are a picture. Everything is
//! bounded in size, number and time; nobody else's file is ever deleted.

mod error;
mod folder;
mod phone;

pub use error::IntakeError;
pub use folder::{FILES_MAX, Ledger, Outcome, WatchedFolder};
pub use phone::{Limits, PhonePage, lan_addresses};

/// What became of a picture that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Saved durably: it survives a crash from here on.
    Saved,
    /// The picture ends before its end; a file may still be growing.
    CutOff,
    /// Not a picture that is read, or damaged.
    NotAPicture,
    /// Too many bytes or pixels.
    TooLarge,
    /// No more pages fit into the case.
    NoRoom,
    /// The desk could not save it now.
    Later,
}

/// Takes pictures in. May block; is called on a thread made for that.
pub trait Taker: Send + Sync + 'static {
    /// Takes one file over. `name` is for people, never used to open anything.
    fn take(&self, bytes: Vec<u8>, name: &str) -> Taken;
}
