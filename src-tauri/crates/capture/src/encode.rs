//! Pages to JPEG, once: baseline, 4:2:2, quality [`QUALITY`], colour always kept.
//!
//! The strips of a page are encoded side by side and joined, each as one restart interval (ISO/IEC 10918-1
//! §F.1.1.5.2): one ordinary baseline JPEG comes out, in half the time on two cores. A JPEG original that needs no
//! correction is not encoded at all: [`passthrough`].

use std::borrow::Cow;

use rayon::prelude::*;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use crate::CaptureError;
use crate::decode::{jpeg_header, jpeg_of_page};
use crate::original::{MediaType, Original};
use crate::page::Transform;
use crate::picture::Picture;

/// JPEG quality of pages (the usual 1–100 scale): print and stamps stay clean, an A4 page is about 1 MB.
pub const QUALITY: u8 = 85;
/// JPEG quality of previews.
pub const PREVIEW_QUALITY: u8 = 80;

/// Pixels of one unit (MCU) at 4:2:2: two blocks side by side.
const UNIT: (usize, usize) = (16, 8);
/// Rows of pixels of one strip, unless the picture is so wide that a restart interval cannot hold them.
const STRIP_ROWS: usize = 448;

/// The picture as a baseline JPEG: 4:2:2, standard Huffman tables, JFIF density `dpi` (rounded).
///
/// # Errors
/// `TooLarge` beyond 65,535 pixels a side, `Encode` otherwise.
pub fn jpeg(picture: &Picture, dpi: f64, quality: u8) -> Result<Vec<u8>, CaptureError> {
    side(picture.width)?;
    let height = side(picture.height)?;
    let units_across = picture.width.div_ceil(UNIT.0);
    // A restart interval counts its units in 16 bits.
    let unit_rows = (usize::from(u16::MAX) / units_across).clamp(1, STRIP_ROWS / UNIT.1);
    let strips: Vec<Vec<u8>> = picture
        .rgb8
        .par_chunks(3 * picture.width * UNIT.1 * unit_rows)
        .map(|rows| strip(rows, picture.width, quality))
        .collect::<Result<_, _>>()?;
    join(&strips, Frame { height, interval: (units_across * unit_rows) as u16, dpi })
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

fn side(pixels: usize) -> Result<u16, CaptureError> {
    u16::try_from(pixels).map_err(|_| CaptureError::TooLarge {
        found: pixels as u64,
        limit: u64::from(u16::MAX),
        unit: "pixels a side",
    })
}

/// Some rows as a JPEG of their own.
fn strip(rows: &[u8], width: usize, quality: u8) -> Result<Vec<u8>, CaptureError> {
    let (pitch, format) = (3 * width, PixelFormat::RGB);
    let image = Image { pixels: rows, width, pitch, height: rows.len() / pitch, format };
    let encoded = || {
        let mut encoder = Compressor::new()?;
        encoder.set_quality(i32::from(quality))?;
        encoder.set_subsamp(Subsamp::Sub2x1)?;
        encoder.compress_to_vec(image)
    };
    encoded().map_err(|fault: turbojpeg::Error| CaptureError::Encode(fault.to_string()))
}

/// What the whole picture's headers say that a strip's do not.
struct Frame {
    height: u16,
    /// Units of one strip.
    interval: u16,
    dpi: f64,
}

/// One JPEG from strips of one JPEG each: the first one's headers made those of the whole, all the scans, one end.
fn join(strips: &[Vec<u8>], whole: Frame) -> Result<Vec<u8>, CaptureError> {
    let broken = || CaptureError::Encode("strips do not join".into());
    let mut joined = Vec::with_capacity(strips.iter().map(Vec::len).sum());
    for (i, strip) in strips.iter().enumerate() {
        let Landmarks { density, height, scan_header, scan } = landmarks(strip).ok_or_else(broken)?;
        let end =
            strip.len().checked_sub(2).filter(|end| strip[*end..] == [0xFF, 0xD9]).ok_or_else(broken)?;
        if i == 0 {
            joined.extend_from_slice(&strip[..scan_header]);
            let per_inch = (whole.dpi.round().clamp(1.0, 65535.0) as u16).to_be_bytes();
            joined[density] = 1;
            joined[density + 1..density + 3].copy_from_slice(&per_inch);
            joined[density + 3..density + 5].copy_from_slice(&per_inch);
            joined[height..height + 2].copy_from_slice(&whole.height.to_be_bytes());
            joined.extend_from_slice(&[0xFF, 0xDD, 0, 4]);
            joined.extend_from_slice(&whole.interval.to_be_bytes());
            joined.extend_from_slice(&strip[scan_header..end]);
        } else {
            joined.extend_from_slice(&[0xFF, 0xD0 + ((i - 1) % 8) as u8]);
            joined.extend_from_slice(&strip[scan..end]);
        }
    }
    joined.extend_from_slice(&[0xFF, 0xD9]);
    Ok(joined)
}

/// Offsets in a JPEG: the unit of JFIF's density and the two densities after it, the height in the frame header, the scan
/// header's marker, and the first byte of entropy-coded data.
struct Landmarks {
    density: usize,
    height: usize,
    scan_header: usize,
    scan: usize,
}

fn landmarks(jpeg: &[u8]) -> Option<Landmarks> {
    let (mut at, mut density, mut height) = (2, None, None);
    loop {
        let &[0xFF, marker, high, low] = jpeg.get(at..at + 4)? else { return None };
        let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        match marker {
            // Marker, length, "JFIF\0", version, then the unit.
            0xE0 => density = Some(at + 11),
            // Marker, length, precision, then the height.
            0xC0 => height = Some(at + 5),
            0xDA => {
                return Some(Landmarks { density: density?, height: height?, scan_header: at, scan: next });
            }
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
        let decoded = |bytes| decode(&Original::read(bytes, "x").unwrap()).unwrap();
        // The last is so wide that a strip is only a few units high.
        for (width, height) in [(640, 1000), (1001, 4500), (40_000, 225)] {
            let picture = scene(width, height);
            let joined = jpeg(&picture, 300.0, QUALITY).unwrap();
            let whole = strip(&picture.rgb8, width, QUALITY).unwrap();
            assert_eq!(decoded(joined), decoded(whole), "{width} × {height}");
        }
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
