//! A driver that may block for ever, kept on a thread of its own: whoever waits for its frames has a deadline.
//!
//! The thread owns the driver from opening to closing (some systems tie a camera to the thread that opened it). One
//! that hangs is left behind; a fresh one is begun when the camera is opened again.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Instant;

use crate::source::{CameraFault, Device, Frame, FrameSource};

/// Takes frames, one a call, for as long as it takes.
pub(crate) trait Grabber {
    /// The next frame. May block.
    fn grab(&mut self) -> Result<Frame, CameraFault>;
}

/// A [`FrameSource`] over a driver without deadlines.
pub(crate) struct Watchdog {
    device: Device,
    frames: Receiver<Result<Frame, CameraFault>>,
}

impl Watchdog {
    /// Opens the driver on its own thread. What goes wrong there is the first frame's fault.
    pub(crate) fn begin<G: Grabber>(
        device: Device,
        open: impl FnOnce() -> Result<G, CameraFault> + Send + 'static,
    ) -> Result<Self, CameraFault> {
        let (sender, frames) = sync_channel(1);
        thread::Builder::new()
            .name("camera-driver".into())
            .spawn(move || run(open, &sender))
            .map_err(|_| CameraFault::Io)?;
        Ok(Self { device, frames })
    }

    fn wait(&self, deadline: Instant) -> Result<Frame, CameraFault> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.frames.recv_timeout(left) {
            Ok(frame) => frame,
            Err(RecvTimeoutError::Timeout) => Err(CameraFault::Silent),
            Err(RecvTimeoutError::Disconnected) => Err(CameraFault::Unplugged),
        }
    }
}

impl FrameSource for Watchdog {
    fn device(&self) -> &Device {
        &self.device
    }

    fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        self.wait(deadline)
    }

    fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
        // One frame may have waited in the channel since before the paper lay still.
        let _ = self.frames.try_recv();
        self.wait(deadline)
    }
}

fn run<G: Grabber>(
    open: impl FnOnce() -> Result<G, CameraFault>,
    frames: &SyncSender<Result<Frame, CameraFault>>,
) {
    let mut grabber = match open() {
        Ok(grabber) => grabber,
        Err(fault) => return drop(frames.send(Err(fault))),
    };
    loop {
        let grabbed = grabber.grab();
        let over = matches!(grabbed, Err(fault) if fault != CameraFault::BrokenFrame);
        match frames.try_send(grabbed) {
            // Nobody has taken the last one yet: it stays, this one is dropped. Live pictures are taken all the time.
            Ok(()) | Err(TrySendError::Full(Ok(_))) => {}
            Err(TrySendError::Full(fault)) => drop(frames.send(fault)),
            Err(TrySendError::Disconnected(_)) => return,
        }
        if over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::fixtures::plain;
    use std::sync::mpsc;
    use std::time::Duration;

    /// Plays what it is given, then waits for ever.
    struct Hanging {
        played: Vec<Result<Frame, CameraFault>>,
        never: Receiver<()>,
    }

    impl Grabber for Hanging {
        fn grab(&mut self) -> Result<Frame, CameraFault> {
            if self.played.is_empty() {
                let _ = self.never.recv();
            }
            self.played.remove(0)
        }
    }

    fn begin(played: Vec<Result<Frame, CameraFault>>) -> (Watchdog, mpsc::Sender<()>) {
        let (hold, never) = mpsc::channel();
        let device = Device { id: "a".into(), name: "A".into() };
        (Watchdog::begin(device, move || Ok(Hanging { played, never })).unwrap(), hold)
    }

    fn within(milliseconds: u64) -> Instant {
        Instant::now() + Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_driver_that_never_returns_is_a_silent_camera() {
        let (mut camera, _hold) = begin(vec![Ok(plain(64, 48, 100))]);
        assert_eq!(camera.next(within(20_000)).unwrap().size(), (64, 48));
        assert_eq!(camera.next(within(50)), Err(CameraFault::Silent));
        assert_eq!(camera.shoot(within(50)), Err(CameraFault::Silent));
    }

    #[test]
    fn a_fault_arrives_and_ends_the_thread() {
        let (mut camera, _hold) = begin(vec![Err(CameraFault::Io)]);
        assert_eq!(camera.next(within(20_000)), Err(CameraFault::Io));
        assert_eq!(camera.next(within(20_000)), Err(CameraFault::Unplugged));
    }

    #[test]
    fn a_driver_that_cannot_be_opened_says_so_at_the_first_frame() {
        let device = Device { id: "a".into(), name: "A".into() };
        let mut camera = Watchdog::begin::<Hanging>(device, || Err(CameraFault::AccessDenied)).unwrap();
        assert_eq!(camera.next(within(20_000)), Err(CameraFault::AccessDenied));
    }
}
