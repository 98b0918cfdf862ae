//! The reduced picture as planes of brightness and colour, with print closed away.
//!
//! Closing (darkest-of-the-brightest in a small window) fills dark strokes on bright paper, so that text, rules and
//! table lines leave no edges, while the border between paper and table stays where it is.

use rayon::prelude::*;

use crate::geometry::{Point, Quad};
use crate::picture::Picture;

/// Half the closing window, pixels: strokes and gaps up to twice this wide disappear.
const CLOSING_RADIUS: usize = 4;

/// One byte a pixel.
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) data: Vec<u8>,
}

/// Brightness as it is, brightness with print closed away, and two colour differences around 128.
pub(super) struct Planes {
    pub(super) raw: Plane,
    pub(super) closed: Plane,
    pub(super) blue_yellow: Plane,
    pub(super) green_purple: Plane,
}

impl Planes {
    pub(super) fn of(picture: &Picture) -> Self {
        let brightness = || {
            let raw = plane(picture, |r, g, b| (r + 2 * g + b) >> 2);
            let closed = raw.closed().blurred();
            (raw, closed)
        };
        let colour = || {
            // Twice blurred: JPEG stores colour coarsely.
            let blue_yellow = plane(picture, |r, _, b| ((r - b) >> 1) + 128).blurred();
            let green_purple = plane(picture, |r, g, b| ((2 * g - r - b) >> 2) + 128).blurred();
            (blue_yellow, green_purple)
        };
        let ((raw, closed), (blue_yellow, green_purple)) = rayon::join(brightness, colour);
        Self { raw, closed, blue_yellow, green_purple }
    }

    /// Brightness (closed) and colour at the nearest pixel; colour counted twice, as its range is smaller.
    pub(super) fn colour_at(&self, x: f64, y: f64) -> [f32; 3] {
        let i = self.closed.index(x, y);
        [
            f32::from(self.closed.data[i]),
            2.0 * f32::from(self.blue_yellow.data[i]),
            2.0 * f32::from(self.green_purple.data[i]),
        ]
    }

    /// Whether a place lies inside the picture.
    pub(super) fn holds(&self, x: f64, y: f64) -> bool {
        x >= 0.0 && y >= 0.0 && x < self.raw.width as f64 && y < self.raw.height as f64
    }

    /// Whether the rim of the picture looks like blank paper all round.
    pub(super) fn rim(&self) -> RimOfPicture {
        let plane = &self.closed;
        let margin = plane.width.min(plane.height) / 40 + 1;
        let mut rim: Vec<u8> = Vec::new();
        for y in (0..plane.height).step_by(2) {
            let whole_row = y < margin || y + margin >= plane.height;
            for x in (0..plane.width).step_by(2) {
                if whole_row || x < margin || x + margin >= plane.width {
                    rim.push(plane.data[y * plane.width + x]);
                }
            }
        }
        let middle = rim.len() / 2;
        let (_, &mut median, _) = rim.select_nth_unstable(middle);
        let within =
            |levels: u8| rim.iter().filter(|v| v.abs_diff(median) <= levels).count() * 100 / rim.len().max(1);
        if median >= 238 && within(4) >= 97 {
            RimOfPicture::Scan
        } else if median >= 200 && within(12) >= 93 {
            RimOfPicture::Bright
        } else {
            RimOfPicture::Other
        }
    }

    /// The share of pixels under print (strokes that closing fills), 0..1: everywhere, and outside `quad`.
    pub(super) fn print(&self, quad: Option<&Quad>) -> f64 {
        let (mut print, mut count) = (0u32, 0u32);
        for y in (0..self.raw.height).step_by(2) {
            for x in (0..self.raw.width).step_by(2) {
                if quad.is_some_and(|quad| quad.holds(Point::new(x as f64, y as f64), 6.0)) {
                    continue;
                }
                let i = y * self.raw.width + x;
                print += u32::from(self.closed.data[i].saturating_sub(self.raw.data[i]) > 36);
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { f64::from(print) / f64::from(count) }
    }
}

/// What lies all along the border of the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RimOfPicture {
    /// White and even, as only a scanner's: no light falls off.
    Scan,
    /// Bright and fairly even: a scan, or a bright table.
    Bright,
    /// Anything else.
    Other,
}

/// A plane of `of(red, green, blue)`, slightly smoothed.
fn plane(picture: &Picture, of: impl Fn(i32, i32, i32) -> i32) -> Plane {
    let mut data = vec![0; picture.width * picture.height];
    for (value, rgb) in data.iter_mut().zip(picture.rgb8.chunks_exact(3)) {
        *value = of(i32::from(rgb[0]), i32::from(rgb[1]), i32::from(rgb[2])) as u8;
    }
    Plane { width: picture.width, height: picture.height, data }.blurred()
}

impl Plane {
    /// Index of the pixel nearest to a place, inside the plane.
    pub(super) fn index(&self, x: f64, y: f64) -> usize {
        let x = (x + 0.5).clamp(0.0, self.width as f64 - 1.0) as usize;
        let y = (y + 0.5).clamp(0.0, self.height as f64 - 1.0) as usize;
        y * self.width + x
    }

    /// Binomial 3 × 3 smoothing; border pixels repeat.
    fn blurred(&self) -> Self {
        let (w, h) = (self.width, self.height);
        let mut data = vec![0u8; w * h];
        data.par_chunks_mut(w).enumerate().for_each(|(y, out)| {
            let above = &self.data[y.saturating_sub(1) * w..][..w];
            let here = &self.data[y * w..][..w];
            let below = &self.data[(y + 1).min(h - 1) * w..][..w];
            let mut columns = vec![0u16; w + 2];
            for x in 0..w {
                columns[x + 1] = u16::from(above[x]) + 2 * u16::from(here[x]) + u16::from(below[x]);
            }
            columns[0] = columns[1];
            columns[w + 1] = columns[w];
            for x in 0..w {
                out[x] = ((columns[x] + 2 * columns[x + 1] + columns[x + 2] + 8) >> 4) as u8;
            }
        });
        Self { width: w, height: h, data }
    }

    /// Greatest, then least, over a square window.
    fn closed(&self) -> Self {
        self.windowed(|a, b| a.max(b)).windowed(|a, b| a.min(b))
    }

    fn windowed(&self, pick: impl Fn(u8, u8) -> u8 + Copy + Sync) -> Self {
        let (w, h, r) = (self.width, self.height, CLOSING_RADIUS);
        let mut across = vec![0u8; w * h];
        across.par_chunks_mut(w).enumerate().for_each(|(y, out)| {
            slide(&self.data[y * w..][..w], out, r, pick);
        });
        let mut data = vec![0u8; w * h];
        data.par_chunks_mut(w).enumerate().for_each(|(y, out)| {
            let (first, last) = (y.saturating_sub(r), (y + r).min(h - 1));
            out.copy_from_slice(&across[first * w..][..w]);
            for row in first + 1..=last {
                for (value, other) in out.iter_mut().zip(&across[row * w..][..w]) {
                    *value = pick(*value, *other);
                }
            }
        });
        Self { width: w, height: h, data }
    }
}

/// `out[x]` = the pick of `row[x - r ..= x + r]`, border values repeating.
fn slide(row: &[u8], out: &mut [u8], r: usize, pick: impl Fn(u8, u8) -> u8 + Copy + Sync) {
    let w = row.len();
    let mut padded = vec![0u8; w + 2 * r];
    padded[..r].fill(row[0]);
    padded[r..r + w].copy_from_slice(row);
    padded[r + w..].fill(row[w - 1]);
    out.copy_from_slice(&padded[..w]);
    for shift in 1..=2 * r {
        for (value, other) in out.iter_mut().zip(&padded[shift..shift + w]) {
            *value = pick(*value, *other);
        }
    }
}
