//! A camera on its stand, measured once: the empty mat, an A4 sheet on it, and, if wished, white paper all over.
//!
//! From then on the size of a paper on the mat is measured, not guessed from its proportions; what is not mat helps to find
//! it ([`Stand::detect`]); what the lens bends is taken out of sizes and pages ([`Lens`]); and a camera or mat that was moved
//! is noticed ([`OnStand::moved`]). How the light falls is told, and evened out on a page only on an officer's word
//! ([`Light::flat_field`]).
//!
//! Known limits. A lens is told by one radial coefficient, its middle taken to be the picture's. A sheet that is not flat tells
//! no lens. A thick book lies nearer to the camera than the mat and is measured too large by its height over the camera's. A
//! camera moved above a mat without any mark is not noticed, nor is a lamp.

mod light;
mod mat;
mod plane;

pub use light::Light;
pub use mat::Mat;
pub use plane::Plane;

use serde::{Deserialize, Serialize};

use crate::detect::{
    Detection, Known, detect, detect_all, detect_all_on, detect_live, detect_live_on, detect_on, mask::Mask,
    refined_through,
};
use crate::geometry::Quad;
use crate::lens::Lens;
use crate::paper::{PaperSize, true_ratio};
use crate::picture::Picture;

/// More than this share of what lies beside the papers differs from the mat: camera or mat was moved.
const MOVED_SHARE: f64 = 0.3;
/// A difference from here on is no noise and no shadow's edge, grey levels.
const DIFFERENT: u8 = 26;
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
        let Some(mask) = mat.difference(sheet) else { return Err(StandFault::MatDiffers) };
        let found = detect_on(sheet, Known { mask: Some(&mask), ..Known::default() });
        let whole = |quad: &Quad| {
            let inside = |v: f64, size: usize| (1.0..size as f64 - 2.0).contains(&v);
            quad.0.iter().all(|p| inside(p.x, sheet.width) && inside(p.y, sheet.height))
        };
        let frame = (sheet.width * sheet.height) as f64;
        let outline = found.certain().filter(|_| !found.is_all_page());
        let quad = outline
            .filter(|quad| whole(quad) && quad.area() >= SHEET_SHARE * frame)
            .ok_or(StandFault::SheetNotFound)?;
        let lens = Lens::of(sheet, &quad);
        let quad = refined_through(sheet, lens, &quad);
        let straight = lens.over(sheet.width, sheet.height).straightened_outline(&quad);
        let ratio = true_ratio(&straight, sheet.width, sheet.height);
        let (short, long) = PaperSize::A4.sides_mm();
        if (ratio.max(1.0 / ratio) / (long / short) - 1.0).abs() > A4_TOLERANCE {
            return Err(StandFault::NotA4);
        }
        let size = if ratio > 1.0 { (long, short) } else { (short, long) };
        let plane =
            Plane::of(&quad, size, (sheet.width, sheet.height), lens).ok_or(StandFault::SheetNotFound)?;
        let moved = has_moved(&mask, sheet, &[found]);
        if moved { Err(StandFault::MatDiffers) } else { Ok(Self { mat, plane, light: None }) }
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

    /// Looks for one page on the mat, as [`detect`], helped by what differs from the empty mat.
    pub fn detect(&self, picture: &Picture) -> OnStand<Detection> {
        self.look(picture, detect_on, detect, std::slice::from_ref)
    }

    /// As [`Stand::detect`] in one quick look: for the outline drawn over a live picture.
    pub fn detect_live(&self, picture: &Picture) -> OnStand<Detection> {
        self.look(picture, detect_live_on, detect_live, std::slice::from_ref)
    }

    /// Every paper on the mat, as [`detect_all`], helped by what differs from the empty mat.
    pub fn detect_all(&self, picture: &Picture) -> OnStand<Vec<Detection>> {
        self.look(picture, detect_all_on, detect_all, |found| found)
    }

    /// Where camera or mat was moved, what differs from the mat says nothing of papers, and the picture alone counts.
    fn look<T>(
        &self,
        picture: &Picture,
        helped: fn(&Picture, Known<'_>) -> T,
        alone: fn(&Picture) -> T,
        detections: fn(&T) -> &[Detection],
    ) -> OnStand<T> {
        let mask = self.mat.difference(picture).filter(|_| self.plane.fits(picture.width, picture.height));
        // A picture of another shape is another camera setting: its sizes cannot be trusted either.
        let Some(mask) = mask else { return OnStand { found: alone(picture), moved: true } };
        let found = helped(picture, Known { mask: Some(&mask), lens: self.plane.lens() });
        if has_moved(&mask, picture, detections(&found)) {
            return OnStand { found: alone(picture), moved: true };
        }
        OnStand { found, moved: false }
    }
}

/// What was found on a stand.
#[derive(Debug, Clone, PartialEq)]
pub struct OnStand<T> {
    /// The outlines.
    pub found: T,
    /// Beside the papers it is no longer the mat that was measured: nothing was, or may be, measured by this stand.
    pub moved: bool,
}

/// Whether what lies beside the papers (those found, and areas that are papers by their shape) is no longer the mat that was
/// measured.
fn has_moved(mask: &Mask, picture: &Picture, found: &[Detection]) -> bool {
    let certain = found.iter().filter(|one| !one.is_all_page()).filter_map(Detection::certain);
    let papers: Vec<Quad> = certain.chain(mask.outlines(picture.width)).collect();
    mask.share_beside(&papers, picture.width, DIFFERENT) > MOVED_SHARE
}

#[cfg(test)]
mod tests;
