//! When a camera's first frames may be believed: exposure and focus need time, and the first frames are dark.

use super::look::Glance;

/// After this many frames a picture is taken as settled, whatever it does.
pub(super) const ENOUGH_FRAMES: usize = 25;
/// Looks in a row that must agree before that.
const ALIKE: usize = 3;
/// Brightness may differ by this share and still agree.
const BRIGHTNESS_SHARE: f32 = 0.03;
/// The same for the gradient.
const GRADIENT_SHARE: f32 = 0.08;
/// Grey levels by which either may always differ (noise of a dark picture).
const NOISE: f32 = 1.0;
/// A picture darker than this is not believed before [`ENOUGH_FRAMES`]: a closed shutter is stable too.
const DARK: f32 = 24.0;

/// Watches the first frames of a stream.
#[derive(Debug, Default)]
pub(super) struct Settling {
    frames: usize,
    looks: Vec<(f32, f32)>,
}

impl Settling {
    /// One more frame has come.
    pub(super) fn frame(&mut self) {
        self.frames = self.frames.saturating_add(1);
    }

    /// What one of the frames looked like.
    pub(super) fn look(&mut self, glance: &Glance) {
        if self.looks.len() == ALIKE {
            self.looks.remove(0);
        }
        self.looks.push((glance.brightness(), glance.gradient()));
    }

    /// Whether a shot may be taken.
    pub(super) fn settled(&self) -> bool {
        self.frames >= ENOUGH_FRAMES || self.agree()
    }

    fn agree(&self) -> bool {
        let Some(&(brightness, gradient)) = self.looks.last().filter(|_| self.looks.len() == ALIKE) else {
            return false;
        };
        let near = |a: f32, b: f32, share: f32| (a - b).abs() <= (b * share).max(NOISE);
        brightness >= DARK
            && self
                .looks
                .iter()
                .all(|&(b, g)| near(b, brightness, BRIGHTNESS_SHARE) && near(g, gradient, GRADIENT_SHARE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;

    fn glance(level: u8) -> Glance {
        Glance::of(&Picture::new(64, 48, vec![level; 64 * 48 * 3]).unwrap())
    }

    fn run(levels: impl IntoIterator<Item = u8>) -> Option<usize> {
        let mut settling = Settling::default();
        for (count, level) in levels.into_iter().enumerate() {
            settling.frame();
            settling.look(&glance(level));
            if settling.settled() {
                return Some(count + 1);
            }
        }
        None
    }

    #[test]
    fn a_stable_picture_settles_after_three_looks() {
        assert_eq!(run([120; 10]), Some(3));
    }

    #[test]
    fn a_picture_that_brightens_settles_when_it_stops() {
        assert_eq!(run([5, 30, 60, 90, 110, 120, 121, 121, 121]), Some(8));
    }

    #[test]
    fn dark_frames_are_not_believed_before_the_twenty_fifth() {
        assert_eq!(run([2; 40]), Some(ENOUGH_FRAMES));
    }

    #[test]
    fn a_picture_that_never_rests_settles_at_the_twenty_fifth() {
        assert_eq!(run((0..40u8).map(|i| if i.is_multiple_of(2) { 80 } else { 160 })), Some(ENOUGH_FRAMES));
    }
}
