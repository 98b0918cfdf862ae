//! Cameras at the counter: the training camera in training mode, and those that are plugged in.
//!
//! One camera works at a time, the one that is looked at. It is known by its identity, so that the last one used is the
//! first one offered and comes back by itself when it is plugged in again. Every call has a deadline.

use crate::{
    Desk, DeskError,
    api::*,
    counter::{Page, objection},
    faults, lock, training,
};
use mocban_capture::{
    CameraFault, Detection, FrameSource, Original, PracticeScene, Quality, Stand, TrainingCamera,
    camera::{self, Live, Sight},
    decode, detect_live,
    page::LEGAL_FLOOR_DPI,
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How long a live picture is waited for.
const PREVIEW_DEADLINE: Duration = Duration::from_secs(5);
/// How long a shot may take, with opening and settling.
const SHOT_DEADLINE: Duration = Duration::from_secs(15);
/// Identity of the training camera.
const TRAINING: &str = "training";
/// Setting that holds the camera used last.
const LAST_CAMERA: &str = "last_camera";

/// The cameras of this desk.
pub(crate) struct Cameras {
    training: Option<Mutex<TrainingCamera>>,
    /// The camera at work.
    live: Mutex<Option<(String, Arc<Live>)>>,
}

/// The camera used last, for the next start.
#[derive(PartialEq, Serialize, Deserialize)]
struct LastCamera {
    id: String,
    name: String,
}

impl Cameras {
    /// Opens the training camera in training mode. Real cameras are opened when somebody looks.
    pub(crate) fn open(mode: Mode) -> Result<Self, DeskError> {
        let training = match mode {
            Mode::Training => Some(Mutex::new(training::camera()?)),
            Mode::Office => None,
        };
        Ok(Self { training, live: Mutex::default() })
    }

    fn training(&self, id: &str) -> Option<&Mutex<TrainingCamera>> {
        self.training.as_ref().filter(|_| id == TRAINING)
    }

    /// Whether this is the training camera.
    pub(crate) fn is_training(&self, id: &str) -> bool {
        self.training(id).is_some()
    }

    /// Tells the camera at work what is known of its stand.
    pub(crate) fn set_stand(&self, id: &str, stand: Option<Arc<Stand>>) {
        if let Some((known, live)) = lock(&self.live).as_ref()
            && known == id
        {
            live.set_stand(stand);
        }
    }

    /// A shot for one step of measuring the stand, JPEG. The training camera draws the step's scene.
    pub(crate) fn stand_frame(&self, id: &str, step: StandStep) -> Result<Arc<[u8]>, DeskError> {
        let frame = match self.training(id) {
            Some(_) => TrainingCamera::practice_stand(match step {
                StandStep::Mat => PracticeScene::Mat,
                StandStep::Sheet => PracticeScene::Sheet,
                StandStep::White => PracticeScene::White,
            }),
            None => self.live(id)?.shoot(Instant::now() + SHOT_DEADLINE),
        };
        Ok(frame.map_err(faults::camera)?.jpeg().clone())
    }

    /// The camera at work, begun if it is not; another one is let go.
    fn live(&self, id: &str) -> Result<Arc<Live>, DeskError> {
        let mut working = lock(&self.live);
        if let Some((known, live)) = working.as_ref()
            && known == id
            && !live.is_over()
        {
            return Ok(live.clone());
        }
        // Two streams at once are more than a USB port carries.
        *working = None;
        let wanted = id.to_owned();
        let live = Live::begin(Box::new(move || camera::open(&wanted))).map_err(faults::camera)?;
        let live = Arc::new(live);
        *working = Some((id.to_owned(), live.clone()));
        Ok(live)
    }

    /// The newest live frame, JPEG.
    pub(crate) fn preview(&self, id: &str) -> Result<Vec<u8>, DeskError> {
        let deadline = Instant::now() + PREVIEW_DEADLINE;
        let frame = match self.training(id) {
            Some(camera) => lock(camera).next(deadline),
            None => self.live(id)?.preview(deadline),
        };
        Ok(frame.map_err(faults::camera)?.jpeg().to_vec())
    }

    fn sight(&self, id: &str, stand: Option<Arc<Stand>>) -> Result<Sight, DeskError> {
        let Some(camera) = self.training(id) else {
            let live = self.live(id)?;
            live.set_stand(stand);
            return Ok(live.sight());
        };
        let frame = lock(camera).next(Instant::now() + PREVIEW_DEADLINE).map_err(faults::camera)?;
        let broken = |_| faults::camera(CameraFault::BrokenFrame);
        let picture =
            decode(&Original::read(frame.jpeg().clone(), TRAINING).map_err(broken)?).map_err(broken)?;
        let found = detect_live(&picture);
        let reasons = Quality::of(&picture, &found).reasons();
        Ok(Sight { settled: true, size: frame.size(), detection: Some(found), reasons, ..Sight::default() })
    }
}

impl Desk {
    pub(crate) fn cameras_list(&self, _: Empty) -> Result<CameraList, DeskError> {
        let training = self.cameras.training.iter().map(|camera| {
            let name = lock(camera).device().name.clone();
            CameraView { id: TRAINING.into(), name, training: true, present: true }
        });
        let mut cameras: Vec<CameraView> = training.collect();
        let present = camera::list().into_iter();
        cameras.extend(present.map(|one| CameraView {
            id: one.id,
            name: one.name,
            training: false,
            present: true,
        }));
        if let Some(LastCamera { id, name }) = self.last_camera()? {
            match cameras.iter().position(|camera| camera.id == id) {
                Some(place) => cameras[..=place].rotate_right(1),
                // Not plugged in now: offered all the same, and shown as soon as it is.
                None if id != TRAINING => {
                    cameras.insert(0, CameraView { id, name, training: false, present: false });
                }
                None => {}
            }
        }
        // A camera that is there comes before one that is not.
        cameras.sort_by_key(|camera| !camera.present);
        Ok(CameraList { cameras })
    }

    pub(crate) fn camera_sight(&self, request: CameraRef) -> Result<CameraSight, DeskError> {
        let stand = self.stand_of(&request.camera)?;
        Ok(view(&self.cameras.sight(&request.camera, stand)?))
    }

    pub(crate) fn camera_shoot(&self, request: CameraRef) -> Result<CaseView, DeskError> {
        let deadline = Instant::now() + SHOT_DEADLINE;
        let (frame, name) = match self.cameras.training(&request.camera) {
            Some(camera) => {
                let mut camera = lock(camera);
                let frame = camera.shoot(deadline).map_err(faults::camera)?;
                // In training every shot turns to the next paper, as a clerk would lay it down.
                let name = camera.device().name.clone();
                camera.turn_page();
                (frame, name)
            }
            None => {
                let frame = self.cameras.live(&request.camera)?.shoot(deadline).map_err(faults::camera)?;
                (frame, self.camera_name(&request.camera)?)
            }
        };
        let original = Original::read(frame.jpeg().clone(), name.clone())
            .map_err(|fault| faults::picture_named(&name, fault))?;
        let stand = self.stand_of(&request.camera)?;
        let page = Page::shot(original, stand.as_deref())?;
        let view = self.add_page(page, None)?;
        self.remember_camera(LastCamera { id: request.camera, name })?;
        Ok(view)
    }

    pub(crate) fn camera_next(&self, request: CameraRef) -> Result<Empty, DeskError> {
        let camera = self.cameras.training(&request.camera).ok_or(DeskError::CameraNotFound)?;
        lock(camera).turn_page();
        Ok(Empty {})
    }

    fn camera_name(&self, id: &str) -> Result<String, DeskError> {
        if let Some(last) = self.last_camera()?.filter(|last| last.id == id) {
            return Ok(last.name);
        }
        let found = camera::list().into_iter().find(|camera| camera.id == id);
        Ok(found.map_or_else(|| id.to_owned(), |camera| camera.name))
    }

    fn last_camera(&self) -> Result<Option<LastCamera>, DeskError> {
        // One that cannot be read any more is forgotten.
        Ok(self.store.setting(LAST_CAMERA)?.and_then(|json| serde_json::from_str(&json).ok()))
    }

    fn remember_camera(&self, camera: LastCamera) -> Result<(), DeskError> {
        if self.last_camera()?.is_some_and(|last| last == camera) {
            return Ok(());
        }
        let json = serde_json::to_string(&camera)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        Ok(self.store.set_setting(LAST_CAMERA, &json, self.now())?)
    }
}

/// What would be objected to in a shot of a certain outline; motion always. Resolution has a line of its own.
fn notes(sight: &Sight) -> Vec<PageWarning> {
    let Some(found) = &sight.detection else { return Vec::new() };
    let certain = found.certain().is_some();
    let codes = found.warnings.iter().chain(sight.reasons.iter().map(|reason| &reason.code));
    let mut notes: Vec<PageWarning> = codes
        .filter_map(|code| objection(*code))
        .filter(|note| *note == PageWarning::Moving || certain && *note != PageWarning::UnknownScale)
        .collect();
    notes.dedup();
    notes
}

fn view(sight: &Sight) -> CameraSight {
    let nothing = Detection { quad: None, confidence: 0.0, dpi: None, warnings: Vec::new() };
    let found = sight.detection.as_ref().unwrap_or(&nothing);
    let certain = found.certain().is_some();
    CameraSight {
        settled: sight.settled,
        still: sight.still,
        shoot_now: sight.wants_shot,
        width: sight.size.0 as u32,
        height: sight.size.1 as u32,
        corners: found.quad.map(|quad| quad.0.map(|p| Point { x: p.x as f32, y: p.y as f32 })),
        confidence: found.confidence,
        certain,
        dpi: found.dpi.map(|dpi| dpi.max(0.0).floor() as u32),
        measured: sight.measured,
        stand_moved: sight.stand_moved,
        notes: notes(sight),
        below_legal_floor: certain && found.dpi.is_some_and(|dpi| dpi < LEGAL_FLOOR_DPI),
        problem: sight.fault.map(|fault| faults::camera(fault).code().to_owned()),
    }
}
