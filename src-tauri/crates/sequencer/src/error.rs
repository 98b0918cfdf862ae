//! Why there is no number.

use std::fmt;

use mocban_certification::{BookId, CertificationNumber};

/// What the store said when it failed, kept whole for the log.
#[derive(Debug)]
pub struct StoreFailure(Box<dyn std::error::Error + Send + Sync>);

impl StoreFailure {
    /// Wraps a store's own error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// The store's own error again, for whoever knows its type.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for StoreFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Why a number was not given, used or voided.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another desk holds this book, or nobody has opened it.
    #[error("book {book} is not held here")]
    BookNotHere {
        /// The book.
        book: BookId,
    },
    /// The book is closed (khóa sổ, NĐ 23/2015 Art 13(1)).
    #[error("book {book} is closed")]
    BookClosed {
        /// The book.
        book: BookId,
    },
    /// The count is at its end.
    #[error("book {book} has no numbers left")]
    BookFull {
        /// The book.
        book: BookId,
    },
    /// The desk that holds the book does not answer.
    #[error("the desk that holds book {book} cannot be reached")]
    Unreachable {
        /// The book.
        book: BookId,
    },
    /// Other writers were faster, again and again.
    #[error("book {book} is contended")]
    Contended {
        /// The book.
        book: BookId,
    },
    /// The copy holds this number already, in use or in another desk's or book's reservation; a copy is numbered once.
    #[error("the copy already holds number {number}")]
    CopyNumbered {
        /// Its number.
        number: CertificationNumber,
    },
    /// The number was never given to this copy.
    #[error("number {number} is not reserved for this copy")]
    NumberNotReserved {
        /// The number.
        number: CertificationNumber,
    },
    /// The number is used or voided, and stays so.
    #[error("number {number} is settled already")]
    NumberSettled {
        /// The number.
        number: CertificationNumber,
    },
    /// A void needs a reason of 1 to 300 characters.
    #[error("a void needs a reason of 1 to 300 characters")]
    ReasonMissing,
    /// A copy or desk identifier is empty, too long or has control characters.
    #[error("copy and desk identifiers have 1 to 100 characters")]
    PurposeMalformed,
    /// The count is broken: this integer is missing, double or out of order.
    #[error("the count is broken at {sequence}")]
    SequenceBroken {
        /// Where.
        sequence: u32,
    },
    /// The store failed.
    #[error("the store of the book failed: {0}")]
    Store(#[from] StoreFailure),
}
