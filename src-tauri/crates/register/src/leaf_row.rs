//! From the rows of an entry to its leaf: the one query and the one mapping that both appending and verifying use.

use crate::{
    BookKey, EntryKind, RegisterError, Result, Sha256,
    leaf::{self, BookOfLeaf, FileOfLeaf, Hex, Leaf, PreparedOfLeaf, Signature},
};
use rusqlite::{Connection, Row, types::ValueRef};
use std::collections::HashMap;

/// Everything about an entry, without conditions; append `WHERE …`.
pub(crate) const LEAF_QUERY: &str = "SELECT
  e.book, e.seq, e.kind, e.day, e.at, e.author, e.text, e.length, e.sha256, e.certificate,
  e.file_length, e.file_sha256,
  a.volume, a.number, a.copy_id, a.desk, a.reserved_at,
  p.prepared_at, p.certified_at, p.copies, p.details, p.fee, p.identity_hash, p.note, p.pages, p.paper,
  p.requester_hash, p.signer_name, p.signer_title, p.statement_day, p.unsigned_length, p.unsigned_sha256,
  s.length, s.sha256, s.certificate, s.signed_at,
  x.salt, x.requester, x.identity,
  j.id, r.file_sha256, u.act, o.job
FROM entry e
LEFT JOIN act a ON a.id = e.act
LEFT JOIN prepared p ON p.act = e.act
LEFT JOIN signed s ON s.act = e.act
LEFT JOIN personal x ON x.act = e.act
LEFT JOIN job j ON j.id = e.act
LEFT JOIN receipt r ON r.job = e.act
LEFT JOIN purge u ON u.act = e.act
LEFT JOIN open_job o ON o.job = e.act ";

/// The columns of [`LEAF_QUERY`], in its order.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Column {
    Book,
    Seq,
    Kind,
    Day,
    At,
    Author,
    Text,
    Length,
    Sha256,
    Certificate,
    FileLength,
    FileSha256,
    Volume,
    Number,
    CopyId,
    Desk,
    ReservedAt,
    PreparedAt,
    CertifiedAt,
    Copies,
    Details,
    Fee,
    IdentityHash,
    Note,
    Pages,
    Paper,
    RequesterHash,
    SignerName,
    SignerTitle,
    StatementDay,
    UnsignedLength,
    UnsignedSha256,
    SignedLength,
    SignedSha256,
    SignedCertificate,
    SignedAt,
    Salt,
    Requester,
    Identity,
    Job,
    ReceiptSha256,
    Purged,
    OpenJob,
}
use Column as C;

/// The books by row id.
pub(crate) type Books = HashMap<i64, BookKey>;

pub(crate) fn books(conn: &Connection) -> Result<Books> {
    let mut statement = conn.prepare_cached("SELECT id, office, symbol, year FROM book")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, BookKey { office: row.get(1)?, symbol: row.get(2)?, year: row.get(3)? }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A row of [`LEAF_QUERY`].
pub(crate) struct LeafRow<'r>(pub(crate) &'r Row<'r>);

impl LeafRow<'_> {
    pub(crate) fn book(&self) -> Result<i64> {
        self.int(C::Book)
    }

    pub(crate) fn seq(&self) -> Result<i64> {
        self.int(C::Seq)
    }

    pub(crate) fn number(&self) -> Result<i64> {
        self.int(C::Number)
    }

    pub(crate) fn is_act(&self) -> Result<bool> {
        Ok(self.int(C::Kind)? == EntryKind::Act.code())
    }

    pub(crate) fn has_job(&self) -> Result<bool> {
        Ok(!self.is_null(C::Job)?)
    }

    pub(crate) fn is_purged(&self) -> Result<bool> {
        Ok(!self.is_null(C::Purged)?)
    }

    /// Whether the job is where it must be: in the queue until there is a receipt, and not after.
    pub(crate) fn job_is_in_place(&self) -> Result<bool> {
        Ok(self.is_null(C::OpenJob)? != self.is_null(C::ReceiptSha256)?)
    }

    /// Whether the receipt, if there is one, speaks of this file.
    pub(crate) fn receipt_fits(&self) -> Result<bool> {
        Ok(self.is_null(C::ReceiptSha256)? || self.value(C::ReceiptSha256)? == self.value(C::FileSha256)?)
    }

    /// Whether the clear personal data are those of the leaf's digests; what a purge erased is not missed.
    pub(crate) fn personal_data_fits(&self) -> Result<bool> {
        if self.is_null(C::PreparedAt)? {
            return self.is_null(C::Salt);
        }
        if self.is_null(C::Salt)? {
            return Ok(false);
        }
        let salt = self.blob(C::Salt)?;
        let fits = |value: &str, hash: &[u8]| leaf::personal_hash(salt, value) == hash;
        if !fits(self.text(C::Requester)?, self.blob(C::RequesterHash)?) {
            return Ok(false);
        }
        if self.is_null(C::Identity)? {
            return self.is_purged();
        }
        Ok(fits(self.text(C::Identity)?, self.blob(C::IdentityHash)?))
    }

    /// The leaf's hash; `None` when a row it needs is gone or is not what this program writes.
    pub(crate) fn hash(&self, books: &Books, buffer: &mut Vec<u8>) -> Option<Sha256> {
        let leaf = self.leaf(books).ok()?;
        leaf::hash(&leaf, buffer).ok()
    }

    /// The leaf's bytes.
    pub(crate) fn bytes(&self, books: &Books) -> Result<Vec<u8>> {
        let mut buffer = Vec::new();
        leaf::write(&self.leaf(books)?, &mut buffer)?;
        Ok(buffer)
    }

    fn leaf<'s>(&'s self, books: &'s Books) -> Result<Leaf<'s>> {
        let kind = EntryKind::from_code(self.int(C::Kind)?).ok_or_else(|| unreadable("kind"))?;
        let book = books.get(&self.book()?).ok_or_else(|| unreadable("book"))?;
        let agency = kind == EntryKind::Act;
        Ok(Leaf {
            agency: agency.then(|| self.agency()).transpose()?,
            at: self.int(C::At)?,
            author: self.text(C::Author)?,
            book: BookOfLeaf {
                office: &book.office,
                symbol: &book.symbol,
                volume: self.int(C::Volume)?,
                year: i64::from(book.year),
            },
            copy: Hex(self.blob(C::CopyId)?),
            day: self.int(C::Day)?,
            desk: self.text(C::Desk)?,
            file: agency
                .then(|| {
                    let length = self.int(C::FileLength)?;
                    Ok::<_, RegisterError>(FileOfLeaf { length, sha256: Hex(self.blob(C::FileSha256)?) })
                })
                .transpose()?,
            format: 1,
            kind: kind.name(),
            number: self.int(C::Number)?,
            performer: (!self.is_null(C::SignedAt)?).then(|| self.performer()).transpose()?,
            prepared: (!self.is_null(C::PreparedAt)?).then(|| self.prepared()).transpose()?,
            reserved_at: self.int(C::ReservedAt)?,
            text: self.text(C::Text)?,
        })
    }

    fn agency(&self) -> Result<Signature<'_>> {
        Ok(Signature {
            at: None,
            certificate: Hex(self.blob(C::Certificate)?),
            length: self.int(C::Length)?,
            sha256: Hex(self.blob(C::Sha256)?),
        })
    }

    fn performer(&self) -> Result<Signature<'_>> {
        Ok(Signature {
            at: Some(self.int(C::SignedAt)?),
            certificate: Hex(self.blob(C::SignedCertificate)?),
            length: self.int(C::SignedLength)?,
            sha256: Hex(self.blob(C::SignedSha256)?),
        })
    }

    fn prepared(&self) -> Result<PreparedOfLeaf<'_>> {
        Ok(PreparedOfLeaf {
            at: self.int(C::PreparedAt)?,
            certified_at: self.int(C::CertifiedAt)?,
            copies: self.int(C::Copies)?,
            details: self.text(C::Details)?,
            fee: self.int(C::Fee)?,
            identity: Hex(self.blob(C::IdentityHash)?),
            note: self.text(C::Note)?,
            pages: self.int(C::Pages)?,
            paper: self.text(C::Paper)?,
            requester: Hex(self.blob(C::RequesterHash)?),
            signer_name: self.text(C::SignerName)?,
            signer_title: self.text(C::SignerTitle)?,
            statement_day: self.int(C::StatementDay)?,
            unsigned_length: self.int(C::UnsignedLength)?,
            unsigned_sha256: Hex(self.blob(C::UnsignedSha256)?),
        })
    }

    fn value(&self, column: Column) -> Result<ValueRef<'_>> {
        Ok(self.0.get_ref(column as usize)?)
    }

    fn is_null(&self, column: Column) -> Result<bool> {
        Ok(self.value(column)? == ValueRef::Null)
    }

    fn int(&self, column: Column) -> Result<i64> {
        self.value(column)?.as_i64().map_err(|e| unreadable(&e.to_string()))
    }

    fn text(&self, column: Column) -> Result<&str> {
        self.value(column)?.as_str().map_err(|e| unreadable(&e.to_string()))
    }

    fn blob(&self, column: Column) -> Result<&[u8]> {
        self.value(column)?.as_blob().map_err(|e| unreadable(&e.to_string()))
    }
}

fn unreadable(detail: &str) -> RegisterError {
    RegisterError::UnreadableRow { table: "entry", detail: detail.to_owned() }
}
