//! Who holds the book: gives out certification numbers, one after another, each used or voided.
