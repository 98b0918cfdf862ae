//! Our tree against RFC 6962's vectors and against another implementation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

use ct_merkle::{HashableLeaf, mem_backed_tree::MemoryBackedTree};
use mocban_register::{RegisterError, merkle::*};
use proptest::prelude::*;
use std::collections::HashMap;

/// Nodes in memory, by their position in the order of creation, as the store keeps them.
#[derive(Default)]
struct Memory {
    nodes: HashMap<u64, [u8; 32]>,
    size: u64,
}

impl ReadNode for Memory {
    fn node(&self, level: u32, index: u64) -> Result<[u8; 32], RegisterError> {
        self.nodes
            .get(&position(level, index))
            .copied()
            .ok_or(RegisterError::OutsideTree { index, size: self.size })
    }
}

impl Memory {
    fn of(leaves: &[Vec<u8>]) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            for (offset, hash) in append(&tree, tree.size, leaf_hash(leaf)).unwrap().into_iter().enumerate() {
                assert!(tree.nodes.insert(nodes_of(tree.size) + offset as u64, hash).is_none());
            }
            tree.size += 1;
        }
        tree
    }
}

#[derive(Clone)]
struct Leaf(Vec<u8>);

impl HashableLeaf for Leaf {
    fn hash<H: ct_merkle::digest::Update>(&self, hasher: &mut H) {
        hasher.update(&self.0);
    }
}

/// The inputs and roots of the test vectors that every RFC 6962 log shares.
const INPUTS: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_roots_are_those_of_the_vectors() {
    let inputs: Vec<Vec<u8>> = INPUTS.iter().map(|hex| hex::decode(hex).unwrap()).collect();
    assert_eq!(hex::encode(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let tree = Memory::of(&inputs);
    for (index, expected) in ROOTS.iter().enumerate() {
        assert_eq!(&hex::encode(root(&tree, index as u64 + 1).unwrap()), expected, "size {}", index + 1);
    }
}

#[test]
fn every_position_is_taken_once_and_in_order() {
    let mut expected = 0;
    for leaf in 0..600u64 {
        assert_eq!(nodes_of(leaf), expected);
        for level in 0..=leaf.trailing_ones() {
            assert_eq!(position(level, leaf >> level), expected);
            expected += 1;
        }
    }
}

proptest! {
    #[test]
    fn roots_and_proofs_are_those_of_the_other_implementation(count in 1usize..90, old in 1usize..90, index in 0usize..90) {
        let (old, index) = (1 + old % count, index % count);
        let leaves: Vec<Vec<u8>> = (0..count).map(|n| format!("leaf {n}").into_bytes()).collect();
        let ours = Memory::of(&leaves);
        let (mut theirs, mut theirs_old) = (MemoryBackedTree::<sha2::Sha256, Leaf>::new(), None);
        for (n, leaf) in leaves.iter().enumerate() {
            theirs.push(Leaf(leaf.clone()));
            if n + 1 == old {
                theirs_old = Some(theirs.root());
            }
        }
        let size = count as u64;
        let ours_root = root(&ours, size).unwrap();
        let theirs_root = theirs.root();
        prop_assert_eq!(&ours_root[..], &theirs_root.as_bytes()[..]);

        let proof = inclusion(&ours, index as u64, size).unwrap();
        let theirs_proof = theirs.prove_inclusion(index);
        prop_assert_eq!(proof.concat(), theirs_proof.as_bytes());
        prop_assert!(verify_inclusion(leaf_hash(&leaves[index]), index as u64, size, &proof, &ours_root));
        prop_assert!(!verify_inclusion(leaf_hash(b"another"), index as u64, size, &proof, &ours_root));

        let old_root = root(&ours, old as u64).unwrap();
        let theirs_old = theirs_old.unwrap();
        prop_assert_eq!(&old_root[..], &theirs_old.as_bytes()[..]);
        let proof = consistency(&ours, old as u64, size).unwrap();
        if old < count {
            let theirs_proof = theirs.prove_consistency(count - old);
            prop_assert_eq!(proof.concat(), theirs_proof.as_bytes());
        }
        prop_assert!(verify_consistency(old as u64, &old_root, size, &ours_root, &proof));
        if old < count {
            prop_assert!(!verify_consistency(old as u64, &[1; 32], size, &ours_root, &proof));
        }
    }

    #[test]
    fn a_hostile_proof_is_refused_without_a_panic(
        old in any::<u64>(), size in any::<u64>(), index in any::<u64>(),
        proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        prop_assert!(!verify_inclusion([1; 32], index, size, &proof, &[2; 32]));
        prop_assert!(old == 0 || !verify_consistency(old, &[1; 32], size, &[2; 32], &proof));
    }
}
