//! `register verify`: recomputes every leaf from the rows, the tree from the leaves, and holds numbers, jobs, receipts,
//! seals, files and the rollback guard against them. It only reads, on connections of its own; the desk works on.

mod entries;
mod files;
mod numbers;
mod tree;

use crate::{
    Alarm, Checkpoint, RegisterError, Result, Store, VerifyDepth, VerifyReport,
    guard::GuardState,
    leaf_row::{self, Books},
    migrations::MIGRATIONS,
    sqlite,
    store::compare_with_guard,
};
use rusqlite::Connection;
use std::collections::BTreeMap;

impl Store {
    /// Verifies the register as it is now. What is wrong is in the report; an error means that verifying itself failed.
    ///
    /// # Errors
    /// Only those of reading; a damaged file is an [`Alarm::StoreDamaged`].
    pub fn verify(&self, depth: VerifyDepth) -> Result<VerifyReport> {
        let mut report = VerifyReport { books: Vec::new(), entries: 0, files: 0, alarms: Vec::new() };
        match self.verify_into(depth, &mut report) {
            Err(RegisterError::Corrupt { detail }) => report.raise(Alarm::StoreDamaged { detail }),
            other => other?,
        }
        Ok(report)
    }

    fn verify_into(&self, depth: VerifyDepth, report: &mut VerifyReport) -> Result<()> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 4);
        let (mut readers, guard) = self.snapshot(threads + 1)?;
        let Some(main) = readers.pop() else { return Ok(()) };
        if depth == VerifyDepth::Everything {
            for detail in sqlite::full_check(&main)? {
                report.raise(Alarm::StoreDamaged { detail });
            }
        }
        check_schema(&main, report)?;
        check_guard(&main, guard.as_ref(), report)?;
        let books = leaf_row::books(&main)?;
        // Reading and hashing the entries is most of the work: all cores share it, while this thread reads the tree.
        let (mut leaves, trees) = std::thread::scope(|scope| {
            let work = entries::start(scope, &main, readers, &books)?;
            let trees = tree::read_all(&main, &books, report)?;
            numbers::check(&main, &books, report)?;
            Ok::<_, RegisterError>((work.finish(report)?, trees))
        })?;
        for (book, stored) in trees {
            let origin = books.get(&book).map(crate::BookKey::origin).unwrap_or_default();
            tree::compare(&origin, leaves.remove(&book).unwrap_or_default(), &stored, report);
            report.books.push(Checkpoint { origin, size: stored.size(), root: stored.root });
        }
        check_seals(&main, &books, report)?;
        if depth == VerifyDepth::Everything {
            files::check(&main, &books, report)?;
        }
        Ok(())
    }

    /// Connections that all see the same state, and the guard as it was then.
    fn snapshot(&self, count: usize) -> Result<(Vec<Connection>, Option<GuardState>)> {
        // While the writer is locked nothing is committed, so every read transaction begins at the same point, and
        // the guard, which follows the commits, is not ahead of it.
        let _writer = self.lock();
        let mut readers = Vec::with_capacity(count);
        for _ in 0..count {
            let reader = self.reader()?;
            reader.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
            readers.push(reader);
        }
        Ok((readers, self.guard_on_disk()?))
    }
}

fn check_guard(conn: &Connection, guard: Option<&GuardState>, report: &mut VerifyReport) -> Result<()> {
    if guard.is_none() {
        report.raise(Alarm::GuardMissing);
    }
    match compare_with_guard(conn, guard) {
        Err(RegisterError::RolledBack { store, guard }) => report.raise(Alarm::RolledBack { store, guard }),
        Err(RegisterError::Truncated { origin, guard_size, store_size }) => {
            report.raise(Alarm::Truncated { origin, guard_size, store_size });
        }
        other => other?,
    }
    Ok(())
}

/// The tables and triggers must be exactly those that the migrations make.
fn check_schema(conn: &Connection, report: &mut VerifyReport) -> Result<()> {
    let fresh = Connection::open_in_memory()?;
    for sql in MIGRATIONS {
        fresh.execute_batch(sql)?;
    }
    let (expected, found) = (schema(&fresh)?, schema(conn)?);
    let altered = expected.iter().filter(|(name, sql)| found.get(*name) != Some(sql)).map(|(name, _)| name);
    let added = found.keys().filter(|name| !expected.contains_key(*name));
    for name in altered.chain(added) {
        report.raise(Alarm::SchemaAltered { name: name.clone() });
    }
    Ok(())
}

fn schema(conn: &Connection) -> Result<BTreeMap<String, Option<String>>> {
    // Statistics tables come and go with ANALYZE.
    let mut statement =
        conn.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn check_seals(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    let mut statement = conn.prepare("SELECT book, day, size, root, checkpoint FROM seal ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let book: i64 = row.get(0)?;
        let origin = books.get(&book).map(crate::BookKey::origin).unwrap_or_default();
        let size = row.get::<_, i64>(2)?.unsigned_abs();
        let sealed = Checkpoint { origin, size, root: row.get(3)? };
        let tree = crate::tree::BookTree { conn, book };
        let fits = size <= tree.size()?
            && crate::merkle::root(&tree, size).is_ok_and(|root| root == sealed.root)
            && Checkpoint::parse(&row.get::<_, String>(4)?).as_ref() == Some(&sealed);
        if !fits {
            let day = crate::time::day_from_number(row.get(1)?)?;
            report.raise(Alarm::SealMismatch { origin: sealed.origin, day });
        }
    }
    Ok(())
}

/// Names a book in an alarm.
fn origin(books: &Books, book: i64) -> String {
    books.get(&book).map_or_else(|| format!("unknown book {book}"), crate::BookKey::origin)
}

/// A number in an alarm; what cannot be a number is shown as 0.
fn number(value: i64) -> u32 {
    u32::try_from(value).unwrap_or_default()
}
