//! The bytes of a copy: the unsigned file, the two increments that seal it, and what was appended later; each stored
//! once, and the whole is their concatenation.
//!
//! A copy may have hundreds of megabytes, and SQLite holds a value that is bound or fetched whole once or twice more:
//! so large ones are written and read in pieces (`sqlite3_blob_open`).

use crate::{
    FilePart, KnownIncrements, RegisterError, Result, Sha256, Store,
    acts::{act, final_kind},
};
use rusqlite::{Connection, OptionalExtension, blob::Blob, params};
use sha2::Digest;
use uuid::Uuid;

/// Bytes written or read at a time.
const PIECE: usize = 1 << 20;

impl Store {
    /// The sealed file, checked against the entry's digest as it is read.
    ///
    /// # Errors
    /// [`RegisterError::NotSealed`], [`RegisterError::FilePurged`]; [`RegisterError::FileAltered`] when the bytes are
    /// not the recorded ones.
    pub fn file(&self, copy_id: Uuid) -> Result<Vec<u8>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let (length, digest) = sealed(&conn, act.id)?;
        let whole = parts(&conn, act.id, &FilePart::SEALED)?;
        check_sealed(&whole, length, &digest)?;
        Ok(whole)
    }

    /// The sealed file with what was appended to it later, each checked against its recorded digest.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn newest_file(&self, copy_id: Uuid) -> Result<Vec<u8>> {
        let Some(later) = self.augmentation(copy_id)? else { return self.file(copy_id) };
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let (length, digest) = sealed(&conn, act.id)?;
        // Fetched together, so that the whole is never copied to make room for its end.
        let whole = parts(&conn, act.id, &FilePart::ALL)?;
        let (before, appended) =
            whole.split_at_checked(usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or((&whole, &[]));
        check_sealed(before, length, &digest)?;
        let found: Sha256 = sha2::Sha256::digest(appended).into();
        if found != later.sha256 {
            return Err(RegisterError::FileAltered { part: FilePart::Augmentation.name() });
        }
        Ok(whole)
    }

    /// One stretch of the file, as far as the act got.
    ///
    /// # Errors
    /// [`RegisterError::FilePurged`], [`RegisterError::NotPrepared`], [`RegisterError::NotSigned`],
    /// [`RegisterError::NotSealed`], [`RegisterError::NotAugmented`].
    pub fn file_part(&self, copy_id: Uuid, part: FilePart) -> Result<Vec<u8>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        parts(&conn, act.id, &[part])
    }

    /// What a file of ours consists of, for the exact check (invariant 5). It outlives the purge of the bytes.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`], [`RegisterError::NotPrepared`].
    pub fn known_increments(&self, copy_id: Uuid) -> Result<KnownIncrements> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let (unsigned_length, unsigned_sha256) = length_and_digest(
            &conn,
            "SELECT unsigned_length, unsigned_sha256 FROM prepared WHERE act = ?1",
            act.id,
        )?
        .ok_or(RegisterError::NotPrepared)?;
        let signed = length_and_digest(&conn, "SELECT length, sha256 FROM signed WHERE act = ?1", act.id)?;
        let sealed = match final_kind(&conn, act.id)? {
            Some(crate::EntryKind::Act) => length_and_digest(
                &conn,
                "SELECT length, sha256 FROM entry WHERE act = ?1 AND kind = 1 AND kind IN (1, 2)",
                act.id,
            )?,
            _ => None,
        };
        let later =
            length_and_digest(&conn, "SELECT length, sha256 FROM augmentation WHERE act = ?1", act.id)?;
        let increments = signed.into_iter().chain(sealed).collect();
        Ok(KnownIncrements { unsigned_length, unsigned_sha256, increments, later })
    }
}

pub(crate) fn insert(conn: &Connection, act: i64, part: FilePart, bytes: &[u8]) -> Result<()> {
    let row = part.row(act);
    if bytes.len() <= PIECE {
        conn.prepare_cached("INSERT INTO file (id, bytes) VALUES (?1, ?2)")?.execute(params![row, bytes])?;
        return Ok(());
    }
    conn.prepare_cached("INSERT INTO file (id, bytes) VALUES (?1, zeroblob(?2))")?
        .execute(params![row, crate::tree::signed(bytes.len() as u64)?])?;
    let mut place = conn.blob_open(c"main", c"file", c"bytes", row, false)?;
    for (index, piece) in bytes.chunks(PIECE).enumerate() {
        place.write_at(piece, index * PIECE)?;
    }
    Ok(place.close()?)
}

/// Length and digest of the three parts together.
pub(crate) fn whole_digest(conn: &Connection, act: i64) -> Result<(u64, Sha256)> {
    let (mut length, mut digest) = (0, sha2::Sha256::new());
    for part in FilePart::SEALED {
        let stored = each_piece(conn, act, part, |piece| {
            length += piece.len() as u64;
            digest.update(piece);
        })?;
        if !stored {
            return Err(not_stored(conn, act, part)?);
        }
    }
    Ok((length, digest.finalize().into()))
}

/// The digest of a part as it is stored; `None` where there is none.
pub(crate) fn digest_of(conn: &Connection, act: i64, part: FilePart) -> Result<Option<Sha256>> {
    let mut digest = sha2::Sha256::new();
    let stored = each_piece(conn, act, part, |piece| digest.update(piece))?;
    Ok(stored.then(|| digest.finalize().into()))
}

/// These parts, one after the other, in memory once.
fn parts(conn: &Connection, act: i64, wanted: &[FilePart]) -> Result<Vec<u8>> {
    let stored = wanted.iter().map(|part| stored(conn, act, *part)).collect::<Result<Vec<_>>>()?;
    let mut whole = vec![0; stored.iter().map(Blob::len).sum()];
    let mut rest = whole.as_mut_slice();
    for part in &stored {
        let (place, after) = rest.split_at_mut(part.len());
        part.read_at_exact(place, 0)?;
        rest = after;
    }
    Ok(whole)
}

/// Hands a part out piece by piece; `false` where there is none.
fn each_piece(conn: &Connection, act: i64, part: FilePart, mut use_piece: impl FnMut(&[u8])) -> Result<bool> {
    // What is small comes with its row: opening a value costs more than reading it.
    let mut statement =
        conn.prepare_cached("SELECT iif(length(bytes) <= ?2, bytes, NULL) FROM file WHERE id = ?1")?;
    let mut rows = statement.query(params![part.row(act), PIECE as i64])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    if let Ok(bytes) = row.get_ref(0)?.as_blob() {
        use_piece(bytes);
        return Ok(true);
    }
    let large = open(conn, act, part)?;
    let mut piece = vec![0; PIECE];
    for from in (0..large.len()).step_by(PIECE) {
        let length = large.len().min(from + PIECE) - from;
        large.read_at_exact(&mut piece[..length], from)?;
        use_piece(&piece[..length]);
    }
    Ok(true)
}

/// A part where it lies.
fn stored<'c>(conn: &'c Connection, act: i64, part: FilePart) -> Result<Blob<'c>> {
    if conn.prepare_cached("SELECT 1 FROM file WHERE id = ?1")?.exists([part.row(act)])? {
        open(conn, act, part)
    } else {
        Err(not_stored(conn, act, part)?)
    }
}

fn open<'c>(conn: &'c Connection, act: i64, part: FilePart) -> Result<Blob<'c>> {
    Ok(conn.blob_open(c"main", c"file", c"bytes", part.row(act), true)?)
}

/// Why a part is not there.
fn not_stored(conn: &Connection, act: i64, part: FilePart) -> Result<RegisterError> {
    if conn.prepare_cached("SELECT 1 FROM purge WHERE act = ?1")?.exists([act])? {
        return Ok(RegisterError::FilePurged);
    }
    Ok(match part {
        FilePart::Unsigned => RegisterError::NotPrepared,
        FilePart::Performer => RegisterError::NotSigned,
        FilePart::Agency => RegisterError::NotSealed,
        FilePart::Augmentation => RegisterError::NotAugmented,
    })
}

/// Length and digest of the sealed file, as its entry has them.
fn sealed(conn: &Connection, act: i64) -> Result<(i64, Sha256)> {
    conn.prepare_cached(
        "SELECT file_length, file_sha256 FROM entry WHERE act = ?1 AND kind = 1 AND kind IN (1, 2)",
    )?
    .query_row([act], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()?
    .ok_or(RegisterError::NotSealed)
}

fn check_sealed(file: &[u8], length: i64, digest: &Sha256) -> Result<()> {
    let found: Sha256 = sha2::Sha256::digest(file).into();
    let same = file.len() as u64 == length.unsigned_abs() && found == *digest;
    if same { Ok(()) } else { Err(RegisterError::FileAltered { part: "the sealed file" }) }
}

fn length_and_digest(conn: &Connection, sql: &str, act: i64) -> Result<Option<(u64, Sha256)>> {
    let row: Option<(i64, Sha256)> =
        conn.prepare_cached(sql)?.query_row([act], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.map(|(length, digest)| (length.unsigned_abs(), digest)))
}
