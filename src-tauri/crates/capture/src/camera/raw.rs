//! Raw pixels from a camera without motion JPEG, made into a picture. BT.601 limited range, as UVC cameras send.

use super::format::Encoding;
use crate::picture::Picture;

/// Where the rows of a raw frame lie: drivers pad them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How pixels come; never [`Encoding::Jpeg`].
    pub encoding: Encoding,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Bytes from one row's start to the next one's.
    pub stride: usize,
}

impl Layout {
    /// Bytes that a whole frame has; `None` for sizes that make no picture.
    fn bytes(&self) -> Option<usize> {
        let least = match self.encoding {
            Encoding::Jpeg => return None,
            Encoding::Yuyv => self.width.checked_mul(2)?,
            Encoding::Nv12 => self.width,
        };
        let even = self.width > 0 && self.height > 0 && self.width.is_multiple_of(2);
        if !even || self.stride < least {
            return None;
        }
        match self.encoding {
            Encoding::Nv12 => self.stride.checked_mul(self.height.checked_add(self.height.div_ceil(2))?),
            // Padding after the last row need not be there.
            _ => self.stride.checked_mul(self.height - 1)?.checked_add(least),
        }
    }
}

/// The picture in a raw frame; `None` when the frame is shorter than its layout says, or the layout is impossible.
pub(crate) fn picture(bytes: &[u8], layout: &Layout) -> Option<Picture> {
    let bytes = bytes.get(..layout.bytes()?)?;
    let mut rgb8 = Vec::with_capacity(3 * layout.width * layout.height);
    for y in 0..layout.height {
        let row = &bytes[y * layout.stride..];
        match layout.encoding {
            Encoding::Yuyv => {
                for pair in row[..2 * layout.width].chunks_exact(4) {
                    rgb8.extend(rgb(pair[0], pair[1], pair[3]));
                    rgb8.extend(rgb(pair[2], pair[1], pair[3]));
                }
            }
            _ => {
                let colours = &bytes[(layout.height + y / 2) * layout.stride..];
                for (pair, colour) in row[..layout.width].chunks_exact(2).zip(colours.chunks_exact(2)) {
                    rgb8.extend(rgb(pair[0], colour[0], colour[1]));
                    rgb8.extend(rgb(pair[1], colour[0], colour[1]));
                }
            }
        }
    }
    Picture::new(layout.width, layout.height, rgb8)
}

/// ITU-R BT.601, limited range, in 1/256.
fn rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let y = 298 * (i32::from(y) - 16) + 128;
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u].map(|value| (value >> 8).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [82, 90, 240];

    fn yuyv(width: usize, height: usize, stride: usize, padding: u8) -> Vec<u8> {
        let mut bytes = vec![padding; stride * height];
        for row in bytes.chunks_mut(stride) {
            for pair in row[..2 * width].chunks_exact_mut(4) {
                pair.copy_from_slice(&[RED[0], RED[1], RED[0], RED[2]]);
            }
        }
        bytes
    }

    fn is_red(picture: &Picture) -> bool {
        picture.rgb8.chunks_exact(3).all(|p| p[0] > 245 && p[1] < 10 && p[2] < 10)
    }

    #[test]
    fn padding_between_rows_is_no_part_of_the_picture() {
        for stride in [16, 20, 64] {
            let layout = Layout { encoding: Encoding::Yuyv, width: 8, height: 5, stride };
            assert!(is_red(&picture(&yuyv(8, 5, stride, 0), &layout).unwrap()), "{stride}");
        }
    }

    #[test]
    fn black_white_and_both_encodings_agree() {
        assert_eq!(rgb(16, 128, 128), [0, 0, 0]);
        assert_eq!(rgb(235, 128, 128), [255, 255, 255]);
        let mut nv12 = vec![RED[0]; 10 * 4];
        nv12.extend([RED[1], RED[2]].repeat(10));
        let layout = Layout { encoding: Encoding::Nv12, width: 8, height: 4, stride: 10 };
        assert!(is_red(&picture(&nv12, &layout).unwrap()));
    }

    #[test]
    fn a_short_frame_or_an_impossible_layout_is_no_picture() {
        let layout = Layout { encoding: Encoding::Yuyv, width: 8, height: 5, stride: 20 };
        let bytes = yuyv(8, 5, 20, 0);
        assert!(picture(&bytes[..20 * 4 + 16], &layout).is_some());
        assert!(picture(&bytes[..20 * 4 + 15], &layout).is_none());
        for (width, height, stride) in
            [(8, 5, 15), (0, 5, 20), (8, 0, 20), (7, 5, 20), (usize::MAX - 1, 2, 4)]
        {
            let layout = Layout { encoding: Encoding::Yuyv, width, height, stride };
            assert!(picture(&bytes, &layout).is_none(), "{layout:?}");
        }
    }
}
