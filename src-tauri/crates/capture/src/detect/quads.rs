//! Every sensible four of the lines, weighed by the evidence along its sides.
//!
//! Two pairs of opposite sides make an outline, and there are some hundred thousand pairs of pairs. What lies along
//! one line between two others is the same in each outline that has that side, so it is looked up once ([`Sides`]);
//! an outline is then weighed by a few additions.

use rayon::prelude::*;

use super::lines::{FoundLine, MOST_LINES_OF_ALL};
use crate::geometry::{Point, Quad};

/// The most outlines handed on.
const MOST_CANDIDATES: usize = 60;
/// The most pairs of opposite sides tried, of each direction.
const MOST_PAIRS: usize = 240;
/// The least share of the frame an outline may cover.
const LEAST_SHARE: f64 = 0.03;
/// How far outside the frame a corner may lie, as a share of the frame's side.
const OUTSIDE: f64 = 0.12;
/// No outline scores less.
const LEAST_SCORE: f32 = 0.05;
/// Outlines that score less than this share of the best are never chosen.
const FAR_BELOW: f32 = 0.4;

/// Four lines that could be the page's sides.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) quad: Quad,
    /// Indices of the top, right, bottom and left line.
    pub(super) lines: [usize; 4],
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
    let sides = Sides::of(&pairs, lines, width, height);
    let (best, mut rated) = (0..pairs.len())
        .into_par_iter()
        .fold(Found::default, |(mut best, mut rated), one| {
            for other in one + 1..pairs.len() {
                let least = LEAST_SCORE.max(FAR_BELOW * best);
                if let Some(score) = sides.between(one, other).and_then(|four| four.score(lines, least)) {
                    best = best.max(score);
                    rated.push(Rated { score, one, other });
                }
            }
            (best, rated)
        })
        .reduce(Found::default, |(one_best, mut one), (other_best, mut other)| {
            one.append(&mut other);
            (one_best.max(other_best), one)
        });
    rated.retain(|rated| rated.score > FAR_BELOW * best);
    rated.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut distinct: Vec<Candidate> = Vec::new();
    for candidate in rated.iter().filter_map(|rated| sides.between(rated.one, rated.other)?.candidate(lines))
    {
        if distinct.iter().all(|kept| !nearly_same(&kept.quad, &candidate.quad, width)) {
            distinct.push(candidate);
            if distinct.len() == MOST_CANDIDATES {
                break;
            }
        }
    }
    distinct
}

/// The outline of the four lines from index `first` on, which follow each other round it, if they make one.
pub(super) fn of_lines(first: usize, lines: &[FoundLine], width: f64, height: f64) -> Option<Candidate> {
    let pairs = [(0, 2), (1, 3)];
    let four = &lines[first..first + 4];
    let found = Sides::of(&pairs, four, width, height).between(0, 1)?.candidate(four)?;
    Some(Candidate { lines: found.lines.map(|line| first + line), ..found })
}

/// The best score and all outlines found that are not far below it.
type Found = (f32, Vec<Rated>);

/// Two pairs of opposite sides and how well the evidence fits them.
struct Rated {
    score: f32,
    one: usize,
    other: usize,
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

/// What lies along one line between two others.
#[derive(Clone, Copy)]
struct Side {
    /// Where it meets the first and the second of the two.
    ends: [Point; 2],
    length: f32,
    /// Share with an edge.
    support: f32,
    /// Evidence, steadiness of the colour step, and stopping at the corners.
    worth: f32,
    /// The colour step along the line's normal, of length 0..1; 1 for a strong one.
    step: [f32; 3],
}

impl Side {
    /// `None` when this cannot be a side: corners too flat or too far outside, hardly an edge.
    fn of(found: &FoundLine, ends: [&FoundLine; 2], width: f64, height: f64) -> Option<Self> {
        let meets = |other: &FoundLine| {
            let (a, b) = (found.line, other.line);
            let upright = (a.nx * b.ny - a.ny * b.nx).abs() >= std::f64::consts::FRAC_1_SQRT_2;
            a.crossing(&b).filter(|p| {
                let within = |v: f64, size: f64| v > -OUTSIDE * size && v < (1.0 + OUTSIDE) * size;
                upright && within(p.x, width) && within(p.y, height)
            })
        };
        let ends = [meets(ends[0])?, meets(ends[1])?];
        let (a, b) = (found.along(ends[0]), found.along(ends[1]));
        let length = (b - a).abs();
        if found.is_frame {
            // Nothing is known about what the frame cuts off: below a real side, above none.
            return Some(Self { ends, length: length as f32, support: 0.3, worth: 0.3, step: [0.0; 3] });
        }
        let on = found.between(a + 0.04 * (b - a), b - 0.04 * (b - a));
        if on.inside < 4.0 || on.support < 0.15 && !found.is_known {
            return None;
        }
        let reach = (0.15 * length).clamp(12.0, 60.0) * (b - a).signum();
        let before = found.between(a - 0.1 * reach, a - reach);
        let after = found.between(b + 0.1 * reach, b + reach);
        let beyond = (before.support * before.inside + after.support * after.inside)
            / (before.inside + after.inside).max(10.0);
        let worth = on.support * (0.35 + 0.65 * on.steadiness()) - 0.15 * beyond;
        let clear = norm(on.step) + 4.0;
        let step = on.step.map(|v| v / clear);
        Some(Self { ends, length: length as f32, support: on.support, worth, step })
    }
}

/// For each pair of opposite sides, the other lines as sides between them.
struct Sides<'a> {
    pairs: &'a [(usize, usize)],
    lines: usize,
    width: f64,
    height: f64,
    /// One row of `lines` for each pair.
    all: Vec<Option<Side>>,
    /// For each pair, a bit for each line that is a side between it.
    which: Vec<u64>,
}

const _: () = assert!(MOST_LINES_OF_ALL <= u64::BITS as usize);

impl<'a> Sides<'a> {
    fn of(pairs: &'a [(usize, usize)], lines: &[FoundLine], width: f64, height: f64) -> Self {
        let side = |(one, other): (usize, usize), line: usize| {
            let apart = line != one && line != other;
            apart.then(|| Side::of(&lines[line], [&lines[one], &lines[other]], width, height)).flatten()
        };
        let mut all = vec![None; pairs.len() * lines.len()];
        let which = all
            .par_chunks_mut(lines.len().max(1))
            .zip(pairs)
            .map(|(row, pair)| {
                let mut which = 0;
                for (line, place) in row.iter_mut().enumerate() {
                    *place = side(*pair, line);
                    which |= u64::from(place.is_some()) << line;
                }
                which
            })
            .collect();
        Self { pairs, lines: lines.len(), width, height, all, which }
    }

    /// The four sides of two pairs, if each is one.
    fn between(&self, one: usize, other: usize) -> Option<Four<'_>> {
        let ((a, c), (b, d)) = (self.pairs[one], self.pairs[other]);
        let bits = |i: usize, j: usize| 1u64 << i | 1u64 << j;
        let (ac, bd) = (bits(a, c), bits(b, d));
        if self.which[other] & ac != ac || self.which[one] & bd != bd {
            return None;
        }
        let side = |pair: usize, line: usize| self.all[pair * self.lines + line].as_ref();
        // Round the outline: a from d to b, b from a to c, c from b to d, d from c to a.
        let sides = [side(other, a)?, side(one, b)?, side(other, c)?, side(one, d)?];
        let corners = [sides[0].ends[0], sides[2].ends[0], sides[2].ends[1], sides[0].ends[1]];
        Some(Four { lines: [a, b, c, d], sides, corners, frame: self.width * self.height })
    }
}

/// Four sides and the corners where they meet.
struct Four<'a> {
    lines: [usize; 4],
    sides: [&'a Side; 4],
    /// Where each side meets the next.
    corners: [Point; 4],
    /// Square pixels of the frame.
    frame: f64,
}

impl Four<'_> {
    /// The share of the frame it covers; `None` if that is too little, or it is crossed, tapered or thin.
    fn share(&self) -> Option<f32> {
        let turn = |k: usize| {
            let (p, q, r) = (self.corners[k], self.corners[(k + 1) % 4], self.corners[(k + 2) % 4]);
            (q.x - p.x) * (r.y - q.y) - (q.y - p.y) * (r.x - q.x)
        };
        let turns = [turn(0), turn(1), turn(2), turn(3)];
        let convex = turns.iter().all(|turn| (*turn > 0.0) == (turns[0] > 0.0));
        let share = ((turns[0] + turns[2]) / 2.0).abs() / self.frame;
        let [top, right, bottom, left] = self.sides.map(|side| side.length);
        let (across, down) = (top.min(bottom), left.min(right));
        let shapely = across >= 0.35 * top.max(bottom)
            && down >= 0.35 * left.max(right)
            && across.min(down) >= 0.12 * across.max(down);
        (convex && share >= LEAST_SHARE && shapely).then_some(share as f32)
    }

    /// Mean and least of what `of` says of the sides; the mean by their lengths.
    fn mean_and_least(&self, of: impl Fn(&Side) -> f32) -> (f32, f32) {
        let (mut sum, mut length, mut least) = (0f32, 0f32, f32::INFINITY);
        for side in self.sides {
            sum += of(side) * side.length;
            length += side.length;
            least = least.min(of(side));
        }
        (sum / length, least)
    }

    /// Whether colour steps the same way all round, 0..1.
    fn agreement(&self, lines: &[FoundLine]) -> f32 {
        let (mut together, mut apart) = ([0f32; 3], 0f32);
        for (k, side) in self.sides.iter().enumerate() {
            // The corner after next lies on the opposite side.
            let inward = lines[self.lines[k]].line.distance(self.corners[(k + 1) % 4]).signum() as f32;
            for (sum, value) in together.iter_mut().zip(side.step) {
                *sum += inward * value;
            }
            apart += norm(side.step);
        }
        (norm(together) / apart.max(0.5)).min(1.0)
    }

    /// How well the evidence fits, about 0..1; `None` when it is no sensible outline or not above `least`.
    fn score(&self, lines: &[FoundLine], least: f32) -> Option<f32> {
        let (mean, worst) = self.mean_and_least(|side| side.worth);
        let at_most = 0.6 * mean + 0.4 * worst;
        if at_most <= least {
            return None;
        }
        let covering = self.share()?.min(1.0).powf(0.16);
        let score = at_most * covering * (0.7 + 0.3 * self.agreement(lines));
        (score > least).then_some(score)
    }

    fn candidate(&self, lines: &[FoundLine]) -> Option<Candidate> {
        let quad = Quad::from_ring(self.corners)?;
        let (worth_mean, worth_least) = self.mean_and_least(|side| side.worth);
        let (support, weakest_side) = self.mean_and_least(|side| side.support);
        Some(Candidate {
            quad,
            lines: side_lines(self.lines, lines, &quad),
            weakest_side,
            support,
            agreement: self.agreement(lines),
            worth_mean,
            worth_least,
        })
    }
}

/// For each side of the quad (top, right, bottom, left) the line it lies on.
fn side_lines(from: [usize; 4], lines: &[FoundLine], quad: &Quad) -> [usize; 4] {
    std::array::from_fn(|side| {
        let middle = quad.0[side].lerp(quad.0[(side + 1) % 4], 0.5);
        let off = |i: usize| lines[i].line.distance(middle).abs();
        from.into_iter().min_by(|i, j| off(*i).total_cmp(&off(*j))).unwrap_or(from[side])
    })
}

pub(super) fn norm(v: [f32; 3]) -> f32 {
    v.iter().map(|x| x * x).sum::<f32>().sqrt()
}
