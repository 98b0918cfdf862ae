//! Measuring a camera on its stand in three shots, and what is known of each camera's stand.
//!
//! Kept for each camera by its identity, with the day. The training camera has a practice stand: it draws the three scenes,
//! and its photographs, which lie on other tables, are not measured by it.

use crate::{Desk, DeskError, api::*, faults, lock, time::iso_of};
use jiff::Timestamp;
use mocban_capture::{
    Original, Picture, Stand, decode,
    stand::{Mat, Plane},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings that hold stands begin with this, followed by the camera's identity.
const SETTING: &str = "stand:";

/// A stand as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    stand: Stand,
    measured_at: Timestamp,
    /// Width of the camera's shots, pixels.
    shot_width: usize,
}

/// The empty mat of a camera that is being measured.
#[derive(Default)]
pub(crate) struct Begun(Option<(String, Mat)>);

impl Desk {
    pub(crate) fn stand_state(&self, request: CameraRef) -> Result<StandView, DeskError> {
        Ok(self.stand_view(&request.camera, self.kept(&request.camera)?.as_ref()))
    }

    pub(crate) fn stand_take(&self, request: StandTake) -> Result<StandView, DeskError> {
        let camera = request.camera;
        let out_of_order = || DeskError::InvalidRequest { field: "step".into() };
        let frame = self.stand_shot(&camera, request.step)?;
        match request.step {
            StandStep::Mat => {
                *lock(&self.stand_begun) = Begun(Some((camera.clone(), Mat::of(&frame))));
            }
            StandStep::Sheet => {
                let mat = match &lock(&self.stand_begun).0 {
                    Some((known, mat)) if *known == camera => mat.clone(),
                    _ => return Err(out_of_order()),
                };
                let stand = Stand::measured(mat, &frame).map_err(faults::stand)?;
                self.keep(&camera, stand, frame.width)?;
                *lock(&self.stand_begun) = Begun(None);
            }
            StandStep::White => {
                let kept = self.kept(&camera)?.ok_or_else(out_of_order)?;
                self.keep(&camera, kept.stand.with_white(&frame).map_err(faults::stand)?, frame.width)?;
            }
        }
        self.stand_state(CameraRef { camera })
    }

    pub(crate) fn stand_forget(&self, request: CameraRef) -> Result<StandView, DeskError> {
        self.store.set_setting(&name(&request.camera), "null", self.now())?;
        self.cameras.set_stand(&request.camera, None);
        self.stand_state(request)
    }

    /// The stand of a camera at work; none for the training camera, whose photographs lie on other tables.
    pub(crate) fn stand_of(&self, camera: &str) -> Result<Option<Arc<Stand>>, DeskError> {
        if self.cameras.is_training(camera) {
            return Ok(None);
        }
        Ok(self.kept(camera)?.map(|kept| Arc::new(kept.stand)))
    }

    fn kept(&self, camera: &str) -> Result<Option<Kept>, DeskError> {
        // One that cannot be read any more is measured anew.
        Ok(self.store.setting(&name(camera))?.and_then(|json| serde_json::from_str(&json).ok()))
    }

    fn keep(&self, camera: &str, stand: Stand, shot_width: usize) -> Result<(), DeskError> {
        let now = self.now();
        let kept = Kept { stand, measured_at: now, shot_width };
        let json = serde_json::to_string(&kept)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        self.store.set_setting(&name(camera), &json, now)?;
        self.cameras.set_stand(camera, Some(Arc::new(kept.stand)));
        Ok(())
    }

    fn stand_shot(&self, camera: &str, step: StandStep) -> Result<Picture, DeskError> {
        let frame = self.cameras.stand_frame(camera, step)?;
        let refused = |fault| faults::picture_named(camera, fault);
        decode(&Original::read(frame, camera).map_err(refused)?).map_err(refused)
    }

    fn stand_view(&self, camera: &str, kept: Option<&Kept>) -> StandView {
        let begun = matches!(&lock(&self.stand_begun).0, Some((known, _)) if known == camera);
        let percent = |light: &mocban_capture::stand::Light| (100.0 * light.unevenness()).round() as u32;
        StandView {
            measured_at: kept.map(|kept| iso_of(kept.measured_at)),
            dpi: kept.map(|kept| dpi(kept.stand.plane(), kept.shot_width)),
            bend: kept.map(|kept| (1000.0 * kept.stand.plane().lens().at_corners()).round() as f32 / 10.0),
            unevenness: kept.and_then(|kept| kept.stand.light()).map(percent),
            next: match (begun, kept) {
                (true, _) => StandStep::Sheet,
                (false, Some(_)) => StandStep::White,
                (false, None) => StandStep::Mat,
            },
        }
    }
}

fn name(camera: &str) -> String {
    format!("{SETTING}{camera}")
}

fn dpi(plane: Plane, width: usize) -> u32 {
    (25.4 * plane.px_per_mm(width)).max(0.0).floor() as u32
}
