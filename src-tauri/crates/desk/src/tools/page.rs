//! One picture: its outline, and the page made from it.

use crate::{DeskError, api::Missing, faults};
use mocban_capture::{
    self as capture, CaptureError, Detection, Gate, Original, Picture, Point, Quad, Quality, Reason,
    Rectified, Transform, Warning, detect as outline, encode,
};
use serde::Serialize;

/// What the detector says of one page of a picture file.
#[derive(Clone, Debug, Serialize)]
pub struct DetectedPage {
    /// Width of the upright picture, pixels.
    pub width: usize,
    /// Height of the upright picture, pixels.
    pub height: usize,
    /// Corners tl, tr, br, bl in pixels of the upright picture; `None` when there is nothing to propose.
    pub quad: Option<[[f64; 2]; 4]>,
    /// How far the outline may be believed, 0..1.
    pub confidence: f32,
    /// Pixels of the picture per inch of paper.
    pub dpi: Option<f64>,
    /// What the officer should know, as codes.
    pub warnings: Vec<Warning>,
    /// The numbers behind the objections to the shot, and the bars they missed.
    pub reasons: Vec<Reason>,
    /// What was measured.
    pub quality: Quality,
    /// What the shot may be used for.
    pub gate: Gate,
    /// Each paper, the likeliest first, when several lie there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<Paper>,
}

/// One of several papers in a picture.
#[derive(Clone, Debug, Serialize)]
pub struct Paper {
    /// Corners tl, tr, br, bl in pixels of the upright picture.
    pub quad: [[f64; 2]; 4],
    /// How far the outline may be believed, 0..1.
    pub confidence: f32,
}

/// How a corrected page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it goes into a copy.
    Jpeg,
    /// Without loss.
    Png,
}

/// A page at true size.
#[derive(Clone, Debug, Serialize)]
pub struct Corrected {
    /// The picture file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Millimetres of paper.
    pub width_mm: f64,
    /// Millimetres of paper.
    pub height_mm: f64,
    /// Dots per inch of the page made.
    pub dpi: f64,
    /// Pixels of the photograph per inch of paper.
    pub source_dpi: f64,
    /// Coarser than a digitised copy may be, if this is the paper's size (NĐ 30/2020, Appendix I).
    pub below_legal_floor: bool,
}

/// Looks for the outline on every page of a picture file.
///
/// # Errors
/// The picture errors: truncated, corrupt, unsupported, too large.
pub fn detect(bytes: Vec<u8>, name: &str) -> Result<Vec<DetectedPage>, DeskError> {
    let refused = |fault| faults::picture_named(name, fault);
    let original = Original::read(bytes, name).map_err(refused)?;
    let pages = capture::page_count(&original).map_err(refused)?;
    (0..pages).map(|index| Ok(look(&capture::decode_page(&original, index).map_err(refused)?))).collect()
}

fn look(picture: &Picture) -> DetectedPage {
    let found = outline(picture);
    let quality = Quality::of(picture, &found);
    let reasons = quality.reasons();
    let several = found.warnings.contains(&Warning::SeveralPapers);
    let papers = if several { capture::detect_all(picture) } else { Vec::new() };
    let mut warnings = found.warnings.clone();
    let seen = |code: &Warning| !warnings.contains(code);
    let more: Vec<Warning> = reasons.iter().map(|reason| reason.code).filter(seen).collect();
    warnings.extend(more);
    DetectedPage {
        width: picture.width,
        height: picture.height,
        quad: corners(&found),
        confidence: found.confidence,
        dpi: found.dpi,
        warnings,
        gate: quality.gate(),
        reasons,
        quality,
        papers: papers
            .iter()
            .filter_map(|paper| Some(Paper { quad: corners(paper)?, confidence: paper.confidence }))
            .collect(),
    }
}

fn corners(found: &Detection) -> Option<[[f64; 2]; 4]> {
    found.quad.map(|quad| quad.0.map(|corner| [corner.x, corner.y]))
}

/// Makes the true-size page of a picture. Without `corners` the outline is detected; one that is not certain is refused,
/// never applied unasked.
///
/// # Errors
/// [`DeskError::CaseIncomplete`] (`pageOutline`) for an uncertain outline, [`DeskError::CornersUnusable`], and the picture
/// errors.
pub fn correct(
    bytes: Vec<u8>,
    name: &str,
    corners: Option<[[f64; 2]; 4]>,
    encoding: Encoding,
) -> Result<Corrected, DeskError> {
    let refused = |fault| faults::picture_named(name, fault);
    let original = Original::read(bytes, name).map_err(refused)?;
    let picture = capture::decode_page(&original, 0).map_err(refused)?;
    let quad = match corners {
        Some(corners) => Some(usable(corners)?),
        None => certain(&picture)?,
    };
    let perspective =
        quad.map(|quad| Transform::perspective(&picture, quad, None)).transpose().map_err(refused)?;
    let transforms: Vec<Transform> = perspective.into_iter().collect();
    let page = capture::rectify(&picture, &transforms).map_err(refused)?;
    let bytes = match encoding {
        Encoding::Jpeg => encode::jpeg(&page.picture, page.dpi, encode::QUALITY),
        Encoding::Png => png_of(&page),
    }
    .map_err(refused)?;
    let below_legal_floor = page.below_legal_floor();
    let Rectified { picture, dpi, width_mm, height_mm, source_dpi } = page;
    Ok(Corrected {
        bytes,
        below_legal_floor,
        width: picture.width,
        height: picture.height,
        width_mm,
        height_mm,
        dpi,
        source_dpi,
    })
}

fn usable(corners: [[f64; 2]; 4]) -> Result<Quad, DeskError> {
    let quad = Quad(corners.map(|[x, y]| Point::new(x, y)));
    let finite = corners.iter().flatten().all(|value| value.is_finite());
    if finite && quad.is_convex() { Ok(quad) } else { Err(DeskError::CornersUnusable) }
}

/// The outline to apply: `None` for a picture that is all page.
pub(super) fn certain(picture: &Picture) -> Result<Option<Quad>, DeskError> {
    let found = outline(picture);
    if found.is_all_page() && found.certain().is_some() {
        return Ok(None);
    }
    let uncertain =
        || DeskError::CaseIncomplete { missing: vec![super::verify::word(&Missing::PageOutline)] };
    found.certain().map(Some).ok_or_else(uncertain)
}

fn png_of(page: &Rectified) -> Result<Vec<u8>, CaptureError> {
    let fault = |fault: png::EncodingError| CaptureError::Encode(fault.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, page.picture.width as u32, page.picture.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (page.dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(fault)?;
    writer.write_image_data(&page.picture.rgb8).map_err(fault)?;
    writer.finish().map_err(fault)?;
    Ok(bytes)
}
