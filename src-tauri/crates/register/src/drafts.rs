//! Drafts: captured originals and the half-filled form, so that neither a crash nor a closed window loses them.

use crate::{
    Draft, RegisterError, Result, Sha256, Store,
    failpoint::Step,
    time::{from_millis, millis},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::Digest;
use uuid::Uuid;

impl Store {
    /// Saves the form of a draft over its last version; its attachments stay.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn save_draft(&self, copy_id: Uuid, json: &str, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            write.tx.execute(
                "INSERT INTO draft VALUES (?1, ?2, ?3)
                 ON CONFLICT (copy_id) DO UPDATE SET json = excluded.json, saved_at = excluded.saved_at",
                params![copy_id.as_bytes(), json, millis(at)],
            )?;
            Ok(())
        })
    }

    /// Attaches an original (immutable, kept once however often it is attached) and gives its digest.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn attach(&self, copy_id: Uuid, bytes: &[u8], at: Timestamp) -> Result<Sha256> {
        let digest: Sha256 = sha2::Sha256::digest(bytes).into();
        self.write(Step::Other, |write| {
            write.tx.execute(
                "INSERT INTO draft VALUES (?1, '', ?2) ON CONFLICT DO NOTHING",
                params![copy_id.as_bytes(), millis(at)],
            )?;
            // Asked first: a conflict clause would copy megabytes only to drop them.
            if !write.tx.prepare_cached("SELECT 1 FROM attachment WHERE sha256 = ?1")?.exists([digest])? {
                write.tx.execute("INSERT INTO attachment (sha256, bytes) VALUES (?1, ?2)", params![digest, bytes])?;
            }
            write.tx.execute(
                "INSERT INTO draft_attachment SELECT ?1, id FROM attachment WHERE sha256 = ?2 ON CONFLICT DO NOTHING",
                params![copy_id.as_bytes(), digest],
            )?;
            Ok(digest)
        })
    }

    /// Takes an attachment out of a draft.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn detach(&self, copy_id: Uuid, digest: &Sha256) -> Result<()> {
        self.write(Step::Other, |write| {
            write.tx.execute(
                "DELETE FROM draft_attachment WHERE copy_id = ?1
                 AND attachment = (SELECT id FROM attachment WHERE sha256 = ?2)",
                params![copy_id.as_bytes(), digest],
            )?;
            drop_orphans(&write.tx)
        })
    }

    /// The bytes of an attachment, checked against their digest; `None` when it is not there.
    ///
    /// # Errors
    /// [`RegisterError::FileAltered`].
    pub fn attachment(&self, digest: &Sha256) -> Result<Option<Vec<u8>>> {
        let conn = self.lock();
        let bytes: Option<Vec<u8>> = conn
            .prepare_cached("SELECT bytes FROM attachment WHERE sha256 = ?1")?
            .query_row([digest], |row| row.get(0))
            .optional()?;
        match bytes {
            Some(bytes) if sha2::Sha256::digest(&bytes)[..] != digest[..] => {
                Err(RegisterError::FileAltered { part: "an attachment" })
            }
            other => Ok(other),
        }
    }

    /// Every draft, the one saved last first.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn drafts(&self) -> Result<Vec<Draft>> {
        let conn = self.lock();
        let ids: Vec<[u8; 16]> = conn
            .prepare_cached("SELECT copy_id FROM draft ORDER BY saved_at DESC, copy_id")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        ids.into_iter().filter_map(|id| read(&conn, Uuid::from_bytes(id)).transpose()).collect()
    }

    /// One draft.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn draft(&self, copy_id: Uuid) -> Result<Option<Draft>> {
        read(&self.lock(), copy_id)
    }

    /// Removes a draft, and every attachment that no other draft holds.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn discard_draft(&self, copy_id: Uuid) -> Result<()> {
        self.write(Step::Other, |write| {
            write.tx.execute("DELETE FROM draft WHERE copy_id = ?1", [copy_id.as_bytes()])?;
            drop_orphans(&write.tx)
        })
    }
}

fn drop_orphans(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM attachment WHERE id NOT IN (SELECT attachment FROM draft_attachment)", [])?;
    Ok(())
}

fn read(conn: &Connection, copy_id: Uuid) -> Result<Option<Draft>> {
    let row: Option<(String, i64)> = conn
        .prepare_cached("SELECT json, saved_at FROM draft WHERE copy_id = ?1")?
        .query_row([copy_id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((json, saved_at)) = row else { return Ok(None) };
    let attachments = conn
        .prepare_cached(
            "SELECT sha256 FROM draft_attachment d JOIN attachment a ON a.id = d.attachment
             WHERE d.copy_id = ?1 ORDER BY a.id",
        )?
        .query_map([copy_id.as_bytes()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Draft { copy_id, json, attachments, saved_at: from_millis(saved_at)? }))
}
