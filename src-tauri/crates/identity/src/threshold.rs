//! Black or white for every pixel, by what is around it.

use rxing::{
    Binarizer, BinaryBitmap, Luma8LuminanceSource,
    common::{BitMatrix, HybridBinarizer},
};

use crate::grey::{Grey, Sums};

/// A spread below this is an even area: noise, not modules.
const EVEN: f32 = 4.0;

/// Black where darker than the mean of a square of `2 * radius + 1` pixels. In even areas (inside a large module, on
/// blank paper) a square four times as wide decides.
pub(crate) fn local(picture: &Grey, radius: usize) -> Option<BitMatrix> {
    let mut bits = BitMatrix::new(picture.width as u32, picture.height as u32).ok()?;
    let sums = Sums::of(picture);
    for (y, line) in picture.pixels.chunks_exact(picture.width).enumerate() {
        for (x, &value) in line.iter().enumerate() {
            let value = f32::from(value);
            let (mean, spread) = sums.around(x, y, radius);
            let black = if spread >= EVEN {
                value < mean
            } else {
                let (mean, spread) = sums.around(x, y, 4 * radius);
                spread >= EVEN && value < mean - spread / 2.0
            };
            if black {
                bits.set(x as u32, y as u32);
            }
        }
    }
    Some(bits)
}

/// The blockwise threshold of `rxing`; may panic on pictures it does not like.
pub(crate) fn blockwise(picture: &Grey) -> Option<BitMatrix> {
    let source =
        Luma8LuminanceSource::new(picture.pixels.clone(), picture.width as u32, picture.height as u32)
            .ok()?;
    let bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    bitmap.get_binarizer().get_black_matrix().ok().cloned()
}
