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
    // Sums of 64 bytes fit in 16 bits, which halves the work of adding the rows.
    let columns = || vec![0u16; 3 * factor * width];
    rgb8.par_chunks_exact_mut(3 * width).enumerate().for_each_init(columns, |columns, (y, out)| {
        columns.fill(0);
        for line in 0..factor {
            let start = (y * factor + line) * stride;
            let row = &source.rgb8[start..start + 3 * factor * width];
            for (sum, value) in columns.iter_mut().zip(row) {
                *sum += u16::from(*value);
            }
        }
        match factor {
            2 => means::<2>(columns, out),
            3 => means::<3>(columns, out),
            4 => means::<4>(columns, out),
            5 => means::<5>(columns, out),
            6 => means::<6>(columns, out),
            7 => means::<7>(columns, out),
            8 => means::<8>(columns, out),
            _ => means_of(columns, out, factor),
        }
    });
    Picture { width, height, rgb8, orientation: source.orientation }
}

/// As [`means_of`], for a factor that the compiler knows: twice as quick.
fn means<const FACTOR: usize>(columns: &[u16], out: &mut [u8]) {
    means_of(columns, out, FACTOR);
}

/// The mean of each `factor` pixels of sums over `factor` rows.
#[inline(always)]
fn means_of(columns: &[u16], out: &mut [u8], factor: usize) {
    // Division by multiplication, exact (floor) for these small sums.
    let inverse = ((1u64 << 32) / (factor * factor) as u64) + 1;
    for (pixel, block) in out.chunks_exact_mut(3).zip(columns.chunks_exact(3 * factor)) {
        let mut sums = [0u32; 3];
        for rgb in block.chunks_exact(3) {
            sums[0] += u32::from(rgb[0]);
            sums[1] += u32::from(rgb[1]);
            sums[2] += u32::from(rgb[2]);
        }
        pixel.copy_from_slice(&sums.map(|sum| ((u64::from(sum) * inverse) >> 32) as u8));
    }
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
