//! The plain data that goes in and comes out: no behaviour, no SQL.

use crate::Sha256;
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// A day in Vietnam.
pub type Day = Date;

/// One book: one sequence of numbers and one hash tree (NĐ 23/2015 Art 13).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookKey {
    /// Code of the office that keeps it; no spaces, no `/`.
    pub office: String,
    /// Kind of book, e.g. `SCTĐT/BS`; no spaces.
    pub symbol: String,
    /// Year of certification.
    pub year: u16,
}

impl BookKey {
    /// The name of the book's tree: the first line of its checkpoints.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("mocban/{}/{}/{}", self.office, self.symbol, self.year)
    }
}

/// A book as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Which.
    pub key: BookKey,
    /// The volume ("quyển số") that new numbers go into.
    pub volume: u32,
    /// The first number, 1 unless the sequence was begun on paper.
    pub first_number: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed ("khóa sổ"), if it was.
    pub closed_at: Option<Timestamp>,
    /// The number that the next reservation gets.
    pub next_number: u32,
    /// Entries in it, voids and later notes included.
    pub entries: u64,
}

/// Who asked for the certification. Only `name` is a column of the book; the rest is erased by a purge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requester {
    /// Full name.
    pub name: String,
    /// Number of the identity paper, or empty.
    pub id_number: String,
    /// Address, or empty.
    pub address: String,
    /// Telephone or e-mail, or empty.
    pub contact: String,
}

/// Who signs the certification ("người ký chứng thực").
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Officer {
    /// Full name.
    pub name: String,
    /// Title, e.g. "Phó Chủ tịch".
    pub title: String,
}

/// All data of the act, recorded with the unsigned file before any token is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedAct {
    /// Who asks (personal data).
    pub requester: Requester,
    /// Name of the original ("tên của bản chính giấy tờ, văn bản").
    pub paper: String,
    /// Pages of the original, the base of the fee (TT 226/2016 Art 4).
    pub pages: u32,
    /// Copies certified under this number (NĐ 23/2015 Art 20(3)).
    pub copies: u32,
    /// Fee in đồng.
    pub fee: u64,
    /// Who signs.
    pub signer: Officer,
    /// The date in the statement.
    pub statement_date: Day,
    /// The moment of certification.
    pub certified_at: Timestamp,
    /// Column 8, "Ghi chú", or empty.
    pub note: String,
    /// Anything else worth keeping for ever, as JSON without personal data, or empty.
    pub details: String,
    /// Digest of the unsigned file, as the caller computed it.
    pub unsigned_sha256: Sha256,
}

/// What a signature appended to the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increment {
    /// The appended bytes, nothing before them.
    pub bytes: Vec<u8>,
    /// SHA-256 of the signer's certificate (DER).
    pub certificate: Sha256,
}

/// The upload job of a sealed copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Idempotency key, the same for every attempt, for ever.
    pub key: Uuid,
    /// What the queue runner needs, as JSON.
    pub payload: String,
}

/// Which stretch of a file: three make the sealed one, the fourth may follow later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePart {
    /// The file before any signature.
    Unsigned,
    /// What the performer's signature appended.
    Performer,
    /// What the agency's signature appended.
    Agency,
    /// Timestamps and validation data that were appended later.
    Augmentation,
}

impl FilePart {
    /// The sealed file.
    pub(crate) const SEALED: [Self; 3] = [Self::Unsigned, Self::Performer, Self::Agency];
    pub(crate) const ALL: [Self; 4] = [Self::Unsigned, Self::Performer, Self::Agency, Self::Augmentation];

    pub(crate) fn row(self, act: i64) -> i64 {
        act * 4 + self as i64
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "the unsigned file",
            Self::Performer => "the performer's increment",
            Self::Agency => "the agency's increment",
            Self::Augmentation => "the increment added later",
        }
    }
}

/// Where a copy stands (design: drafting → … → delivered; `Cancelled` from anywhere).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CopyState {
    /// Captured, not certified; it has no number, or only a number.
    Drafting,
    /// The unsigned file is recorded.
    Prepared,
    /// The performer has signed.
    Signed,
    /// The agency has signed; the entry is in the book.
    Sealed,
    /// Waiting for, or on the way to, the warehouse.
    Queued,
    /// The warehouse gave its receipt.
    Stored,
    /// It is in the citizen's data store.
    Delivered,
    /// Its number is void, or the act was revoked.
    Cancelled,
}

/// How far an act got that is neither entered nor void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfinishedState {
    /// A number, nothing else: prepare, or void.
    Reserved,
    /// Recorded: ask the token, or void.
    Prepared,
    /// Signed by the performer: seal, or void.
    Signed,
}

/// A number that is neither act nor void yet. Its bytes: [`Store::file_part`](crate::Store::file_part).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its copy.
    pub copy_id: Uuid,
    /// Its book.
    pub book: BookKey,
    /// The volume the number was taken in.
    pub volume: u32,
    /// Its number.
    pub number: u32,
    /// The desk that reserved it.
    pub desk: String,
    /// When.
    pub reserved_at: Timestamp,
    /// How far it got.
    pub state: UnfinishedState,
}

/// What kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A certification.
    Act,
    /// "Hủy": a number that was taken and not used.
    Void,
    /// A note on an earlier entry.
    Note,
    /// The legal value of a copy was revoked (TT 01/2020 Art 7).
    Revocation,
}

impl EntryKind {
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Act => 1,
            Self::Void => 2,
            Self::Note => 3,
            Self::Revocation => 4,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Void => "void",
            Self::Note => "note",
            Self::Revocation => "revocation",
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        [Self::Act, Self::Void, Self::Note, Self::Revocation].into_iter().find(|kind| kind.code() == code)
    }
}

/// A later entry about an earlier one; nothing written is ever changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionKind {
    /// A note ("đính chính").
    Note,
    /// Revocation of the copy's legal value (TT 01/2020 Art 7).
    Revocation,
}

/// One line of the book, with the legal columns (NĐ 23/2015, form of the book).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its copy.
    pub copy_id: Uuid,
    /// Its book.
    pub book: BookKey,
    /// Volume of the number ("quyển số").
    pub volume: u32,
    /// Column 1: the number ("số thứ tự/ số chứng thực").
    pub number: u32,
    /// Index in the book's tree, from 0.
    pub seq: u64,
    /// What it is.
    pub kind: EntryKind,
    /// Column 2: date of the certification (or of the void, or note).
    pub date: Day,
    /// When it was entered.
    pub at: Timestamp,
    /// Column 3: name of the requester; empty for a number voided before it was prepared.
    pub requester: String,
    /// Column 4: name of the original.
    pub paper: String,
    /// Column 5: who signed.
    pub signer: Officer,
    /// Column 6: copies certified.
    pub copies: u32,
    /// Column 7: fee in đồng.
    pub fee: u64,
    /// Column 8: note; for a void, note or revocation its reason.
    pub note: String,
    /// Pages of the original.
    pub pages: u32,
    /// Who entered it: for an act the desk, else the officer.
    pub author: String,
    /// Length in bytes and digest of the sealed file; acts only.
    pub file: Option<(u64, Sha256)>,
    /// Where the copy stands.
    pub state: CopyState,
}

/// Sums of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayTotals {
    /// Certifications ("việc").
    pub acts: u64,
    /// Voids.
    pub voids: u64,
    /// Notes and revocations.
    pub corrections: u64,
    /// Copies ("bản"), the unit of TT 03/2019 statistics.
    pub copies: u64,
    /// Fees in đồng.
    pub fees: u64,
}

/// The book on one day, in the order of entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayView {
    /// Which day.
    pub day: Day,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Their sums.
    pub totals: DayTotals,
}

/// What the register knows of a file of ours: these bytes, then exactly these increments (invariant 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIncrements {
    /// Length of the unsigned file in bytes.
    pub unsigned_length: u64,
    /// Its digest.
    pub unsigned_sha256: Sha256,
    /// Length and digest of each increment of the sealed file, in order.
    pub increments: Vec<(u64, Sha256)>,
    /// Length and digest of what was appended to it later, if anything: the file is ours with it and without.
    pub later: Option<(u64, Sha256)>,
}

/// Why the queue waits (a class, not a count: nothing is given up by a machine).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitClass {
    /// No route, time-out, 5xx, 408, 425, 429: the whole lane waits.
    Transport,
    /// 401, 403, clock skew, captive portal, wrong TLS name: the lane stops with one message.
    Identity,
}

impl WaitClass {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Identity => "identity",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Transport, Self::Identity].into_iter().find(|class| class.name() == name)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// May start now.
    Ready,
    /// Under way; if nothing is heard until then, it counts as interrupted.
    Sending {
        /// End of the lease.
        lease_until: Timestamp,
    },
    /// Tries again by itself.
    Waiting {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        class: WaitClass,
        /// What was seen, for the log and the screen.
        message: String,
    },
    /// The warehouse refused this record: a person must look.
    Held {
        /// What the warehouse said.
        reason: String,
    },
}

/// An undelivered job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// Its copy.
    pub copy_id: Uuid,
    /// The copy's book.
    pub book: BookKey,
    /// The copy's number.
    pub number: u32,
    /// The job as it was committed.
    pub job: Job,
    /// Digest of the whole sealed file.
    pub file_sha256: Sha256,
    /// Length of the whole sealed file in bytes.
    pub file_length: u64,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it came into its state.
    pub since: Timestamp,
    /// Its state.
    pub state: JobState,
    /// How many times it was begun.
    pub attempts: u32,
    /// Where the upload is resumed, if it was begun: address and bytes the warehouse has acknowledged.
    pub upload: Option<(String, u64)>,
}

/// The queue at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueSummary {
    /// Jobs ready or under way.
    pub ready: u64,
    /// Jobs that wait for a time.
    pub waiting: u64,
    /// Jobs that wait for a person.
    pub held: u64,
    /// When the oldest undelivered one was queued.
    pub oldest: Option<Timestamp>,
}

/// The warehouse's receipt for a stored copy. Its signature is checked before it comes here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Verbatim, as received.
    pub json: String,
    /// Digest of the file it acknowledges.
    pub file_sha256: Sha256,
}

/// Work in progress that survives a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its copy.
    pub copy_id: Uuid,
    /// The form as the desk saved it, JSON.
    pub json: String,
    /// Digests of the attached originals, in the order of attachment.
    pub attachments: Vec<Sha256>,
    /// When it was last saved.
    pub saved_at: Timestamp,
}
