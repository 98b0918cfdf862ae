//! The numbers: every integer from the book's first on is there once, and is an act, a void, or under way (invariant 1).

use super::{number, origin};
use crate::{Alarm, Result, VerifyReport, leaf_row::Books};
use rusqlite::Connection;
use std::collections::HashMap;

pub(super) fn check(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    sequence(conn, books, report)?;
    accounted(conn, books, report)
}

fn sequence(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    let first: HashMap<i64, i64> = conn
        .prepare("SELECT id, first_number FROM book")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut statement = conn.prepare("SELECT book, number FROM act ORDER BY book, number")?;
    let mut rows = statement.query([])?;
    let (mut current, mut expected) = (0, 0);
    while let Some(row) = rows.next()? {
        let (book, found): (i64, i64) = (row.get(0)?, row.get(1)?);
        if book != current {
            (current, expected) = (book, first.get(&book).copied().unwrap_or(1));
        }
        if found < expected {
            report.raise(Alarm::NumberTwice { origin: origin(books, book), number: number(found) });
            continue;
        }
        // A forged number may lie billions ahead: the report is bounded, so is the loop.
        for missing in (expected..found).take(VerifyReport::MAX_ALARMS) {
            report.raise(Alarm::NumberMissing { origin: origin(books, book), number: number(missing) });
        }
        expected = found + 1;
    }
    Ok(())
}

/// Walks acts and final entries side by side, both in the order of the act.
fn accounted(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    let mut acts = conn.prepare("SELECT id, book, number FROM act ORDER BY id")?;
    let mut finals = conn.prepare("SELECT act FROM entry WHERE kind IN (1, 2) ORDER BY act")?;
    let mut open = conn.prepare("SELECT 1 FROM open_act WHERE act = ?1")?;
    let (mut acts, mut finals) = (acts.query([])?, finals.query([])?);
    let mut entered: Option<i64> = finals.next()?.map(|row| row.get(0)).transpose()?;
    while let Some(row) = acts.next()? {
        let act: i64 = row.get(0)?;
        while entered.is_some_and(|entry| entry < act) {
            entered = finals.next()?.map(|row| row.get(0)).transpose()?;
        }
        if entered == Some(act) || open.exists([act])? {
            continue;
        }
        report.raise(Alarm::NumberUnaccounted {
            origin: origin(books, row.get(1)?),
            number: number(row.get(2)?),
        });
    }
    Ok(())
}
