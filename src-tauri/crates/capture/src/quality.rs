//! Whether a shot is good enough to stand for its original, with the number behind every objection.
//!
//! Nothing is improved here, only measured. Sharpness is the width of the sharpest edges in millimetres of paper:
//! independent of how contrasty or how finely photographed the page is. Glare is one connected burnt-out area, not
//! white paper; darkness is the level of the paper itself. Resolution (NĐ 30/2020, Appendix I: 200 dpi) refuses where
//! the size of the paper is known; the rest asks for a person's eye, since a certified copy must show the original as
//! it is, worn and pale ones too. See [`Gate`].

use serde::{Deserialize, Serialize};

use crate::detect::{Detection, Warning};
use crate::geometry::{Homography, Point, Quad};
use crate::page::{LEGAL_FLOOR_DPI, WARN_BELOW_DPI};
use crate::paper::{PaperSize, true_ratio};
use crate::picture::Picture;

/// Edges wider than this on paper make small print hard to read, millimetres (strokes of 12-point print are 0.3).
pub const BLURRED_MM: f64 = 0.45;
/// A camera's own sharpness: an edge narrower than this in pixels is never called blurred.
const SHARP_PX: f64 = 2.8;
/// A burnt-out area larger than this share of the page hides what is printed there.
pub const GLARE_SHARE: f64 = 0.004;
/// Paper darker than this (0–255) loses its pale stamps in noise.
pub const DARK_LEVEL: f64 = 90.0;
/// A covered part of the page larger than this share is told.
pub const COVERED_SHARE: f64 = 0.004;

/// Side of the square the page is sampled to, pixels.
const GRID: usize = 192;
/// Edges with a smaller step than this are noise (grey levels).
const LEAST_STEP: i32 = 28;
/// Fewer edges than this say nothing about sharpness.
const LEAST_EDGES: usize = 60;

/// How the size of a paper in millimetres, and so its resolution, is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// A scanner or a calibrated stand measured it, or an officer named the paper.
    Known,
    /// The outline has the proportions of a standard paper, and was taken for it.
    Recognised,
    /// Nothing tells it: the largest page of these proportions that A4 holds is assumed. A smaller paper is finer.
    Assumed,
}

/// What a shot may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It may stand for its original.
    Open,
    /// Only after a person has looked at what is objected to.
    Eye,
    /// No certified copy may be made of it: fewer than 200 pixels per inch of paper (NĐ 30/2020, Appendix I).
    Shut,
}

/// Numbers about one shot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Pixels of the photograph per inch of paper.
    pub dpi: Option<f64>,
    /// How that is known.
    pub scale: Scale,
    /// Width of the sharpest edges, pixels; `None` where there is no print to tell it by.
    pub edge_px: Option<f64>,
    /// The same in millimetres of paper.
    pub edge_mm: Option<f64>,
    /// Share of the page in its largest burnt-out area, 0..1.
    pub glare: f64,
    /// Level of the paper: nine tenths of the page are darker, 0–255.
    pub paper_level: f64,
    /// Share of the page under a hand that reaches in from outside, 0..1.
    pub covered: f64,
}

/// One objection: what, how much, and where the bar is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What is wrong.
    pub code: Warning,
    /// What was measured.
    pub value: f64,
    /// What it should have been, at least or at most.
    pub bar: f64,
}

impl Quality {
    /// Measures the page that `found` outlines in `picture` (the whole picture if there is no outline).
    pub fn of(picture: &Picture, found: &Detection) -> Self {
        let outline = found.quad.filter(|_| !found.is_all_page());
        let recognised = outline.is_some_and(|quad| {
            let ratio = true_ratio(&quad, picture.width, picture.height);
            PaperSize::from_ratio(ratio.max(1.0 / ratio)).is_some()
        });
        let scale = if recognised { Scale::Recognised } else { Scale::Assumed };
        Self::measured(picture, outline, found.dpi, scale)
    }

    /// Measures the page within `outline` (the whole picture without one), whose resolution is worked out elsewhere.
    pub fn measured(picture: &Picture, outline: Option<Quad>, dpi: Option<f64>, scale: Scale) -> Self {
        let quad = outline.unwrap_or_else(|| Quad::whole(picture.width, picture.height));
        let edge_px = edge_width(picture, &quad);
        let page = Sampled::of(picture, &quad);
        Self {
            dpi,
            scale,
            edge_px,
            edge_mm: edge_px.zip(dpi).map(|(px, dpi)| px / dpi * 25.4),
            glare: page.glare(),
            paper_level: page.paper_level(),
            covered: if outline.is_some() { page.covered() } else { 0.0 },
        }
    }

    /// What is wrong, with numbers, the gravest first.
    pub fn reasons(&self) -> Vec<Reason> {
        let reason = |code, value: f64, bar| Reason { code, value: (value * 1e4).round() / 1e4, bar };
        let blurred = |&mm: &f64| mm > BLURRED_MM && self.edge_px.is_some_and(|px| px > SHARP_PX);
        [
            self.dpi
                .filter(|dpi| *dpi < LEGAL_FLOOR_DPI)
                .map(|dpi| reason(Warning::BelowLegalFloor, dpi, LEGAL_FLOOR_DPI)),
            self.dpi
                .filter(|dpi| (LEGAL_FLOOR_DPI..WARN_BELOW_DPI).contains(dpi))
                .map(|dpi| reason(Warning::ThinResolution, dpi, WARN_BELOW_DPI)),
            self.edge_mm.filter(blurred).map(|mm| reason(Warning::Blurred, mm, BLURRED_MM)),
            (self.glare > GLARE_SHARE).then(|| reason(Warning::Glare, self.glare, GLARE_SHARE)),
            (self.paper_level < DARK_LEVEL).then(|| reason(Warning::TooDark, self.paper_level, DARK_LEVEL)),
            (self.covered > COVERED_SHARE)
                .then(|| reason(Warning::HandOverPage, self.covered, COVERED_SHARE)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What the shot may be used for. That print will look thin (under 250 dpi) is told and needs no answer.
    pub fn gate(&self) -> Gate {
        let reasons = self.reasons();
        let shut = |reason: &Reason| reason.code == Warning::BelowLegalFloor && self.scale != Scale::Assumed;
        if reasons.iter().any(shut) {
            Gate::Shut
        } else if reasons.iter().any(|reason| reason.code != Warning::ThinResolution) {
            Gate::Eye
        } else {
            Gate::Open
        }
    }
}

/// The width in pixels of the sharpest fifth of the steps met along rows and columns of the page: height of a step by
/// its steepest pixel. A perfect step is 1 wide, a good camera's about 2.
fn edge_width(picture: &Picture, quad: &Quad) -> Option<f64> {
    let bounds = |of: fn(&Point) -> f64, size: usize| {
        let low = quad.0.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = quad.0.iter().map(of).fold(0.0, f64::max);
        let margin = 0.04 * (high - low);
        let inside = |v: f64| v.clamp(0.0, size as f64 - 1.0) as usize;
        (inside(low + margin), inside(high - margin))
    };
    let (left, right) = bounds(|p| p.x, picture.width);
    let (top, bottom) = bounds(|p| p.y, picture.height);
    let mut widths: Vec<f64> = Vec::new();
    let level = |x: usize, y: usize| {
        let i = 3 * (y * picture.width + x);
        let rgb = &picture.rgb8[i..i + 3];
        (i32::from(rgb[0]) + 2 * i32::from(rgb[1]) + i32::from(rgb[2])) >> 2
    };
    // About a hundred rows and a hundred columns, whatever the resolution.
    for y in (top..bottom).step_by(((bottom - top) / 100).max(1)) {
        steps((left..right).map(|x| level(x, y)), &mut widths);
    }
    for x in (left..right).step_by(((right - left) / 100).max(1)) {
        steps((top..bottom).map(|y| level(x, y)), &mut widths);
    }
    if widths.len() < LEAST_EDGES {
        return None;
    }
    let fifth = widths.len() / 5;
    Some(*widths.select_nth_unstable_by(fifth, f64::total_cmp).1)
}

/// The width of every rise and fall of a row of levels that is high enough.
fn steps(levels: impl Iterator<Item = i32>, widths: &mut Vec<f64>) {
    let (mut height, mut steepest) = (0i32, 0i32);
    let mut last = None;
    for level in levels {
        let step = last.map_or(0, |last| level - last);
        last = Some(level);
        if step.signum() * height.signum() < 0 || step == 0 {
            if height.abs() >= LEAST_STEP && steepest > 0 {
                widths.push(f64::from(height.abs()) / f64::from(steepest));
            }
            (height, steepest) = (0, 0);
        }
        height += step;
        steepest = steepest.max(step.abs());
    }
}

/// The page at a glance: [`GRID`] × [`GRID`] samples and one cell of what lies around it.
struct Sampled {
    /// Row by row, (GRID + 2)²; the border is outside the page.
    rgb: Vec<[u8; 3]>,
}

const SIDE: usize = GRID + 2;

impl Sampled {
    fn of(picture: &Picture, quad: &Quad) -> Self {
        let map = Homography::rectangle_to(quad, GRID as f64, GRID as f64);
        let mut rgb = Vec::with_capacity(SIDE * SIDE);
        for y in 0..SIDE {
            for x in 0..SIDE {
                // The border is taken a little further out, clear of the paper's own edge.
                let at = |k: usize| match k {
                    0 => -2.5,
                    k if k == SIDE - 1 => GRID as f64 + 2.5,
                    k => k as f64 - 0.5,
                };
                let p = map.map_or(Point::new(0.0, 0.0), |map| map.map(Point::new(at(x), at(y))));
                rgb.push(picture.at(p.x.round() as isize, p.y.round() as isize));
            }
        }
        Self { rgb }
    }

    fn inside() -> impl Iterator<Item = usize> {
        (1..=GRID).flat_map(|y| (1..=GRID).map(move |x| y * SIDE + x))
    }

    fn paper_level(&self) -> f64 {
        let mut levels: Vec<u8> = Self::inside().map(|i| level(self.rgb[i])).collect();
        let nine_tenths = levels.len() * 9 / 10;
        f64::from(*levels.select_nth_unstable(nine_tenths).1)
    }

    /// The largest connected burnt-out area; none where the paper itself is as bright nearly everywhere.
    fn glare(&self) -> f64 {
        let burnt: Vec<bool> = self.rgb.iter().map(|rgb| rgb.iter().all(|v| *v >= 252)).collect();
        let share = largest(&burnt, |_| true);
        let mut levels: Vec<u8> = Self::inside().map(|i| level(self.rgb[i])).collect();
        let middle = levels.len() / 2;
        let median = *levels.select_nth_unstable(middle).1;
        // A white page exposed to the brim is no reflection: that needs paper that is clearly darker.
        if median >= 243 { 0.0 } else { share }
    }

    /// The largest skin-coloured area that reaches in over one side, away from the corners, and is skin outside too.
    fn covered(&self) -> f64 {
        let skin: Vec<bool> = self.rgb.iter().map(|rgb| is_skin(*rgb)).collect();
        let rim: Vec<usize> =
            (0..SIDE).flat_map(|k| [k, (SIDE - 1) * SIDE + k, k * SIDE, k * SIDE + SIDE - 1]).collect();
        // A table of skin's colour (wood) lies all around: nothing can be told then.
        let around = rim.iter().filter(|i| skin[**i]).count();
        if around * 100 > rim.len() * 45 {
            return 0.0;
        }
        let near = GRID / 12;
        let at_corner = |i: usize| {
            let (x, y) = (i % SIDE, i / SIDE);
            (x < near || x + near >= SIDE) && (y < near || y + near >= SIDE)
        };
        largest(&skin, |cells| {
            let outside = cells.iter().filter(|i| is_rim(**i) && !at_corner(**i)).count();
            outside >= 3
        })
    }
}

fn is_rim(i: usize) -> bool {
    let (x, y) = (i % SIDE, i / SIDE);
    x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1
}

fn level(rgb: [u8; 3]) -> u8 {
    ((u16::from(rgb[0]) + 2 * u16::from(rgb[1]) + u16::from(rgb[2])) >> 2) as u8
}

/// Skin of any shade has much the same hue: redder than green, greener than blue, neither pale nor glaring.
fn is_skin([r, g, b]: [u8; 3]) -> bool {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let cr = 128 + (128 * r - 107 * g - 21 * b) / 256;
    let cb = 128 + (-43 * r - 85 * g + 128 * b) / 256;
    (140..178).contains(&cr) && (85..125).contains(&cb) && r > 60 && r - g > 18
}

/// The largest connected area of set cells that `counts`, as a share of the page; cells of the rim join but do not
/// count.
fn largest(set: &[bool], counts: impl Fn(&[usize]) -> bool) -> f64 {
    let mut seen = vec![false; set.len()];
    let mut best = 0;
    let mut cells = Vec::new();
    for start in 0..set.len() {
        if !set[start] || seen[start] {
            continue;
        }
        cells.clear();
        cells.push(start);
        seen[start] = true;
        let mut next = 0;
        while let Some(&i) = cells.get(next) {
            next += 1;
            let x = i % SIDE;
            let neighbours = [
                (x > 0).then(|| i - 1),
                (x + 1 < SIDE).then_some(i + 1),
                i.checked_sub(SIDE),
                (i + SIDE < set.len()).then_some(i + SIDE),
            ];
            for n in neighbours.into_iter().flatten() {
                if set[n] && !seen[n] {
                    seen[n] = true;
                    cells.push(n);
                }
            }
        }
        if counts(&cells) {
            best = best.max(cells.iter().filter(|i| !is_rim(**i)).count());
        }
    }
    best as f64 / (GRID * GRID) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Quad = Quad([
        Point::new(100.0, 80.0),
        Point::new(900.0, 80.0),
        Point::new(900.0, 1180.0),
        Point::new(100.0, 1180.0),
    ]);

    /// A page of print on a grey desk; edges of print are `soft` pixels wide, and `paint` has the last word.
    fn shot(soft: f64, paint: impl Fn(f64, f64) -> Option<[u8; 3]>) -> Picture {
        let (w, h) = (1000usize, 1260usize);
        let mut rgb8 = Vec::with_capacity(3 * w * h);
        for y in 0..h {
            for x in 0..w {
                let (fx, fy) = (x as f64, y as f64);
                let on = (100.0..900.0).contains(&fx) && (80.0..1180.0).contains(&fy);
                // Upright strokes 12 pixels wide, 24 apart, with ramps instead of steps.
                let phase = (fx - 150.0).rem_euclid(24.0);
                let ink = ((6.0 - (phase - 12.0).abs()) / soft + 0.5).clamp(0.0, 1.0);
                let print = (150.0..850.0).contains(&fx) && (150.0..1100.0).contains(&fy);
                let paper = 225.0 - if print { 180.0 * ink } else { 0.0 };
                let value = if on { paper } else { 120.0 };
                rgb8.extend(paint(fx, fy).unwrap_or([value as u8; 3]));
            }
        }
        Picture::new(w, h, rgb8).unwrap()
    }

    fn found(dpi: f64) -> Detection {
        Detection { quad: Some(PAGE), confidence: 0.9, dpi: Some(dpi), warnings: Vec::new() }
    }

    fn codes(picture: &Picture, dpi: f64) -> Vec<Warning> {
        Quality::of(picture, &found(dpi)).reasons().iter().map(|reason| reason.code).collect()
    }

    #[test]
    fn a_sharp_well_lit_page_at_300_dpi_has_no_objection_and_may_be_certified() {
        let picture = shot(1.5, |_, _| None);
        assert_eq!(codes(&picture, 300.0), []);
        assert_eq!(Quality::of(&picture, &found(300.0)).gate(), Gate::Open);
    }

    fn gate(dpi: f64, scale: Scale) -> Gate {
        Quality::measured(&shot(1.5, |_, _| None), Some(PAGE), Some(dpi), scale).gate()
    }

    #[test]
    fn under_the_floor_a_page_of_known_size_is_refused_and_one_of_unknown_size_wants_an_eye() {
        for scale in [Scale::Known, Scale::Recognised] {
            assert_eq!(gate(199.9, scale), Gate::Shut);
        }
        assert_eq!(gate(199.9, Scale::Assumed), Gate::Eye);
        for scale in [Scale::Known, Scale::Recognised, Scale::Assumed] {
            assert_eq!(gate(200.0, scale), Gate::Open);
        }
    }

    #[test]
    fn a_paper_is_recognised_by_its_proportions_and_a_whole_picture_never_is() {
        let picture = shot(1.5, |_, _| None);
        let scale = |quad, warnings: &[Warning]| {
            let found = Detection { quad: Some(quad), warnings: warnings.to_vec(), ..found(300.0) };
            Quality::of(&picture, &found).scale
        };
        let mut square = PAGE;
        (square.0[2].y, square.0[3].y) = (880.0, 880.0);
        assert_eq!(scale(square, &[]), Scale::Assumed);
        let mut a4 = PAGE;
        (a4.0[2].y, a4.0[3].y) = (80.0 + 800.0 * 2f64.sqrt(), 80.0 + 800.0 * 2f64.sqrt());
        assert_eq!(scale(a4, &[]), Scale::Recognised);
        assert_eq!(scale(a4, &[Warning::NoBackground]), Scale::Assumed);
    }

    #[test]
    fn what_hides_or_dims_the_page_wants_an_eye() {
        let spot = |x: f64, y: f64| ((x - 500.0).hypot(y - 600.0) < 60.0).then_some([255; 3]);
        for picture in [shot(7.0, |_, _| None), shot(1.5, spot)] {
            assert_eq!(Quality::of(&picture, &found(300.0)).gate(), Gate::Eye);
        }
    }

    #[test]
    fn the_legal_floor_is_200_dpi_and_the_number_is_told() {
        let quality = Quality::of(&shot(1.5, |_, _| None), &found(199.9));
        assert_eq!(
            quality.reasons(),
            [Reason { code: Warning::BelowLegalFloor, value: 199.9, bar: LEGAL_FLOOR_DPI }]
        );
        assert_eq!(codes(&shot(1.5, |_, _| None), 200.0), [Warning::ThinResolution]);
    }

    #[test]
    fn blur_is_judged_on_paper_not_in_pixels() {
        let soft = shot(7.0, |_, _| None);
        // 7 pixels are 0.59 mm at 300 dpi and 0.30 mm at 600.
        assert_eq!(codes(&soft, 300.0), [Warning::Blurred]);
        assert_eq!(codes(&soft, 600.0), []);
        // Pale print is as sharp as black print.
        let pale = Picture { rgb8: soft.rgb8.iter().map(|v| 150 + v / 3).collect(), ..soft };
        let edge = Quality::of(&pale, &found(300.0)).edge_px.unwrap();
        assert!((5.5..8.0).contains(&edge), "{edge}");
    }

    #[test]
    fn a_burnt_out_spot_is_glare_and_white_paper_is_not() {
        let spot = |x: f64, y: f64| ((x - 500.0).hypot(y - 600.0) < 60.0).then_some([255; 3]);
        assert_eq!(codes(&shot(1.5, spot), 300.0), [Warning::Glare]);
        let overexposed = Picture {
            rgb8: shot(1.5, |_, _| None).rgb8.iter().map(|v| v.saturating_add(40)).collect(),
            ..shot(1.5, |_, _| None)
        };
        assert_eq!(codes(&overexposed, 300.0), []);
    }

    #[test]
    fn a_dark_picture_is_told_to_be_dark() {
        let bright = shot(1.5, |_, _| None);
        let dark = Picture { rgb8: bright.rgb8.iter().map(|v| v / 4).collect(), ..bright };
        assert!(codes(&dark, 300.0).contains(&Warning::TooDark));
    }

    #[test]
    fn a_hand_reaching_in_is_told_and_a_stamp_or_a_wooden_desk_is_not() {
        let skin = [205, 150, 125];
        let hand = |x: f64, y: f64| (x < 260.0 && (500.0..640.0).contains(&y)).then_some(skin);
        assert_eq!(codes(&shot(1.5, hand), 300.0), [Warning::HandOverPage]);
        let stamp = |x: f64, y: f64| ((x - 500.0).hypot(y - 600.0) < 90.0).then_some(skin);
        assert_eq!(codes(&shot(1.5, stamp), 300.0), []);
        let desk = |x: f64, y: f64| {
            let off = !(100.0..900.0).contains(&x) || !(80.0..1180.0).contains(&y);
            (off || x - 100.0 + y - 80.0 < 120.0).then_some(skin)
        };
        assert_eq!(codes(&shot(1.5, desk), 300.0), []);
    }

    #[test]
    fn a_blank_page_says_nothing_about_sharpness() {
        let blank = shot(1.5, |_, _| Some([230; 3]));
        assert_eq!(Quality::of(&blank, &found(300.0)).edge_px, None);
    }
}
