//! What is appended to a sealed copy later (timestamps, validation data), and the requests that were made for it. The
//! sealed file stays what it was: its digest in the entry, its bytes, and what the queue sends.

use crate::{
    EntryKind, FilePart, RegisterError, Result, Sha256, Store,
    acts::{act, final_kind},
    failpoint::Step,
    files,
    time::{from_millis, millis},
    tree::signed,
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use sha2::Digest;
use uuid::Uuid;

/// What was appended to a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Augmentation {
    /// Bytes.
    pub length: u64,
    /// Their digest.
    pub sha256: Sha256,
    /// The level reached: `T`, `LT` or `LTA` (ETSI EN 319 142-1).
    pub level: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Records what was appended to a sealed copy. Recording the same again changes nothing.
    ///
    /// # Errors
    /// [`RegisterError::NotSealed`]; [`RegisterError::FilePurged`] when the copy's bytes are gone;
    /// [`RegisterError::FileAltered`] when something else was recorded.
    pub fn record_augmentation(&self, copy_id: Uuid, bytes: &[u8], level: &str, at: Timestamp) -> Result<()> {
        let digest: Sha256 = sha2::Sha256::digest(bytes).into();
        self.write(Step::Other, |write| {
            let act = act(&write.tx, copy_id)?;
            if final_kind(&write.tx, act.id)? != Some(EntryKind::Act) {
                return Err(RegisterError::NotSealed);
            }
            let recorded: Option<Sha256> = write
                .tx
                .prepare_cached("SELECT sha256 FROM augmentation WHERE act = ?1")?
                .query_row([act.id], |row| row.get(0))
                .optional()?;
            match recorded {
                Some(known) if known == digest => return Ok(()),
                Some(_) => {
                    return Err(RegisterError::FileAltered { part: FilePart::Augmentation.name() });
                }
                None => {}
            }
            if write.tx.prepare_cached("SELECT 1 FROM purge WHERE act = ?1")?.exists([act.id])? {
                return Err(RegisterError::FilePurged);
            }
            files::insert(&write.tx, act.id, FilePart::Augmentation, bytes)?;
            write
                .tx
                .prepare_cached("INSERT INTO augmentation VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![act.id, signed(bytes.len() as u64)?, digest, level, millis(at)])?;
            Ok(())
        })
    }

    /// What was appended to a copy, if anything. It outlives the purge of the bytes.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn augmentation(&self, copy_id: Uuid) -> Result<Option<Augmentation>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        let row: Option<(i64, Sha256, String, i64)> = conn
            .prepare_cached("SELECT length, sha256, level, at FROM augmentation WHERE act = ?1")?
            .query_row([act.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        row.map(|(length, sha256, level, at)| {
            Ok(Augmentation { length: length.unsigned_abs(), sha256, level, at: from_millis(at)? })
        })
        .transpose()
    }

    /// Sealed copies whose bytes are here and to which nothing was appended, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn unaugmented(&self, limit: u32) -> Result<Vec<Uuid>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(
            "SELECT a.copy_id FROM file f JOIN act a ON a.id = f.id / 4
             WHERE f.id % 4 = 2 AND NOT EXISTS (SELECT 1 FROM augmentation g WHERE g.act = a.id)
             ORDER BY f.id LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Notes a request to a timestamp authority, before it is made.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn note_timestamp_request(&self, authority: &str, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            write
                .tx
                .prepare_cached("INSERT INTO timestamp_request (authority, at) VALUES (?1, ?2)")?
                .execute(params![authority, millis(at)])?;
            Ok(())
        })
    }

    /// The requests made to a timestamp authority after `since`.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn timestamp_requests(&self, authority: &str, since: Timestamp) -> Result<Vec<Timestamp>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(
            "SELECT at FROM timestamp_request WHERE authority = ?1 AND at > ?2 ORDER BY at",
        )?;
        let rows = statement.query_map(params![authority, millis(since)], |row| row.get::<_, i64>(0))?;
        rows.map(|at| from_millis(at?)).collect()
    }
}
