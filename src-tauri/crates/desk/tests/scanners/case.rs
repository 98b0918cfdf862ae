//! Scanning at the counter: pages join the case one by one and stay.

use crate::printer::{Behaviour, Printer, Say, caps, picture};
use mocban_desk::{Desk, DeskError, DeskOptions, api::*};
use std::{sync::Arc, thread, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;

struct Counter {
    desk: Arc<Desk>,
    folder: TempDir,
    _runtime: Runtime,
}

impl Counter {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let desk =
            Desk::open(DeskOptions::command(Some(folder.path().to_owned())), runtime.handle()).unwrap();
        Self { desk, folder, _runtime: runtime }
    }

    fn run(&self, printer: &Printer, feed: ScanFeed, pass: ScanPass) -> Result<ScanDone, DeskError> {
        let added: ScannerList = self.desk.ask("scanner_add", &ScannerAdd { address: printer.url() })?;
        let scanner = added.scanners[0].id.clone();
        self.desk.ask("scan_run", &ScanRun { scanner, feed, dpi: 300, pass })
    }

    /// The widths of the case's pages: by them the pages are told apart.
    fn widths(&self) -> Vec<u32> {
        let case: CaseView = self.desk.ask("case_get", &Empty {}).unwrap();
        case.pages.iter().map(|page| page.width).collect()
    }
}

/// Pages of these widths, and then whatever follows.
fn sheets(widths: impl IntoIterator<Item = usize>, last: Option<Say>) -> Behaviour {
    let sheets = widths.into_iter().map(|width| Say::Page(picture(width, 64, 200)));
    Behaviour { documents: sheets.chain(last).collect(), ..Behaviour::default() }
}

#[test]
fn pages_that_came_before_a_jam_lie_in_the_case_and_survive_the_program() {
    let counter = Counter::open();
    let mut behaviour = sheets(101..=106, Some(Say::Status(409)));
    behaviour.adf_state_after = Some("ScannerAdfJam");
    let printer = Printer::start(behaviour);
    let fault = counter.run(&printer, ScanFeed::Feeder, ScanPass::First).unwrap_err();
    assert_eq!(fault, DeskError::ScannerPaperJam);
    let kept: Vec<u32> = (101..=106).collect();
    assert_eq!(counter.widths(), kept);

    let Counter { desk, folder, _runtime } = counter;
    drop(desk);
    let desk = Desk::open(DeskOptions::command(Some(folder.path().to_owned())), _runtime.handle()).unwrap();
    let case: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert_eq!(case.pages.iter().map(|page| page.width).collect::<Vec<_>>(), kept);
}

#[test]
fn fronts_and_backs_of_a_turned_stack_are_put_in_order() {
    let counter = Counter::open();
    let fronts = Printer::start(sheets([101, 103, 105], None));
    let done = counter.run(&fronts, ScanFeed::ManualDuplex, ScanPass::First).unwrap();
    assert_eq!((done.pages, done.awaiting_backs, done.unpaired), (3, 3, 0));
    let backs = Printer::start(sheets([106, 104, 102], None));
    let done = counter.run(&backs, ScanFeed::ManualDuplex, ScanPass::Backs).unwrap();
    assert_eq!((done.pages, done.awaiting_backs, done.unpaired), (3, 0, 0));
    assert_eq!(counter.widths(), [101, 102, 103, 104, 105, 106]);
}

#[test]
fn a_stack_with_a_sheet_too_many_is_said_to_be_uneven() {
    let counter = Counter::open();
    counter.run(&Printer::start(sheets([101, 103], None)), ScanFeed::ManualDuplex, ScanPass::First).unwrap();
    let backs = Printer::start(sheets([104, 102, 100], None));
    let done = counter.run(&backs, ScanFeed::ManualDuplex, ScanPass::Backs).unwrap();
    assert_eq!(done.unpaired, 1);
    assert_eq!(counter.widths(), [101, 102, 103, 104, 100]);
}

#[test]
fn a_scanner_is_remembered_with_how_it_was_used_and_offers_what_it_can() {
    let counter = Counter::open();
    let printer = Printer::start(Behaviour { caps: caps(&["Feeder"]), ..sheets([101], None) });
    counter.run(&printer, ScanFeed::Feeder, ScanPass::First).unwrap();
    let known: ScannerList = counter.desk.ask("scanners_list", &ScannersList { search: false }).unwrap();
    assert_eq!(known.scanners.len(), 1);
    let scanner = known.scanners[0].clone();
    assert_eq!((scanner.feed, scanner.dpi, scanner.driver), (ScanFeed::Feeder, 300, ScannerDriver::Escl));
    let able: ScannerAbilities =
        counter.desk.ask("scanner_abilities", &ScannerRef { scanner: scanner.id.clone() }).unwrap();
    assert_eq!(able.feeds, [ScanFeed::Feeder, ScanFeed::ManualDuplex]);
    assert_eq!(able.resolutions, [300, 600]);
    let left: ScannerList = counter.desk.ask("scanner_remove", &ScannerRef { scanner: scanner.id }).unwrap();
    assert!(left.scanners.is_empty());
}

#[test]
fn one_scan_runs_at_a_time_and_can_be_called_off() {
    let counter = Counter::open();
    let printer = Printer::start(sheets([101], Some(Say::Hang(picture(101, 64, 9)[..200].to_vec()))));
    let desk = counter.desk.clone();
    thread::scope(|scope| {
        let running = scope.spawn(|| counter.run(&printer, ScanFeed::Feeder, ScanPass::First));
        while counter.widths().is_empty() {
            thread::sleep(Duration::from_millis(10));
        }
        let second = counter.run(&printer, ScanFeed::Feeder, ScanPass::First);
        assert_eq!(second, Err(DeskError::ScannerBusy));
        let _: Empty = desk.ask("scan_cancel", &Empty {}).unwrap();
        assert_eq!(running.join().unwrap().unwrap().pages, 1);
    });
    assert_eq!(counter.widths(), [101]);
}

#[test]
fn a_resolution_below_the_law_is_refused_before_paper_moves() {
    let counter = Counter::open();
    let printer = Printer::start(sheets([101], None));
    let added: ScannerList = counter.desk.ask("scanner_add", &ScannerAdd { address: printer.url() }).unwrap();
    let request = ScanRun {
        scanner: added.scanners[0].id.clone(),
        feed: ScanFeed::Platen,
        dpi: 150,
        pass: ScanPass::First,
    };
    let refused: Result<ScanDone, DeskError> = counter.desk.ask("scan_run", &request);
    assert_eq!(refused, Err(DeskError::InvalidRequest { field: "dpi".into() }));
    assert_eq!(printer.was_asked("POST /eSCL/ScanJobs"), 0);
}
