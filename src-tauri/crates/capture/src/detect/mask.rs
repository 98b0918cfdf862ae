//! What in a picture is known not to be the table, as evidence for outlines: areas of cells that differ from the empty mat.
//!
//! Coarse (about 128 cells across) and certain, where edges are fine and doubtful: an area proposes the four lines along its
//! border, and says of any outline how well the two agree. Where exactly a side runs is left to the picture's edges.

mod sides;

use crate::geometry::{Point, Quad};

/// The rim of the picture, cells: papers seldom lie there.
pub(crate) const RIM: usize = 6;
/// A difference is taken for one from this many grey levels on, …
const LEAST: f64 = 4.0;
/// … and, above what is left of the rim itself (exposure, noise), from these on: `2 + 2.5 × rim`, …
const ABOVE_RIM: (f64, f64) = (2.0, 2.5);
/// … but what differs by this much differs on any mat.
const MOST: f64 = 26.0;
/// Of what is connected, cells that differ by less than this part of what most of it does are shadow or half covered.
const HALO: f64 = 0.25;
/// Areas of less than this share of the picture are no papers.
const LEAST_SHARE: f64 = 0.005;
/// The most areas looked at.
const MOST_AREAS: usize = 12;
/// Cells nearer to an outline than this may be half paper.
const SLACK: f64 = 1.0;
/// An outline that agrees less with its area is doubted.
pub(super) const AGREES: f32 = 0.85;

/// What in a picture differs from the empty mat.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Cells across.
    pub(crate) width: usize,
    /// Cells down.
    pub(crate) height: usize,
    /// Difference in grey levels, exposure apart; row by row.
    pub(crate) level: Vec<u8>,
    /// Where the difference may be a shadow on the mat: it speaks neither for paper nor against it.
    shaded: Vec<bool>,
    /// Number of the area each cell belongs to, from 1; 0 for the mat. What an area encloses belongs to it.
    area: Vec<u8>,
    /// The outline that fits each area best, in cells, where one does.
    outlines: Vec<Option<Quad>>,
}

impl Mask {
    /// The areas in these differences of `width` × `height` cells.
    pub(crate) fn of(width: usize, height: usize, level: Vec<u8>, shaded: Vec<bool>) -> Self {
        let floor = floor(width, height, &level);
        let lit = level.iter().zip(&shaded).map(|(level, shaded)| f64::from(*level) >= floor && !shaded);
        let seen: Vec<bool> = lit.collect();
        let (connected, count) = connected(width, height, &seen);
        let least = halo_apart(&level, &connected, count, floor);
        let seen: Vec<bool> = (0..level.len())
            .map(|i| connected[i] > 0 && f64::from(level[i]) >= least[connected[i] - 1])
            .collect();
        let area = areas(width, height, &opened(width, height, &seen));
        let mut mask = Self { width, height, level, shaded, area, outlines: Vec::new() };
        let areas = mask.area.iter().copied().max().unwrap_or(0);
        mask.outlines = (1..=areas).map(|area| mask.fitted(area)).collect();
        mask
    }

    /// Outlines of areas that are papers by their shape, in pixels of a picture `width` pixels wide.
    pub(crate) fn outlines(&self, width: usize) -> impl Iterator<Item = Quad> {
        let (pixels, half) = (width as f64 / self.width as f64, Point::new(0.5, 0.5));
        let place = move |p: Point| Point::new(p.x * pixels - half.x, p.y * pixels - half.y);
        self.outlines.iter().flatten().map(move |quad| Quad(quad.0.map(place)))
    }

    /// How well an outline, in pixels of a picture `width` pixels wide, agrees with the area it holds most of, 0..1: less
    /// for what of the area lies outside, and for mat inside that is not merely in shadow.
    pub(super) fn agreement(&self, outline: &Quad, width: usize) -> f32 {
        self.agreement_of(&self.in_cells(outline, width))
    }

    /// The part of an outline's own area, 0.., that differs from the mat outside all of these outlines.
    pub(super) fn left_out(&self, outline: &Quad, all: &[Quad], width: usize) -> f32 {
        let all: Vec<Quad> = all.iter().map(|quad| self.in_cells(quad, width)).collect();
        let left = self.count(|i, at| self.area[i] > 0 && !all.iter().any(|quad| quad.holds(at, SLACK)));
        (left as f64 / self.in_cells(outline, width).area().max(1.0)) as f32
    }

    /// The share of the cells beside these outlines (pixels of a picture `width` pixels wide) that differ by `least` grey
    /// levels or more, 0..1.
    pub(crate) fn share_beside(&self, outlines: &[Quad], width: usize, least: u8) -> f64 {
        const NEAR: f64 = 2.5;
        let outlines: Vec<Quad> = outlines.iter().map(|quad| self.in_cells(quad, width)).collect();
        let beside = |at: Point| !outlines.iter().any(|quad| quad.holds(at, NEAR));
        let different = self.count(|i, at| self.level[i] >= least && beside(at));
        different as f64 / self.count(|_, at| beside(at)).max(1) as f64
    }

    fn count(&self, counts: impl Fn(usize, Point) -> bool) -> usize {
        let at = |i: usize| Point::new((i % self.width) as f64 + 0.5, (i / self.width) as f64 + 0.5);
        (0..self.level.len()).filter(|i| counts(*i, at(*i))).count()
    }

    /// From pixels, whose centres are whole, to cells, whose corners are.
    fn in_cells(&self, outline: &Quad, width: usize) -> Quad {
        let cells = self.width as f64 / width.max(1) as f64;
        Quad(outline.0.map(|p| Point::new((p.x + 0.5) * cells, (p.y + 0.5) * cells)))
    }

    fn agreement_of(&self, outline: &Quad) -> f32 {
        let mut inside = [0u32; MOST_AREAS + 1];
        let mut well_inside = [0u32; MOST_AREAS + 1];
        let mut near = [0u32; MOST_AREAS + 1];
        let mut shaded = 0;
        for y in 0..self.height {
            let row = &self.area[y * self.width..][..self.width];
            for (counts, margin) in [(&mut inside, 0.0), (&mut well_inside, -SLACK), (&mut near, SLACK)] {
                for area in &row[self.covered(outline, margin, y)] {
                    counts[usize::from(*area)] += 1;
                }
            }
            let well = self.covered(outline, -SLACK, y);
            let row = y * self.width;
            shaded += well.filter(|x| self.shaded[row + x] && self.area[row + x] == 0).count() as u32;
        }
        let Some(area) = (1..=MOST_AREAS).max_by_key(|area| inside[*area]).filter(|area| inside[*area] > 0)
        else {
            return 0.0;
        };
        let whole = self.area.iter().filter(|one| usize::from(**one) == area).count() as u32;
        let outside = whole - near[area];
        let mat = well_inside.iter().sum::<u32>() - well_inside[area] - shaded;
        let either = inside.iter().sum::<u32>() + outside;
        1.0 - (outside + mat) as f32 / either.max(1) as f32
    }

    /// The cells of row `y` whose middle lies inside the outline, or outside by less than `margin`.
    fn covered(&self, outline: &Quad, margin: f64, y: usize) -> std::ops::Range<usize> {
        let (mut low, mut high) = (0.0, self.width as f64);
        for k in 0..4 {
            let (a, b) = (outline.0[k], outline.0[(k + 1) % 4]);
            // As in [`Quad::holds`]: at + slope · x ≥ 0.
            let slope = a.y - b.y;
            let at = (b.x - a.x) * (y as f64 + 0.5 - a.y) + (b.y - a.y) * a.x + margin * a.distance(b);
            if slope > 1e-9 {
                low = f64::max(low, -at / slope);
            } else if slope < -1e-9 {
                high = f64::min(high, -at / slope);
            } else if at < 0.0 {
                return 0..0;
            }
        }
        let cell = |v: f64| ((v - 0.5).ceil().max(0.0) as usize).min(self.width);
        cell(low)..cell(high).max(cell(low))
    }
}

/// From how many grey levels on a cell differs.
fn floor(width: usize, height: usize, level: &[u8]) -> f64 {
    let is_rim = |i: &usize| {
        let (x, y) = (i % width, i / width);
        x < RIM || y < RIM || x + RIM >= width || y + RIM >= height
    };
    let mut rim: Vec<u8> = (0..level.len()).filter(is_rim).map(|i| level[i]).collect();
    if rim.is_empty() {
        return MOST;
    }
    let at = rim.len() * 2 / 5;
    let quiet = f64::from(*rim.select_nth_unstable(at).1);
    (ABOVE_RIM.0 + ABOVE_RIM.1 * quiet).clamp(LEAST, MOST)
}

/// For each connected set, from how many levels on its cells belong to it.
fn halo_apart(level: &[u8], connected: &[usize], count: usize, floor: f64) -> Vec<f64> {
    let mut levels = vec![Vec::new(); count];
    for (level, set) in level.iter().zip(connected).filter(|(_, set)| **set > 0) {
        levels[set - 1].push(*level);
    }
    let typical = |mut levels: Vec<u8>| {
        let middle = levels.len() / 2;
        f64::from(*levels.select_nth_unstable(middle).1)
    };
    levels.into_iter().map(|levels| floor.max(HALO * typical(levels))).collect()
}

/// The number of the connected set each cell belongs to, from 1, and how many there are.
fn connected(width: usize, height: usize, seen: &[bool]) -> (Vec<usize>, usize) {
    let (mut set, mut count, mut open) = (vec![0; seen.len()], 0, Vec::new());
    for start in 0..seen.len() {
        if !seen[start] || set[start] > 0 {
            continue;
        }
        count += 1;
        set[start] = count;
        open.push(start);
        while let Some(i) = open.pop() {
            for j in neighbours(i, width, height).into_iter().flatten() {
                if seen[j] && set[j] == 0 {
                    set[j] = count;
                    open.push(j);
                }
            }
        }
    }
    (set, count)
}

/// The cells left, right, above and below.
fn neighbours(i: usize, width: usize, height: usize) -> [Option<usize>; 4] {
    let (x, y) = (i % width, i / width);
    [
        (x > 0).then(|| i - 1),
        (x + 1 < width).then_some(i + 1),
        (y > 0).then(|| i - width),
        (y + 1 < height).then_some(i + width),
    ]
}

/// Without what is thinner than three cells (pens, strings, printed lines of a mat that was moved a little).
fn opened(width: usize, height: usize, seen: &[bool]) -> Vec<bool> {
    let square = |cells: &[bool], all: bool| -> Vec<bool> {
        let around = |x: usize, y: usize| {
            let rows = y.saturating_sub(1)..=(y + 1).min(height - 1);
            rows.flat_map(move |y| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |x| y * width + x))
        };
        let is_set = |i: usize| {
            let mut near = around(i % width, i / width);
            if all { near.all(|j| cells[j]) } else { near.any(|j| cells[j]) }
        };
        (0..cells.len()).map(is_set).collect()
    };
    square(&square(seen, true), false)
}

/// The largest connected areas with what they enclose, numbered from 1.
fn areas(width: usize, height: usize, seen: &[bool]) -> Vec<u8> {
    let (set, count) = connected(width, height, seen);
    let mut sizes = vec![0usize; count];
    set.iter().filter(|set| **set > 0).for_each(|set| sizes[set - 1] += 1);
    let mut order: Vec<usize> = (0..count).collect();
    order.retain(|one| sizes[*one] as f64 >= LEAST_SHARE * seen.len() as f64);
    order.sort_by_key(|one| std::cmp::Reverse(sizes[*one]));
    order.truncate(MOST_AREAS);
    let mut number = vec![0u8; count + 1];
    for (k, one) in order.into_iter().enumerate() {
        number[one + 1] = k as u8 + 1;
    }
    let mut area: Vec<u8> = set.into_iter().map(|set| number[set]).collect();
    // What the rim of the picture is not connected with is enclosed: it belongs to what lies before it.
    let mat: Vec<bool> = area.iter().map(|area| *area == 0).collect();
    let (mat, count) = connected(width, height, &mat);
    let mut open = vec![false; count + 1];
    for i in 0..area.len() {
        if neighbours(i, width, height).contains(&None) {
            open[mat[i]] = true;
        }
    }
    for i in 0..area.len() {
        if mat[i] > 0 && !open[mat[i]] && i > 0 {
            area[i] = area[i - 1];
        }
    }
    area
}
