//! The training camera: plays photographs of made-up papers as if they lay under a live camera.
//!
//! Shots are the photographs' own bytes, so everything after the camera (strict decoding, detection, correction) is
//! the real thing. The live picture drifts by a few pixels and breathes in brightness, so that a frozen window is
//! seen to be frozen.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::decode::decode;
use crate::encode::{PREVIEW_QUALITY, jpeg};
use crate::geometry::{Homography, Point, Quad};
use crate::original::Original;
use crate::picture::Picture;
use crate::source::{CameraFault, Device, Frame, FrameSource};
use crate::thumbnail::fitted;

/// Longer side of a live frame, pixels (a 4:3 picture 1080 high).
const LIVE_SIDE: usize = 1440;
/// Time between live frames: 15 a second.
const LIVE_INTERVAL: Duration = Duration::from_millis(66);
/// How far the live picture drifts, pixels each way.
const DRIFT: f64 = 3.0;
/// Time of one drift, seconds.
const DRIFT_PERIOD: f64 = 4.0;
/// How much the live picture breathes, grey levels each way.
const BREATH: f64 = 2.0;

/// What lies on the practice stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PracticeScene {
    /// Nothing.
    Mat,
    /// An A4 sheet, lying.
    Sheet,
    /// White paper all over.
    White,
}

/// A [`FrameSource`] over a list of photographs.
pub struct TrainingCamera {
    device: Device,
    originals: Vec<Original>,
    current: usize,
    live: Option<Picture>,
    started: Instant,
    last: Option<Instant>,
}

impl TrainingCamera {
    /// A camera that plays these originals, from the first.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn new(originals: Vec<Original>) -> Result<Self, CameraFault> {
        if originals.is_empty() {
            return Err(CameraFault::NotFound);
        }
        let device = Device { id: "training".into(), name: "Máy chụp tập huấn".into() };
        Ok(Self { device, originals, current: 0, live: None, started: Instant::now(), last: None })
    }

    /// A camera that plays the `.jpg` files of a folder, in order of their names.
    ///
    /// # Errors
    /// `NotFound` when the folder holds none, `Io` when it cannot be read, `BrokenFrame` for a file that is not a
    /// JPEG.
    pub fn open(folder: &Path) -> Result<Self, CameraFault> {
        let io = |fault: std::io::Error| match fault.kind() {
            std::io::ErrorKind::NotFound => CameraFault::NotFound,
            std::io::ErrorKind::PermissionDenied => CameraFault::AccessDenied,
            _ => CameraFault::Io,
        };
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .map_err(io)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jpg")))
            .collect();
        paths.sort();
        let originals = paths
            .iter()
            .map(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Original::read(std::fs::read(path).map_err(io)?, name).map_err(|_| CameraFault::BrokenFrame)
            })
            .collect::<Result<_, _>>()?;
        Self::new(originals)
    }

    /// The paper under the camera now.
    pub fn original(&self) -> &Original {
        &self.originals[self.current]
    }

    /// What the camera would see of a practice stand, for measuring it: a mat with a printed grid, under a camera that
    /// stands a little askew.
    ///
    /// # Errors
    /// `BrokenFrame` when the picture cannot be encoded.
    pub fn practice_stand(scene: PracticeScene) -> Result<Frame, CameraFault> {
        let picture = practice(scene).ok_or(CameraFault::BrokenFrame)?;
        let bytes = jpeg(&picture, 96.0, 92).map_err(|_| CameraFault::BrokenFrame)?;
        Frame::from_buffer(&bytes, Instant::now())
    }

    /// Lays the next paper under the camera, the first again after the last.
    pub fn turn_page(&mut self) {
        self.current = (self.current + 1) % self.originals.len();
        self.live = None;
    }

    fn live(&mut self) -> Result<&Picture, CameraFault> {
        if self.live.is_none() {
            let picture = decode(self.original()).map_err(|_| CameraFault::BrokenFrame)?;
            self.live = Some(fitted(&picture, LIVE_SIDE).map_err(|_| CameraFault::BrokenFrame)?);
        }
        self.live.as_ref().ok_or(CameraFault::BrokenFrame)
    }
}

impl FrameSource for TrainingCamera {
    fn device(&self) -> &Device {
        &self.device
    }

    fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        let now = Instant::now();
        let due = self.last.map_or(now, |last| last + LIVE_INTERVAL).max(now);
        if due > deadline {
            sleep(deadline.saturating_duration_since(now));
            return Err(CameraFault::Silent);
        }
        sleep(due - now);
        let phase = (due - self.started).as_secs_f64() / DRIFT_PERIOD * std::f64::consts::TAU;
        let shown = drifted(self.live()?, phase);
        let bytes = jpeg(&shown, 96.0, PREVIEW_QUALITY).map_err(|_| CameraFault::BrokenFrame)?;
        self.last = Some(due);
        Frame::from_buffer(&bytes, due)
    }

    fn shoot(&mut self, _deadline: Instant) -> Result<Frame, CameraFault> {
        Frame::from_buffer(self.original().bytes(), Instant::now())
    }
}

/// A scene of the practice stand: 420 × 315 mm of table in 1600 × 1200 pixels.
fn practice(scene: PracticeScene) -> Option<Picture> {
    const SIZE: (usize, usize) = (1600, 1200);
    let corners = [(30.0, 20.0), (1560.0, 12.0), (1585.0, 1180.0), (14.0, 1165.0)];
    let table = Quad(corners.map(|(x, y)| Point::new(x, y)));
    let to_mm = Homography::rectangle_to(&table, 420.0, 315.0)?.inverse()?;
    let mut rgb8 = Vec::with_capacity(3 * SIZE.0 * SIZE.1);
    for (y, x) in (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (y, x))) {
        let mm = to_mm.map(Point::new(x as f64, y as f64));
        let on_sheet = (60.0..357.0).contains(&mm.x) && (50.0..260.0).contains(&mm.y);
        let on_grid = mm.x.rem_euclid(50.0) < 1.2 || mm.y.rem_euclid(50.0) < 1.2;
        rgb8.extend(match scene {
            // The lamp stands on the left.
            PracticeScene::White => [(238.0 - 30.0 * x as f64 / SIZE.0 as f64) as u8; 3],
            PracticeScene::Sheet if on_sheet => [233, 232, 228],
            _ if on_grid => [112, 128, 116],
            _ => [44, 66, 54],
        });
    }
    Picture::new(SIZE.0, SIZE.1, rgb8)
}

/// The picture moved and brightened by a little that depends on `phase` (radians); its border pixels repeat.
fn drifted(picture: &Picture, phase: f64) -> Picture {
    let dx = (DRIFT * phase.sin()).round() as isize;
    let dy = (DRIFT * (2.0 * phase).cos()).round() as isize;
    let lighter = (BREATH * (3.0 * phase).sin()).round() as i16;
    let level: [u8; 256] = std::array::from_fn(|v| (v as i16 + lighter).clamp(0, 255) as u8);
    let mut rgb8 = Vec::with_capacity(picture.rgb8.len());
    for y in 0..picture.height as isize {
        for x in 0..picture.width as isize {
            rgb8.extend(picture.at(x + dx, y + dy).map(|v| level[usize::from(v)]));
        }
    }
    Picture { rgb8, ..*picture }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::detect_live;

    fn camera() -> TrainingCamera {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
        TrainingCamera::open(&folder).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn the_live_picture_moves_and_shows_a_page() {
        let mut camera = camera();
        let first = camera.next(soon()).unwrap();
        assert_eq!(first.size(), (1080, 1440));
        // On a slow machine one frame may come a whole drift after the first and look like it; not each of these.
        let rest = [400, 500, 700].map(|pause| {
            sleep(Duration::from_millis(pause));
            camera.next(soon()).unwrap()
        });
        assert!(rest.iter().any(|frame| frame.jpeg() != first.jpeg()));
        let picture = decode(&Original::read(rest[2].jpeg().clone(), "live").unwrap()).unwrap();
        assert!(detect_live(&picture).certain().is_some());
    }

    #[test]
    fn a_shot_is_the_photograph_itself_and_pages_turn_round() {
        let mut camera = camera();
        let mut seen = Vec::new();
        for _ in 0..6 {
            let shot = camera.shoot(soon()).unwrap();
            assert_eq!(shot.jpeg(), camera.original().bytes());
            seen.push(camera.original().name().to_owned());
            camera.turn_page();
        }
        assert_eq!(camera.original().name(), seen[0]);
        seen.dedup();
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn a_deadline_that_has_passed_is_a_silent_camera_not_a_wait() {
        let mut camera = camera();
        camera.next(soon()).unwrap();
        assert_eq!(camera.next(Instant::now()), Err(CameraFault::Silent));
    }

    #[test]
    fn an_empty_or_missing_folder_is_no_camera() {
        assert_eq!(TrainingCamera::new(Vec::new()).err(), Some(CameraFault::NotFound));
        assert_eq!(TrainingCamera::open(Path::new("no/such/folder")).err(), Some(CameraFault::NotFound));
    }
}
