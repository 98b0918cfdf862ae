//! The bytes of a copy: the unsigned file, the two increments that seal it, and what was appended later; each stored
//! once, and the whole is their concatenation.

use crate::{
    FilePart, KnownIncrements, RegisterError, Result, Sha256, Store,
    acts::{act, final_kind},
};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::Digest;
use uuid::Uuid;

impl Store {
    /// The sealed file, checked against the entry's digest as it is read.
    ///
    /// # Errors
    /// [`RegisterError::NotSealed`], [`RegisterError::FilePurged`]; [`RegisterError::FileAltered`] when the bytes are
    /// not the recorded ones.
    pub fn file(&self, copy_id: Uuid) -> Result<Vec<u8>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let (length, digest): (i64, Sha256) = conn
            .prepare_cached(
                "SELECT file_length, file_sha256 FROM entry WHERE act = ?1 AND kind = 1 AND kind IN (1, 2)",
            )?
            .query_row([act.id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or(RegisterError::NotSealed)?;
        let mut whole = Vec::with_capacity(usize::try_from(length).unwrap_or_default().min(64 << 20));
        for part in FilePart::SEALED {
            with_bytes(&conn, act.id, part, |bytes| whole.extend_from_slice(bytes))?;
        }
        let found: Sha256 = sha2::Sha256::digest(&whole).into();
        if found == digest { Ok(whole) } else { Err(RegisterError::FileAltered { part: "the sealed file" }) }
    }

    /// The sealed file with what was appended to it later, each checked against its recorded digest.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn newest_file(&self, copy_id: Uuid) -> Result<Vec<u8>> {
        let mut whole = self.file(copy_id)?;
        if let Some(later) = self.augmentation(copy_id)? {
            let bytes = self.file_part(copy_id, FilePart::Augmentation)?;
            let found: Sha256 = sha2::Sha256::digest(&bytes).into();
            if found != later.sha256 {
                return Err(RegisterError::FileAltered { part: FilePart::Augmentation.name() });
            }
            whole.extend(bytes);
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
        let mut copy = Vec::new();
        with_bytes(&conn, act.id, part, |bytes| copy.extend_from_slice(bytes))?;
        Ok(copy)
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
    conn.prepare_cached("INSERT INTO file (id, bytes) VALUES (?1, ?2)")?
        .execute(params![part.row(act), bytes])?;
    Ok(())
}

/// Length and digest of the three parts together.
pub(crate) fn whole_digest(conn: &Connection, act: i64) -> Result<(u64, Sha256)> {
    let (mut length, mut digest) = (0, sha2::Sha256::new());
    for part in FilePart::SEALED {
        with_bytes(conn, act, part, |bytes| {
            length += bytes.len() as u64;
            digest.update(bytes);
        })?;
    }
    Ok((length, digest.finalize().into()))
}

fn with_bytes(conn: &Connection, act: i64, part: FilePart, use_bytes: impl FnOnce(&[u8])) -> Result<()> {
    let mut statement = conn.prepare_cached("SELECT bytes FROM file WHERE id = ?1")?;
    let mut rows = statement.query([part.row(act)])?;
    if let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob();
        use_bytes(bytes.map_err(|e| RegisterError::UnreadableRow { table: "file", detail: e.to_string() })?);
        return Ok(());
    }
    if conn.prepare_cached("SELECT 1 FROM purge WHERE act = ?1")?.exists([act])? {
        return Err(RegisterError::FilePurged);
    }
    Err(match part {
        FilePart::Unsigned => RegisterError::NotPrepared,
        FilePart::Performer => RegisterError::NotSigned,
        FilePart::Agency => RegisterError::NotSealed,
        FilePart::Augmentation => RegisterError::NotAugmented,
    })
}

fn length_and_digest(conn: &Connection, sql: &str, act: i64) -> Result<Option<(u64, Sha256)>> {
    let row: Option<(i64, Sha256)> =
        conn.prepare_cached(sql)?.query_row([act], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.map(|(length, digest)| (length.unsigned_abs(), digest)))
}
