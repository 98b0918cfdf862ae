//! The exact answer for files of this house: the recorded unsigned bytes, then exactly the increments the register
//! knows (invariant 5). No reading of PDF is needed to give it, so no trick of PDF can mislead it; reading serves
//! only to name who made a foreign increment.

use serde::Serialize;

use super::report::SignerIdentity;
use super::{signature, signatures};
use crate::crypto::Hash;
use crate::pdf::File;

/// SHA-256 of some bytes.
pub type Sha256 = [u8; 32];

/// What the register knows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Bytes of the unsigned file.
    pub unsigned_len: u64,
    /// Its SHA-256.
    pub unsigned_sha256: Sha256,
    /// Length and SHA-256 of every increment, in order.
    pub increments: Vec<(u64, Sha256)>,
}

/// How a file differs from the copy it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Difference {
    /// The unsigned part is another.
    PrefixAltered,
    /// A known increment is another; counted from 0.
    IncrementAltered {
        /// Which.
        index: usize,
    },
    /// The file ends where known increments are still to come.
    IncrementMissing {
        /// The first that is missing.
        index: usize,
    },
    /// The file ends inside a known part.
    Truncated {
        /// Bytes the register knows.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// Everything known is there, and then something that is not ours.
    ForeignIncrement {
        /// The byte at which it begins.
        at: u64,
        /// Who its newest signature claims to be, where that can be read.
        signer: Option<SignerIdentity>,
    },
}

/// Where the file first differs from what the register knows; `None` for exactly that copy.
pub fn first_difference(pdf: &[u8], known: &Known) -> Option<Difference> {
    let found = pdf.len() as u64;
    let increments = known.increments.iter().map(|(length, _)| *length);
    let expected = increments.fold(known.unsigned_len, u64::saturating_add);
    let mut rest = pdf;
    let Some(unsigned) = take(&mut rest, known.unsigned_len) else {
        return Some(Difference::Truncated { expected, found });
    };
    if !is(unsigned, &known.unsigned_sha256) {
        return Some(Difference::PrefixAltered);
    }
    for (index, (length, digest)) in known.increments.iter().enumerate() {
        if rest.is_empty() && *length > 0 {
            return Some(Difference::IncrementMissing { index });
        }
        match take(&mut rest, *length) {
            None => return Some(Difference::Truncated { expected, found }),
            Some(increment) if !is(increment, digest) => return Some(Difference::IncrementAltered { index }),
            Some(_) => {}
        }
    }
    if rest.is_empty() {
        None
    } else {
        Some(Difference::ForeignIncrement { at: expected, signer: newest_signer(pdf, expected) })
    }
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = left;
    Some(taken)
}

fn is(bytes: &[u8], digest: &Sha256) -> bool {
    Hash::Sha256.of(&[bytes]).as_ref() == digest
}

/// The claimed signer of the newest signature made after byte `at`.
fn newest_signer(pdf: &[u8], at: u64) -> Option<SignerIdentity> {
    let file = File::open(pdf).ok()?;
    let (found, _) = signatures(&file).ok()?;
    let newest =
        found.iter().rev().find(|signature| file.revisions[signature.revision].bytes.end as u64 > at)?;
    signature::claimed(file.view(newest.revision), newest.value?).ok().flatten()
}
