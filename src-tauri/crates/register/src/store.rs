//! Opening the store, and the one way in which anything is written to it.

use crate::{
    DataFolder, RegisterError, Result, Sha256, StoreKey,
    failpoint::Step,
    guard::{Guard, GuardState},
    merkle,
    migrations::{self, MIGRATIONS},
    sqlite::{self, Access},
    time::millis,
    tree::BookTree,
};
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

const GUARD_FILE: &str = "register.guard";

/// What the store is opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Work at the desk; the store must exist.
    Work,
    /// Work at the desk; the store is created if there is none.
    WorkOrCreate,
    /// Reading and [`Store::verify`] only; also opens a damaged or rolled-back store, and changes nothing in it.
    Inspect,
    /// Work after an older copy was put back on purpose: recorded for ever with who and why.
    AfterRestore {
        /// Who accepts it.
        by: String,
        /// Why.
        reason: String,
    },
}

/// How the store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// What for.
    pub purpose: Purpose,
    /// The time, for what opening itself records.
    pub now: Timestamp,
    /// How long the check at opening may take; a store too large for it is opened with [`Notice::CheckCutShort`].
    pub check_budget: Duration,
}

impl OpenOptions {
    /// With a check of at most one second.
    #[must_use]
    pub fn new(purpose: Purpose, now: Timestamp) -> Self {
        Self { purpose, now, check_budget: Duration::from_secs(1) }
    }
}

/// Something the officer should hear of; the store works all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The rollback guard was missing or damaged; it was made anew.
    GuardMissing,
    /// The rollback guard cannot be written.
    GuardNotWritten(RegisterError),
    /// The store was too large to be checked within the budget: verify it when there is time.
    CheckCutShort,
}

/// The open store. Shared between threads; one writer at a time.
pub struct Store {
    conn: Mutex<Connection>,
    guard: Option<Guard>,
    notices: Vec<Notice>,
    key: StoreKey,
    pub(crate) folder: DataFolder,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `folder`: key, settings, soundness, schema, rollback guard, in this order. Until all of
    /// them are in order nothing is written to a store that exists.
    ///
    /// # Errors
    /// [`RegisterError::StoreNotFound`], [`RegisterError::WrongKey`], [`RegisterError::Corrupt`],
    /// [`RegisterError::NewerSchema`], [`RegisterError::RolledBack`], [`RegisterError::Truncated`], …
    pub fn open(folder: DataFolder, key: &StoreKey, options: &OpenOptions) -> Result<Self> {
        Self::open_with(folder, key, options, MIGRATIONS)
    }

    pub(crate) fn open_with(
        folder: DataFolder,
        key: &StoreKey,
        options: &OpenOptions,
        migrations: &[&str],
    ) -> Result<Self> {
        let inspect = options.purpose == Purpose::Inspect;
        let mut notices = Vec::new();
        let exists = folder.has_store();
        let mut conn = connect_checked(&folder, key, options, exists)?;
        if exists && !inspect && !sqlite::quick_check(&mut conn, options.check_budget)? {
            notices.push(Notice::CheckCutShort);
        }
        let guard_path = folder.file(GUARD_FILE);
        let seen = GuardState::read(&guard_path)?;
        if inspect {
            migrations::check(&conn, migrations.len())?;
            return Ok(Self { conn: Mutex::new(conn), guard: None, notices, key: key.clone(), folder });
        }
        let before = migrations::check(&conn, migrations.len())?;
        let accepted = matches!(options.purpose, Purpose::AfterRestore { .. });
        if before > 0 && !accepted {
            compare_with_guard(&conn, seen.as_ref())?;
        }
        migrations::migrate(&mut conn, &folder, migrations)?;
        sqlite::allow_checkpoint_on_close(&conn)?;
        let generation_floor = seen.as_ref().map_or(0, |seen| seen.generation);
        if let Purpose::AfterRestore { by, reason } = &options.purpose {
            accept_restore(&conn, by, reason, generation_floor, options.now)?;
        }
        let state = current_state(&conn)?;
        if seen.is_none() && state.trees.values().any(|(size, _)| *size > 0) {
            notices.push(Notice::GuardMissing);
            record_incident(
                &conn,
                "guard missing",
                "",
                "the rollback guard was missing or damaged",
                options.now,
            )?;
        }
        let guard = Some(Guard::start(guard_path, state)?);
        let store = Self { conn: Mutex::new(conn), guard, notices, key: key.clone(), folder };
        store.interrupt_stale_leases(options.now)?;
        Ok(store)
    }

    /// What the officer should hear of.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = self.notices.clone();
        notices.extend(self.guard.as_ref().and_then(Guard::failure).map(Notice::GuardNotWritten));
        notices
    }

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a whole copy of the store, encrypted with the same key, while work goes on. `target` must not exist.
    ///
    /// # Errors
    /// [`RegisterError::DiskFull`], [`RegisterError::FolderUnusable`].
    pub fn backup(&self, target: &Path) -> Result<()> {
        migrations::copy_to(&self.lock(), target)
    }

    /// Limits the store to this many pages, as a full disk would. For tests.
    ///
    /// # Errors
    /// Only those of the store itself.
    #[doc(hidden)]
    pub fn limit_pages_for_tests(&self, pages: u32) -> Result<()> {
        self.lock().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }

    /// The rollback guard as it stands in its file.
    pub(crate) fn guard_on_disk(&self) -> Result<Option<GuardState>> {
        GuardState::read(&self.folder.file(GUARD_FILE))
    }

    /// A second connection that only reads, so that long readings do not hold up the desk.
    pub(crate) fn reader(&self) -> Result<Connection> {
        sqlite::connect(&self.folder.database(), &self.key, Access::Read)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in another thread rolled its transaction back: the connection is as good as before.
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One transaction: all of `work` durable on disk when this returns `Ok`, none of it otherwise.
    pub(crate) fn write<T>(&self, step: Step, work: impl FnOnce(&mut Write<'_>) -> Result<T>) -> Result<T> {
        let Some(guard) = &self.guard else { return Err(RegisterError::InspectionOnly) };
        let mut conn = self.lock();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut write = Write { tx, grown: None };
        let result = work(&mut write)?;
        let Write { tx, grown } = write;
        let generation = next_generation(&tx)?;
        step.before_commit();
        tx.commit()?;
        guard.publish(generation, grown);
        step.after_commit();
        Ok(result)
    }
}

/// The transaction under way.
pub(crate) struct Write<'c> {
    pub(crate) tx: Transaction<'c>,
    /// The book that grew: origin, entries, root.
    pub(crate) grown: Option<(String, u64, Sha256)>,
}

/// Opens the file, telling a wrong key from a damaged file by the noted check value.
fn connect_checked(
    folder: &DataFolder,
    key: &StoreKey,
    options: &OpenOptions,
    exists: bool,
) -> Result<Connection> {
    let path = folder.database();
    if !exists {
        if options.purpose != Purpose::WorkOrCreate {
            return Err(RegisterError::StoreNotFound { folder: folder.path().to_owned() });
        }
        folder.note_key(key)?;
        return sqlite::connect(&path, key, Access::Create);
    }
    let fits = folder.key_fits(key)?;
    if fits == Some(false) {
        return Err(RegisterError::WrongKey);
    }
    if std::fs::metadata(&path).map_or(0, |m| m.len()) == 0 {
        return open_empty(folder, key, options);
    }
    let access = if options.purpose == Purpose::Inspect { Access::Read } else { Access::Write };
    let conn = sqlite::connect(&path, key, access).map_err(|e| match (e, fits) {
        // Without a noted value an unreadable first page means a wrong key far more often than damage.
        (RegisterError::Corrupt { .. }, None) => RegisterError::WrongKey,
        (other, _) => other,
    })?;
    if fits.is_none() && options.purpose != Purpose::Inspect {
        folder.note_key(key)?;
    }
    Ok(conn)
}

/// An empty file is what a crash in the very first moment leaves. With a log or a guard beside it, it is damage.
fn open_empty(folder: &DataFolder, key: &StoreKey, options: &OpenOptions) -> Result<Connection> {
    let log = std::fs::metadata(folder.file("register.db-wal")).map_or(0, |m| m.len());
    if log > 0 || folder.file(GUARD_FILE).exists() || options.purpose != Purpose::WorkOrCreate {
        return Err(RegisterError::Corrupt { detail: "the file is empty".into() });
    }
    sqlite::connect(&folder.database(), key, Access::Create)
}

fn next_generation(conn: &Connection) -> Result<u64> {
    let value: i64 = conn
        .prepare_cached("UPDATE generation SET value = value + 1 RETURNING value")?
        .query_row([], |row| row.get(0))?;
    Ok(value.unsigned_abs())
}

fn generation(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT value FROM generation", [], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

/// Refuses a store that is behind, or beside, what its guard has seen.
pub(crate) fn compare_with_guard(conn: &Connection, seen: Option<&GuardState>) -> Result<()> {
    let Some(seen) = seen else { return Ok(()) };
    let store = generation(conn)?;
    if store < seen.generation {
        return Err(RegisterError::RolledBack { store, guard: seen.generation });
    }
    let books = book_ids(conn)?;
    for (origin, (guard_size, guard_root)) in &seen.trees {
        let book = books.iter().find(|(_, of)| of == origin).map(|(id, _)| *id);
        let tree = BookTree { conn, book: book.unwrap_or(-1) };
        let store_size = tree.size()?;
        let same = store_size >= *guard_size
            && merkle::root(&tree, *guard_size).is_ok_and(|root| root == *guard_root);
        if !same {
            return Err(RegisterError::Truncated {
                origin: origin.clone(),
                guard_size: *guard_size,
                store_size,
            });
        }
    }
    Ok(())
}

/// The guard as it should be now.
fn current_state(conn: &Connection) -> Result<GuardState> {
    let mut state = GuardState { generation: generation(conn)?, ..GuardState::default() };
    for (book, origin) in book_ids(conn)? {
        let tree = BookTree { conn, book };
        let size = tree.size()?;
        state.trees.insert(origin, (size, merkle::root(&tree, size)?));
    }
    Ok(state)
}

/// Every book's row id and origin.
pub(crate) fn book_ids(conn: &Connection) -> Result<Vec<(i64, String)>> {
    let mut statement = conn.prepare_cached("SELECT id, office, symbol, year FROM book ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let key = crate::BookKey { office: row.get(1)?, symbol: row.get(2)?, year: row.get(3)? };
        Ok((row.get(0)?, key.origin()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records the restore, and goes on counting above what the guard had seen: a second copy of the same age is told
/// apart from this one.
fn accept_restore(conn: &Connection, by: &str, reason: &str, floor: u64, now: Timestamp) -> Result<()> {
    record_incident(conn, "restored", by, reason, now)?;
    let floor = crate::tree::signed(floor)?;
    conn.execute("UPDATE generation SET value = max(value, ?1) + 1", [floor])?;
    Ok(())
}

fn record_incident(conn: &Connection, kind: &str, by: &str, text: &str, now: Timestamp) -> Result<()> {
    conn.execute(
        "INSERT INTO incident (kind, by, text, at) VALUES (?1, ?2, ?3, ?4)",
        params![kind, by, text, millis(now)],
    )?;
    Ok(())
}
