//! Flat-field correction: what uneven light takes from a picture given back, by what white paper all over showed.
//!
//! Measured on white paper and never guessed from the page; a smooth factor for each place and colour, at least 1 and at most
//! [`MOST`], the same for every level: no tone curve, nothing local to what is on the page. The balance of colours over the
//! whole picture is left as the camera made it, which differs from shot to shot; only how it varies over the picture is evened out.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::picture::Picture;

/// No place is made brighter by more than this factor: noise would be, too.
const MOST: f64 = 1.6;
/// Pixels between two places where the factor is worked out; it is interpolated between.
const SPAN: usize = 16;
/// One, as a factor in fixed point.
const ONE: f64 = 65536.0;

/// How the light falls over the picture of one camera, as recorded with each page that was corrected by it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FlatField {
    /// For red, green and blue the share of the brightest light at x, y (-1 to 1 over the picture's width and height):
    /// of 1, x, y, x², xy, y².
    pub(crate) shares: [[f64; 6]; 3],
}

impl FlatField {
    /// The greatest factor by which a place is made brighter.
    pub fn greatest(&self) -> f64 {
        let steps = || (-10..=10).map(|k| f64::from(k) / 10.0);
        let places = steps().flat_map(|x| steps().map(move |y| (x, y)));
        let factors = places.flat_map(|(x, y)| self.shares.iter().map(move |shares| factor(shares, x, y)));
        factors.fold(1.0, f64::max)
    }

    /// The picture with its light evened out; `picture` is the camera's whole picture.
    pub(crate) fn applied(&self, picture: &Picture) -> Picture {
        let (width, height) = (picture.width, picture.height);
        let across = |k: usize, size: usize| 2.0 * (k as f64 + 0.5) / size as f64 - 1.0;
        let mut rgb8 = picture.rgb8.clone();
        rgb8.par_chunks_exact_mut(3 * width).enumerate().for_each(|(row, pixels)| {
            let y = across(row, height);
            let at = |x: usize| self.shares.map(|shares| (factor(&shares, across(x, width), y) * ONE) as i64);
            let mut from = at(0);
            for (span, pixels) in pixels.chunks_mut(3 * SPAN).enumerate() {
                let to = at((span + 1) * SPAN);
                let step: [i64; 3] = std::array::from_fn(|k| (to[k] - from[k]) / SPAN as i64);
                let mut factors = from;
                for rgb in pixels.chunks_exact_mut(3) {
                    for k in 0..3 {
                        rgb[k] = ((i64::from(rgb[k]) * factors[k] + 32768) >> 16).min(255) as u8;
                        factors[k] += step[k];
                    }
                }
                from = to;
            }
        });
        Picture { rgb8, ..*picture }
    }
}

/// 1, x, y, x², xy, y²: a surface of second order is a sum of these.
pub(crate) fn terms(x: f64, y: f64) -> [f64; 6] {
    [1.0, x, y, x * x, x * y, y * y]
}

fn factor(shares: &[f64; 6], x: f64, y: f64) -> f64 {
    let share: f64 = terms(x, y).iter().zip(shares).map(|(term, c)| term * c).sum();
    // In this order also for what is no number, as in a record that was tampered with.
    (1.0 / share.max(1.0 / MOST)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_bounded_and_a_broken_record_changes_little() {
        let picture = Picture::new(70, 40, vec![100; 3 * 70 * 40]).unwrap();
        for broken in [f64::NAN, f64::INFINITY, -5.0, 0.0, 1e300] {
            let made = FlatField { shares: [[broken; 6]; 3] }.applied(&picture);
            assert!(made.rgb8.iter().all(|v| (100..=160).contains(v)), "{broken}");
        }
        let even = FlatField { shares: [[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]; 3] };
        assert_eq!((even.applied(&picture), even.greatest()), (picture, 1.0));
    }
}
