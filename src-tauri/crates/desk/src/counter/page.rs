//! One page on the counter: an immutable original, its outline and turns, and the pictures made from them.
//!
//! The decoded picture is not kept (24 MB each): a change decodes again, and keeps only the finished JPEGs.

use crate::{
    DeskError,
    api::{self, PageWarning},
    faults,
};
use mocban_capture::{
    self as capture, Original, PaperSize, Picture, Quad, Rectified, Transform,
    detect::{self, detect},
    encode,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Longest side of the picture in which corners are set, pixels.
pub(super) const UPRIGHT_SIDE_MAX: usize = 2000;
/// Longest side of the picture of the corrected page, pixels.
pub(super) const PAGE_SIDE_MAX: usize = 1600;
/// Longest side of a thumbnail, pixels.
pub(super) const THUMBNAIL_SIDE_MAX: usize = 320;
const MM_PER_INCH: f64 = 25.4;
/// A scanned paper this near to a standard size is of that size, millimetres.
const SNAP_MM: f64 = 2.5;
/// The sizes a scanned paper may be.
const SCANNED_SIZES: [PaperSize; 7] = [
    PaperSize::A4,
    PaperSize::A3,
    PaperSize::A5,
    PaperSize::Id1,
    PaperSize::PassportOpen,
    PaperSize::PassportPage,
    PaperSize::Letter,
];

/// What is taken as the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outline {
    /// The whole picture: a scanner's output, or an officer's choice.
    Whole,
    /// The four corners.
    Corners(Quad),
}

/// What a person or the detector decided about a page; with the original, all there is to keep in a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub(crate) outline: Outline,
    /// 0..1 as the detector said; 1 once a person decided.
    pub(crate) confidence: f32,
    /// The outline is certain enough, or a person confirmed it.
    pub(crate) confirmed: bool,
    /// Clockwise, 0..=3.
    pub(crate) quarter_turns: u8,
    /// The paper lies partly outside the picture, as the detector saw it.
    pub(crate) cut_by_frame: bool,
    /// Dots per inch of a scanner, measured: then the size of the paper is known and not guessed.
    #[serde(default)]
    pub(crate) scan_dpi: Option<u16>,
}

/// The pictures of a page, for the window.
pub(crate) struct Pictures {
    /// The upright original, to set corners in.
    pub(crate) upright: Vec<u8>,
    /// The corrected page.
    pub(crate) page: Vec<u8>,
    /// The corrected page, small.
    pub(crate) thumbnail: Vec<u8>,
}

/// The page as it goes into the copy.
pub(crate) struct Finished {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) width_mm: f64,
    pub(crate) height_mm: f64,
    pub(crate) source_dpi: f64,
    /// Clockwise turns still to be made by the PDF's page (`/Rotate`): a JPEG passed through byte for byte.
    pub(crate) quarter_turns: u8,
    pub(crate) transforms: Vec<Transform>,
}

/// The other side of a card that shares its page with this one.
#[derive(Clone)]
pub(crate) struct Back {
    pub(crate) original: Original,
    pub(crate) index: usize,
    pub(crate) layout: Layout,
    /// What was done to it, its place on the sheet last.
    pub(crate) transforms: Vec<Transform>,
}

/// One page.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) id: Uuid,
    pub(crate) revision: u32,
    pub(crate) original: Original,
    pub(crate) index: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) layout: Layout,
    pub(crate) pictures: Arc<Pictures>,
    pub(crate) finished: Arc<Finished>,
    /// Both sides of a card on one A4: this is the front, and here is the back.
    pub(crate) back: Option<Back>,
    pub(super) paper: Option<PaperSize>,
}

impl Page {
    /// Every page of a file, outlines found.
    pub(crate) fn all_of(original: &Original) -> Result<Vec<Self>, DeskError> {
        let pages = capture::page_count(original).map_err(|fault| faults::picture(original, fault))?;
        (0..pages).map(|index| Self::new(original.clone(), index, None)).collect()
    }

    /// One page of a file; without a layout the outline is detected.
    pub(crate) fn new(original: Original, index: usize, layout: Option<Layout>) -> Result<Self, DeskError> {
        let picture = decode(&original, index)?;
        let layout = layout.unwrap_or_else(|| detected(&picture, None));
        Self::made(original, index, &picture, layout)
    }

    /// A page from a scanner, of the resolution that was measured on it.
    pub(crate) fn scanned(original: &Original, dpi: Option<u16>) -> Result<Self, DeskError> {
        let picture = decode(original, 0)?;
        let layout = detected(&picture, dpi);
        Self::made(original.clone(), 0, &picture, layout)
    }

    fn made(original: Original, index: usize, picture: &Picture, layout: Layout) -> Result<Self, DeskError> {
        let (finished, corrected) = finish(&original, picture, &layout, index)?;
        let pictures = Pictures {
            upright: small(&original, picture, UPRIGHT_SIDE_MAX)?,
            page: small(&original, &corrected.picture, PAGE_SIDE_MAX)?,
            thumbnail: small(&original, &corrected.picture, THUMBNAIL_SIDE_MAX)?,
        };
        Ok(Self {
            id: Uuid::now_v7(),
            revision: 1,
            index,
            width: picture.width,
            height: picture.height,
            paper: snapped(&finished.transforms),
            layout,
            pictures: Arc::new(pictures),
            finished: Arc::new(finished),
            back: None,
            original,
        })
    }

    /// The same page with another layout; the original is decoded again.
    pub(crate) fn with_layout(&self, layout: Layout) -> Result<Self, DeskError> {
        self.one_sided()?;
        let made = Self::new(self.original.clone(), self.index, Some(layout))?;
        Ok(Self { id: self.id, revision: self.revision + 1, ..made })
    }

    /// The same page, outline detected anew and turns undone.
    pub(crate) fn reset(&self) -> Result<Self, DeskError> {
        self.one_sided()?;
        let picture = decode(&self.original, self.index)?;
        let layout = detected(&picture, self.layout.scan_dpi);
        let made = Self::made(self.original.clone(), self.index, &picture, layout)?;
        Ok(Self { id: self.id, revision: self.revision + 1, ..made })
    }

    /// The outlines of a card's sides are changed one by one, after taking its page apart.
    fn one_sided(&self) -> Result<(), DeskError> {
        if self.back.is_some() { Err(DeskError::InvalidRequest { field: "page".into() }) } else { Ok(()) }
    }

    /// Corners set by a person.
    pub(crate) fn with_corners(&self, corners: Option<[api::Point; 4]>) -> Result<Self, DeskError> {
        let outline = match corners {
            None => Outline::Whole,
            Some(corners) => Outline::Corners(self.quad(corners)?),
        };
        self.with_layout(Layout { outline, confidence: 1.0, confirmed: true, ..self.layout.clone() })
    }

    fn quad(&self, corners: [api::Point; 4]) -> Result<Quad, DeskError> {
        let margin = 0.25; // a corner may lie outside the picture when the paper is cut, but not far
        let (width, height) = (self.width as f64, self.height as f64);
        let inside = |p: &api::Point| {
            let (x, y) = (f64::from(p.x), f64::from(p.y));
            x.is_finite()
                && y.is_finite()
                && (-margin * width..=(1.0 + margin) * width).contains(&x)
                && (-margin * height..=(1.0 + margin) * height).contains(&y)
        };
        if !corners.iter().all(inside) {
            return Err(DeskError::CornersUnusable);
        }
        let quad = Quad(corners.map(|p| capture::Point::new(f64::from(p.x), f64::from(p.y))));
        // A sliver of paper cannot be meant, and would be stretched beyond recognition.
        let smallest = 0.01 * width * height;
        if quad.is_convex() && quad.area() >= smallest { Ok(quad) } else { Err(DeskError::CornersUnusable) }
    }

    /// Pixels of the original per inch of paper, rounded down so that 199.9 is not taken for 200.
    pub(crate) fn dpi(&self) -> u32 {
        self.finished.source_dpi.max(0.0).floor() as u32
    }

    /// NĐ 30/2020 App. I: under 200 dpi there is no certified copy.
    pub(crate) fn below_legal_floor(&self) -> bool {
        self.finished.source_dpi < capture::page::LEGAL_FLOOR_DPI
    }

    /// What the window shows; `duplicate` if the same picture came before in the case.
    pub(crate) fn view(&self, duplicate: bool) -> api::PageView {
        let corners = match self.layout.outline {
            Outline::Whole => None,
            Outline::Corners(quad) => Some(quad.0.map(|p| api::Point { x: p.x as f32, y: p.y as f32 })),
        };
        let warnings = [
            (corners.is_none() && !self.layout.confirmed, PageWarning::NoOutline),
            (corners.is_some() && !self.layout.confirmed, PageWarning::LowConfidence),
            (self.layout.cut_by_frame, PageWarning::CutByFrame),
            (self.below_legal_floor(), PageWarning::BelowLegalFloor),
            (
                !self.below_legal_floor() && self.finished.source_dpi < capture::page::WARN_BELOW_DPI,
                PageWarning::LowResolution,
            ),
            (duplicate, PageWarning::Duplicate),
        ];
        // Millimetres as the page is read: after turns that the PDF still has to make.
        let (width_mm, height_mm) = (self.finished.width_mm as f32, self.finished.height_mm as f32);
        let lying = self.finished.quarter_turns % 2 == 1;
        api::PageView {
            id: self.id.to_string(),
            revision: self.revision,
            source: self.original.name().to_owned(),
            original_sha256: hex::encode(self.original.sha256()),
            width: self.width as u32,
            height: self.height as u32,
            corners,
            confidence: self.layout.confidence,
            needs_confirmation: !self.layout.confirmed,
            quarter_turns: self.layout.quarter_turns,
            two_sided: self.back.is_some(),
            dpi: self.dpi(),
            width_mm: if lying { height_mm } else { width_mm },
            height_mm: if lying { width_mm } else { height_mm },
            paper_size: self.paper.map(|paper| paper_name(paper).to_owned()),
            warnings: warnings
                .into_iter()
                .filter_map(|(applies, warning)| applies.then_some(warning))
                .collect(),
        }
    }
}

pub(super) fn decode(original: &Original, index: usize) -> Result<Picture, DeskError> {
    capture::decode_page(original, index).map_err(|fault| faults::picture(original, fault))
}

/// What the detector says, as a layout: an outline under the bar waits for a person.
fn detected(picture: &Picture, scan_dpi: Option<u16>) -> Layout {
    let found = detect(picture);
    let cut_by_frame = found.warnings.contains(&detect::Warning::PartlyOutOfFrame);
    // A scanner's picture is all page: there is nothing to cut out, and nothing to ask. A bright desk under a camera
    // may look the same: there the officer is asked.
    let all_page = found.is_all_page();
    let outline = found.quad.filter(|_| !all_page).map_or(Outline::Whole, Outline::Corners);
    let confirmed = found.certain().is_some() || (all_page && scan_dpi.is_some());
    Layout { outline, confidence: found.confidence, confirmed, quarter_turns: 0, cut_by_frame, scan_dpi }
}

/// The page at true size. Turns alone pass a JPEG original through byte for byte.
fn finish(
    original: &Original,
    picture: &Picture,
    layout: &Layout,
    index: usize,
) -> Result<(Finished, Rectified), DeskError> {
    let fault = |fault| faults::picture(original, fault);
    let shape = match layout.outline {
        Outline::Corners(quad) => {
            let straight = Transform::perspective(picture, quad, None).map_err(fault)?;
            Some(layout.scan_dpi.map_or(straight, |dpi| of_true_size(straight, f64::from(dpi))))
        }
        Outline::Whole => capture::stated_size(original, index)
            .map_err(fault)?
            .map(|(width_mm, height_mm)| Transform::Size { width_mm, height_mm }),
    };
    let transforms = recorded(original, picture, index, shape, layout.quarter_turns);
    let mut made = capture::rectify(picture, &transforms).map_err(fault)?;
    if let (Outline::Whole, Some(dpi)) = (&layout.outline, layout.scan_dpi) {
        let dpi = f64::from(dpi);
        (made.dpi, made.source_dpi) = (dpi, dpi);
        made.width_mm = made.picture.width as f64 / dpi * MM_PER_INCH;
        made.height_mm = made.picture.height as f64 / dpi * MM_PER_INCH;
    }
    let finished = match capture::passthrough(original, index, &transforms) {
        Some((jpeg, quarter_turns)) => {
            let lying = quarter_turns % 2 == 1;
            // Pixels and millimetres of the picture as stored, before the turns that the PDF page makes.
            let (across, down) = (made.picture.width as u32, made.picture.height as u32);
            let (width_px, height_px) = if lying { (down, across) } else { (across, down) };
            let (width_mm, height_mm) =
                if lying { (made.height_mm, made.width_mm) } else { (made.width_mm, made.height_mm) };
            let (jpeg, source_dpi) = (jpeg.into_owned(), made.source_dpi);
            Finished { jpeg, width_px, height_px, width_mm, height_mm, source_dpi, quarter_turns, transforms }
        }
        None => Finished {
            jpeg: encode::jpeg(&made.picture, made.dpi, encode::QUALITY).map_err(fault)?,
            width_px: made.picture.width as u32,
            height_px: made.picture.height as u32,
            width_mm: made.width_mm,
            height_mm: made.height_mm,
            source_dpi: made.source_dpi,
            quarter_turns: 0,
            transforms,
        },
    };
    Ok((finished, made))
}

/// The same correction with the paper's size as it was scanned, not as its proportions suggest.
fn of_true_size(straight: Transform, scan_dpi: f64) -> Transform {
    let Transform::Perspective { quad, dpi, .. } = straight else { return straight };
    let [top, right, bottom, left] = quad.sides();
    let mm = |a: f64, b: f64| (a + b) / 2.0 / scan_dpi * MM_PER_INCH;
    let (width_mm, height_mm) = (mm(top, bottom), mm(left, right));
    let (short, long) = (width_mm.min(height_mm), width_mm.max(height_mm));
    let near = |paper: &PaperSize| {
        let (its_short, its_long) = paper.sides_mm();
        (its_short - short).abs() <= SNAP_MM && (its_long - long).abs() <= SNAP_MM
    };
    let Some(paper) = SCANNED_SIZES.into_iter().find(near) else {
        return Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: None };
    };
    let (short, long) = paper.sides_mm();
    let (width_mm, height_mm) = if width_mm > height_mm { (long, short) } else { (short, long) };
    Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: Some(paper) }
}

/// The list of what is done to an upright picture.
pub(super) fn recorded(
    original: &Original,
    picture: &Picture,
    index: usize,
    shape: Option<Transform>,
    quarters: u8,
) -> Vec<Transform> {
    let mut page = capture::Page::new(original.clone(), index, picture.orientation);
    shape.into_iter().for_each(|transform| page.push(transform));
    page.push(Transform::QuarterTurn { quarters });
    page.transforms().to_vec()
}

pub(super) fn small(original: &Original, picture: &Picture, side: usize) -> Result<Vec<u8>, DeskError> {
    capture::thumbnail(picture, side).map_err(|fault| faults::picture(original, fault))
}

fn snapped(transforms: &[Transform]) -> Option<PaperSize> {
    transforms.iter().find_map(|transform| match transform {
        Transform::Perspective { snapped, .. } => *snapped,
        _ => None,
    })
}

fn paper_name(paper: PaperSize) -> &'static str {
    match paper {
        PaperSize::A3 => "A3",
        PaperSize::A4 => "A4",
        PaperSize::A5 => "A5",
        PaperSize::Id1 => "ID-1",
        PaperSize::PassportOpen | PaperSize::PassportPage => "ID-3",
        PaperSize::Letter => "Letter",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(width: usize, height: usize) -> Original {
        let picture = Picture::new(width, height, vec![240; 3 * width * height]).unwrap();
        Original::read(encode::jpeg(&picture, 96.0, 80).unwrap(), "scan").unwrap()
    }

    #[test]
    fn a_scanned_page_is_as_large_as_it_was_scanned() {
        // A5 through a feeder at 200 dpi: its shape alone would make it A4.
        let page = Page::scanned(&sheet(1165, 1654), Some(200)).unwrap();
        assert!(
            (page.finished.width_mm - 148.0).abs() < 0.5 && (page.finished.height_mm - 210.0).abs() < 0.5
        );
        assert_eq!(page.dpi(), 200);
        assert!(!page.below_legal_floor());
        let turned = page.with_layout(Layout { quarter_turns: 1, ..page.layout.clone() }).unwrap();
        assert!((turned.view(false).width_mm - 210.0).abs() < 0.5);
        assert_eq!(page.reset().unwrap().layout.scan_dpi, Some(200));
    }

    #[test]
    fn a_paper_found_on_the_glass_has_its_own_size() {
        let quad = |width: f64, height: f64| {
            let corners =
                [(50.0, 40.0), (50.0 + width, 40.0), (50.0 + width, 40.0 + height), (50.0, 40.0 + height)];
            Quad(corners.map(|(x, y)| capture::Point::new(x, y)))
        };
        let picture = Picture::new(2480, 3508, vec![240; 3 * 2480 * 3508]).unwrap();
        let of = |width, height| {
            let straight = Transform::perspective(&picture, quad(width, height), None).unwrap();
            match of_true_size(straight, 300.0) {
                Transform::Perspective { width_mm, height_mm, snapped, .. } => (width_mm, height_mm, snapped),
                _ => unreachable!(),
            }
        };
        // An ID card lying, 85.6 × 54 mm.
        assert_eq!(of(1013.0, 640.0), (85.60, 53.98, Some(PaperSize::Id1)));
        let (width, _, snapped) = of(600.0, 600.0);
        assert!((width - 50.8).abs() < 1e-6 && snapped.is_none());
    }
}
