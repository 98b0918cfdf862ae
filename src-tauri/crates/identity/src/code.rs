//! `rxing` behind a guard: finder patterns, its own sampling, error correction. It may panic; nothing here does.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rxing::{
    common::{BitMatrix, DetectorRXingResult},
    qrcode::cpp_port::{
        decoder::Decode,
        detector::{FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets, SampleQR},
    },
};

use crate::geometry::Point;

/// Most finder patterns taken from one picture; more are noise.
const PATTERNS_MAX: usize = 400;
/// Most groups of three looked at.
const TRIPLES_MAX: usize = 24;

/// Three finder patterns that could belong to one code.
#[derive(Clone, Copy)]
pub(crate) struct Triple {
    set: FinderPatternSet,
    /// Middles: top left, top right, bottom left.
    pub(crate) middles: [Point; 3],
    /// Pixels of a module, about.
    pub(crate) module: f32,
    /// How unlike the corner of a square they are; 0 is perfect.
    flaw: f32,
}

/// Runs what may panic.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}

/// Groups of three finder patterns, the likeliest first.
pub(crate) fn triples(bits: &BitMatrix) -> Vec<Triple> {
    let found = guarded(|| {
        let mut patterns = FindFinderPatterns(bits, true, 0);
        patterns.truncate(PATTERNS_MAX);
        Some(GenerateFinderPatternSets(&mut patterns))
    });
    let mut triples: Vec<Triple> =
        found.unwrap_or_default().into_iter().map(triple).filter(|triple| triple.flaw.is_finite()).collect();
    triples.sort_by(|a, b| a.flaw.total_cmp(&b.flaw));
    triples.truncate(TRIPLES_MAX);
    triples
}

fn triple(set: FinderPatternSet) -> Triple {
    let middles = [set.tl, set.tr, set.bl].map(|pattern| Point::new(pattern.p.x, pattern.p.y));
    let sizes = [set.tl, set.tr, set.bl].map(|pattern| pattern.size as f32);
    let [corner, right, below] = middles;
    let (across, down) = (right - corner, below - corner);
    let (a, b) = (corner.distance(right), corner.distance(below));
    let cosine = (across.x * down.x + across.y * down.y) / (a * b);
    let mean = sizes.iter().sum::<f32>() / 3.0;
    let spread = sizes.iter().fold(0.0_f32, |most, size| most.max((size - mean).abs()));
    let flaw = (a - b).abs() / (a + b) + cosine.abs() + spread / mean;
    Triple { set, middles, module: mean / 7.0, flaw }
}

/// The bytes of the code by `rxing`'s own sampling.
pub(crate) fn sampled(bits: &BitMatrix, triple: &Triple) -> Option<Vec<u8>> {
    guarded(|| {
        let sampled = SampleQR(bits, &triple.set).ok()?;
        decoded(sampled.getBits())
    })
}

/// The bytes of the code whose modules these are, row by row; `None` when error correction cannot mend it.
pub(crate) fn bytes(side: usize, modules: &[bool]) -> Option<Vec<u8>> {
    guarded(|| {
        let mut bits = BitMatrix::with_single_dimension(u32::try_from(side).ok()?).ok()?;
        for (i, _) in modules.iter().enumerate().filter(|(_, black)| **black) {
            bits.set((i % side) as u32, (i / side) as u32);
        }
        decoded(&bits)
    })
}

fn decoded(bits: &BitMatrix) -> Option<Vec<u8>> {
    let decoded = Decode(bits).ok()?;
    // The bytes themselves: `rxing` would guess at their encoding, and a short field then turns into Japanese.
    decoded.isValid().then(|| decoded.content().bytes().to_vec())
}
