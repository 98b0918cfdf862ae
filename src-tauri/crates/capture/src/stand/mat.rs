//! The empty mat as the camera sees it, small; and what in a later picture is not mat.

use serde::{Deserialize, Serialize};

use crate::detect::mask::{Mask, RIM};
use crate::picture::Picture;
use crate::reduce::averaged;

/// The longer side of the mat's picture, cells.
const SIDE: usize = 128;
/// Two pictures have one shape when their proportions differ by less than this.
const SAME_SHAPE: f64 = 0.01;
/// Exposure may have changed by this factor, each colour for itself; beyond, another scene is seen.
const GAIN: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// Where the mat is darker by a factor in this range, …
const SHADED: std::ops::RangeInclusive<f64> = 0.7..=0.98;
/// … the same for each colour within this, it may be a hand's shadow.
const GREY: f64 = 0.05;

/// The empty mat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mat {
    width: usize,
    height: usize,
    rgb8: Vec<u8>,
}

impl Mat {
    /// The mat in this picture.
    pub fn of(frame: &Picture) -> Self {
        let longer = frame.width.max(frame.height);
        let cells = |side: usize| (side * SIDE.min(longer) + longer / 2) / longer;
        let (width, height) = (cells(frame.width).max(1), cells(frame.height).max(1));
        Self { width, height, rgb8: averaged(frame, width, height) }
    }

    /// What in `frame` is not mat; `None` for a picture of another shape.
    pub fn difference(&self, frame: &Picture) -> Option<Mask> {
        let ratio = |width: usize, height: usize| width as f64 / height.max(1) as f64;
        let shape = ratio(frame.width, frame.height) / ratio(self.width, self.height);
        // A store that was tampered with, or another camera setting.
        let whole = self.width.checked_mul(self.height).is_some_and(|cells| self.rgb8.len() == 3 * cells)
            && self.width.min(self.height) > 2 * RIM
            && self.width <= frame.width
            && self.height <= frame.height;
        if !whole || (shape - 1.0).abs() > SAME_SHAPE + 1.0 / self.height as f64 {
            return None;
        }
        let seen = averaged(frame, self.width, self.height);
        let gain = self.gain(&seen);
        let cells = || seen.chunks_exact(3).zip(self.rgb8.chunks_exact(3));
        let mat = |here: &[u8], k: usize| gain[k] * f64::from(here[k]);
        let level = cells().map(|(there, here)| {
            let apart = (0..3).map(|k| (f64::from(there[k]) - mat(here, k)).abs());
            apart.fold(0.0, f64::max).round() as u8
        });
        let shaded = cells().map(|(there, here)| {
            let darker: [f64; 3] = std::array::from_fn(|k| f64::from(there[k]) / mat(here, k).max(1.0));
            let (low, high) =
                (darker.into_iter().fold(2.0, f64::min), darker.into_iter().fold(0.0, f64::max));
            SHADED.contains(&low) && SHADED.contains(&high) && high - low <= GREY
        });
        Some(Mask::of(self.width, self.height, level.collect(), shaded.collect()))
    }

    /// How much brighter the mat is seen now, each colour for itself, by the rim of the picture.
    fn gain(&self, seen: &[u8]) -> [f64; 3] {
        let is_rim = |i: &usize| {
            let (x, y) = (i % self.width, i / self.width);
            x < RIM || y < RIM || x + RIM >= self.width || y + RIM >= self.height
        };
        let rim: Vec<usize> = (0..self.width * self.height).filter(is_rim).collect();
        std::array::from_fn(|k| {
            let level = |rgb: &[u8], i: usize| f64::from(rgb[3 * i + k]) + 4.0;
            let mut gains: Vec<f64> = rim.iter().map(|i| level(seen, *i) / level(&self.rgb8, *i)).collect();
            let middle = gains.len() / 2;
            let gain = *gains.select_nth_unstable_by(middle, f64::total_cmp).1;
            gain.clamp(*GAIN.start(), *GAIN.end())
        })
    }
}
