//! What a camera and a scanner are to the rest of the house, and everything that can go wrong with them.
//!
//! Traits and closed lists of faults only; the hardware is behind them. Every wait has a deadline, because
//! drivers that never return exist. Frames are cut at their own end marker before anybody sees them, because
//! drivers that hand over the previous person's page in the tail of the buffer exist too.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::camera::{Layout, huffman, raw};
use crate::decode::jpeg_header;
use crate::encode;
use crate::original::Original;
use crate::scanner::Remembered;

/// JPEG quality of frames that came as raw pixels: near the sensor's own noise.
const RAW_QUALITY: u8 = 92;

/// One picture from a camera: a JPEG and nothing after its end.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    jpeg: Arc<[u8]>,
    width: usize,
    height: usize,
    at: Instant,
}

impl Frame {
    /// A frame from a driver's buffer: cut at this picture's own end marker, whatever follows. Where the camera left
    /// out the standard Huffman tables, they are put in.
    ///
    /// # Errors
    /// `BrokenFrame` when the buffer holds no whole JPEG.
    pub fn from_buffer(buffer: &[u8], at: Instant) -> Result<Self, CameraFault> {
        let header = jpeg_header(buffer).map_err(|_| CameraFault::BrokenFrame)?;
        let (width, height) = (usize::from(header.width), usize::from(header.height));
        Ok(Self { jpeg: huffman::with_tables(&buffer[..header.len]).into(), width, height, at })
    }

    /// A frame from raw pixels.
    ///
    /// # Errors
    /// `BrokenFrame` when the buffer is shorter than the layout says.
    pub fn from_raw(buffer: &[u8], layout: &Layout, at: Instant) -> Result<Self, CameraFault> {
        let picture = raw::picture(buffer, layout).ok_or(CameraFault::BrokenFrame)?;
        let jpeg = encode::jpeg(&picture, 96.0, RAW_QUALITY).map_err(|_| CameraFault::BrokenFrame)?;
        Ok(Self { jpeg: jpeg.into(), width: picture.width, height: picture.height, at })
    }

    /// The JPEG, through its end marker and no further.
    pub fn jpeg(&self) -> &Arc<[u8]> {
        &self.jpeg
    }

    /// Pixels across and down, as stored.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// When it was taken.
    pub fn at(&self) -> Instant {
        self.at
    }
}

/// Sizes only: a citizen's paper does not belong in a log.
impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}×{}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}

/// Which device: told apart by `id`, shown by `name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stable across plugging out and in; never an index.
    pub id: String,
    /// What the maker calls it.
    pub name: String,
}

/// A camera above the desk.
pub trait FrameSource: Send {
    /// Which camera this is.
    fn device(&self) -> &Device;

    /// The next live frame, small enough to show at once.
    ///
    /// # Errors
    /// `Silent` when none came before `deadline`; otherwise what happened to the camera.
    fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault>;

    /// One picture at the camera's full resolution.
    ///
    /// # Errors
    /// As [`FrameSource::next`].
    fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault>;
}

/// Everything that can happen to a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CameraFault {
    /// No camera is connected.
    #[error("no camera is connected")]
    NotFound,
    /// The camera was unplugged.
    #[error("the camera was unplugged")]
    Unplugged,
    /// Another program has it.
    #[error("the camera is used by another program")]
    Busy,
    /// The system does not allow this program to use it.
    #[error("access to the camera is denied")]
    AccessDenied,
    /// It is there but sends nothing before the deadline.
    #[error("the camera sends no picture")]
    Silent,
    /// It refuses to start sending.
    #[error("the camera does not start")]
    StartRefused,
    /// It offers no picture format that can be read.
    #[error("the camera offers no usable picture format")]
    NoUsableFormat,
    /// A frame came that is not a whole picture.
    #[error("the camera sent a broken picture")]
    BrokenFrame,
    /// The transfer failed.
    #[error("the connection to the camera failed")]
    Io,
}

/// Where the paper is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// The glass plate: one page.
    Platen,
    /// The feeder, front sides.
    Feeder,
    /// The feeder, both sides.
    FeederDuplex,
}

/// How colours are taken. A digitised copy is in colour (NĐ 30/2020, Appendix I); the others are for working papers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColourMode {
    /// 24-bit colour.
    #[default]
    Colour,
    /// 8-bit grey.
    Grey,
    /// Black and white; grey where the scanner has none.
    BlackAndWhite,
}

/// What to scan and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSettings {
    /// Where the paper lies.
    pub feed: Feed,
    /// Dots per inch, at least 200 for a certified copy (NĐ 30/2020, Appendix I).
    pub dpi: u16,
    /// Colours.
    pub colour: ColourMode,
}

/// What a scanner can do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanAbilities {
    /// Where it takes paper from.
    pub feeds: Vec<Feed>,
    /// Resolutions equal in both directions, dots per inch, ascending; empty when it does not say.
    pub resolutions: Vec<u16>,
}

/// A page from a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedPage {
    /// The file as the scanner sent it, cut at its own end, whole and decodable.
    pub original: Original,
    /// The true resolution across and down: measured against the scanned area, as some scanners deliver another than
    /// they were asked for. `None` when it cannot be known.
    pub dpi: Option<(u16, u16)>,
}

/// How long a job may take, and whether somebody has called it off.
#[derive(Debug, Clone)]
pub struct Stop {
    /// When it must have ended.
    pub deadline: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Stop {
    /// Ends at the deadline at the latest.
    pub fn at(deadline: Instant) -> Self {
        Self { deadline, cancelled: Arc::default() }
    }

    /// Calls the job off; it ends within a second.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was called off.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Takes a page as it arrives; breaking off cancels the job.
pub type TakePage<'a> = dyn FnMut(ScannedPage) -> ControlFlow<()> + 'a;

/// A scanner.
pub trait ScanSource: Send {
    /// Which scanner this is.
    fn device(&self) -> &Device;

    /// What to remember of it for the next time; `None` where there is nothing.
    fn remembered(&self) -> Option<Remembered> {
        None
    }

    /// What it can do.
    ///
    /// # Errors
    /// `Offline` and the like.
    fn abilities(&mut self) -> Result<ScanAbilities, ScanFault>;

    /// Scans until the feeder is empty (or one page from the glass). Each page is handed over as it arrives, so
    /// that the good ones survive a fault on a later one; breaking off, or [`Stop::cancel`], cancels the job in the
    /// scanner too. Gives the number of pages.
    ///
    /// # Errors
    /// What stopped the job; pages already handed over stay good.
    fn scan(
        &mut self,
        settings: ScanSettings,
        stop: &Stop,
        page: &mut TakePage<'_>,
    ) -> Result<usize, ScanFault>;
}

/// Everything that can happen to a scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ScanFault {
    /// No scanner was found.
    #[error("no scanner was found")]
    NotFound,
    /// It was found before but does not answer now.
    #[error("the scanner does not answer")]
    Offline,
    /// It works for somebody else.
    #[error("the scanner is busy")]
    Busy,
    /// The system or the scanner does not allow it.
    #[error("access to the scanner is denied")]
    AccessDenied,
    /// It shows another key than the one that was remembered for it.
    #[error("the scanner shows another key than before")]
    KeyChanged,
    /// There is no paper in the feeder.
    #[error("there is no paper in the feeder")]
    FeederEmpty,
    /// Paper is jammed.
    #[error("paper is jammed")]
    PaperJam,
    /// A cover is open.
    #[error("a cover of the scanner is open")]
    CoverOpen,
    /// It does not have this feed or resolution.
    #[error("the scanner cannot scan with these settings")]
    UnsupportedSettings,
    /// It said "done" and sent no picture, or a cut one.
    #[error("the scanner sent a broken or empty page")]
    BrokenPage,
    /// The deadline passed.
    #[error("the scanner took too long")]
    TimedOut,
    /// The program that drives scanners on this system is not installed.
    #[error("the scanner program of this system is missing")]
    DriverMissing,
    /// The transfer failed.
    #[error("the connection to the scanner failed")]
    Io,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::jpeg;
    use crate::picture::Picture;

    #[test]
    fn the_previous_persons_frame_in_the_tail_of_the_buffer_is_cut_off() {
        let small = jpeg(&Picture::new(64, 48, vec![7; 64 * 48 * 3]).unwrap(), 96.0, 80).unwrap();
        let earlier = jpeg(&Picture::new(640, 480, vec![99; 640 * 480 * 3]).unwrap(), 96.0, 80).unwrap();
        let mut buffer = small.clone();
        buffer.extend_from_slice(&earlier[small.len()..]);
        buffer.resize(100_000, 0);
        let frame = Frame::from_buffer(&buffer, Instant::now()).unwrap();
        assert_eq!(&frame.jpeg()[..], &small[..]);
        assert_eq!(frame.size(), (64, 48));
    }

    #[test]
    fn half_a_frame_is_a_broken_frame() {
        let whole = jpeg(&Picture::new(64, 48, vec![7; 64 * 48 * 3]).unwrap(), 96.0, 80).unwrap();
        for cut in [0, 1, 20, whole.len() / 2, whole.len() - 1] {
            assert_eq!(Frame::from_buffer(&whole[..cut], Instant::now()), Err(CameraFault::BrokenFrame));
        }
    }
}
