//! A glance at a frame: small, grey and cheap. Enough to say whether exposure has settled and whether anything moves;
//! nothing is recognised here.

use crate::picture::Picture;

/// Glance size, pixels.
const WIDTH: usize = 64;
const HEIGHT: usize = 48;

/// A frame as 64 × 48 grey levels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glance {
    grey: Vec<f32>,
}

impl Glance {
    /// Averages the picture's green down to the glance's size.
    pub(super) fn of(picture: &Picture) -> Self {
        let mut grey = Vec::with_capacity(WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            let (top, bottom) = (y * picture.height / HEIGHT, (y + 1) * picture.height / HEIGHT);
            for x in 0..WIDTH {
                let (left, right) = (x * picture.width / WIDTH, (x + 1) * picture.width / WIDTH);
                grey.push(mean(picture, left..right.max(left + 1), top..bottom.max(top + 1)));
            }
        }
        Self { grey }
    }

    /// Mean grey level, 0..255.
    pub(super) fn brightness(&self) -> f32 {
        self.grey.iter().sum::<f32>() / self.grey.len() as f32
    }

    /// Mean difference of neighbours, grey levels: grows while a lens comes into focus.
    pub(super) fn gradient(&self) -> f32 {
        let rows = self.grey.chunks_exact(WIDTH);
        let steps: f32 = rows.flat_map(|row| row.windows(2).map(|pair| (pair[0] - pair[1]).abs())).sum();
        steps / ((WIDTH - 1) * HEIGHT) as f32
    }

    /// Mean difference from another glance, grey levels, brightness apart.
    pub(super) fn difference(&self, other: &Self) -> f32 {
        let shift = self.brightness() - other.brightness();
        let sum: f32 = self.grey.iter().zip(&other.grey).map(|(a, b)| (a - b - shift).abs()).sum();
        sum / self.grey.len() as f32
    }
}

/// Mean of every fourth pixel each way in a cell.
fn mean(picture: &Picture, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> f32 {
    let (mut sum, mut count) = (0u32, 0u32);
    for y in rows.step_by(4) {
        for x in columns.clone().step_by(4) {
            sum += u32::from(picture.rgb8.get(3 * (y * picture.width + x) + 1).copied().unwrap_or_default());
            count += 1;
        }
    }
    sum as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripes(level: u8, step: u8, width: usize, height: usize) -> Picture {
        let rgb8 = (0..width * height)
            .flat_map(|i| [if (i % width * 8 / width).is_multiple_of(2) { level } else { level + step }; 3])
            .collect();
        Picture::new(width, height, rgb8).unwrap()
    }

    #[test]
    fn a_change_of_brightness_alone_is_no_difference() {
        let (dark, light) = (stripes(60, 40, 640, 480), stripes(90, 40, 640, 480));
        let (dark, light) = (Glance::of(&dark), Glance::of(&light));
        assert!((light.brightness() - dark.brightness() - 30.0).abs() < 0.5);
        assert!(dark.difference(&light) < 0.5);
        assert!((dark.gradient() - light.gradient()).abs() < 0.1);
        assert!(dark.difference(&Glance::of(&stripes(60, 0, 640, 480))) > 15.0);
    }

    #[test]
    fn pictures_smaller_than_a_glance_are_looked_at_too() {
        assert!((Glance::of(&stripes(60, 0, 10, 7)).brightness() - 60.0).abs() < 0.5);
    }
}
