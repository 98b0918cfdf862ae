//! A lens that bends: one radial coefficient, k1 of the Brown–Conrady model, measured by what must be straight.
//!
//! A point that a straight lens draws at r from the middle of the picture is drawn at r (1 + k1 r²), where r is 1 at the
//! picture's corners (half its diagonal): k1 is the share by which the corners are moved, negative for a barrel. It is found by
//! the plumb-line method (Devernay & Faugeras, "Straight lines have to be straight", 2001): of all k1, the one under which
//! the points along the sheet's four sides lie straightest.

use serde::{Deserialize, Serialize};

use crate::detect::edge_points;
use crate::geometry::{Point, Quad};
use crate::picture::Picture;

/// No lens for papers bends more.
const MOST: f64 = 0.1;
/// Steps of the first, coarse search each way.
const STEPS: i32 = 20;
/// Distances from straight beyond this count as this much: staples, folds, print. Pixels of a picture 1000 pixels wide.
const CAP: f64 = 1.2;
/// Points tried along each side, and how far from it, as a share of the picture's longer side.
const POINTS: usize = 160;
const REACH: f64 = 0.012;
/// This share of the points must be found.
const FOUND: f64 = 0.6;
/// k1 is kept when it is known within this (one standard deviation) …
const KNOWN_WITHIN: f64 = 0.002;
/// … and is as far from none at all: enough to move the picture's corners by a pixel of a few thousand, …
const LEAST: f64 = 0.0005;
/// … and this many times that uncertainty.
const BEYOND_NOISE: f64 = 4.0;
/// What a sheet that is itself bent leaves: sides no straighter than this (root mean square; as `CAP`) tell nothing.
const STRAIGHT: f64 = 0.6;

/// How a camera's lens bends what is straight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    /// Radial coefficient, r = 1 at the corners of the picture.
    pub(crate) k1: f64,
}

/// A lens over a picture of one size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bend {
    pub(crate) k1: f64,
    /// The middle of the picture.
    pub(crate) middle: Point,
    /// Half its diagonal.
    pub(crate) half: f64,
}

impl Lens {
    /// The lens that saw `sheet`, a flat paper with straight sides, at about `quad`. Straight when it bends less than can be told
    /// from noise, or when the sides do not tell.
    pub(crate) fn of(sheet: &Picture, quad: &Quad) -> Self {
        let longer = sheet.width.max(sheet.height) as f64;
        let sides: Vec<Vec<Point>> = (0..4)
            .map(|side| edge_points(sheet, quad.0[side], quad.0[(side + 1) % 4], REACH * longer, POINTS))
            .collect();
        let points: usize = sides.iter().map(Vec::len).sum();
        if sides.iter().any(|side| (side.len() as f64) < FOUND * POINTS as f64) {
            return Self::default();
        }
        let unit = longer / 1000.0;
        let cost = |k1: f64| {
            let bend = Self { k1 }.over(sheet.width, sheet.height);
            let off =
                sides.iter().map(|side| off_straight(side.iter().map(|p| bend.straightened(*p)), CAP * unit));
            off.sum::<f64>() / (unit * unit)
        };
        let step = MOST / f64::from(STEPS);
        let coarse = (-STEPS..=STEPS).map(|k| f64::from(k) * step);
        let Some(near) = coarse.min_by(|a, b| cost(*a).total_cmp(&cost(*b))) else { return Self::default() };
        let k1 = lowest(cost, near - step, near + step);
        // Along k1 the sum of squares is a parabola: how narrow it is against the noise says how well k1 is known.
        let least = cost(k1);
        let noise = least / (points - 9) as f64;
        let h = 0.01;
        let narrow = (cost(k1 + h) + cost(k1 - h) - 2.0 * least) / (2.0 * h * h);
        let deviation = (noise / narrow.max(1e-9)).sqrt();
        let known =
            deviation < KNOWN_WITHIN && k1.abs() > LEAST.max(BEYOND_NOISE * deviation) && k1.abs() < MOST;
        if known && noise.sqrt() < STRAIGHT { Self { k1 } } else { Self::default() }
    }

    /// Whether it draws straight what is straight, as far as can be told.
    pub fn is_straight(&self) -> bool {
        self.k1 == 0.0
    }

    /// By what share of their distance from the middle the picture's corners are drawn too far out; negative for a barrel.
    pub fn at_corners(&self) -> f64 {
        self.k1
    }

    /// The lens over a picture of `width` × `height` pixels.
    pub(crate) fn over(self, width: usize, height: usize) -> Bend {
        let (w, h) = (width as f64, height as f64);
        // What was kept may have been tampered with.
        let k1 = if self.k1.is_finite() { self.k1.clamp(-MOST, MOST) } else { 0.0 };
        Bend { k1, middle: Point::new((w - 1.0) / 2.0, (h - 1.0) / 2.0), half: (w.hypot(h) / 2.0).max(1.0) }
    }
}

impl Bend {
    /// Where the lens draws a point that a straight one would draw at `p`.
    pub(crate) fn drawn(&self, p: Point) -> Point {
        if self.k1 == 0.0 {
            return p;
        }
        let (dx, dy) = ((p.x - self.middle.x) / self.half, (p.y - self.middle.y) / self.half);
        // Far outside the picture the model turns back; nothing is there.
        let stretch = 1.0 + self.k1 * (dx * dx + dy * dy).min(2.0);
        Point::new(self.middle.x + dx * stretch * self.half, self.middle.y + dy * stretch * self.half)
    }

    /// Where a straight lens would have drawn what is seen at `p`: the same undone by Newton's method.
    pub(crate) fn straightened(&self, p: Point) -> Point {
        if self.k1 == 0.0 {
            return p;
        }
        let (dx, dy) = ((p.x - self.middle.x) / self.half, (p.y - self.middle.y) / self.half);
        let seen = dx.hypot(dy);
        let mut r = seen;
        for _ in 0..6 {
            r -= (r * (1.0 + self.k1 * r * r) - seen) / (1.0 + 3.0 * self.k1 * r * r);
        }
        let shrink = if seen > 1e-12 { r / seen } else { 1.0 };
        Point::new(self.middle.x + dx * shrink * self.half, self.middle.y + dy * shrink * self.half)
    }

    /// Every corner of an outline straightened.
    pub(crate) fn straightened_outline(&self, outline: &Quad) -> Quad {
        Quad(outline.0.map(|p| self.straightened(p)))
    }

    /// The lens over the same picture averaged down by a whole factor, whose first pixel's middle lies at `shift` of it.
    pub(crate) fn reduced(&self, factor: f64, shift: f64) -> Self {
        let middle = Point::new((self.middle.x - shift) / factor, (self.middle.y - shift) / factor);
        Self { middle, half: self.half / factor, ..*self }
    }
}

/// The sum of squares of the points' distances from the straight line through them; a distance counts as `cap` at most.
fn off_straight(points: impl Iterator<Item = Point>, cap: f64) -> f64 {
    let points: Vec<Point> = points.collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    let length = first.distance(*last).max(1e-9);
    let (dx, dy) = ((last.x - first.x) / length, (last.y - first.y) / length);
    // Along the side and across it.
    let at: Vec<(f64, f64)> = points
        .iter()
        .map(|p| (p.x - first.x, p.y - first.y))
        .map(|(x, y)| (x * dx + y * dy, y * dx - x * dy))
        .collect();
    let (mut offset, mut slope, mut near) = (0.0, 0.0, f64::INFINITY);
    for _ in 0..6 {
        let (mut n, mut st, mut so, mut stt, mut sto) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (t, o) in at.iter().filter(|(t, o)| (o - offset - slope * t).abs() < near) {
            (n, st, so, stt, sto) = (n + 1.0, st + t, so + o, stt + t * t, sto + t * o);
        }
        let det = n * stt - st * st;
        if det.abs() > 1e-9 {
            slope = (n * sto - st * so) / det;
            offset = (so - slope * st) / n;
        }
        near = f64::max(2.0 * cap, if near.is_finite() { near / 2.0 } else { 16.0 * cap });
    }
    at.iter().map(|(t, o)| (o - offset - slope * t).abs().min(cap).powi(2)).sum()
}

/// Where between `low` and `high` the cost is least (golden section).
fn lowest(cost: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let part = (5f64.sqrt() - 1.0) / 2.0;
    while high - low > 1e-5 {
        let (a, b) = (high - part * (high - low), low + part * (high - low));
        if cost(a) < cost(b) {
            high = b;
        } else {
            low = a;
        }
    }
    (low + high) / 2.0
}
