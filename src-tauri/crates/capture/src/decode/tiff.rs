//! TIFF 6.0: grey, colour and palette, 1–16 bits, one page or many.

use std::io::{Cursor, ErrorKind};

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::tags::{ByteOrder, Tag};
use ::tiff::{ColorType, TiffError};

use super::{MAX_PAGES, check_size, orientation, upright};
use crate::CaptureError;
use crate::original::{MAX_PIXELS, MediaType};
use crate::picture::Picture;

const MEDIA: MediaType = MediaType::Tiff;

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

/// The number of pages in the chain of directories.
pub(super) fn page_count(bytes: &[u8]) -> Result<usize, CaptureError> {
    let mut reader = open(bytes)?;
    let mut pages = 1;
    while reader.more_images() {
        if pages == MAX_PAGES {
            return Err(CaptureError::TooLarge {
                found: pages as u64 + 1,
                limit: MAX_PAGES as u64,
                unit: "pages",
            });
        }
        reader.next_image().map_err(named)?;
        pages += 1;
    }
    Ok(pages)
}

/// Decodes page `index`, from 0.
pub(super) fn decode(bytes: &[u8], index: usize) -> Result<Picture, CaptureError> {
    let mut reader = open_at(bytes, index)?;
    let photometric = reader.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).map_err(named)?;
    if photometric != Some(PALETTE) {
        let (kind, samples) = read(&mut reader)?;
        let samples = eight_bit(samples, kind, reader.dimensions().map_err(named)?.0 as usize, true)?;
        let rgb8 = match kind {
            ColorType::Gray(_) => samples.iter().flat_map(|&v| [v; 3]).collect(),
            ColorType::GrayA(8 | 16) => samples.chunks_exact(2).flat_map(|p| [p[0]; 3]).collect(),
            ColorType::RGB(8 | 16) => samples,
            ColorType::RGBA(8 | 16) => samples.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect(),
            ColorType::YCbCr(8) => {
                samples.chunks_exact(3).flat_map(|p| from_ycbcr(p[0], p[1], p[2])).collect()
            }
            other => return Err(unsupported(format!("{other:?} (photometric {photometric:?})"))),
        };
        return finish(&mut reader, rgb8);
    }
    // The decoder reads no palettes: the same page is read as grey, and the samples are the palette's indices.
    let map = reader.get_tag_u16_vec(Tag::ColorMap).map_err(named)?;
    let relabelled = labelled_grey(bytes, &mut reader)?;
    let mut reader = open_at(&relabelled, index)?;
    let (kind, samples) = read(&mut reader)?;
    let indices = eight_bit(samples, kind, reader.dimensions().map_err(named)?.0 as usize, false)?;
    let rgb8 = through_palette(&indices, &map)?;
    finish(&mut reader, rgb8)
}

/// PhotometricInterpretation of a palette, and of grey with black as zero (TIFF 6.0 §5 and §4).
const PALETTE: u16 = 3;
const BLACK_IS_ZERO: u8 = 1;
/// PhotometricInterpretation's tag.
const PHOTOMETRIC: u16 = 262;

fn open_at(bytes: &[u8], index: usize) -> Result<Reader<'_>, CaptureError> {
    let mut reader = open(bytes)?;
    for _ in 0..index.min(MAX_PAGES) {
        if !reader.more_images() {
            return Err(CaptureError::Truncated { media: MEDIA });
        }
        reader.next_image().map_err(named)?;
    }
    Ok(reader)
}

/// The samples of the current page, after its size and layout are found sane.
fn read(reader: &mut Reader<'_>) -> Result<(ColorType, DecodingResult), CaptureError> {
    let (width, height) = reader.dimensions().map_err(named)?;
    check_size(MEDIA, u64::from(width), u64::from(height))?;
    let kind = reader.colortype().map_err(named)?;
    let planar = reader.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(named)?;
    if planar == Some(2) && kind.num_samples() > 1 {
        return Err(unsupported("separate colour planes".into()));
    }
    Ok((kind, reader.read_image().map_err(named)?))
}

fn finish(reader: &mut Reader<'_>, rgb8: Vec<u8>) -> Result<Picture, CaptureError> {
    let (width, height) = reader.dimensions().map_err(named)?;
    let turn = reader.find_tag_unsigned::<u32>(Tag::Orientation).ok().flatten().unwrap_or(1);
    upright(MEDIA, width as usize, height as usize, rgb8, orientation::valid(turn))
}

/// A copy of the file in which the current page calls itself grey. Classic TIFF only: directories of 12-byte
/// entries, the value in the last four bytes (TIFF 6.0 §2).
fn labelled_grey(bytes: &[u8], reader: &mut Reader<'_>) -> Result<Vec<u8>, CaptureError> {
    let directory = reader.ifd_pointer().and_then(|pointer| usize::try_from(pointer.0).ok());
    let little = reader.byte_order() == ByteOrder::LittleEndian;
    let word = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let value = directory.filter(|at| *at < bytes.len()).and_then(|directory| {
        let entries = usize::from(word(directory)?);
        let entry = (0..entries).map(|k| directory + 2 + 12 * k).find(|at| word(*at) == Some(PHOTOMETRIC))?;
        Some(entry + 8).filter(|at| word(*at) == Some(PALETTE))
    });
    let at = value.ok_or_else(|| unsupported("a palette in a BigTIFF".into()))?;
    let mut copy = bytes.to_vec();
    copy[if little { at } else { at + 1 }] = BLACK_IS_ZERO;
    Ok(copy)
}

fn open(bytes: &[u8]) -> Result<Reader<'_>, CaptureError> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_PIXELS as usize * 8;
    limits.intermediate_buffer_size = MAX_PIXELS as usize * 8;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(named)?.with_limits(limits))
}

/// Samples as bytes: 16-bit ones keep their high byte; packed ones are unpacked row by row, and spread over 0–255
/// if `spread`.
fn eight_bit(
    samples: DecodingResult,
    kind: ColorType,
    width: usize,
    spread: bool,
) -> Result<Vec<u8>, CaptureError> {
    let bits = kind.bit_depth();
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) || (bits < 8 && kind.num_samples() != 1) {
        return Err(unsupported(format!("{kind:?} samples")));
    }
    match samples {
        DecodingResult::U8(bytes) if bits < 8 => {
            let mask = (1u16 << bits) - 1;
            let scale = if spread { 255 / mask } else { 1 };
            let per_byte = usize::from(8 / bits);
            Ok(bytes
                .chunks(width.div_ceil(per_byte))
                .flat_map(|row| {
                    (0..width).filter_map(move |x| {
                        let shift = 8 - usize::from(bits) * (x % per_byte + 1);
                        Some((((u16::from(*row.get(x / per_byte)?) >> shift) & mask) * scale) as u8)
                    })
                })
                .collect())
        }
        DecodingResult::U8(bytes) => Ok(bytes),
        DecodingResult::U16(words) => Ok(words.iter().map(|w| (w >> 8) as u8).collect()),
        _ => Err(unsupported(format!("{kind:?} samples"))),
    }
}

/// TIFF 6.0 §5: the map holds all reds, then all greens, then all blues, 16 bits each.
fn through_palette(indices: &[u8], map: &[u16]) -> Result<Vec<u8>, CaptureError> {
    let entries = map.len() / 3;
    let mut rgb = Vec::with_capacity(indices.len() * 3);
    for &index in indices {
        let index = usize::from(index);
        if index >= entries {
            return Err(CaptureError::Corrupt {
                media: MEDIA,
                detail: "a colour outside the palette".into(),
            });
        }
        rgb.extend((0..3).map(|plane| (map[plane * entries + index] >> 8) as u8));
    }
    Ok(rgb)
}

/// ITU-R BT.601 full range, the default of TIFF 6.0 §21.
fn from_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_14 * cb - 0.714_14 * cr, y + 1.772 * cb].map(|v| v.round() as u8)
}

fn unsupported(kind: String) -> CaptureError {
    CaptureError::UnsupportedKind { media: MEDIA, kind }
}

fn named(fault: TiffError) -> CaptureError {
    match fault {
        TiffError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => {
            CaptureError::Truncated { media: MEDIA }
        }
        TiffError::UnsupportedError(kind) => unsupported(kind.to_string()),
        TiffError::LimitsExceeded | TiffError::IntSizeError => {
            CaptureError::TooLarge { found: MAX_PIXELS, limit: MAX_PIXELS, unit: "pixels" }
        }
        other => CaptureError::Corrupt { media: MEDIA, detail: other.to_string() },
    }
}
