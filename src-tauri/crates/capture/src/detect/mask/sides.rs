//! The outline of an area of cells: straight lines along its border, by a vote and a robust fit, and the four of them that
//! agree with it best. A hand that reaches in, a fold or a curl has a border too, and is left over.

use super::{AGREES, Mask, neighbours};
use crate::geometry::{Line, Point, Quad};

/// Directions of the vote.
const ANGLES: usize = 60;
/// The most lines along one area's border.
const MOST_LINES: usize = 8;
/// A line has at least this share of the border.
const LEAST_SHARE: f64 = 0.05;
/// How near to a line its part of the border lies, cells.
const NEAR: f64 = 1.2;
/// How far outside the picture a corner may lie, as a part of the picture's side.
const OUTSIDE: f64 = 0.1;

impl Mask {
    /// The outline that agrees best with an area, in cells; `None` when none agrees.
    pub(super) fn fitted(&self, area: u8) -> Option<Quad> {
        let mut border = self.border(area);
        let least = LEAST_SHARE * border.len() as f64;
        let mut lines = Vec::new();
        while lines.len() < MOST_LINES {
            let Some(line) = self.strongest(&border).filter(|(_, votes)| *votes as f64 >= least) else {
                break;
            };
            let line = straight(line.0, &border);
            let before = border.len();
            border.retain(|p| line.distance(*p).abs() > NEAR);
            if border.len() == before {
                break;
            }
            lines.push(line);
        }
        let outlines = fours(&lines).into_iter().filter_map(|four| self.outline(four));
        let rated = outlines.map(|quad| (self.agreement_of(&quad), quad));
        rated.filter(|(agrees, _)| *agrees >= AGREES).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, quad)| quad)
    }

    /// Where the area ends, between its last cell and the next: nearer to the one that differs as the other does.
    fn border(&self, area: u8) -> Vec<Point> {
        let mut levels: Vec<u8> =
            (0..self.area.len()).filter(|i| self.area[*i] == area).map(|i| self.level[i]).collect();
        let middle = levels.len() / 2;
        let half = f64::from(*levels.select_nth_unstable(middle).1) / 2.0;
        let centre = |i: usize| Point::new((i % self.width) as f64 + 0.5, (i / self.width) as f64 + 0.5);
        let cells = (0..self.area.len()).filter(|i| self.area[*i] == area);
        let ends = cells.flat_map(|i| {
            let beside = neighbours(i, self.width, self.height).into_iter().flatten();
            beside.filter(|j| self.area[*j] != area).map(move |j| {
                let (inside, outside) = (f64::from(self.level[i]), f64::from(self.level[j]));
                // Where the level would be half the area's.
                let part = if inside > outside { (inside - half) / (inside - outside) } else { 0.5 };
                centre(i).lerp(centre(j), part.clamp(0.0, 1.0))
            })
        });
        ends.collect()
    }

    /// The line that most of these points lie along, and how many.
    fn strongest(&self, points: &[Point]) -> Option<(Line, usize)> {
        let shift = (self.width as f64).hypot(self.height as f64);
        let bins = 2 * shift as usize + 3;
        let mut best: Option<(Line, usize)> = None;
        let mut votes = vec![0usize; bins];
        for angle in 0..ANGLES {
            let (ny, nx) = (angle as f64 * std::f64::consts::PI / ANGLES as f64).sin_cos();
            votes.fill(0);
            for p in points {
                votes[(nx * p.x + ny * p.y + shift) as usize] += 1;
            }
            for (bin, pair) in votes.windows(2).enumerate() {
                let found = pair[0] + pair[1];
                if best.as_ref().is_none_or(|best| found > best.1) {
                    best = Some((Line { nx, ny, d: bin as f64 + 1.0 - shift }, found));
                }
            }
        }
        best
    }

    /// Two pairs of lines as an outline, if they make one.
    fn outline(&self, [a, c, b, d]: [Line; 4]) -> Option<Quad> {
        let (width, height) = (self.width as f64, self.height as f64);
        let corners = [a.crossing(&b)?, b.crossing(&c)?, c.crossing(&d)?, d.crossing(&a)?];
        let within = |v: f64, size: f64| v > -OUTSIDE * size && v < (1.0 + OUTSIDE) * size;
        let inside = corners.iter().all(|p| within(p.x, width) && within(p.y, height));
        Quad::from_ring(corners).filter(|_| inside)
    }
}

/// Least squares through the points near a line, narrowing.
fn straight(rough: Line, points: &[Point]) -> Line {
    let mut line = rough;
    for near in [2.0 * NEAR, NEAR, 0.75 * NEAR] {
        let (mut n, mut st, mut so, mut stt, mut sto) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for p in points {
            let (t, o) = (p.x * line.ny - p.y * line.nx, line.distance(*p));
            if o.abs() < near {
                (n, st, so, stt, sto) = (n + 1.0, st + t, so + o, stt + t * t, sto + t * o);
            }
        }
        let det = n * stt - st * st;
        if det.abs() < 1e-6 * (n * n).max(1.0) {
            return line;
        }
        let slope = (n * sto - st * so) / det;
        let offset = (so - slope * st) / n;
        let at = |t: f64| {
            let o = line.d + offset + slope * t;
            Point::new(line.nx * o + line.ny * t, line.ny * o - line.nx * t)
        };
        line = Line::through(at(0.0), at(100.0)).unwrap_or(line);
    }
    line
}

/// Every two pairs of lines that could be opposite sides and cross like neighbours.
fn fours(lines: &[Line]) -> Vec<[Line; 4]> {
    let turn = |a: &Line, b: &Line| (a.nx * b.ny - a.ny * b.nx).abs();
    let mut pairs: Vec<[Line; 2]> = Vec::new();
    for (i, a) in lines.iter().enumerate() {
        pairs.extend(lines[i + 1..].iter().filter(|b| turn(a, b) < 0.5).map(|b| [*a, *b]));
    }
    let upright = |a: &Line, b: &Line| turn(a, b) > std::f64::consts::FRAC_1_SQRT_2;
    let mut found = Vec::new();
    for (i, [a, c]) in pairs.iter().enumerate() {
        let crossing =
            pairs[i + 1..].iter().filter(|[b, d]| [a, c].iter().all(|a| upright(a, b) && upright(a, d)));
        found.extend(crossing.map(|[b, d]| [*a, *c, *b, *d]));
    }
    found
}
