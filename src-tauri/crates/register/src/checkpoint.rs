//! Checkpoints of a book's tree (C2SP tlog-checkpoint), the proofs for them, and the seals put on them.

use crate::{
    BookKey, Day, RegisterError, Result, Sha256, Store,
    books::book_id,
    failpoint::Step,
    leaf_row::{self, LEAF_QUERY, LeafRow},
    merkle,
    time::{day_from_number, day_number, from_millis, millis},
    tree::{BookTree, signed},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// The state of a book's tree in three lines: origin, size, root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The tree's name ([`BookKey::origin`]).
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root hash.
    pub root: Sha256,
}

impl Checkpoint {
    /// The text as C2SP tlog-checkpoint fixes it; this is what is sealed and cosigned.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the text; extension lines are allowed after the root and ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let canonical = size == "0" || (!size.starts_with('0') && size.bytes().all(|b| b.is_ascii_digit()));
        if origin.is_empty() || !canonical || lines.any(str::is_empty) {
            return None;
        }
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        Some(Self { origin: origin.to_owned(), size: size.parse().ok()?, root })
    }
}

/// Shows that an entry is in the tree: recompute with [`merkle::verify_inclusion`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Index of the entry.
    pub seq: u64,
    /// The leaf's bytes, canonical JSON without clear personal data.
    pub leaf: Vec<u8>,
    /// Hashes from the leaf up.
    pub path: Vec<Sha256>,
    /// The tree it is proven in.
    pub checkpoint: Checkpoint,
}

/// Who vouches for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealKind {
    /// A token of the office: a detached CMS over the checkpoint's text.
    Token,
    /// The warehouse as witness: a cosigned note (C2SP tlog-cosignature).
    Witness,
}

/// A sealed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The day it closes.
    pub day: Day,
    /// Who vouches.
    pub kind: SealKind,
    /// What is vouched for.
    pub checkpoint: Checkpoint,
    /// The CMS (DER), or the note.
    pub bytes: Vec<u8>,
    /// When it was recorded.
    pub at: Timestamp,
}

impl Store {
    /// The book's checkpoint now.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`].
    pub fn checkpoint(&self, key: &BookKey) -> Result<Checkpoint> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        checkpoint_at(&conn, key, book, None)
    }

    /// Proof that entry `seq` is in the tree of `size` entries (`None`: the present one).
    ///
    /// # Errors
    /// [`RegisterError::OutsideTree`].
    pub fn inclusion_proof(&self, key: &BookKey, seq: u64, size: Option<u64>) -> Result<InclusionProof> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        let checkpoint = checkpoint_at(&conn, key, book, size)?;
        let path = merkle::inclusion(&BookTree { conn: &conn, book }, seq, checkpoint.size)?;
        let mut statement = conn.prepare(&format!("{LEAF_QUERY} WHERE e.book = ?1 AND e.seq = ?2"))?;
        let mut rows = statement.query(params![book, signed(seq)?])?;
        let row = rows.next()?.ok_or(RegisterError::OutsideTree { index: seq, size: checkpoint.size })?;
        let leaf = LeafRow(row).bytes(&leaf_row::books(&conn)?)?;
        Ok(InclusionProof { seq, leaf, path, checkpoint })
    }

    /// Proof that the tree of `old` entries is the beginning of that of `size` (`None`: the present one).
    ///
    /// # Errors
    /// [`RegisterError::OutsideTree`].
    pub fn consistency_proof(&self, key: &BookKey, old: u64, size: Option<u64>) -> Result<Vec<Sha256>> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        let size = checkpoint_at(&conn, key, book, size)?.size;
        merkle::consistency(&BookTree { conn: &conn, book }, old, size)
    }

    /// Keeps a seal on a checkpoint of this book. Its signature is checked before it comes here.
    ///
    /// # Errors
    /// [`RegisterError::CheckpointMismatch`] when the checkpoint is not one of this book's tree.
    pub fn record_seal(&self, key: &BookKey, seal: &Seal) -> Result<()> {
        self.write(Step::Other, |write| {
            let book = book_id(&write.tx, key)?;
            let own = checkpoint_at(&write.tx, key, book, Some(seal.checkpoint.size));
            if own.ok().as_ref() != Some(&seal.checkpoint) {
                return Err(RegisterError::CheckpointMismatch);
            }
            let kind = if seal.kind == SealKind::Token { 1 } else { 2 };
            write.tx.execute(
                "INSERT INTO seal (book, day, kind, size, root, checkpoint, bytes, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    book,
                    day_number(seal.day),
                    kind,
                    signed(seal.checkpoint.size)?,
                    seal.checkpoint.root,
                    seal.checkpoint.text(),
                    seal.bytes,
                    millis(seal.at)
                ],
            )?;
            Ok(())
        })
    }

    /// The seals on this book's checkpoints, oldest first.
    ///
    /// # Errors
    /// [`RegisterError::BookNotOpen`].
    pub fn seals(&self, key: &BookKey) -> Result<Vec<Seal>> {
        let conn = self.lock();
        let book = book_id(&conn, key)?;
        let mut statement =
            conn.prepare("SELECT day, kind, checkpoint, bytes, at FROM seal WHERE book = ?1 ORDER BY id")?;
        let mut rows = statement.query([book])?;
        let mut seals = Vec::new();
        while let Some(row) = rows.next()? {
            let text: String = row.get(2)?;
            seals.push(Seal {
                day: day_from_number(row.get(0)?)?,
                kind: if row.get::<_, i64>(1)? == 1 { SealKind::Token } else { SealKind::Witness },
                checkpoint: Checkpoint::parse(&text).ok_or(RegisterError::CheckpointMismatch)?,
                bytes: row.get(3)?,
                at: from_millis(row.get(4)?)?,
            });
        }
        Ok(seals)
    }
}

fn checkpoint_at(conn: &Connection, key: &BookKey, book: i64, size: Option<u64>) -> Result<Checkpoint> {
    let tree = BookTree { conn, book };
    let present = tree.size()?;
    let size = size.unwrap_or(present);
    if size > present {
        return Err(RegisterError::OutsideTree { index: size, size: present });
    }
    Ok(Checkpoint { origin: key.origin(), size, root: merkle::root(&tree, size)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_back_and_half_ones_are_refused() {
        let checkpoint = Checkpoint { origin: "mocban/1/SCT/BS/2026".into(), size: 12, root: [3; 32] };
        assert_eq!(Checkpoint::parse(&checkpoint.text()), Some(checkpoint.clone()));
        for text in ["", "a\n1\n", "a\n01\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n", "a\n1\nxx\n"] {
            assert_eq!(Checkpoint::parse(text), None, "{text:?}");
        }
        assert_eq!(Checkpoint::parse(checkpoint.text().trim_end()), None);
    }
}
