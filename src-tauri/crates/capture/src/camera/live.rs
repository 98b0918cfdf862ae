//! A camera at work: one thread takes its frames, anybody may look at the newest, and a shot is a fresh frame, settled
//! and decoded strictly.
//!
//! Whoever asks has a deadline of their own, so a driver that hangs holds up nobody. When the camera goes away the
//! thread keeps looking for it (the same camera, by its identity) and goes on when it is back. When nobody has looked
//! for a while it lets the camera go: its lamp must not burn for nothing. Frames are in memory only.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::look::Glance;
use super::moment::{MOVING, Moment};
use super::settle::Settling;
use crate::decode::decode;
use crate::detect::{Detection, Warning, detect_live};
use crate::original::Original;
use crate::picture::Picture;
use crate::quality::{Quality, Reason, Scale};
use crate::source::{CameraFault, Frame, FrameSource};
use crate::stand::Stand;

/// Live frames are given out at most every 66 ms: 15 a second.
pub const PREVIEW_EVERY: Duration = Duration::from_millis(66);
/// How often a frame is decoded and looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a camera may take for one frame before it counts as silent.
const FRAME_WITHIN: Duration = Duration::from_secs(3);
/// Pause before a lost camera is looked for again.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
/// The camera is let go when nobody has looked for this long.
const IDLE_AFTER: Duration = Duration::from_secs(8);
/// This many broken frames in a row are a fault of the camera, not of the wire.
const BROKEN_IN_A_ROW: usize = 15;

/// Opens the camera, again and again.
pub type Open = Box<dyn FnMut() -> Result<Box<dyn FrameSource>, CameraFault> + Send>;

/// What is known of the live picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// Exposure and focus have settled: a shot may be taken.
    pub settled: bool,
    /// Nothing has moved for a while.
    pub still: bool,
    /// Another page than at the last shot lies still, and a shot of it would be good: the moment to shoot by itself.
    pub wants_shot: bool,
    /// Pixels across and down of the frame that was looked at.
    pub size: (usize, usize),
    /// The outline in that frame.
    pub detection: Option<Detection>,
    /// Whether resolution is measured by the camera's stand.
    pub measured: bool,
    /// The mat looks different from when the stand was measured.
    pub stand_moved: bool,
    /// What would be objected to in a shot of it now, with numbers.
    pub reasons: Vec<Reason>,
    /// Why there is no picture now.
    pub fault: Option<CameraFault>,
}

/// A camera at work. Dropping it lets the camera go.
pub struct Live(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    newest: Option<Frame>,
    /// Counts the frames; the one given out last.
    number: u64,
    given: u64,
    given_at: Option<Instant>,
    sight: Sight,
    /// What is known of the camera's stand.
    stand: Option<Arc<Stand>>,
    /// Until when somebody waits for a shot.
    shot_until: Option<Instant>,
    shot: Option<Result<Frame, CameraFault>>,
    asked_at: Instant,
    over: bool,
}

impl Live {
    /// Begins; the camera is opened on the thread made for it.
    ///
    /// # Errors
    /// `Io` when the system gives no thread.
    pub fn begin(open: Open) -> Result<Self, CameraFault> {
        let state = State {
            newest: None,
            number: 0,
            given: 0,
            given_at: None,
            sight: Sight::default(),
            stand: None,
            shot_until: None,
            shot: None,
            asked_at: Instant::now(),
            over: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let worker = shared.clone();
        thread::Builder::new()
            .name("camera".into())
            .spawn(move || {
                worker.work(open);
                worker.end();
            })
            .map_err(|_| CameraFault::Io)?;
        Ok(Self(shared))
    }

    /// Whether it has ended, for want of anybody looking: begin anew.
    pub fn is_over(&self) -> bool {
        self.0.lock().over
    }

    /// The newest frame that was not given out before, at most every [`PREVIEW_EVERY`].
    ///
    /// # Errors
    /// What keeps the camera from sending; `Silent` at the deadline.
    pub fn preview(&self, deadline: Instant) -> Result<Frame, CameraFault> {
        let mut state = self.0.lock();
        loop {
            let now = Instant::now();
            state.asked_at = now;
            let due = state.given_at.map_or(now, |at| at + PREVIEW_EVERY);
            let fresh = state.number > state.given;
            if let (true, true, Some(frame)) = (fresh, due <= now, state.newest.clone()) {
                state.given = state.number;
                state.given_at = Some(now);
                return Ok(frame);
            }
            if let Some(fault) = state.sight.fault {
                return Err(fault);
            }
            if state.over || now >= deadline {
                return Err(CameraFault::Silent);
            }
            let until = if fresh { due.min(deadline) } else { deadline };
            state = self.0.wait(state, until);
        }
    }

    /// A fresh frame, once the camera has settled, that decodes strictly.
    ///
    /// # Errors
    /// What keeps the camera from sending; `Silent` at the deadline, `BrokenFrame` when whole frames do not come.
    pub fn shoot(&self, deadline: Instant) -> Result<Frame, CameraFault> {
        let mut state = self.0.lock();
        state.shot = None;
        state.shot_until = Some(deadline);
        loop {
            let now = Instant::now();
            state.asked_at = now;
            if let Some(shot) = state.shot.take() {
                state.shot_until = None;
                return shot;
            }
            if state.over || now >= deadline {
                state.shot_until = None;
                return Err(state.sight.fault.unwrap_or(CameraFault::Silent));
            }
            state = self.0.wait(state, deadline);
        }
    }

    /// From now on sizes are measured by this stand; by none, they are recognised.
    pub fn set_stand(&self, stand: Option<Arc<Stand>>) {
        self.0.lock().stand = stand;
    }

    /// What is known of the live picture now.
    pub fn sight(&self) -> Sight {
        self.0.lock().sight.clone()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, until: Instant) -> MutexGuard<'a, State> {
        let left = until.saturating_duration_since(Instant::now());
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    fn end(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }

    /// Whether to go on.
    fn wanted(&self) -> bool {
        let state = self.lock();
        !state.over && state.asked_at.elapsed() < IDLE_AFTER
    }

    fn work(&self, mut open: Open) {
        while self.wanted() {
            let fault = match open() {
                Ok(source) => self.stream(source),
                Err(fault) => Some(fault),
            };
            let Some(fault) = fault else { return };
            self.lost(fault);
            let until = Instant::now() + REOPEN_AFTER;
            let mut state = self.lock();
            while !state.over && Instant::now() < until {
                state = self.wait(state, until);
            }
        }
    }

    /// Tells everybody that there is no picture.
    fn lost(&self, fault: CameraFault) {
        let mut state = self.lock();
        // The last frame of a camera that is gone is not what lies there now.
        state.newest = None;
        state.sight = Sight { fault: Some(fault), ..Sight::default() };
        if state.shot_until.is_some() {
            state.shot = Some(Err(fault));
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Takes frames until something happens to the camera (`Some`) or nobody wants them any more (`None`).
    fn stream(&self, mut source: Box<dyn FrameSource>) -> Option<CameraFault> {
        let mut watch = Watch::default();
        let mut broken = 0;
        while self.wanted() {
            let (stand, waited_for) = {
                let state = self.lock();
                (state.stand.clone(), state.shot_until.is_some())
            };
            let shooting = watch.settling.settled() && waited_for;
            let deadline = Instant::now() + FRAME_WITHIN;
            let taken = if shooting { source.shoot(deadline) } else { source.next(deadline) };
            let judged =
                taken.and_then(|frame| watch.judge(&frame, shooting, stand.as_deref()).map(|()| frame));
            match judged {
                Ok(frame) => {
                    broken = 0;
                    self.publish(frame, &mut watch, shooting);
                }
                Err(CameraFault::BrokenFrame) if broken < BROKEN_IN_A_ROW => broken += 1,
                Err(fault) => return Some(fault),
            }
        }
        None
    }

    fn publish(&self, frame: Frame, watch: &mut Watch, shooting: bool) {
        let mut state = self.lock();
        // Somebody may have begun to wait, or given up, while this frame was taken.
        if shooting && state.shot_until.is_some() {
            state.shot = Some(Ok(frame.clone()));
            watch.moment.shot();
        }
        state.newest = Some(frame);
        state.number += 1;
        state.sight = watch.sight();
        drop(state);
        self.changed.notify_all();
    }
}

/// What the frames of one stream have shown so far.
#[derive(Default)]
struct Watch {
    settling: Settling,
    moment: Moment,
    size: (usize, usize),
    looked_at: Option<Instant>,
    detection: Option<Detection>,
    reasons: Vec<Reason>,
    measured: bool,
    stand_moved: bool,
}

impl Watch {
    /// Counts a frame, and looks at it when a look is due. A frame that is looked at, or shot, must decode strictly.
    fn judge(&mut self, frame: &Frame, shooting: bool, stand: Option<&Stand>) -> Result<(), CameraFault> {
        if frame.size() != self.size {
            // Another resolution is another stream: nothing learned before holds.
            *self = Self { size: frame.size(), ..Self::default() };
        }
        self.settling.frame();
        let due = self.looked_at.is_none_or(|at| frame.at().saturating_duration_since(at) >= LOOK_EVERY);
        if due || shooting || !self.settling.settled() {
            let picture = strictly(frame)?;
            let glance = Glance::of(&picture);
            self.settling.look(&glance);
            if self.settling.settled() {
                self.moment.look(glance, frame.at());
            }
            if due {
                self.find(&picture, stand);
                self.looked_at = Some(frame.at());
            }
        }
        Ok(())
    }

    fn find(&mut self, picture: &Picture, stand: Option<&Stand>) {
        let on_stand = stand.map(|stand| stand.detect_live(picture));
        self.stand_moved = on_stand.as_ref().is_some_and(|on_stand| on_stand.moved);
        let mut found = on_stand.map_or_else(|| detect_live(picture), |on_stand| on_stand.found);
        let outline = found.certain().filter(|_| !found.is_all_page());
        let plane = stand.filter(|_| !self.stand_moved).map(Stand::plane);
        let dpi = plane.zip(outline).and_then(|(plane, quad)| plane.dpi(&quad, picture.width));
        self.measured = dpi.is_some();
        found.dpi = dpi.or(found.dpi);
        let quality = match outline.filter(|_| self.measured) {
            Some(quad) => Quality::measured(picture, Some(quad), dpi, Scale::Known),
            None => Quality::of(picture, &found),
        };
        self.moment.page(picture, &found, &quality);
        self.reasons = quality.reasons();
        self.detection = Some(found);
    }

    fn sight(&self) -> Sight {
        let now = Instant::now();
        let moving = self.moment.motion().filter(|motion| *motion > MOVING);
        let moving = moving.map(|motion| Reason {
            code: Warning::Moving,
            value: f64::from(motion),
            bar: f64::from(MOVING),
        });
        Sight {
            settled: self.settling.settled(),
            still: self.moment.still(now),
            wants_shot: self.settling.settled() && self.moment.wants_shot(now),
            size: self.size,
            detection: self.detection.clone(),
            measured: self.measured,
            stand_moved: self.stand_moved,
            reasons: self.reasons.iter().copied().chain(moving).collect(),
            fault: None,
        }
    }
}

fn strictly(frame: &Frame) -> Result<Picture, CameraFault> {
    let original = Original::read(frame.jpeg().clone(), "frame").map_err(|_| CameraFault::BrokenFrame)?;
    decode(&original).map_err(|_| CameraFault::BrokenFrame)
}

#[cfg(test)]
mod tests;
