//! The schema's numbered steps. A step that has shipped is never edited; a store of a newer program is refused; a
//! snapshot is taken before any step on a store that holds something.

use crate::{DataFolder, RegisterError, Result, folder::sync_file, sqlite::APPLICATION_ID};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Step n takes schema n to n + 1.
pub(crate) const MIGRATIONS: &[&str] = &[
    concat!(include_str!("schema/001-tables.sql"), include_str!("schema/001-triggers.sql")),
    include_str!("schema/002-augmentation.sql"),
    include_str!("schema/003-file-in-pieces.sql"),
];

/// Brings the store to the schema after the last of `migrations`, each step whole or not at all.
pub(crate) fn migrate(conn: &mut Connection, folder: &DataFolder, migrations: &[&str]) -> Result<()> {
    let found = check(conn, migrations.len())?;
    if found > 0 && found < migrations.len() {
        snapshot(conn, folder, found)?;
    }
    for (index, sql) in migrations.iter().enumerate().skip(found) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", crate::tree::signed(index as u64 + 1)?)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()?;
    }
    Ok(())
}

/// The store's schema number, refusing what this program does not know.
pub(crate) fn check(conn: &Connection, known: usize) -> Result<usize> {
    let found: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(known).unwrap_or(u32::MAX);
    if found > known { Err(RegisterError::NewerSchema { found, known }) } else { Ok(found as usize) }
}

fn snapshot(conn: &Connection, folder: &DataFolder, schema: usize) -> Result<()> {
    let backups = folder.backups();
    std::fs::create_dir_all(&backups).map_err(|e| RegisterError::io(&backups, &e))?;
    let name = backups.join(format!("register.schema-{schema}.db"));
    // A snapshot of this schema that is already there comes from an upgrade that was cut short: the store is unchanged.
    if name.exists() { Ok(()) } else { copy_to(conn, &name) }
}

/// A whole, encrypted copy of the store under the same key. It appears under its name only when it is complete.
pub(crate) fn copy_to(conn: &Connection, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(RegisterError::FolderUnusable {
            path: target.to_owned(),
            detail: "it already exists".into(),
        });
    }
    let partial = target.with_extension("partial");
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(|e| RegisterError::io(&partial, &e))?;
    }
    let name = partial.to_str().ok_or(RegisterError::InvalidInput { what: "a path that is not Unicode" })?;
    conn.execute("VACUUM INTO ?1", [name])?;
    sync_file(&partial)?;
    std::fs::rename(&partial, target).map_err(|e| RegisterError::io(target, &e))?;
    sync_file(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookKey, OpenOptions, Purpose, Store, StoreKey};
    use jiff::Timestamp;

    fn open(path: &Path, purpose: Purpose, migrations: &[&str]) -> Result<Store> {
        let folder = DataFolder::lock(path)?;
        let options = OpenOptions::new(purpose, Timestamp::UNIX_EPOCH);
        Store::open_with(folder, &StoreKey::from_bytes([1; 32]), &options, migrations)
    }

    #[test]
    fn an_upgrade_takes_a_snapshot_first_and_a_failing_one_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let key = BookKey { office: "1".into(), symbol: "SCT/BS".into(), year: 2026 };
        let store = open(dir.path(), Purpose::WorkOrCreate, MIGRATIONS).unwrap();
        store.open_book(&key, 1, 1, Timestamp::UNIX_EPOCH).unwrap();
        drop(store);
        assert!(!dir.path().join("backups").exists(), "a new store needs no snapshot");

        let [first, second, third] = MIGRATIONS else { panic!("another step: look at this test") };
        let failing = [*first, *second, *third, "CREATE TABLE later (x); CREATE TABLE act (x)"];
        assert!(open(dir.path(), Purpose::Work, &failing).is_err());
        let store = open(dir.path(), Purpose::Work, MIGRATIONS).unwrap();
        assert_eq!(store.next_number(&key).unwrap(), 1);
        assert!(!store.lock().table_exists(None, "later").unwrap());
        drop(store);

        let next = [*first, *second, *third, "CREATE TABLE later (x)"];
        drop(open(dir.path(), Purpose::Work, &next).unwrap());
        assert_eq!(
            open(dir.path(), Purpose::Work, MIGRATIONS).unwrap_err(),
            RegisterError::NewerSchema { found: 4, known: 3 }
        );
        // The snapshot is a whole store of the old schema.
        let restored = tempfile::tempdir().unwrap();
        let snapshot = dir.path().join("backups/register.schema-3.db");
        std::fs::copy(snapshot, restored.path().join("register.db")).unwrap();
        let store = open(restored.path(), Purpose::Work, MIGRATIONS).unwrap();
        assert_eq!(store.next_number(&key).unwrap(), 1);
    }

    #[test]
    fn a_store_with_files_loses_their_computed_column_and_none_of_their_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = vec![7; 3 << 20];
        {
            let store = open(dir.path(), Purpose::WorkOrCreate, &MIGRATIONS[..2]).unwrap();
            let conn = store.lock();
            conn.execute("INSERT INTO file (id, bytes) VALUES (4, ?1)", [&bytes]).unwrap();
            assert!(conn.blob_open(c"main", c"file", c"bytes", 4, true).is_err(), "what the step is for");
        }
        let store = open(dir.path(), Purpose::Work, MIGRATIONS).unwrap();
        let conn = store.lock();
        let (mut kept, blob) =
            (vec![0; 3 << 20], conn.blob_open(c"main", c"file", c"bytes", 4, true).unwrap());
        blob.read_at_exact(&mut kept, 0).unwrap();
        assert!(kept == bytes);
    }
}
