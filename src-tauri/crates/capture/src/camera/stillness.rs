//! Shooting by itself: when what lies under the camera is another paper than before and nothing has moved for a while.

use std::time::{Duration, Instant};

use super::look::Glance;

/// How long nothing may move before a shot.
pub(super) const STILL_FOR: Duration = Duration::from_millis(800);
/// Difference between two looks that is still rest, grey levels.
const AT_REST: f32 = 2.0;
/// Difference from the last shot that makes it another paper, grey levels.
const ANOTHER_PAPER: f32 = 5.0;

/// Watches for the moment to shoot.
#[derive(Debug, Default)]
pub(super) struct Stillness {
    last: Option<Glance>,
    rest_since: Option<Instant>,
    /// What lay there when the last shot was taken, or when the camera was opened.
    shot: Option<Glance>,
}

impl Stillness {
    /// One more look.
    pub(super) fn look(&mut self, glance: Glance, at: Instant) {
        let rests = self.last.as_ref().is_some_and(|last| last.difference(&glance) <= AT_REST);
        self.rest_since = match self.rest_since {
            Some(since) if rests => Some(since),
            _ => rests.then_some(at),
        };
        if self.shot.is_none() {
            // The empty mat, or a paper that the officer shoots by hand.
            self.shot = Some(glance.clone());
        }
        self.last = Some(glance);
    }

    /// Whether nothing has moved for [`STILL_FOR`].
    pub(super) fn still(&self, now: Instant) -> bool {
        self.rest_since.is_some_and(|since| now.saturating_duration_since(since) >= STILL_FOR)
    }

    /// Whether to shoot now: still, and not what was shot last.
    pub(super) fn wants_shot(&self, now: Instant) -> bool {
        let another = match (&self.last, &self.shot) {
            (Some(last), Some(shot)) => last.difference(shot) > ANOTHER_PAPER,
            _ => false,
        };
        another && self.still(now)
    }

    /// A shot was taken of what lies there now.
    pub(super) fn shot(&mut self) {
        self.shot.clone_from(&self.last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Picture;

    /// A mat with a light sheet from column `left` on.
    fn sheet(left: usize) -> Glance {
        let rgb8 = (0..64 * 48).flat_map(|i| [if i % 64 >= left { 220 } else { 40 }; 3]).collect();
        Glance::of(&Picture::new(64, 48, rgb8).unwrap())
    }

    /// Looks every 200 ms; the numbers of the looks at which it would shoot (and does).
    fn shots(lefts: &[usize]) -> Vec<usize> {
        let (mut stillness, start) = (Stillness::default(), Instant::now());
        let mut shots = Vec::new();
        for (i, left) in lefts.iter().enumerate() {
            let now = start + Duration::from_millis(200) * i as u32;
            stillness.look(sheet(*left), now);
            if stillness.wants_shot(now) {
                stillness.shot();
                shots.push(i);
            }
        }
        shots
    }

    #[test]
    fn a_sheet_is_shot_once_when_it_lies_still() {
        let mut lefts = vec![64; 8];
        lefts.extend([50, 40, 30]);
        lefts.extend([20; 12]);
        // Comes to rest at the second look at 20, number 12; 800 ms later is number 16.
        assert_eq!(shots(&lefts), [16]);
    }

    #[test]
    fn an_empty_mat_is_never_shot() {
        assert!(shots(&[64; 30]).is_empty());
    }

    #[test]
    fn a_sheet_in_motion_is_not_shot_and_the_next_sheet_is() {
        let moving: Vec<usize> = (0..30).map(|i| if i % 2 == 0 { 10 } else { 40 }).collect();
        assert!(shots(&moving).is_empty());
        let mut two = vec![64; 3];
        two.extend([20; 8]);
        two.extend([45; 8]);
        assert_eq!(shots(&two).len(), 2);
    }
}
