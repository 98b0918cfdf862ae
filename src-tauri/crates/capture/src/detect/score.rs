//! The last choice among outlines, and how far it may be believed.
//!
//! Paper has one colour all along its inner rim and another outside. A printed frame, a table in the document or a
//! fold has paper on both sides; that is what separates the page from rectangles on it.

use super::lines::FoundLine;
use super::planes::Planes;
use super::quads::{Candidate, norm};
use crate::geometry::{Point, Quad};

/// Where the rims are looked at, pixels from the side.
const RIM: [f64; 3] = [4.0, 7.0, 10.0];
/// Places along each side.
const PLACES: usize = 24;

/// The outline chosen.
pub(super) struct Scored {
    pub(super) quad: Quad,
    /// 0..1.
    pub(super) confidence: f32,
    /// Evidence along the least certain side, 0..1.
    pub(super) weakest_side: f32,
    /// Whether a border of the frame serves as a side.
    pub(super) uses_frame: bool,
}

/// The best of the candidates.
pub(super) fn best(candidates: &[Candidate], lines: &[FoundLine], planes: &Planes) -> Option<Scored> {
    let (candidate, separation, score) = candidates
        .iter()
        .map(|candidate| {
            let separation = separation(&candidate.quad, planes);
            (candidate, separation, candidate.score * (0.45 + 0.55 * separation))
        })
        .max_by(|a, b| a.2.total_cmp(&b.2))?;
    let uses_frame = candidate.lines.iter().any(|i| lines[*i].is_frame);
    let confidence = confidence(candidate, separation, score) * if uses_frame { 0.75 } else { 1.0 };
    Some(Scored { quad: candidate.quad, confidence, weakest_side: candidate.weakest_side, uses_frame })
}

/// From evidence to belief; the middle of each ramp is where half of the trials were right.
fn confidence(candidate: &Candidate, separation: f32, _score: f32) -> f32 {
    let ramp = |value: f32, low: f32, high: f32| ((value - low) / (high - low)).clamp(0.0, 1.0);
    let followed = ramp(candidate.support, 0.35, 0.8);
    let every_side = ramp(candidate.weakest_side, 0.15, 0.6);
    let alike = ramp(candidate.agreement, 0.3, 0.8);
    let apart = ramp(separation, 0.15, 0.6);
    (0.1 + 0.9 * followed) * (0.4 + 0.6 * every_side) * (0.6 + 0.4 * alike) * (0.4 + 0.6 * apart)
}

/// How clearly colour changes across the sides, compared with how much it varies along the inner rim, 0..1; the
/// mean over the sides, the least clear counting double.
fn separation(quad: &Quad, planes: &Planes) -> f32 {
    let rims: [(Rim, Rim); 4] = std::array::from_fn(|side| {
        let (p, q) = (quad.0[side], quad.0[(side + 1) % 4]);
        let length = p.distance(q).max(1.0);
        // Inward, as corners run clockwise on screen.
        let (nx, ny) = (-(q.y - p.y) / length, (q.x - p.x) / length);
        (rim(planes, p, q, nx, ny), rim(planes, p, q, -nx, -ny))
    });
    let clear = rims.map(|(inside, outside)| {
        let step = norm(std::array::from_fn(|k| inside.mean[k] - outside.mean[k]));
        step / (step + 0.8 * inside.spread + 0.35 * outside.spread + 3.0)
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

fn rim(planes: &Planes, p: Point, q: Point, nx: f64, ny: f64) -> Rim {
    let mut colours = [[0f32; 3]; PLACES * RIM.len()];
    for (i, colour) in colours.iter_mut().enumerate() {
        let at = p.lerp(q, 0.06 + 0.88 * ((i / RIM.len()) as f64 + 0.5) / PLACES as f64);
        let off = RIM[i % RIM.len()];
        *colour = planes.colour_at(at.x + off * nx, at.y + off * ny);
    }
    let count = colours.len() as f32;
    let mean: [f32; 3] = std::array::from_fn(|k| colours.iter().map(|c| c[k]).sum::<f32>() / count);
    let squares: f32 =
        colours.iter().map(|c| norm(std::array::from_fn(|k| c[k] - mean[k])).powi(2)).sum::<f32>();
    Rim { mean, spread: (squares / count).sqrt() }
}
