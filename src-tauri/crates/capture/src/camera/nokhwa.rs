//! Cameras on Windows (Media Foundation) and macOS (AVFoundation), through nokhwa.
//!
//! Its calls may block for ever, so they are made on a thread of their own behind [`Watchdog`]; its buffers may be longer
//! than the picture in them, so every JPEG is cut at its own end. A camera is chosen by its symbolic link, never by its
//! index.

use std::time::Instant;

use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, CameraInfo, FrameFormat, RequestedFormat, RequestedFormatType,
};
use nokhwa::{Camera, NokhwaError};

use super::format::{Encoding, Mode, choose};
use super::identity::{self, Facts};
use super::raw::Layout;
use super::watchdog::{Grabber, Watchdog};
use crate::source::{CameraFault, Device, Frame, FrameSource};

/// The formats that are read.
const FORMATS: [FrameFormat; 3] = [FrameFormat::MJPEG, FrameFormat::YUYV, FrameFormat::NV12];

/// The cameras that are plugged in. May block: not for the window's thread.
pub(super) fn list() -> Vec<Device> {
    let facts: Vec<Facts> = found().iter().map(facts).collect();
    identity::devices(&facts)
}

fn found() -> Vec<CameraInfo> {
    nokhwa::query(ApiBackend::Auto).unwrap_or_default()
}

fn facts(info: &CameraInfo) -> Facts {
    // The symbolic link (Windows) or unique id (macOS) holds model, serial number and plug, and does not change.
    Facts { name: info.human_name(), model: String::new(), serial: String::new(), port: info.misc() }
}

/// Opens the camera with this identity.
pub(super) fn open(id: &str) -> Result<Box<dyn FrameSource>, CameraFault> {
    let infos = found();
    let all: Vec<Facts> = infos.iter().map(facts).collect();
    let ids: Vec<String> = all.iter().map(Facts::id).collect();
    let place = identity::find(id, &ids).ok_or(CameraFault::NotFound)?;
    let device = identity::devices(&all)
        .into_iter()
        .find(|device| device.id == ids[place])
        .ok_or(CameraFault::NotFound)?;
    let link = infos[place].misc();
    let index = infos[place].index().clone();
    Ok(Box::new(Watchdog::begin(device, move || Running::open(&link, index))?))
}

/// An open camera, on the thread that opened it.
struct Running {
    camera: Camera,
}

impl Running {
    fn open(link: &str, index: CameraIndex) -> Result<Self, CameraFault> {
        #[cfg(target_os = "macos")]
        permission()?;
        // Between listing and opening the numbers may have changed.
        let index =
            found().iter().find(|info| info.misc() == link).map_or(index, |info| info.index().clone());
        let first = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
        let mut camera = Camera::new(index.clone(), first).map_err(opening)?;
        let formats = camera.compatible_camera_formats().map_err(opening)?;
        let best = choose(&formats.iter().filter_map(mode).collect::<Vec<_>>())
            .ok_or(CameraFault::NoUsableFormat)?;
        let exact = formats
            .into_iter()
            .find(|format| mode(format) == Some(best))
            .ok_or(CameraFault::NoUsableFormat)?;
        camera
            .set_camera_requset(RequestedFormat::with_formats(RequestedFormatType::Exact(exact), &FORMATS))
            .map_err(opening)?;
        camera.open_stream().map_err(|_| CameraFault::StartRefused)?;
        Ok(Self { camera })
    }
}

impl Grabber for Running {
    fn grab(&mut self) -> Result<Frame, CameraFault> {
        let format = self.camera.camera_format();
        let bytes = self.camera.frame_raw().map_err(|_| CameraFault::Unplugged)?;
        let (width, height) = (format.width() as usize, format.height() as usize);
        let raw = |encoding, least: usize, rows: usize| {
            // The stride is not told: it is what the buffer's length says.
            let stride = (bytes.len() / rows.max(1)).max(least);
            Frame::from_raw(&bytes, &Layout { encoding, width, height, stride }, Instant::now())
        };
        match format.format() {
            FrameFormat::MJPEG => Frame::from_buffer(&bytes, Instant::now()),
            FrameFormat::YUYV => raw(Encoding::Yuyv, 2 * width, height),
            FrameFormat::NV12 => raw(Encoding::Nv12, width, height + height.div_ceil(2)),
            _ => Err(CameraFault::NoUsableFormat),
        }
    }
}

fn mode(format: &CameraFormat) -> Option<Mode> {
    let encoding = match format.format() {
        FrameFormat::MJPEG => Encoding::Jpeg,
        FrameFormat::YUYV => Encoding::Yuyv,
        FrameFormat::NV12 => Encoding::Nv12,
        _ => return None,
    };
    let fps = Some(f64::from(format.frame_rate()));
    Some(Mode { encoding, width: format.width(), height: format.height(), fps })
}

fn opening(fault: NokhwaError) -> CameraFault {
    match fault {
        NokhwaError::OpenDeviceError(..) => CameraFault::Busy,
        NokhwaError::OpenStreamError(_) | NokhwaError::SetPropertyError { .. } => CameraFault::StartRefused,
        _ => CameraFault::Io,
    }
}

/// Asks the user once; the system remembers the answer.
#[cfg(target_os = "macos")]
fn permission() -> Result<(), CameraFault> {
    use std::{sync::mpsc::channel, time::Duration};
    /// How long the system's question may stand unanswered.
    const ANSWER: Duration = Duration::from_secs(60);
    let (sender, answer) = channel();
    nokhwa::nokhwa_initialize(move |granted| drop(sender.send(granted)));
    match answer.recv_timeout(ANSWER) {
        Ok(true) => Ok(()),
        _ => Err(CameraFault::AccessDenied),
    }
}
