//! Scripted cameras and frames for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::encode::jpeg;
use crate::picture::Picture;
use crate::source::{CameraFault, Device, Frame, FrameSource};

/// A JPEG of one grey level.
pub(crate) fn plain_jpeg(width: usize, height: usize, level: u8) -> Vec<u8> {
    jpeg(&Picture::new(width, height, vec![level; width * height * 3]).unwrap(), 96.0, 85).unwrap()
}

/// A frame of one grey level.
pub(crate) fn plain(width: usize, height: usize, level: u8) -> Frame {
    Frame::from_buffer(&plain_jpeg(width, height, level), Instant::now()).unwrap()
}

/// The same JPEG without its Huffman tables, as many cameras send it.
pub(crate) fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let (mut bare, mut at) = (jpeg[..2].to_vec(), 2);
    loop {
        let len = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        match jpeg[at + 1] {
            0xC4 => {}
            0xDA => return [&bare, &jpeg[at..]].concat(),
            _ => bare.extend_from_slice(&jpeg[at..at + len]),
        }
        at += len;
    }
}

/// What a scripted camera does next.
#[derive(Clone)]
pub(crate) enum Step {
    /// Hands over a buffer.
    Buffer(Vec<u8>),
    /// Fails.
    Fault(CameraFault),
}

/// A camera that plays a script, then repeats its last buffer for ever.
#[derive(Clone)]
pub(crate) struct Scripted {
    device: Device,
    steps: Arc<Mutex<VecDeque<Step>>>,
    last: Vec<u8>,
}

impl Scripted {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = Arc::new(Mutex::new(steps.into_iter().collect()));
        Self { device: Device { id: "scripted".into(), name: "Scripted".into() }, steps, last: Vec::new() }
    }
}

impl FrameSource for Scripted {
    fn device(&self) -> &Device {
        &self.device
    }

    fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        std::thread::sleep(Duration::from_millis(2));
        match self.steps.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
            Some(Step::Fault(CameraFault::Silent)) => {
                std::thread::sleep(
                    deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(20)),
                );
                return Err(CameraFault::Silent);
            }
            Some(Step::Fault(fault)) => return Err(fault),
            Some(Step::Buffer(buffer)) => self.last = buffer,
            None if self.last.is_empty() => return Err(CameraFault::Silent),
            None => {}
        }
        Frame::from_buffer(&self.last, Instant::now())
    }

    fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        self.next(deadline)
    }
}
