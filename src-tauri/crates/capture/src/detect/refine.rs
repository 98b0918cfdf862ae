//! The sides again, at full resolution: the place of the steepest step at many points of each side, a robust line
//! through them, and the corners where the lines cross.

use crate::geometry::{Line, Point, Quad};
use crate::lens::{Bend, Lens};
use crate::picture::Picture;

/// The part of a side near each corner that is left out (staples, folds, rounded cards).
const NEAR_CORNER: f64 = 0.06;

/// The outline refined. `scale` is how many full-resolution pixels one pixel of the coarse outline was, `count` how many
/// points of a side are tried; a side that cannot be followed better stays as it was. Under a lens that bends, sides are
/// straight in the picture that a straight one would have drawn: there they are fitted, and only pixels are looked up through it.
pub(super) fn at_full_resolution(
    picture: &Picture,
    lens: Lens,
    coarse: &Quad,
    scale: f64,
    count: usize,
) -> Quad {
    let bend = lens.over(picture.width, picture.height);
    let coarse = bend.straightened_outline(coarse);
    let drawn = |quad: Quad| Quad(quad.0.map(|p| bend.drawn(p)));
    let mut quad = coarse;
    for reach in [2.5 * scale + 2.0, 1.2 * scale + 2.0] {
        let lines: [Option<Line>; 4] = std::array::from_fn(|side| {
            let (p, q) = (quad.0[side], quad.0[(side + 1) % 4]);
            let refined = Side::of(picture, bend, p, q).and_then(|side| side.refined(reach, count));
            refined.or_else(|| Line::through(p, q))
        });
        let corner = |before: usize, after: usize| lines[before]?.crossing(&lines[after]?);
        let (Some(tl), Some(tr), Some(br), Some(bl)) =
            (corner(3, 0), corner(0, 1), corner(1, 2), corner(2, 3))
        else {
            return drawn(quad);
        };
        let next = Quad([tl, tr, br, bl]);
        let moved = next.0.iter().zip(&coarse.0).map(|(a, b)| a.distance(*b)).fold(0.0, f64::max);
        if !next.is_convex() || moved > 8.0 * scale + 8.0 {
            return drawn(quad);
        }
        quad = next;
    }
    drawn(quad)
}

/// One side of an outline, over the picture that a straight lens would have drawn.
pub(super) struct Side<'a> {
    picture: &'a Picture,
    bend: Bend,
    from: Point,
    to: Point,
    length: f64,
    along: (f64, f64),
    /// Across, inward.
    inward: (f64, f64),
}

impl<'a> Side<'a> {
    /// `None` for one of a few pixels.
    pub(super) fn of(picture: &'a Picture, bend: Bend, from: Point, to: Point) -> Option<Self> {
        let length = from.distance(to);
        let (dx, dy) = ((to.x - from.x) / length, (to.y - from.y) / length);
        // Inward, as corners run clockwise on screen.
        (length >= 16.0).then_some(Self {
            picture,
            bend,
            from,
            to,
            length,
            along: (dx, dy),
            inward: (-dy, dx),
        })
    }

    /// Places of the steepest step along the side, within `reach` pixels of it.
    pub(super) fn points(&self, reach: f64, count: usize) -> Vec<Point> {
        let places = self.places(reach, count, middle_of_rise);
        places.into_iter().map(|(t, off, _)| self.at(t, off)).collect()
    }

    /// The line of steepest steps within `reach` pixels of the side.
    fn refined(&self, reach: f64, count: usize) -> Option<Line> {
        let (offset, slope) = robust_line(&self.places(reach, count, steepest), reach, count)?;
        Line::through(self.at(0.0, offset), self.at(self.length, offset + slope * self.length))
    }

    fn at(&self, t: f64, off: f64) -> Point {
        let ((dx, dy), (nx, ny)) = (self.along, self.inward);
        Point::new(self.from.x + t * dx + off * nx, self.from.y + t * dy + off * ny)
    }

    fn colour_at(&self, p: Point) -> [f64; 3] {
        let seen = self.bend.drawn(p);
        bilinear(self.picture, seen.x, seen.y)
    }

    /// At `count` places along the side: how far along, how far inward `place` finds the step, and how high it is.
    fn places(
        &self,
        reach: f64,
        count: usize,
        place: fn(&[f64]) -> Option<(f64, f64)>,
    ) -> Vec<(f64, f64, f64)> {
        let colour = self.step_colour(reach);
        let mut points: Vec<(f64, f64, f64)> = Vec::with_capacity(count);
        let steps = reach.ceil() as usize;
        let mut profile = vec![0f64; 2 * steps + 3];
        for i in 0..count {
            let t = self.length * (NEAR_CORNER + (1.0 - 2.0 * NEAR_CORNER) * (i as f64 + 0.5) / count as f64);
            for (k, value) in profile.iter_mut().enumerate() {
                let off = k as f64 - steps as f64 - 1.0;
                *value = [-2.0, 0.0, 2.0]
                    .iter()
                    .map(|s| {
                        let rgb = self.colour_at(self.at(t + s, off));
                        colour[0] * rgb[0] + colour[1] * rgb[1] + colour[2] * rgb[2]
                    })
                    .sum::<f64>()
                    / 3.0;
            }
            let Point { x, y } = self.bend.drawn(self.at(t, 0.0));
            let (width, height) = (self.picture.width as f64, self.picture.height as f64);
            let inside = x > 1.0 && y > 1.0 && x < width - 2.0 && y < height - 2.0;
            if let Some((off, height)) = place(&profile).filter(|_| inside) {
                points.push((t, off - steps as f64 - 1.0, height));
            }
        }
        points
    }

    /// The direction in colour space from outside to inside, of length 1; brightness when there is no clear one.
    fn step_colour(&self, reach: f64) -> [f64; 3] {
        let (nx, ny) = self.inward;
        let mut step = [0.0; 3];
        let beside = reach + 3.0;
        for i in 0..32 {
            let m = self.from.lerp(self.to, 0.08 + 0.84 * f64::from(i) / 31.0);
            let inside = self.colour_at(Point::new(m.x + beside * nx, m.y + beside * ny));
            let outside = self.colour_at(Point::new(m.x - beside * nx, m.y - beside * ny));
            for k in 0..3 {
                step[k] += (inside[k] - outside[k]) / 32.0;
            }
        }
        let length = step.iter().map(|v| v * v).sum::<f64>().sqrt();
        if length < 2.0 { [0.577; 3] } else { step.map(|v| v / length) }
    }
}

/// The place (index, sub-pixel) and height of the steepest rise of a profile; `None` when there is none.
fn steepest(profile: &[f64]) -> Option<(f64, f64)> {
    let rise: Vec<f64> = profile.windows(3).map(|w| w[2] - w[0]).collect();
    let (i, &height) = rise.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    if height < 1.0 {
        return None;
    }
    let (before, after) =
        (rise.get(i.wrapping_sub(1)).copied().unwrap_or(height), rise.get(i + 1).copied().unwrap_or(height));
    let bend = before - 2.0 * height + after;
    let shift = if bend < -1e-9 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    Some((i as f64 + 1.0 + shift, height))
}

/// As [`steepest`], the middle of the rise around it: nearer to the truth, if nothing else is near.
fn middle_of_rise(profile: &[f64]) -> Option<(f64, f64)> {
    let (at, height) = steepest(profile)?;
    let from = (at - 3.5).max(0.0) as usize;
    let rises = profile
        .windows(3)
        .enumerate()
        .skip(from)
        .take(7)
        .map(|(i, w)| (i as f64 + 1.0, (w[2] - w[0]).max(0.0)));
    let (sum, moment) = rises.fold((0.0, 0.0), |(sum, moment), (i, rise)| (sum + rise, moment + i * rise));
    Some((moment / sum, height))
}

/// offset + slope · t through (t, offset, weight) points, by least squares reweighted (Tukey) with a narrowing
/// window; `None` when too few agree.
fn robust_line(points: &[(f64, f64, f64)], reach: f64, count: usize) -> Option<(f64, f64)> {
    if points.len() < count / 4 {
        return None;
    }
    let mut heights: Vec<f64> = points.iter().map(|p| p.2).collect();
    let middle = heights.len() / 2;
    let typical = *heights.select_nth_unstable_by(middle, f64::total_cmp).1;
    let (mut offset, mut slope) = start(points)?;
    let mut window = reach;
    for _ in 0..8 {
        let (mut sw, mut st, mut so, mut stt, mut sto) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut near = 0;
        for &(t, o, height) in points {
            let r = (o - offset - slope * t) / window;
            if r.abs() >= 1.0 {
                continue;
            }
            near += 1;
            let w = (1.0 - r * r).powi(2) * (height / typical).min(1.5);
            sw += w;
            st += w * t;
            so += w * o;
            stt += w * t * t;
            sto += w * t * o;
        }
        let det = sw * stt - st * st;
        if near < count / 5 || det.abs() < 1e-9 {
            return None;
        }
        slope = (sw * sto - st * so) / det;
        offset = (so - slope * st) / sw;
        window = (window * 0.65).max(1.5);
    }
    (slope.abs() < 0.1).then_some((offset, slope))
}

/// A first line: of all lines through two points a third of the side apart, the one most others agree with.
fn start(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len();
    let mut best = (0usize, (0.0, 0.0));
    for i in (0..n).step_by(5) {
        for j in (i + n / 3..n).step_by(5) {
            let ((ta, oa, _), (tb, ob, _)) = (points[i], points[j]);
            let slope = (ob - oa) / (tb - ta);
            let offset = oa - slope * ta;
            let agree = points.iter().filter(|(t, o, _)| (o - offset - slope * t).abs() < 1.5).count();
            if agree > best.0 {
                best = (agree, (offset, slope));
            }
        }
    }
    (best.0 > 0).then_some(best.1)
}

fn bilinear(picture: &Picture, x: f64, y: f64) -> [f64; 3] {
    // Rounding down by a cast (toward zero) of what is shifted to be positive: much quicker than `floor`.
    const SHIFT: isize = 1 << 20;
    let down = |v: f64| (v + SHIFT as f64) as isize - SHIFT;
    let (ix, iy) = (down(x), down(y));
    let (u, v) = (x - ix as f64, y - iy as f64);
    let (a, b) = (picture.at(ix, iy), picture.at(ix + 1, iy));
    let (c, d) = (picture.at(ix, iy + 1), picture.at(ix + 1, iy + 1));
    std::array::from_fn(|k| {
        (f64::from(a[k]) * (1.0 - u) + f64::from(b[k]) * u) * (1.0 - v)
            + (f64::from(c[k]) * (1.0 - u) + f64::from(d[k]) * u) * v
    })
}
