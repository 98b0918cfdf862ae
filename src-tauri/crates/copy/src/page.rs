//! A page of the original: checked, and placed at 100 % scale with nothing over it.

use lopdf::{Object, ObjectId};

use crate::CopyError;
use crate::assembly::Assembly;
use crate::geometry::{MmRect, POINTS_PER_MM};
use crate::image::jpeg::{self, Colours, JpegHeader};
use crate::pdf::canvas::{Canvas, decimal};
use crate::pdf::objects::{dict, name};
use crate::request::{PageImage, RecognisedText};
use crate::text::{Fonts, Paragraph, Style, TextBlock};

/// Least resolution of a certified copy in dots per inch (NĐ 30/2020 App. I).
pub const LEAST_DPI: u32 = 200;

/// Shortest and longest side of an original in millimetres (A0 is 1189 mm long).
pub const PAGE_SIDE_MM: std::ops::RangeInclusive<f64> = 10.0..=1200.0;

/// How far the two resolutions of a page may differ before it counts as stretched.
const MOST_DISTORTION: f64 = 0.03;

/// A page's size on paper as it is read, in millimetres: width, height.
pub(crate) fn upright_size(page: &PageImage) -> (f64, f64) {
    if page.quarter_turns.is_multiple_of(2) {
        (page.width_mm, page.height_mm)
    } else {
        (page.height_mm, page.width_mm)
    }
}

/// Checks page `number` (from 1) and reads the header of its picture `jpeg`.
pub(crate) fn check(page: &PageImage, jpeg: &[u8], number: usize) -> Result<JpegHeader, CopyError> {
    let (width_mm, height_mm) = (page.width_mm, page.height_mm);
    if !PAGE_SIDE_MM.contains(&width_mm) || !PAGE_SIDE_MM.contains(&height_mm) {
        return Err(CopyError::PageSizeOutOfBounds { page: number, width_mm, height_mm });
    }
    let header = jpeg::read(jpeg, number)?;
    if (header.width, header.height) != (page.width_px, page.height_px) {
        return Err(CopyError::PixelSizeMismatch {
            page: number,
            found_width: header.width,
            found_height: header.height,
        });
    }
    let horizontal = f64::from(header.width) * 25.4 / width_mm;
    let vertical = f64::from(header.height) * 25.4 / height_mm;
    let (horizontal_dpi, vertical_dpi) = (horizontal.round() as u32, vertical.round() as u32);
    let dpi = horizontal_dpi.min(vertical_dpi);
    if dpi < LEAST_DPI {
        return Err(CopyError::ResolutionTooLow { page: number, dpi });
    }
    if (horizontal / vertical - 1.0).abs() > MOST_DISTORTION {
        return Err(CopyError::PageDistorted { page: number, horizontal_dpi, vertical_dpi });
    }
    Ok(header)
}

/// Writes the picture into the file, its bytes unchanged.
pub(crate) fn embed(jpeg: &[u8], header: JpegHeader, assembly: &mut Assembly) -> ObjectId {
    let (device, components) = match header.colours {
        Colours::Grey => ("DeviceGray", 1),
        Colours::Rgb => ("DeviceRGB", 3),
    };
    let colour_space = match header.profile {
        Some(profile) => {
            let profile = assembly.objects.add_compressed(dict([("N", components.into())]), &profile);
            Object::Array(vec![name("ICCBased"), profile.into()])
        }
        None => name(device),
    };
    let image = dict([
        ("Type", name("XObject")),
        ("Subtype", name("Image")),
        ("Width", i64::from(header.width).into()),
        ("Height", i64::from(header.height).into()),
        ("ColorSpace", colour_space),
        ("BitsPerComponent", 8.into()),
        ("Filter", name("DCTDecode")),
    ]);
    let id = assembly.objects.reserve();
    assembly.body.write_stream(id, image, jpeg);
    id
}

/// Paints the picture over the whole page and its recognised text invisibly under it.
///
/// Turned pages are turned by the picture's matrix, not by `/Rotate`: the page's own axes then stay upright, and so
/// do watermark, statement and signatures.
pub(crate) fn draw(page: &PageImage, canvas: &mut Canvas, fonts: &mut Fonts) -> Result<(), CopyError> {
    for text in &page.texts {
        draw_recognised(text, upright_size(page), canvas, fonts)?;
    }
    let (width, height) = upright_size(page);
    canvas.image("Im", MmRect { left: 0.0, top: 0.0, width, height }, page.quarter_turns);
    Ok(())
}

/// Text rendering mode 3 shows nothing, but can be selected and searched.
fn draw_recognised(
    text: &RecognisedText,
    (page_width, page_height): (f64, f64),
    canvas: &mut Canvas,
    fonts: &mut Fonts,
) -> Result<(), CopyError> {
    let place = text.place;
    if !place.is_inside(page_width, page_height) {
        return Ok(());
    }
    let size = place.height * POINTS_PER_MM;
    let paragraph = Paragraph::new(&text.text.replace('\n', " "), Style::Regular, size).line_height(1.0);
    let block = TextBlock::lay_out(&[paragraph], f64::INFINITY)?;
    let natural = block.ink_width();
    if natural <= 0.0 {
        return Ok(());
    }
    let stretch = place.width * POINTS_PER_MM / natural;
    canvas.saved(|canvas| {
        let left = decimal(place.left * POINTS_PER_MM);
        canvas.operators(&format!("3 Tr {} 0 0 1 {left} 0 cm", decimal(stretch)));
        canvas.text(fonts, &block, 0.0, place.top)
    })
}
