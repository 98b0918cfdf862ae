//! Strict decoding: a whole, undamaged picture or a refusal by name, never half a page.
//!
//! JPEG is walked to its own end marker and decoded in strict mode, PNG with its checksums, TIFF and scanners' PDF page by page.
//! The output is upright (EXIF orientation applied), sRGB bytes, colour as it was. Bytes after a picture's end
//! (a camera buffer's old content, a phone's second picture) reach nothing that is derived from it.

mod entropy;
mod jpeg;
mod orientation;
mod pdf;
mod png;
mod tiff;

pub use jpeg::{JpegHeader, jpeg_header, jpeg_len};

use crate::CaptureError;
use crate::original::{MAX_PIXELS, MediaType, Original};
use crate::picture::Picture;

/// The most pages taken from one TIFF or PDF.
pub const MAX_PAGES: usize = 200;

/// The first page of an original, upright.
///
/// # Errors
/// `Truncated`, `Corrupt`, `UnsupportedKind` or `TooLarge`.
pub fn decode(original: &Original) -> Result<Picture, CaptureError> {
    decode_page(original, 0)
}

/// Page `index` (from 0) of an original, upright; JPEG and PNG have only page 0.
///
/// # Errors
/// As [`decode()`]; `Truncated` when there is no such page.
pub fn decode_page(original: &Original, index: usize) -> Result<Picture, CaptureError> {
    let (bytes, media) = (original.bytes(), original.media());
    if index > 0 && !matches!(media, MediaType::Tiff | MediaType::Pdf) {
        return Err(CaptureError::Truncated { media });
    }
    match media {
        MediaType::Jpeg => jpeg::decode(bytes),
        MediaType::Png => png::decode(bytes),
        MediaType::Tiff => tiff::decode(bytes, index),
        MediaType::Pdf => pdf::decode(bytes, index),
    }
}

/// Width and height of the paper, millimetres, upright, where the file states them for certain: a scanner's PDF. The
/// resolution in a photograph's header is not believed.
///
/// # Errors
/// As [`decode()`].
pub fn stated_size(original: &Original, index: usize) -> Result<Option<(f64, f64)>, CaptureError> {
    match original.media() {
        MediaType::Pdf => pdf::size_mm(original.bytes(), index).map(Some),
        MediaType::Jpeg | MediaType::Png | MediaType::Tiff => Ok(None),
    }
}

/// The JPEG inside page `index` of a scanner's PDF, byte for byte, and the clockwise turns with which it is shown.
pub(crate) fn jpeg_of_page(original: &Original, index: usize) -> Option<(Vec<u8>, u8)> {
    match original.media() {
        MediaType::Pdf => pdf::photograph_of(original.bytes(), index),
        MediaType::Jpeg | MediaType::Png | MediaType::Tiff => None,
    }
}

/// How many pages an original has: 1 except for TIFF and PDF.
///
/// # Errors
/// `Corrupt` or `Truncated` when a TIFF's chain of directories or a PDF is damaged, `TooLarge` over [`MAX_PAGES`].
pub fn page_count(original: &Original) -> Result<usize, CaptureError> {
    match original.media() {
        MediaType::Tiff => tiff::page_count(original.bytes()),
        MediaType::Pdf => pdf::page_count(original.bytes()),
        MediaType::Jpeg | MediaType::Png => Ok(1),
    }
}

/// Refuses sizes that are zero or over [`MAX_PIXELS`], before any buffer is allocated.
fn check_size(media: MediaType, width: u64, height: u64) -> Result<(), CaptureError> {
    if width == 0 || height == 0 {
        return Err(CaptureError::Corrupt { media, detail: "a side of zero pixels".into() });
    }
    let found = width.saturating_mul(height);
    if found > MAX_PIXELS {
        return Err(CaptureError::TooLarge { found, limit: MAX_PIXELS, unit: "pixels" });
    }
    Ok(())
}

/// The last step of each decoder: pixels to an upright picture.
fn upright(
    media: MediaType,
    width: usize,
    height: usize,
    rgb8: Vec<u8>,
    orientation: u8,
) -> Result<Picture, CaptureError> {
    Picture::new(width, height, rgb8)
        .map(|picture| orientation::apply(picture, orientation))
        .ok_or_else(|| CaptureError::Corrupt { media, detail: "pixels do not fill the picture".into() })
}

#[cfg(test)]
mod pdf_tests;
#[cfg(test)]
mod tests;
