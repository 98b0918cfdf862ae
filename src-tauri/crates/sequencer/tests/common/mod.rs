//! A book in memory that fails on demand: before the write (nothing happened) or after it (the answer is lost).

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};

use mocban_certification::{BookId, BookKind, CertificationNumber, OfficeId};
use mocban_sequencer::{BookState, BookStore, Outcome, Purpose, Row, StoreFailure, VoidReason, Written};

/// The store's own error.
#[derive(Debug)]
pub(crate) struct Broken(&'static str);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Broken {}

/// When a write fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    BeforeWrite,
    AfterWrite,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) rows: Vec<Row>,
    pub(crate) first: u32,
    pub(crate) volume: u16,
    pub(crate) closed: bool,
    pub(crate) faults: VecDeque<Fault>,
}

/// Keeps one book, [`book`]; clones share it, as the desks of an office do.
#[derive(Debug, Clone)]
pub(crate) struct MemoryBook(Arc<Mutex<Inner>>);

pub(crate) fn book() -> BookId {
    BookId { office: OfficeId::new("H99.01").unwrap(), kind: BookKind::ElectronicCopies, year: 2026 }
}

impl MemoryBook {
    pub(crate) fn new() -> Self {
        Self::starting_after(0)
    }

    pub(crate) fn starting_after(first: u32) -> Self {
        Self(Arc::new(Mutex::new(Inner { first, volume: 1, ..Inner::default() })))
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.0.lock().unwrap())
    }

    fn write(&self, f: impl FnOnce(&mut Inner) -> Written) -> Result<Written, StoreFailure> {
        self.with(|inner| {
            let fault = inner.faults.pop_front().unwrap_or(Fault::None);
            if fault == Fault::BeforeWrite {
                return Err(StoreFailure::new(Broken("disk full")));
            }
            let written = f(inner);
            if fault == Fault::AfterWrite {
                Err(StoreFailure::new(Broken("answer lost")))
            } else {
                Ok(written)
            }
        })
    }

    /// Moves a reserved row on, as the conditions of `BookStore` demand.
    fn settle(
        &self,
        number: &CertificationNumber,
        purpose: &Purpose,
        outcome: Outcome,
    ) -> Result<Written, StoreFailure> {
        self.write(|inner| {
            let reserved = inner.rows.iter_mut().find(|r| {
                r.number == *number && r.purpose == *purpose && matches!(r.outcome, Outcome::Reserved { .. })
            });
            match reserved {
                Some(row) => {
                    row.outcome = outcome;
                    Written::Done
                }
                None => Written::Refused,
            }
        })
    }

    /// What the register does before the token is asked (invariant 2).
    pub(crate) fn record_unsigned(&self, copy: &str, sha256: [u8; 32]) {
        self.with(|inner| {
            for row in &mut inner.rows {
                if let (true, Outcome::Reserved { unsigned_sha256 }) =
                    (row.purpose.copy() == copy, &mut row.outcome)
                {
                    *unsigned_sha256 = Some(sha256);
                }
            }
        });
    }
}

impl BookStore for MemoryBook {
    fn book(&self, id: &BookId) -> Result<Option<BookState>, StoreFailure> {
        let state = self.with(|inner| {
            (*id == book()).then(|| BookState {
                last: inner.rows.last().map_or(inner.first, |r| r.number.sequence.get()),
                volume: NonZeroU16::new(inner.volume).unwrap(),
                closed: inner.closed,
            })
        });
        // Lets other desks in between reading the last number and writing the next: the moment that matters.
        std::thread::yield_now();
        Ok(state)
    }

    fn reserve(&self, number: &CertificationNumber, purpose: &Purpose) -> Result<Written, StoreFailure> {
        self.write(|inner| {
            let last = inner.rows.last().map_or(inner.first, |r| r.number.sequence.get());
            let held =
                |r: &Row| r.purpose.copy() == purpose.copy() && !matches!(r.outcome, Outcome::Voided(_));
            if inner.closed || number.sequence.get() != last + 1 || inner.rows.iter().any(held) {
                return Written::Refused;
            }
            let outcome = Outcome::Reserved { unsigned_sha256: None };
            inner.rows.push(Row { number: number.clone(), purpose: purpose.clone(), outcome });
            Written::Done
        })
    }

    fn void(
        &self,
        number: &CertificationNumber,
        purpose: &Purpose,
        reason: &VoidReason,
    ) -> Result<Written, StoreFailure> {
        self.settle(number, purpose, Outcome::Voided(reason.clone()))
    }

    fn mark_used(&self, number: &CertificationNumber, purpose: &Purpose) -> Result<Written, StoreFailure> {
        self.settle(number, purpose, Outcome::Used)
    }

    fn row(&self, number: &CertificationNumber) -> Result<Option<Row>, StoreFailure> {
        Ok(self.with(|inner| inner.rows.iter().find(|r| r.number == *number).cloned()))
    }

    fn row_of_copy(&self, copy: &str) -> Result<Option<Row>, StoreFailure> {
        let held = |r: &&Row| r.purpose.copy() == copy && !matches!(r.outcome, Outcome::Voided(_));
        Ok(self.with(|inner| inner.rows.iter().find(held).cloned()))
    }

    fn open_reservations(&self, id: &BookId) -> Result<Vec<Row>, StoreFailure> {
        let open = |r: &&Row| r.number.book == *id && matches!(r.outcome, Outcome::Reserved { .. });
        Ok(self.with(|inner| inner.rows.iter().filter(open).cloned().collect()))
    }
}
