//! Grey pictures and what may be done to them for reading only: cut, resize, sharpen.

/// Most pixels looked at; larger pictures are refused.
pub const PIXELS_MAX: usize = 200_000_000;

/// Luminance, one byte a pixel, rows from the top, no padding.
#[derive(Clone)]
pub struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

/// Sizes only: a citizen's card does not belong in a log.
impl std::fmt::Debug for Grey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grey({}×{})", self.width, self.height)
    }
}

impl Grey {
    /// A picture from its luminance; `None` when the buffer does not fit the sizes, is empty or above [`PIXELS_MAX`].
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let count = width.checked_mul(height)?;
        let fits = count > 0 && count <= PIXELS_MAX && pixels.len() == count;
        fits.then_some(Self { width, height, pixels })
    }

    /// The luminance (BT.601) of red, green, blue bytes; `None` as for [`Grey::new`].
    pub fn from_rgb8(width: usize, height: usize, rgb8: &[u8]) -> Option<Self> {
        if width.checked_mul(height)?.checked_mul(3)? != rgb8.len() {
            return None;
        }
        let luma =
            |p: &[u8]| (77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]) + 128) >> 8;
        Self::new(width, height, rgb8.chunks_exact(3).map(|pixel| luma(pixel) as u8).collect())
    }

    /// The part from (`x`, `y`), at most `width` × `height`; `None` when nothing of it is inside.
    pub(crate) fn cut(&self, x: usize, y: usize, width: usize, height: usize) -> Option<Self> {
        let right = x.saturating_add(width).min(self.width);
        let bottom = y.saturating_add(height).min(self.height);
        if x >= right || y >= bottom {
            return None;
        }
        let mut pixels = Vec::with_capacity((right - x) * (bottom - y));
        for row in y..bottom {
            pixels.extend_from_slice(&self.pixels[row * self.width + x..row * self.width + right]);
        }
        Self::new(right - x, bottom - y, pixels)
    }

    /// Each pixel the mean of `factor` × `factor`; what is left over at the right and the bottom is dropped. `None` when
    /// nothing is left.
    pub(crate) fn reduced(&self, factor: usize) -> Option<Self> {
        let (width, height) = (self.width / factor, self.height / factor);
        let count = (factor * factor) as u32;
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        for rows in self.pixels.chunks_exact(self.width * factor) {
            sums.fill(0);
            for row in rows.chunks_exact(self.width) {
                for (sum, part) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += part.iter().map(|&value| u32::from(value)).sum::<u32>();
                }
            }
            pixels.extend(sums.iter().map(|sum| (sum / count) as u8));
        }
        Self::new(width, height, pixels)
    }

    /// Enlarged by a whole factor (Lanczos, three lobes); `None` when the result would be too large.
    pub(crate) fn enlarged(&self, factor: usize) -> Option<Self> {
        let (width, height) = (self.width.checked_mul(factor)?, self.height.checked_mul(factor)?);
        if width.checked_mul(height)? > PIXELS_MAX {
            return None;
        }
        let phases = phases(factor);
        let mut wide = Vec::with_capacity(width * self.height);
        let mut padded = Vec::with_capacity(self.width + TAPS);
        for row in self.pixels.chunks_exact(self.width) {
            padded.clear();
            let (first, last) = (f32::from(row[0]), f32::from(row[self.width - 1]));
            padded.extend([first; TAPS / 2]);
            padded.extend(row.iter().map(|&value| f32::from(value)));
            padded.extend([last; TAPS / 2]);
            for x in 0..self.width {
                for (weights, start) in &phases {
                    let window = &padded[x + start..x + start + TAPS];
                    wide.push(window.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>());
                }
            }
        }
        let mut pixels = Vec::with_capacity(width * height);
        let mut sums = vec![0.0_f32; width];
        for y in 0..self.height {
            for (weights, start) in &phases {
                sums.fill(0.0);
                for (tap, weight) in weights.iter().enumerate() {
                    let row = (y + start + tap).saturating_sub(TAPS / 2).min(self.height - 1);
                    for (sum, value) in sums.iter_mut().zip(&wide[row * width..(row + 1) * width]) {
                        *sum += weight * value;
                    }
                }
                pixels.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
            }
        }
        Self::new(width, height, pixels)
    }

    /// Unsharp mask: what differs from the mean of a box of `2 * radius + 1` pixels, three times blurred, is added
    /// `amount` times.
    pub(crate) fn sharpened(&self, radius: usize, amount: f32) -> Self {
        let mut blurred = self.pixels.clone();
        for _ in 0..3 {
            blurred = box_blurred(&blurred, self.width, self.height, radius);
        }
        let sharp = |(&value, &mean): (&u8, &u8)| {
            let (value, mean) = (f32::from(value), f32::from(mean));
            (value + amount * (value - mean)).round().clamp(0.0, 255.0) as u8
        };
        let pixels = self.pixels.iter().zip(&blurred).map(sharp).collect();
        Self { width: self.width, height: self.height, pixels }
    }
}

/// Source pixels that make one of an enlarged picture, along one direction.
const TAPS: usize = 6;

/// For each of the `factor` pixels that one becomes: weights, and how far from three pixels before it they begin.
fn phases(factor: usize) -> Vec<([f32; TAPS], usize)> {
    let lanczos = |x: f32| {
        let x = x.abs() * std::f32::consts::PI;
        match x {
            x if x < 1e-4 => 1.0,
            x if x >= 3.0 * std::f32::consts::PI => 0.0,
            x => 3.0 * x.sin() * (x / 3.0).sin() / (x * x),
        }
    };
    (0..factor)
        .map(|phase| {
            // Where this pixel's middle lies, relative to the source pixel's.
            let shift = (phase as f32 + 0.5) / factor as f32 - 0.5;
            let start = usize::from(shift >= 0.0);
            let mut weights = [0.0; TAPS];
            for (tap, weight) in weights.iter_mut().enumerate() {
                *weight = lanczos(tap as f32 + start as f32 - 3.0 - shift);
            }
            let sum: f32 = weights.iter().sum();
            (weights.map(|weight| weight / sum), start)
        })
        .collect()
}

/// Mean over a box, rows then columns, the edge repeated.
fn box_blurred(pixels: &[u8], width: usize, height: usize, radius: usize) -> Vec<u8> {
    let mut rows = vec![0; pixels.len()];
    for (line, out) in pixels.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        running_mean(width, radius, |x| u32::from(line[x]), |x, mean| out[x] = mean);
    }
    let mut both = vec![0; pixels.len()];
    for x in 0..width {
        running_mean(
            height,
            radius,
            |y| u32::from(rows[y * width + x]),
            |y, mean| both[y * width + x] = mean,
        );
    }
    both
}

fn running_mean(length: usize, radius: usize, at: impl Fn(usize) -> u32, mut put: impl FnMut(usize, u8)) {
    let last = length - 1;
    let count = (2 * radius + 1) as u32;
    let mut sum: u32 = radius as u32 * at(0) + (0..=radius).map(|i| at(i.min(last))).sum::<u32>();
    for i in 0..length {
        put(i, ((sum + count / 2) / count) as u8);
        sum += at((i + radius + 1).min(last));
        sum -= at(i.saturating_sub(radius));
    }
}

/// Sums over rectangles of a picture in constant time.
pub(crate) struct Sums {
    stride: usize,
    width: usize,
    height: usize,
    /// Sum and sum of squares of everything above and left.
    table: Vec<(u32, u64)>,
}

impl Sums {
    pub(crate) fn of(picture: &Grey) -> Self {
        let (width, height) = (picture.width, picture.height);
        let stride = width + 1;
        let mut table = vec![(0_u32, 0_u64); stride * (height + 1)];
        for (y, line) in picture.pixels.chunks_exact(width).enumerate() {
            let (above, below) = table.split_at_mut((y + 1) * stride);
            let above = &above[y * stride..];
            let (mut sum, mut squares) = (0_u32, 0_u64);
            for (x, &value) in line.iter().enumerate() {
                sum = sum.wrapping_add(u32::from(value));
                squares += u64::from(value) * u64::from(value);
                below[x + 1] = (above[x + 1].0.wrapping_add(sum), above[x + 1].1 + squares);
            }
        }
        Self { stride, width, height, table }
    }

    /// Mean and standard deviation of the square of `2 * radius + 1` pixels about (`x`, `y`), as far as it is inside.
    #[inline]
    pub(crate) fn around(&self, x: usize, y: usize, radius: usize) -> (f32, f32) {
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
        let at = |x: usize, y: usize| self.table[y * self.stride + x];
        let (a, b, c, d) = (at(left, top), at(right, top), at(left, bottom), at(right, bottom));
        let count = ((right - left) * (bottom - top)) as f32;
        let sum = d.0.wrapping_add(a.0).wrapping_sub(b.0).wrapping_sub(c.0);
        let squares = d.1 + a.1 - b.1 - c.1;
        let mean = sum as f32 / count;
        (mean, (squares as f32 / count - mean * mean).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_does_not_fit_is_no_picture() {
        assert!(Grey::new(0, 0, vec![]).is_none());
        assert!(Grey::new(3, 2, vec![0; 5]).is_none());
        assert!(Grey::new(usize::MAX, 2, vec![0; 5]).is_none());
        assert!(Grey::from_rgb8(1, 1, &[1, 2]).is_none());
        assert_eq!(Grey::from_rgb8(2, 1, &[255, 255, 255, 0, 0, 0]).unwrap().pixels, [255, 0]);
    }

    #[test]
    fn a_cut_stops_at_the_edge() {
        let picture = Grey::new(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(picture.cut(1, 1, 9, 9).unwrap().pixels, [5, 6]);
        assert!(picture.cut(3, 0, 1, 1).is_none());
    }

    #[test]
    fn an_enlarged_slope_stays_a_slope_and_a_reduced_one_has_its_means() {
        let slope =
            Grey::new(20, 20, (0..400).map(|i| (5 * (i % 20) + 3 * (i / 20)) as u8).collect()).unwrap();
        for factor in [2, 3, 4] {
            let large = slope.enlarged(factor).unwrap();
            assert_eq!((large.width, large.height), (20 * factor, 20 * factor));
            for y in 4 * factor..16 * factor {
                for x in 4 * factor..16 * factor {
                    let place = |i: usize| (i as f32 + 0.5) / factor as f32 - 0.5;
                    let expected = 5.0 * place(x) + 3.0 * place(y);
                    let found = f32::from(large.pixels[y * large.width + x]);
                    assert!((found - expected).abs() <= 1.0, "{factor}: {found} at {x}, {y}, not {expected}");
                }
            }
        }
        let small = slope.reduced(2).unwrap();
        assert_eq!((small.width, small.pixels[0], small.pixels[11]), (10, 4, 20));
    }

    #[test]
    fn sums_know_mean_and_spread() {
        let picture =
            Grey::new(4, 4, vec![10, 20, 10, 20, 20, 10, 20, 10, 10, 20, 10, 20, 20, 10, 20, 10]).unwrap();
        let (mean, spread) = Sums::of(&picture).around(1, 1, 9);
        assert!((mean - 15.0).abs() < 1e-3 && (spread - 5.0).abs() < 1e-3);
    }

    #[test]
    fn sharpening_leaves_an_even_picture_alone() {
        let even = Grey::new(9, 7, vec![77; 63]).unwrap();
        assert_eq!(even.sharpened(2, 3.0).pixels, even.pixels);
    }
}
