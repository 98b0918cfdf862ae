//! What leaves the store: the bytes and the identity data of a copy that the warehouse has acknowledged, or whose
//! number was voided (invariants 8 and 10). When, is the office's decision; the entry, the name and every digest stay.

use crate::{
    EntryKind, FilePart, RegisterError, Result, Store,
    acts::{act, final_kind},
    failpoint::Step,
    time::millis,
};
use jiff::Timestamp;
use rusqlite::params;
use uuid::Uuid;

impl Store {
    /// Frees the bytes of a copy and erases the requester's identity data. Purging again changes nothing.
    ///
    /// # Errors
    /// [`RegisterError::NoReceipt`] while the warehouse has not acknowledged the copy.
    pub fn purge(&self, copy_id: Uuid, by: &str, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let act = act(&write.tx, copy_id)?;
            if write.tx.prepare_cached("SELECT 1 FROM purge WHERE act = ?1")?.exists([act.id])? {
                return Ok(());
            }
            let stored = write.tx.prepare_cached("SELECT 1 FROM receipt WHERE job = ?1")?.exists([act.id])?;
            if !stored && final_kind(&write.tx, act.id)? != Some(EntryKind::Void) {
                return Err(RegisterError::NoReceipt);
            }
            write.tx.execute("INSERT INTO purge VALUES (?1, ?2, ?3)", params![act.id, by, millis(at)])?;
            for part in FilePart::ALL {
                write.tx.execute("DELETE FROM file WHERE id = ?1", [part.row(act.id)])?;
            }
            write.tx.execute("UPDATE personal SET identity = NULL WHERE act = ?1", [act.id])?;
            Ok(())
        })
    }

    /// Copies that may be purged: stored or voided before `before` and not purged yet, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn purgeable(&self, before: Timestamp, limit: u32) -> Result<Vec<Uuid>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(
            "SELECT a.copy_id FROM file f JOIN act a ON a.id = f.id / 4
             LEFT JOIN receipt r ON r.job = a.id
             LEFT JOIN entry e ON e.act = a.id AND e.kind IN (1, 2) AND e.kind = 2
             WHERE f.id % 4 = 0 AND coalesce(r.received_at, e.at) < ?1 ORDER BY f.id LIMIT ?2",
        )?;
        let rows =
            statement.query_map(params![millis(before), limit], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
