//! The stored tree: every inner hash must follow from the leaves, and the leaves from the entries. Where they do not,
//! the pattern of the difference says what was done: an edit, an insertion, a deletion, a swap.

use crate::{
    Alarm, Result, Sha256, VerifyReport,
    leaf_row::Books,
    merkle::{empty_root, node_hash, nodes_of},
};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};

/// The leaf hashes a book's tree holds, and the root they give.
pub(super) struct StoredTree {
    leaves: Vec<Sha256>,
    pub(super) root: Sha256,
}

impl StoredTree {
    pub(super) fn size(&self) -> u64 {
        self.leaves.len() as u64
    }
}

/// Reads and checks the tree of every book.
pub(super) fn read_all(
    conn: &Connection,
    books: &Books,
    report: &mut VerifyReport,
) -> Result<BTreeMap<i64, StoredTree>> {
    books.keys().map(|book| Ok((*book, read(conn, *book, &super::origin(books, *book), report)?))).collect()
}

/// Nodes come in the order in which they were made: a leaf, then the subtrees it completes. A stack of the open
/// subtrees recomputes each as it comes.
fn read(conn: &Connection, book: i64, origin: &str, report: &mut VerifyReport) -> Result<StoredTree> {
    let mut statement = conn.prepare("SELECT pos, hash FROM node WHERE book = ?1 ORDER BY pos")?;
    let mut rows = statement.query([book])?;
    let (mut leaves, mut open) = (Vec::new(), Vec::<Sha256>::new());
    let mut expected = 0;
    let mut next = |position: &mut i64| -> Result<Option<Sha256>> {
        let Some(row) = rows.next()? else { return Ok(None) };
        let found = row.get::<_, i64>(0)? == *position;
        *position += 1;
        Ok(if found { Some(row.get(1)?) } else { None })
    };
    'leaves: while let Some(leaf) = next(&mut expected)? {
        let index = leaves.len() as u64;
        let mut hash = leaf;
        for level in 1..=index.trailing_ones() {
            let Some(left) = open.pop() else { break };
            hash = node_hash(&left, &hash);
            if next(&mut expected)? != Some(hash) {
                report.raise(Alarm::NodeMismatch { origin: origin.to_owned(), level, index: index >> level });
                if rows_are_out_of_step(conn, book, index)? {
                    break 'leaves;
                }
            }
        }
        leaves.push(leaf);
        open.push(hash);
    }
    let root =
        open.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root);
    Ok(StoredTree { leaves, root })
}

/// Whether nodes are missing (not merely altered), so that reading on in order makes no sense.
fn rows_are_out_of_step(conn: &Connection, book: i64, index: u64) -> Result<bool> {
    let last = crate::tree::signed(nodes_of(index + 1))?;
    let count: i64 =
        conn.query_row("SELECT count(*) FROM node WHERE book = ?1 AND pos < ?2", [book, last], |row| {
            row.get(0)
        })?;
    Ok(count != last)
}

/// Compares the recomputed leaves with the stored ones.
pub(super) fn compare(
    origin: &str,
    computed: Vec<(i64, Option<Sha256>)>,
    stored: &StoredTree,
    report: &mut VerifyReport,
) {
    // The usual case costs one pass and no memory.
    let same = computed.len() == stored.leaves.len()
        && computed
            .iter()
            .zip(&stored.leaves)
            .enumerate()
            .all(|(index, ((seq, hash), stored))| *seq == index as i64 && hash.as_ref() == Some(stored));
    if !same {
        for alarm in differences(origin, &computed, &stored.leaves) {
            report.raise(alarm);
        }
    }
}

fn differences(origin: &str, computed: &[(i64, Option<Sha256>)], stored: &[Sha256]) -> Vec<Alarm> {
    let origin = || origin.to_owned();
    let place: HashMap<&Sha256, usize> =
        stored.iter().enumerate().map(|(index, hash)| (hash, index)).collect();
    let at = |index: usize| computed.get(index).and_then(|(_, hash)| hash.as_ref());
    let (mut alarms, mut swapped) = (Vec::new(), Vec::new());
    // `here` walks the entries, `there` the tree; they part where an entry was put in or taken out.
    let (mut here, mut there) = (0, 0);
    while here < computed.len() || there < stored.len() {
        let (entry, leaf) = (at(here), stored.get(there));
        if here >= computed.len() || entry.is_some() && entry == stored.get(there + 1) && at(here + 1) != leaf
        {
            alarms.push(Alarm::EntryMissing { origin: origin(), seq: there as u64 });
            there += 1;
            continue;
        }
        if leaf.is_none() || leaf == at(here + 1) && entry != stored.get(there + 1) && entry != leaf {
            alarms.push(Alarm::EntryInserted { origin: origin(), seq: here as u64 });
            here += 1;
            continue;
        }
        if entry != leaf {
            let partner = entry.and_then(|hash| place.get(hash)).copied();
            match partner {
                Some(other) if at(other + here - there.min(here)) == leaf && here == there => {
                    if other > there {
                        swapped.push(other);
                        alarms.push(Alarm::EntriesSwapped {
                            origin: origin(),
                            first: there as u64,
                            second: other as u64,
                        });
                    }
                }
                _ => alarms.push(Alarm::LeafMismatch { origin: origin(), seq: there as u64 }),
            }
        }
        here += 1;
        there += 1;
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &str) -> Vec<Sha256> {
        names.bytes().map(|b| [b; 32]).collect()
    }

    #[track_caller]
    fn check(entries: &str, leaves: &str, expected: &str) {
        let computed: Vec<_> =
            tree(entries).into_iter().enumerate().map(|(i, h)| (i as i64, Some(h))).collect();
        let found: Vec<String> = differences("o", &computed, &tree(leaves))
            .into_iter()
            .map(|alarm| match alarm {
                Alarm::LeafMismatch { seq, .. } => format!("edit {seq}"),
                Alarm::EntryInserted { seq, .. } => format!("insert {seq}"),
                Alarm::EntryMissing { seq, .. } => format!("missing {seq}"),
                Alarm::EntriesSwapped { first, second, .. } => format!("swap {first} {second}"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{entries} against {leaves}");
    }

    #[test]
    fn the_pattern_of_the_difference_says_what_was_done() {
        check("abcde", "abcde", "");
        check("abXde", "abcde", "edit 2");
        check("abcd", "abcde", "missing 4");
        check("bcde", "abcde", "missing 0");
        check("abde", "abcde", "missing 2");
        check("abXcde", "abcde", "insert 2");
        check("abcdeX", "abcde", "insert 5");
        check("Xabcde", "abcde", "insert 0");
        check("abdce", "abcde", "swap 2 3");
        check("ebcda", "abcde", "swap 0 4");
        check("XbcdY", "abcde", "edit 0, edit 4");
    }
}
