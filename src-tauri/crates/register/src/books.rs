//! Books: opened once, continued in volumes, closed at the end of the year (NĐ 23/2015 Art 13).

use crate::{
    Book, BookKey, RegisterError, Result, Store,
    failpoint::Step,
    store::Write,
    time::{from_millis, millis},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

impl Store {
    /// Opens a book with its first volume. Opening it again in the same way changes nothing.
    ///
    /// `first_number` is 1, or the next number when the year's sequence was begun on paper.
    ///
    /// # Errors
    /// [`RegisterError::BookAlreadyOpen`] when it was opened with another first number.
    pub fn open_book(&self, key: &BookKey, volume: u32, first_number: u32, at: Timestamp) -> Result<()> {
        check_key(key)?;
        self.write(Step::Other, |write| {
            let known: Option<u32> = write
                .tx
                .query_row(
                    "SELECT first_number FROM book WHERE office = ?1 AND symbol = ?2 AND year = ?3",
                    params![key.office, key.symbol, key.year],
                    |row| row.get(0),
                )
                .optional()?;
            match known {
                Some(number) if number == first_number => return Ok(()),
                Some(_) => return Err(RegisterError::BookAlreadyOpen { origin: key.origin() }),
                None => {}
            }
            if volume == 0 || first_number == 0 {
                return Err(RegisterError::InvalidInput { what: "a volume or number below 1" });
            }
            write.tx.execute(
                "INSERT INTO book (office, symbol, year, first_number, opened_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![key.office, key.symbol, key.year, first_number, millis(at)],
            )?;
            let book = write.tx.last_insert_rowid();
            write.tx.execute("INSERT INTO volume VALUES (?1, ?2, ?3)", params![book, volume, millis(at)])?;
            write.grown = Some((key.origin(), 0, crate::merkle::empty_root()));
            Ok(())
        })
    }

    /// Continues the book in a new volume; the numbers go on (Art 13(2)).
    ///
    /// # Errors
    /// [`RegisterError::InvalidInput`] when `volume` is not above the present one.
    pub fn open_volume(&self, key: &BookKey, volume: u32, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let book = open_book(write, key)?;
            if volume <= current_volume(&write.tx, book)? {
                return Err(RegisterError::InvalidInput { what: "a volume not above the present one" });
            }
            write.tx.execute("INSERT INTO volume VALUES (?1, ?2, ?3)", params![book, volume, millis(at)])?;
            Ok(())
        })
    }

    /// Closes the book for the year ("khóa sổ", Art 13(1)): no number is given out any more.
    ///
    /// # Errors
    /// [`RegisterError::NumbersStillOpen`] while a number is neither act nor void.
    pub fn close_book(&self, key: &BookKey, by: &str, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let book = open_book(write, key)?;
            let open: i64 = write.tx.query_row(
                "SELECT count(*) FROM open_act JOIN act ON act.id = open_act.act WHERE book = ?1",
                [book],
                |row| row.get(0),
            )?;
            if open > 0 {
                return Err(RegisterError::NumbersStillOpen {
                    origin: key.origin(),
                    open: open.unsigned_abs(),
                });
            }
            write.tx.execute("INSERT INTO book_close VALUES (?1, ?2, ?3)", params![book, millis(at), by])?;
            Ok(())
        })
    }

    /// Every book, oldest first.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn books(&self) -> Result<Vec<Book>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(
            "SELECT b.id, office, symbol, year, first_number, opened_at, closed_at
             FROM book b LEFT JOIN book_close c ON c.book = b.id ORDER BY b.id",
        )?;
        let mut rows = statement.query([])?;
        let mut books = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            books.push(Book {
                key: BookKey { office: row.get(1)?, symbol: row.get(2)?, year: row.get(3)? },
                volume: current_volume(&conn, id)?,
                first_number: row.get(4)?,
                opened_at: from_millis(row.get(5)?)?,
                closed_at: row.get::<_, Option<i64>>(6)?.map(from_millis).transpose()?,
                next_number: next_number(&conn, id)?,
                entries: crate::tree::BookTree { conn: &conn, book: id }.size()?,
            });
        }
        Ok(books)
    }

    /// The number that the next reservation in the book gets.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`].
    pub fn next_number(&self, key: &BookKey) -> Result<u32> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        next_number(&conn, book)
    }
}

/// The row id of a book that was opened, closed or not.
pub(crate) fn book_id(conn: &Connection, key: &BookKey) -> Result<i64> {
    conn.prepare_cached("SELECT id FROM book WHERE office = ?1 AND symbol = ?2 AND year = ?3")?
        .query_row(params![key.office, key.symbol, key.year], |row| row.get(0))
        .optional()?
        .ok_or_else(|| RegisterError::BookNotOpen { origin: key.origin() })
}

pub(crate) fn book_key(conn: &Connection, id: i64) -> Result<BookKey> {
    Ok(conn
        .prepare_cached("SELECT office, symbol, year FROM book WHERE id = ?1")?
        .query_row([id], |row| Ok(BookKey { office: row.get(0)?, symbol: row.get(1)?, year: row.get(2)? }))?)
}

/// The row id of a book that gives out numbers.
pub(crate) fn open_book(write: &Write<'_>, key: &BookKey) -> Result<i64> {
    let book = book_id(&write.tx, key)?;
    let closed = write.tx.prepare_cached("SELECT 1 FROM book_close WHERE book = ?1")?.exists([book])?;
    if closed { Err(RegisterError::BookClosed { origin: key.origin() }) } else { Ok(book) }
}

pub(crate) fn current_volume(conn: &Connection, book: i64) -> Result<u32> {
    Ok(conn
        .prepare_cached("SELECT max(volume) FROM volume WHERE book = ?1")?
        .query_row([book], |row| row.get(0))?)
}

pub(crate) fn next_number(conn: &Connection, book: i64) -> Result<u32> {
    Ok(conn
        .prepare_cached(
            "SELECT coalesce((SELECT max(number) + 1 FROM act WHERE book = ?1), first_number) FROM book WHERE id = ?1",
        )?
        .query_row([book], |row| row.get(0))?)
}

/// The origin line is made of these: no spaces, no control characters, no `+` (reserved in C2SP signed notes).
fn check_key(key: &BookKey) -> Result<()> {
    let clean = |text: &str| {
        !text.is_empty()
            && text.len() <= 64
            && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
    };
    if clean(&key.office)
        && clean(&key.symbol)
        && !key.office.contains('/')
        && (1900..=9999).contains(&key.year)
    {
        Ok(())
    } else {
        Err(RegisterError::InvalidInput { what: "the book's office, symbol or year" })
    }
}
