//! The page at true size, as it goes into the copy, and how that size is known.

use super::{Layout, Outline};
use crate::{DeskError, counter::held::Held, faults};
use mocban_capture::{
    self as capture, Original, PaperSize, Picture, Quad, Rectified, Scale, Transform, encode,
};

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

/// The page at true size, and how that size is known. Turns alone pass a JPEG original through byte for byte.
pub(super) fn finish(
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
            (Some(measured(straight, &quad, layout, picture).through(layout.lens())), false)
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
    let transforms = recorded(original, picture, index, shape, layout);
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
    let Transform::Perspective { quad, dpi, lens, .. } = straight else { return straight };
    let (short, long) = (width_mm.min(height_mm), width_mm.max(height_mm));
    let near = |paper: &PaperSize| {
        let (its_short, its_long) = paper.sides_mm();
        (its_short - short).abs() <= snap_mm && (its_long - long).abs() <= snap_mm
    };
    let Some(paper) = SCANNED_SIZES.into_iter().find(near) else {
        return Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: None, lens };
    };
    let (short, long) = paper.sides_mm();
    let (width_mm, height_mm) = if width_mm > height_mm { (long, short) } else { (short, long) };
    Transform::Perspective { quad, width_mm, height_mm, dpi, snapped: Some(paper), lens }
}

/// Millimetres across and down of a paper that fills the picture.
fn as_it_lies(paper: PaperSize, picture: &Picture) -> (f64, f64) {
    let (short, long) = paper.sides_mm();
    if picture.width > picture.height { (long, short) } else { (short, long) }
}

/// The list of what is done to an upright picture.
pub(in crate::counter) fn recorded(
    original: &Original,
    picture: &Picture,
    index: usize,
    shape: Option<Transform>,
    layout: &Layout,
) -> Vec<Transform> {
    let mut page = capture::Page::new(original.clone(), index, picture.orientation);
    let light = layout.light.filter(|_| layout.even_light).map(|field| Transform::FlatField { field });
    light.into_iter().chain(shape).for_each(|transform| page.push(transform));
    page.push(Transform::QuarterTurn { quarters: layout.quarter_turns });
    page.transforms().to_vec()
}

pub(in crate::counter) fn small(
    original: &Original,
    picture: &Picture,
    side: usize,
) -> Result<Vec<u8>, DeskError> {
    capture::thumbnail(picture, side).map_err(|fault| faults::picture(original, fault))
}

pub(super) fn snapped(transforms: &[Transform]) -> Option<PaperSize> {
    transforms.iter().find_map(|transform| match transform {
        Transform::Perspective { snapped, .. } => *snapped,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
