//! Scanners: which there are, and opening one. Three drivers behind [`ScanSource`](crate::ScanSource): eSCL over the
//! network (AirScan, Mopria; any system), SANE through a child process (Linux, macOS), WinRT (Windows).
//!
//! A scanner is known by an identity that survives a new address (`escl:<uuid>`) and is never an index.

mod checked;
pub mod escl;
mod interleave;
#[cfg(unix)]
pub mod sane;
#[cfg(any(windows, test))]
mod wia;

pub use interleave::place_of_back;

use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::source::{Device, ScanFault, ScanSource};

/// Which driver a scanner is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    /// eSCL over HTTP(S).
    Escl,
    /// SANE.
    Sane,
    /// The scanners of Windows.
    Wia,
}

/// A scanner that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundScanner {
    /// Identity and name.
    pub device: Device,
    /// Its driver.
    pub driver: Driver,
    /// Where it was found on the network, best first; empty for others.
    pub addresses: Vec<String>,
}

/// What is remembered of a scanner from the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Where it was, best first.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// SHA-256 of the certificate it showed, hex: printers sign their own, so the first one is remembered.
    #[serde(default)]
    pub certificate: Option<String>,
}

/// Looks for scanners everywhere at once for about `wait`; `addresses` are asked besides (networks without multicast).
pub fn list(wait: Duration, addresses: &[String]) -> Vec<FoundScanner> {
    thread::scope(|scope| {
        let network = scope.spawn(move || escl::discover(wait));
        let named: Vec<_> =
            addresses.iter().map(|address| scope.spawn(move || escl::at_address(address))).collect();
        #[cfg(unix)]
        let local = scope.spawn(move || sane::list(wait.max(SANE_LIST_LEAST)));
        #[cfg(windows)]
        let local = scope.spawn(wia::list);
        let mut all = network.join().unwrap_or_default();
        for found in named.into_iter().filter_map(|thread| thread.join().ok().flatten()) {
            if !all.iter().any(|known| known.device.id == found.device.id) {
                all.push(found);
            }
        }
        #[cfg(any(unix, windows))]
        all.extend(local.join().unwrap_or_default());
        all.sort_by(|a, b| (&a.device.name, &a.device.id).cmp(&(&b.device.name, &b.device.id)));
        all
    })
}

/// SANE asks every backend it knows; that takes a while.
#[cfg(unix)]
const SANE_LIST_LEAST: Duration = Duration::from_secs(10);

/// Opens a scanner by its identity, an `escl:` one also by `escl:http://…`.
///
/// # Errors
/// `NotFound` for an identity of no driver here, `Offline` when it does not answer, `KeyChanged`, `DriverMissing`.
pub fn open(id: &str, remembered: &Remembered) -> Result<Box<dyn ScanSource>, ScanFault> {
    match id.split_once(':') {
        Some(("escl", name)) => Ok(Box::new(escl::Escl::open(name, remembered)?)),
        #[cfg(unix)]
        Some(("sane", name)) => Ok(Box::new(sane::Sane::open(name))),
        #[cfg(windows)]
        Some(("wia", name)) => Ok(Box::new(wia::Wia::open(name)?)),
        _ => Err(ScanFault::NotFound),
    }
}
