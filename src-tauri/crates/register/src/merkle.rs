//! The Merkle tree of RFC 6962 §2.1 / RFC 9162 §2.1: hashes, roots, proofs. Pure arithmetic; where the hashes of full
//! subtrees are kept is the affair of whoever implements [`ReadNode`].
//!
//! A node is named by `(level, index)`: level 0 are the leaves, node `(l, i)` covers leaves `i·2^l .. (i+1)·2^l`.

use crate::{RegisterError, Sha256 as Hash};
use sha2::{Digest, Sha256};

/// Gives the hash of a full subtree.
pub trait ReadNode {
    /// The hash of node `(level, index)`; asked only for subtrees that are full.
    ///
    /// # Errors
    /// Whatever keeps the node from being read.
    fn node(&self, level: u32, index: u64) -> Result<Hash, RegisterError>;
}

/// Hash of a leaf: `SHA-256(0x00 ‖ data)`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the empty tree: `SHA-256("")`.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Place of node `(level, index)` in the order in which full subtrees come to exist: a leaf, then every subtree it
/// completes, from the smallest up. Appending then writes at the end of the table only.
#[must_use]
pub fn position(level: u32, index: u64) -> u64 {
    // The leaf that completes the subtree, and how many nodes come with the leaves before it.
    let last_leaf = ((index + 1) << level) - 1;
    nodes_of(last_leaf) + u64::from(level)
}

/// How many full subtrees a tree of `size` leaves has: `Σ size >> l`.
#[must_use]
pub fn nodes_of(size: u64) -> u64 {
    2 * size - u64::from(size.count_ones())
}

/// The nodes that come to exist with leaf number `size` (from 0): the leaf and every subtree it completes.
///
/// # Errors
/// Those of `nodes`.
pub fn append(nodes: &impl ReadNode, size: u64, leaf: Hash) -> Result<Vec<Hash>, RegisterError> {
    let mut made = vec![leaf];
    let mut hash = leaf;
    for level in 0..size.trailing_ones() {
        hash = node_hash(&nodes.node(level, (size >> level) - 1)?, &hash);
        made.push(hash);
    }
    Ok(made)
}

/// Root of the first `size` leaves.
///
/// # Errors
/// Those of `nodes`.
pub fn root(nodes: &impl ReadNode, size: u64) -> Result<Hash, RegisterError> {
    if size == 0 { Ok(empty_root()) } else { range(nodes, 0, size) }
}

/// Inclusion proof of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1), from the leaf up.
///
/// # Errors
/// [`RegisterError::OutsideTree`], or those of `nodes`.
pub fn inclusion(nodes: &impl ReadNode, index: u64, size: u64) -> Result<Vec<Hash>, RegisterError> {
    if index >= size {
        return Err(RegisterError::OutsideTree { index, size });
    }
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Consistency proof from the tree of `old` leaves to that of `size` (RFC 6962 §2.1.2).
///
/// # Errors
/// [`RegisterError::OutsideTree`], or those of `nodes`.
pub fn consistency(nodes: &impl ReadNode, old: u64, size: u64) -> Result<Vec<Hash>, RegisterError> {
    if old > size {
        return Err(RegisterError::OutsideTree { index: old, size });
    }
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let (mut low, mut high, mut path) = (0, size, Vec::new());
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    // A subtree of the old tree that is not the whole of it must be shown too.
    if low != 0 {
        path.push(range(nodes, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows `leaf` to be number `index` of the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows the tree `(old, old_root)` to be the beginning of `(size, root)` (RFC 9162 §2.1.4.2).
#[must_use]
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old >= size {
        return old == size && proof.is_empty() && old_root == root;
    }
    let mut path = proof.iter();
    let seed = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(seed) = seed else { return false };
    let (mut node, mut last) = (old - 1, size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut first, mut second) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            first = node_hash(sibling, &first);
            second = node_hash(sibling, &second);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            second = node_hash(&second, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && first == *old_root && second == *root
}

/// Hash of leaves `low..high`, where `low` is a multiple of the next power of two ≥ `high - low`.
fn range(nodes: &impl ReadNode, low: u64, high: u64) -> Result<Hash, RegisterError> {
    let length = high - low;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return nodes.node(level, low >> level);
    }
    let middle = low + split(length);
    Ok(node_hash(&range(nodes, low, middle)?, &range(nodes, middle, high)?))
}

/// The largest power of two smaller than `length` (which is at least 2).
fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}
