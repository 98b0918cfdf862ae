//! The table's plane: from pixels to millimetres, by a sheet of known size that lay on it.

use serde::{Deserialize, Serialize};

use crate::geometry::{Homography, Quad};
use crate::lens::Lens;
use crate::page::source_dpi;

/// Where a sheet of known size was seen. Independent of resolution: live pictures and shots have different ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// The sheet's corners as fractions of the picture's width.
    sheet: Quad,
    /// Its size, millimetres across and down.
    size_mm: (f64, f64),
    /// Height of the picture by its width.
    shape: f64,
    /// The lens all this was seen through.
    #[serde(default)]
    lens: Lens,
}

impl Plane {
    /// The plane of a sheet seen as `quad` in a picture of `picture` pixels; `None` when that is no outline.
    pub fn of(quad: &Quad, size_mm: (f64, f64), picture: (usize, usize), lens: Lens) -> Option<Self> {
        let (width, height) = (picture.0.max(1) as f64, picture.1 as f64);
        let plane = Self { sheet: quad.scaled(1.0 / width), size_mm, shape: height / width, lens };
        plane.to_mm(picture.0).map(|_| plane)
    }

    /// Whether a picture of this size can be measured: same camera, same shape of picture.
    pub fn fits(&self, width: usize, height: usize) -> bool {
        (height as f64 / width.max(1) as f64 / self.shape - 1.0).abs() < 0.005
    }

    /// The true size of a paper outlined in a picture `width` pixels wide: millimetres across and down, each the mean
    /// of two opposite sides. `None` when the outline reaches beyond the horizon.
    pub fn size_mm(&self, outline: &Quad, width: usize) -> Option<(f64, f64)> {
        let to_mm = self.to_mm(width)?;
        let corners = self.straightened(outline, width).0.map(|p| to_mm.map(p));
        let [top, right, bottom, left] = Quad(corners).sides();
        let (across, down) = ((top + bottom) / 2.0, (left + right) / 2.0);
        (across.is_finite() && down.is_finite() && across > 1.0 && down > 1.0).then_some((across, down))
    }

    /// Pixels per inch of an outlined paper.
    pub fn dpi(&self, outline: &Quad, width: usize) -> Option<f64> {
        let seen = self.straightened(outline, width);
        self.size_mm(outline, width).map(|(across, down)| source_dpi(&seen, across, down))
    }

    /// Pixels per millimetre in the middle of the sheet, in a picture `width` pixels wide.
    pub fn px_per_mm(&self, width: usize) -> f64 {
        let (across, down) = self.size_mm;
        source_dpi(&self.straightened(&self.sheet.scaled(width as f64), width), across, down) / 25.4
    }

    /// The lens of the camera above it.
    pub fn lens(self) -> Lens {
        self.lens
    }

    /// An outline in a picture `width` pixels wide as a straight lens would have drawn it.
    fn straightened(&self, outline: &Quad, width: usize) -> Quad {
        let height = (width as f64 * self.shape).round() as usize;
        self.lens.over(width, height).straightened_outline(outline)
    }

    /// From pixels of a picture `width` pixels wide, as a straight lens would have drawn it.
    fn to_mm(self, width: usize) -> Option<Homography> {
        let (across, down) = self.size_mm;
        let sheet = self.straightened(&self.sheet.scaled(width as f64), width);
        Homography::rectangle_to(&sheet, across, down)?.inverse()
    }
}
