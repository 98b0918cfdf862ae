//! The header of a JPEG file that is to pass through unchanged (`/DCTDecode`).
//!
//! Reads markers only, as far as the first scan; refuses by name whatever some reader might show differently.

use crate::CopyError;

/// Most bytes one page's picture may have.
pub(crate) const LARGEST_PICTURE: usize = 64 << 20;

/// What the header says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JpegHeader {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colours: Colours,
    /// An embedded colour profile fit for the file (ISO 19005-2, 6.2.4.2); without one the picture is sRGB.
    pub(crate) profile: Option<Vec<u8>>,
}

/// The components of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    Grey,
    Rgb,
}

/// Reads the header of `jpeg`, the picture of page `page` (from 1).
pub(crate) fn read(jpeg: &[u8], page: usize) -> Result<JpegHeader, CopyError> {
    let unreadable = |reason| CopyError::JpegUnreadable { page, reason };
    if jpeg.len() > LARGEST_PICTURE {
        return Err(CopyError::PictureTooLarge { page, bytes: jpeg.len() });
    }
    let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8]).ok_or(unreadable("no start of image"))?;
    let mut frame = None;
    let mut says_colours = false;
    let mut profile = ProfileParts::default();
    loop {
        let (marker, after) = next_marker(rest).ok_or(unreadable("no scan"))?;
        let (segment, after) = segment(after).ok_or(CopyError::JpegTruncated { page })?;
        rest = after;
        match marker {
            0xC0 if frame.is_none() => frame = Some(read_frame(segment, page)?),
            0xC0 => return Err(unreadable("two frames")),
            0xC4 | 0xC8 => {}
            0xC1..=0xCF => return Err(CopyError::JpegNotBaseline { page, process: process(marker) }),
            0xE0 => says_colours |= segment.starts_with(b"JFIF\0"),
            0xEE => says_colours |= segment.starts_with(b"Adobe"),
            0xE2 => profile.collect(segment),
            0xDA => break,
            0xD8 | 0xD9 => return Err(unreadable("markers out of order")),
            _ => {}
        }
    }
    let frame = frame.ok_or(unreadable("no frame before the scan"))?;
    if !ends_whole(rest) {
        return Err(CopyError::JpegTruncated { page });
    }
    let colours = match frame.components.as_slice() {
        [_] => Colours::Grey,
        // Without a JFIF or Adobe marker, components called R, G, B are read as such by some and as YCbCr by others.
        b"RGB" if !says_colours => return Err(CopyError::JpegColoursAmbiguous { page }),
        [_, _, _] => Colours::Rgb,
        [_, _, _, _] => return Err(CopyError::JpegFourColours { page }),
        _ => return Err(unreadable("neither one nor three components")),
    };
    Ok(JpegHeader { width: frame.width, height: frame.height, colours, profile: profile.finish(colours) })
}

struct Frame {
    width: u32,
    height: u32,
    components: Vec<u8>,
}

fn read_frame(segment: &[u8], page: usize) -> Result<Frame, CopyError> {
    let unreadable = |reason| CopyError::JpegUnreadable { page, reason };
    let [precision, h1, h0, w1, w0, count, specs @ ..] = segment else {
        return Err(unreadable("short frame header"));
    };
    if *precision != 8 {
        return Err(CopyError::JpegNotBaseline { page, process: "12-bit" });
    }
    let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
    if width == 0 || height == 0 || specs.len() != usize::from(*count) * 3 {
        return Err(unreadable("bad frame header"));
    }
    let components = specs.chunks_exact(3).map(|spec| spec[0]).collect();
    Ok(Frame { width: width.into(), height: height.into(), components })
}

/// The next marker and what follows it; fill bytes before it are skipped.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let rest = bytes.strip_prefix(&[0xFF])?;
    let at = rest.iter().position(|byte| *byte != 0xFF)?;
    Some((rest[at], &rest[at + 1..]))
}

/// A segment's content and what follows it.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
    rest.split_at_checked(length)
}

/// Whether the end-of-image marker is there; devices may pad after it.
fn ends_whole(scan: &[u8]) -> bool {
    let tail = &scan[scan.len().saturating_sub(4096)..];
    tail.windows(2).any(|pair| pair == [0xFF, 0xD9])
}

fn process(marker: u8) -> &'static str {
    match marker {
        0xC1 => "extended sequential",
        0xC2 => "progressive",
        0xC3 | 0xC7 | 0xCB | 0xCF => "lossless",
        0xC5 | 0xC6 => "hierarchical",
        _ => "arithmetic",
    }
}

/// An ICC profile in its APP2 pieces (ICC.1, annex B.4).
#[derive(Default)]
struct ProfileParts {
    parts: Vec<(u8, Vec<u8>)>,
}

impl ProfileParts {
    fn collect(&mut self, segment: &[u8]) {
        if let Some([number, _, data @ ..]) = segment.strip_prefix(b"ICC_PROFILE\0") {
            self.parts.push((*number, data.to_vec()));
        }
    }

    /// The profile, when it is one that a PDF/A-2 file may carry and fits the picture's components.
    fn finish(mut self, colours: Colours) -> Option<Vec<u8>> {
        self.parts.sort_by_key(|(number, _)| *number);
        let profile: Vec<u8> = self.parts.into_iter().flat_map(|(_, data)| data).collect();
        let header = profile.first_chunk::<128>()?;
        let size = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        let space: &[u8] = if colours == Colours::Grey { b"GRAY" } else { b"RGB " };
        let fits = size as usize == profile.len()
            && matches!(header[8], 2 | 4)
            && matches!(&header[12..16], b"scnr" | b"mntr" | b"spac")
            && &header[16..20] == space
            && &header[36..40] == b"acsp";
        fits.then_some(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(colour: jpeg_encoder::ColorType, progressive: bool) -> Vec<u8> {
        let channels = match colour {
            jpeg_encoder::ColorType::Luma => 1,
            jpeg_encoder::ColorType::Rgb => 3,
            _ => 4,
        };
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        encoder.set_progressive(progressive);
        let pixels = vec![200; 32 * 16 * channels];
        encoder.encode(&pixels, 32, 16, colour).unwrap();
        bytes
    }

    #[test]
    fn grey_and_colour_pictures_are_told_apart() {
        let grey = read(&jpeg(jpeg_encoder::ColorType::Luma, false), 1).unwrap();
        assert_eq!((grey.width, grey.height, grey.colours), (32, 16, Colours::Grey));
        let colour = read(&jpeg(jpeg_encoder::ColorType::Rgb, false), 1).unwrap();
        assert_eq!(colour.colours, Colours::Rgb);
    }

    #[test]
    fn progressive_and_cmyk_pictures_are_refused_by_name() {
        assert_eq!(
            read(&jpeg(jpeg_encoder::ColorType::Rgb, true), 3),
            Err(CopyError::JpegNotBaseline { page: 3, process: "progressive" })
        );
        assert_eq!(
            read(&jpeg(jpeg_encoder::ColorType::Cmyk, false), 2),
            Err(CopyError::JpegFourColours { page: 2 })
        );
    }

    #[test]
    fn a_picture_cut_anywhere_is_refused() {
        let whole = jpeg(jpeg_encoder::ColorType::Rgb, false);
        for length in 0..whole.len() - 1 {
            assert!(read(&whole[..length], 1).is_err(), "{length} bytes");
        }
    }

    proptest::proptest! {
        #[test]
        fn hostile_bytes_never_panic(mut bytes: Vec<u8>, at: usize, value: u8) {
            let _ = read(&bytes, 1);
            let mut damaged = jpeg(jpeg_encoder::ColorType::Luma, false);
            let at = at % damaged.len();
            damaged[at] = value;
            let _ = read(&damaged, 1);
            bytes.splice(0..0, [0xFF, 0xD8]);
            let _ = read(&bytes, 1);
        }
    }
}
