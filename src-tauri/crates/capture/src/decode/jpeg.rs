//! JPEG (ISO/IEC 10918-1): a marker walk to this picture's own end, then a strict decode of exactly those bytes,
//! while [`entropy`] reads every scan through to see that nothing is missing.
//!
//! The usual "last FFD9 in the buffer" finds the end of whatever lies behind; only the walk finds *this* end.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{check_size, entropy, orientation, upright};
use crate::CaptureError;
use crate::original::MediaType;
use crate::picture::Picture;

const MEDIA: MediaType = MediaType::Jpeg;
/// Scans of a progressive picture; each costs a pass, and real encoders write about ten.
const MAX_SCANS: usize = 64;

/// What the markers say, before any pixel is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JpegHeader {
    /// Pixels across, as stored.
    pub width: u16,
    /// Pixels down, as stored.
    pub height: u16,
    /// 1 for grey, 3 for colour, 4 for CMYK.
    pub components: u8,
    /// EXIF orientation 1–8; 1 when absent or invalid.
    pub orientation: u8,
    /// Bytes from the first to the picture's own end marker, inclusive.
    pub len: usize,
}

/// The length of the picture that starts at byte 0: through its own EOI marker, whatever follows.
///
/// # Errors
/// `Truncated` when the bytes end first, `Corrupt` when they are not a chain of JPEG segments.
pub fn jpeg_len(bytes: &[u8]) -> Result<usize, CaptureError> {
    jpeg_header(bytes).map(|header| header.len)
}

/// Walks the markers of the picture that starts at byte 0.
///
/// # Errors
/// `Truncated`, `Corrupt`, or `UnsupportedKind` for lossless, hierarchical, arithmetic and 12-bit pictures.
pub fn jpeg_header(bytes: &[u8]) -> Result<JpegHeader, CaptureError> {
    if !bytes.starts_with(&[0xFF, 0xD8]) {
        return Err(corrupt("no start marker"));
    }
    let mut frame: Option<(u16, u16, u8)> = None;
    let mut orientation = 1;
    let mut scans = 0;
    let mut at = 2;
    loop {
        let (marker, after) = next_marker(bytes, at)?;
        at = after;
        match marker {
            0xD9 => break,
            0xD0..=0xD7 | 0x01 => continue,
            0xD8 => return Err(corrupt("a second start marker")),
            _ => {}
        }
        let body = segment(bytes, at)?;
        at += 2 + body.len();
        match marker {
            0xC0..=0xC2 => {
                if frame.is_some() {
                    return Err(corrupt("two frame headers"));
                }
                frame = Some(frame_header(body)?);
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(unsupported("lossless, hierarchical or arithmetic coding"));
            }
            0xE1 if body.starts_with(b"Exif\0\0") => orientation = orientation::from_exif(&body[6..]),
            0xDA => {
                scans += 1;
                if scans > MAX_SCANS {
                    return Err(corrupt("too many scans"));
                }
                at = end_of_scan(bytes, at)?;
            }
            _ => {}
        }
    }
    let (width, height, components) = frame.ok_or_else(|| corrupt("no frame header"))?;
    if scans == 0 {
        return Err(corrupt("no scan"));
    }
    Ok(JpegHeader { width, height, components, orientation, len: at })
}

/// Decodes the picture that starts at byte 0, strictly; what follows its end is not looked at.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, CaptureError> {
    let header = jpeg_header(bytes)?;
    let (width, height) = (usize::from(header.width), usize::from(header.height));
    check_size(MEDIA, u64::from(header.width), u64::from(header.height))?;
    // CMYK colours mean nothing without the press profile; guessing them would not be a true copy.
    if !matches!(header.components, 1 | 3) {
        return Err(unsupported(if header.components == 4 { "CMYK" } else { "number of colour components" }));
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(width)
        .set_max_height(height)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let whole = &bytes[..header.len];
    let (intact, decoded) = rayon::join(
        || entropy::check(whole),
        || JpegDecoder::new_with_options(ZCursor::new(whole), options).decode(),
    );
    intact?;
    let rgb8 = decoded.map_err(|fault| match fault {
        DecodeErrors::ExhaustedData => truncated(),
        DecodeErrors::Unsupported(kind) => unsupported(&format!("{kind:?}")),
        other => corrupt(&format!("{other:?}")),
    })?;
    upright(MEDIA, width, height, rgb8, header.orientation)
}

/// The marker code at `at` (fill bytes skipped) and the offset after it.
fn next_marker(bytes: &[u8], at: usize) -> Result<(u8, usize), CaptureError> {
    let mut i = at;
    if *bytes.get(i).ok_or_else(truncated)? != 0xFF {
        return Err(corrupt("no marker where one belongs"));
    }
    while let Some(&byte) = bytes.get(i) {
        i += 1;
        match byte {
            0xFF => {}
            0x00 => return Err(corrupt("no marker where one belongs")),
            code => return Ok((code, i)),
        }
    }
    Err(truncated())
}

/// The body of the segment whose two length bytes are at `at`.
pub(super) fn segment(bytes: &[u8], at: usize) -> Result<&[u8], CaptureError> {
    let Some(&[high, low]) = bytes.get(at..at + 2) else { return Err(truncated()) };
    let len = usize::from(u16::from_be_bytes([high, low]));
    if len < 2 {
        return Err(corrupt("a segment shorter than its own length field"));
    }
    bytes.get(at + 2..at + len).ok_or_else(truncated)
}

fn frame_header(body: &[u8]) -> Result<(u16, u16, u8), CaptureError> {
    let &[precision, h1, h0, w1, w0, components, ..] = body else {
        return Err(corrupt("a short frame header"));
    };
    if precision != 8 {
        return Err(unsupported("more than 8 bits a sample"));
    }
    Ok((u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]), components))
}

/// The offset of the first marker after the entropy-coded data that starts at `at`.
fn end_of_scan(bytes: &[u8], mut at: usize) -> Result<usize, CaptureError> {
    while let Some(step) = bytes.get(at..).and_then(|rest| rest.iter().position(|&b| b == 0xFF)) {
        at += step;
        match bytes.get(at + 1) {
            Some(0x00 | 0xD0..=0xD7) => at += 2,
            Some(0xFF) => at += 1,
            Some(_) => return Ok(at),
            None => break,
        }
    }
    Err(truncated())
}

pub(super) fn truncated() -> CaptureError {
    CaptureError::Truncated { media: MEDIA }
}

pub(super) fn corrupt(detail: &str) -> CaptureError {
    CaptureError::Corrupt { media: MEDIA, detail: detail.into() }
}

fn unsupported(kind: &str) -> CaptureError {
    CaptureError::UnsupportedKind { media: MEDIA, kind: kind.into() }
}
