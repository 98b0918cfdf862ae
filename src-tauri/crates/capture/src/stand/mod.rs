//! A camera on its stand, measured once: the empty mat, an A4 sheet on it, and, if wished, white paper all over.
//!
//! From then on the size of a paper on the mat is measured, not guessed from its proportions; what is not mat can be told
//! from the mat ([`Mat::difference`]); and a camera or mat that was moved is noticed ([`Stand::has_moved`]). Nothing of a page
//! is changed by it: how evenly the light falls is only told.
//!
//! Known limits. The lens is taken as straight: a page lies about where the sheet lay, so that what a usual lens bends
//! nearly cancels out (sizes stay within 1.5 % under 1 % of barrel distortion, a test says). A thick book lies nearer to
//! the camera than the mat and is measured too large by its height over the camera's. A camera moved above a mat without
//! any mark is not noticed.

mod light;
mod mat;
mod plane;

pub use light::Light;
pub use mat::{Mask, Mat};
pub use plane::Plane;

use serde::{Deserialize, Serialize};

use crate::detect::detect;
use crate::geometry::Quad;
use crate::paper::{PaperSize, true_ratio};
use crate::picture::Picture;

/// More than this share of what lies beside the paper differs from the mat: camera or mat was moved.
const MOVED_SHARE: f64 = 0.3;
/// How far the sheet's proportions may be from A4's, as a fraction.
const A4_TOLERANCE: f64 = 0.03;
/// The sheet must cover this share of the picture to be measured well.
const SHEET_SHARE: f64 = 0.12;

/// Why a step of measuring was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StandFault {
    /// No sheet with a certain outline, whole in the picture and large enough.
    #[error("no whole sheet is seen on the mat")]
    SheetNotFound,
    /// The sheet has not the proportions of A4.
    #[error("the sheet is not A4")]
    NotA4,
    /// The mat looks different from before: camera or mat was moved, or something else lies there.
    #[error("the mat looks different from before")]
    MatDiffers,
    /// Not white all over.
    #[error("the picture is not white all over")]
    NotWhite,
}

/// What is known of a camera on its stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stand {
    mat: Mat,
    plane: Plane,
    light: Option<Light>,
}

impl Stand {
    /// Measures the table by an A4 sheet that lies on the mat.
    ///
    /// # Errors
    /// `SheetNotFound`, `NotA4`, `MatDiffers` (beside the sheet).
    pub fn measured(mat: Mat, sheet: &Picture) -> Result<Self, StandFault> {
        let found = detect(sheet);
        let whole = |quad: &Quad| {
            let inside = |v: f64, size: usize| (1.0..size as f64 - 2.0).contains(&v);
            quad.0.iter().all(|p| inside(p.x, sheet.width) && inside(p.y, sheet.height))
        };
        let frame = (sheet.width * sheet.height) as f64;
        let outline = found.certain().filter(|_| !found.is_all_page());
        let quad = outline
            .filter(|quad| whole(quad) && quad.area() >= SHEET_SHARE * frame)
            .ok_or(StandFault::SheetNotFound)?;
        let ratio = true_ratio(&quad, sheet.width, sheet.height);
        let (short, long) = PaperSize::A4.sides_mm();
        if (ratio.max(1.0 / ratio) / (long / short) - 1.0).abs() > A4_TOLERANCE {
            return Err(StandFault::NotA4);
        }
        let size = if ratio > 1.0 { (long, short) } else { (short, long) };
        let plane = Plane::of(&quad, size, (sheet.width, sheet.height)).ok_or(StandFault::SheetNotFound)?;
        let stand = Self { mat, plane, light: None };
        if stand.has_moved(sheet, Some(&quad)) { Err(StandFault::MatDiffers) } else { Ok(stand) }
    }

    /// Also measures how evenly the light falls, by white paper that fills the picture.
    ///
    /// # Errors
    /// `NotWhite`.
    pub fn with_white(self, white: &Picture) -> Result<Self, StandFault> {
        Ok(Self { light: Some(Light::of(white)?), ..self })
    }

    /// The table, for sizes and resolution.
    pub fn plane(&self) -> Plane {
        self.plane
    }

    /// The empty mat.
    pub fn mat(&self) -> &Mat {
        &self.mat
    }

    /// How the light falls, if that was measured.
    pub fn light(&self) -> Option<&Light> {
        self.light.as_ref()
    }

    /// Whether what lies beside the outlined paper (anywhere, without one) is no longer the mat that was measured.
    pub fn has_moved(&self, frame: &Picture, outline: Option<&Quad>) -> bool {
        // A picture of another shape is another camera setting: its sizes cannot be trusted either.
        self.mat.difference(frame).is_none_or(|mask| {
            let outline = outline.map(|quad| quad.scaled(mask.width as f64 / frame.width as f64));
            mask.share_beside(outline.as_ref()) > MOVED_SHARE
        })
    }
}

#[cfg(test)]
mod tests;
