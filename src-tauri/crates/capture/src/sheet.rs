//! ID mode: both sides of a card on one A4 at true size, 85.60 × 53.98 mm each (ISO/IEC 7810 ID-1).
//!
//! Each side is corrected from its own original by its own recorded transforms; the last of them says where on the
//! sheet it lies. The sheet itself is white and holds nothing else.

use crate::CaptureError;
use crate::geometry::Quad;
use crate::page::{PAGE_DPI, Rectified, Transform};
use crate::paper::{PaperSize, true_ratio};
use crate::picture::Picture;

/// From the top of the sheet to the front side, millimetres.
const TOP_MM: f64 = 40.0;
/// Between the two sides, millimetres.
const GAP_MM: f64 = 20.0;
/// How far an outline's proportions may be from a card's, as a fraction. Wider than for guessing a paper: here the
/// officer says that it is a card, and a slip of the outline must not make an A4 page into one.
const RATIO_TOLERANCE: f64 = 0.08;

const MM_PER_INCH: f64 = 25.4;

/// The outline corrected to a card's exact size, lying or upright as it was photographed.
///
/// # Errors
/// `NotACard` when its proportions are not those of a card, `DegenerateQuad`.
pub fn card(picture: &Picture, outline: Quad) -> Result<Transform, CaptureError> {
    let transform = Transform::perspective(picture, outline, Some(PaperSize::Id1))?;
    let (short, long) = PaperSize::Id1.sides_mm();
    let ratio = true_ratio(&outline, picture.width, picture.height);
    let found = if ratio > 1.0 { ratio } else { 1.0 / ratio };
    if (found / (long / short) - 1.0).abs() > RATIO_TOLERANCE {
        return Err(CaptureError::NotACard);
    }
    Ok(transform)
}

/// Lays the two sides on one upright A4, front above, both in the middle across. Also gives where each lies, to be
/// recorded after its own transforms.
///
/// # Errors
/// `NotACard` when a side is not of a card's size at [`PAGE_DPI`].
pub fn card_sheet(sides: [&Rectified; 2]) -> Result<(Rectified, [Transform; 2]), CaptureError> {
    let (sheet_width, sheet_height) = PaperSize::A4.sides_mm();
    let (short, long) = PaperSize::Id1.sides_mm();
    for side in sides {
        let (across, down) = (side.width_mm, side.height_mm);
        let exact = |mm: f64, other: f64| (mm - other).abs() < 0.1;
        let of_size =
            (exact(across, long) && exact(down, short)) || (exact(across, short) && exact(down, long));
        if !of_size || (side.dpi - PAGE_DPI).abs() > 0.5 {
            return Err(CaptureError::NotACard);
        }
    }
    let (width, height) = (pixels(sheet_width), pixels(sheet_height));
    let mut sheet = Picture { width, height, rgb8: vec![255; 3 * width * height], orientation: 1 };
    let mut top_mm = TOP_MM;
    let mut places = [Transform::Place { sheet: PaperSize::A4, left_mm: 0.0, top_mm: 0.0 }; 2];
    for (side, place) in sides.iter().zip(&mut places) {
        let left_mm = (sheet_width - side.width_mm) / 2.0;
        paste(&mut sheet, &side.picture, pixels(left_mm), pixels(top_mm));
        *place = Transform::Place { sheet: PaperSize::A4, left_mm, top_mm };
        top_mm += side.height_mm + GAP_MM;
    }
    let source_dpi = sides[0].source_dpi.min(sides[1].source_dpi);
    let page = Rectified {
        picture: sheet,
        dpi: PAGE_DPI,
        width_mm: sheet_width,
        height_mm: sheet_height,
        source_dpi,
    };
    Ok((page, places))
}

/// One picture alone on a white sheet: what a [`Transform::Place`] says, carried out.
pub(crate) fn placed(
    page: &Rectified,
    paper: PaperSize,
    left_mm: f64,
    top_mm: f64,
) -> Result<Rectified, CaptureError> {
    let (width_mm, height_mm) = paper.sides_mm();
    let inside = left_mm >= 0.0
        && top_mm >= 0.0
        && left_mm + page.width_mm <= width_mm + 0.1
        && top_mm + page.height_mm <= height_mm + 0.1;
    if !inside || (page.dpi - PAGE_DPI).abs() > 0.5 {
        return Err(CaptureError::CropOutsidePage);
    }
    let (width, height) = (pixels(width_mm), pixels(height_mm));
    let mut picture = Picture { width, height, rgb8: vec![255; 3 * width * height], orientation: 1 };
    paste(&mut picture, &page.picture, pixels(left_mm), pixels(top_mm));
    Ok(Rectified { picture, dpi: PAGE_DPI, width_mm, height_mm, source_dpi: page.source_dpi })
}

fn pixels(mm: f64) -> usize {
    (mm / MM_PER_INCH * PAGE_DPI).round() as usize
}

/// Copies what fits.
fn paste(sheet: &mut Picture, part: &Picture, left: usize, top: usize) {
    let across = part.width.min(sheet.width.saturating_sub(left));
    for y in 0..part.height.min(sheet.height.saturating_sub(top)) {
        let to = 3 * ((top + y) * sheet.width + left);
        let from = 3 * y * part.width;
        sheet.rgb8[to..to + 3 * across].copy_from_slice(&part.rgb8[from..from + 3 * across]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;
    use crate::page::rectify;

    /// A dark card on a light desk, seen straight, and its outline.
    fn photographed(dpi: f64, grey: u8) -> (Picture, Quad) {
        let (w, h) = ((85.6 / 25.4 * dpi).round(), (53.98 / 25.4 * dpi).round());
        let (width, height) = (w as usize + 200, h as usize + 200);
        let mut picture = Picture::new(width, height, vec![230; 3 * width * height]).unwrap();
        for y in 100..100 + h as usize {
            picture.rgb8[3 * (y * width + 100)..3 * (y * width + 100 + w as usize)].fill(grey);
        }
        let corners = [(100.0, 100.0), (100.0 + w, 100.0), (100.0 + w, 100.0 + h), (100.0, 100.0 + h)];
        (picture, Quad(corners.map(|(x, y)| Point::new(x, y))))
    }

    fn side(dpi: f64, grey: u8) -> Rectified {
        let (picture, quad) = photographed(dpi, grey);
        rectify(&picture, &[card(&picture, quad).unwrap()]).unwrap()
    }

    /// The bounding box of what is as dark as `grey` in the half of the sheet that begins at `from_mm`, millimetres: left,
    /// top, width, height.
    fn measured(page: &Rectified, grey: u8, from_mm: f64) -> [f64; 4] {
        let (w, mm) = (page.picture.width, 25.4 / page.dpi);
        let rows = (from_mm / mm) as usize..(((from_mm + 64.0) / mm) as usize);
        let marked: Vec<usize> =
            (rows.start * w..rows.end * w).filter(|i| page.picture.rgb8[3 * i] < (grey / 2 + 115)).collect();
        let (left, right) =
            (marked.iter().map(|i| i % w).min().unwrap(), marked.iter().map(|i| i % w).max().unwrap());
        let (top, bottom) = (marked[0] / w, marked[marked.len() - 1] / w);
        [left, top, right + 1 - left, bottom + 1 - top].map(|px| px as f64 * mm)
    }

    #[test]
    fn both_sides_lie_on_one_a4_at_true_size() {
        let (front, back) = (side(320.0, 60), side(250.0, 120));
        let (page, _) = card_sheet([&front, &back]).unwrap();
        assert_eq!((page.picture.width, page.picture.height), (2480, 3508));
        assert_eq!((page.width_mm, page.height_mm), (210.0, 297.0));
        for (grey, top) in [(60, 40.0), (120, 40.0 + 53.98 + 20.0)] {
            let [left, found_top, width, height] = measured(&page, grey, top - 5.0);
            assert!((width - 85.6).abs() < 0.15 && (height - 54.0).abs() < 0.15, "{width} × {height} mm");
            assert!((left - 62.2).abs() < 0.1 && (found_top - top).abs() < 0.1, "at {left}, {found_top} mm");
        }
        assert!((page.source_dpi - 250.0).abs() < 1.0);
    }

    #[test]
    fn what_is_recorded_of_a_side_makes_its_half_of_the_sheet_again() {
        let (picture, quad) = photographed(300.0, 60);
        let front = card(&picture, quad).unwrap();
        let corrected = rectify(&picture, &[front]).unwrap();
        let (_, [place, _]) = card_sheet([&corrected, &side(300.0, 120)]).unwrap();
        let again = rectify(&picture, &[front, place]).unwrap();
        let [left, top, width, height] = measured(&again, 60, 35.0);
        assert!((left - 62.2).abs() < 0.1 && (top - 40.0).abs() < 0.1);
        assert!((width - 85.6).abs() < 0.15 && (height - 54.0).abs() < 0.15);
    }

    #[test]
    fn a_page_is_no_card() {
        let (picture, _) = photographed(300.0, 60);
        let square = Quad(
            [(100.0, 100.0), (700.0, 100.0), (700.0, 700.0), (100.0, 700.0)].map(|(x, y)| Point::new(x, y)),
        );
        assert_eq!(card(&picture, square), Err(CaptureError::NotACard));
        let page = rectify(&picture, &[]).unwrap();
        assert_eq!(card_sheet([&page, &page]).err(), Some(CaptureError::NotACard));
    }
}
