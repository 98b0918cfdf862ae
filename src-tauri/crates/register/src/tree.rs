//! A book's Merkle tree in the table `node`.

use crate::{
    RegisterError, Result, Sha256,
    merkle::{self, ReadNode},
};
use rusqlite::{Connection, OptionalExtension, params};

/// The tree of one book.
pub(crate) struct BookTree<'c> {
    pub(crate) conn: &'c Connection,
    pub(crate) book: i64,
}

impl ReadNode for BookTree<'_> {
    fn node(&self, level: u32, index: u64) -> Result<Sha256> {
        self.conn
            .prepare_cached("SELECT hash FROM node WHERE book = ?1 AND pos = ?2")?
            .query_row(params![self.book, signed(merkle::position(level, index))?], |row| row.get(0))
            .optional()?
            .ok_or(RegisterError::OutsideTree { index, size: 0 })
    }
}

impl BookTree<'_> {
    /// How many entries the book has.
    pub(crate) fn size(&self) -> Result<u64> {
        let last: Option<i64> = self
            .conn
            .prepare_cached("SELECT max(seq) FROM entry WHERE book = ?1")?
            .query_row([self.book], |row| row.get(0))?;
        Ok(last.map_or(0, |seq| seq.unsigned_abs() + 1))
    }

    /// Appends `leaf` as number `size` and gives the new root.
    pub(crate) fn append(&self, size: u64, leaf: Sha256) -> Result<Sha256> {
        let mut insert = self.conn.prepare_cached("INSERT INTO node VALUES (?1, ?2, ?3)")?;
        let first = merkle::nodes_of(size);
        for (offset, hash) in merkle::append(self, size, leaf)?.iter().enumerate() {
            insert.execute(params![self.book, signed(first + offset as u64)?, hash])?;
        }
        merkle::root(self, size + 1)
    }
}

/// A count as SQLite keeps it.
pub(crate) fn signed(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| RegisterError::InvalidInput { what: "a number beyond 2^63" })
}
