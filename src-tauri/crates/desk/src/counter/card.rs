//! ID mode: front and back of a card, photographed as two pages, become one A4 at true size; and apart again.

use super::held::{Held, HeldOriginal};
use super::page::{
    Back, Finished, Layout, Noticed, Outline, PAGE_SIDE_MAX, Page, Pictures, THUMBNAIL_SIDE_MAX, decode,
    recorded, small,
};
use crate::{Desk, DeskError, api::*, faults};
use mocban_capture::{
    self as capture, Fingerprint, Original, PaperSize, Quad, Rectified, Scale, Transform, encode,
};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

/// One side of a card as it is recorded in the copy.
#[derive(Serialize)]
struct Side<'a> {
    original_sha256: String,
    transforms: &'a [Transform],
}

impl Page {
    /// Two pages as the two sides of one card on an A4. Both outlines must be a card's and confirmed.
    pub(crate) fn paired(front: &Page, back: &Page) -> Result<Self, DeskError> {
        if front.back.is_some() || back.back.is_some() {
            return Err(DeskError::InvalidRequest { field: "page".into() });
        }
        Self::card_page(
            (&front.original.original()?, front.index, &front.layout),
            (&back.original.original()?, back.index, &back.layout),
        )
    }

    pub(super) fn card_page(
        (original, index, layout): (&Original, usize, &Layout),
        (back_original, back_index, back_layout): (&Original, usize, &Layout),
    ) -> Result<Self, DeskError> {
        let fault = |fault| faults::picture(original, fault);
        let (front, mut transforms, noticed) = corrected(original, index, layout)?;
        let (back, mut back_transforms, back_noticed) = corrected(back_original, back_index, back_layout)?;
        let (sheet, [place, back_place]) = capture::card_sheet([&front, &back]).map_err(fault)?;
        transforms.push(place);
        back_transforms.push(back_place);
        let (width, height) = (sheet.picture.width, sheet.picture.height);
        let page = Held::from(small(original, &sheet.picture, PAGE_SIDE_MAX)?);
        let pictures = Pictures {
            upright: page.clone(),
            page,
            thumbnail: small(original, &sheet.picture, THUMBNAIL_SIDE_MAX)?,
        };
        let finished = Finished {
            jpeg: encode::jpeg(&sheet.picture, sheet.dpi, encode::QUALITY).map_err(fault)?.into(),
            width_px: width as u32,
            height_px: height as u32,
            width_mm: sheet.width_mm,
            height_mm: sheet.height_mm,
            source_dpi: sheet.source_dpi,
            quarter_turns: 0,
            transforms,
        };
        Ok(Self {
            id: Uuid::now_v7(),
            revision: 1,
            original: original.into(),
            index,
            width,
            height,
            layout: layout.clone(),
            pictures: Arc::new(pictures),
            finished: Arc::new(finished),
            paper: Some(PaperSize::A4),
            noticed,
            look: Fingerprint::of(&sheet.picture),
            back: Some(Back {
                original: back_original.into(),
                index: back_index,
                layout: back_layout.clone(),
                transforms: back_transforms,
                noticed: back_noticed,
            }),
        })
    }

    /// The two sides as two pages again; `None` for a page that has one.
    pub(crate) fn apart(&self) -> Result<Option<[Self; 2]>, DeskError> {
        let Some(back) = &self.back else { return Ok(None) };
        let front = Self::new(self.original.original()?, self.index, Some(self.layout.clone()))?;
        let back = Self::new(back.original.original()?, back.index, Some(back.layout.clone()))?;
        Ok(Some([front, back]))
    }

    /// Every original this page is made from.
    pub(crate) fn originals(&self) -> impl Iterator<Item = &HeldOriginal> {
        std::iter::once(&self.original).chain(self.back.iter().map(|back| &back.original))
    }

    /// What was done, as it is written into the copy: a list of transforms, or for a card one such list a side.
    pub(crate) fn record(&self) -> Result<String, DeskError> {
        let written = match &self.back {
            None => serde_json::to_string(&self.finished.transforms),
            Some(back) => serde_json::to_string(&[
                Side {
                    original_sha256: hex::encode(self.original.sha256()),
                    transforms: &self.finished.transforms,
                },
                Side { original_sha256: hex::encode(back.original.sha256()), transforms: &back.transforms },
            ]),
        };
        written.map_err(|fault| DeskError::Internal { detail: fault.to_string() })
    }
}

/// One side at a card's exact size, what was done to it, and what is to be said of its shot.
fn corrected(
    original: &Original,
    index: usize,
    layout: &Layout,
) -> Result<(Rectified, Vec<Transform>, Noticed), DeskError> {
    let fault = |fault| faults::picture(original, fault);
    let picture = decode(original, index)?;
    let outline = match layout.outline {
        Outline::Corners(quad) => quad,
        // A scanner that cut the card out itself.
        Outline::Whole => {
            let (w, h) = (picture.width as f64, picture.height as f64);
            Quad([(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|(x, y)| capture::Point::new(x, y)))
        }
    };
    let card = capture::card(&picture, outline).map_err(fault)?.through(layout.lens());
    let transforms = recorded(original, &picture, index, Some(card), layout);
    let side = capture::rectify(&picture, &transforms).map_err(fault)?;
    // The officer says that it is a card, so its size is known.
    let noticed = Noticed::of(&picture, layout, side.source_dpi, Scale::Known);
    Ok((side, transforms, noticed))
}

impl Desk {
    pub(crate) fn page_pair(&self, request: PagePair) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            if request.front == request.back {
                return Err(DeskError::InvalidRequest { field: "back".into() });
            }
            let front = case.page(&request.front)?.clone();
            let pair = Page::paired(&front, case.page(&request.back)?)?;
            case.pages.retain(|page| page.id.to_string() != request.back);
            *case.page(&request.front)? = pair;
            case.attested = false;
            Ok(())
        })
    }

    pub(crate) fn page_split(&self, request: PageRef) -> Result<CaseView, DeskError> {
        self.alter(|case| {
            let place = case.pages.iter().position(|page| page.id.to_string() == request.page);
            let place = place.ok_or(DeskError::NotFound)?;
            let sides = case.pages[place].apart()?;
            let sides = sides.ok_or(DeskError::InvalidRequest { field: "page".into() })?;
            case.pages.splice(place..=place, sides);
            case.attested = false;
            Ok(())
        })
    }
}
