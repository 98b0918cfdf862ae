//! Pages to JPEG, once: baseline, 4:2:2, quality [`QUALITY`], colour always kept.
//!
//! The strips of a page are encoded side by side and joined at restart markers (ISO/IEC 10918-1 §F.1.1.5.2): one
//! ordinary baseline JPEG comes out, in half the time on two cores. A JPEG original that needs no correction is
//! not encoded at all: [`passthrough`].

use std::borrow::Cow;

use jpeg_encoder::{ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};
use rayon::prelude::*;

use crate::CaptureError;
use crate::decode::{jpeg_header, jpeg_of_page};
use crate::original::{MediaType, Original};
use crate::page::Transform;
use crate::picture::Picture;

/// JPEG quality of pages (the usual 1–100 scale): print and stamps stay clean, an A4 page is about 1 MB.
pub const QUALITY: u8 = 85;
/// JPEG quality of previews.
pub const PREVIEW_QUALITY: u8 = 80;

/// Rows of one MCU at 4:2:2 (blocks of 16 × 8).
const MCU_ROWS: usize = 8;
/// Restart markers count modulo 8; strips of a multiple of 8 restart intervals can be joined without renumbering.
const STRIP_ROWS: usize = MCU_ROWS * 8 * 7;

/// The picture as a baseline JPEG: 4:2:2, standard Huffman tables, JFIF density `dpi` (rounded).
///
/// # Errors
/// `TooLarge` beyond 65,535 pixels a side, `Encode` otherwise.
pub fn jpeg(picture: &Picture, dpi: f64, quality: u8) -> Result<Vec<u8>, CaptureError> {
    let (width, height) = sizes(picture)?;
    let stride = 3 * picture.width;
    let strips: Vec<Vec<u8>> = picture
        .rgb8
        .par_chunks(stride * STRIP_ROWS)
        .map(|rows| strip(rows, width, (rows.len() / stride) as u16, dpi, quality))
        .collect::<Result<_, _>>()?;
    join(strips, height)
}

/// When the transforms are turns only, the original JPEG itself (of a scanner's PDF: the JPEG of page `index`), byte for
/// byte from its start to its own end marker, and how many clockwise quarter turns it is to be shown with (a PDF's
/// `/Rotate`). `None` when pixels must change: then encode. EXIF inside stays, as the bytes are the original's.
pub fn passthrough<'a>(
    original: &'a Original,
    index: usize,
    transforms: &[Transform],
) -> Option<(Cow<'a, [u8]>, u8)> {
    let mut quarters = 0;
    for transform in transforms {
        quarters += match *transform {
            Transform::Orient { exif: 1 } | Transform::Size { .. } => 0,
            Transform::Orient { exif: 3 } => 2,
            Transform::Orient { exif: 6 } => 1,
            Transform::Orient { exif: 8 } => 3,
            Transform::QuarterTurn { quarters } => quarters % 4,
            _ => return None,
        };
    }
    if let Some((jpeg, shown)) = jpeg_of_page(original, index) {
        return Some((Cow::Owned(jpeg), (shown + quarters) % 4));
    }
    if original.media() != MediaType::Jpeg {
        return None;
    }
    let header = jpeg_header(original.bytes()).ok()?;
    Some((Cow::Borrowed(&original.bytes()[..header.len]), quarters % 4))
}

fn sizes(picture: &Picture) -> Result<(u16, u16), CaptureError> {
    match (u16::try_from(picture.width), u16::try_from(picture.height)) {
        (Ok(width), Ok(height)) => Ok((width, height)),
        _ => Err(CaptureError::TooLarge {
            found: picture.width.max(picture.height) as u64,
            limit: u64::from(u16::MAX),
            unit: "pixels a side",
        }),
    }
}

/// Some rows as a JPEG of their own, one restart interval for each row of MCUs.
fn strip(rows: &[u8], width: u16, height: u16, dpi: f64, quality: u8) -> Result<Vec<u8>, CaptureError> {
    let mut out = Vec::with_capacity(rows.len() / 12 + 1024);
    let mut encoder = Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_1);
    let density = dpi.round().clamp(1.0, 65535.0) as u16;
    encoder.set_density(PixelDensity { density: (density, density), unit: PixelDensityUnit::Inches });
    encoder.set_restart_interval(width.div_ceil(16));
    encoder
        .encode(rows, width, height, ColorType::Rgb)
        .map_err(|fault| CaptureError::Encode(fault.to_string()))?;
    Ok(out)
}

/// One JPEG from strips of one JPEG each: the first one's headers with the full height, all the scans, one end.
fn join(strips: Vec<Vec<u8>>, height: u16) -> Result<Vec<u8>, CaptureError> {
    let broken = || CaptureError::Encode("strips do not join".into());
    let mut joined = Vec::with_capacity(strips.iter().map(Vec::len).sum());
    for (i, strip) in strips.iter().enumerate() {
        let (frame, scan) = landmarks(strip).ok_or_else(broken)?;
        let end =
            strip.len().checked_sub(2).filter(|end| strip[*end..] == [0xFF, 0xD9]).ok_or_else(broken)?;
        if i == 0 {
            joined.extend_from_slice(&strip[..end]);
            // SOF: marker, length, precision, then the height.
            joined[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        } else {
            joined.extend_from_slice(&[0xFF, 0xD7]);
            joined.extend_from_slice(&strip[scan..end]);
        }
    }
    joined.extend_from_slice(&[0xFF, 0xD9]);
    Ok(joined)
}

/// Offsets of the frame header's marker and of the first byte of entropy-coded data.
fn landmarks(jpeg: &[u8]) -> Option<(usize, usize)> {
    let (mut at, mut frame) = (2, None);
    loop {
        let &[0xFF, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
        let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xC0 => frame = Some(at),
            0xDA => return Some((frame?, next)),
            _ => {}
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;

    fn scene(width: usize, height: usize) -> Picture {
        let rgb8 = (0..width * height)
            .flat_map(|i| {
                let (x, y) = (i % width, i / width);
                [(x / 3 % 256) as u8, (y / 5 % 256) as u8, ((x + y) / 7 % 256) as u8]
            })
            .collect();
        Picture::new(width, height, rgb8).unwrap()
    }

    #[test]
    fn a_page_of_several_strips_decodes_to_what_went_in() {
        for height in [1, 447, 448, 449, 1345] {
            let picture = scene(333, height);
            let bytes = jpeg(&picture, 300.0, 95).unwrap();
            let back = decode(&Original::read(bytes, "x").unwrap()).unwrap();
            assert_eq!((back.width, back.height), (333, height));
            let squares: f64 =
                back.rgb8.iter().zip(&picture.rgb8).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
            let rms = (squares / back.rgb8.len() as f64).sqrt();
            assert!(rms < 6.0, "rms {rms} at height {height}");
        }
    }

    #[test]
    fn the_strips_are_the_same_picture_as_one_encoding() {
        let picture = scene(640, 1000);
        let joined = jpeg(&picture, 300.0, QUALITY).unwrap();
        let whole = strip(&picture.rgb8, 640, 1000, 300.0, QUALITY).unwrap();
        assert_eq!(joined, whole);
    }

    #[test]
    fn the_resolution_is_in_the_jfif_header() {
        let bytes = jpeg(&scene(32, 32), 300.0, QUALITY).unwrap();
        assert_eq!(&bytes[6..11], b"JFIF\0");
        assert_eq!(bytes[13..18], [1, 1, 44, 1, 44]); // dots per inch, 300 × 300
    }

    #[test]
    fn a_jpeg_that_is_only_turned_passes_byte_for_byte_without_what_follows_its_end() {
        let bytes = jpeg(&scene(64, 48), 300.0, QUALITY).unwrap();
        let mut with_tail = bytes.clone();
        with_tail.extend_from_slice(b"somebody else's frame\xFF\xD9");
        let original = Original::read(with_tail, "x").unwrap();
        let turns = [Transform::Orient { exif: 6 }, Transform::QuarterTurn { quarters: 2 }];
        assert_eq!(passthrough(&original, 0, &turns), Some((Cow::Borrowed(&bytes[..]), 3)));
        let crop = Transform::Crop { left: 0.0, top: 0.0, right: 0.5, bottom: 1.0 };
        assert_eq!(passthrough(&original, 0, &[crop]), None);
    }
}
