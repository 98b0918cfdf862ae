//! The store: one encrypted SQLite file with the certification register, its hash tree and the outbox.
//!
//! It is the only room that knows SQL. It is *not* a place for rules of the domain: it gives out numbers, keeps what
//! it is given, and proves that nothing was lost, doubled or changed. It never reads the clock: every time comes in
//! as an argument, is kept to the millisecond, and days are days of Vietnam (+07:00).
//!
//! Invariants kept here: 1 (one unbroken sequence of numbers, NĐ 23/2015 Art 13), 2 (nothing is signed that was not
//! first recorded), 5 (a file of ours is the recorded bytes and then exactly the recorded increments), 7 (entry,
//! file and upload job are one transaction), 8 (nothing is freed without the warehouse's receipt), 9 (the hash tree
//! and its alarms) and 10 (encrypted at rest, purged once delivered).
//!
//! The way in: [`DataFolder::lock`] → [`DataFolder::obtain_key`] → [`Store::open`].

mod acts;
mod alarm;
mod augmentation;
#[cfg(feature = "bench")]
mod bench_fill;
mod books;
mod checkpoint;
mod corrections;
mod drafts;
mod error;
mod failpoint;
mod files;
mod fold;
mod folder;
mod guard;
mod journal;
mod key;
mod keyring;
mod leaf;
mod leaf_row;
pub mod merkle;
mod migrations;
mod outbox;
mod retention;
mod rows;
mod settings;
mod sqlite;
mod store;
mod time;
mod tree;
mod verify;
mod views;

pub use alarm::{Alarm, VerifyDepth, VerifyReport};
pub use augmentation::Augmentation;
pub use checkpoint::{Checkpoint, InclusionProof, Seal, SealKind};
pub use error::RegisterError;
pub use failpoint::FAILPOINTS;
pub use fold::fold;
pub use folder::DataFolder;
pub use journal::{Access, Incident};
pub use key::{KeyPlace, KeyWish, ObtainedKey, StoreKey};
pub use rows::{
    Book, BookKey, CopyState, CorrectionKind, Day, DayTotals, DayView, Draft, Entry, EntryKind, FilePart,
    Increment, Job, JobState, KnownIncrements, Officer, PreparedAct, QueueItem, QueueSummary, Receipt,
    Requester, Unfinished, UnfinishedState, WaitClass,
};
pub use store::{Notice, OpenOptions, Purpose, Store};

/// A SHA-256 digest.
pub type Sha256 = [u8; 32];

/// What a fallible call of this crate gives back.
pub(crate) type Result<T> = std::result::Result<T, RegisterError>;
