//! Two papers side by side have an outline around both that looks like a page's: edges all along, one colour inside, the
//! table outside. What tells them is the table that shows between them, if it is wider than the print that is closed away
//! (about a fiftieth of the picture).

use super::{APART, PLACES, Scored, contains, norm};
use crate::detect::planes::Planes;
use crate::geometry::{Point, Quad};

/// Two papers side by side fill at least this part of the outline around both, …
const FILLED: f64 = 0.7;
/// … each at least this part, …
const NO_STRIP: f64 = 0.15;
/// … have corners at most this far from its own, as a part of its side, …
const CORNER_OFF: f64 = 0.05;
/// … have an edge along this share of their least certain sides, …
const TWO_SUPPORT: f32 = 0.6;
/// … and between them lies the table: a colour this far from the paper's (grey levels) …
const UNLIKE_PAPER: f32 = 24.0;
/// … and nearer to what surrounds both, by this factor.
const LIKE_TABLE: f32 = 3.0;

/// Where the table shows through the best outline, if that lies around two papers side by side.
pub(super) fn gap(scored: &[Scored], planes: &Planes) -> Option<Point> {
    let best = scored.first().filter(|best| !best.uses_frame)?;
    let whole = best.quad.area();
    let halves: Vec<&Scored> = scored
        .iter()
        .filter(|half| half.weakest_side >= TWO_SUPPORT && half.quad.area() >= NO_STRIP * whole)
        .filter(|half| !half.uses_frame && contains(&best.quad, &half.quad))
        .collect();
    halves.iter().enumerate().find_map(|(i, one)| {
        halves[i + 1..].iter().find_map(|other| {
            let fill = one.quad.area() + other.quad.area() >= FILLED * whole;
            // Every corner around both is a corner of one.
            let corners = || one.quad.0.iter().chain(&other.quad.0);
            let near = |p: &Point| corners().any(|q| p.distance(*q) < CORNER_OFF * whole.sqrt());
            let apart = || one.quad.iou(&other.quad) < APART;
            (fill && best.quad.0.iter().all(near) && apart())
                .then(|| table_between(one, other, best.table, planes))
                .flatten()
        })
    })
}

/// The middle of the strip between two outlines, if the table is seen all along it.
fn table_between(one: &Scored, other: &Scored, table: [f32; 3], planes: &Planes) -> Option<Point> {
    let centre = |quad: &Quad| quad.0[0].lerp(quad.0[2], 0.5);
    let middle = |quad: &Quad, side: usize| quad.0[side].lerp(quad.0[(side + 1) % 4], 0.5);
    let towards = centre(&other.quad);
    let distance = |side: usize| middle(&one.quad, side).distance(towards);
    let side = (0..4).min_by(|a, b| distance(*a).total_cmp(&distance(*b)))?;
    // The other's side across from it runs the other way.
    let across = (side + 2) % 4;
    let between = |t: f64| {
        let here = one.quad.0[side].lerp(one.quad.0[(side + 1) % 4], t);
        let there = other.quad.0[(across + 1) % 4].lerp(other.quad.0[across], t);
        here.lerp(there, 0.5)
    };
    let shows = (0..PLACES).all(|place| {
        let p = between(0.05 + 0.9 * (place as f64 + 0.5) / PLACES as f64);
        let colour = planes.colour_at(p.x, p.y);
        let off = |from: [f32; 3]| norm(std::array::from_fn(|k| colour[k] - from[k]));
        let from_paper = off(one.paper).min(off(other.paper));
        from_paper > UNLIKE_PAPER && LIKE_TABLE * off(table) < from_paper
    });
    shows.then(|| between(0.5))
}
