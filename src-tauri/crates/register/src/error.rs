//! The closed list of what can go wrong with the store, named after what the officer meets.

use std::path::PathBuf;

/// Why the store refused or failed. Whatever the variant, the transaction it happened in left no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    // -- opening
    /// Another running program holds this data folder.
    #[error("the data folder {folder} is in use by another instance")]
    AlreadyOpen {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no store in this folder, and none was to be created.
    #[error("no store in {folder}")]
    StoreNotFound {
        /// The folder.
        folder: PathBuf,
    },
    /// There is a store but its key is neither in the keyring nor beside it. A new key would lose the register.
    #[error("the store's key is missing")]
    KeyMissing,
    /// The store's key is in the system keyring, and the keyring does not answer.
    #[error("the system keyring does not answer: {detail}")]
    KeyringUnavailable {
        /// What the keyring said.
        detail: String,
    },
    /// What stands in the key's place is not a key.
    #[error("the store's key cannot be read: {detail}")]
    KeyUnreadable {
        /// What was wrong with it.
        detail: String,
    },
    /// The key given is not the key of this store.
    #[error("this key does not open this store")]
    WrongKey,
    /// The store's file is damaged. Nothing was written to it.
    #[error("the store is damaged: {detail}")]
    Corrupt {
        /// What SQLite found.
        detail: String,
    },
    /// The store was written by a newer version of the program.
    #[error("the store has schema {found}, this program knows {known}")]
    NewerSchema {
        /// The store's schema number.
        found: u32,
        /// The highest this program knows.
        known: u32,
    },
    /// The store is older than its rollback guard: an old copy was put back.
    #[error("the store is at change {store}, its guard at {guard}: an older copy was put back")]
    RolledBack {
        /// Changes the store has seen.
        store: u64,
        /// Changes the guard has seen.
        guard: u64,
    },
    /// The guard has seen more entries of a book than the store holds, or other ones.
    #[error("the book {origin} no longer holds the {guard_size} entries its guard has seen")]
    Truncated {
        /// The book's origin line.
        origin: String,
        /// Entries the guard has seen.
        guard_size: u64,
        /// Entries the store holds.
        store_size: u64,
    },
    /// The linked SQLite is older than 3.51.3 and can lose committed transactions.
    #[error("SQLite {version} is not safe for this store")]
    UnsafeSqlite {
        /// Its version.
        version: String,
    },
    /// SQLite did not take a setting the store relies on.
    #[error("SQLite refused {pragma}: it answered {answer}")]
    SettingRefused {
        /// The pragma.
        pragma: String,
        /// What reading it back gave.
        answer: String,
    },
    /// The store was opened to look at, not to write.
    #[error("the store is open for inspection only")]
    InspectionOnly,

    // -- the machine
    /// The disk is full. The step was not taken; everything before it is safe.
    #[error("the disk is full")]
    DiskFull,
    /// A file or folder could not be read or written.
    #[error("cannot use {path}: {detail}")]
    FolderUnusable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// Another connection kept the store busy beyond the timeout.
    #[error("the store is busy")]
    Busy,
    /// Anything else SQLite reports.
    #[error("SQLite error {code}: {detail}")]
    Database {
        /// The extended result code.
        code: i32,
        /// SQLite's message.
        detail: String,
    },
    /// A row cannot be what this program wrote.
    #[error("a row of {table} cannot be read: {detail}")]
    UnreadableRow {
        /// Its table.
        table: &'static str,
        /// Why.
        detail: String,
    },
    /// The system gave no random bytes.
    #[error("no random bytes from the system")]
    NoRandomness,

    // -- books and numbers
    /// An argument is empty, too long or malformed.
    #[error("{what} is not acceptable")]
    InvalidInput {
        /// Which.
        what: &'static str,
    },
    /// No such book is open.
    #[error("the book {origin} was never opened")]
    BookNotOpen {
        /// The book's origin line.
        origin: String,
    },
    /// The book has been opened before, with other particulars.
    #[error("the book {origin} is already open")]
    BookAlreadyOpen {
        /// The book's origin line.
        origin: String,
    },
    /// The book is closed for the year ("khóa sổ").
    #[error("the book {origin} is closed")]
    BookClosed {
        /// The book's origin line.
        origin: String,
    },
    /// The book still has reserved numbers that are neither act nor void.
    #[error("the book {origin} has {open} open numbers")]
    NumbersStillOpen {
        /// The book's origin line.
        origin: String,
        /// How many.
        open: u64,
    },
    /// The copy holds a number of another book.
    #[error("the copy already has number {number} of another book")]
    NumberInOtherBook {
        /// That number.
        number: u32,
    },

    // -- steps of an act
    /// No such copy.
    #[error("unknown copy")]
    UnknownCopy,
    /// No such number in the book.
    #[error("unknown number {number}")]
    UnknownNumber {
        /// Which.
        number: u32,
    },
    /// The step was taken before, with other content. A recorded step is never changed; void the number instead.
    #[error("the step {step} is already recorded with other content")]
    AlreadyRecorded {
        /// `prepared`, `signed` or `sealed`.
        step: &'static str,
    },
    /// Nothing may be signed before the unsigned file is recorded.
    #[error("the copy was not prepared")]
    NotPrepared,
    /// The agency seals only what the performer has signed.
    #[error("the copy was not signed by the performer")]
    NotSigned,
    /// The number is void.
    #[error("number {number} is void")]
    NumberVoid {
        /// Which.
        number: u32,
    },
    /// The number is a finished act and can no longer be voided; revoke the act instead.
    #[error("number {number} is a finished act")]
    NumberFinished {
        /// Which.
        number: u32,
    },
    /// The bytes are not those of the recorded digest.
    #[error("the bytes of {part} are not the recorded ones")]
    FileAltered {
        /// Which part.
        part: &'static str,
    },
    /// The bytes were purged after delivery.
    #[error("the file was purged")]
    FilePurged,
    /// The copy has no file yet.
    #[error("the copy is not sealed")]
    NotSealed,
    /// Nothing was appended to the sealed copy.
    #[error("nothing was appended to the copy")]
    NotAugmented,

    // -- queue
    /// The job is not in a state for this.
    #[error("the job is {state}")]
    JobNotReady {
        /// Its state.
        state: &'static str,
    },
    /// The receipt speaks of another file. Nothing was freed.
    #[error("the receipt is not for this file")]
    ReceiptMismatch,
    /// Only a delivered or voided copy may be purged.
    #[error("no receipt: nothing is freed")]
    NoReceipt,

    // -- tree
    /// No such entry or tree size.
    #[error("the tree has no entry {index} at size {size}")]
    OutsideTree {
        /// Entry index, from 0.
        index: u64,
        /// Tree size.
        size: u64,
    },
    /// A checkpoint does not fit the register.
    #[error("the checkpoint does not fit the register")]
    CheckpointMismatch,
}

impl From<rusqlite::Error> for RegisterError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase};
        match &error {
            rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
                DiskFull => Self::DiskFull,
                // The index of the log could not grow: the same full disk, met in another file.
                _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
                DatabaseCorrupt | NotADatabase => Self::Corrupt { detail: error.to_string() },
                DatabaseBusy | DatabaseLocked => Self::Busy,
                _ => Self::Database {
                    code: failure.extended_code,
                    detail: message.clone().unwrap_or_else(|| error.to_string()),
                },
            },
            _ => Self::Database { code: 0, detail: error.to_string() },
        }
    }
}

impl RegisterError {
    /// An error of the file system about `path`.
    pub(crate) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        if matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) {
            return Self::DiskFull;
        }
        Self::FolderUnusable { path: path.to_owned(), detail: error.to_string() }
    }
}
