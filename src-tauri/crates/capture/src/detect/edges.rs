//! Thin edges with their direction and how much each is worth.
//!
//! Edges are looked for twice: with print closed away (paper against table), and as they are (a hair of shadow
//! between white paper and white table is closed away like print). An edge is worth little more for being
//! strong, since white on white is faint, and less for standing in a crowd, since wood, cloth and text are crowds.

use rayon::prelude::*;

use super::planes::{Plane, Planes};

/// A pixel on an edge.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) x: u16,
    pub(super) y: u16,
    /// Direction across the edge, degrees 0..180.
    pub(super) angle: f32,
    /// What it is worth, 0..1.
    pub(super) weight: f32,
}

/// All edge pixels, as a list and as a map.
pub(super) struct Edges {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) list: Vec<Edge>,
    /// 255 × weight at edge pixels, 0 elsewhere.
    pub(super) weight: Vec<u8>,
    /// Direction across the edge in degrees, 0..=179.
    pub(super) angle: Vec<u8>,
}

/// Brightness step (grey levels) at which an edge is worth half.
const HALF_WORTH: f32 = 7.0;
/// The faintest step ever taken for an edge.
const FAINTEST: f32 = 1.6;
/// Half the window in which a crowd is counted, pixels.
const CROWD_RADIUS: usize = 9;

impl Edges {
    pub(super) fn of(planes: &Planes) -> Self {
        let (width, height) = (planes.raw.width, planes.raw.height);
        let (closed, raw) = rayon::join(
            || thin(&[&planes.closed, &planes.blue_yellow, &planes.green_purple]),
            || thin(&[&planes.raw]),
        );
        let (closed_crowd, raw_crowd) =
            rayon::join(|| crowd(&closed, width, height), || crowd(&raw, width, height));
        let mut edges = Self {
            width,
            height,
            list: Vec::with_capacity(closed.len() + raw.len()),
            weight: vec![0; width * height],
            angle: vec![0; width * height],
        };
        for (found, crowd, trust) in [(closed, closed_crowd, 1.0), (raw, raw_crowd, 0.8)] {
            for (mut edge, crowd) in found.into_iter().zip(crowd) {
                let i = usize::from(edge.y) * width + usize::from(edge.x);
                edge.weight *= trust * crowd;
                let worth = (edge.weight * 255.0) as u8;
                if worth > edges.weight[i] {
                    edges.weight[i] = worth;
                    edges.angle[i] = (edge.angle as u8).min(179);
                    edges.list.push(edge);
                }
            }
        }
        edges
    }
}

/// Edge pixels where the steepest of the planes is steeper than its neighbours across the edge.
fn thin(planes: &[&Plane]) -> Vec<Edge> {
    let (w, h) = (planes[0].width, planes[0].height);
    // The steepest plane's slope at each pixel, right and down, in quarter grey levels; and its length in levels.
    let (mut right, mut down) = (vec![0i16; w * h], vec![0i16; w * h]);
    let mut steep = vec![0f32; w * h];
    let rows = right.par_chunks_mut(w).zip(down.par_chunks_mut(w)).zip(steep.par_chunks_mut(w));
    rows.enumerate().skip(1).take(h - 2).for_each(|(y, ((right, down), steep))| {
        let n = w - 2;
        let (right, down, steep) = (&mut right[1..=n], &mut down[1..=n], &mut steep[1..=n]);
        for plane in planes {
            slopes([y - 1, y, y + 1].map(|y| &plane.data[y * w..][..w]), right, down);
        }
        for ((steep, right), down) in steep.iter_mut().zip(right).zip(down) {
            let (gx, gy) = (f32::from(*right), f32::from(*down));
            *steep = (gx * gx + gy * gy).sqrt() / 4.0;
        }
    });
    let floor = (1.3 * median(&steep) + 0.8).clamp(FAINTEST, 10.0);
    (1..h - 1)
        .into_par_iter()
        .map(|y| {
            let mut found = Vec::new();
            for x in 1..w - 1 {
                let i = y * w + x;
                let here = steep[i];
                if here < floor {
                    continue;
                }
                let (gx, gy) = (f32::from(right[i]), f32::from(down[i]));
                let (dx, dy): (isize, isize) = if gx.abs() > 2.414 * gy.abs() {
                    (1, 0)
                } else if gy.abs() > 2.414 * gx.abs() {
                    (0, 1)
                } else if gx * gy > 0.0 {
                    (1, 1)
                } else {
                    (1, -1)
                };
                let step = dy * w as isize + dx;
                let (one, other) = (i.wrapping_add_signed(step), i.wrapping_add_signed(-step));
                if here > steep[one] && here >= steep[other] {
                    found.push(Edge {
                        x: x as u16,
                        y: y as u16,
                        angle: across_degrees(gx, gy),
                        weight: here / (here + HALF_WORTH),
                    });
                }
            }
            found
        })
        .flatten_iter()
        .collect()
}

/// The direction of a slope as degrees 0..180, to about 0.1°: a line's own fit is exact, the vote need not be.
fn across_degrees(gx: f32, gy: f32) -> f32 {
    let (x, y) = (gx.abs(), gy.abs());
    let t = x.min(y) / x.max(y).max(f32::MIN_POSITIVE);
    // Arc tangent on 0..1 (Rajan et al., 2006).
    let small = t * (45.0 - (t - 1.0) * (14.02 + 3.79 * t));
    let acute = if y > x { 90.0 - small } else { small };
    if gx * gy < 0.0 { (180.0 - acute) % 180.0 } else { acute }
}

/// The slopes of one row of a plane (Sobel) where they are steeper than what is there already. A function of its own,
/// so that the compiler knows the rows apart and takes many pixels at a time.
#[inline(never)]
fn slopes([above, here, below]: [&[u8]; 3], right: &mut [i16], down: &mut [i16]) {
    let n = right.len();
    let (al, am, ar) = (&above[..n], &above[1..=n], &above[2..n + 2]);
    let (bl, br) = (&here[..n], &here[2..n + 2]);
    let (cl, cm, cr) = (&below[..n], &below[1..=n], &below[2..n + 2]);
    let down = &mut down[..n];
    for x in 0..n {
        let at = |row: &[u8]| i16::from(row[x]);
        let gx = at(ar) + at(cr) - at(al) - at(cl) + 2 * (at(br) - at(bl));
        let gy = at(cl) + at(cr) - at(al) - at(ar) + 2 * (at(cm) - at(am));
        let steeper = gx.abs() + gy.abs() > right[x].abs() + down[x].abs();
        right[x] = if steeper { gx } else { right[x] };
        down[x] = if steeper { gy } else { down[x] };
    }
}

/// The median of every 16th value.
fn median(values: &[f32]) -> f32 {
    let mut some: Vec<f32> = values.iter().step_by(16).copied().collect();
    let middle = some.len() / 2;
    if some.is_empty() { 0.0 } else { *some.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// For each edge, what it is worth given how many others stand around it: 1 for a lone line.
fn crowd(edges: &[Edge], width: usize, height: usize) -> Vec<f32> {
    let stride = width + 1;
    let mut sums = vec![0u32; stride * (height + 1)];
    for edge in edges {
        sums[(usize::from(edge.y) + 1) * stride + usize::from(edge.x) + 1] = 1;
    }
    for y in 1..=height {
        let (above, here) = sums.split_at_mut(y * stride);
        let mut row = 0;
        for (sum, above) in here[..stride].iter_mut().zip(&above[(y - 1) * stride..]) {
            row += *sum;
            *sum = above + row;
        }
    }
    let r = CROWD_RADIUS;
    let worth = |edge: &Edge| {
        let (x, y) = (usize::from(edge.x), usize::from(edge.y));
        let (x0, x1) = (x.saturating_sub(r), (x + r + 1).min(width));
        let (y0, y1) = (y.saturating_sub(r), (y + r + 1).min(height));
        let count =
            sums[y1 * stride + x1] + sums[y0 * stride + x0] - sums[y0 * stride + x1] - sums[y1 * stride + x0];
        // One straight line across the window is 2r + 1 pixels.
        let lines = count as f32 / (2 * r + 1) as f32;
        (1.6 / lines.max(1.6)).sqrt()
    };
    edges.iter().map(worth).collect()
}

#[cfg(test)]
mod tests {
    use super::across_degrees;

    #[test]
    fn directions_are_right_to_a_fraction_of_a_degree() {
        for k in 0..720 {
            let angle = f64::from(k) * 0.5;
            let (gx, gy) = (angle.to_radians().cos() * 37.0, angle.to_radians().sin() * 37.0);
            let off = (f64::from(across_degrees(gx as f32, gy as f32)) - angle).rem_euclid(180.0);
            assert!(off.min(180.0 - off) < 0.15, "{angle}: {off}");
        }
    }
}
