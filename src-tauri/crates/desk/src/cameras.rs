//! Cameras at the counter. The training camera is always there in training mode; a camera's driver stands behind
//! [`FrameSource`], and a call to it has a deadline.

use crate::{Desk, DeskError, api::*, faults, lock, training};
use mocban_capture::{FrameSource, Original, TrainingCamera};
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// How long a camera may take for one picture.
const FRAME_DEADLINE: Duration = Duration::from_secs(5);
/// Identity of the training camera.
const TRAINING: &str = "training";

/// The cameras of this desk.
pub(crate) struct Cameras {
    training: Option<Mutex<TrainingCamera>>,
}

impl Cameras {
    /// Opens the training camera in training mode.
    pub(crate) fn open(mode: Mode) -> Result<Self, DeskError> {
        let training = match mode {
            Mode::Training => Some(Mutex::new(training::camera()?)),
            Mode::Office => None,
        };
        Ok(Self { training })
    }

    fn camera(&self, id: &str) -> Result<&Mutex<TrainingCamera>, DeskError> {
        self.training.as_ref().filter(|_| id == TRAINING).ok_or(DeskError::NotFound)
    }

    /// The newest live frame, JPEG.
    pub(crate) fn preview(&self, id: &str) -> Result<Vec<u8>, DeskError> {
        let frame = lock(self.camera(id)?).next(Instant::now() + FRAME_DEADLINE).map_err(faults::camera)?;
        Ok(frame.jpeg().to_vec())
    }
}

impl Desk {
    pub(crate) fn cameras_list(&self, _: Empty) -> Result<CameraList, DeskError> {
        let cameras = self.cameras.training.iter().map(|camera| {
            let name = lock(camera).device().name.clone();
            CameraView { id: TRAINING.into(), name, training: true }
        });
        Ok(CameraList { cameras: cameras.collect() })
    }

    pub(crate) fn camera_shoot(&self, request: CameraRef) -> Result<CaseView, DeskError> {
        let (frame, name) = {
            let mut camera = lock(self.cameras.camera(&request.camera)?);
            let frame = camera.shoot(Instant::now() + FRAME_DEADLINE).map_err(faults::camera)?;
            // In training every shot turns to the next paper, as a clerk would lay it down.
            let name = camera.device().name.clone();
            camera.turn_page();
            (frame, name)
        };
        let original = Original::read(frame.jpeg().clone(), name.clone())
            .map_err(|fault| faults::picture_named(&name, fault))?;
        self.add_original(&original)
    }

    pub(crate) fn camera_next(&self, request: CameraRef) -> Result<Empty, DeskError> {
        lock(self.cameras.camera(&request.camera)?).turn_page();
        Ok(Empty {})
    }
}
