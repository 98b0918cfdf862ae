//! What a page looks like in 256 bits, to notice the same page taken twice.
//!
//! A difference hash: the page in 17 × 16 cells, one bit for each pair of neighbours, whether the right one is
//! brighter. Light, exposure and a millimetre more or less at the rim hardly change it. It tells pictures that look
//! alike, not documents that say the same: two blank forms of one kind are alike, so it warns and never refuses.

use serde::{Deserialize, Serialize};

use crate::picture::Picture;
use crate::reduce::reduced;

/// Pages that differ in fewer bits look the same.
const SAME_BITS: u32 = 26;
/// Neighbours closer than this in brightness (grey levels × 16) count as equal: blank paper has no look.
const EQUAL: i32 = 24;
/// A page needs this many unequal neighbours to be told from others.
const LEAST_TOLD: u32 = 24;

/// The look of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Whether the right neighbour is brighter.
    brighter: [u64; 4],
    /// Whether the two differ at all.
    told: [u64; 4],
}

impl Fingerprint {
    /// The look of a corrected page; `None` for pictures smaller than the hash's cells.
    pub fn of(page: &Picture) -> Option<Self> {
        const ACROSS: usize = 17;
        const DOWN: usize = 16;
        let factor = (page.width.min(page.height) / 96).max(1);
        let small = reduced(page, factor);
        if small.width < ACROSS || small.height < DOWN {
            return None;
        }
        let cell = |cx: usize, cy: usize| -> i32 {
            let (x0, x1) = (cx * small.width / ACROSS, (cx + 1) * small.width / ACROSS);
            let (y0, y1) = (cy * small.height / DOWN, (cy + 1) * small.height / DOWN);
            let mut sum = 0i64;
            for y in y0..y1 {
                for rgb in small.rgb8[3 * (y * small.width + x0)..3 * (y * small.width + x1)].chunks_exact(3)
                {
                    sum += i64::from(rgb[0]) + 2 * i64::from(rgb[1]) + i64::from(rgb[2]);
                }
            }
            // In sixteenths of a grey level.
            (sum * 4 / ((x1 - x0) * (y1 - y0)).max(1) as i64) as i32
        };
        let (mut brighter, mut told) = ([0u64; 4], [0u64; 4]);
        for cy in 0..DOWN {
            let row: Vec<i32> = (0..ACROSS).map(|cx| cell(cx, cy)).collect();
            for (cx, pair) in row.windows(2).enumerate() {
                let bit = cy * 16 + cx;
                let step = pair[1] - pair[0];
                brighter[bit / 64] |= u64::from(step > 0) << (bit % 64);
                told[bit / 64] |= u64::from(step.abs() > EQUAL) << (bit % 64);
            }
        }
        Some(Self { brighter, told })
    }

    /// Whether two pages look the same. Pages that are (nearly) blank look like nothing, so never the same.
    pub fn looks_like(&self, other: &Self) -> bool {
        let count = |of: &dyn Fn(usize) -> u64| -> u32 { (0..4).map(|k| of(k).count_ones()).sum() };
        // A pair of neighbours that is clear in either picture must be alike in both.
        let either = |k: usize| self.told[k] | other.told[k];
        let told = count(&either);
        let differ = count(&|k| (self.brighter[k] ^ other.brighter[k]) & either(k));
        told >= LEAST_TOLD && differ * 256 < SAME_BITS * told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of print whose words depend on `seed`, lit from one side by `light`.
    fn page(seed: usize, light: f64) -> Picture {
        let (w, h) = (620, 877);
        let rgb8 = (0..w * h)
            .flat_map(|i| {
                let (x, y) = (i % w, i / w);
                let word = (x / 37 + 7 * (y / 24) + seed * (y / 24 + 3) * (x / 37 + 5)) * 40503 % 97;
                let print = y % 24 < 12 && (60..560).contains(&x) && word > 40 && x % 5 < 3;
                let v = if print { 50.0 } else { 236.0 } * (1.0 - light * x as f64 / w as f64);
                [v as u8; 3]
            })
            .collect();
        Picture::new(w, h, rgb8).unwrap()
    }

    #[test]
    fn the_same_page_in_other_light_looks_the_same_and_another_does_not() {
        let one = Fingerprint::of(&page(1, 0.0)).unwrap();
        assert!(one.looks_like(&Fingerprint::of(&page(1, 0.12)).unwrap()));
        assert!(!one.looks_like(&Fingerprint::of(&page(2, 0.0)).unwrap()));
    }

    #[test]
    fn blank_pages_are_never_taken_for_one_another() {
        let blank = Fingerprint::of(&Picture::new(620, 877, vec![240; 620 * 877 * 3]).unwrap()).unwrap();
        assert!(!blank.looks_like(&blank));
        assert!(Fingerprint::of(&Picture::new(12, 12, vec![9; 432]).unwrap()).is_none());
    }
}
