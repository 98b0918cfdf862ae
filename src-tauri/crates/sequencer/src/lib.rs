//! Who holds the book: gives out certification numbers, one after another, each used or voided.
//!
//! Invariant 1: one unbroken sequence per office, kind of book and year (NĐ 23/2015 Art 13). Every integer from the
//! book's first to its last is an act or a recorded void ("Hủy" with its reason); never two, never none. The ways in
//! which that could break, and what stands against each:
//!
//! - *Two desks take one number*: a number is written only if it follows the last one ([`BookStore::reserve`]).
//! - *A number is used twice*: a [`Reservation`] is consumed by its use or its void, and cannot be copied.
//! - *A number is taken and the answer lost*: asking again for the same copy gives the same number.
//! - *A desk dies holding a number*: [`Sequencer::recover`] resumes it, if its unsigned file was recorded, or voids it.
//!
//! This crate decides; durable storage is a port ([`BookStore`]), and so is the way to the desk that holds the book
//! ([`Sequencer`]): [`LocalSequencer`] is for a desk that holds it itself. It knows certification and nothing else.

mod error;
mod local;
mod reservation;
mod store;

pub use error::{Error, StoreFailure};
pub use local::LocalSequencer;
pub use reservation::{Purpose, Recovered, Reservation, Reserved, Used, VoidReason, Voided};
pub use store::{BookState, BookStore, Outcome, Row, Written, unbroken};

use mocban_certification::{BookId, CertificationNumber};

/// Gives out the numbers of books, wherever they are kept.
///
/// Calls may block on a disk or a network. Each may be repeated after [`Error::Unreachable`] or [`Error::Store`]: the
/// same copy gets the same number, a use or void already recorded is confirmed, not doubled.
pub trait Sequencer: Send + Sync {
    /// Takes the next number for a copy; if the copy holds an open reservation already, that one again.
    ///
    /// # Errors
    /// [`Error::BookNotHere`], [`Error::BookClosed`], [`Error::BookFull`], [`Error::CopyNumbered`] if the copy has
    /// another number, [`Error::Contended`], [`Error::Unreachable`], [`Error::Store`].
    fn reserve(&self, book: &BookId, purpose: &Purpose) -> Result<Reservation<Reserved>, Error>;

    /// Confirms that the act with this number is in the register.
    ///
    /// Where register and book are one store, the register writes the use in its own transaction and this only checks
    /// it; on another desk it carries the news to the book.
    ///
    /// # Errors
    /// [`Error::NumberSettled`] if the number was voided meanwhile, [`Error::NumberNotReserved`],
    /// [`Error::Unreachable`], [`Error::Store`].
    fn confirm_used(&self, reservation: Reservation<Reserved>) -> Result<Reservation<Used>, Error>;

    /// Gives a number up for good; the book keeps it as "Hủy" with the reason.
    ///
    /// # Errors
    /// [`Error::NumberSettled`] if the number was used meanwhile, [`Error::NumberNotReserved`],
    /// [`Error::Unreachable`], [`Error::Store`].
    fn void(
        &self,
        reservation: Reservation<Reserved>,
        reason: &VoidReason,
    ) -> Result<Reservation<Voided>, Error>;

    /// What a crash left behind: this desk's open reservations. One whose unsigned file is recorded can go on to be
    /// signed and is returned; any other is voided with `reason`.
    ///
    /// Call it before the desk starts new work, never while it works: it would void the work in hand.
    ///
    /// # Errors
    /// As [`Sequencer::void`].
    fn recover(&self, book: &BookId, desk: &str, reason: &VoidReason) -> Result<Vec<Recovered>, Error>;

    /// Numbers that are neither used nor voided. A book is closed only when there are none.
    ///
    /// # Errors
    /// [`Error::BookNotHere`], [`Error::Unreachable`], [`Error::Store`].
    fn open_numbers(&self, book: &BookId) -> Result<Vec<CertificationNumber>, Error>;
}
