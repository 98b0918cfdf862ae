//! The leaves, recomputed from the rows by all cores, with what can be seen in the same pass: personal data, jobs,
//! receipts.

use super::{number, origin};
use crate::{
    Alarm, RegisterError, Result, Sha256, VerifyReport,
    leaf_row::{Books, LEAF_QUERY, LeafRow},
};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicI64, Ordering},
    thread::{Scope, ScopedJoinHandle},
};

/// Entries read at a time by one thread.
const STRETCH: i64 = 10_000;

/// Recomputed leaves by book: `(seq, hash)`, no hash where the rows do not make a leaf.
pub(super) type Leaves = HashMap<i64, Vec<(i64, Option<Sha256>)>>;

/// Threads at work.
pub(super) struct Work<'scope>(Vec<ScopedJoinHandle<'scope, Result<Found>>>);

#[derive(Default)]
struct Found {
    leaves: Leaves,
    alarms: Vec<Alarm>,
    entries: u64,
}

/// Starts one thread a reader.
pub(super) fn start<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    main: &Connection,
    readers: Vec<Connection>,
    books: &'env Books,
) -> Result<Work<'scope>> {
    let last: Option<i64> = main.query_row("SELECT max(id) FROM entry", [], |row| row.get(0))?;
    let last = last.unwrap_or(0);
    let next = std::sync::Arc::new(AtomicI64::new(0));
    Ok(Work(
        readers
            .into_iter()
            .map(|reader| {
                let next = std::sync::Arc::clone(&next);
                scope.spawn(move || {
                    let mut found = Found::default();
                    loop {
                        let first = next.fetch_add(STRETCH, Ordering::Relaxed);
                        if first > last {
                            return Ok(found);
                        }
                        stretch(&reader, first, books, &mut found)?;
                    }
                })
            })
            .collect(),
    ))
}

impl Work<'_> {
    /// All leaves, in order of `seq`.
    pub(super) fn finish(self, report: &mut VerifyReport) -> Result<Leaves> {
        let mut all = Leaves::new();
        for thread in self.0 {
            let found = thread.join().map_err(|_| RegisterError::Database {
                code: 0,
                detail: "a verifying thread ended".into(),
            })??;
            for (book, mut leaves) in found.leaves {
                all.entry(book).or_default().append(&mut leaves);
            }
            report.entries += found.entries;
            found.alarms.into_iter().for_each(|alarm| report.raise(alarm));
        }
        all.values_mut().for_each(|leaves| leaves.sort_by_key(|(seq, _)| *seq));
        Ok(all)
    }
}

fn stretch(conn: &Connection, first: i64, books: &Books, found: &mut Found) -> Result<()> {
    let mut buffer = Vec::with_capacity(2_048);
    let mut statement = conn.prepare_cached(&format!("{LEAF_QUERY} WHERE e.id >= ?1 AND e.id < ?2"))?;
    let mut rows = statement.query([first, first + STRETCH])?;
    while let Some(row) = rows.next()? {
        let row = LeafRow(row);
        let book = row.book()?;
        found.entries += 1;
        found.leaves.entry(book).or_default().push((row.seq()?, row.hash(books, &mut buffer)));
        check_row(&row, books, book, found)?;
    }
    Ok(())
}

fn check_row(row: &LeafRow<'_>, books: &Books, book: i64, found: &mut Found) -> Result<()> {
    // A row without its act makes no leaf, which is an alarm already.
    let number = number(row.number().unwrap_or_default());
    if !row.personal_data_fits().unwrap_or(false) {
        found.alarms.push(Alarm::PersonalDataAltered { origin: origin(books, book), number });
    }
    if !row.is_act()? {
        return Ok(());
    }
    if !row.has_job()? {
        found.alarms.push(Alarm::EntryWithoutJob { origin: origin(books, book), number });
    } else if !row.job_is_in_place()? {
        found.alarms.push(Alarm::JobMisplaced { origin: origin(books, book), number });
    }
    if !row.receipt_fits()? {
        found.alarms.push(Alarm::ReceiptMismatch { origin: origin(books, book), number });
    }
    Ok(())
}
