//! One connection to the encrypted file, with every setting the store relies on set and read back.

use crate::{RegisterError, Result, StoreKey};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// What the connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read and write; the file must exist.
    Write,
    /// Read and write; the file may be created.
    Create,
    /// Read only.
    Read,
}

/// Marks the file as ours (`PRAGMA application_id`): "MBan".
pub(crate) const APPLICATION_ID: i64 = 0x4d42_616e;

/// The first SQLite without the WAL-reset bug, which silently loses committed transactions.
const OLDEST_SAFE_SQLITE: (i32, &str) = (3_051_003, "3.51.3");

/// Opens the file and proves that `key` reads it. Nothing is written to the file before the first transaction; a
/// write-ahead log that is there stays there.
pub(crate) fn connect(path: &Path, key: &StoreKey, access: Access) -> Result<Connection> {
    if rusqlite::version_number() < OLDEST_SAFE_SQLITE.0 {
        return Err(RegisterError::UnsafeSqlite { version: rusqlite::version().to_owned() });
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if access == Access::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let conn = Connection::open_with_flags(path, flags)?;
    // Until the store is known to be sound, closing it must not move the log into the file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(64);
    let key = key.hex();
    let literal = Zeroizing::new(format!("x'{}'", key.as_str()));
    // SQLCipher writes to stderr on every bad page otherwise.
    conn.pragma_update(None, "cipher_log_level", "NONE")?;
    conn.pragma_update(None, "key", literal.as_str())?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    if access == Access::Read {
        set(&conn, "query_only", "ON", "1")?;
    } else {
        set(&conn, "journal_mode", "WAL", "wal")?;
        set(&conn, "synchronous", "EXTRA", "3")?;
        set(&conn, "secure_delete", "ON", "1")?;
        set(&conn, "wal_autocheckpoint", "1000", "1000")?;
        // The platform's stronger flush, where there is one (macOS); elsewhere without effect.
        set(&conn, "fullfsync", "ON", "1")?;
        set(&conn, "checkpoint_fullfsync", "ON", "1")?;
    }
    set(&conn, "foreign_keys", "ON", "1")?;
    set(&conn, "recursive_triggers", "ON", "1")?;
    set(&conn, "trusted_schema", "OFF", "0")?;
    set(&conn, "cell_size_check", "ON", "1")?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(conn)
}

/// Lets a sound store keep its log short again.
pub(crate) fn allow_checkpoint_on_close(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// `quick_check`, given up after `budget`: `true` when it saw the whole store.
pub(crate) fn quick_check(conn: &mut Connection, budget: Duration) -> Result<bool> {
    let start = Instant::now();
    conn.progress_handler(10_000, Some(move || start.elapsed() > budget))?;
    let verdict = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    conn.progress_handler(0, None::<fn() -> bool>)?;
    match verdict {
        Ok(text) if text == "ok" => Ok(true),
        Ok(detail) => Err(RegisterError::Corrupt { detail }),
        Err(e) if e.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Every page's HMAC, then every b-tree and index; the findings, empty when there are none.
pub(crate) fn full_check(conn: &Connection) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for pragma in ["PRAGMA cipher_integrity_check", "PRAGMA integrity_check(20)"] {
        let mut statement = conn.prepare(pragma)?;
        let mut rows = statement.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => found.push(row.get::<_, String>(0)?),
                Ok(None) => break,
                Err(e) => {
                    found.push(e.to_string());
                    break;
                }
            }
        }
    }
    found.retain(|line| line != "ok");
    Ok(found)
}

fn set(conn: &Connection, pragma: &str, value: &str, expected: &str) -> Result<()> {
    conn.pragma_update_and_check(None, pragma, value, |_| Ok(())).or_else(|e| match e {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        other => Err(other),
    })?;
    let answer = conn.pragma_query_value(None, pragma, |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        })
    })?;
    if answer == expected {
        Ok(())
    } else {
        Err(RegisterError::SettingRefused { pragma: pragma.to_owned(), answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linked_sqlite_does_not_lose_committed_transactions() {
        assert!(
            rusqlite::version_number() >= 3_051_003,
            "SQLite {} < {}",
            rusqlite::version(),
            OLDEST_SAFE_SQLITE.1
        );
    }

    #[test]
    fn every_setting_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let conn = connect(&dir.path().join("x.db"), &StoreKey::from_bytes([1; 32]), Access::Create).unwrap();
        assert!(matches!(
            set(&conn, "journal_mode", "WAL", "delete"),
            Err(RegisterError::SettingRefused { answer, .. }) if answer == "wal"
        ));
        let cipher: String = conn.pragma_query_value(None, "cipher_version", |row| row.get(0)).unwrap();
        assert!(cipher.starts_with("4."), "{cipher}");
    }
}
