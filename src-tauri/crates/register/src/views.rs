//! Reading the book: a day, a search, one entry, the stations of a copy.

use crate::{
    BookKey, CopyState, Day, DayTotals, DayView, Entry, EntryKind, Officer, RegisterError, Requester, Result,
    Store,
    acts::{act, find_act, requester_from},
    books::book_id,
    fold,
    time::{day_from_number, day_number, from_millis},
    tree::signed,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

/// All an [`Entry`] needs; append `WHERE …`.
const ENTRY_QUERY: &str = "SELECT
  a.copy_id, b.office, b.symbol, b.year, a.volume, a.number, e.seq, e.kind, e.day, e.at,
  x.requester, p.paper, p.signer_name, p.signer_title, p.copies, p.fee, p.note, p.pages,
  e.author, e.text, e.file_length, e.file_sha256,
  EXISTS (SELECT 1 FROM entry l WHERE l.act = e.act AND l.kind IN (3, 4) AND l.kind = 4),
  EXISTS (SELECT 1 FROM entry v WHERE v.act = e.act AND v.kind IN (1, 2) AND v.kind = 2),
  h.act IS NOT NULL, r.job IS NOT NULL
FROM entry e
JOIN act a ON a.id = e.act
JOIN book b ON b.id = e.book
LEFT JOIN prepared p ON p.act = e.act
LEFT JOIN personal x ON x.act = e.act
LEFT JOIN receipt r ON r.job = e.act
LEFT JOIN handover h ON h.act = e.act ";

impl Store {
    /// The book (or all books) on one day, in the order of entry.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`].
    pub fn day(&self, book: Option<&BookKey>, day: Day) -> Result<DayView> {
        let conn = self.lock();
        let number = day_number(day);
        let entries = match book {
            Some(key) => {
                let id = book_id(&conn, key)?;
                entries(&conn, "WHERE e.day = ?1 AND e.book = ?2 ORDER BY e.seq", [number, id])?
            }
            None => entries(&conn, "WHERE e.day = ?1 ORDER BY e.book, e.seq", [number])?,
        };
        let totals = totals(&entries);
        Ok(DayView { day, entries, totals })
    }

    /// Entries whose number, requester, paper or note hold words beginning with all the words of `query`, whatever
    /// their diacritics and case; newest first, at most `limit`.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<Entry>> {
        let Some(expression) = fold::match_expression(query) else { return Ok(Vec::new()) };
        let conn = self.lock();
        entries(
            &conn,
            "WHERE e.id IN (SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2)
             ORDER BY e.id DESC",
            rusqlite::params![expression, limit],
        )
    }

    /// Entries `from..from + limit` of a book, for prints and exports.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`].
    pub fn entries(&self, key: &BookKey, from: u64, limit: u64) -> Result<Vec<Entry>> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        let range = [book, signed(from)?, signed(from.saturating_add(limit))?];
        entries(&conn, "WHERE e.book = ?1 AND e.seq >= ?2 AND e.seq < ?3 ORDER BY e.seq", range)
    }

    /// The newest copies that the warehouse has acknowledged, at most `limit`.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn delivered(&self, limit: u32) -> Result<Vec<Entry>> {
        let conn = self.lock();
        entries(
            &conn,
            "WHERE e.kind = 1 AND e.kind IN (1, 2) AND r.job IS NOT NULL ORDER BY r.job DESC LIMIT ?1",
            [limit],
        )
    }

    /// The act or void entry of a copy; `None` while it has none.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn entry(&self, copy_id: Uuid) -> Result<Option<Entry>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        one(&conn, "WHERE e.act = ?1 AND e.kind IN (1, 2)", [act.id])
    }

    /// The act or void entry of a number; `None` while it has none.
    ///
    /// # Errors
    /// [`RegisterError::UnknownNumber`], [`RegisterError::BookNotOpen`].
    pub fn entry_of_number(&self, key: &BookKey, number: u32) -> Result<Option<Entry>> {
        let conn = self.lock();
        let act = crate::acts::act_by_number(&conn, key, number)?;
        one(&conn, "WHERE e.act = ?1 AND e.kind IN (1, 2)", [act.id])
    }

    /// Notes on, and the revocation of, a copy, in the order of entry.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn corrections(&self, copy_id: Uuid) -> Result<Vec<Entry>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        entries(&conn, "WHERE e.act = ?1 AND e.kind IN (3, 4) ORDER BY e.id", [act.id])
    }

    /// The requester with the identity data, unless purged; `None` before the copy is prepared.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn requester(&self, copy_id: Uuid) -> Result<Option<Requester>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let row: Option<(String, Option<String>)> = conn
            .prepare_cached("SELECT requester, identity FROM personal WHERE act = ?1")?
            .query_row([act.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row.map(|(name, identity)| requester_from(name, identity.as_deref())))
    }

    /// Every state the copy has been in, with its time, in order.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn states(&self, copy_id: Uuid) -> Result<Vec<(CopyState, Timestamp)>> {
        use CopyState::{Cancelled, Delivered, Drafting, Prepared, Queued, Sealed, Signed, Stored};
        let conn = self.lock();
        let draft: Option<i64> = conn
            .prepare_cached("SELECT saved_at FROM draft WHERE copy_id = ?1")?
            .query_row([copy_id.as_bytes()], |row| row.get(0))
            .optional()?;
        let Some(act) = find_act(&conn, copy_id)? else {
            let saved = draft.ok_or(RegisterError::UnknownCopy)?;
            return Ok(vec![(Drafting, from_millis(saved)?)]);
        };
        let times: [Option<i64>; 8] = conn
            .prepare_cached(
                "SELECT (SELECT reserved_at FROM act WHERE id = ?1),
                   (SELECT prepared_at FROM prepared WHERE act = ?1),
                   (SELECT signed_at FROM signed WHERE act = ?1),
                   (SELECT at FROM entry WHERE act = ?1 AND kind IN (1, 2) AND kind = 1),
                   (SELECT queued_at FROM job WHERE id = ?1),
                   (SELECT received_at FROM receipt WHERE job = ?1),
                   (SELECT at FROM handover WHERE act = ?1),
                   coalesce((SELECT at FROM entry WHERE act = ?1 AND kind IN (1, 2) AND kind = 2),
                     (SELECT min(at) FROM entry WHERE act = ?1 AND kind IN (3, 4) AND kind = 4))",
            )?
            .query_row([act.id], |row| {
                let mut times = [None; 8];
                for (index, time) in times.iter_mut().enumerate() {
                    *time = row.get(index)?;
                }
                Ok(times)
            })?;
        [Drafting, Prepared, Signed, Sealed, Queued, Stored, Delivered, Cancelled]
            .into_iter()
            .zip(times)
            .filter_map(|(state, time)| time.map(|ms| Ok((state, from_millis(ms)?))))
            .collect()
    }
}

/// The act or void entry of an act that has one.
pub(crate) fn final_entry(conn: &Connection, act: i64) -> Result<Entry> {
    one(conn, "WHERE e.act = ?1 AND e.kind IN (1, 2)", [act])?.ok_or(RegisterError::NotSealed)
}

/// The newest entry of an act.
pub(crate) fn latest_entry(conn: &Connection, act: i64) -> Result<Entry> {
    one(conn, "WHERE e.act = ?1 AND e.kind IN (3, 4) ORDER BY e.id DESC LIMIT 1", [act])?
        .ok_or(RegisterError::NotSealed)
}

fn one(conn: &Connection, condition: &str, params: impl Params) -> Result<Option<Entry>> {
    Ok(entries(conn, condition, params)?.into_iter().next())
}

fn entries(conn: &Connection, condition: &str, params: impl Params) -> Result<Vec<Entry>> {
    let mut statement = conn.prepare_cached(&format!("{ENTRY_QUERY}{condition}"))?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(found)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let kind = EntryKind::from_code(row.get(7)?)
        .ok_or(RegisterError::UnreadableRow { table: "entry", detail: "unknown kind".into() })?;
    let note: Option<String> = row.get(16)?;
    let text: String = row.get(19)?;
    let file = row.get::<_, Option<i64>>(20)?.map(i64::unsigned_abs).zip(row.get(21)?);
    Ok(Entry {
        copy_id: Uuid::from_bytes(row.get(0)?),
        book: BookKey { office: row.get(1)?, symbol: row.get(2)?, year: row.get(3)? },
        volume: row.get(4)?,
        number: row.get(5)?,
        seq: row.get::<_, i64>(6)?.unsigned_abs(),
        kind,
        date: day_from_number(row.get(8)?)?,
        at: from_millis(row.get(9)?)?,
        requester: row.get::<_, Option<String>>(10)?.unwrap_or_default(),
        paper: row.get::<_, Option<String>>(11)?.unwrap_or_default(),
        signer: Officer {
            name: row.get::<_, Option<String>>(12)?.unwrap_or_default(),
            title: row.get::<_, Option<String>>(13)?.unwrap_or_default(),
        },
        copies: row.get::<_, Option<u32>>(14)?.unwrap_or_default(),
        fee: row.get::<_, Option<i64>>(15)?.unwrap_or_default().unsigned_abs(),
        note: if kind == EntryKind::Act { note.unwrap_or_default() } else { text },
        pages: row.get::<_, Option<u32>>(17)?.unwrap_or_default(),
        author: row.get(18)?,
        file,
        state: state(row)?,
    })
}

fn state(row: &Row<'_>) -> Result<CopyState> {
    let (revoked, void, delivered, stored): (bool, bool, bool, bool) =
        (row.get(22)?, row.get(23)?, row.get(24)?, row.get(25)?);
    Ok(if revoked || void {
        CopyState::Cancelled
    } else if delivered {
        CopyState::Delivered
    } else if stored {
        CopyState::Stored
    } else {
        CopyState::Queued
    })
}

fn totals(entries: &[Entry]) -> DayTotals {
    let mut totals = DayTotals::default();
    for entry in entries {
        match entry.kind {
            EntryKind::Act => {
                totals.acts += 1;
                totals.copies += u64::from(entry.copies);
                totals.fees += entry.fee;
            }
            EntryKind::Void => totals.voids += 1,
            EntryKind::Note | EntryKind::Revocation => totals.corrections += 1,
        }
    }
    totals
}
