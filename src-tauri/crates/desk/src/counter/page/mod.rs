//! One page on the counter: an immutable original, its outline and turns, and the pictures made from them.
//!
//! The decoded picture is not kept (24 MB each): a change decodes again, and keeps only the finished JPEGs, which in a long
//! case lie in the store ([`Held`]).

mod finish;
mod layout;
mod notice;
#[cfg(test)]
pub(super) mod tests;
mod view;

use super::held::{Held, HeldOriginal};
use crate::{DeskError, api, faults};
use finish::{finish, snapped};
use layout::{detected, detected_on};
use mocban_capture::{
    self as capture, Fingerprint, Original, PaperSize, Picture, Quad, Transform, stand::Stand,
};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) use finish::Finished;
pub(super) use finish::{recorded, small};
pub(crate) use layout::{Layout, Outline};
pub(crate) use notice::{Noticed, objection};
pub(crate) use view::told_paper;

/// Longest side of the picture in which corners are set, pixels.
pub(super) const UPRIGHT_SIDE_MAX: usize = 2000;
/// Longest side of the picture of the corrected page, pixels.
pub(super) const PAGE_SIDE_MAX: usize = 1600;
/// Longest side of a thumbnail, pixels.
pub(super) const THUMBNAIL_SIDE_MAX: usize = 320;

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

    /// A page from a camera, found and measured with the help of its stand where that is known and has not moved.
    pub(crate) fn shot(original: Original, stand: Option<&Stand>) -> Result<Self, DeskError> {
        let picture = decode(&original, 0)?;
        let layout = stand.map_or_else(|| detected(&picture, None), |stand| detected_on(stand, &picture));
        Self::made(original, 0, &picture, layout)
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
        let Layout { told, table, scan_dpi, .. } = self.layout;
        let layout = match &self.layout.on_stand {
            Some(first) => Layout { told, on_stand: Some(first.clone()), ..Layout::clone(first) },
            None => Layout { told, table, ..detected(&picture, scan_dpi) },
        };
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

    /// Its light evened out as the camera's stand measured it, or left as it was photographed.
    pub(crate) fn with_even_light(&self, even_light: bool) -> Result<Self, DeskError> {
        if even_light && self.layout.light.is_none() {
            return Err(DeskError::InvalidRequest { field: "even".into() });
        }
        self.with_layout(Layout { even_light, ..self.layout.clone() })
    }

    /// A page of each paper that lies in the picture; a person looks at every outline.
    pub(crate) fn separated(&self) -> Result<Vec<Self>, DeskError> {
        let original = self.original.original()?;
        let picture = decode(&original, self.index)?;
        let page = |quad: &Quad| {
            let outline = Outline::Corners(*quad);
            let (papers, seen) = (Vec::new(), Vec::new());
            let layout =
                Layout { outline, papers, seen, confirmed: false, told: None, ..self.layout.clone() };
            Self::made(original.clone(), self.index, &picture, layout)
        };
        self.layout.papers.iter().map(page).collect()
    }

    /// The page in all its pixels, as it stands in the copy; turned already, where there the PDF's page turns it.
    pub(crate) fn full_size(&self) -> Result<Vec<u8>, DeskError> {
        if self.finished.quarter_turns == 0 {
            return Ok(self.finished.jpeg.bytes()?.to_vec());
        }
        let original = self.original.original()?;
        let fault = |fault| faults::picture(&original, fault);
        let picture = decode(&original, self.index)?;
        let made = capture::rectify(&picture, &self.finished.transforms).map_err(fault)?;
        capture::encode::jpeg(&made.picture, made.dpi, capture::encode::QUALITY).map_err(fault)
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

    /// Bytes of it that are in memory and may lie in the store instead.
    pub(super) fn resident(&self) -> usize {
        let made = [&self.pictures.upright, &self.pictures.page, &self.finished.jpeg];
        let originals = self.originals().map(|original| &original.bytes);
        made.into_iter().chain(originals).map(Held::resident).sum()
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
}

pub(super) fn decode(original: &Original, index: usize) -> Result<Picture, DeskError> {
    capture::decode_page(original, index).map_err(|fault| faults::picture(original, fault))
}
