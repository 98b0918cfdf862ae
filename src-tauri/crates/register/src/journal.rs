//! Who opened which file when, and what happened to the store itself. Append-only; never personal data: an actor is a
//! staff account, a file is a copy's id.

use crate::{
    Result, Store,
    acts::bounded,
    failpoint::Step,
    time::{from_millis, millis},
};
use jiff::Timestamp;
use rusqlite::params;
use uuid::Uuid;

/// One line of the access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Staff account.
    pub actor: String,
    /// What was done: a short code.
    pub action: String,
    /// To which copy, if to one.
    pub copy_id: Option<Uuid>,
    /// When.
    pub at: Timestamp,
}

/// Something that happened to the store: `restored`, `guard missing`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What.
    pub kind: String,
    /// Who accepted it, if anybody.
    pub by: String,
    /// Why.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Logs that `actor` did `action` to a copy.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn log_access(&self, actor: &str, action: &str, copy_id: Option<Uuid>, at: Timestamp) -> Result<()> {
        bounded(actor, "the actor", 1)?;
        bounded(action, "the action", 1)?;
        self.write(Step::Other, |write| {
            write
                .tx
                .prepare_cached("INSERT INTO access (actor, action, copy_id, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![actor, action, copy_id.as_ref().map(Uuid::as_bytes), millis(at)])?;
            Ok(())
        })
    }

    /// The access log, of one copy or of all, newest first, at most `limit` lines.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn accesses(&self, copy_id: Option<Uuid>, limit: u32) -> Result<Vec<Access>> {
        let conn = self.lock();
        let condition = if copy_id.is_some() { "WHERE copy_id = ?1" } else { "WHERE ?1 IS NULL" };
        let mut statement = conn.prepare_cached(&format!(
            "SELECT actor, action, copy_id, at FROM access {condition} ORDER BY id DESC LIMIT ?2"
        ))?;
        let mut rows = statement.query(params![copy_id.as_ref().map(Uuid::as_bytes), limit])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(Access {
                actor: row.get(0)?,
                action: row.get(1)?,
                copy_id: row.get::<_, Option<[u8; 16]>>(2)?.map(Uuid::from_bytes),
                at: from_millis(row.get(3)?)?,
            });
        }
        Ok(lines)
    }

    /// What happened to the store, newest first.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn incidents(&self) -> Result<Vec<Incident>> {
        let conn = self.lock();
        let mut statement = conn.prepare("SELECT kind, by, text, at FROM incident ORDER BY id DESC")?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Incident {
                kind: row.get(0)?,
                by: row.get(1)?,
                text: row.get(2)?,
                at: from_millis(row.get(3)?)?,
            });
        }
        Ok(found)
    }
}
