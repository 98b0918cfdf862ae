//! The sequencer of a desk that holds the book itself.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use mocban_certification::{BookId, CertificationNumber};

use crate::Sequencer;
use crate::error::Error;
use crate::reservation::{Purpose, Recovered, Reservation, Reserved, Used, VoidReason, Voided};
use crate::store::{BookStore, Outcome, Row, Written};

/// How often to try again when another process took the number first; in each round one of them wins.
const ROUNDS: usize = 64;

/// Gives out numbers from a store on this desk.
#[derive(Debug)]
pub struct LocalSequencer<S> {
    store: S,
    /// Callers of this process queue here, so that none starves. Safety does not rest on it: the store's condition
    /// holds against any writer.
    turn: Mutex<()>,
}

impl<S: BookStore> LocalSequencer<S> {
    /// A sequencer over the store that keeps the book.
    pub fn new(store: S) -> Self {
        Self { store, turn: Mutex::new(()) }
    }

    /// The number after the last one of a book.
    fn next(&self, book: &BookId) -> Result<CertificationNumber, Error> {
        let state = self.store.book(book)?.ok_or_else(|| Error::BookNotHere { book: book.clone() })?;
        if state.closed {
            return Err(Error::BookClosed { book: book.clone() });
        }
        let sequence =
            NonZeroU32::MIN.checked_add(state.last).ok_or_else(|| Error::BookFull { book: book.clone() })?;
        Ok(CertificationNumber { book: book.clone(), sequence, volume: state.volume })
    }

    /// Why a condition on a reserved number did not hold; `Ok` if what was to be written stands there already.
    fn settled(
        &self,
        reservation: &Reservation<Reserved>,
        is_done: fn(&Outcome) -> bool,
    ) -> Result<(), Error> {
        let number = reservation.number();
        match self.store.row(number)? {
            Some(row) if row.purpose != *reservation.purpose() => {
                Err(Error::NumberNotReserved { number: number.clone() })
            }
            Some(row) if is_done(&row.outcome) => Ok(()),
            Some(_) => Err(Error::NumberSettled { number: number.clone() }),
            None => Err(Error::NumberNotReserved { number: number.clone() }),
        }
    }
}

impl<S: BookStore> Sequencer for LocalSequencer<S> {
    fn reserve(&self, book: &BookId, purpose: &Purpose) -> Result<Reservation<Reserved>, Error> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..ROUNDS {
            // Asked again after a lost answer: the copy keeps its number.
            match self.store.row_of_copy(purpose.copy())? {
                Some(Row { number, purpose: held, outcome: Outcome::Reserved { .. } })
                    if held == *purpose && number.book == *book =>
                {
                    return Ok(Reservation::new(number, held));
                }
                Some(row) => return Err(Error::CopyNumbered { number: row.number }),
                None => {}
            }
            let number = self.next(book)?;
            if self.store.reserve(&number, purpose)? == Written::Done {
                return Ok(Reservation::new(number, purpose.clone()));
            }
        }
        Err(Error::Contended { book: book.clone() })
    }

    fn confirm_used(&self, reservation: Reservation<Reserved>) -> Result<Reservation<Used>, Error> {
        if self.store.mark_used(reservation.number(), reservation.purpose())? == Written::Refused {
            self.settled(&reservation, |outcome| matches!(outcome, Outcome::Used))?;
        }
        Ok(reservation.used())
    }

    fn void(
        &self,
        reservation: Reservation<Reserved>,
        reason: &VoidReason,
    ) -> Result<Reservation<Voided>, Error> {
        if self.store.void(reservation.number(), reservation.purpose(), reason)? == Written::Refused {
            self.settled(&reservation, |outcome| matches!(outcome, Outcome::Voided(_)))?;
        }
        Ok(reservation.voided())
    }

    fn recover(&self, book: &BookId, desk: &str, reason: &VoidReason) -> Result<Vec<Recovered>, Error> {
        let mut recovered = Vec::new();
        for row in self.store.open_reservations(book)? {
            if row.purpose.desk() != desk {
                continue;
            }
            let reservation = Reservation::new(row.number, row.purpose);
            recovered.push(match row.outcome {
                Outcome::Reserved { unsigned_sha256: Some(unsigned_sha256) } => {
                    Recovered::Resumed { reservation, unsigned_sha256 }
                }
                _ => Recovered::Voided(self.void(reservation, reason)?),
            });
        }
        Ok(recovered)
    }

    fn open_numbers(&self, book: &BookId) -> Result<Vec<CertificationNumber>, Error> {
        if self.store.book(book)?.is_none() {
            return Err(Error::BookNotHere { book: book.clone() });
        }
        Ok(self.store.open_reservations(book)?.into_iter().map(|row| row.number).collect())
    }
}
