//! Straight lines from edges: a Hough vote in which each edge speaks only for lines along its own direction, then a
//! fit, then a record of where along the line there is evidence for it.

use rayon::prelude::*;

use super::edges::{Edge, Edges};
use super::planes::Planes;
use super::quads::norm;
use crate::geometry::{Line, Point};

/// Directions of the vote, degrees.
const ANGLES: usize = 180;
/// Pixels between two parallel lines of the vote.
const RHO_STEP: f32 = 1.5;
/// How far an edge's own direction may be off the line's, in votes, degrees.
const VOTE_SPREAD: i32 = 3;
/// Edges worth less than this have no vote.
const LEAST_VOTE: f32 = 0.08;
/// The most peaks of the vote that are looked at.
const MOST_PEAKS: usize = 100;
/// The most lines kept of each of the two directions.
const MOST_LINES: usize = 28;
/// The most lines of all: of two directions, and the frame's borders.
pub(super) const MOST_LINES_OF_ALL: usize = 2 * MOST_LINES + 4;
/// The part of the picture's diagonal over which a line's colour step should be steady.
const STEADY_PART: f64 = 0.16;
/// Pixels between two samples along a line.
pub(super) const SAMPLE: f64 = 2.0;
/// How far beside the line colours are compared, pixels.
const BESIDE: f64 = 5.0;

/// A straight line and the evidence along it.
pub(super) struct FoundLine {
    pub(super) line: Line,
    /// Its votes, weighed by how steadily colour steps across it.
    pub(super) strength: f32,
    /// Whether it is a border of the frame rather than an edge in the picture.
    pub(super) is_frame: bool,
    /// Whether it is known from elsewhere than edges, and may have hardly any.
    pub(super) is_known: bool,
    /// Position of the first sample along the line, pixels from its point nearest the origin.
    start: f64,
    /// Sums up to each sample of: samples inside the picture, evidence 0..1, colour steps (3), their squares.
    sums: Vec<[f32; 6]>,
}

/// What lies along a part of a line.
#[derive(Clone, Copy, Default)]
pub(super) struct Stretch {
    /// Samples inside the picture.
    pub(super) inside: f32,
    /// Share of them with an edge, 0..1.
    pub(super) support: f32,
    /// Mean colour step across the line, from the side its normal points away from to the side it points to.
    pub(super) step: [f32; 3],
    /// Root mean square of the step.
    pub(super) step_rms: f32,
}

impl Stretch {
    /// Whether colour steps the same way all along, 0..1; faint steps count less.
    pub(super) fn steadiness(&self) -> f32 {
        norm(self.step) / (self.step_rms * self.step_rms + 6.0).sqrt()
    }
}

impl FoundLine {
    /// Where a point of the line lies along it.
    pub(super) fn along(&self, p: Point) -> f64 {
        p.x * self.line.ny - p.y * self.line.nx
    }

    /// The best of any part of this length: share with an edge times steadiness of the colour step, 0..1.
    fn steadiest(&self, length: f64) -> f32 {
        let end = self.start + (self.sums.len() as f64 - 1.0) * SAMPLE;
        let mut best = 0f32;
        let mut at = self.start;
        loop {
            let part = self.between(at, at + length);
            best = best.max(part.support * part.steadiness());
            at += length / 4.0;
            if at + length > end {
                return best;
            }
        }
    }

    /// The evidence between two places along the line, in any order.
    pub(super) fn between(&self, a: f64, b: f64) -> Stretch {
        let index = |t: f64| (((t - self.start) / SAMPLE).max(0.0) as usize).min(self.sums.len() - 1);
        let (from, to) = (index(a.min(b)), index(a.max(b)));
        let sum: [f32; 6] = std::array::from_fn(|k| self.sums[to][k] - self.sums[from][k]);
        let inside = sum[0];
        if inside < 1.0 {
            return Stretch::default();
        }
        Stretch {
            inside,
            support: sum[1] / inside,
            step: [sum[2] / inside, sum[3] / inside, sum[4] / inside],
            step_rms: (sum[5] / inside).sqrt(),
        }
    }
}

/// The strongest lines of the picture, and the four borders of the frame (a page cut by the frame ends there).
pub(super) fn find(edges: &Edges, planes: &Planes) -> Vec<FoundLine> {
    let mut lines: Vec<FoundLine> =
        peaks(edges).into_par_iter().map(|(line, strength)| follow(line, strength, edges, planes)).collect();
    // Lines of a pattern are strong but step to and fro; the sides of a page step one way.
    let window = STEADY_PART * (edges.width as f64).hypot(edges.height as f64);
    for line in &mut lines {
        line.strength *= 0.25 + line.steadiest(window);
    }
    lines.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    keep_strongest(&mut lines);
    let (right, bottom) = (edges.width as f64 - 1.0, edges.height as f64 - 1.0);
    for (nx, ny, d) in [(1.0, 0.0, 0.0), (1.0, 0.0, right), (0.0, 1.0, 0.0), (0.0, 1.0, bottom)] {
        let frame = follow(Line { nx, ny, d }, 0.0, edges, planes);
        lines.push(FoundLine { is_frame: true, ..frame });
    }
    lines
}

/// A line known from elsewhere, fitted to the edges near it if there are any.
pub(super) fn along(rough: &Line, edges: &Edges, planes: &Planes) -> FoundLine {
    FoundLine { is_known: true, ..follow(fit(rough, edges), 0.0, edges, planes) }
}

/// Keeps [`MOST_LINES`] of the lines that run roughly like the strongest and as many of those that cross it: a pattern
/// in one direction must not crowd out the sides in the other. `lines` is sorted, strongest first.
fn keep_strongest(lines: &mut Vec<FoundLine>) {
    let Some(first) = lines.first().map(|found| found.line) else { return };
    let mut counts = [0; 2];
    lines.retain(|found| {
        let crosses =
            (first.nx * found.line.ny - first.ny * found.line.nx).abs() > std::f64::consts::FRAC_1_SQRT_2;
        counts[usize::from(crosses)] += 1;
        counts[usize::from(crosses)] <= MOST_LINES
    });
}

/// Peaks of the vote, each fitted to its edges.
fn peaks(edges: &Edges) -> Vec<(Line, f32)> {
    let diagonal = (edges.width as f32).hypot(edges.height as f32);
    let rhos = (2.0 * diagonal / RHO_STEP) as usize + 4;
    let table: Vec<(f32, f32)> =
        (0..ANGLES).map(|a| ((a as f32).to_radians().cos(), (a as f32).to_radians().sin())).collect();
    let bin = |angle: usize, x: f32, y: f32| {
        let (cos, sin) = table[angle];
        ((x * cos + y * sin + diagonal) / RHO_STEP) as usize + 1
    };
    let vote = |edges: &[Edge]| {
        let mut votes = vec![0f32; ANGLES * rhos];
        for edge in edges.iter().filter(|edge| edge.weight > LEAST_VOTE) {
            for spread in -VOTE_SPREAD..=VOTE_SPREAD {
                let angle = (edge.angle as i32 + spread).rem_euclid(ANGLES as i32) as usize;
                votes[angle * rhos + bin(angle, f32::from(edge.x), f32::from(edge.y))] += edge.weight;
            }
        }
        votes
    };
    let (one, other) = edges.list.split_at(edges.list.len() / 2);
    let (mut votes, others) = rayon::join(|| vote(one), || vote(other));
    for (vote, other) in votes.iter_mut().zip(others) {
        *vote += other;
    }
    // Neighbouring offsets share the votes of a line that is not quite straight.
    let mut ranked: Vec<(f32, usize)> = Vec::new();
    let least = 0.035 * diagonal;
    let pooled = |i: usize| votes[i] + 0.5 * (votes[i - 1] + votes[i + 1]);
    for angle in 0..ANGLES {
        for rho in 1..rhos - 1 {
            let i = angle * rhos + rho;
            if votes[i] > 0.0 && pooled(i) > least && votes[i] >= votes[i - 1] && votes[i] >= votes[i + 1] {
                ranked.push((pooled(i), i));
            }
        }
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<(Line, f32)> = Vec::new();
    for (strength, i) in ranked.into_iter().take(2000) {
        let (cos, sin) = table[i / rhos];
        let rho = ((i % rhos) as f32 - 0.5) * RHO_STEP - diagonal;
        let rough = Line { nx: f64::from(cos), ny: f64::from(sin), d: f64::from(rho) };
        if found.iter().any(|(line, _)| same(line, &rough, edges, 3.5)) {
            continue;
        }
        let line = fit(&rough, edges);
        if found.iter().any(|(other, _)| same(other, &line, edges, 2.5)) {
            continue;
        }
        found.push((line, strength));
        if found.len() == MOST_PEAKS {
            break;
        }
    }
    found
}

/// Whether two lines run within `near` pixels of each other where they cross the picture's middle parts.
fn same(a: &Line, b: &Line, edges: &Edges, near: f64) -> bool {
    let turn = (a.nx * b.ny - a.ny * b.nx).abs();
    if turn > 0.10 {
        return false;
    }
    let (w, h) = (edges.width as f64, edges.height as f64);
    // Two points of `a` a third of the picture apart around its middle.
    let off = a.distance(Point::new(w / 2.0, h / 2.0));
    let middle = Point::new(w / 2.0 - off * a.nx, h / 2.0 - off * a.ny);
    let reach = 0.25 * w.min(h);
    [-reach, reach]
        .iter()
        .all(|t| b.distance(Point::new(middle.x + t * a.ny, middle.y - t * a.nx)).abs() < near)
}

/// Least squares through the edges near a line that run along it, twice, narrowing.
fn fit(rough: &Line, edges: &Edges) -> Line {
    let mut line = *rough;
    for near in [3.0, 2.0] {
        let degrees = line.ny.atan2(line.nx).to_degrees().rem_euclid(180.0) as f32;
        let (mut sw, mut st, mut so, mut stt, mut sto) = (0.0, 0.0, 0.0, 0.0, 0.0);
        walk(&line, edges, 2.0 * SAMPLE, |t, p| {
            let reach = near as i32;
            for k in -reach..=reach {
                let q = Point::new(p.x + f64::from(k) * line.nx, p.y + f64::from(k) * line.ny);
                let Some(i) = pixel(edges, q) else { continue };
                if edges.weight[i] > 0 && turn(f32::from(edges.angle[i]), degrees) < 12.0 {
                    let w = f64::from(edges.weight[i]);
                    // The edge pixel's own distance from the line, not the sample's.
                    let (x, y) = ((i % edges.width) as f64, (i / edges.width) as f64);
                    let o = line.distance(Point::new(x, y));
                    sw += w;
                    st += w * t;
                    so += w * o;
                    stt += w * t * t;
                    sto += w * t * o;
                }
            }
        });
        let det = sw * stt - st * st;
        if sw < 1.0 || det < 1e-6 * sw * sw {
            return line;
        }
        let slope = (sw * sto - st * so) / det;
        let offset = (so - slope * st) / sw;
        if slope.abs() > 0.1 || offset.abs() > 40.0 {
            return line;
        }
        let at = |t: f64| {
            let o = line.d + offset + slope * t;
            Point::new(line.nx * o + line.ny * t, line.ny * o - line.nx * t)
        };
        line = Line::through(at(0.0), at(1000.0)).unwrap_or(line);
    }
    line
}

/// Records the evidence along a line.
fn follow(line: Line, strength: f32, edges: &Edges, planes: &Planes) -> FoundLine {
    let degrees = line.ny.atan2(line.nx).to_degrees().rem_euclid(180.0) as f32;
    let mut sums: Vec<[f32; 6]> = vec![[0.0; 6]];
    let mut start = None;
    let mut total = [0f32; 6];
    walk(&line, edges, SAMPLE, |t, p| {
        start.get_or_insert(t);
        let mut evidence = 0f32;
        for k in -2..=2 {
            let q = Point::new(p.x + f64::from(k) * line.nx, p.y + f64::from(k) * line.ny);
            let Some(i) = pixel(edges, q) else { continue };
            if edges.weight[i] > 0 && turn(f32::from(edges.angle[i]), degrees) < 14.0 {
                evidence = evidence.max((f32::from(edges.weight[i]) / 255.0 * 3.0).min(1.0));
            }
        }
        let beside =
            |side: f64| planes.colour_at(p.x + side * BESIDE * line.nx, p.y + side * BESIDE * line.ny);
        let (to, from) = (beside(1.0), beside(-1.0));
        let step: [f32; 3] = std::array::from_fn(|k| to[k] - from[k]);
        let square: f32 = step.iter().map(|v| v * v).sum();
        for (sum, value) in total.iter_mut().zip([1.0, evidence, step[0], step[1], step[2], square]) {
            *sum += value;
        }
        sums.push(total);
    });
    FoundLine { line, strength, is_frame: false, is_known: false, start: start.unwrap_or(0.0), sums }
}

/// Calls `visit` every `step` pixels of the line inside the picture, in order.
fn walk(line: &Line, edges: &Edges, step: f64, mut visit: impl FnMut(f64, Point)) {
    let (w, h) = (edges.width as f64 - 1.0, edges.height as f64 - 1.0);
    let (dx, dy) = (line.ny, -line.nx);
    let (ox, oy) = (line.nx * line.d, line.ny * line.d);
    // The range of t with 0 <= o + t d <= size in both directions.
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for (o, d, size) in [(ox, dx, w), (oy, dy, h)] {
        if d.abs() < 1e-9 {
            if o < -1e-6 || o > size + 1e-6 {
                return;
            }
            continue;
        }
        let (a, b) = (-o / d, (size - o) / d);
        low = low.max(a.min(b));
        high = high.min(a.max(b));
    }
    let mut t = low;
    while t <= high {
        visit(t, Point::new(ox + t * dx, oy + t * dy));
        t += step;
    }
}

fn pixel(edges: &Edges, p: Point) -> Option<usize> {
    let (x, y) = (p.x + 0.5, p.y + 0.5);
    let inside = x >= 0.0 && y >= 0.0 && x < edges.width as f64 && y < edges.height as f64;
    inside.then(|| y as usize * edges.width + x as usize)
}

/// The angle between two directions given in degrees 0..180.
fn turn(a: f32, b: f32) -> f32 {
    let off = (a - b).abs();
    off.min(180.0 - off)
}
