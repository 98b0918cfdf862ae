//! The outbox: one upload job per sealed copy, committed with it, and the events of its way to the warehouse.
//!
//! Events are only added. A job leaves the queue by the warehouse's receipt and by nothing else: there is no count of
//! attempts after which a machine gives up, and a held job waits for a person (invariant 8).

use crate::{
    BookKey, Job, JobState, QueueItem, QueueSummary, Receipt, RegisterError, Result, Sha256, Store,
    WaitClass,
    acts::act,
    failpoint::Step,
    store::Write,
    time::{from_millis, millis},
    tree::signed,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::Digest;
use uuid::Uuid;

/// Kinds of `job_event`.
#[derive(Clone, Copy)]
enum Event {
    Queued = 1,
    Started,
    Progress,
    Interrupted,
    Waiting,
    Held,
    Retried,
    Delivered,
}

/// `open_job.state`.
const READY: i64 = 1;
const SENDING: i64 = 2;
const WAITING: i64 = 3;
const HELD: i64 = 4;

/// `due` of a job that no passing of time makes ready.
const NEVER: i64 = i64::MAX;

const ITEM_QUERY: &str =
    "SELECT a.copy_id, b.office, b.symbol, b.year, a.number, j.key, j.payload, e.file_sha256,
  e.file_length, j.queued_at, o.since, o.state, o.due, o.class, o.text, o.attempts, o.url, o.sent
FROM open_job o JOIN job j ON j.id = o.job JOIN act a ON a.id = o.job JOIN book b ON b.id = a.book
JOIN entry e ON e.act = o.job AND e.kind IN (1, 2) ";

/// Queues the job of an act, inside the transaction that seals it.
pub(crate) fn queue(conn: &Connection, job: i64, at: Timestamp) -> Result<()> {
    event(conn, job, Event::Queued, at, None, None, None, None)?;
    conn.prepare_cached(
        "INSERT INTO open_job (job, state, due, attempts, sent, since) VALUES (?1, ?2, 0, 0, 0, ?3)",
    )?
    .execute(params![job, READY, millis(at)])?;
    Ok(())
}

impl Store {
    /// The oldest job that may be begun at `now`: ready, its waiting over, or its lease run out.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn next_ready(&self, now: Timestamp) -> Result<Option<QueueItem>> {
        self.next_ready_by(now, now)
    }

    /// The same, where a waiting job counts as ready that will be by `ready_by`: a person wants it now. One under way is
    /// not wanted twice.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn next_ready_by(&self, ready_by: Timestamp, now: Timestamp) -> Result<Option<QueueItem>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(&format!(
            "{ITEM_QUERY}WHERE o.due <= ?1 OR (o.state = {WAITING} AND o.due <= ?2) ORDER BY o.job LIMIT 1"
        ))?;
        let mut rows = statement.query([millis(now), millis(ready_by)])?;
        rows.next()?.map(item).transpose()
    }

    /// Every undelivered job, oldest first.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn queue(&self) -> Result<Vec<QueueItem>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(&format!("{ITEM_QUERY}ORDER BY o.job"))?;
        let mut rows = statement.query([])?;
        let mut items = Vec::new();
        while let Some(row) = rows.next()? {
            items.push(item(row)?);
        }
        Ok(items)
    }

    /// The undelivered job of a copy; `None` when it has none, or no longer one.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn queue_item(&self, copy_id: Uuid) -> Result<Option<QueueItem>> {
        let conn = self.lock();
        let mut statement = conn.prepare_cached(&format!("{ITEM_QUERY}WHERE a.copy_id = ?1"))?;
        let mut rows = statement.query([copy_id.as_bytes()])?;
        rows.next()?.map(item).transpose()
    }

    /// Counts and age, for the status strip.
    ///
    /// # Errors
    /// Only those of the store itself.
    pub fn queue_summary(&self) -> Result<QueueSummary> {
        let conn = self.lock();
        let (ready, waiting, held, oldest): (i64, i64, i64, Option<i64>) = conn
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE state IN (1, 2)), count(*) FILTER (WHERE state = 3),
                   count(*) FILTER (WHERE state = 4), min(j.queued_at)
                 FROM open_job o JOIN job j ON j.id = o.job",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        Ok(QueueSummary {
            ready: ready.unsigned_abs(),
            waiting: waiting.unsigned_abs(),
            held: held.unsigned_abs(),
            oldest: oldest.map(from_millis).transpose()?,
        })
    }

    /// Begins, or takes up again, the upload of a copy, under a lease.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is held, must wait, or is under way.
    pub fn begin(&self, copy_id: Uuid, lease_until: Timestamp, now: Timestamp) -> Result<QueueItem> {
        self.write(Step::Other, |write| {
            let job = open_job(write, copy_id)?;
            if job.due > millis(now) {
                return Err(RegisterError::JobNotReady { state: job.state_name() });
            }
            if job.state == SENDING {
                event(&write.tx, job.id, Event::Interrupted, now, None, None, None, None)?;
            }
            event(&write.tx, job.id, Event::Started, now, Some(lease_until), None, None, None)?;
            write
                .tx
                .prepare_cached(
                    "UPDATE open_job SET state = ?2, due = ?3, attempts = attempts + 1, class = NULL, text = NULL,
                       since = ?4 WHERE job = ?1",
                )?
                .execute(params![job.id, SENDING, millis(lease_until), millis(now)])?;
            let mut statement = write.tx.prepare_cached(&format!("{ITEM_QUERY}WHERE o.job = ?1"))?;
            let mut rows = statement.query([job.id])?;
            rows.next()?.map(item).transpose()?.ok_or(RegisterError::UnknownCopy)
        })
    }

    /// The warehouse has acknowledged `sent` bytes at `upload_url`; the lease is prolonged. It frees nothing.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is not under way.
    pub fn progress(
        &self,
        copy_id: Uuid,
        upload_url: &str,
        sent: u64,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Step::Other, |write| {
            let job = sending_job(write, copy_id)?;
            let size = signed(sent)?;
            event(
                &write.tx,
                job.id,
                Event::Progress,
                now,
                Some(lease_until),
                Some(size),
                None,
                Some(upload_url),
            )?;
            write
                .tx
                .prepare_cached("UPDATE open_job SET url = ?2, sent = ?3, due = ?4 WHERE job = ?1")?
                .execute(params![job.id, upload_url, size, millis(lease_until)])?;
            Ok(())
        })
    }

    /// Forgets where an upload was to be resumed: the warehouse no longer knows it.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is not under way.
    pub fn restart_upload(&self, copy_id: Uuid, now: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let job = sending_job(write, copy_id)?;
            event(&write.tx, job.id, Event::Progress, now, None, Some(0), None, None)?;
            write.tx.execute("UPDATE open_job SET url = NULL, sent = 0 WHERE job = ?1", [job.id])?;
            Ok(())
        })
    }

    /// The attempt failed for a reason that passes by itself.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is not under way.
    pub fn wait(
        &self,
        copy_id: Uuid,
        not_before: Timestamp,
        class: WaitClass,
        message: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.write(Step::Other, |write| {
            let job = sending_job(write, copy_id)?;
            event(
                &write.tx,
                job.id,
                Event::Waiting,
                now,
                Some(not_before),
                None,
                Some(class.name()),
                Some(message),
            )?;
            settle(write, job.id, WAITING, millis(not_before), Some(class.name()), Some(message), now)
        })
    }

    /// The warehouse refused this record (400, 409, 413, 422): a person must look; the others go on.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is not under way.
    pub fn hold(&self, copy_id: Uuid, reason: &str, now: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let job = sending_job(write, copy_id)?;
            event(&write.tx, job.id, Event::Held, now, None, None, None, Some(reason))?;
            settle(write, job.id, HELD, NEVER, None, Some(reason), now)
        })
    }

    /// A person sends it again: a held or waiting job becomes ready.
    ///
    /// # Errors
    /// [`RegisterError::JobNotReady`] when it is under way or delivered.
    pub fn retry(&self, copy_id: Uuid, by: &str, now: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let job = open_job(write, copy_id)?;
            match job.state {
                READY => Ok(()),
                WAITING | HELD => {
                    event(&write.tx, job.id, Event::Retried, now, None, None, None, Some(by))?;
                    settle(write, job.id, READY, 0, None, None, now)
                }
                _ => Err(RegisterError::JobNotReady { state: job.state_name() }),
            }
        })
    }

    /// The warehouse's receipt: kept verbatim, the job is done. The same receipt again changes nothing.
    ///
    /// # Errors
    /// [`RegisterError::ReceiptMismatch`] when it acknowledges another file.
    pub fn deliver(&self, copy_id: Uuid, receipt: &Receipt, at: Timestamp) -> Result<()> {
        self.write(Step::Deliver, |write| {
            let act = act(&write.tx, copy_id)?;
            let expected: Option<Sha256> = write
                .tx
                .prepare_cached(
                    "SELECT file_sha256 FROM entry WHERE act = ?1 AND kind IN (1, 2) AND kind = 1",
                )?
                .query_row([act.id], |row| row.get(0))
                .optional()?;
            if expected.ok_or(RegisterError::NotSealed)? != receipt.file_sha256 {
                return Err(RegisterError::ReceiptMismatch);
            }
            if write.tx.prepare_cached("SELECT 1 FROM receipt WHERE job = ?1")?.exists([act.id])? {
                return Ok(());
            }
            event(&write.tx, act.id, Event::Delivered, at, None, None, None, None)?;
            let digest: Sha256 = sha2::Sha256::digest(&receipt.json).into();
            write.tx.prepare_cached("INSERT INTO receipt VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
                act.id,
                receipt.file_sha256,
                digest,
                millis(at),
                receipt.json
            ])?;
            write.tx.execute("DELETE FROM open_job WHERE job = ?1", [act.id])?;
            Ok(())
        })
    }

    /// The warehouse's receipt, verbatim.
    ///
    /// # Errors
    /// [`RegisterError::UnknownCopy`].
    pub fn receipt(&self, copy_id: Uuid) -> Result<Option<Receipt>> {
        let conn = self.lock();
        let act = act(&conn, copy_id)?;
        Ok(conn
            .prepare_cached("SELECT json, file_sha256 FROM receipt WHERE job = ?1")?
            .query_row([act.id], |row| Ok(Receipt { json: row.get(0)?, file_sha256: row.get(1)? }))
            .optional()?)
    }

    /// The stored copy reached the citizen's data store.
    ///
    /// # Errors
    /// [`RegisterError::NoReceipt`] while the warehouse has not stored it.
    pub fn record_delivered(&self, copy_id: Uuid, how: &str, at: Timestamp) -> Result<()> {
        self.write(Step::Other, |write| {
            let act = act(&write.tx, copy_id)?;
            if !write.tx.prepare_cached("SELECT 1 FROM receipt WHERE job = ?1")?.exists([act.id])? {
                return Err(RegisterError::NoReceipt);
            }
            write.tx.execute(
                "INSERT INTO handover VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![act.id, millis(at), how],
            )?;
            Ok(())
        })
    }

    /// At opening no upload is under way: whatever was, was cut short.
    pub(crate) fn interrupt_stale_leases(&self, now: Timestamp) -> Result<()> {
        let stale: Vec<i64> = {
            let conn = self.lock();
            let mut statement = conn.prepare("SELECT job FROM open_job WHERE state = ?1")?;
            let rows = statement.query_map([SENDING], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        if stale.is_empty() {
            return Ok(());
        }
        self.write(Step::Other, |write| {
            for job in stale {
                event(&write.tx, job, Event::Interrupted, now, None, None, None, None)?;
                settle(write, job, READY, 0, None, None, now)?;
            }
            Ok(())
        })
    }
}

struct OpenJob {
    id: i64,
    state: i64,
    due: i64,
}

impl OpenJob {
    fn state_name(&self) -> &'static str {
        match self.state {
            READY => "ready",
            SENDING => "sending",
            WAITING => "waiting",
            _ => "held",
        }
    }
}

fn open_job(write: &Write<'_>, copy_id: Uuid) -> Result<OpenJob> {
    let act = act(&write.tx, copy_id)?;
    let found = write
        .tx
        .prepare_cached("SELECT state, due FROM open_job WHERE job = ?1")?
        .query_row([act.id], |row| Ok(OpenJob { id: act.id, state: row.get(0)?, due: row.get(1)? }))
        .optional()?;
    if let Some(job) = found {
        return Ok(job);
    }
    let sealed = write.tx.prepare_cached("SELECT 1 FROM job WHERE id = ?1")?.exists([act.id])?;
    Err(if sealed { RegisterError::JobNotReady { state: "delivered" } } else { RegisterError::NotSealed })
}

fn sending_job(write: &Write<'_>, copy_id: Uuid) -> Result<OpenJob> {
    let job = open_job(write, copy_id)?;
    if job.state == SENDING { Ok(job) } else { Err(RegisterError::JobNotReady { state: job.state_name() }) }
}

fn settle(
    write: &Write<'_>,
    job: i64,
    state: i64,
    due: i64,
    class: Option<&str>,
    text: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    write
        .tx
        .prepare_cached(
            "UPDATE open_job SET state = ?2, due = ?3, class = ?4, text = ?5, since = ?6 WHERE job = ?1",
        )?
        .execute(params![job, state, due, class, text, millis(now)])?;
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "one row, one argument a column")]
fn event(
    conn: &Connection,
    job: i64,
    kind: Event,
    at: Timestamp,
    until: Option<Timestamp>,
    size: Option<i64>,
    class: Option<&str>,
    text: Option<&str>,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO job_event (job, kind, at, until, size, class, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![job, kind as i64, millis(at), until.map(millis), size, class, text])?;
    Ok(())
}

fn item(row: &Row<'_>) -> Result<QueueItem> {
    let (state, due): (i64, i64) = (row.get(11)?, row.get(12)?);
    let text = || Ok::<_, RegisterError>(row.get::<_, Option<String>>(14)?.unwrap_or_default());
    let state = match state {
        READY => JobState::Ready,
        SENDING => JobState::Sending { lease_until: from_millis(due)? },
        WAITING => JobState::Waiting {
            not_before: from_millis(due)?,
            class: row
                .get::<_, Option<String>>(13)?
                .and_then(|name| WaitClass::from_name(&name))
                .ok_or_else(|| RegisterError::UnreadableRow {
                    table: "open_job",
                    detail: "unknown class".into(),
                })?,
            message: text()?,
        },
        _ => JobState::Held { reason: text()? },
    };
    let url: Option<String> = row.get(16)?;
    Ok(QueueItem {
        copy_id: Uuid::from_bytes(row.get(0)?),
        book: BookKey { office: row.get(1)?, symbol: row.get(2)?, year: row.get(3)? },
        number: row.get(4)?,
        job: Job { key: Uuid::from_bytes(row.get(5)?), payload: row.get(6)? },
        file_sha256: row.get(7)?,
        file_length: row.get::<_, i64>(8)?.unsigned_abs(),
        queued_at: from_millis(row.get(9)?)?,
        since: from_millis(row.get(10)?)?,
        state,
        attempts: row.get(15)?,
        upload: url.zip(Some(row.get::<_, i64>(17)?.unsigned_abs())),
    })
}
