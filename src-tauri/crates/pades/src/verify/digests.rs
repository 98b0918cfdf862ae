//! Digests of what signatures cover. Two signatures of one file cover the same beginning, up to where the first one
//! stands: it is hashed once.

use std::ops::Range;

use crate::crypto::{Context, Digest, Hash};

/// Digests of one file; remembers the state at the end of every first range.
pub(super) struct Digests<'a> {
    bytes: &'a [u8],
    prefixes: Vec<(Hash, usize, Context)>,
}

impl<'a> Digests<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, prefixes: Vec::new() }
    }

    /// The digest of the two ranges, the first from the file's start. Both must lie inside the file.
    pub(super) fn of(&mut self, hash: Hash, ranges: &[Range<usize>; 2]) -> Digest {
        let end = ranges[0].end;
        let nearest = self.prefixes.iter().filter(|(of, until, _)| *of == hash && *until <= end);
        let (from, mut context) = match nearest.max_by_key(|(_, until, _)| *until) {
            Some((_, until, context)) => (*until, context.clone()),
            None => (0, hash.context()),
        };
        context.update(&self.bytes[from..end]);
        if from < end {
            self.prefixes.push((hash, end, context.clone()));
        }
        context.update(&self.bytes[ranges[1].clone()]);
        context.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_beginning_changes_no_digest() {
        let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let mut digests = Digests::new(&bytes);
        for ranges in
            [[0..1000, 1200..2000], [0..3000, 3100..5000], [0..500, 600..700], [0..1000, 1200..2000]]
        {
            let parts = ranges.clone().map(|range| &bytes[range]);
            for hash in [Hash::Sha256, Hash::Sha3_512] {
                assert_eq!(digests.of(hash, &ranges).as_ref(), hash.of(&parts).as_ref());
            }
        }
    }
}
