//! Cameras on Linux, through the kernel's V4L2.
//!
//! Only the bytes the driver says it wrote are looked at, every wait has a deadline, nodes that give no picture
//! (metadata, output, codecs) are not cameras, and what the binding answers with a panic (a name that is no UTF-8, a
//! device gone while it is closed) is caught here.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use v4l::buffer::{Flags as BufferFlags, Type};
use v4l::capability::Flags;
use v4l::control::{Control, Value};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::video::Capture;
use v4l::{Device as Node, Format, FourCC};

use super::format::{Encoding, Mode, choose};
use super::identity::{self, Facts};
use super::raw::Layout;
use crate::source::{CameraFault, Device, Frame, FrameSource};

/// Buffers asked of the driver.
const BUFFERS: u32 = 4;
/// The control that keeps lamps on 50 Hz mains from flickering (V4L2_CID_POWER_LINE_FREQUENCY), and its value.
const POWER_LINE: (u32, i64) = (0x0098_0918, 1);
/// Most formats and sizes looked at, whatever a driver lists.
const MODES_MAX: usize = 512;

/// A node that is a camera.
struct Found {
    path: PathBuf,
    facts: Facts,
}

/// The cameras that are plugged in.
pub(super) fn list() -> Vec<Device> {
    let facts: Vec<Facts> = found().into_iter().map(|one| one.facts).collect();
    identity::devices(&facts)
}

fn found() -> Vec<Found> {
    let mut paths: Vec<PathBuf> = fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| number(path).is_some())
        .collect();
    paths.sort_by_key(|path| number(path));
    paths.into_iter().filter_map(|path| camera_at(&path).map(|facts| Found { path, facts })).collect()
}

/// The number of a `/dev/video<number>`.
fn number(path: &Path) -> Option<u32> {
    path.file_name()?.to_str()?.strip_prefix("video")?.parse().ok()
}

/// What is behind a node, if it is a camera with a format that can be read.
fn camera_at(path: &Path) -> Option<Facts> {
    let node = open_node(path).ok()?;
    let caps = quietly(|| node.query_caps())?.ok()?;
    let memory_to_memory = Flags::VIDEO_M2M | Flags::VIDEO_M2M_MPLANE;
    let camera = caps.capabilities.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING)
        && !caps.capabilities.intersects(memory_to_memory);
    if !camera || choose(&modes(&node)).is_none() {
        return None;
    }
    let usb = |name: &str| usb_attribute(path, name).unwrap_or_default();
    let model = match (usb("idVendor"), usb("idProduct")) {
        (vendor, product) if vendor.is_empty() && product.is_empty() => String::new(),
        (vendor, product) => format!("{vendor}:{product}"),
    };
    Some(Facts { name: caps.card, model, serial: usb("serial"), port: caps.bus })
}

/// An attribute of the USB device behind a node.
fn usb_attribute(path: &Path, name: &str) -> Option<String> {
    let node = Path::new("/sys/class/video4linux").join(path.file_name()?).join("device");
    // The node belongs to an interface of the device.
    let text = fs::read_to_string(node.canonicalize().ok()?.parent()?.join(name)).ok()?;
    Some(text.trim().chars().take(128).collect())
}

/// Every mode of a node that can be read.
fn modes(node: &Node) -> Vec<Mode> {
    let mut modes = Vec::new();
    for format in quietly(|| node.enum_formats()).and_then(Result::ok).unwrap_or_default() {
        let Some(encoding) = encoding(format.fourcc) else { continue };
        let sizes = quietly(|| node.enum_framesizes(format.fourcc)).and_then(Result::ok).unwrap_or_default();
        for size in sizes.into_iter().take(MODES_MAX) {
            let (width, height) = match size.size {
                FrameSizeEnum::Discrete(size) => (size.width, size.height),
                FrameSizeEnum::Stepwise(range) => (range.max_width, range.max_height),
            };
            modes.push(Mode { encoding, width, height, fps: fastest(node, format.fourcc, width, height) });
        }
    }
    modes.truncate(MODES_MAX);
    modes
}

fn encoding(fourcc: FourCC) -> Option<Encoding> {
    match &fourcc.repr {
        b"MJPG" | b"JPEG" => Some(Encoding::Jpeg),
        b"YUYV" => Some(Encoding::Yuyv),
        b"NV12" => Some(Encoding::Nv12),
        _ => None,
    }
}

/// Frames a second at best.
fn fastest(node: &Node, fourcc: FourCC, width: u32, height: u32) -> Option<f64> {
    let intervals = quietly(|| node.enum_frameintervals(fourcc, width, height))?.ok()?;
    let rates = intervals.into_iter().map(|interval| match interval.interval {
        FrameIntervalEnum::Discrete(fraction) => fraction,
        FrameIntervalEnum::Stepwise(range) => range.min,
    });
    rates
        .filter(|fraction| fraction.numerator > 0)
        .map(|fraction| f64::from(fraction.denominator) / f64::from(fraction.numerator))
        .max_by(f64::total_cmp)
}

/// A V4L2 camera.
pub(super) struct V4l2Camera {
    device: Device,
    node: Node,
    mode: Mode,
    /// How raw pixels lie; `None` for JPEG.
    layout: Option<Layout>,
    stream: Option<Mapped>,
}

impl V4l2Camera {
    /// Opens the camera with this identity.
    pub(super) fn open(id: &str) -> Result<Self, CameraFault> {
        let mut all = found();
        let ids: Vec<String> = all.iter().map(|one| one.facts.id()).collect();
        let place = identity::find(id, &ids).ok_or(CameraFault::NotFound)?;
        let shown = identity::devices(&all.iter().map(|one| one.facts.clone()).collect::<Vec<_>>());
        let found = all.swap_remove(place);
        let name = shown.into_iter().find(|device| device.id == ids[place]).map(|device| device.name);
        let device = Device { id: id.to_owned(), name: name.unwrap_or(found.facts.name) };
        let node = open_node(&found.path).map_err(|fault| system(&fault))?;
        let mode = choose(&modes(&node)).ok_or(CameraFault::NoUsableFormat)?;
        let layout = set_up(&node, &mode)?;
        Ok(Self { device, node, mode, layout, stream: None })
    }

    fn frame(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        if self.stream.is_none() {
            self.stream = Some(Mapped::new(&self.node)?);
        }
        let Some(stream) = self.stream.as_mut() else { return Err(CameraFault::StartRefused) };
        let layout = self.layout;
        let made = stream.next(deadline, |bytes| match layout {
            None => Frame::from_buffer(bytes, Instant::now()),
            Some(layout) => Frame::from_raw(bytes, &layout, Instant::now()),
        });
        if made.as_ref().is_err_and(|fault| !matches!(fault, CameraFault::BrokenFrame)) {
            // Whatever it was, the next frame comes from a stream begun anew.
            self.stream = None;
        }
        made
    }
}

impl FrameSource for V4l2Camera {
    fn device(&self) -> &Device {
        &self.device
    }

    fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        self.frame(deadline)
    }

    fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        self.frame(deadline)
    }
}

impl std::fmt::Debug for V4l2Camera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "V4l2Camera({}, {:?})", self.device.name, self.mode)
    }
}

/// Asks for the mode and believes what the driver answers, if it can be read.
fn set_up(node: &Node, mode: &Mode) -> Result<Option<Layout>, CameraFault> {
    let fourcc = match mode.encoding {
        // A camera that calls it `JPEG` takes `MJPG` too or answers with its own.
        Encoding::Jpeg => *b"MJPG",
        Encoding::Yuyv => *b"YUYV",
        Encoding::Nv12 => *b"NV12",
    };
    let wish = Format::new(mode.width, mode.height, FourCC::new(&fourcc));
    let got = quietly(|| node.set_format(&wish))
        .ok_or(CameraFault::StartRefused)?
        .map_err(|fault| system(&fault))?;
    let encoding = encoding(got.fourcc).ok_or(CameraFault::NoUsableFormat)?;
    if let Some(fps) = mode.fps {
        // Some drivers start at their slowest; that one refuses is no harm.
        let rate = v4l::video::capture::Parameters::with_fps(fps.round().max(1.0) as u32);
        let _ = quietly(|| node.set_params(&rate));
    }
    let _ = quietly(|| node.set_control(Control { id: POWER_LINE.0, value: Value::Integer(POWER_LINE.1) }));
    let (width, height, stride) = (got.width as usize, got.height as usize, got.stride as usize);
    Ok((encoding != Encoding::Jpeg).then_some(Layout { encoding, width, height, stride }))
}

/// The mapped buffers of a running stream.
struct Mapped {
    stream: Option<Stream<'static>>,
    started: bool,
}

impl Mapped {
    fn new(node: &Node) -> Result<Self, CameraFault> {
        let stream =
            Stream::with_buffers(node, Type::VideoCapture, BUFFERS).map_err(|fault| starting(&fault))?;
        Ok(Self { stream: Some(stream), started: false })
    }

    /// The next buffer's written part, given to `read` while the driver leaves it alone.
    fn next<T>(
        &mut self,
        deadline: Instant,
        read: impl Fn(&[u8]) -> Result<T, CameraFault>,
    ) -> Result<T, CameraFault> {
        let Some(stream) = self.stream.as_mut() else { return Err(CameraFault::StartRefused) };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(CameraFault::Silent);
            }
            if self.started {
                // Waited for before the last buffer is handed back: the binding would hand it back twice.
                let events = rustix::event::PollFlags::IN.bits() as i16;
                let ready =
                    stream.handle().poll(events, milliseconds(left)).map_err(|fault| system(&fault))?;
                if ready == 0 {
                    return Err(CameraFault::Silent);
                }
            }
            stream.set_timeout(left.max(Duration::from_millis(1)));
            let first = !self.started;
            let (buffer, meta) = CaptureStream::next(stream).map_err(|fault| match fault.kind() {
                io::ErrorKind::TimedOut => CameraFault::Silent,
                _ if first => starting(&fault),
                _ => system(&fault),
            })?;
            self.started = true;
            if meta.flags.contains(BufferFlags::ERROR) || meta.bytesused == 0 {
                // A frame damaged on the wire, as the driver itself says.
                continue;
            }
            let written = buffer.get(..meta.bytesused as usize).ok_or(CameraFault::BrokenFrame)?;
            return read(written);
        }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        let Some(mut stream) = self.stream.take() else { return };
        let gone = |fault: &io::Error| fault.raw_os_error() == Some(libc::ENODEV);
        match stream.stop() {
            Err(fault) if !gone(&fault) => std::mem::forget(stream), // the binding would panic, twice
            _ => drop(quietly(|| drop(stream))),
        }
    }
}

fn open_node(path: &Path) -> io::Result<Node> {
    let node = Node::with_path(path)?;
    close_on_exec(&node);
    Ok(node)
}

/// The binding opens nodes so that child programs would inherit them, and with them the picture.
#[allow(unsafe_code)]
fn close_on_exec(node: &Node) {
    use std::os::fd::BorrowedFd;
    let handle = node.handle();
    // SAFETY: the handle keeps its descriptor open for as long as it lives, which is longer than this borrow.
    let descriptor = unsafe { BorrowedFd::borrow_raw(handle.fd()) };
    let _ = rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC);
}

fn milliseconds(left: Duration) -> i32 {
    i32::try_from(left.as_millis()).unwrap_or(i32::MAX).max(1)
}

/// `None` where the binding panics.
fn quietly<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).ok()
}

/// What the system says of a camera that runs.
fn system(fault: &io::Error) -> CameraFault {
    match fault.raw_os_error() {
        Some(libc::ENODEV | libc::ENXIO | libc::ENOENT) => CameraFault::Unplugged,
        Some(libc::EBUSY) => CameraFault::Busy,
        Some(libc::EACCES | libc::EPERM) => CameraFault::AccessDenied,
        _ => CameraFault::Io,
    }
}

/// What the system says of a camera that is to start.
fn starting(fault: &io::Error) -> CameraFault {
    match system(fault) {
        CameraFault::Io => CameraFault::StartRefused,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_video_nodes_are_looked_at() {
        assert_eq!(number(Path::new("/dev/video12")), Some(12));
        for other in ["/dev/video", "/dev/video1a", "/dev/v4l-subdev0", "/dev/videodev"] {
            assert_eq!(number(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn what_the_kernel_says_has_a_name() {
        let named = |code| system(&io::Error::from_raw_os_error(code));
        assert_eq!(named(libc::ENODEV), CameraFault::Unplugged);
        assert_eq!(named(libc::EIO), CameraFault::Io);
        assert_eq!(named(libc::EBUSY), CameraFault::Busy);
        assert_eq!(named(libc::EACCES), CameraFault::AccessDenied);
        assert_eq!(starting(&io::Error::from_raw_os_error(libc::EINVAL)), CameraFault::StartRefused);
        assert_eq!(starting(&io::Error::from_raw_os_error(libc::EBUSY)), CameraFault::Busy);
    }

    #[test]
    fn a_camera_that_is_not_there_is_not_found() {
        assert_eq!(V4l2Camera::open("0-000000000000").map(|_| ()), Err(CameraFault::NotFound));
    }
}
