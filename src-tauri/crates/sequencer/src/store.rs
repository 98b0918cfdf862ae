//! What the sequencer needs of durable storage, and the check that a stored count is whole.

use std::num::NonZeroU16;

use mocban_certification::{BookId, CertificationNumber};

use crate::error::{Error, StoreFailure};
use crate::reservation::{Purpose, VoidReason};

/// A book as the store has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookState {
    /// The last sequence given out; before the first number, the one before the book's first (0, unless the office
    /// began this book on paper).
    pub last: u32,
    /// The volume now open; a new one in the same year continues the count (NĐ 23/2015 Art 13(2)).
    pub volume: NonZeroU16,
    /// Whether the book is closed for good.
    pub closed: bool,
}

/// What a number came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet. The hash of the unsigned file once it is recorded (invariant 2).
    Reserved {
        /// SHA-256.
        unsigned_sha256: Option<[u8; 32]>,
    },
    /// An act.
    Used,
    /// "Hủy".
    Voided(VoidReason),
}

/// One number of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The number.
    pub number: CertificationNumber,
    /// What it was given for.
    pub purpose: Purpose,
    /// What it came to.
    pub outcome: Outcome,
}

/// Whether a write found the store as it expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// Written and durable.
    Done,
    /// Not written as asked: the condition did not hold.
    Refused,
}

/// The durable book. Each call is one transaction, durable when it returns, and safe beside other writers.
///
/// The use of a number is written by the register, in the transaction that holds the entry, the file and the upload
/// job (invariant 7): there the row goes from reserved to [`Outcome::Used`] on the condition that it is reserved still.
pub trait BookStore: Send + Sync {
    /// The book, `None` if it is not held here.
    ///
    /// # Errors
    /// The store's own failure.
    fn book(&self, book: &BookId) -> Result<Option<BookState>, StoreFailure>;

    /// Writes `number` as reserved, on the condition that the book is open, that `number` follows its last one, and
    /// that the copy has no reserved or used number yet.
    ///
    /// A store that was overtaken may give the copy the number it finds next and answer [`Written::Refused`]: the
    /// sequencer then asks for [`BookStore::row_of_copy`] and finds it.
    ///
    /// # Errors
    /// The store's own failure.
    fn reserve(&self, number: &CertificationNumber, purpose: &Purpose) -> Result<Written, StoreFailure>;

    /// Writes a void, on the condition that `number` is reserved for `purpose`. A closed book has no reserved numbers.
    ///
    /// # Errors
    /// The store's own failure.
    fn void(
        &self,
        number: &CertificationNumber,
        purpose: &Purpose,
        reason: &VoidReason,
    ) -> Result<Written, StoreFailure>;

    /// Writes the use, on the condition that `number` is reserved for `purpose`. A store whose register writes every use
    /// itself only answers [`Written::Refused`]; the sequencer then looks whether the use stands.
    ///
    /// # Errors
    /// The store's own failure.
    fn mark_used(&self, number: &CertificationNumber, purpose: &Purpose) -> Result<Written, StoreFailure>;

    /// A number's row.
    ///
    /// # Errors
    /// The store's own failure.
    fn row(&self, number: &CertificationNumber) -> Result<Option<Row>, StoreFailure>;

    /// The copy's reserved or used number in any book; voided ones do not count.
    ///
    /// # Errors
    /// The store's own failure.
    fn row_of_copy(&self, copy: &str) -> Result<Option<Row>, StoreFailure>;

    /// The reserved numbers of a book, in order.
    ///
    /// # Errors
    /// The store's own failure.
    fn open_reservations(&self, book: &BookId) -> Result<Vec<Row>, StoreFailure>;
}

/// Checks that `sequences`, in the order of the book, count without hole or double from the one after `before`, and
/// returns the last.
///
/// # Errors
/// [`Error::SequenceBroken`] names the first integer that is missing or comes again.
pub fn unbroken(before: u32, sequences: impl IntoIterator<Item = u32>) -> Result<u32, Error> {
    sequences.into_iter().try_fold(before, |last, sequence| match last.checked_add(1) {
        Some(next) if next == sequence => Ok(next),
        Some(next) if next < sequence => Err(Error::SequenceBroken { sequence: next }),
        _ => Err(Error::SequenceBroken { sequence }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_a_double_and_a_swap_are_named() {
        let broken = |sequences: &[u32]| match unbroken(0, sequences.iter().copied()) {
            Ok(_) => None,
            Err(Error::SequenceBroken { sequence }) => Some(sequence),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(broken(&[1, 2, 3]), None);
        assert_eq!(broken(&[]), None);
        assert_eq!(broken(&[2]), Some(1));
        assert_eq!(broken(&[1, 3]), Some(2));
        assert_eq!(broken(&[1, 2, 2]), Some(2));
        assert_eq!(broken(&[1, 3, 2]), Some(2));
        assert_eq!(broken(&[0]), Some(0));
        assert!(matches!(unbroken(41, [42, 43]), Ok(43)));
        assert!(matches!(unbroken(u32::MAX, [0]), Err(Error::SequenceBroken { sequence: 0 })));
    }
}
