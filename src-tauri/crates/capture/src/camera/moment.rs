//! The moment to shoot by itself: a page has lain still for a while, its outline is certain and whole in the picture,
//! its shot would pass the [`Gate`], and it is not the page that was shot last.
//!
//! Keeps the look of the last frame and of the last shot, and nothing else.

use std::time::{Duration, Instant};

use super::look::Glance;
use crate::detect::{Detection, Warning};
use crate::fingerprint::Fingerprint;
use crate::picture::Picture;
use crate::quality::{Gate, Quality};
use crate::warp::warp;

/// How long nothing may move before a shot.
pub(super) const STILL_FOR: Duration = Duration::from_millis(800);
/// Difference between two looks above which something moves, grey levels.
pub(super) const MOVING: f32 = 2.0;
/// Looks further apart than this say nothing about what lay there in between.
const LONGEST_GAP: Duration = Duration::from_millis(1500);
/// The page is straightened to this size for its look, so that a page nudged on the desk looks the same; pixels.
const LOOK_SIZE: (usize, usize) = (272, 384);

/// Watches for the moment to shoot.
#[derive(Debug)]
pub(super) struct Moment {
    last: Option<(Glance, Instant)>,
    motion: Option<f32>,
    rest_since: Option<Instant>,
    /// Something has moved since the last shot. Blank pages have no look, so that this alone tells them apart.
    moved: bool,
    /// What the page in the picture looks like.
    page: Option<Fingerprint>,
    /// A page lies there of which a shot would be good.
    ready: bool,
    shot: Option<Fingerprint>,
}

impl Default for Moment {
    fn default() -> Self {
        Self { last: None, motion: None, rest_since: None, moved: true, page: None, ready: false, shot: None }
    }
}

impl Moment {
    /// One more look, taken `at`.
    pub(super) fn look(&mut self, glance: Glance, at: Instant) {
        let before = self.last.take();
        let near = before.filter(|(_, then)| at.saturating_duration_since(*then) <= LONGEST_GAP);
        self.motion = near.map(|(before, _)| before.difference(&glance));
        let rests = self.motion.is_some_and(|motion| motion <= MOVING);
        self.rest_since = if rests { self.rest_since.or(Some(at)) } else { None };
        self.moved |= self.motion.is_some_and(|motion| motion > MOVING);
        self.last = Some((glance, at));
    }

    /// What was found in that look, and how good a shot of it would be.
    pub(super) fn page(&mut self, picture: &Picture, found: &Detection, quality: &Quality) {
        let outline = found.certain().filter(|_| !found.is_all_page());
        let straight = outline.and_then(|quad| warp(picture, &quad, LOOK_SIZE.0, LOOK_SIZE.1));
        self.page = straight.and_then(|page| Fingerprint::of(&page));
        let whole = !found.warnings.contains(&Warning::PartlyOutOfFrame);
        self.ready = outline.is_some() && whole && quality.gate() == Gate::Open;
    }

    /// Mean change since the look before, grey levels; `None` for the first.
    pub(super) fn motion(&self) -> Option<f32> {
        self.motion
    }

    /// Whether nothing has moved for [`STILL_FOR`].
    pub(super) fn still(&self, now: Instant) -> bool {
        self.rest_since.is_some_and(|since| now.saturating_duration_since(since) >= STILL_FOR)
    }

    /// Whether to shoot now.
    pub(super) fn wants_shot(&self, now: Instant) -> bool {
        let same = matches!((&self.page, &self.shot), (Some(page), Some(shot)) if page.looks_like(shot));
        self.ready && self.moved && !same && self.still(now)
    }

    /// A shot was taken of what lies there now.
    pub(super) fn shot(&mut self) {
        self.moved = false;
        self.shot = self.page;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::detect_live;

    /// A card of true ID-1 shape on a dark desk, `shift` pixels to the right, printed differently by `kind` (0: blank).
    fn frame(shift: usize, kind: usize) -> Picture {
        let (w, h) = (1000usize, 700usize);
        let grey = |i: usize| {
            let (x, y) = (i % w, i / w);
            let (left, top) = (60 + shift, 80);
            let on = (left..left + 856).contains(&x) && (top..top + 540).contains(&y);
            let inside = (left + 60..left + 800).contains(&x) && y % 30 < 14;
            let word = ((x - left.min(x)) / 40 + 3) * (y / 30 + 2) * (kind + 5) * 40503 % 89;
            match (on, kind > 0 && inside && word > 40) {
                (false, _) => 60,
                (true, true) => 70,
                (true, false) => 222u8,
            }
        };
        Picture::new(w, h, (0..w * h).flat_map(|i| [grey(i); 3]).collect()).unwrap()
    }

    struct Eye {
        moment: Moment,
        now: Instant,
    }

    impl Eye {
        fn new() -> Self {
            Self { moment: Moment::default(), now: Instant::now() }
        }

        /// Looks at this picture every 200 ms for `looks` looks; shoots whenever it wants to. How often that was.
        fn watch(&mut self, picture: &Picture, looks: usize) -> usize {
            let found = detect_live(picture);
            let quality = Quality::of(picture, &found);
            let mut shots = 0;
            for _ in 0..looks {
                self.now += Duration::from_millis(200);
                self.moment.look(Glance::of(picture), self.now);
                self.moment.page(picture, &found, &quality);
                if self.moment.wants_shot(self.now) {
                    self.moment.shot();
                    shots += 1;
                }
            }
            shots
        }
    }

    #[test]
    fn a_page_is_shot_once_it_has_lain_still_and_the_next_page_again() {
        let mut eye = Eye::new();
        let mut shots = |shift, kind, looks| eye.watch(&frame(shift, kind), looks);
        assert_eq!(shots(0, 1, 5), 0, "not before it has lain still");
        assert_eq!(shots(0, 1, 10), 1);
        assert_eq!(shots(30, 1, 10), 0, "nudged, it is the same page");
        assert_eq!(shots(30, 7, 4), 0);
        assert_eq!(shots(30, 7, 10), 1);
    }

    #[test]
    fn a_blank_page_is_shot_once_until_something_moves() {
        let mut eye = Eye::new();
        assert_eq!(eye.watch(&frame(0, 0), 30), 1);
        assert_eq!(eye.watch(&frame(40, 0), 30), 1, "laid anew, it may be another");
    }

    #[test]
    fn an_empty_desk_a_moving_page_and_one_cut_by_the_frame_are_not_shot() {
        let empty = Picture::new(1000, 700, vec![60; 1000 * 700 * 3]).unwrap();
        assert_eq!(Eye::new().watch(&empty, 20), 0);
        assert_eq!(Eye::new().watch(&frame(300, 1), 20), 0);
        let mut eye = Eye::new();
        let shots: usize = (0..16).map(|i| eye.watch(&frame(if i % 2 == 0 { 0 } else { 40 }, 1), 1)).sum();
        assert_eq!(shots, 0);
    }

    #[test]
    fn a_shot_by_hand_is_not_repeated() {
        let mut eye = Eye::new();
        assert_eq!(eye.watch(&frame(0, 1), 3), 0);
        eye.moment.shot();
        assert_eq!(eye.watch(&frame(0, 1), 20), 0);
    }

    #[test]
    fn light_that_breathes_is_no_motion_and_a_long_gap_says_nothing() {
        let (mut moment, start) = (Moment::default(), Instant::now());
        moment.look(Glance::of(&frame(0, 1)), start);
        let lighter = Picture { rgb8: frame(0, 1).rgb8.iter().map(|v| v + 5).collect(), ..frame(0, 1) };
        moment.look(Glance::of(&lighter), start + Duration::from_millis(66));
        assert!(moment.motion().unwrap() < 0.5);
        moment.look(Glance::of(&lighter), start + Duration::from_secs(5));
        assert_eq!(moment.motion(), None);
        assert!(!moment.still(start + Duration::from_secs(5)));
    }
}
