//! One page on the counter: an immutable original, its outline and turns, and the pictures made from them.
//!
//! The decoded picture is not kept (24 MB each): a change decodes again, and keeps only the finished JPEGs, which in a long
//! case lie in the store ([`Held`]).

use super::held::{Held, HeldOriginal};
use crate::{
    DeskError,
    api::{self, PageWarning},
    faults,
};
use mocban_capture::{
    self as capture, Fingerprint, Gate, Original, PaperSize, Picture, Quad, Quality, Rectified, Scale,
    Transform,
    detect::{self, detect},
    encode,
    stand::{Plane, Stand},
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
/// The same for one measured by a camera's stand, which is good to 1 %.
const STAND_SNAP_MM: f64 = 3.5;
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
    /// The paper that the officer named: A3, A5 and passports have A4's shape.
    #[serde(default)]
    pub(crate) told: Option<PaperSize>,
    /// The table on which the paper lay, where the camera's stand is measured.
    #[serde(default)]
    pub(crate) table: Option<Plane>,
    /// Objections to the shot that a person has looked at and takes.
    #[serde(default)]
    pub(crate) seen: Vec<PageWarning>,
}

impl Layout {
    /// How the size of the paper is known; `stated` if the file itself says it.
    fn scale(&self, stated: bool, snapped: bool) -> Scale {
        if stated || self.scan_dpi.is_some() || self.told.is_some() || self.table.is_some() {
            Scale::Known
        } else if snapped {
            Scale::Recognised
        } else {
            Scale::Assumed
        }
    }
}

/// The pictures of a page, for the window.
#[derive(Clone)]
pub(crate) struct Pictures {
    /// The upright original, to set corners in.
    pub(crate) upright: Held,
    /// The corrected page.
    pub(crate) page: Held,
    /// The corrected page, small.
    pub(crate) thumbnail: Vec<u8>,
}

/// The page as it goes into the copy.
#[derive(Clone)]
pub(crate) struct Finished {
    pub(crate) jpeg: Held,
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
    pub(crate) original: HeldOriginal,
    pub(crate) index: usize,
    pub(crate) layout: Layout,
    /// What was done to it, its place on the sheet last.
    pub(crate) transforms: Vec<Transform>,
    /// What is to be said of this side's shot.
    pub(super) noticed: Noticed,
}

/// One page.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) id: Uuid,
    pub(crate) revision: u32,
    pub(crate) original: HeldOriginal,
    pub(crate) index: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) layout: Layout,
    pub(crate) pictures: Arc<Pictures>,
    pub(crate) finished: Arc<Finished>,
    /// Both sides of a card on one A4: this is the front, and here is the back.
    pub(crate) back: Option<Back>,
    pub(super) paper: Option<PaperSize>,
    /// What is to be said of the shot (of the front side).
    pub(super) noticed: Noticed,
    /// What the corrected page looks like, to notice one taken twice.
    pub(super) look: Option<Fingerprint>,
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

    /// A page from a camera, measured by its stand where that is known and has not moved.
    pub(crate) fn shot(original: Original, stand: Option<&Stand>) -> Result<Self, DeskError> {
        let picture = decode(&original, 0)?;
        let layout = detected(&picture, None);
        let outline = match layout.outline {
            Outline::Corners(quad) => Some(quad),
            Outline::Whole => None,
        };
        let still = |stand: &&Stand| {
            let fits = stand.plane().fits(picture.width, picture.height);
            fits && !stand.has_moved(&picture, outline.as_ref())
        };
        let table = stand.filter(still).map(Stand::plane);
        Self::made(original, 0, &picture, Layout { table, ..layout })
    }

    fn made(original: Original, index: usize, picture: &Picture, layout: Layout) -> Result<Self, DeskError> {
        let (finished, corrected, scale) = finish(&original, picture, &layout, index)?;
        let noticed = Noticed::of(picture, &layout, finished.source_dpi, scale);
        let pictures = Pictures {
            upright: small(&original, picture, UPRIGHT_SIDE_MAX)?.into(),
            page: small(&original, &corrected.picture, PAGE_SIDE_MAX)?.into(),
            thumbnail: small(&original, &corrected.picture, THUMBNAIL_SIDE_MAX)?,
        };
        Ok(Self {
            id: Uuid::now_v7(),
            revision: 1,
            index,
            width: picture.width,
            height: picture.height,
            paper: snapped(&finished.transforms),
            look: Fingerprint::of(&corrected.picture),
            noticed,
            layout,
            pictures: Arc::new(pictures),
            finished: Arc::new(finished),
            back: None,
            original: (&original).into(),
        })
    }

    /// The same page with another layout; the original is decoded again.
    pub(crate) fn with_layout(&self, layout: Layout) -> Result<Self, DeskError> {
        self.one_sided()?;
        let made = Self::new(self.original.original()?, self.index, Some(layout))?;
        Ok(Self { id: self.id, revision: self.revision + 1, ..made })
    }

    /// The same page, outline detected anew and turns undone.
    pub(crate) fn reset(&self) -> Result<Self, DeskError> {
        self.one_sided()?;
        let original = self.original.original()?;
        let picture = decode(&original, self.index)?;
        let Layout { told, table, .. } = self.layout;
        let layout = Layout { told, table, ..detected(&picture, self.layout.scan_dpi) };
        let made = Self::made(original, self.index, &picture, layout)?;
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
        let cut_by_frame = matches!(outline, Outline::Corners(quad) if self.reaches_out(&quad));
        let decided =
            Layout { outline, confidence: 1.0, confirmed: true, cut_by_frame, ..self.layout.clone() };
        self.with_layout(decided)
    }

    /// The paper named by a person; `None` leaves it to its proportions.
    pub(crate) fn with_paper(&self, told: Option<PaperSize>) -> Result<Self, DeskError> {
        self.with_layout(Layout { told, ..self.layout.clone() })
    }

    /// The same page, looked at by a person: outline and whatever is objected to are taken.
    pub(crate) fn confirmed(&self) -> Self {
        let mut page = self.clone();
        page.layout.confirmed = true;
        page.layout.seen = page.noticed.objections.clone();
        if let Some(back) = &mut page.back {
            back.layout.confirmed = true;
            back.layout.seen = back.noticed.objections.clone();
        }
        page.revision += 1;
        page
    }

    /// Everything of it that may lie in the store instead.
    pub(super) fn held(&mut self) -> impl Iterator<Item = &mut Held> {
        let pictures = Arc::make_mut(&mut self.pictures);
        let made = [&mut pictures.upright, &mut pictures.page, &mut Arc::make_mut(&mut self.finished).jpeg];
        let back = self.back.iter_mut().map(|back| &mut back.original.bytes);
        std::iter::once(&mut self.original.bytes).chain(made).chain(back)
    }

    /// What of it lies in the store, besides its originals.
    pub(super) fn kept(&self) -> impl Iterator<Item = [u8; 32]> {
        [&self.pictures.upright, &self.pictures.page, &self.finished.jpeg].into_iter().filter_map(Held::kept)
    }

    /// Each side's decisions beside what is to be said of its shot.
    fn sides(&self) -> impl Iterator<Item = (&Layout, &Noticed)> {
        let back = self.back.iter().map(|back| (&back.layout, &back.noticed));
        std::iter::once((&self.layout, &self.noticed)).chain(back)
    }

    /// An outline is not certain, and no person has confirmed it.
    pub(crate) fn outline_open(&self) -> bool {
        self.sides().any(|(layout, _)| !layout.confirmed)
    }

    /// Something is objected to in the shot that no person has looked at.
    pub(crate) fn objection_open(&self) -> bool {
        self.sides().any(|(layout, noticed)| noticed.objections.iter().any(|one| !layout.seen.contains(one)))
    }

    /// Both pages look the same (they need not say the same).
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        matches!((&self.look, &other.look), (Some(one), Some(other)) if one.looks_like(other))
    }

    fn reaches_out(&self, quad: &Quad) -> bool {
        let slack = 0.01 * self.width.max(self.height) as f64;
        let (right, bottom) = (self.width as f64 + slack, self.height as f64 + slack);
        quad.0.iter().any(|p| p.x < -slack || p.y < -slack || p.x > right || p.y > bottom)
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

    /// NĐ 30/2020 App. I: under 200 dpi there is no certified copy, where the paper's size is known.
    pub(crate) fn below_legal_floor(&self) -> bool {
        self.sides().any(|(_, noticed)| noticed.refused)
    }

    /// What the window shows; `alike` is the number of an earlier page of the case that looks the same.
    pub(crate) fn view(&self, alike: Option<u32>) -> api::PageView {
        let corners = match self.layout.outline {
            Outline::Whole => None,
            Outline::Corners(quad) => Some(quad.0.map(|p| api::Point { x: p.x as f32, y: p.y as f32 })),
        };
        let facts = [
            (corners.is_none() && !self.layout.confirmed, PageWarning::NoOutline),
            (corners.is_some() && !self.layout.confirmed, PageWarning::LowConfidence),
            (self.below_legal_floor(), PageWarning::BelowLegalFloor),
            (
                (capture::page::LEGAL_FLOOR_DPI..capture::page::WARN_BELOW_DPI)
                    .contains(&self.finished.source_dpi),
                PageWarning::LowResolution,
            ),
        ];
        let mut warnings: Vec<PageWarning> =
            facts.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect();
        for objection in self.sides().flat_map(|(_, noticed)| &noticed.objections) {
            if !warnings.contains(objection) {
                warnings.push(*objection);
            }
        }
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
            needs_confirmation: self.outline_open() || self.objection_open(),
            quarter_turns: self.layout.quarter_turns,
            two_sided: self.back.is_some(),
            dpi: self.dpi(),
            width_mm: if lying { height_mm } else { width_mm },
            height_mm: if lying { width_mm } else { height_mm },
            paper_size: self.paper.map(|paper| paper_name(paper).to_owned()),
            told: self.layout.told.map(told_name),
            alike,
            warnings,
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
    Layout {
        outline,
        confidence: found.confidence,
        confirmed,
        quarter_turns: 0,
        cut_by_frame,
        scan_dpi,
        told: None,
        table: None,
        seen: Vec::new(),
    }
}

/// What is to be said of one shot.
#[derive(Clone)]
pub(crate) struct Noticed {
    /// Too coarse for a certified copy, whoever looks.
    refused: bool,
    /// What a person must look at before the page is certified.
    objections: Vec<PageWarning>,
}

impl Noticed {
    pub(super) fn of(picture: &Picture, layout: &Layout, dpi: f64, scale: Scale) -> Self {
        let outline = match layout.outline {
            Outline::Whole => None,
            Outline::Corners(quad) => Some(quad),
        };
        let quality = Quality::measured(picture, outline, Some(dpi), scale);
        let refused = quality.gate() == Gate::Shut;
        let cut = layout.cut_by_frame.then_some(PageWarning::CutByFrame);
        let measured = quality.reasons().into_iter().filter_map(|reason| objection(reason.code));
        let objections = cut.into_iter().chain(measured);
        let objections = objections.filter(|one| *one != PageWarning::UnknownScale || !refused).collect();
        Self { refused, objections }
    }
}

/// What asks for a person's eye, of what was noticed in a shot.
pub(crate) fn objection(code: detect::Warning) -> Option<PageWarning> {
    match code {
        // Where the size is known this refuses, and is no question.
        detect::Warning::BelowLegalFloor => Some(PageWarning::UnknownScale),
        detect::Warning::PartlyOutOfFrame => Some(PageWarning::CutByFrame),
        detect::Warning::Blurred => Some(PageWarning::Blurred),
        detect::Warning::Glare => Some(PageWarning::Glare),
        detect::Warning::TooDark => Some(PageWarning::TooDark),
        detect::Warning::HandOverPage => Some(PageWarning::HandOverPage),
        detect::Warning::Moving => Some(PageWarning::Moving),
        detect::Warning::NoPageFound
        | detect::Warning::NoBackground
        | detect::Warning::LowConfidence
        | detect::Warning::SideUnclear
        | detect::Warning::TooFar
        | detect::Warning::SteepAngle
        | detect::Warning::ThinResolution
        | detect::Warning::SeveralPapers => None,
    }
}

/// The page at true size, and how that size is known. Turns alone pass a JPEG original through byte for byte.
fn finish(
    original: &Original,
    picture: &Picture,
    layout: &Layout,
    index: usize,
) -> Result<(Finished, Rectified, Scale), DeskError> {
    let fault = |fault| faults::picture(original, fault);
    let size = |(width_mm, height_mm)| Transform::Size { width_mm, height_mm };
    let (shape, stated) = match layout.outline {
        Outline::Corners(quad) => {
            let straight = Transform::perspective(picture, quad, layout.told).map_err(fault)?;
            (Some(measured(straight, &quad, layout, picture)), false)
        }
        Outline::Whole => match layout.told {
            Some(paper) => (Some(size(as_it_lies(paper, picture))), true),
            None => {
                let stated = capture::stated_size(original, index).map_err(fault)?;
                (stated.map(size), stated.is_some())
            }
        },
    };
    let scale = layout.scale(stated, shape.as_ref().is_some_and(|shape| snapped(&[*shape]).is_some()));
    let transforms = recorded(original, picture, index, shape, layout.quarter_turns);
    let mut made = capture::rectify(picture, &transforms).map_err(fault)?;
    if let (Outline::Whole, Some(dpi), None) = (&layout.outline, layout.scan_dpi, layout.told) {
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
            let (jpeg, source_dpi) = (jpeg.into_owned().into(), made.source_dpi);
            Finished { jpeg, width_px, height_px, width_mm, height_mm, source_dpi, quarter_turns, transforms }
        }
        None => Finished {
            jpeg: encode::jpeg(&made.picture, made.dpi, encode::QUALITY).map_err(fault)?.into(),
            width_px: made.picture.width as u32,
            height_px: made.picture.height as u32,
            width_mm: made.width_mm,
            height_mm: made.height_mm,
            source_dpi: made.source_dpi,
            quarter_turns: 0,
            transforms,
        },
    };
    Ok((finished, made, scale))
}

/// The same correction with the paper's size as the scanner or the stand measured it, unless the officer named the paper.
fn measured(straight: Transform, quad: &Quad, layout: &Layout, picture: &Picture) -> Transform {
    if layout.told.is_some() {
        return straight;
    }
    if let Some(dpi) = layout.scan_dpi {
        let [top, right, bottom, left] = quad.sides();
        let mm = |a: f64, b: f64| (a + b) / 2.0 / f64::from(dpi) * MM_PER_INCH;
        return of_size(straight, (mm(top, bottom), mm(left, right)), SNAP_MM);
    }
    let size = layout.table.and_then(|table| table.size_mm(quad, picture.width));
    size.map_or(straight, |size| of_size(straight, size, STAND_SNAP_MM))
}

/// A correction to this size, or to that of a standard paper so near to it.
fn of_size(straight: Transform, (width_mm, height_mm): (f64, f64), snap_mm: f64) -> Transform {
    let Transform::Perspective { quad, dpi, .. } = straight else { return straight };
    let (short, long) = (width_mm.min(height_mm), width_mm.max(height_mm));
    let near = |paper: &PaperSize| {
        let (its_short, its_long) = paper.sides_mm();
        (its_short - short).abs() <= snap_mm && (its_long - long).abs() <= snap_mm
    };
    let Some(paper) = SCANNED_SIZES.into_iter().find(near) else {
        return Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: None };
    };
    let (short, long) = paper.sides_mm();
    let (width_mm, height_mm) = if width_mm > height_mm { (long, short) } else { (short, long) };
    Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: Some(paper) }
}

/// Millimetres across and down of a paper that fills the picture.
fn as_it_lies(paper: PaperSize, picture: &Picture) -> (f64, f64) {
    let (short, long) = paper.sides_mm();
    if picture.width > picture.height { (long, short) } else { (short, long) }
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

/// The papers an officer can name.
pub(crate) fn told_paper(told: api::ToldPaper) -> PaperSize {
    match told {
        api::ToldPaper::A3 => PaperSize::A3,
        api::ToldPaper::A4 => PaperSize::A4,
        api::ToldPaper::A5 => PaperSize::A5,
        api::ToldPaper::Card => PaperSize::Id1,
        api::ToldPaper::PassportOpen => PaperSize::PassportOpen,
        api::ToldPaper::PassportPage => PaperSize::PassportPage,
        api::ToldPaper::Letter => PaperSize::Letter,
    }
}

fn told_name(paper: PaperSize) -> api::ToldPaper {
    match paper {
        PaperSize::A3 => api::ToldPaper::A3,
        PaperSize::A4 => api::ToldPaper::A4,
        PaperSize::A5 => api::ToldPaper::A5,
        PaperSize::Id1 => api::ToldPaper::Card,
        PaperSize::PassportOpen => api::ToldPaper::PassportOpen,
        PaperSize::PassportPage => api::ToldPaper::PassportPage,
        PaperSize::Letter => api::ToldPaper::Letter,
    }
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
pub(super) mod tests {
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
        assert!((turned.view(None).width_mm - 210.0).abs() < 0.5);
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
            let mm = |pixels: f64| pixels / 300.0 * MM_PER_INCH;
            match of_size(straight, (mm(width), mm(height)), SNAP_MM) {
                Transform::Perspective { width_mm, height_mm, snapped, .. } => (width_mm, height_mm, snapped),
                _ => unreachable!(),
            }
        };
        // An ID card lying, 85.6 × 54 mm.
        assert_eq!(of(1013.0, 640.0), (85.60, 53.98, Some(PaperSize::Id1)));
        let (width, _, snapped) = of(600.0, 600.0);
        assert!((width - 50.8).abs() < 1e-6 && snapped.is_none());
    }

    /// A light paper with print on a dark desk, `width` × `height` pixels; `paint` has the last word.
    pub(crate) fn photograph(
        width: usize,
        height: usize,
        paint: impl Fn(usize, usize) -> Option<[u8; 3]>,
    ) -> Original {
        let margin = 120;
        let (across, down) = (width + 2 * margin, height + 2 * margin);
        let mut rgb8 = Vec::with_capacity(3 * across * down);
        for y in 0..down {
            for x in 0..across {
                let on = (margin..margin + width).contains(&x) && (margin..margin + height).contains(&y);
                let inside = (margin + 60..margin + width - 60).contains(&x)
                    && (margin + 60..margin + height - 60).contains(&y);
                let print = inside && y % 30 < 10 && (x / 23 + y / 30) % 3 != 0;
                let grey = if print {
                    60
                } else if on {
                    225
                } else {
                    50
                };
                rgb8.extend(paint(x, y).unwrap_or([grey; 3]));
            }
        }
        let picture = Picture::new(across, down, rgb8).unwrap();
        Original::read(encode::jpeg(&picture, 96.0, 92).unwrap(), "ảnh").unwrap()
    }

    pub(crate) fn plain(_: usize, _: usize) -> Option<[u8; 3]> {
        None
    }

    fn warns(page: &Page, warning: PageWarning) -> bool {
        page.view(None).warnings.contains(&warning)
    }

    #[test]
    fn a_recognised_paper_under_200_dpi_is_refused_whoever_confirms_it_until_a_smaller_paper_is_named() {
        // A4 at 86 dpi, or a page of a passport at 205: the picture cannot tell, the officer can.
        let page = Page::new(photograph(710, 1008, plain), 0, None).unwrap();
        assert_eq!(page.paper, Some(PaperSize::A4));
        assert!((84..=86).contains(&page.dpi()), "{}", page.dpi());
        assert!(page.below_legal_floor() && page.confirmed().below_legal_floor());
        assert!(warns(&page, PageWarning::BelowLegalFloor) && !warns(&page, PageWarning::UnknownScale));
        let named = page.with_paper(Some(PaperSize::PassportPage)).unwrap();
        assert!(!named.below_legal_floor() && !named.objection_open(), "{:?}", named.view(None).warnings);
        assert_eq!(named.paper, Some(PaperSize::PassportPage));
        assert!((203..=205).contains(&named.dpi()), "{}", named.dpi());
        assert!(named.reset().unwrap().layout.told.is_some());
        assert!(named.with_paper(None).unwrap().below_legal_floor());
    }

    #[test]
    fn a_paper_of_unknown_size_under_200_dpi_asks_for_an_eye_and_does_not_stop_honest_work() {
        // An A5 that a machine scanned into a folder at 200 dpi: its file does not say so.
        let page = Page::new(sheet(1165, 1654), 0, None).unwrap();
        assert!(page.dpi() < 200 && !page.below_legal_floor());
        assert!(page.objection_open() && warns(&page, PageWarning::UnknownScale));
        let seen = page.confirmed();
        assert!(!seen.objection_open() && !seen.outline_open() && !seen.view(None).needs_confirmation);
        let named = page.with_paper(Some(PaperSize::A5)).unwrap();
        assert!(!named.objection_open() && named.dpi() >= 199, "{}", named.dpi());
    }

    #[test]
    fn glare_waits_for_an_eye_and_what_was_taken_is_not_asked_again() {
        let spot =
            |x: usize, y: usize| ((x as f64 - 600.0).hypot(y as f64 - 400.0) < 60.0).then_some([255; 3]);
        // A card at 300 dpi.
        let page = Page::new(photograph(1011, 638, spot), 0, None).unwrap();
        assert!(!page.outline_open() && page.objection_open() && warns(&page, PageWarning::Glare));
        let seen = page.confirmed();
        assert!(!seen.objection_open() && warns(&seen, PageWarning::Glare), "told still, asked no more");
        let turned = seen.with_layout(Layout { quarter_turns: 1, ..seen.layout.clone() }).unwrap();
        assert!(!turned.objection_open());
        // Corners that reach out of the picture are another objection.
        let mut corners = seen.view(None).corners.unwrap();
        corners[0].x = -100.0;
        let cut = seen.with_corners(Some(corners)).unwrap();
        assert!(cut.objection_open() && warns(&cut, PageWarning::CutByFrame));
    }

    #[test]
    fn the_training_originals_want_no_eye_and_none_looks_like_another() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg"));
        let pages: Vec<Page> = paths
            .iter()
            .map(|path| {
                Page::new(Original::read(std::fs::read(path).unwrap(), "").unwrap(), 0, None).unwrap()
            })
            .collect();
        assert!(pages.len() >= 6);
        for (at, (page, path)) in pages.iter().zip(&paths).enumerate() {
            assert!(!page.view(None).needs_confirmation && !page.below_legal_floor(), "{path:?}");
            assert!(page.looks_like(page), "{path:?}");
            assert!(pages[..at].iter().all(|other| !page.looks_like(other)), "{path:?}");
        }
    }

    /// A dark mat with a light paper of `across` × `down` millimetres on it, 2 pixels a millimetre.
    fn on_mat(across: usize, down: usize) -> Original {
        let (w, h) = (900, 700);
        let grey = |i: usize| {
            let (x, y) = (i % w, i / w);
            let on = (120..120 + 2 * across).contains(&x) && (130..130 + 2 * down).contains(&y);
            if on { 230 } else { 48 }
        };
        let picture = Picture::new(w, h, (0..w * h).flat_map(|i| [grey(i); 3]).collect()).unwrap();
        Original::read(encode::jpeg(&picture, 96.0, 92).unwrap(), "máy chụp").unwrap()
    }

    #[test]
    fn a_paper_on_a_measured_stand_has_its_own_size_until_the_camera_is_moved() {
        let mat = capture::stand::Mat::of(&decode(&on_mat(0, 0), 0).unwrap());
        let stand = Stand::measured(mat, &decode(&on_mat(297, 210), 0).unwrap()).unwrap();
        let guessed = Page::shot(on_mat(210, 148), None).unwrap();
        assert_eq!((guessed.paper, guessed.dpi()), (Some(PaperSize::A4), 35));
        let page = Page::shot(on_mat(210, 148), Some(&stand)).unwrap();
        assert_eq!(page.paper, Some(PaperSize::A5));
        assert_eq!((page.finished.width_mm, page.finished.height_mm), (210.0, 148.0));
        assert!((49..=51).contains(&page.dpi()) && page.below_legal_floor(), "{}", page.dpi());
        // It stays measured when its outline is found anew.
        assert_eq!(page.reset().unwrap().paper, Some(PaperSize::A5));
        // Another table in a picture of the same shape: nothing is measured by the stand.
        let elsewhere = |x: usize, y: usize| (x < 60 || y > 440).then_some([200, 180, 90]);
        let moved = Page::shot(photograph(449, 296, elsewhere), Some(&stand)).unwrap();
        assert!(stand.plane().fits(moved.width, moved.height) && moved.layout.table.is_none());
    }
}
