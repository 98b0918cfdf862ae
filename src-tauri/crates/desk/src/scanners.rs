//! Scanners at the counter. Pages are added to the case as they arrive and stay there whatever happens to a later one;
//! how each scanner was used last is remembered with it.

use crate::{Desk, DeskError, api::*, counter::Page, faults, lock};
use mocban_capture::{
    Feed, ScanFault, ScanSettings, ScanSource, ScannedPage, Stop,
    page::LEGAL_FLOOR_DPI,
    scanner::{self, Driver, FoundScanner, Remembered, place_of_back},
};
use serde::{Deserialize, Serialize};
use std::{
    ops::ControlFlow,
    sync::Mutex,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long scanners are looked for.
const SEARCH: Duration = Duration::from_secs(4);
/// How long one pass may take: three hundred pages, slowly.
const PASS: Duration = Duration::from_secs(3600);
/// Setting that holds the scanners used before.
const SCANNERS: &str = "scanners";
/// Most scanners remembered.
const REMEMBERED_MAX: usize = 32;
/// Resolutions a copy may be scanned at; 300 is the usual one (NĐ 30/2020 App. I: at least 200).
const DPI: std::ops::RangeInclusive<u32> = LEGAL_FLOOR_DPI as u32..=600;
const USUAL_DPI: u32 = 300;

/// The scan under way, and the fronts that await their backs.
#[derive(Default)]
pub(crate) struct Scanners {
    running: Mutex<Option<Stop>>,
    fronts: Mutex<Vec<Uuid>>,
}

/// A scanner as it is remembered.
#[derive(Clone, Serialize, Deserialize)]
struct Known {
    id: String,
    name: String,
    driver: Driver,
    feed: ScanFeed,
    dpi: u32,
    #[serde(flatten)]
    remembered: Remembered,
}

impl Known {
    fn new(found: &FoundScanner) -> Self {
        Self {
            id: found.device.id.clone(),
            name: found.device.name.clone(),
            driver: found.driver,
            feed: ScanFeed::Platen,
            dpi: USUAL_DPI,
            remembered: Remembered { addresses: found.addresses.clone(), certificate: None },
        }
    }

    fn view(&self) -> ScannerView {
        let driver = match self.driver {
            Driver::Escl => ScannerDriver::Escl,
            Driver::Sane => ScannerDriver::Sane,
            Driver::Wia => ScannerDriver::Wia,
        };
        ScannerView { id: self.id.clone(), name: self.name.clone(), driver, feed: self.feed, dpi: self.dpi }
    }
}

impl Desk {
    pub(crate) fn scanners_list(&self, request: ScannersList) -> Result<ScannerList, DeskError> {
        let mut known = self.known_scanners()?;
        if request.search {
            for found in scanner::list(SEARCH, &[]) {
                match known.iter_mut().find(|one| one.id == found.device.id) {
                    Some(one) if !found.addresses.is_empty() => one.remembered.addresses = found.addresses,
                    Some(_) => {}
                    None => known.push(Known::new(&found)),
                }
            }
        }
        Ok(ScannerList { scanners: known.iter().map(Known::view).collect() })
    }

    pub(crate) fn scanner_add(&self, request: ScannerAdd) -> Result<ScannerList, DeskError> {
        let found = scanner::escl::at_address(&request.address).ok_or(DeskError::ScannerNotFound)?;
        let known = self.known_scanners()?.into_iter().find(|one| one.id == found.device.id);
        let mut known = known.unwrap_or_else(|| Known::new(&found));
        known.remembered.addresses = found.addresses;
        self.remember_scanner(known)?;
        self.scanners_list(ScannersList { search: false })
    }

    pub(crate) fn scanner_remove(&self, request: ScannerRef) -> Result<ScannerList, DeskError> {
        let mut known = self.known_scanners()?;
        known.retain(|one| one.id != request.scanner);
        self.keep_scanners(&known)?;
        self.scanners_list(ScannersList { search: false })
    }

    pub(crate) fn scanner_abilities(&self, request: ScannerRef) -> Result<ScannerAbilities, DeskError> {
        let (_, mut scanner) = self.open_scanner(&request.scanner)?;
        let abilities = scanner.abilities().map_err(faults::scanner)?;
        let mut feeds: Vec<ScanFeed> = abilities.feeds.iter().map(|feed| offered(*feed)).collect();
        if feeds.contains(&ScanFeed::Feeder) && !feeds.contains(&ScanFeed::FeederDuplex) {
            feeds.push(ScanFeed::ManualDuplex);
        }
        let mut resolutions: Vec<u32> =
            abilities.resolutions.into_iter().map(u32::from).filter(|dpi| DPI.contains(dpi)).collect();
        if resolutions.is_empty() {
            resolutions = vec![200, USUAL_DPI, 600];
        }
        Ok(ScannerAbilities { feeds, resolutions })
    }

    /// Scans until the paper is out. Blocks for that long; every page is in the case, and told, when it has come.
    pub(crate) fn scan_run(&self, request: ScanRun) -> Result<ScanDone, DeskError> {
        if !DPI.contains(&request.dpi) {
            return Err(DeskError::InvalidRequest { field: "dpi".into() });
        }
        let fronts = match (request.feed, request.pass) {
            (ScanFeed::ManualDuplex, ScanPass::Backs) => std::mem::take(&mut *lock(&self.scanners.fronts)),
            (_, ScanPass::Backs) => return Err(DeskError::InvalidRequest { field: "pass".into() }),
            (_, ScanPass::First) => {
                lock(&self.scanners.fronts).clear();
                Vec::new()
            }
        };
        let running = Running::begin(&self.scanners)?;
        let (mut known, mut scanner) = self.open_scanner(&request.scanner)?;
        (known.feed, known.dpi) = (request.feed, request.dpi);
        known.remembered = scanner.remembered().unwrap_or(known.remembered);
        known.name = scanner.device().name.clone();
        self.remember_scanner(known)?;
        let mut pass = Pass {
            desk: self,
            fronts,
            back: request.pass == ScanPass::Backs,
            added: Vec::new(),
            fault: None,
        };
        let settings =
            ScanSettings { feed: feed(request.feed), dpi: request.dpi as u16, colour: Default::default() };
        let ended = scanner.scan(settings, &running.stop, &mut |page| pass.take(&page));
        drop(running);
        if let Some(fault) = pass.fault {
            return Err(fault);
        }
        let added = pass.added;
        let first_of_two = request.feed == ScanFeed::ManualDuplex && request.pass == ScanPass::First;
        if first_of_two {
            // Even after a jam: what is there awaits its backs.
            *lock(&self.scanners.fronts) = added.clone();
        }
        ended.map_err(faults::scanner)?;
        let count = |pages: usize| u32::try_from(pages).unwrap_or(u32::MAX);
        let unpaired = if pass.back { pass.fronts.len().abs_diff(added.len()) } else { 0 };
        Ok(ScanDone {
            pages: count(added.len()),
            awaiting_backs: if first_of_two { count(added.len()) } else { 0 },
            unpaired: count(unpaired),
        })
    }

    pub(crate) fn scan_cancel(&self, _: Empty) -> Result<Empty, DeskError> {
        if let Some(stop) = lock(&self.scanners.running).as_ref() {
            stop.cancel();
        }
        Ok(Empty {})
    }

    fn open_scanner(&self, id: &str) -> Result<(Known, Box<dyn ScanSource>), DeskError> {
        let known = self.known_scanners()?.into_iter().find(|one| one.id == id);
        let remembered = known.as_ref().map(|one| one.remembered.clone()).unwrap_or_default();
        let scanner = scanner::open(id, &remembered).map_err(faults::scanner)?;
        let driver = match id.split(':').next() {
            Some("escl") => Driver::Escl,
            Some("wia") => Driver::Wia,
            _ => Driver::Sane,
        };
        let found = FoundScanner { device: scanner.device().clone(), driver, addresses: Vec::new() };
        let known = known.unwrap_or_else(|| Known { id: id.to_owned(), ..Known::new(&found) });
        Ok((known, scanner))
    }

    fn known_scanners(&self) -> Result<Vec<Known>, DeskError> {
        let kept = self.store.setting(SCANNERS)?;
        // Ones that cannot be read any more are forgotten.
        Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }

    /// Puts a scanner first.
    fn remember_scanner(&self, scanner: Known) -> Result<(), DeskError> {
        let mut known = self.known_scanners()?;
        known.retain(|one| one.id != scanner.id);
        known.insert(0, scanner);
        known.truncate(REMEMBERED_MAX);
        self.keep_scanners(&known)
    }

    fn keep_scanners(&self, known: &[Known]) -> Result<(), DeskError> {
        let json = serde_json::to_string(known)
            .map_err(|fault| DeskError::Internal { detail: fault.to_string() })?;
        Ok(self.store.set_setting(SCANNERS, &json, self.now())?)
    }
}

/// Takes the pages of one pass into the case.
struct Pass<'a> {
    desk: &'a Desk,
    /// The fronts that these backs belong to.
    fronts: Vec<Uuid>,
    back: bool,
    added: Vec<Uuid>,
    fault: Option<DeskError>,
}

impl Pass<'_> {
    fn take(&mut self, scanned: &ScannedPage) -> ControlFlow<()> {
        match self.add(scanned) {
            Ok(()) => ControlFlow::Continue(()),
            Err(fault) => {
                self.fault = Some(fault);
                ControlFlow::Break(())
            }
        }
    }

    fn add(&mut self, scanned: &ScannedPage) -> Result<(), DeskError> {
        let dpi = scanned.dpi.filter(|(across, down)| across == down).map(|(dpi, _)| dpi);
        let page = Page::scanned(&scanned.original, dpi)?;
        let id = page.id;
        let after = place_of_back(self.fronts.len(), self.added.len())
            .filter(|_| self.back)
            .and_then(|front| self.fronts.get(front).copied());
        self.desk.add_page(page, after)?;
        self.added.push(id);
        Ok(())
    }
}

/// One scan at a time. Over when dropped.
struct Running<'a> {
    scanners: &'a Scanners,
    stop: Stop,
}

impl<'a> Running<'a> {
    fn begin(scanners: &'a Scanners) -> Result<Self, DeskError> {
        let mut running = lock(&scanners.running);
        if running.is_some() {
            return Err(faults::scanner(ScanFault::Busy));
        }
        let stop = Stop::at(Instant::now() + PASS);
        *running = Some(stop.clone());
        drop(running);
        Ok(Self { scanners, stop })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *lock(&self.scanners.running) = None;
    }
}

fn feed(feed: ScanFeed) -> Feed {
    match feed {
        ScanFeed::Platen => Feed::Platen,
        ScanFeed::Feeder | ScanFeed::ManualDuplex => Feed::Feeder,
        ScanFeed::FeederDuplex => Feed::FeederDuplex,
    }
}

fn offered(feed: Feed) -> ScanFeed {
    match feed {
        Feed::Platen => ScanFeed::Platen,
        Feed::Feeder => ScanFeed::Feeder,
        Feed::FeederDuplex => ScanFeed::FeederDuplex,
    }
}
