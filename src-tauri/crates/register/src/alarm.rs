//! What [`Store::verify`](crate::Store::verify) can find: each kind of damage has its own alarm.

use crate::{Checkpoint, Day, FilePart};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyDepth {
    /// Entries, tree, numbers, jobs, receipts, guard: seconds for a million entries.
    Register,
    /// The same, and every page of the store, every stored file and every receipt's text.
    Everything,
}

/// What was verified and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Every book's checkpoint, as its stored tree gives it.
    pub books: Vec<Checkpoint>,
    /// Entries recomputed.
    pub entries: u64,
    /// Files compared with their digests; 0 unless [`VerifyDepth::Everything`].
    pub files: u64,
    /// What is wrong, at most [`VerifyReport::MAX_ALARMS`]; empty when all is well.
    pub alarms: Vec<Alarm>,
}

impl VerifyReport {
    /// No more alarms than this are listed.
    pub const MAX_ALARMS: usize = 1_000;

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.alarms.is_empty()
    }

    pub(crate) fn raise(&mut self, alarm: Alarm) {
        if self.alarms.len() < Self::MAX_ALARMS {
            self.alarms.push(alarm);
        }
    }
}

/// One kind of damage. `origin` names the book, `seq` the entry's place in its tree (from 0).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alarm {
    /// The file itself is damaged.
    StoreDamaged {
        /// What SQLite found.
        detail: String,
    },
    /// The tables or their guards against change are not those of this program.
    SchemaAltered {
        /// The table, index or trigger.
        name: String,
    },
    /// An older copy of the store was put back.
    RolledBack {
        /// Changes the store has seen.
        store: u64,
        /// Changes the guard has seen.
        guard: u64,
    },
    /// Entries that the guard has seen are gone from the end, or others stand in their place.
    Truncated {
        /// The book.
        origin: String,
        /// Entries the guard has seen.
        guard_size: u64,
        /// Entries the store holds.
        store_size: u64,
    },
    /// The rollback guard is missing or damaged.
    GuardMissing,
    /// An entry, or a row it rests on, was edited.
    LeafMismatch {
        /// The book.
        origin: String,
        /// The entry.
        seq: u64,
    },
    /// An entry was put in that the tree does not know.
    EntryInserted {
        /// The book.
        origin: String,
        /// Where it stands.
        seq: u64,
    },
    /// An entry that the tree knows is gone.
    EntryMissing {
        /// The book.
        origin: String,
        /// Where it stood.
        seq: u64,
    },
    /// Two entries have changed places.
    EntriesSwapped {
        /// The book.
        origin: String,
        /// One.
        first: u64,
        /// The other.
        second: u64,
    },
    /// A hash of the tree is missing or does not follow from those below it.
    NodeMismatch {
        /// The book.
        origin: String,
        /// Its level, 0 for leaves.
        level: u32,
        /// Its index in the level.
        index: u64,
    },
    /// A sealed checkpoint is not one of this tree.
    SealMismatch {
        /// The book.
        origin: String,
        /// The day it sealed.
        day: Day,
    },
    /// A number of the sequence was never given out.
    NumberMissing {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// A number was given out twice.
    NumberTwice {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// A number is neither an act, nor void, nor under way.
    NumberUnaccounted {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// The requester's data are not those of the entry.
    PersonalDataAltered {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// Stored bytes do not have their recorded digest.
    BlobAltered {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
        /// Which stretch of the file.
        part: FilePart,
    },
    /// Stored bytes are gone without a recorded purge.
    BlobMissing {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
        /// Which stretch of the file.
        part: FilePart,
    },
    /// A sealed copy has no upload job.
    EntryWithoutJob {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// An upload job left the queue without a receipt, or is queued in spite of one.
    JobMisplaced {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
    /// The receipt acknowledges another file, or its text was edited.
    ReceiptMismatch {
        /// The book.
        origin: String,
        /// The number.
        number: u32,
    },
}
