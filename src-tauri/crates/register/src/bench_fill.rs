//! Fills a book with made-up, delivered and purged acts, far faster than one durable transaction each: for measuring a
//! register of a million entries. Only with the cargo feature `bench`; nothing that ships can reach it.

use crate::{
    BookKey, RegisterError, Result, Store, books,
    failpoint::Step,
    leaf,
    leaf_row::{self, LEAF_QUERY, LeafRow},
    time::day_number,
    tree::{BookTree, signed},
};
use rusqlite::{Connection, params};

/// Acts in one transaction, and on one day.
const A_DAY: u64 = 1_000;

impl Store {
    /// Appends `days` days of 1,000 acts, the first on 1 January 2020.
    ///
    /// # Errors
    /// Those of writing.
    pub fn fill(&self, key: &BookKey, days: u64) -> Result<()> {
        let mut day = jiff::civil::date(2020, 1, 1);
        for _ in 0..days {
            self.write(Step::Other, |write| {
                let book = books::book_id(&write.tx, key)?;
                let books = leaf_row::books(&write.tx)?;
                let tree = BookTree { conn: &write.tx, book };
                let first = tree.size()?;
                let mut root = crate::merkle::empty_root();
                for seq in first..first + A_DAY {
                    let entry = insert(&write.tx, book, signed(seq)?, day_number(day))?;
                    let mut statement = write.tx.prepare_cached(&format!("{LEAF_QUERY} WHERE e.id = ?1"))?;
                    let mut rows = statement.query([entry])?;
                    let row = rows.next()?.ok_or(RegisterError::UnknownCopy)?;
                    root = tree.append(seq, crate::merkle::leaf_hash(&LeafRow(row).bytes(&books)?))?;
                }
                write.grown = Some((key.origin(), first + A_DAY, root));
                Ok(())
            })?;
            day = day.tomorrow().map_err(|_| RegisterError::InvalidInput { what: "too many days" })?;
        }
        Ok(())
    }
}

fn insert(conn: &Connection, book: i64, seq: i64, day: i64) -> Result<i64> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| -> Result<()> {
        conn.prepare_cached(sql)?.execute(params)?;
        Ok(())
    };
    let (name, identity) = (format!("Nguyễn Văn Ánh {seq}"), format!("[\"{seq:012}\",\"Thôn Đoài\",\"\"]"));
    let salt = seq.to_le_bytes().repeat(2);
    run(
        "INSERT INTO act (book, volume, number, copy_id, desk, reserved_at) VALUES (?1, 1, ?2, randomblob(16), 'desk 1', ?2)",
        &[&book, &(seq + 1)],
    )?;
    let act = conn.last_insert_rowid();
    run(
        "INSERT INTO prepared VALUES (?1, 'Giấy khai sinh', 2, 3, 12000, 'Trần Thị Bưởi', 'Phó Chủ tịch', ?2, 0, '', '{}',
           ?3, ?4, 3000000, randomblob(32), 0)",
        &[&act, &day, &leaf::personal_hash(&salt, &name), &leaf::personal_hash(&salt, &identity)],
    )?;
    run("INSERT INTO personal VALUES (?1, ?2, ?3, ?4)", &[&act, &salt, &name, &identity])?;
    run("INSERT INTO signed VALUES (?1, 30000, randomblob(32), zeroblob(32), 0)", &[&act])?;
    run("INSERT INTO job VALUES (?1, randomblob(16), '{\"kind\":\"warehouse\"}', 0)", &[&act])?;
    run(
        "INSERT INTO entry (book, seq, kind, act, day, at, author, text, length, sha256, certificate, file_length,
           file_sha256, job)
         VALUES (?1, ?2, 1, ?3, ?4, 0, 'desk 1', '', 30000, randomblob(32), zeroblob(32), 3060000, randomblob(32), ?3)",
        &[&book, &seq, &act, &day],
    )?;
    let entry = conn.last_insert_rowid();
    let words = crate::fold(&format!("{} {name} Giấy khai sinh", seq + 1));
    conn.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
        .execute(params![entry, words])?;
    run(
        "INSERT INTO receipt SELECT ?1, file_sha256, zeroblob(32), 0, hex(randomblob(150)) FROM entry WHERE id = ?2",
        &[&act, &entry],
    )?;
    run("INSERT INTO purge VALUES (?1, 'bench', 0)", &[&act])?;
    Ok(entry)
}
