//! Where each module of a code lies in the picture: a projective map, fitted to all modules whose colour is known.
//!
//! `rxing` finds the three finder patterns; where modules are two pixels wide its sampling then fails. Here the map is
//! moved until finder, timing, alignment and version modules have the right colours on the grey picture itself: some
//! 350 known modules, none of them thresholded.

use crate::{
    geometry::{Homography, Point},
    grey::{Grey, Sums},
    symbol::Symbol,
};

/// Least agreement of the known modules for a map to be worth decoding: 1 is perfect, noise is about 0.
const AGREEMENT_MIN: f32 = 0.35;
/// How far from its expected place the bottom right alignment pattern is looked for, modules.
const REACH: f32 = 6.0;

/// A picture evened out: about each pixel, how many standard deviations it is from its surroundings' mean.
pub(crate) struct Evened {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Evened {
    /// `radius`: pixels about each, some five modules.
    pub(crate) fn of(picture: &Grey, radius: usize) -> Self {
        let sums = Sums::of(picture);
        let mut values = Vec::with_capacity(picture.pixels.len());
        for (y, line) in picture.pixels.chunks_exact(picture.width).enumerate() {
            for (x, &value) in line.iter().enumerate() {
                let (mean, spread) = sums.around(x, y, radius);
                values.push(((f32::from(value) - mean) / (spread + 3.0)).clamp(-2.0, 2.0));
            }
        }
        Self { width: picture.width, height: picture.height, values }
    }

    /// The value between pixels; `None` outside.
    #[inline]
    pub(crate) fn at(&self, point: Point) -> Option<f32> {
        let (x, y) = (point.x - 0.5, point.y - 0.5);
        if !(x >= 0.0 && y >= 0.0 && x < (self.width - 1) as f32 && y < (self.height - 1) as f32) {
            return None;
        }
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let i = top * self.width + left;
        let above = self.values[i] + fx * (self.values[i + 1] - self.values[i]);
        let i = i + self.width;
        let below = self.values[i] + fx * (self.values[i + 1] - self.values[i]);
        Some(above + fy * (below - above))
    }
}

/// A symbol laid over a picture.
pub(crate) struct Grid {
    pub(crate) symbol: Symbol,
    pub(crate) map: Homography,
    /// How well the known modules agree.
    pub(crate) agreement: f32,
}

/// The best grid for finder patterns with these middles (top left, top right, bottom left) and modules of about `module`
/// pixels; `None` when no size fits.
pub(crate) fn fit(picture: &Evened, finders: [Point; 3], module: f32) -> Option<Grid> {
    let [corner, right, below] = finders;
    let between = (corner.distance(right) + corner.distance(below)) / 2.0 / module;
    let version = (between + 7.0 - 17.0) / 4.0;
    let nearest = version.round() as i32;
    // The size of finder patterns is known to some percent only, so that of the symbol to some versions.
    let reach = 1 + (version.abs() * 0.15) as i32;
    let mut best: Option<Grid> = None;
    for number in nearest - reach..=nearest + reach {
        let Some(symbol) = usize::try_from(17 + 4 * number).ok().and_then(Symbol::of) else { continue };
        let Some(grid) = laid(picture, symbol, finders) else { continue };
        if best.as_ref().is_none_or(|best| grid.agreement > best.agreement) {
            best = Some(grid);
        }
    }
    let mut best = best?;
    let mut anchors = places(&best);
    refine(picture, &best.symbol, &mut anchors, &[0.5, 0.25, 0.12, 0.06]);
    best.map = over(&best.symbol, &anchors)?;
    best.agreement = agreement(picture, &best.symbol, &best.map);
    (best.agreement >= AGREEMENT_MIN).then_some(best)
}

fn laid(picture: &Evened, symbol: Symbol, [corner, right, below]: [Point; 3]) -> Option<Grid> {
    let span = symbol.side as f32 - 7.0;
    let (across, down) = ((right - corner) * (1.0 / span), (below - corner) * (1.0 / span));
    let inner = symbol.side as f32 - 10.0;
    let expected = corner + across * inner + down * inner;
    let aligned = alignment(picture, expected, across, down).unwrap_or(expected);
    let mut anchors = [corner, right, below, aligned];
    refine(picture, &symbol, &mut anchors, &[0.5, 0.25]);
    let map = over(&symbol, &anchors)?;
    let agreement = agreement(picture, &symbol, &map);
    Some(Grid { symbol, map, agreement })
}

/// Where the alignment pattern near `expected` agrees best; nearness counts when others agree as well.
fn alignment(picture: &Evened, expected: Point, across: Point, down: Point) -> Option<Point> {
    let steps = (REACH / 0.5) as i32;
    let mut best: Option<(f32, Point)> = None;
    for v in -steps..=steps {
        for u in -steps..=steps {
            let (du, dv) = (u as f32 * 0.5, v as f32 * 0.5);
            let middle = expected + across * du + down * dv;
            let mut sum = 0.0;
            let mut inside = true;
            for (x, y, black) in Symbol::alignment_pattern() {
                match picture.at(middle + across * x as f32 + down * y as f32) {
                    Some(value) => sum += if black { -value } else { value },
                    None => inside = false,
                }
            }
            let score = sum / 25.0 - 0.02 * du.hypot(dv);
            if inside && best.is_none_or(|(found, _)| score > found) {
                best = Some((score, middle));
            }
        }
    }
    best.filter(|(score, _)| *score > 0.4).map(|(_, middle)| middle)
}

/// Moves the four anchors, one coordinate at a time, by steps given in modules, while the known modules agree better.
fn refine(picture: &Evened, symbol: &Symbol, anchors: &mut [Point; 4], steps: &[f32]) {
    let module = anchors[0].distance(anchors[1]) / (symbol.side as f32 - 7.0);
    let score =
        |anchors: &[Point; 4]| over(symbol, anchors).map_or(f32::MIN, |map| agreement(picture, symbol, &map));
    let mut best = score(anchors);
    for step in steps.iter().map(|step| step * module) {
        // Each round moves every coordinate at most once; few rounds are enough, and bounded.
        for _ in 0..6 {
            let before = best;
            for corner in 0..4 {
                for (dx, dy) in [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)] {
                    let mut moved = *anchors;
                    moved[corner] = moved[corner] + Point::new(dx, dy);
                    let found = score(&moved);
                    if found > best {
                        best = found;
                        *anchors = moved;
                    }
                }
            }
            if best <= before {
                break;
            }
        }
    }
}

fn over(symbol: &Symbol, places: &[Point; 4]) -> Option<Homography> {
    Homography::between(&symbol.anchors().map(|(x, y)| Point::new(x, y)), places)
}

fn places(grid: &Grid) -> [Point; 4] {
    grid.symbol.anchors().map(|(x, y)| grid.map.map(x, y))
}

/// Mean over the known modules of how far each is on its right side.
fn agreement(picture: &Evened, symbol: &Symbol, map: &Homography) -> f32 {
    let mut sum = 0.0;
    for &(x, y, black) in &symbol.known {
        let value = picture.at(map.map(x as f32 + 0.5, y as f32 + 0.5)).unwrap_or(0.0);
        sum += if black { -value } else { value };
    }
    sum / symbol.known.len() as f32
}
