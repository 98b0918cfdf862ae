//! PNG (ISO/IEC 15948) with every checksum checked, any colour kind, 1–16 bits, transparency laid on white.

use png::{BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Limits, Transformations};

use super::{check_size, orientation, upright};
use crate::CaptureError;
use crate::original::{MAX_BYTES, MAX_PIXELS, MediaType};
use crate::picture::Picture;

const MEDIA: MediaType = MediaType::Png;

/// Decodes a whole PNG, to its IEND chunk.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, CaptureError> {
    let mut options = DecodeOptions::default();
    options.set_ignore_checksums(false);
    options.set_skip_ancillary_crc_failures(false);
    let mut decoder = Decoder::new_with_options(std::io::Cursor::new(bytes), options);
    decoder.set_limits(Limits { bytes: MAX_PIXELS as usize * 8 + MAX_BYTES });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let (width, height) = {
        let info = decoder.read_header_info().map_err(named)?;
        check_size(MEDIA, u64::from(info.width), u64::from(info.height))?;
        (info.width as usize, info.height as usize)
    };
    let mut reader = decoder.read_info().map_err(named)?;
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| CaptureError::Corrupt { media: MEDIA, detail: "buffer size".into() })?;
    let mut samples = vec![0; size];
    let output = reader.next_frame(&mut samples).map_err(named)?;
    samples.truncate(output.buffer_size());
    reader.finish().map_err(named)?;
    let orientation = reader.info().exif_metadata.as_deref().map_or(1, orientation::from_exif);
    let rgb8 = match (output.color_type, output.bit_depth) {
        (ColorType::Rgb, BitDepth::Eight) => samples,
        (ColorType::Grayscale, BitDepth::Eight) => samples.iter().flat_map(|&v| [v; 3]).collect(),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => {
            samples.chunks_exact(2).flat_map(|p| [over_white(p[0], p[1]); 3]).collect()
        }
        (ColorType::Rgba, BitDepth::Eight) => samples
            .chunks_exact(4)
            .flat_map(|p| [over_white(p[0], p[3]), over_white(p[1], p[3]), over_white(p[2], p[3])])
            .collect(),
        (kind, depth) => {
            return Err(CaptureError::UnsupportedKind { media: MEDIA, kind: format!("{kind:?} {depth:?}") });
        }
    };
    upright(MEDIA, width, height, rgb8, orientation)
}

/// Paper is white: what is transparent shows it.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

fn named(fault: DecodingError) -> CaptureError {
    match fault {
        DecodingError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            CaptureError::Truncated { media: MEDIA }
        }
        DecodingError::LimitsExceeded => {
            CaptureError::TooLarge { found: MAX_PIXELS, limit: MAX_PIXELS, unit: "pixels" }
        }
        other => CaptureError::Corrupt { media: MEDIA, detail: other.to_string() },
    }
}
