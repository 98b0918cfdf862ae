//! How evenly the light falls on the mat, by a picture of white paper: for each colour a surface of second order through its
//! levels. Six unknowns in one place: a crate for linear algebra would be more than what it replaced.

use serde::{Deserialize, Serialize};

use super::StandFault;
use crate::flat_field::{FlatField, terms};
use crate::picture::Picture;
use crate::reduce::averaged;

/// Cells across and down that the picture is averaged to.
const SIDE: usize = 64;
/// White paper under the poorest lamp is at least this bright, grey levels.
const LEAST_LEVEL: f64 = 80.0;
/// The channels of white paper under a coloured lamp differ by at most this share.
const MOST_CAST: f64 = 0.35;
/// This share of the picture must be white.
const WHITE_SHARE: f64 = 0.9;

/// The light on the mat.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// Level of green over the picture: of 1, x, y, x², xy, y² with x and y from -1 to 1.
    surface: [f64; 6],
    /// What red and blue are above it; nothing in what was kept before they were measured.
    #[serde(default)]
    cast: [[f64; 6]; 2],
}

impl Light {
    /// The light in a picture that is white all over.
    ///
    /// # Errors
    /// `NotWhite`.
    pub(super) fn of(white: &Picture) -> Result<Self, StandFault> {
        let (w, h) = (white.width.min(SIDE), white.height.min(SIDE));
        let mut samples = Vec::with_capacity(w * h);
        for (i, rgb) in averaged(white, w, h).chunks_exact(3).enumerate() {
            let channels = [rgb[0], rgb[1], rgb[2]].map(f64::from);
            let high = channels.into_iter().fold(0.0, f64::max);
            let low = channels.into_iter().fold(255.0, f64::min);
            if high >= LEAST_LEVEL && (high - low) / high <= MOST_CAST {
                let at = |k: usize, size: usize| 2.0 * (k as f64 + 0.5) / size as f64 - 1.0;
                samples.push((terms(at(i % w, w), at(i / w, h)), channels));
            }
        }
        if (samples.len() as f64) < WHITE_SHARE * (w * h) as f64 {
            return Err(StandFault::NotWhite);
        }
        let surface = |channel: usize| {
            fitted(samples.iter().map(|(terms, channels)| (*terms, channels[channel])))
                .ok_or(StandFault::NotWhite)
        };
        let (red, green, blue) = (surface(0)?, surface(1)?, surface(2)?);
        let above = |other: [f64; 6]| std::array::from_fn(|k| other[k] - green[k]);
        Ok(Self { surface: green, cast: [above(red), above(blue)] })
    }

    /// How much darker the darkest place is than the brightest, 0..1.
    pub fn unevenness(&self) -> f64 {
        let (low, high) = range(&self.surface);
        if high > 0.0 { (1.0 - low / high).clamp(0.0, 1.0) } else { 1.0 }
    }

    /// What evens it out: each colour up to where it is brightest.
    pub fn flat_field(&self) -> FlatField {
        let [red, blue] = self.cast.map(|above| std::array::from_fn(|k| self.surface[k] + above[k]));
        let shares = |surface: [f64; 6]| surface.map(|c| c / range(&surface).1.max(1.0));
        FlatField { shares: [red, self.surface, blue].map(shares) }
    }
}

/// The least and the greatest level of a surface over the picture.
fn range(surface: &[f64; 6]) -> (f64, f64) {
    let steps = || (-10..=10).map(|k| f64::from(k) / 10.0);
    let levels = steps().flat_map(|x| steps().map(move |y| terms(x, y)));
    levels.fold((f64::INFINITY, 0.0_f64), |(low, high), terms| {
        let level: f64 = terms.iter().zip(surface).map(|(term, c)| term * c).sum();
        (low.min(level), high.max(level))
    })
}

/// Least squares by the normal equations, solved by elimination with pivots.
fn fitted(samples: impl Iterator<Item = ([f64; 6], f64)>) -> Option<[f64; 6]> {
    let mut rows = [[0.0; 7]; 6];
    for (terms, level) in samples {
        for (row, a) in rows.iter_mut().zip(terms) {
            for (cell, b) in row.iter_mut().zip(terms.into_iter().chain([level])) {
                *cell += a * b;
            }
        }
    }
    for k in 0..6 {
        let pivot = (k..6).max_by(|a, b| rows[*a][k].abs().total_cmp(&rows[*b][k].abs()))?;
        rows.swap(k, pivot);
        if rows[k][k].abs() < 1e-9 {
            return None;
        }
        let pivot = rows[k];
        for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let share = row[k] / pivot[k];
            for (cell, above) in row.iter_mut().zip(pivot) {
                *cell -= share * above;
            }
        }
    }
    Some(std::array::from_fn(|k| rows[k][6] / rows[k][k]))
}
