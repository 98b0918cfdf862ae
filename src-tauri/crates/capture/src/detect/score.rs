//! The last choice among outlines, and how far it may be believed.
//!
//! Paper has one colour all along its inner rim and another outside. A printed frame, a table in the document or a
//! fold has paper on both sides; that is what separates the page from rectangles on it.

use super::lines::FoundLine;
use super::planes::Planes;
use super::quads::{Candidate, norm};
use crate::geometry::{Point, Quad};

/// Where colour is looked at just inside a side, pixels from it.
const INSIDE: [f64; 3] = [4.0, 7.0, 10.0];
/// The same outside, at three distances: beyond a printed frame there is paper again, beyond the page there is not.
const OUTSIDE: [[f64; 3]; 3] = [[4.0, 7.0, 10.0], [13.0, 17.0, 21.0], [25.0, 30.0, 35.0]];
/// Places along each side.
const PLACES: usize = 20;
/// An outline around the best one is preferred if it is at least this good in comparison: rectangles on a page
/// (photographs, tables, frames) are many, pages on a rectangle few.
const AROUND: f32 = 0.78;
/// … and if its colours are separated about as clearly: the squares of a tablecloth are not.
const NO_LESS_CLEAR: f32 = 0.045;

/// The outline chosen.
pub(super) struct Scored {
    pub(super) quad: Quad,
    /// 0..1.
    pub(super) confidence: f32,
    /// Evidence along the least certain side, 0..1.
    pub(super) weakest_side: f32,
    /// How clearly colour outside differs from colour inside, 0..1.
    pub(super) separation: f32,
    /// Whether a border of the frame serves as a side.
    pub(super) uses_frame: bool,
}

/// The best of the candidates.
pub(super) fn best(candidates: &[Candidate], lines: &[FoundLine], planes: &Planes) -> Option<Scored> {
    let mut ranked: Vec<(&Candidate, f32, f32)> = candidates
        .iter()
        .map(|candidate| {
            let separation = separation(&candidate.quad, planes);
            (candidate, separation, candidate.score * (0.35 + 0.65 * separation))
        })
        .collect();
    ranked.sort_by(|a, b| b.2.total_cmp(&a.2));
    let &first = ranked.first()?;
    let mut chosen = first;
    while let Some(around) = ranked.iter().find(|other| {
        other.2 >= AROUND * first.2
            && other.1 >= first.1 - NO_LESS_CLEAR
            && contains(&other.0.quad, &chosen.0.quad)
    }) {
        chosen = *around;
    }
    let (candidate, separation, score) = chosen;
    // Another outline nearly as good elsewhere: one of the two is wrong.
    let rival = ranked
        .iter()
        .filter(|other| other.0.quad.iou(&candidate.quad) < 0.9 && !contains(&candidate.quad, &other.0.quad))
        .map(|other| other.2 / score)
        .fold(0.0, f32::max);
    let uses_frame = candidate.lines.iter().any(|i| lines[*i].is_frame);
    let confidence = belief(candidate, separation)
        * (1.0 - 0.5 * ramp(rival, 0.8, 1.0))
        * if uses_frame { 0.75 } else { 1.0 };
    Some(Scored {
        quad: candidate.quad,
        confidence,
        weakest_side: candidate.weakest_side,
        separation,
        uses_frame,
    })
}

/// Whether `inner` lies within `outer` (a little over the side allowed) and is clearly smaller.
fn contains(outer: &Quad, inner: &Quad) -> bool {
    let slack = 0.01 * outer.area().sqrt();
    outer.area() > 1.04 * inner.area()
        && (0..4).all(|i| {
            let (a, b) = (outer.0[i], outer.0[(i + 1) % 4]);
            let length = a.distance(b).max(1.0);
            inner.0.iter().all(|p| ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)) / length > -slack)
        })
}

fn ramp(value: f32, low: f32, high: f32) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

/// From evidence to belief: each kind of evidence has a level that is too little and one that is enough.
fn belief(candidate: &Candidate, separation: f32) -> f32 {
    let followed = ramp(candidate.support, 0.35, 0.8);
    let every_side = ramp(candidate.weakest_side, 0.15, 0.6);
    let alike = ramp(candidate.agreement, 0.3, 0.8);
    let apart = ramp(separation, 0.1, 0.5);
    (0.1 + 0.9 * followed) * (0.4 + 0.6 * every_side) * (0.6 + 0.4 * alike) * (0.3 + 0.7 * apart)
}

/// How clearly colour outside differs from colour just inside, compared with how much either varies, 0..1: the
/// least clear distance of each side; the mean over the sides, the least clear counting double.
fn separation(quad: &Quad, planes: &Planes) -> f32 {
    let clear: [f32; 4] = std::array::from_fn(|side| {
        let (p, q) = (quad.0[side], quad.0[(side + 1) % 4]);
        let length = p.distance(q).max(1.0);
        // Inward, as corners run clockwise on screen.
        let (nx, ny) = (-(q.y - p.y) / length, (q.x - p.x) / length);
        let inside = rim(planes, p, q, nx, ny, INSIDE);
        OUTSIDE
            .iter()
            .filter(|ring| {
                let middle = p.lerp(q, 0.5);
                planes.holds(middle.x - ring[2] * nx, middle.y - ring[2] * ny)
            })
            .map(|ring| {
                let outside = rim(planes, p, q, -nx, -ny, *ring);
                let step = norm(std::array::from_fn(|k| inside.mean[k] - outside.mean[k]));
                step / (step + 0.8 * inside.spread + 0.35 * outside.spread + 3.0)
            })
            .reduce(f32::min)
            .unwrap_or(0.3)
    });
    let least = clear.iter().copied().fold(f32::INFINITY, f32::min);
    (clear.iter().sum::<f32>() + least) / 5.0
}

#[derive(Clone, Copy)]
struct Rim {
    mean: [f32; 3],
    /// Root mean square distance from the mean.
    spread: f32,
}

fn rim(planes: &Planes, p: Point, q: Point, nx: f64, ny: f64, offsets: [f64; 3]) -> Rim {
    let mut colours = [[0f32; 3]; PLACES * 3];
    for (i, colour) in colours.iter_mut().enumerate() {
        let at = p.lerp(q, 0.06 + 0.88 * ((i / 3) as f64 + 0.5) / PLACES as f64);
        let off = offsets[i % 3];
        *colour = planes.colour_at(at.x + off * nx, at.y + off * ny);
    }
    let count = colours.len() as f32;
    let mean: [f32; 3] = std::array::from_fn(|k| colours.iter().map(|c| c[k]).sum::<f32>() / count);
    let squares: f32 =
        colours.iter().map(|c| norm(std::array::from_fn(|k| c[k] - mean[k])).powi(2)).sum::<f32>();
    Rim { mean, spread: (squares / count).sqrt() }
}
