//! A page: an immutable original and the list of what was done to it. Undo drops the last.
//!
//! Geometry is changed, and light where it was measured on white paper (NĐ 30/2020 App. I asks for a true colour copy): no
//! whitening, sharpening, grey conversion or repair exists here, so none can be recorded or applied.

use serde::{Deserialize, Serialize};

use crate::CaptureError;
use crate::flat_field::FlatField;
use crate::geometry::{Point, Quad};
use crate::lens::Lens;
use crate::original::Original;
use crate::paper::{PageSize, PaperSize, true_ratio};
use crate::picture::Picture;
use crate::sheet::placed;
use crate::warp::warp_through;

/// Resolution at which corrected pages are made, dots per inch.
pub const PAGE_DPI: f64 = 300.0;
/// Below this the copy is readable but thin: warn. Dots per inch of the photograph on the paper.
pub const WARN_BELOW_DPI: f64 = 250.0;
/// NĐ 30/2020/NĐ-CP, Appendix I: a digitised copy has at least 200 dpi.
pub const LEGAL_FLOOR_DPI: f64 = 200.0;

const MM_PER_INCH: f64 = 25.4;

/// One recorded change between the original and the page: geometric, or of light as it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transform {
    /// EXIF orientation 2–8 applied by [`crate::decode()`]; recorded first, and already in the upright picture.
    Orient {
        /// The EXIF value.
        exif: u8,
    },
    /// The light evened out, as white paper on the camera's stand showed how it falls; before any change of geometry.
    FlatField {
        /// How it falls.
        field: FlatField,
    },
    /// Turned clockwise.
    QuarterTurn {
        /// Times 90°, 1–3.
        quarters: u8,
    },
    /// The outline made a rectangle of true size.
    Perspective {
        /// The outline, in pixels of the picture at this point of the list.
        quad: Quad,
        /// Width of the page, millimetres.
        width_mm: f64,
        /// Height of the page, millimetres.
        height_mm: f64,
        /// Dots per inch of the page made.
        dpi: f64,
        /// The paper whose exact size this is.
        snapped: Option<PaperSize>,
        /// The lens it was photographed through, where that was measured and bends. Of the whole picture: nothing but
        /// its orientation comes before.
        #[serde(default, skip_serializing_if = "Lens::is_straight")]
        lens: Lens,
    },
    /// A part kept, as fractions 0..1 of the page at this point of the list.
    Crop {
        /// Left edge.
        left: f64,
        /// Top edge.
        top: f64,
        /// Right edge.
        right: f64,
        /// Bottom edge.
        bottom: f64,
    },
    /// The whole picture is paper of this size, as the scanner's own file states; before any other change.
    Size {
        /// Across, millimetres.
        width_mm: f64,
        /// Down, millimetres.
        height_mm: f64,
    },
    /// Laid on a white sheet at true size; recorded last.
    Place {
        /// The sheet, upright.
        sheet: PaperSize,
        /// From its left edge, millimetres.
        left_mm: f64,
        /// From its top edge, millimetres.
        top_mm: f64,
    },
}

impl Transform {
    /// Perspective correction at [`PAGE_DPI`] with true proportions worked out from the outline. `told` names the
    /// paper when the officer knows it (A3, A5 and passports cannot be told from A4 by shape).
    ///
    /// # Errors
    /// `DegenerateQuad`.
    pub fn perspective(picture: &Picture, quad: Quad, told: Option<PaperSize>) -> Result<Self, CaptureError> {
        if !quad.is_convex() || quad.sides().iter().any(|side| *side < 8.0) {
            return Err(CaptureError::DegenerateQuad);
        }
        let ratio = true_ratio(&quad, picture.width, picture.height);
        let PageSize { width_mm, height_mm, snapped } = PageSize::from_ratio(ratio, told);
        Ok(Self::Perspective { quad, width_mm, height_mm, dpi: PAGE_DPI, snapped, lens: Lens::default() })
    }

    /// The same correction of a picture taken through this lens; other changes know no lens.
    pub fn through(self, through: Lens) -> Self {
        match self {
            Self::Perspective { quad, width_mm, height_mm, dpi, snapped, .. } => {
                Self::Perspective { quad, width_mm, height_mm, dpi, snapped, lens: through }
            }
            other => other,
        }
    }
}

/// An original and what is done to it. The original never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    original: Original,
    index: usize,
    transforms: Vec<Transform>,
}

impl Page {
    /// Page `index` of an original as it came, upright; `exif` is [`Picture::orientation`] of its decoding.
    pub fn new(original: Original, index: usize, exif: u8) -> Self {
        let transforms = if (2..=8).contains(&exif) { vec![Transform::Orient { exif }] } else { Vec::new() };
        Self { original, index, transforms }
    }

    /// The original, unchanged.
    pub fn original(&self) -> &Original {
        &self.original
    }

    /// Which page of the original, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// What was done, first to last.
    pub fn transforms(&self) -> &[Transform] {
        &self.transforms
    }

    /// Adds a change. Quarter turns that follow each other become one, and four become none.
    pub fn push(&mut self, transform: Transform) {
        let (Some(&Transform::QuarterTurn { quarters: before }), Transform::QuarterTurn { quarters }) =
            (self.transforms.last(), transform)
        else {
            if !matches!(transform, Transform::QuarterTurn { quarters } if quarters % 4 == 0) {
                self.transforms.push(transform);
            }
            return;
        };
        self.transforms.pop();
        let quarters = (before + quarters % 4) % 4;
        if quarters > 0 {
            self.transforms.push(Transform::QuarterTurn { quarters });
        }
    }

    /// Drops the last change and gives it back; the EXIF orientation stays, as it is part of reading the file.
    pub fn undo(&mut self) -> Option<Transform> {
        match self.transforms.last() {
            None | Some(Transform::Orient { .. }) => None,
            Some(_) => self.transforms.pop(),
        }
    }
}

/// A page as pixels of known size.
#[derive(Debug, Clone, PartialEq)]
pub struct Rectified {
    /// The pixels, colour as photographed.
    pub picture: Picture,
    /// True resolution of these pixels on paper of the size below.
    pub dpi: f64,
    /// Width of the paper, millimetres.
    pub width_mm: f64,
    /// Height of the paper, millimetres.
    pub height_mm: f64,
    /// Pixels of the original per inch of paper: what the camera really saw.
    pub source_dpi: f64,
}

impl Rectified {
    /// Whether the photograph is coarser than the law allows for a digitised copy (NĐ 30/2020, Appendix I).
    pub fn below_legal_floor(&self) -> bool {
        self.source_dpi < LEGAL_FLOOR_DPI
    }

    /// Whether to warn that print will look thin.
    pub fn is_thin(&self) -> bool {
        self.source_dpi < WARN_BELOW_DPI
    }
}

/// Pixels of the photograph per inch of paper of the given size: of the coarser direction, each the mean of two
/// opposite sides.
pub fn source_dpi(quad: &Quad, width_mm: f64, height_mm: f64) -> f64 {
    let [top, right, bottom, left] = quad.sides();
    let across = (top + bottom) / 2.0 / (width_mm / MM_PER_INCH);
    let down = (left + right) / 2.0 / (height_mm / MM_PER_INCH);
    across.min(down)
}

/// Carries the transforms out on the upright picture of the original.
///
/// Without a [`Transform::Perspective`] the pixels are kept and the size is that of the paper with the picture's
/// proportions (A4-class), so `dpi` is true for that size.
///
/// # Errors
/// `DegenerateQuad`, `CropOutsidePage`, `TransformOrder` (a second perspective, or `Orient` not first) or
/// `TooLarge`.
pub fn rectify(upright: &Picture, transforms: &[Transform]) -> Result<Rectified, CaptureError> {
    let mut page: Option<Rectified> = None;
    let (mut corrected, mut moved) = (false, false);
    let start = || whole_frame(upright.clone());
    for (i, transform) in transforms.iter().enumerate() {
        page = match *transform {
            Transform::Orient { .. } if i == 0 => None,
            Transform::Orient { .. } => return Err(CaptureError::TransformOrder),
            Transform::FlatField { field } if page.is_none() => Some(whole_frame(field.applied(upright))),
            Transform::FlatField { .. } => return Err(CaptureError::TransformOrder),
            Transform::QuarterTurn { quarters } => Some(turned(page.unwrap_or_else(start), quarters)),
            Transform::Crop { left, top, right, bottom } => {
                Some(cropped(page.unwrap_or_else(start), [left, top, right, bottom])?)
            }
            Transform::Size { width_mm, height_mm } if !moved => {
                let before = page.as_ref().map_or(upright, |page| &page.picture);
                Some(whole_paper(before, width_mm, height_mm)?)
            }
            Transform::Size { .. } => return Err(CaptureError::TransformOrder),
            Transform::Place { sheet, left_mm, top_mm } => {
                Some(placed(&page.unwrap_or_else(start), sheet, left_mm, top_mm)?)
            }
            Transform::Perspective { .. } if corrected => return Err(CaptureError::TransformOrder),
            Transform::Perspective { lens, .. } if moved && !lens.is_straight() => {
                return Err(CaptureError::TransformOrder);
            }
            Transform::Perspective { quad, width_mm, height_mm, dpi, lens, .. } => {
                corrected = true;
                let before = page.as_ref().map_or(upright, |page| &page.picture);
                Some(straightened(before, lens, &quad, (width_mm, height_mm), dpi)?)
            }
        };
        moved |= !matches!(transform, Transform::Orient { .. } | Transform::FlatField { .. });
    }
    Ok(page.unwrap_or_else(start))
}

fn whole_frame(picture: Picture) -> Rectified {
    let size = PageSize::from_ratio(picture.width as f64 / picture.height as f64, None);
    let across = picture.width as f64 / (size.width_mm / MM_PER_INCH);
    let down = picture.height as f64 / (size.height_mm / MM_PER_INCH);
    let dpi = (across * down).sqrt();
    Rectified {
        width_mm: picture.width as f64 / dpi * MM_PER_INCH,
        height_mm: picture.height as f64 / dpi * MM_PER_INCH,
        picture,
        dpi,
        source_dpi: dpi,
    }
}

/// The whole picture as paper of a known size. Scanners may have another resolution across than down: the coarser counts.
fn whole_paper(picture: &Picture, width_mm: f64, height_mm: f64) -> Result<Rectified, CaptureError> {
    let dots = |pixels: usize, mm: f64| pixels as f64 / (mm / MM_PER_INCH);
    let dpi = dots(picture.width, width_mm).min(dots(picture.height, height_mm));
    if !(dpi.is_finite() && dpi > 0.0) {
        return Err(CaptureError::DegenerateQuad);
    }
    Ok(Rectified { picture: picture.clone(), dpi, width_mm, height_mm, source_dpi: dpi })
}

fn straightened(
    picture: &Picture,
    lens: Lens,
    quad: &Quad,
    (width_mm, height_mm): (f64, f64),
    dpi: f64,
) -> Result<Rectified, CaptureError> {
    let pixels = |mm: f64| (mm / MM_PER_INCH * dpi).round();
    let (width, height) = (pixels(width_mm), pixels(height_mm));
    if !(width >= 1.0 && height >= 1.0) {
        return Err(CaptureError::DegenerateQuad);
    }
    if width * height > crate::original::MAX_PIXELS as f64 {
        return Err(CaptureError::TooLarge {
            found: (width * height) as u64,
            limit: crate::original::MAX_PIXELS,
            unit: "pixels",
        });
    }
    let far = 4.0 * picture.width.max(picture.height) as f64;
    if quad.0.iter().any(|Point { x, y }| !(x.abs() <= far && y.abs() <= far)) {
        return Err(CaptureError::DegenerateQuad);
    }
    let source_dpi =
        source_dpi(&lens.over(picture.width, picture.height).straightened_outline(quad), width_mm, height_mm);
    let made = warp_through(picture, lens, quad, width as usize, height as usize);
    let picture = made.ok_or(CaptureError::DegenerateQuad)?;
    Ok(Rectified { picture, dpi, width_mm, height_mm, source_dpi })
}

fn turned(page: Rectified, quarters: u8) -> Rectified {
    let picture = page.picture.turned(quarters);
    if quarters.is_multiple_of(2) {
        return Rectified { picture, ..page };
    }
    Rectified { picture, width_mm: page.height_mm, height_mm: page.width_mm, ..page }
}

fn cropped(page: Rectified, [left, top, right, bottom]: [f64; 4]) -> Result<Rectified, CaptureError> {
    let inside = |v: f64| (0.0..=1.0).contains(&v);
    if !(inside(left) && inside(top) && inside(right) && inside(bottom)) {
        return Err(CaptureError::CropOutsidePage);
    }
    let whole = &page.picture;
    let column = |v: f64| (v * whole.width as f64).round() as usize;
    let row = |v: f64| (v * whole.height as f64).round() as usize;
    let (x0, x1, y0, y1) = (column(left), column(right), row(top), row(bottom));
    if x0 >= x1 || y0 >= y1 {
        return Err(CaptureError::CropOutsidePage);
    }
    let mut rgb8 = Vec::with_capacity(3 * (x1 - x0) * (y1 - y0));
    for y in y0..y1 {
        rgb8.extend_from_slice(&whole.rgb8[3 * (y * whole.width + x0)..3 * (y * whole.width + x1)]);
    }
    let (width, height) = (x1 - x0, y1 - y0);
    Ok(Rectified {
        width_mm: page.width_mm * width as f64 / whole.width as f64,
        height_mm: page.height_mm * height as f64 / whole.height as f64,
        picture: Picture { width, height, rgb8, orientation: whole.orientation },
        ..page
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize) -> Picture {
        Picture::new(width, height, vec![200; 3 * width * height]).unwrap()
    }

    fn a4_in(picture: &Picture) -> Transform {
        let quad = Quad(
            [(100.0, 80.0), (520.0, 80.0), (520.0, 674.0), (100.0, 674.0)].map(|(x, y)| Point::new(x, y)),
        );
        Transform::perspective(picture, quad, None).unwrap()
    }

    #[test]
    fn an_a4_page_is_2480_by_3508_pixels_at_300_dpi() {
        let photo = picture(700, 800);
        let page = rectify(&photo, &[a4_in(&photo)]).unwrap();
        assert_eq!((page.picture.width, page.picture.height), (2480, 3508));
        assert_eq!((page.width_mm, page.height_mm, page.dpi), (210.0, 297.0, 300.0));
        // 420 pixels over 210 mm
        assert!((page.source_dpi - 50.8).abs() < 0.1);
        assert!(page.below_legal_floor() && page.is_thin());
    }

    #[test]
    fn a_turn_after_correction_swaps_the_millimetres() {
        let photo = picture(700, 800);
        let page = rectify(&photo, &[a4_in(&photo), Transform::QuarterTurn { quarters: 1 }]).unwrap();
        assert_eq!((page.picture.width, page.picture.height), (3508, 2480));
        assert_eq!((page.width_mm, page.height_mm), (297.0, 210.0));
    }

    #[test]
    fn a_crop_keeps_the_resolution_and_cuts_the_millimetres() {
        let photo = picture(700, 800);
        let half = Transform::Crop { left: 0.0, top: 0.5, right: 1.0, bottom: 1.0 };
        let page = rectify(&photo, &[a4_in(&photo), half]).unwrap();
        assert_eq!((page.picture.width, page.picture.height), (2480, 1754));
        assert!((page.height_mm - 148.5).abs() < 1e-9);
        for (left, right) in [(0.5, 0.5), (-0.1, 1.0), (0.0, f64::NAN)] {
            let bad = Transform::Crop { left, top: 0.0, right, bottom: 1.0 };
            assert_eq!(rectify(&photo, &[bad]), Err(CaptureError::CropOutsidePage));
        }
    }

    #[test]
    fn a_whole_scan_keeps_its_pixels_and_is_taken_for_a4() {
        let page = rectify(&picture(1654, 2339), &[]).unwrap();
        assert_eq!(page.picture.width, 1654);
        assert!((page.dpi - 200.0).abs() < 0.2 && (page.width_mm - 210.0).abs() < 0.2);
    }

    #[test]
    fn a_second_perspective_or_a_late_orientation_is_refused() {
        let photo = picture(700, 800);
        let p = a4_in(&photo);
        assert_eq!(rectify(&photo, &[p, p]), Err(CaptureError::TransformOrder));
        assert_eq!(rectify(&photo, &[p, Transform::Orient { exif: 6 }]), Err(CaptureError::TransformOrder));
    }

    #[test]
    fn an_outline_that_is_no_page_is_refused() {
        let photo = picture(700, 800);
        let crossed =
            Quad([(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)].map(|(x, y)| Point::new(x, y)));
        assert_eq!(Transform::perspective(&photo, crossed, None), Err(CaptureError::DegenerateQuad));
    }

    #[test]
    fn undo_drops_the_last_change_and_leaves_the_orientation() {
        let original = Original::read(&b"\xFF\xD8\xFF"[..], "a").unwrap();
        let mut page = Page::new(original.clone(), 0, 6);
        page.push(Transform::QuarterTurn { quarters: 3 });
        page.push(Transform::QuarterTurn { quarters: 2 });
        assert_eq!(
            page.transforms(),
            [Transform::Orient { exif: 6 }, Transform::QuarterTurn { quarters: 1 }]
        );
        assert_eq!(page.undo(), Some(Transform::QuarterTurn { quarters: 1 }));
        assert_eq!(page.undo(), None);
        assert_eq!(page.original(), &original);
    }

    #[test]
    fn transforms_survive_json() {
        let photo = picture(700, 800);
        let list = vec![Transform::Orient { exif: 6 }, a4_in(&photo), Transform::QuarterTurn { quarters: 3 }];
        let json = serde_json::to_string(&list).unwrap();
        assert!(json.contains(r#""kind":"perspective""#) && json.contains(r#""snapped":"a4""#), "{json}");
        assert_eq!(serde_json::from_str::<Vec<Transform>>(&json).unwrap(), list);
    }
}
