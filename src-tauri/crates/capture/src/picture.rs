//! Decoded pixels, upright, three bytes each. Plain data: no file, no device, no transform list.

/// An upright sRGB picture. `rgb8.len() == 3 * width * height`, rows from the top, no padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Red, green, blue; a grey original has the three equal.
    pub rgb8: Vec<u8>,
    /// The EXIF orientation already applied, 1–8; 1 when there was none or it was invalid.
    pub orientation: u8,
}

impl Picture {
    /// A picture from its parts; `None` when the buffer does not fit the sizes or is empty.
    pub fn new(width: usize, height: usize, rgb8: Vec<u8>) -> Option<Self> {
        let fits = width > 0 && height > 0 && width.checked_mul(height)?.checked_mul(3)? == rgb8.len();
        fits.then_some(Self { width, height, rgb8, orientation: 1 })
    }

    /// The three bytes at column `x`, row `y`, the nearest pixel when outside.
    pub fn at(&self, x: isize, y: isize) -> [u8; 3] {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        let i = 3 * (y * self.width + x);
        [self.rgb8[i], self.rgb8[i + 1], self.rgb8[i + 2]]
    }

    /// Turned by `quarters` × 90° clockwise, every pixel kept.
    pub fn turned(&self, quarters: u8) -> Self {
        let (w, h) = (self.width, self.height);
        let (rgb8, width, height) = match quarters % 4 {
            1 => (remap(&self.rgb8, h, w, |x, y| (h - 1 - x) * w + y), h, w),
            2 => (remap(&self.rgb8, w, h, |x, y| (h - 1 - y) * w + (w - 1 - x)), w, h),
            3 => (remap(&self.rgb8, h, w, |x, y| x * w + (w - 1 - y)), h, w),
            _ => (self.rgb8.clone(), w, h),
        };
        Self { width, height, rgb8, orientation: self.orientation }
    }

    /// Mirrored left to right.
    pub fn mirrored(&self) -> Self {
        let (w, h) = (self.width, self.height);
        Self { rgb8: remap(&self.rgb8, w, h, |x, y| y * w + (w - 1 - x)), ..*self }
    }
}

/// Sizes only: what is on the page does not belong in a log.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.width, self.height)
    }
}

/// A new buffer of `width` × `height` whose pixel (x, y) is the pixel number `from(x, y)` of `rgb`.
fn remap(rgb: &[u8], width: usize, height: usize, from: impl Fn(usize, usize) -> usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            let i = 3 * from(x, y);
            out.extend_from_slice(&rgb[i..i + 3]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_by_three() -> Picture {
        // 1 2
        // 3 4
        // 5 6
        let rgb8 = (1..=6u8).flat_map(|v| [v, v, v]).collect();
        Picture::new(2, 3, rgb8).unwrap()
    }

    fn values(picture: &Picture) -> Vec<u8> {
        picture.rgb8.iter().step_by(3).copied().collect()
    }

    #[test]
    fn a_quarter_turn_is_clockwise() {
        let turned = two_by_three().turned(1);
        assert_eq!((turned.width, turned.height), (3, 2));
        assert_eq!(values(&turned), [5, 3, 1, 6, 4, 2]);
    }

    #[test]
    fn four_quarter_turns_and_two_mirrors_change_nothing() {
        let picture = two_by_three();
        assert_eq!(picture.turned(1).turned(1), picture.turned(2));
        assert_eq!(picture.turned(3).turned(1), picture);
        assert_eq!(picture.mirrored().mirrored(), picture);
    }

    #[test]
    fn a_buffer_of_the_wrong_size_is_no_picture() {
        assert!(Picture::new(2, 2, vec![0; 11]).is_none());
        assert!(Picture::new(0, 2, vec![]).is_none());
    }
}
