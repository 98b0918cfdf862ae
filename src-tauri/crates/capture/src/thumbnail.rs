//! Small previews for the window. Never part of a copy.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::CaptureError;
use crate::encode::{PREVIEW_QUALITY, jpeg};
use crate::picture::Picture;
use crate::reduce::reduced;

/// The picture with its longer side at most `max_side` pixels, as a small JPEG; smaller pictures keep their size.
///
/// # Errors
/// `Encode`.
pub fn thumbnail(picture: &Picture, max_side: usize) -> Result<Vec<u8>, CaptureError> {
    jpeg(&fitted(picture, max_side)?, 96.0, PREVIEW_QUALITY)
}

/// The picture with its longer side at most `max_side` pixels.
pub(crate) fn fitted(picture: &Picture, max_side: usize) -> Result<Picture, CaptureError> {
    let longer = picture.width.max(picture.height);
    let max_side = max_side.max(1);
    if longer <= max_side {
        return Ok(picture.clone());
    }
    // Whole factors first, by averaging: most of the work at a fraction of the cost.
    let factor = longer / max_side;
    let rough;
    let source = if factor >= 2 && picture.width.min(picture.height) >= 2 * factor {
        rough = reduced(picture, factor);
        &rough
    } else {
        picture
    };
    let scale = max_side as f64 / longer as f64;
    let side = |pixels: usize| ((pixels as f64 * scale).round() as usize).max(1);
    let (width, height) = (side(picture.width), side(picture.height));
    let fault = |fault: &dyn std::fmt::Display| CaptureError::Encode(fault.to_string());
    // Typed, so that only this one kind of pixel is compiled.
    let from = TypedImageRef::<U8x3>::from_buffer(source.width as u32, source.height as u32, &source.rgb8)
        .map_err(|e| fault(&e))?;
    let mut rgb8 = vec![0; 3 * width * height];
    let mut to =
        TypedImage::<U8x3>::from_buffer(width as u32, height as u32, &mut rgb8).map_err(|e| fault(&e))?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(&from, &mut to, &options).map_err(|e| fault(&e))?;
    Ok(Picture { width, height, rgb8, orientation: picture.orientation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::jpeg_header;

    #[test]
    fn the_longer_side_fits_and_proportions_stay() {
        let picture = Picture::new(1200, 900, vec![90; 1200 * 900 * 3]).unwrap();
        let header = jpeg_header(&thumbnail(&picture, 320).unwrap()).unwrap();
        assert_eq!((header.width, header.height), (320, 240));
        assert!(fitted(&picture, 320).unwrap().rgb8.iter().all(|v| v.abs_diff(90) <= 1));
    }

    #[test]
    fn a_small_picture_is_not_blown_up() {
        let picture = Picture::new(30, 20, vec![1; 1800]).unwrap();
        let header = jpeg_header(&thumbnail(&picture, 320).unwrap()).unwrap();
        assert_eq!((header.width, header.height), (30, 20));
    }
}
