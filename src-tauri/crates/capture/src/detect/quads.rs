//! Every sensible four of the lines, weighed by the evidence along its sides.

use rayon::prelude::*;

use super::lines::FoundLine;
use crate::geometry::{Point, Quad};

/// The most outlines handed on.
const MOST_CANDIDATES: usize = 60;
/// The most pairs of opposite sides tried, of each direction.
const MOST_PAIRS: usize = 240;
/// The least share of the frame an outline may cover.
const LEAST_SHARE: f64 = 0.03;
/// How far outside the frame a corner may lie, as a share of the frame's side.
const OUTSIDE: f64 = 0.12;

/// Four lines that could be the page's sides.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) quad: Quad,
    /// Indices of the top, right, bottom and left line.
    pub(super) lines: [usize; 4],
    /// How well the evidence fits, about 0..1.
    pub(super) score: f32,
    /// Evidence along the least certain side, 0..1.
    pub(super) weakest_side: f32,
    /// Mean evidence along the sides, 0..1.
    pub(super) support: f32,
    /// Whether colour steps the same way all round, 0..1.
    pub(super) agreement: f32,
    /// Mean and least of the sides' worth: evidence, steadiness of the step, stopping at the corners.
    pub(super) worth_mean: f32,
    pub(super) worth_least: f32,
}

/// The best outlines, best first.
pub(super) fn propose(lines: &[FoundLine], width: f64, height: f64) -> Vec<Candidate> {
    let pairs = opposite_pairs(lines, width, height);
    let mut found: Vec<Candidate> = pairs
        .par_iter()
        .enumerate()
        .flat_map_iter(|(i, one)| {
            let pairs = &pairs;
            pairs[i + 1..].iter().filter_map(move |other| candidate(lines, *one, *other, width, height))
        })
        .collect();
    // Nothing far below the best is ever chosen.
    let best = found.iter().map(|candidate| candidate.score).fold(0.0, f32::max);
    found.retain(|candidate| candidate.score > 0.4 * best);
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut distinct: Vec<Candidate> = Vec::new();
    for candidate in found {
        if distinct.iter().all(|kept| !nearly_same(&kept.quad, &candidate.quad, width)) {
            distinct.push(candidate);
            if distinct.len() == MOST_CANDIDATES {
                break;
            }
        }
    }
    distinct
}

fn nearly_same(a: &Quad, b: &Quad, width: f64) -> bool {
    a.0.iter().zip(&b.0).all(|(p, q)| p.distance(*q) < 0.006 * width)
}

/// Lines that could be opposite sides: nearly parallel and well apart; the strongest pairs.
fn opposite_pairs(lines: &[FoundLine], width: f64, height: f64) -> Vec<(usize, usize)> {
    let centre = Point::new(width / 2.0, height / 2.0);
    let apart = 0.09 * width.min(height);
    let mut pairs: Vec<(f32, (usize, usize))> = Vec::new();
    for (i, a) in lines.iter().enumerate() {
        for (j, b) in lines.iter().enumerate().skip(i + 1) {
            let turn = (a.line.nx * b.line.ny - a.line.ny * b.line.nx).abs();
            let same_way = a.line.nx * b.line.nx + a.line.ny * b.line.ny > 0.0;
            let (da, db) = (a.line.distance(centre), b.line.distance(centre));
            let gap = if same_way { (da - db).abs() } else { (da + db).abs() };
            if turn < 0.5 && gap > apart && !(a.is_frame && b.is_frame) {
                pairs.push((a.strength.min(200.0) + b.strength.min(200.0), (i, j)));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut counts = [0; 2];
    pairs.retain(|(_, (i, _))| {
        let steep = usize::from(lines[*i].line.nx.abs() > std::f64::consts::FRAC_1_SQRT_2);
        counts[steep] += 1;
        counts[steep] <= MOST_PAIRS
    });
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

fn candidate(
    lines: &[FoundLine],
    (a, c): (usize, usize),
    (b, d): (usize, usize),
    width: f64,
    height: f64,
) -> Option<Candidate> {
    if a == b || a == d || c == b || c == d {
        return None;
    }
    let [la, lb, lc, ld] = [a, b, c, d].map(|i| &lines[i].line);
    if (la.nx * lb.ny - la.ny * lb.nx).abs() < 0.6 || (lc.nx * ld.ny - lc.ny * ld.nx).abs() < 0.6 {
        return None;
    }
    let frames = [a, b, c, d].iter().filter(|i| lines[**i].is_frame).count();
    if frames > 2 {
        return None;
    }
    let corners = [la.crossing(lb)?, lb.crossing(lc)?, lc.crossing(ld)?, ld.crossing(la)?];
    let inside = |p: &Point| {
        p.x > -OUTSIDE * width
            && p.x < (1.0 + OUTSIDE) * width
            && p.y > -OUTSIDE * height
            && p.y < (1.0 + OUTSIDE) * height
    };
    if !corners.iter().all(inside) {
        return None;
    }
    let quad = Quad::from_ring(corners)?;
    let share = quad.area() / (width * height);
    let [top, right, bottom, left] = quad.sides();
    let (across, down) = (top.min(bottom), left.min(right));
    if share < LEAST_SHARE
        || across < 0.35 * top.max(bottom)
        || down < 0.35 * left.max(right)
        || across.min(down) < 0.12 * across.max(down)
        || quad.smallest_angle() < 45.0
    {
        return None;
    }
    // The lines in the order of the quad's sides.
    let order = side_lines([a, b, c, d], lines, &quad);
    weigh(lines, quad, order, share)
}

/// For each side of the quad (top, right, bottom, left) the line it lies on.
fn side_lines(from: [usize; 4], lines: &[FoundLine], quad: &Quad) -> [usize; 4] {
    std::array::from_fn(|side| {
        let middle = quad.0[side].lerp(quad.0[(side + 1) % 4], 0.5);
        let off = |i: usize| lines[i].line.distance(middle).abs();
        from.into_iter().min_by(|i, j| off(*i).total_cmp(&off(*j))).unwrap_or(from[side])
    })
}

fn weigh(lines: &[FoundLine], quad: Quad, order: [usize; 4], share: f64) -> Option<Candidate> {
    let centre = quad.0[0].lerp(quad.0[2], 0.5);
    let perimeter: f64 = quad.sides().iter().sum();
    let (mut mean, mut worst, mut support, mut weakest) = (0f32, f32::INFINITY, 0f32, f32::INFINITY);
    let (mut together, mut apart) = ([0f32; 3], 0f32);
    for (side, index) in order.into_iter().enumerate() {
        let found = &lines[index];
        let (p, q) = (quad.0[side], quad.0[(side + 1) % 4]);
        let (a, b) = (found.along(p), found.along(q));
        let length = (b - a).abs();
        let part = (length / perimeter) as f32;
        if found.is_frame {
            // Nothing is known about what the frame cuts off: below a real side, above none.
            mean += 0.3 * part;
            support += 0.3 * part;
            worst = worst.min(0.3);
            weakest = weakest.min(0.3);
            continue;
        }
        let on = found.between(a + 0.04 * (b - a), b - 0.04 * (b - a));
        if on.inside < 4.0 || on.support < 0.15 {
            return None;
        }
        let reach = (0.15 * length).clamp(12.0, 60.0) * (b - a).signum();
        let before = found.between(a - 0.1 * reach, a - reach);
        let after = found.between(b + 0.1 * reach, b + reach);
        let beyond = (before.support * before.inside + after.support * after.inside)
            / (before.inside + after.inside).max(10.0);
        let step = norm(on.step);
        let worth = on.support * (0.35 + 0.65 * on.steadiness()) - 0.15 * beyond;
        mean += worth * part;
        support += on.support * part;
        worst = worst.min(worth);
        weakest = weakest.min(on.support);
        let inward = if found.line.distance(centre) > 0.0 { 1.0 } else { -1.0 };
        for (sum, value) in together.iter_mut().zip(on.step) {
            *sum += inward * value / (step + 4.0);
        }
        apart += step / (step + 4.0);
    }
    let agreement = norm(together) / apart.max(0.5);
    let score =
        (0.6 * mean + 0.4 * worst) * (0.7 + 0.3 * agreement.min(1.0)) * (share.min(1.0) as f32).powf(0.16);
    (score > 0.05).then_some(Candidate {
        quad,
        lines: order,
        score,
        weakest_side: weakest,
        support,
        agreement: agreement.min(1.0),
        worth_mean: mean,
        worth_least: worst,
    })
}

pub(super) fn norm(v: [f32; 3]) -> f32 {
    v.iter().map(|x| x * x).sum::<f32>().sqrt()
}
