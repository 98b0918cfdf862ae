//! The stored bytes against their digests, and the receipts' texts against theirs.

use super::{number, origin};
use crate::{Alarm, FilePart, Result, Sha256, VerifyReport, files, leaf_row::Books};
use rusqlite::Connection;
use sha2::Digest;

pub(super) fn check(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    blobs(conn, books, report)?;
    receipts(conn, books, report)
}

fn blobs(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    let mut statement = conn.prepare(
        "SELECT a.id, a.book, a.number, p.unsigned_sha256, s.sha256, e.sha256, g.sha256
         FROM act a LEFT JOIN prepared p ON p.act = a.id LEFT JOIN signed s ON s.act = a.id
         LEFT JOIN entry e ON e.act = a.id AND e.kind IN (1, 2) LEFT JOIN augmentation g ON g.act = a.id
         WHERE NOT EXISTS (SELECT 1 FROM purge u WHERE u.act = a.id) ORDER BY a.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (act, book, value): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        for (index, part) in FilePart::ALL.into_iter().enumerate() {
            let Some(digest) = row.get::<_, Option<Sha256>>(3 + index)? else { continue };
            let (origin, number) = (origin(books, book), number(value));
            report.files += 1;
            match files::digest_of(conn, act, part)? {
                None => report.raise(Alarm::BlobMissing { origin, number, part }),
                Some(found) if found != digest => report.raise(Alarm::BlobAltered { origin, number, part }),
                Some(_) => {}
            }
        }
    }
    Ok(())
}

fn receipts(conn: &Connection, books: &Books, report: &mut VerifyReport) -> Result<()> {
    let mut statement = conn.prepare(
        "SELECT a.book, a.number, r.sha256, r.json FROM receipt r JOIN act a ON a.id = r.job ORDER BY r.job",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let digest: Sha256 = row.get(2)?;
        let text: String = row.get(3)?;
        if sha2::Sha256::digest(text)[..] != digest[..] {
            let (origin, number) = (origin(books, row.get(0)?), number(row.get(1)?));
            report.raise(Alarm::ReceiptMismatch { origin, number });
        }
    }
    Ok(())
}
