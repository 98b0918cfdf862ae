//! Settings: named JSON values, dated; the last one counts and the earlier ones stay readable in the file.

use crate::{Result, Store, acts::bounded, failpoint::Step, time::millis};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

impl Store {
    /// The present value of a setting, JSON.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(self
            .lock()
            .prepare_cached("SELECT value FROM setting WHERE name = ?1 ORDER BY id DESC LIMIT 1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// Sets a setting; setting the present value again adds no row.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn set_setting(&self, name: &str, json: &str, at: Timestamp) -> Result<()> {
        bounded(name, "the setting's name", 1)?;
        if self.setting(name)?.as_deref() == Some(json) {
            return Ok(());
        }
        self.write(Step::Other, |write| {
            write.tx.execute(
                "INSERT INTO setting (name, value, set_at) VALUES (?1, ?2, ?3)",
                params![name, json, millis(at)],
            )?;
            Ok(())
        })
    }
}
