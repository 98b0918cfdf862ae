//! The steps of an act: number reserved → prepared → signed → sealed, or void. Each is one transaction and one row; a
//! step taken twice with the same content is taken once.

use crate::{
    BookKey, Entry, EntryKind, FilePart, Increment, Job, Officer, PreparedAct, RegisterError, Requester,
    Result, Sha256, Store, Unfinished, UnfinishedState,
    books::{self, book_key, current_volume, open_book},
    failpoint::Step,
    files, fold, leaf,
    leaf_row::{self, LEAF_QUERY, LeafRow},
    store::Write,
    time::{day_from_number, day_number, day_of, from_millis, millis},
    tree::{BookTree, signed},
    views,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::Digest;
use uuid::Uuid;

/// A reserved number.
pub(crate) struct Act {
    pub(crate) id: i64,
    pub(crate) book: i64,
    pub(crate) number: u32,
    desk: String,
}

impl Store {
    /// Gives the copy the book's next number. Asked again for the same copy, gives the same number.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`], [`RegisterError::BookClosed`]; [`RegisterError::NumberVoid`] when the copy's
    /// number was voided (a new attempt is a new copy).
    pub fn reserve(&self, key: &BookKey, copy_id: Uuid, desk: &str, at: Timestamp) -> Result<u32> {
        bounded(desk, "the desk", 1)?;
        self.write(Step::Reserve, |write| {
            if let Some(act) = find_act(&write.tx, copy_id)? {
                if book_key(&write.tx, act.book)? != *key {
                    return Err(RegisterError::NumberInOtherBook { number: act.number });
                }
                return match final_kind(&write.tx, act.id)? {
                    Some(EntryKind::Void) => Err(RegisterError::NumberVoid { number: act.number }),
                    _ => Ok(act.number),
                };
            }
            let book = open_book(write, key)?;
            let number = books::next_number(&write.tx, book)?;
            let volume = current_volume(&write.tx, book)?;
            write
                .tx
                .prepare_cached(
                    "INSERT INTO act (book, volume, number, copy_id, desk, reserved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![book, volume, number, copy_id.as_bytes(), desk, millis(at)])?;
            Ok(number)
        })
    }

    /// Records the act and its unsigned file. Before this nothing may be signed (invariant 2).
    ///
    /// # Errors
    /// [`RegisterError::FileAltered`] when `unsigned` does not have the digest in `act`;
    /// [`RegisterError::AlreadyRecorded`] when another file was recorded before.
    pub fn record_prepared(
        &self,
        copy_id: Uuid,
        act: &PreparedAct,
        unsigned: &[u8],
        at: Timestamp,
    ) -> Result<()> {
        check_prepared(act)?;
        if sha256(unsigned) != act.unsigned_sha256 {
            return Err(RegisterError::FileAltered { part: FilePart::Unsigned.name() });
        }
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|_| RegisterError::NoRandomness)?;
        self.write(Step::RecordPrepared, |write| {
            let row = unfinished_act(&write.tx, copy_id)?;
            if let Some(known) =
                recorded(&write.tx, "SELECT unsigned_sha256 FROM prepared WHERE act = ?1", row.id)?
            {
                return same_or(known == act.unsigned_sha256, "prepared");
            }
            insert_prepared(&write.tx, row.id, act, length(unsigned)?, &salt, at)?;
            files::insert(&write.tx, row.id, FilePart::Unsigned, unsigned)
        })
    }

    /// Records what the performer's signature appended.
    ///
    /// # Errors
    /// [`RegisterError::NotPrepared`]; [`RegisterError::AlreadyRecorded`] when another signature was recorded before.
    pub fn record_signed(&self, copy_id: Uuid, performer: &Increment, at: Timestamp) -> Result<()> {
        let digest = sha256(&performer.bytes);
        self.write(Step::RecordSigned, |write| {
            let act = unfinished_act(&write.tx, copy_id)?;
            if let Some(known) = recorded(&write.tx, "SELECT sha256 FROM signed WHERE act = ?1", act.id)? {
                return same_or(known == digest, "signed");
            }
            if recorded(&write.tx, "SELECT unsigned_sha256 FROM prepared WHERE act = ?1", act.id)?.is_none() {
                return Err(RegisterError::NotPrepared);
            }
            write.tx.prepare_cached("INSERT INTO signed VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                act.id,
                length(&performer.bytes)?,
                digest,
                performer.certificate,
                millis(at)
            ])?;
            files::insert(&write.tx, act.id, FilePart::Performer, &performer.bytes)
        })
    }

    /// Register entry with its leaf, the sealed file and the upload job, in one transaction (invariant 7).
    ///
    /// # Errors
    /// [`RegisterError::NotSigned`]; [`RegisterError::AlreadyRecorded`] when it was sealed otherwise before.
    pub fn commit_sealed(
        &self,
        copy_id: Uuid,
        agency: &Increment,
        job: &Job,
        at: Timestamp,
    ) -> Result<Entry> {
        let digest = sha256(&agency.bytes);
        self.write(Step::CommitSealed, |write| {
            let act = act(&write.tx, copy_id)?;
            match final_kind(&write.tx, act.id)? {
                Some(EntryKind::Void) => return Err(RegisterError::NumberVoid { number: act.number }),
                Some(_) => {
                    let sealed = "SELECT sha256 FROM entry WHERE act = ?1 AND kind IN (1, 2)";
                    same_or(recorded(&write.tx, sealed, act.id)? == Some(digest), "sealed")?;
                    return views::final_entry(&write.tx, act.id);
                }
                None => {}
            }
            if recorded(&write.tx, "SELECT sha256 FROM signed WHERE act = ?1", act.id)?.is_none() {
                return Err(RegisterError::NotSigned);
            }
            files::insert(&write.tx, act.id, FilePart::Agency, &agency.bytes)?;
            let (file_length, file_sha256) = files::whole_digest(&write.tx, act.id)?;
            insert_job(&write.tx, act.id, job, at)?;
            let day: i64 = write
                .tx
                .prepare_cached("SELECT statement_day FROM prepared WHERE act = ?1")?
                .query_row([act.id], |row| row.get(0))?;
            let seq = BookTree { conn: &write.tx, book: act.book }.size()?;
            write
                .tx
                .prepare_cached(
                    "INSERT INTO entry (book, seq, kind, act, day, at, author, text, length, sha256, certificate,
                       file_length, file_sha256, job)
                     VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, '', ?7, ?8, ?9, ?10, ?11, ?3)",
                )?
                .execute(params![
                    act.book,
                    signed(seq)?,
                    act.id,
                    day,
                    millis(at),
                    act.desk,
                    length(&agency.bytes)?,
                    digest,
                    agency.certificate,
                    signed(file_length)?,
                    file_sha256
                ])?;
            grow(write, act.book, seq)?;
            views::final_entry(&write.tx, act.id)
        })
    }

    /// Enters a number that will not become an act as "Hủy" with its reason (NĐ 23/2015 Art 13: no gap). Voiding a
    /// void number again changes nothing.
    ///
    /// # Errors
    /// [`RegisterError::NumberFinished`] when the number is an act already.
    pub fn void(&self, key: &BookKey, number: u32, reason: &str, by: &str, at: Timestamp) -> Result<Entry> {
        bounded(reason, "the reason", 1)?;
        bounded(by, "the officer", 1)?;
        self.write(Step::Other, |write| {
            let act = act_by_number(&write.tx, key, number)?;
            match final_kind(&write.tx, act.id)? {
                Some(EntryKind::Void) => {}
                Some(_) => return Err(RegisterError::NumberFinished { number }),
                None => insert_plain(write, &act, EntryKind::Void, reason, by, at)?,
            }
            views::final_entry(&write.tx, act.id)
        })
    }

    /// What was recorded of an act before it was signed; `None` while only its number is reserved.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn prepared(&self, copy_id: Uuid) -> Result<Option<PreparedAct>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let mut statement = conn.prepare_cached(
            "SELECT requester, identity, paper, pages, copies, fee, signer_name, signer_title, statement_day,
               certified_at, note, details, unsigned_sha256
             FROM prepared p JOIN personal x ON x.act = p.act WHERE p.act = ?1",
        )?;
        let mut rows = statement.query([act.id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let identity: Option<String> = row.get(1)?;
        Ok(Some(PreparedAct {
            requester: requester_from(row.get(0)?, identity.as_deref()),
            paper: row.get(2)?,
            pages: row.get(3)?,
            copies: row.get(4)?,
            fee: row.get::<_, i64>(5)?.unsigned_abs(),
            signer: Officer { name: row.get(6)?, title: row.get(7)? },
            statement_date: day_from_number(row.get(8)?)?,
            certified_at: from_millis(row.get(9)?)?,
            note: row.get(10)?,
            details: row.get(11)?,
            unsigned_sha256: row.get(12)?,
        }))
    }

    /// Numbers that are neither act nor void: what a restart resumes or voids, oldest first.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(
            "SELECT a.copy_id, a.book, a.volume, a.number, a.desk, a.reserved_at, p.act IS NOT NULL, s.act IS NOT NULL
             FROM open_act o JOIN act a ON a.id = o.act
             LEFT JOIN prepared p ON p.act = a.id LEFT JOIN signed s ON s.act = a.id ORDER BY a.id",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Unfinished {
                copy_id: Uuid::from_bytes(row.get(0)?),
                book: book_key(&conn, row.get(1)?)?,
                volume: row.get(2)?,
                number: row.get(3)?,
                desk: row.get(4)?,
                reserved_at: from_millis(row.get(5)?)?,
                state: match (row.get(6)?, row.get(7)?) {
                    (_, true) => UnfinishedState::Signed,
                    (true, false) => UnfinishedState::Prepared,
                    (false, false) => UnfinishedState::Reserved,
                },
            });
        }
        Ok(found)
    }
}

/// The act of a copy.
pub(crate) fn act(conn: &Connection, copy_id: Uuid) -> Result<Act> {
    find_act(conn, copy_id)?.ok_or(RegisterError::UnknownCopy)
}

pub(crate) fn find_act(conn: &Connection, copy_id: Uuid) -> Result<Option<Act>> {
    Ok(conn
        .prepare_cached("SELECT id, book, number, desk FROM act WHERE copy_id = ?1")?
        .query_row([copy_id.as_bytes()], read_act)
        .optional()?)
}

pub(crate) fn act_by_number(conn: &Connection, key: &BookKey, number: u32) -> Result<Act> {
    conn.prepare_cached("SELECT id, book, number, desk FROM act WHERE book = ?1 AND number = ?2")?
        .query_row(params![books::book_id(conn, key)?, number], read_act)
        .optional()?
        .ok_or(RegisterError::UnknownNumber { number })
}

fn read_act(row: &rusqlite::Row<'_>) -> rusqlite::Result<Act> {
    Ok(Act { id: row.get(0)?, book: row.get(1)?, number: row.get(2)?, desk: row.get(3)? })
}

/// Whether the number became an act or a void, if either.
pub(crate) fn final_kind(conn: &Connection, act: i64) -> Result<Option<EntryKind>> {
    let code: Option<i64> = conn
        .prepare_cached("SELECT kind FROM entry WHERE act = ?1 AND kind IN (1, 2)")?
        .query_row([act], |row| row.get(0))
        .optional()?;
    Ok(code.and_then(EntryKind::from_code))
}

fn unfinished_act(conn: &Connection, copy_id: Uuid) -> Result<Act> {
    let act = act(conn, copy_id)?;
    match final_kind(conn, act.id)? {
        Some(EntryKind::Void) => Err(RegisterError::NumberVoid { number: act.number }),
        Some(_) => Err(RegisterError::NumberFinished { number: act.number }),
        None => Ok(act),
    }
}

fn recorded(conn: &Connection, sql: &str, act: i64) -> Result<Option<Sha256>> {
    Ok(conn.prepare_cached(sql)?.query_row([act], |row| row.get(0)).optional()?)
}

fn same_or(same: bool, step: &'static str) -> Result<()> {
    if same { Ok(()) } else { Err(RegisterError::AlreadyRecorded { step }) }
}

fn insert_prepared(
    conn: &Connection,
    id: i64,
    act: &PreparedAct,
    unsigned_length: i64,
    salt: &[u8; 16],
    at: Timestamp,
) -> Result<()> {
    let identity = identity_text(&act.requester);
    conn.prepare_cached(
        "INSERT INTO prepared VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        id,
        act.paper,
        act.pages,
        act.copies,
        signed(act.fee)?,
        act.signer.name,
        act.signer.title,
        day_number(act.statement_date),
        millis(act.certified_at),
        act.note,
        act.details,
        leaf::personal_hash(salt, &act.requester.name),
        leaf::personal_hash(salt, &identity),
        unsigned_length,
        act.unsigned_sha256,
        millis(at)
    ])?;
    conn.prepare_cached("INSERT INTO personal VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        id,
        salt,
        act.requester.name,
        identity
    ])?;
    Ok(())
}

/// What a purge erases, as one text: address, contact and number of the identity paper.
fn identity_text(requester: &Requester) -> String {
    serde_json::json!([requester.id_number, requester.address, requester.contact]).to_string()
}

/// The requester back from the two columns; the erased part is empty.
pub(crate) fn requester_from(name: String, identity: Option<&str>) -> Requester {
    let [id_number, address, contact] =
        identity.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Requester { name, id_number, address, contact }
}

fn insert_job(conn: &Connection, act: i64, job: &Job, at: Timestamp) -> Result<()> {
    conn.prepare_cached("INSERT INTO job VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        act,
        job.key.as_bytes(),
        job.payload,
        millis(at)
    ])?;
    crate::outbox::queue(conn, act, at)
}

/// Enters a void, note or revocation.
pub(crate) fn insert_plain(
    write: &mut Write<'_>,
    act: &Act,
    kind: EntryKind,
    text: &str,
    by: &str,
    at: Timestamp,
) -> Result<()> {
    let seq = BookTree { conn: &write.tx, book: act.book }.size()?;
    write
        .tx
        .prepare_cached(
            "INSERT INTO entry (book, seq, kind, act, day, at, author, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            act.book,
            signed(seq)?,
            kind.code(),
            act.id,
            day_number(day_of(at)),
            millis(at),
            by,
            text
        ])?;
    grow(write, act.book, seq)
}

/// Puts the entry just inserted into the tree and the search index.
fn grow(write: &mut Write<'_>, book: i64, seq: u64) -> Result<()> {
    let entry = write.tx.last_insert_rowid();
    let books = leaf_row::books(&write.tx)?;
    let hash = {
        let mut statement = write.tx.prepare_cached(&format!("{LEAF_QUERY} WHERE e.id = ?1"))?;
        let mut rows = statement.query([entry])?;
        let row = rows.next()?.ok_or(RegisterError::UnknownCopy)?;
        merkle_leaf(&LeafRow(row), &books)?
    };
    let root = BookTree { conn: &write.tx, book }.append(seq, hash)?;
    let origin = books.get(&book).map(BookKey::origin).unwrap_or_default();
    write.grown = Some((origin, seq + 1, root));
    index(&write.tx, entry)
}

fn merkle_leaf(row: &LeafRow<'_>, books: &leaf_row::Books) -> Result<Sha256> {
    Ok(crate::merkle::leaf_hash(&row.bytes(books)?))
}

fn index(conn: &Connection, entry: i64) -> Result<()> {
    let words: String = conn
        .prepare_cached(
            "SELECT a.number || ' ' || coalesce(x.requester, '') || ' ' || coalesce(p.paper, '') || ' '
               || coalesce(p.note, '') || ' ' || e.text
             FROM entry e JOIN act a ON a.id = e.act LEFT JOIN prepared p ON p.act = e.act
             LEFT JOIN personal x ON x.act = e.act WHERE e.id = ?1",
        )?
        .query_row([entry], |row| row.get(0))?;
    conn.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
        .execute(params![entry, fold(&words)])?;
    Ok(())
}

fn length(bytes: &[u8]) -> Result<i64> {
    signed(bytes.len() as u64)
}

fn sha256(bytes: &[u8]) -> Sha256 {
    sha2::Sha256::digest(bytes).into()
}

fn check_prepared(act: &PreparedAct) -> Result<()> {
    bounded(&act.requester.name, "the requester's name", 1)?;
    bounded(&act.paper, "the name of the original", 1)?;
    bounded(&act.signer.name, "the signer's name", 1)?;
    bounded(&act.signer.title, "the signer's title", 0)?;
    bounded(&act.note, "the note", 0)?;
    if act.details.len() > 1 << 20 {
        return Err(RegisterError::InvalidInput { what: "details beyond 1 MiB" });
    }
    if act.pages == 0 || act.copies == 0 {
        return Err(RegisterError::InvalidInput { what: "no pages or no copies" });
    }
    Ok(())
}

/// Text columns are bounded: a page of text is more than any of them needs.
pub(crate) fn bounded(text: &str, what: &'static str, least: usize) -> Result<()> {
    let length = text.trim().len();
    if length < least || text.len() > 4_000 { Err(RegisterError::InvalidInput { what }) } else { Ok(()) }
}
