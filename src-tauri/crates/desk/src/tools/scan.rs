//! Cameras and scanners without a counter: what there is, and pages into files.

use crate::{DeskError, faults};
use mocban_capture::{
    ColourMode, Feed, ScanSettings, Stop, camera,
    camera::Live,
    original::MediaType,
    scanner::{self, Driver, Remembered},
};
use serde::Serialize;
use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

/// Identities of cameras begin with this, as those of scanners with their driver's name.
const CAMERA: &str = "camera:";
/// How long a camera may take for a shot.
const SHOT: Duration = Duration::from_secs(15);

/// A camera or scanner.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceReport {
    /// Identity for `scan page --device`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// `camera`, `escl`, `sane` or `wia`.
    pub kind: &'static str,
    /// Where it was found on the network, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
}

/// What to scan.
#[derive(Clone, Debug)]
pub struct ScanWish {
    /// Identity of the device; `escl:http://…` for an address.
    pub device: String,
    /// `platen`, `adf` or `duplex`.
    pub source: ScanSource,
    /// Dots per inch.
    pub dpi: u16,
    /// Grey instead of colour: no certified copy may be made of it.
    pub grey: bool,
    /// Longest time for everything.
    pub within: Duration,
}

/// Where the paper lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanSource {
    /// The glass.
    Platen,
    /// The feeder, one side.
    Adf,
    /// The feeder, both sides.
    Duplex,
}

/// One page as it came from the device.
#[derive(Clone, Debug)]
pub struct DevicePage {
    /// The file.
    pub bytes: Arc<[u8]>,
    /// Its usual ending, such as `jpg`.
    pub extension: &'static str,
    /// Measured resolution across and down.
    pub dpi: Option<(u16, u16)>,
    /// SHA-256, hex.
    pub sha256: String,
}

/// Every camera, and every scanner that answers within about `wait`; `addresses` are asked besides.
pub fn devices(wait: Duration, addresses: &[String]) -> Vec<DeviceReport> {
    let cameras = camera::list().into_iter().map(|one| DeviceReport {
        id: format!("{CAMERA}{}", one.id),
        name: one.name,
        kind: "camera",
        addresses: Vec::new(),
    });
    let scanners = scanner::list(wait, addresses).into_iter().map(|found| DeviceReport {
        id: found.device.id,
        name: found.device.name,
        kind: match found.driver {
            Driver::Escl => "escl",
            Driver::Sane => "sane",
            Driver::Wia => "wia",
        },
        addresses: found.addresses,
    });
    cameras.chain(scanners).collect()
}

/// Scans until the paper is out, or photographs once; `page` gets each page as it arrives. Gives the number of pages.
///
/// # Errors
/// What stopped the device, or what `page` answered; pages given before stay given.
pub fn scan_pages(
    wish: &ScanWish,
    page: &mut dyn FnMut(DevicePage) -> Result<(), DeskError>,
) -> Result<usize, DeskError> {
    if let Some(id) = wish.device.strip_prefix(CAMERA) {
        let id = id.to_owned();
        let live = Live::begin(Box::new(move || camera::open(&id))).map_err(faults::camera)?;
        let frame = live.shoot(Instant::now() + SHOT).map_err(faults::camera)?;
        let original = mocban_capture::Original::read(frame.jpeg().clone(), "camera")
            .map_err(|fault| faults::picture_named("camera", fault))?;
        page(taken(&original, None))?;
        return Ok(1);
    }
    let mut device = scanner::open(&wish.device, &Remembered::default()).map_err(faults::scanner)?;
    let settings = ScanSettings {
        feed: match wish.source {
            ScanSource::Platen => Feed::Platen,
            ScanSource::Adf => Feed::Feeder,
            ScanSource::Duplex => Feed::FeederDuplex,
        },
        dpi: wish.dpi,
        colour: if wish.grey { ColourMode::Grey } else { ColourMode::Colour },
    };
    let mut refused = None;
    let ended = device.scan(settings, &Stop::at(Instant::now() + wish.within), &mut |scanned| match page(
        taken(&scanned.original, scanned.dpi),
    ) {
        Ok(()) => ControlFlow::Continue(()),
        Err(fault) => {
            refused = Some(fault);
            ControlFlow::Break(())
        }
    });
    match refused {
        Some(fault) => Err(fault),
        None => ended.map_err(faults::scanner),
    }
}

fn taken(original: &mocban_capture::Original, dpi: Option<(u16, u16)>) -> DevicePage {
    DevicePage {
        bytes: original.bytes().clone(),
        extension: match original.media() {
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
            MediaType::Tiff => "tif",
            MediaType::Pdf => "pdf",
        },
        dpi,
        sha256: hex::encode(original.sha256()),
    }
}
