//! Averaging a picture down by a whole factor: exact, quick, rows in parallel.

use rayon::prelude::*;

use crate::picture::Picture;

/// Each output pixel is the mean of `factor` × `factor` source pixels; what is left over at the right and the
/// bottom is dropped (at least one pixel remains).
pub(crate) fn reduced(source: &Picture, factor: usize) -> Picture {
    let factor = factor.clamp(1, source.width.min(source.height).min(64));
    let (width, height) = (source.width / factor, source.height / factor);
    let stride = 3 * source.width;
    let mut rgb8 = vec![0u8; 3 * width * height];
    // Division by multiplication, exact (floor) for these small sums.
    let inverse = ((1u64 << 32) / (factor * factor) as u64) + 1;
    rgb8.par_chunks_exact_mut(3 * width).enumerate().for_each(|(y, out)| {
        let mut columns = vec![0u32; 3 * factor * width];
        for line in 0..factor {
            let start = (y * factor + line) * stride;
            let row = &source.rgb8[start..start + 3 * factor * width];
            for (sum, value) in columns.iter_mut().zip(row) {
                *sum += u32::from(*value);
            }
        }
        for (pixel, block) in out.chunks_exact_mut(3).zip(columns.chunks_exact(3 * factor)) {
            let mut sums = [0u32; 3];
            for rgb in block.chunks_exact(3) {
                sums[0] += rgb[0];
                sums[1] += rgb[1];
                sums[2] += rgb[2];
            }
            pixel.copy_from_slice(&sums.map(|sum| ((u64::from(sum) * inverse) >> 32) as u8));
        }
    });
    Picture { width, height, rgb8, orientation: source.orientation }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_and_leftovers_are_dropped() {
        let rgb8: Vec<u8> = (0..5 * 4).flat_map(|i| [i as u8 * 10, 255, 0]).collect();
        let small = reduced(&Picture::new(5, 4, rgb8).unwrap(), 2);
        assert_eq!((small.width, small.height), (2, 2));
        assert_eq!(small.at(0, 0), [30, 255, 0]); // (0 + 10 + 50 + 60) / 4
        assert_eq!(small.at(1, 1), [150, 255, 0]);
    }
}
