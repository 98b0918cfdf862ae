//! Sizes of paper and cards, and how a page's true proportions are found from its outline.
//!
//! A flat rectangle seen in perspective keeps enough to tell its proportions: the vanishing points of its two
//! pairs of sides are at right angles in space, which gives the focal length (principal point assumed at the
//! picture's centre, square pixels; Zhang & He, "Whiteboard scanning and image enhancement", 2006). Absolute size
//! is not in the picture: it is assumed from the proportions, and says so.

use serde::{Deserialize, Serialize};

use crate::geometry::{Point, Quad};

/// How far, as a fraction of the ratio, measured proportions may be from a paper's to be taken for it.
pub const SNAP_TOLERANCE: f64 = 0.04;
/// Focal length assumed when the outline does not tell it, as a fraction of the picture's longer side:
/// between a phone's main camera (about 0.72) and a document camera (1.0 and more).
const TYPICAL_FOCAL: f64 = 0.85;

/// A known size of paper or card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperSize {
    /// ISO 216, 297 × 420 mm.
    A3,
    /// ISO 216, 210 × 297 mm.
    A4,
    /// ISO 216, 148 × 210 mm.
    A5,
    /// ISO/IEC 7810 ID-1, the citizen card and driving licence, 85.60 × 53.98 mm.
    Id1,
    /// A passport (ISO/IEC 7810 ID-3) open at two pages, 125 × 88 mm taken crosswise: 125 wide, 176 high.
    PassportOpen,
    /// One page of a passport, ISO/IEC 7810 ID-3, 125 × 88 mm.
    PassportPage,
    /// 8.5 × 11 in.
    Letter,
}

impl PaperSize {
    /// Shorter and longer side in millimetres.
    pub fn sides_mm(self) -> (f64, f64) {
        match self {
            Self::A3 => (297.0, 420.0),
            Self::A4 => (210.0, 297.0),
            Self::A5 => (148.0, 210.0),
            Self::Id1 => (53.98, 85.60),
            Self::PassportOpen => (125.0, 176.0),
            Self::PassportPage => (88.0, 125.0),
            Self::Letter => (215.9, 279.4),
        }
    }

    fn ratio(self) -> f64 {
        let (short, long) = self.sides_mm();
        long / short
    }

    /// The paper assumed from proportions alone. A3, A5 and passports have A4's shape, so only the officer can
    /// tell them; ID-1 and Letter have their own.
    pub fn from_ratio(long_over_short: f64) -> Option<Self> {
        [Self::A4, Self::Id1, Self::Letter]
            .into_iter()
            .map(|paper| (paper, (long_over_short / paper.ratio() - 1.0).abs()))
            .filter(|(_, off)| *off <= SNAP_TOLERANCE)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(paper, _)| paper)
    }
}

/// A page's size in millimetres, and the paper it was taken for, if any.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PageSize {
    /// Across, as the page is to be read.
    pub width_mm: f64,
    /// Down.
    pub height_mm: f64,
    /// The paper whose exact size this is; `None` when the proportions match none.
    pub snapped: Option<PaperSize>,
}

impl PageSize {
    /// The size for proportions `width / height`: exactly `told` when the officer named the paper; else the paper
    /// with those proportions; else the largest page of those proportions that fits in A4.
    pub fn from_ratio(width_over_height: f64, told: Option<PaperSize>) -> Self {
        let wide = width_over_height > 1.0;
        let ratio = if wide { width_over_height } else { 1.0 / width_over_height };
        let snapped = told.or_else(|| PaperSize::from_ratio(ratio));
        let (short, long) = match snapped {
            Some(paper) => paper.sides_mm(),
            None => {
                let (short, long) = PaperSize::A4.sides_mm();
                if ratio > long / short { (long / ratio, long) } else { (short, short * ratio) }
            }
        };
        let (width_mm, height_mm) = if wide { (long, short) } else { (short, long) };
        Self { width_mm, height_mm, snapped }
    }
}

/// True width over height of the flat rectangle seen as `quad` in a picture of `width` × `height` pixels.
pub fn true_ratio(quad: &Quad, width: usize, height: usize) -> f64 {
    let centre = Point::new((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    let scale = width.max(height) as f64;
    // Corners as rays with the longer side as unit of length: tl, tr, bl, br as in the paper's m1..m4.
    let ray = |p: Point| [(p.x - centre.x) / scale, (p.y - centre.y) / scale, 1.0];
    let [m1, m2, m4, m3] = quad.0.map(ray);
    let k2 = dot(cross(m1, m4), m3) / dot(cross(m2, m4), m3);
    let k3 = dot(cross(m1, m4), m2) / dot(cross(m3, m4), m2);
    let n2: [f64; 3] = std::array::from_fn(|i| k2 * m2[i] - m1[i]);
    let n3: [f64; 3] = std::array::from_fn(|i| k3 * m3[i] - m1[i]);
    // Near-parallel sides leave the focal length open, and then it hardly matters: take the typical one.
    let told = n2[2].abs() > 0.02 && n3[2].abs() > 0.02;
    let f2 = -(n2[0] * n3[0] + n2[1] * n3[1]) / (n2[2] * n3[2]);
    let f2 = if told && (0.25..9.0).contains(&f2) { f2 } else { TYPICAL_FOCAL * TYPICAL_FOCAL };
    let length = |n: [f64; 3]| ((n[0] * n[0] + n[1] * n[1]) / f2 + n[2] * n[2]).sqrt();
    let ratio = length(n2) / length(n3);
    if ratio.is_finite() && ratio > 0.0 { ratio.clamp(0.02, 50.0) } else { 1.0 }
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The outline of a `w` × `h` page tilted by `pitch` and `yaw` and turned by `roll` (radians), seen by a
    /// pinhole camera with focal length `f` × 4000 in a 4000 × 3000 picture.
    fn seen(w: f64, h: f64, pitch: f64, yaw: f64, roll: f64, f: f64) -> Quad {
        let corners = [(-w, -h), (w, -h), (w, h), (-w, h)];
        Quad(corners.map(|(x, y)| {
            let (x, y) = (x / 2.0, y / 2.0);
            let (x, y) = (x * roll.cos() - y * roll.sin(), x * roll.sin() + y * roll.cos());
            let (y, z) = (y * pitch.cos(), y * pitch.sin());
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let z = z + 1.6 * w.max(h) * f;
            Point::new(1999.5 + 4000.0 * f * x / z, 1499.5 + 4000.0 * f * y / z)
        }))
    }

    proptest! {
        #[test]
        fn proportions_are_exact_when_both_pairs_of_sides_converge(
            pitch in 0.2f64..0.5, yaw in 0.2f64..0.5, roll in -0.1f64..0.1, f in 0.6f64..1.5,
        ) {
            let ratio = true_ratio(&seen(210.0, 297.0, pitch, yaw, roll, f), 4000, 3000);
            prop_assert!((ratio / (210.0 / 297.0) - 1.0).abs() < 0.02, "{ratio}");
        }

        #[test]
        fn a_page_under_a_nearly_upright_camera_is_taken_for_a4(
            pitch in -0.12f64..0.12, yaw in -0.12f64..0.12, roll in -0.3f64..0.3, f in 0.7f64..1.2,
        ) {
            let ratio = true_ratio(&seen(210.0, 297.0, pitch, yaw, roll, f), 4000, 3000);
            prop_assert_eq!(PageSize::from_ratio(ratio, None).snapped, Some(PaperSize::A4), "{}", ratio);
        }
    }

    #[test]
    fn proportions_far_from_any_paper_are_kept_and_fit_a4() {
        let size = PageSize::from_ratio(2.0, None);
        assert_eq!(size, PageSize { width_mm: 297.0, height_mm: 148.5, snapped: None });
        let square = PageSize::from_ratio(1.0, None);
        assert_eq!((square.width_mm, square.height_mm), (210.0, 210.0));
    }

    #[test]
    fn a_card_is_known_by_its_shape_and_a_passport_only_when_told() {
        let card = PageSize::from_ratio(1.59, None);
        assert_eq!((card.width_mm, card.height_mm, card.snapped), (85.60, 53.98, Some(PaperSize::Id1)));
        assert_eq!(PageSize::from_ratio(1.42, None).snapped, Some(PaperSize::A4));
        let told = PageSize::from_ratio(1.42, Some(PaperSize::PassportPage));
        assert_eq!((told.width_mm, told.height_mm), (125.0, 88.0));
    }
}
