//! A page is what decodes: bytes from a scanner are taken in only when they are one whole picture. "200 OK" and exit
//! code 0 come with empty and with cut pages too.

use crate::decode::{decode, jpeg_len};
use crate::original::{MediaType, Original};
use crate::source::{ScanFault, ScannedPage};

/// Sides of a page below this are no page, pixels.
const SIDE_LEAST: usize = 16;
/// Resolutions scanners have; a measured one is taken for the nearest within [`NEAR`].
const USUAL: [u16; 11] = [75, 100, 150, 200, 240, 250, 300, 400, 600, 1200, 2400];
/// How far pixels may be off (a request for 2300 answered with 2303), and a measured resolution from a usual one.
const NEAR: f64 = 0.03;

/// A page from a scanner's bytes, and its size in pixels.
pub(super) fn page(mut bytes: Vec<u8>, name: &str) -> Result<(Original, (usize, usize)), ScanFault> {
    if MediaType::sniff(&bytes) == Some(MediaType::Jpeg) {
        let len = jpeg_len(&bytes).map_err(|_| ScanFault::BrokenPage)?;
        bytes.truncate(len);
    }
    let original = Original::read(bytes, name).map_err(|_| ScanFault::BrokenPage)?;
    let picture = decode(&original).map_err(|_| ScanFault::BrokenPage)?;
    if picture.width.min(picture.height) < SIDE_LEAST {
        return Err(ScanFault::BrokenPage);
    }
    Ok((original, (picture.width, picture.height)))
}

/// As [`page`], the pixels kept without loss as PNG with their resolution.
#[cfg(unix)]
pub(super) fn as_png(bytes: Vec<u8>, name: &str, dpi: u16) -> Result<Original, ScanFault> {
    let (read, _) = page(bytes, name)?;
    let picture = decode(&read).map_err(|_| ScanFault::BrokenPage)?;
    let mut bytes = Vec::with_capacity(picture.rgb8.len() / 4);
    let mut encoder = png::Encoder::new(&mut bytes, picture.width as u32, picture.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let per_metre = (f64::from(dpi) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&picture.rgb8)?;
        writer.finish()
    });
    written.map_err(|_| ScanFault::Io)?;
    Original::read(bytes, name).map_err(|_| ScanFault::BrokenPage)
}

/// The true resolution of a page `pixels` wide that was scanned over `inches` with `asked` dots per inch. Only the
/// width is measured: a feeder may deliver a page longer than was asked for.
pub(super) fn true_dpi(pixels: usize, inches: f64, asked: u16) -> Option<u16> {
    if inches.is_nan() || inches <= 0.0 {
        return None;
    }
    let measured = pixels as f64 / inches;
    let near = |dpi: u16| (measured / f64::from(dpi) - 1.0).abs() <= NEAR;
    if near(asked) { Some(asked) } else { USUAL.into_iter().find(|dpi| near(*dpi)) }
}

/// The page with its resolution.
pub(super) fn scanned(original: Original, dpi: Option<u16>) -> ScannedPage {
    ScannedPage { original, dpi: dpi.map(|dpi| (dpi, dpi)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::fixtures::plain_jpeg;

    #[test]
    fn only_whole_pictures_are_pages() {
        let whole = plain_jpeg(640, 480, 90);
        assert_eq!(page(whole.clone(), "p").unwrap().1, (640, 480));
        for cut in [0, 2, whole.len() / 2, whole.len() - 1] {
            assert_eq!(page(whole[..cut].to_vec(), "p").map(|_| ()), Err(ScanFault::BrokenPage), "{cut}");
        }
        // An end marker of its own does not make a cut page whole.
        let mut closed = whole[..whole.len() - 20].to_vec();
        closed.extend([0xFF, 0xD9]);
        assert_eq!(page(closed, "p").map(|_| ()), Err(ScanFault::BrokenPage));
        assert_eq!(page(b"<!doctype html>".to_vec(), "p").map(|_| ()), Err(ScanFault::BrokenPage));
        assert_eq!(page(plain_jpeg(640, 4, 90), "p").map(|_| ()), Err(ScanFault::BrokenPage));
    }

    #[cfg(unix)]
    #[test]
    fn a_page_kept_as_png_has_the_same_pixels() {
        let whole = plain_jpeg(64, 48, 90);
        let kept = as_png(whole.clone(), "p", 300).unwrap();
        assert_eq!(kept.media(), MediaType::Png);
        assert_eq!(decode(&kept).unwrap().rgb8, decode(&Original::read(whole, "p").unwrap()).unwrap().rgb8);
    }

    #[test]
    fn what_follows_a_page_is_cut_off() {
        let whole = plain_jpeg(64, 48, 90);
        let tail = [whole.clone(), plain_jpeg(320, 240, 10)].concat();
        assert_eq!(&page(tail, "p").unwrap().0.bytes()[..], &whole[..]);
    }

    #[test]
    fn the_resolution_is_measured_not_believed() {
        assert_eq!(true_dpi(2303, 2300.0 / 300.0, 300), Some(300));
        // Says 600, delivers 300.
        assert_eq!(true_dpi(2480, 210.0 / 25.4, 600), Some(300));
        assert_eq!(true_dpi(1000, 210.0 / 25.4, 300), None);
        assert_eq!(true_dpi(1000, 0.0, 300), None);
    }
}
