//! Hot-plug: tells when the list of cameras changes. On Linux the kernel says that something happened in `/dev`;
//! everywhere, and where it does not, the list is looked at again from time to time.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::source::Device;

/// How long the thread waits at most before it looks whether it should end.
const TICK: Duration = Duration::from_millis(500);
/// Ticks between looks where the system tells of changes by itself.
#[cfg(target_os = "linux")]
const TICKS_WHEN_TOLD: u32 = 20;
/// The same where it does not.
const TICKS_WHEN_POLLED: u32 = 4;
/// A device is there a moment before its node may be opened.
const REST: Duration = Duration::from_millis(300);

/// Watches for cameras until dropped.
pub struct Watcher(Arc<AtomicBool>);

impl Watcher {
    /// Calls `changed` with the new list whenever it changes, on a thread of its own. Without a thread from the system
    /// nothing is told, and lists must be asked for.
    pub fn cameras(changed: impl FnMut(&[Device]) + Send + 'static) -> Self {
        Self::begin(Path::new("/dev"), super::list, changed)
    }

    fn begin(
        folder: &Path,
        list: impl Fn() -> Vec<Device> + Send + 'static,
        mut changed: impl FnMut(&[Device]) + Send + 'static,
    ) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (stop, signal) = (over.clone(), Signal::of(folder));
        let _ = thread::Builder::new().name("camera-watch".into()).spawn(move || {
            let mut known = list();
            let mut ticks = 0;
            while !stop.load(Ordering::Relaxed) {
                let told = signal.wait();
                ticks += 1;
                if told {
                    thread::sleep(REST);
                } else if ticks < signal.ticks() {
                    continue;
                }
                ticks = 0;
                let found = list();
                if found != known {
                    known = found;
                    changed(&known);
                }
            }
        });
        Self(over)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What tells that something happened in a folder.
struct Signal {
    #[cfg(target_os = "linux")]
    inotify: Option<std::os::fd::OwnedFd>,
}

#[cfg(target_os = "linux")]
impl Signal {
    fn of(folder: &Path) -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
        let watch = || {
            let inotify = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
            // Permissions are set after the node is made.
            add_watch(&inotify, folder, WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::ATTRIB)?;
            Ok::<_, rustix::io::Errno>(inotify)
        };
        Self { inotify: watch().ok() }
    }

    fn ticks(&self) -> u32 {
        if self.inotify.is_some() { TICKS_WHEN_TOLD } else { TICKS_WHEN_POLLED }
    }

    /// Waits for a tick at most; whether something happened.
    fn wait(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let Some(inotify) = &self.inotify else {
            thread::sleep(TICK);
            return false;
        };
        let tick = Timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
        let ready = poll(&mut [PollFd::new(inotify, PollFlags::IN)], Some(&tick));
        if !matches!(ready, Ok(1..)) {
            if ready.is_err() {
                thread::sleep(TICK);
            }
            return false;
        }
        // What exactly happened is seen in the list.
        let mut events = [0; 4096];
        while matches!(rustix::io::read(inotify, &mut events), Ok(1..)) {}
        true
    }
}

#[cfg(not(target_os = "linux"))]
impl Signal {
    fn of(_: &Path) -> Self {
        Self {}
    }

    fn ticks(&self) -> u32 {
        TICKS_WHEN_POLLED
    }

    fn wait(&self) -> bool {
        thread::sleep(TICK);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn plugging_in_and_out_is_told_once_each() {
        let folder = std::env::temp_dir().join(format!("mocban-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let nodes = folder.clone();
        let list = move || {
            let entries = std::fs::read_dir(&nodes).into_iter().flatten().flatten();
            let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
            entries.map(|entry| Device { id: name(entry), name: String::new() }).collect()
        };
        let (sender, told) = channel();
        let watcher = Watcher::begin(&folder, list, move |found| {
            let _ = sender.send(found.len());
        });
        // The thread has its first list before anything happens.
        thread::sleep(Duration::from_millis(100));
        let within = Duration::from_secs(30);
        std::fs::write(folder.join("video7"), "").unwrap();
        assert_eq!(told.recv_timeout(within), Ok(1));
        std::fs::remove_file(folder.join("video7")).unwrap();
        assert_eq!(told.recv_timeout(within), Ok(0));
        drop(watcher);
        assert!(told.recv_timeout(within).is_err(), "the thread has ended and said no more");
        std::fs::remove_dir(folder).unwrap();
    }
}
