//! The register's book as the sequencer sees it: this desk holds the book, so a number is a local transaction.

use crate::{Desk, DeskError, faults};
use jiff::{Timestamp, civil::Date};
use mocban_certification::{BookId, CertificationNumber};
use mocban_register::{BookKey, CopyState, EntryKind, RegisterError, Store, UnfinishedState};
use mocban_sequencer::{
    BookState, BookStore, LocalSequencer, Outcome, Purpose, Row, StoreFailure, VoidReason, Written,
};
use std::{num::NonZeroU16, sync::Arc};
use uuid::Uuid;

/// The register as durable book. Times are those of the calls: the clock comes with it.
pub(crate) struct RegisterBook {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn mocban_portal::Clock>,
    /// Symbol of the book in the register, for its tree's name.
    pub(crate) symbol: String,
    pub(crate) desk: String,
}

impl RegisterBook {
    fn key(&self, book: &BookId) -> BookKey {
        BookKey {
            office: book.office.to_string(),
            symbol: self.symbol.clone(),
            year: u16::try_from(book.year).unwrap_or_default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The row of a number, from what the register knows of its copy.
    fn row_of(
        &self,
        number: CertificationNumber,
        copy: Uuid,
        desk: String,
    ) -> Result<Option<Row>, StoreFailure> {
        let purpose = Purpose::new(&copy.to_string(), &desk).map_err(failure)?;
        let entry = self.store.entry(copy).map_err(failure)?;
        let outcome = match entry {
            Some(entry) if entry.kind == EntryKind::Void => {
                Outcome::Voided(VoidReason::new(&entry.note).map_err(failure)?)
            }
            Some(_) => Outcome::Used,
            None => Outcome::Reserved { unsigned_sha256: self.unsigned_sha256(copy)? },
        };
        Ok(Some(Row { number, purpose, outcome }))
    }

    fn unsigned_sha256(&self, copy: Uuid) -> Result<Option<[u8; 32]>, StoreFailure> {
        match self.store.known_increments(copy) {
            Ok(known) => Ok(Some(known.unsigned_sha256)),
            Err(RegisterError::NotPrepared) => Ok(None),
            Err(fault) => Err(failure(fault)),
        }
    }

    fn open_rows(
        &self,
        wanted: impl Fn(&mocban_register::Unfinished) -> bool,
    ) -> Result<Vec<Row>, StoreFailure> {
        let open = self.store.unfinished().map_err(failure)?;
        open.into_iter()
            .filter(wanted)
            .map(|act| {
                let book = BookId {
                    office: act.book.office.clone().try_into().map_err(failure)?,
                    kind: crate::profile::ACT.book(),
                    year: i16::try_from(act.book.year).unwrap_or_default(),
                };
                let volume = u16::try_from(act.volume).unwrap_or(1);
                let number = CertificationNumber::new(book, act.number, volume).map_err(failure)?;
                let outcome = Outcome::Reserved {
                    unsigned_sha256: match act.state {
                        UnfinishedState::Reserved => None,
                        UnfinishedState::Prepared | UnfinishedState::Signed => {
                            self.unsigned_sha256(act.copy_id)?
                        }
                    },
                };
                let purpose = Purpose::new(&act.copy_id.to_string(), &act.desk).map_err(failure)?;
                Ok(Row { number, purpose, outcome })
            })
            .collect()
    }
}

fn failure(fault: impl std::error::Error + Send + Sync + 'static) -> StoreFailure {
    StoreFailure::new(fault)
}

fn copy_of(purpose: &Purpose) -> Result<Uuid, StoreFailure> {
    purpose.copy().parse().map_err(failure)
}

impl BookStore for RegisterBook {
    fn book(&self, book: &BookId) -> Result<Option<BookState>, StoreFailure> {
        let key = self.key(book);
        let books = self.store.books().map_err(failure)?;
        Ok(books.into_iter().find(|known| known.key == key).map(|known| BookState {
            last: known.next_number.saturating_sub(1),
            volume: u16::try_from(known.volume).ok().and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN),
            closed: known.closed_at.is_some(),
        }))
    }

    fn reserve(&self, number: &CertificationNumber, purpose: &Purpose) -> Result<Written, StoreFailure> {
        let (key, copy) = (self.key(&number.book), copy_of(purpose)?);
        if self.store.next_number(&key).map_err(failure)? != number.sequence.get() {
            return Ok(Written::Refused);
        }
        // Should another thread have taken the number since, the register gives this copy the one after: the sequencer
        // asks for the copy's row next and finds it.
        let given = self.store.reserve(&key, copy, purpose.desk(), self.now()).map_err(failure)?;
        Ok(if given == number.sequence.get() { Written::Done } else { Written::Refused })
    }

    fn void(
        &self,
        number: &CertificationNumber,
        _purpose: &Purpose,
        reason: &VoidReason,
    ) -> Result<Written, StoreFailure> {
        let key = self.key(&number.book);
        match self.store.void(&key, number.sequence.get(), reason.as_str(), &self.desk, self.now()) {
            Ok(_) => Ok(Written::Done),
            Err(RegisterError::NumberFinished { .. } | RegisterError::UnknownNumber { .. }) => {
                Ok(Written::Refused)
            }
            Err(fault) => Err(failure(fault)),
        }
    }

    fn mark_used(&self, _: &CertificationNumber, _: &Purpose) -> Result<Written, StoreFailure> {
        // The use is written by `commit_sealed`, in one transaction with entry, file and job (invariant 7).
        Ok(Written::Refused)
    }

    fn row(&self, number: &CertificationNumber) -> Result<Option<Row>, StoreFailure> {
        let key = self.key(&number.book);
        match self.store.entry_of_number(&key, number.sequence.get()) {
            Ok(Some(entry)) => self.row_of(number.clone(), entry.copy_id, self.desk.clone()),
            Ok(None) => {
                Ok(self.open_rows(|act| act.book == key && act.number == number.sequence.get())?.pop())
            }
            Err(RegisterError::UnknownNumber { .. } | RegisterError::BookNotOpen { .. }) => Ok(None),
            Err(fault) => Err(failure(fault)),
        }
    }

    fn row_of_copy(&self, copy: &str) -> Result<Option<Row>, StoreFailure> {
        let copy: Uuid = copy.parse().map_err(failure)?;
        if let Some(open) = self.open_rows(|act| act.copy_id == copy)?.pop() {
            return Ok(Some(open));
        }
        match self.store.states(copy) {
            Err(RegisterError::UnknownCopy) => return Ok(None),
            Err(fault) => return Err(failure(fault)),
            // A draft has no number, and a void one no longer counts.
            Ok(states)
                if matches!(states.last(), None | Some((CopyState::Drafting | CopyState::Cancelled, _))) =>
            {
                return Ok(None);
            }
            Ok(_) => {}
        }
        let Some(entry) = self.store.entry(copy).map_err(failure)? else { return Ok(None) };
        let book = BookId {
            office: entry.book.office.clone().try_into().map_err(failure)?,
            kind: crate::profile::ACT.book(),
            year: i16::try_from(entry.book.year).unwrap_or_default(),
        };
        let volume = u16::try_from(entry.volume).unwrap_or(1);
        let number = CertificationNumber::new(book, entry.number, volume).map_err(failure)?;
        self.row_of(number, copy, self.desk.clone())
    }

    fn open_reservations(&self, book: &BookId) -> Result<Vec<Row>, StoreFailure> {
        let key = self.key(book);
        self.open_rows(|act| act.book == key)
    }
}

impl Desk {
    /// The book in which this desk numbers, opened if the year is new.
    pub(crate) fn todays_book(&self, today: Date) -> Result<(BookId, BookKey), DeskError> {
        let book = self.profile.book(today);
        let key = self.sequencer_store().key(&book);
        let known = self.store.books()?.into_iter().any(|known| known.key == key);
        if !known {
            self.store.open_book(&key, 1, 1, self.now())?;
        }
        Ok((book, key))
    }

    /// The number that the next act gets, if nobody takes it before.
    pub(crate) fn next_number(&self, today: Date) -> Result<CertificationNumber, DeskError> {
        let (book, key) = self.todays_book(today)?;
        let next = self.store.next_number(&key)?;
        let volume =
            self.store.books()?.into_iter().find(|known| known.key == key).map_or(1, |known| known.volume);
        CertificationNumber::new(book, next, u16::try_from(volume).unwrap_or(1)).map_err(crate::counter::law)
    }

    /// The register as the sequencer's book.
    pub(crate) fn sequencer_store(&self) -> RegisterBook {
        RegisterBook {
            store: self.store.clone(),
            clock: self.clock.clone(),
            symbol: self.symbol.clone(),
            desk: self.profile.desk.clone(),
        }
    }

    /// Gives out numbers.
    pub(crate) fn sequencer(&self) -> LocalSequencer<RegisterBook> {
        LocalSequencer::new(self.sequencer_store())
    }
}

/// A number that could not be given.
pub(crate) fn fault(fault: mocban_sequencer::Error) -> DeskError {
    use mocban_sequencer::Error;
    match fault {
        Error::Store(inner) => match inner.downcast_ref::<RegisterError>() {
            Some(register) => faults::register(register.clone()),
            None => DeskError::StorageFailed { detail: inner.to_string() },
        },
        Error::BookNotHere { .. }
        | Error::BookClosed { .. }
        | Error::BookFull { .. }
        | Error::Unreachable { .. } => DeskError::BookUnavailable,
        fault => DeskError::Internal { detail: fault.to_string() },
    }
}
