//! The last choice among outlines, and how far it may be believed.
//!
//! Each outline is described by a few pieces of evidence, every one a number of 0..1 or near it that a person can
//! name ([`Evidence`]). Two weighted sums of them decide: one ranks the outlines of a picture, the other turns
//! the evidence for the best into a belief. The weights were fitted by logistic regression on drawn scenes and
//! third-party photographs with known corners, then rounded.

mod side_by_side;

use super::lines::FoundLine;
use super::mask::Mask;
use super::planes::Planes;
use super::quads::{Candidate, norm};
use crate::geometry::{Point, Quad};

/// Where colour is looked at just inside a side, pixels from it.
const INSIDE: [f64; 3] = [4.0, 7.0, 10.0];
/// The same outside, at three distances: beyond a printed frame there is paper again, beyond the page there is not.
const OUTSIDE: [[f64; 3]; 3] = [[4.0, 7.0, 10.0], [13.0, 17.0, 21.0], [25.0, 30.0, 35.0]];
/// Places along each side.
const PLACES: usize = 20;
/// An outline around the best one is preferred if it ranks at most this much lower …
const AROUND: f32 = 1.2;
/// … and if its colours are separated about as clearly: the squares of a tablecloth are not.
const NO_LESS_CLEAR: f32 = 0.045;
/// … or if the best one looks like a frame printed on it, at most this much lower.
const AROUND_FRAME: f32 = 5.0;
/// A page is not much larger than the frame printed on it: the least part of the page within.
const FRAME_SHARE: f64 = 0.55;
/// A printed frame is about as far from each corner of the page: the least of these distances as a part of the largest.
const FRAME_EVEN: f64 = 0.35;
/// The page around a frame has an edge along this share of its least certain side …
const FRAME_SUPPORT: f32 = 0.5;
/// … if its colour is the frame's inside (grey levels), …
const SAME_PAPER: f32 = 14.0;
/// … and if it is not (the frame's own colour may be seen there), this share, up to its corners, with a step of one kind.
const FRAME_CERTAIN: f32 = 0.8;
/// How much lower a rectangle on the outline counts as its rival.
const WITHIN: f32 = 2.5;
/// How many of the best are looked at as rivals.
const RIVALS: usize = 30;
/// Outlines that share less than this are of different papers.
pub(super) const APART: f64 = 0.02;
/// What full agreement with what differs from the mat is worth against none, when outlines are ranked.
const MAT_RANK: f32 = 20.0;
/// What agreement from [`MAT_FROM`] up to 1 adds to belief; what is below it takes as much away.
const MAT_BELIEF: f32 = 2.5;
const MAT_FROM: f32 = 0.9;
/// One outline agrees with the mat as well as another if it does so by this much less at most.
const MAT_AS_GOOD: f32 = 0.02;
/// Pieces of evidence.
pub(super) const KINDS: usize = 15;

/// What speaks for and against one outline.
pub(super) type Evidence = [f32; KINDS];

/// One outline with what is to be said of it.
#[derive(Clone)]
pub(super) struct Scored {
    pub(super) quad: Quad,
    /// What ranks it among the others.
    pub(super) rank: f32,
    /// How far this may be believed to be the page, 0..1.
    pub(super) confidence: f32,
    /// The same when there may be several: outlines elsewhere do not speak against it.
    pub(super) as_one_of_several: f32,
    /// Evidence along the least certain side, 0..1.
    pub(super) weakest_side: f32,
    /// How clearly colour outside differs from colour inside, 0..1.
    pub(super) separation: f32,
    /// Whether a border of the frame serves as a side.
    pub(super) uses_frame: bool,
    /// How well it agrees with what differs from the empty mat, 0..1; 1 where that is not known.
    pub(super) agreement: f32,
    /// The colour just inside the sides.
    paper: [f32; 3],
    /// The colour just outside.
    table: [f32; 3],
    /// How surely the sides meet at the corners with a step of one kind, 0..1.
    closed: f32,
    evidence: Evidence,
}

/// All candidates, the best first, each with its belief.
pub(super) fn all(
    candidates: &[Candidate],
    lines: &[FoundLine],
    planes: &Planes,
    mask: Option<&Mask>,
) -> Vec<Scored> {
    let mut scored: Vec<Scored> =
        candidates.iter().map(|candidate| described(candidate, lines, planes)).collect();
    if let Some(mask) = mask {
        for one in &mut scored {
            one.agreement = mask.agreement(&one.quad, planes.raw.width);
            one.rank += MAT_RANK * (one.agreement - 1.0);
        }
    }
    scored.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    prefer_around(&mut scored);
    while let Some(gap) = side_by_side::gap(&scored, planes) {
        scored.retain(|one| !one.quad.holds(gap, 0.0));
        prefer_around(&mut scored);
    }
    for k in 0..scored.len() {
        // An outline nearly as good that says something else: one of the two is wrong.
        let (mut rival, mut overlapping) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for (j, other) in scored.iter().enumerate().take(RIVALS) {
            if other.rank <= rival.min(overlapping) || has_frame(&scored[k], other) {
                continue;
            }
            let iou = scored[k].quad.iou(&other.quad);
            if j != k && iou < 0.9 {
                // What lies on the page hardly speaks against it.
                let within = if contains(&scored[k].quad, &other.quad) { WITHIN } else { 0.0 };
                rival = rival.max(other.rank - within);
                overlapping = if iou > APART { overlapping.max(other.rank - within) } else { overlapping };
            }
        }
        let one = &mut scored[k];
        let mat =
            mask.map_or(0.0, |_| MAT_BELIEF * ((one.agreement - MAT_FROM) / (1.0 - MAT_FROM)).max(-1.0));
        let belief = |rival: f32| {
            let lead = (one.rank - rival).clamp(-4.0, 4.0);
            logistic(weighted(&BELIEF, &one.evidence) + LEAD * lead + BELIEF_BASE + mat)
        };
        (one.confidence, one.as_one_of_several) = (belief(rival), belief(overlapping));
    }
    scored
}

/// Moves an outline around the best one to the front if it is nearly as good: rectangles on a page (photographs,
/// tables, frames) are many, pages on a rectangle few.
fn prefer_around(scored: &mut [Scored]) {
    let Some(best) = scored.first().cloned() else { return };
    let (mut chosen, mut at) = (0, 1);
    while let Some(other) = scored.get(at).filter(|other| other.rank >= best.rank - AROUND_FRAME) {
        let as_good = other.rank >= best.rank - AROUND && other.separation >= best.separation - NO_LESS_CLEAR;
        let inner = &scored[chosen];
        let on_paper = other.agreement >= inner.agreement - MAT_AS_GOOD;
        if on_paper && (as_good && contains(&other.quad, &inner.quad) || has_frame(other, inner)) {
            chosen = at;
        }
        at += 1;
    }
    scored[..=chosen].rotate_right(1);
}

/// Whether `frame` looks printed on `page`.
fn has_frame(page: &Scored, frame: &Scored) -> bool {
    let margins: [f64; 4] = std::array::from_fn(|k| page.quad.0[k].distance(frame.quad.0[k]));
    let even = margins.iter().copied().fold(f64::INFINITY, f64::min)
        >= FRAME_EVEN * margins.iter().copied().fold(0.0, f64::max);
    let step: [f32; 3] = std::array::from_fn(|k| page.paper[k] - frame.paper[k]);
    let certain = page.closed >= FRAME_CERTAIN && page.weakest_side >= FRAME_CERTAIN;
    let same_paper = norm(step) < SAME_PAPER && page.weakest_side >= FRAME_SUPPORT;
    !page.uses_frame
        && even
        && (same_paper || certain)
        && frame.quad.area() >= FRAME_SHARE * page.quad.area()
        && contains(&page.quad, &frame.quad)
}

/// Whether `inner` lies within `outer` (a little over the side allowed) and is clearly smaller.
fn contains(outer: &Quad, inner: &Quad) -> bool {
    let slack = 0.01 * outer.area().sqrt();
    outer.area() > 1.04 * inner.area() && inner.0.iter().all(|p| outer.holds(*p, slack))
}

fn weighted(weights: &Evidence, evidence: &Evidence) -> f32 {
    weights.iter().zip(evidence).map(|(w, e)| w * e).sum()
}

fn logistic(v: f32) -> f32 {
    1.0 / (1.0 + (-v).exp())
}

fn described(candidate: &Candidate, lines: &[FoundLine], planes: &Planes) -> Scored {
    let quad = candidate.quad;
    let rims = Rims::of(&quad, planes);
    let (clear, least_clear) = rims.separation();
    let ends = ends(candidate, lines);
    let least_end = ends.iter().copied().fold(1.0, f32::min);
    let frames = candidate.lines.iter().filter(|i| lines[**i].is_frame).count();
    let share = (quad.area() / (planes.raw.width * planes.raw.height) as f64).clamp(0.01, 1.2) as f32;
    let [top, right, bottom, left] = quad.sides();
    let ratio = ((top + bottom) / (left + right)).max((left + right) / (top + bottom));
    let evidence = [
        // An edge all along the sides; along the least certain one.
        candidate.support,
        candidate.weakest_side,
        // The same, less where colour steps to and fro or the line runs on past the corner.
        candidate.worth_mean.max(0.0),
        candidate.worth_least.max(0.0),
        // Colour steps the same way all round.
        candidate.agreement,
        // Colour outside is unlike colour inside, near and further out; on the least clear side.
        clear,
        least_clear,
        // The part of the frame it covers.
        (share.ln() / 4.0 + 1.0).max(0.0),
        // Each side is reached by its neighbours; the one that is reached least.
        ends.iter().sum::<f32>() / 4.0,
        least_end,
        // One colour inside all round; brighter than outside.
        rims.alike(),
        rims.brighter(),
        // Sides that are only the frame's border.
        frames as f32 / 2.0,
        // Right angles; a long shape.
        (quad.smallest_angle() / 90.0) as f32,
        (ratio.ln() / 1.5).min(1.0) as f32,
    ];
    Scored {
        quad,
        rank: weighted(&RANK, &evidence),
        confidence: 0.0,
        as_one_of_several: 0.0,
        weakest_side: candidate.weakest_side,
        separation: (clear * 4.0 + least_clear) / 5.0,
        uses_frame: frames > 0,
        agreement: 1.0,
        paper: mean_colour(&rims.inside),
        table: mean_colour(rims.outside.iter().filter_map(|rings| rings[0].as_ref())),
        closed: least_end.min(candidate.agreement),
        evidence,
    }
}

/// For each side, whether its two neighbours really reach it: their evidence over the tenth next to it. A side set
/// beyond the paper's end has neighbours that have already stopped.
fn ends(candidate: &Candidate, lines: &[FoundLine]) -> [f32; 4] {
    std::array::from_fn(|side| {
        let reaches = |neighbour: usize, corner: usize, other: usize| {
            let found = &lines[candidate.lines[neighbour]];
            if found.is_frame {
                return 0.5;
            }
            let (a, b) = (found.along(candidate.quad.0[corner]), found.along(candidate.quad.0[other]));
            let part = found.between(a + 0.025 * (b - a), a + 0.125 * (b - a));
            if part.inside < 1.0 { 0.5 } else { part.support * (0.3 + 0.7 * part.steadiness()) }
        };
        // Side k runs from corner k to k + 1; side k - 1 ends at corner k and side k + 1 starts at k + 1.
        let (before, after) = ((side + 3) % 4, (side + 1) % 4);
        // Either may be folded or covered; hardly both.
        let (one, two) = (reaches(before, side, before), reaches(after, after, (side + 2) % 4));
        0.5 * (one + two)
    })
}

/// Colours just inside the four sides, and outside at three distances.
struct Rims {
    inside: [Rim; 4],
    outside: [[Option<Rim>; 3]; 4],
}

impl Rims {
    fn of(quad: &Quad, planes: &Planes) -> Self {
        let side = |side: usize| {
            let (p, q) = (quad.0[side], quad.0[(side + 1) % 4]);
            let length = p.distance(q).max(1.0);
            // Inward, as corners run clockwise on screen.
            (p, q, -(q.y - p.y) / length, (q.x - p.x) / length)
        };
        let inside = std::array::from_fn(|k| {
            let (p, q, nx, ny) = side(k);
            rim(planes, p, q, nx, ny, INSIDE)
        });
        let outside = std::array::from_fn(|k| {
            let (p, q, nx, ny) = side(k);
            OUTSIDE.map(|ring| {
                let middle = p.lerp(q, 0.5);
                planes
                    .holds(middle.x - ring[2] * nx, middle.y - ring[2] * ny)
                    .then(|| rim(planes, p, q, -nx, -ny, ring))
            })
        });
        Self { inside, outside }
    }

    /// How clearly colour outside differs from colour just inside, compared with how much either varies, 0..1: of
    /// each side the least clear distance; the mean over the sides and the least.
    fn separation(&self) -> (f32, f32) {
        let clear: [f32; 4] = std::array::from_fn(|side| {
            let inside = &self.inside[side];
            self.outside[side]
                .iter()
                .flatten()
                .map(|outside| {
                    let step = apart(inside, outside);
                    step / (step + 0.8 * inside.spread + 0.35 * outside.spread + 3.0)
                })
                .reduce(f32::min)
                .unwrap_or(0.3)
        });
        (clear.iter().sum::<f32>() / 4.0, clear.iter().copied().fold(f32::INFINITY, f32::min))
    }

    /// Whether the four inner rims have one colour, 0..1, compared with the step to the outside: paper has, and a side
    /// that lies on the table has not.
    fn alike(&self) -> f32 {
        let step = self
            .inside
            .iter()
            .zip(&self.outside)
            .filter_map(|(inside, outside)| outside[0].as_ref().map(|outside| apart(inside, outside)))
            .fold(0.0, f32::max);
        let odd = (0..4)
            .map(|k| {
                // The distance from the nearest of the other three: one odd side is what is looked for.
                (0..4)
                    .filter(|j| *j != k)
                    .map(|j| apart(&self.inside[k], &self.inside[j]))
                    .fold(f32::INFINITY, f32::min)
            })
            .fold(0.0, f32::max);
        (step + 4.0) / (step + 4.0 + odd)
    }

    /// Paper is mostly brighter than what it lies on: from 0 (darker) over 0.5 to 1 (brighter).
    fn brighter(&self) -> f32 {
        let steps = self.inside.iter().zip(&self.outside).filter_map(|(inside, outside)| {
            outside[0].as_ref().map(|outside| inside.mean[0] - outside.mean[0])
        });
        let (mut sum, mut count) = (0.0, 0.0);
        for step in steps {
            sum += step / (step.abs() + 12.0);
            count += 1.0;
        }
        if count > 0.0 { 0.5 + 0.5 * sum / count } else { 0.5 }
    }
}

fn mean_colour<'a>(rims: impl IntoIterator<Item = &'a Rim>) -> [f32; 3] {
    let (mut sum, mut count) = ([0f32; 3], 0f32);
    for rim in rims {
        sum = std::array::from_fn(|k| sum[k] + rim.mean[k]);
        count += 1.0;
    }
    sum.map(|v| v / count.max(1.0))
}

fn apart(a: &Rim, b: &Rim) -> f32 {
    norm(std::array::from_fn(|k| a.mean[k] - b.mean[k]))
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

/// What each piece of evidence is worth when outlines are ranked.
const RANK: Evidence = [4.2, 1.5, 4.4, 2.1, 3.3, 4.7, 4.2, 3.5, 5.7, 4.4, 3.5, 3.0, 0.1, 1.2, 0.7];
/// The same for belief in the best.
const BELIEF: Evidence = [0.3, -0.1, 0.2, -0.1, 1.0, 1.1, 1.9, 0.8, 0.2, -0.5, -0.5, 1.8, -1.0, 0.0, 0.5];
/// … what its lead over the best other outline is worth.
const LEAD: f32 = 0.8;
/// … and what belief starts from.
const BELIEF_BASE: f32 = -5.4;
