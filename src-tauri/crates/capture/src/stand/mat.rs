//! The empty mat as the camera sees it, small; and what in a later picture is not mat.

use serde::{Deserialize, Serialize};

use crate::geometry::{Point, Quad};
use crate::picture::Picture;
use crate::reduce::reduced;

/// About the longer side of the mat's picture, cells.
const SIDE: usize = 128;
/// Two pictures have one shape when their proportions differ by less than this.
const SAME_SHAPE: f64 = 0.01;
/// The rim of the picture by which exposure is compared, cells: papers seldom lie there.
const RIM: usize = 6;
/// Exposure may have changed by this factor; beyond, another scene is seen.
const GAIN: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// A difference from here on is no noise and no shadow's edge, grey levels.
const DIFFERENT: u8 = 26;
/// Cells nearer to the outline than this may be half paper.
const NEAR: f64 = 2.5;

/// The empty mat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mat {
    width: usize,
    height: usize,
    rgb8: Vec<u8>,
}

/// How much each cell of a picture differs from the mat. Evidence for whoever looks for a paper's outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Cells across.
    pub width: usize,
    /// Cells down.
    pub height: usize,
    /// Difference in grey levels, exposure apart; row by row.
    pub level: Vec<u8>,
}

impl Mat {
    /// The mat in this picture.
    pub fn of(frame: &Picture) -> Self {
        let Picture { width, height, rgb8, .. } = cells(frame);
        Self { width, height, rgb8 }
    }

    /// What in `frame` is not mat; `None` for a picture of another shape.
    pub fn difference(&self, frame: &Picture) -> Option<Mask> {
        let ratio = |width: usize, height: usize| width as f64 / height.max(1) as f64;
        let seen = cells(frame);
        let shape = ratio(seen.width, seen.height) / ratio(self.width, self.height);
        // A store that was tampered with, or another camera setting.
        let whole =
            self.rgb8.len() == 3 * self.width * self.height && self.width > 2 * RIM && self.height > 2 * RIM;
        if !whole || (shape - 1.0).abs() > SAME_SHAPE + 2.0 / self.height as f64 {
            return None;
        }
        let there = |x: usize, y: usize| {
            seen.at((x * seen.width / self.width) as isize, (y * seen.height / self.height) as isize)
        };
        let here = |x: usize, y: usize| {
            let i = 3 * (y * self.width + x);
            [self.rgb8[i], self.rgb8[i + 1], self.rgb8[i + 2]]
        };
        let is_rim =
            |x: usize, y: usize| x < RIM || y < RIM || x + RIM >= self.width || y + RIM >= self.height;
        let mut gains: Vec<f64> = (0..self.width * self.height)
            .map(|i| (i % self.width, i / self.width))
            .filter(|(x, y)| is_rim(*x, *y))
            .map(|(x, y)| (sum(there(x, y)) + 12.0) / (sum(here(x, y)) + 12.0))
            .collect();
        let middle = gains.len() / 2;
        let gain = *gains.select_nth_unstable_by(middle, f64::total_cmp).1;
        let gain = gain.clamp(*GAIN.start(), *GAIN.end());
        let level = (0..self.width * self.height)
            .map(|i| {
                let (x, y) = (i % self.width, i / self.width);
                let pairs = there(x, y).into_iter().zip(here(x, y));
                let apart = pairs.map(|(a, b)| (f64::from(a) - gain * f64::from(b)).abs());
                apart.fold(0.0, f64::max).min(255.0) as u8
            })
            .collect();
        Some(Mask { width: self.width, height: self.height, level })
    }
}

impl Mask {
    /// The share of the cells beside the outline (of all cells, without one) that are not mat, 0..1. The outline is
    /// in cells.
    pub fn share_beside(&self, outline: Option<&Quad>) -> f64 {
        let beside = |i: &usize| {
            let at = Point::new((i % self.width) as f64 + 0.5, (i / self.width) as f64 + 0.5);
            outline.is_none_or(|quad| !quad.holds(at, NEAR))
        };
        let cells: Vec<usize> = (0..self.level.len()).filter(beside).collect();
        let different = cells.iter().filter(|i| self.level[**i] >= DIFFERENT).count();
        different as f64 / cells.len().max(1) as f64
    }
}

fn cells(frame: &Picture) -> Picture {
    reduced(frame, frame.width.max(frame.height).div_ceil(SIDE))
}

fn sum(rgb: [u8; 3]) -> f64 {
    rgb.iter().map(|v| f64::from(*v)).sum()
}
