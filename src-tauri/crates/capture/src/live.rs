//! The eye on the live picture: outline, quality and stillness of each frame, and when to shoot.
//!
//! Fed with preview frames, it keeps the look of the last few and nothing else. A page is shot by itself when it has
//! lain still for a moment, its outline is certain, its resolution is lawful, and it is not the page shot before.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::detect::{Detection, Warning, detect_live};
use crate::fingerprint::Fingerprint;
use crate::picture::Picture;
use crate::quality::{Quality, Reason};
use crate::reduce::reduced;

/// How long a page must lie still before it is shot by itself.
pub const STILL_FOR: Duration = Duration::from_millis(800);
/// Mean change from frame to frame above which something moves, grey levels.
pub const MOVING: f64 = 2.2;
/// A gap between frames longer than this starts the watch anew.
const LONGEST_GAP: Duration = Duration::from_millis(1500);
/// About the longer side of the picture that motion is judged on, pixels.
const GLANCE_SIDE: usize = 96;

/// What is to be said of one live frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveView {
    /// The outline to draw.
    pub detection: Detection,
    /// The numbers behind the objections.
    pub quality: Quality,
    /// Mean change since the frame before, grey levels; `None` for the first.
    pub motion: Option<f64>,
    /// Objections, with numbers.
    pub reasons: Vec<Reason>,
    /// Whether to shoot now.
    pub shoot: bool,
}

/// Watches the frames of one camera.
#[derive(Default)]
pub struct Watch {
    glance: Option<(Vec<u8>, Instant)>,
    still_since: Option<Instant>,
    /// The look of the scene that was shot last.
    shot: Option<Fingerprint>,
}

impl Watch {
    /// A new watch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next frame, taken `at`.
    pub fn look(&mut self, picture: &Picture, at: Instant) -> LiveView {
        let detection = detect_live(picture);
        let quality = Quality::of(picture, &detection);
        let motion = self.motion(picture, at);
        let mut reasons = quality.reasons();
        if let Some(value) = motion.filter(|motion| *motion > MOVING) {
            reasons.push(Reason { code: Warning::Moving, value, bar: MOVING });
        }
        let still = match motion {
            Some(motion) if motion <= MOVING => {
                at.saturating_duration_since(*self.still_since.get_or_insert(at)) >= STILL_FOR
            }
            _ => {
                self.still_since = None;
                false
            }
        };
        let objected = reasons.iter().any(|reason| reason.code != Warning::ThinResolution);
        let cut = detection.warnings.contains(&Warning::PartlyOutOfFrame);
        let outlined = detection.certain().is_some() && !detection.is_all_page();
        let good = still && outlined && !objected && !cut;
        let look = good.then(|| Fingerprint::of(picture)).flatten();
        let shoot = look.is_some_and(|look| !self.shot.is_some_and(|shot| shot.looks_like(&look)));
        if shoot {
            self.shot = look;
        }
        LiveView { detection, quality, motion, reasons, shoot }
    }

    fn motion(&mut self, picture: &Picture, at: Instant) -> Option<f64> {
        let factor = (picture.width.max(picture.height) / GLANCE_SIDE).max(1);
        let glance: Vec<u8> = reduced(picture, factor).rgb8.chunks_exact(3).map(|rgb| rgb[1]).collect();
        let before = self.glance.take().filter(|(before, then)| {
            before.len() == glance.len() && at.saturating_duration_since(*then) <= LONGEST_GAP
        });
        let motion = before.map(|(before, _)| {
            // Light that breathes over the whole picture is no motion.
            let mean = |v: &[u8]| v.iter().map(|v| f64::from(*v)).sum::<f64>() / v.len().max(1) as f64;
            let shift = mean(&glance) - mean(&before);
            let change = |(a, b): (&u8, &u8)| (f64::from(*a) - f64::from(*b) - shift).abs();
            glance.iter().zip(&before).map(change).sum::<f64>() / glance.len().max(1) as f64
        });
        self.glance = Some((glance, at));
        motion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of print on a dark desk, `shift` pixels to the right, printed differently by `kind`; 240 dpi of A4 would
    /// be a large picture, so a card of true ID-1 shape is shown.
    fn frame(shift: usize, kind: usize) -> Picture {
        let (w, h) = (1000usize, 700usize);
        let rgb8 = (0..w * h)
            .flat_map(|i| {
                let (x, y) = (i % w, i / w);
                let (left, top) = (60 + shift, 80);
                let on = (left..left + 856).contains(&x) && (top..top + 540).contains(&y);
                let word = (x / 40 + 3) * (y / 30 + 2) * (kind + 5) * 40503 % 89;
                let print = y % 30 < 14 && word > 40 && (left + 60..left + 800).contains(&x);
                [if !on {
                    60
                } else if print {
                    70
                } else {
                    222u8
                }; 3]
            })
            .collect();
        Picture::new(w, h, rgb8).unwrap()
    }

    #[test]
    fn a_page_is_shot_once_it_has_lain_still_and_the_next_page_again() {
        let start = Instant::now();
        let mut watch = Watch::new();
        let at = |watch: &mut Watch, ms: u64, shift, kind| {
            watch.look(&frame(shift, kind), start + Duration::from_millis(ms))
        };
        assert!(!at(&mut watch, 0, 0, 1).shoot);
        let moved = at(&mut watch, 300, 30, 1);
        assert!(moved.motion.unwrap() > MOVING, "{moved:?}");
        assert!(moved.reasons.iter().any(|reason| reason.code == Warning::Moving));
        assert!(!at(&mut watch, 600, 30, 1).shoot);
        assert!(!at(&mut watch, 1000, 30, 1).shoot);
        let shot = at(&mut watch, 1500, 30, 1);
        assert!(shot.shoot, "{shot:?}");
        // Not the same page again, however long it lies.
        assert!(!at(&mut watch, 2500, 30, 1).shoot);
        assert!(!at(&mut watch, 3000, 30, 7).shoot);
        assert!(!at(&mut watch, 3500, 30, 7).shoot);
        assert!(at(&mut watch, 4500, 30, 7).shoot);
    }

    #[test]
    fn light_that_breathes_is_no_motion() {
        let (mut watch, start) = (Watch::new(), Instant::now());
        watch.look(&frame(0, 1), start);
        let lighter = Picture { rgb8: frame(0, 1).rgb8.iter().map(|v| v + 5).collect(), ..frame(0, 1) };
        let view = watch.look(&lighter, start + Duration::from_millis(66));
        assert!(view.motion.unwrap() < 0.5, "{view:?}");
    }
}
