//! Cameras of this computer: which there are, and opening one by its identity.
//!
//! A driver stands behind [`FrameSource`](crate::FrameSource): Linux through V4L2, Windows and macOS through nokhwa on
//! a thread of its own. [`Live`] is a camera at work: newest frame, shots, outline, re-attachment. No index anywhere:
//! a camera is known by [`identity`].

#[cfg(test)]
pub(crate) mod fixtures;
pub mod format;
pub(crate) mod huffman;
pub mod identity;
pub mod live;
mod look;
mod moment;
#[cfg(any(windows, target_os = "macos"))]
mod nokhwa;
pub(crate) mod raw;
mod settle;
#[cfg(target_os = "linux")]
mod v4l2;
mod watch;
#[cfg(any(test, windows, target_os = "macos"))]
mod watchdog;

pub use live::{Live, Sight};
pub use raw::Layout;
pub use watch::Watcher;

use crate::source::{CameraFault, Device, FrameSource};

/// The cameras that are plugged in, those of one model told apart. Nodes that give no picture are not cameras.
pub fn list() -> Vec<Device> {
    #[cfg(target_os = "linux")]
    return v4l2::list();
    #[cfg(any(windows, target_os = "macos"))]
    return nokhwa::list();
    #[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
    Vec::new()
}

/// Opens a camera of [`list`] by its identity; the same camera in another plug is found by its serial number.
///
/// # Errors
/// `NotFound`, `Busy`, `AccessDenied`, `NoUsableFormat` or `StartRefused`.
pub fn open(id: &str) -> Result<Box<dyn FrameSource>, CameraFault> {
    #[cfg(target_os = "linux")]
    return Ok(Box::new(v4l2::V4l2Camera::open(id)?));
    #[cfg(any(windows, target_os = "macos"))]
    return nokhwa::open(id);
    #[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
    {
        let _ = id;
        Err(CameraFault::NotFound)
    }
}
