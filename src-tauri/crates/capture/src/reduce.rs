//! Averaging a picture down, by a whole factor or to a number of cells: quick, rows in parallel.

use rayon::prelude::*;

use crate::picture::Picture;

/// About as many rows of pixels are averaged for each row of cells, see [`averaged`].
const ROWS: usize = 12;

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

/// The picture averaged to `width` × `height` cells that cover all of it; it has at least as many pixels. In tall cells some
/// rows stand for all.
pub(crate) fn averaged(picture: &Picture, width: usize, height: usize) -> Vec<u8> {
    let mut rgb8 = vec![0; 3 * width * height];
    rgb8.par_chunks_exact_mut(3 * width).enumerate().for_each(|(y, out)| {
        let rows = y * picture.height / height..(y + 1) * picture.height / height;
        let step = (rows.len() / ROWS).max(1);
        let mut sums = vec![[0u32; 3]; width];
        let count = rows.clone().step_by(step).count() as u32;
        for row in rows.step_by(step) {
            let row = &picture.rgb8[3 * picture.width * row..][..3 * picture.width];
            for (x, sum) in sums.iter_mut().enumerate() {
                for rgb in row[3 * cell(x, width, picture.width)..3 * cell(x + 1, width, picture.width)]
                    .chunks_exact(3)
                {
                    sum[0] += u32::from(rgb[0]);
                    sum[1] += u32::from(rgb[1]);
                    sum[2] += u32::from(rgb[2]);
                }
            }
        }
        for (x, (out, sum)) in out.chunks_exact_mut(3).zip(sums).enumerate() {
            let across = (cell(x + 1, width, picture.width) - cell(x, width, picture.width)) as u32;
            let pixels = count * across;
            out.copy_from_slice(&sum.map(|sum| ((sum + pixels / 2) / pixels) as u8));
        }
    });
    rgb8
}

/// The first pixel of a cell.
fn cell(x: usize, cells: usize, pixels: usize) -> usize {
    x * pixels / cells
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
