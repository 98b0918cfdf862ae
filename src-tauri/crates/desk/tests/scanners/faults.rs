//! The fault list of scanners, played by a server over real HTTP.

use crate::printer::{Behaviour, Printer, Say, caps, page, pages, picture};
use mocban_capture::{
    ColourMode, Feed, ScanFault, ScanSettings, ScanSource, ScannedPage, Stop,
    scanner::{self, Remembered},
};
use std::{
    ops::ControlFlow,
    thread,
    time::{Duration, Instant},
};

fn open(printer: &Printer) -> Box<dyn ScanSource> {
    try_open(&printer.url()).unwrap()
}

fn try_open(url: &str) -> Result<Box<dyn ScanSource>, ScanFault> {
    scanner::open(&format!("escl:{url}"), &Remembered::default())
}

fn settings(feed: Feed) -> ScanSettings {
    ScanSettings { feed, dpi: 300, colour: ColourMode::Colour }
}

fn stop() -> Stop {
    Stop::at(Instant::now() + Duration::from_secs(60))
}

/// Scans with a machine: the pages that arrived, and how it ended.
fn scan(printer: &Printer, feed: Feed) -> (Vec<ScannedPage>, Result<usize, ScanFault>) {
    let mut arrived = Vec::new();
    let ended = open(printer).scan(settings(feed), &stop(), &mut |page| {
        arrived.push(page);
        ControlFlow::Continue(())
    });
    (arrived, ended)
}

fn feeder(documents: Vec<Say>) -> Behaviour {
    Behaviour { documents: documents.into(), ..Behaviour::default() }
}

#[test]
fn the_glass_gives_one_page_and_is_not_asked_again() {
    let printer = Printer::start(feeder(pages([90, 91])));
    let (arrived, ended) = scan(&printer, Feed::Platen);
    assert_eq!((arrived.len(), ended), (1, Ok(1)));
    assert_eq!(&arrived[0].original.bytes()[..], &page(90)[..]);
    assert_eq!(printer.was_asked("GET /eSCL/ScanJobs/7/NextDocument"), 1);
    assert_eq!(printer.was_asked("DELETE /eSCL/ScanJobs/7"), 1);
}

#[test]
fn a_feeder_ends_with_404_410_or_409() {
    for (end, state) in [(404, "Completed"), (410, "Processing"), (409, "Completed"), (409, "Processing")] {
        let mut documents = pages([1, 2, 3]);
        documents.push(Say::Status(end));
        let printer = Printer::start(Behaviour { job_state: state, ..feeder(documents) });
        let (arrived, ended) = scan(&printer, Feed::Feeder);
        assert_eq!((arrived.len(), ended), (3, Ok(3)), "{end} {state}");
    }
}

#[test]
fn both_sides_are_asked_for_by_the_ticket() {
    let printer = Printer::start(feeder(pages([1, 2])));
    assert_eq!(scan(&printer, Feed::FeederDuplex).1, Ok(2));
    let ticket = printer.seen().tickets[0].clone();
    for part in [
        "<pwg:InputSource>Feeder</pwg:InputSource>",
        "<scan:Duplex>true</scan:Duplex>",
        "<scan:ColorMode>RGB24</scan:ColorMode>",
        "<scan:XResolution>300</scan:XResolution>",
        "<pwg:Version>2.63</pwg:Version>",
    ] {
        assert!(ticket.contains(part), "{part} in {ticket}");
    }
}

#[test]
fn a_jam_on_the_seventh_page_keeps_the_six_good_ones() {
    // Said by 409 and the status; by an empty "200 OK"; by a page that breaks off.
    let jammed = |last: Say| feeder(pages(1..=6).into_iter().chain([last]).collect());
    let jam = Some("ScannerAdfJam");
    for (behaviour, fault) in [
        (Behaviour { adf_state_after: jam, ..jammed(Say::Status(409)) }, ScanFault::PaperJam),
        (Behaviour { adf_state_after: jam, ..jammed(Say::Page(Vec::new())) }, ScanFault::PaperJam),
        // A status that lies leaves only what was seen.
        (jammed(Say::Page(Vec::new())), ScanFault::BrokenPage),
        (jammed(Say::CutBody(page(7)[..300].to_vec())), ScanFault::BrokenPage),
        (jammed(Say::Page(page(7)[..300].to_vec())), ScanFault::BrokenPage),
        (Behaviour { job_state: "Aborted", ..jammed(Say::Status(409)) }, ScanFault::PaperJam),
        (
            Behaviour { adf_state_after: Some("ScannerAdfHatchOpen"), ..jammed(Say::Status(409)) },
            ScanFault::CoverOpen,
        ),
    ] {
        let printer = Printer::start(behaviour);
        let (arrived, ended) = scan(&printer, Feed::Feeder);
        assert_eq!((arrived.len(), ended), (6, Err(fault)));
        assert_eq!(printer.was_asked("DELETE /eSCL/ScanJobs/7"), 1, "the job is not left behind");
    }
}

#[test]
fn an_empty_feeder_is_said_however_the_machine_says_it() {
    let early = [Behaviour { posts: [409].into(), adf_state: "ScannerAdfEmpty", ..feeder(vec![]) }];
    let late = [404, 409, 410].map(|end| Behaviour {
        adf_state: "ScannerAdfEmpty",
        job_state: "Aborted",
        ..feeder(vec![Say::Status(end)])
    });
    for behaviour in early.into_iter().chain(late) {
        assert_eq!(scan(&Printer::start(behaviour), Feed::Feeder), (vec![], Err(ScanFault::FeederEmpty)));
    }
}

#[test]
fn a_status_that_always_says_empty_does_not_keep_pages_from_being_scanned() {
    let printer = Printer::start(Behaviour { adf_state: "ScannerAdfEmpty", ..feeder(pages([1, 2])) });
    assert_eq!(scan(&printer, Feed::Feeder).1, Ok(2));
}

#[test]
fn a_404_before_the_first_page_is_asked_again() {
    let mut documents = vec![Say::Status(404), Say::Status(404)];
    documents.extend(pages([1]));
    assert_eq!(scan(&Printer::start(feeder(documents)), Feed::Feeder).1, Ok(1));
}

#[test]
fn a_machine_that_warms_up_is_waited_for() {
    let mut documents = vec![Say::NotYet; 4];
    documents.extend(pages([1]));
    documents.push(Say::NotYet);
    documents.extend(pages([2]));
    assert_eq!(scan(&Printer::start(feeder(documents)), Feed::Feeder).1, Ok(2));
}

#[test]
fn a_machine_that_fails_once_and_works_on_is_asked_again() {
    let mut documents = vec![Say::Status(500)];
    documents.extend(pages([1]));
    assert_eq!(scan(&Printer::start(feeder(documents)), Feed::Feeder).1, Ok(1));
    let broken = Behaviour { job_state: "Aborted", ..feeder(vec![Say::Status(500)]) };
    assert_eq!(scan(&Printer::start(broken), Feed::Feeder).1, Err(ScanFault::Io));
}

#[test]
fn a_busy_machine_is_asked_again_and_then_said_to_be_busy() {
    let behaviour = Behaviour { posts: [503, 503].into(), ..feeder(pages([1])) };
    assert_eq!(scan(&Printer::start(behaviour), Feed::Platen).1, Ok(1));
    let behaviour = Behaviour { posts: [503; 20].into(), ..feeder(pages([1])) };
    assert_eq!(scan(&Printer::start(behaviour), Feed::Platen).1, Err(ScanFault::Busy));
}

#[test]
fn a_location_is_a_path_whatever_host_it_names() {
    for location in [
        "/eSCL/ScanJobs/7",
        "/eSCL/ScanJobs/7/",
        "ScanJobs/7",
        "http://localhost/eSCL/ScanJobs/7",
        "http://[fe80::1]:80/eSCL/ScanJobs/7",
        "https://evil.example/eSCL/ScanJobs/7",
    ] {
        let printer = Printer::start(Behaviour { location, ..feeder(pages([1])) });
        assert_eq!(scan(&printer, Feed::Platen).1, Ok(1), "{location}");
    }
}

#[test]
fn black_and_white_that_is_refused_becomes_grey() {
    let printer = Printer::start(Behaviour { posts: [409].into(), ..feeder(pages([1])) });
    let settings = ScanSettings { colour: ColourMode::BlackAndWhite, ..settings(Feed::Platen) };
    let taken = open(&printer).scan(settings, &stop(), &mut |_| ControlFlow::Continue(()));
    assert_eq!(taken, Ok(1));
    let tickets = printer.seen().tickets.join("");
    assert!(tickets.contains("BlackAndWhite1") && tickets.contains("Grayscale8"));
}

#[test]
fn a_feeder_without_glass_refuses_the_glass_and_feeds() {
    let printer = Printer::start(Behaviour { caps: caps(&["Feeder"]), ..feeder(pages([1])) });
    assert_eq!(scan(&printer, Feed::Platen).1, Err(ScanFault::UnsupportedSettings));
    assert_eq!(scan(&printer, Feed::Feeder).1, Ok(1));
}

#[test]
fn resolution_is_measured_on_the_page_that_came() {
    // 2480 units are 8.27 inches; the machine is asked for 300 and delivers another.
    for (width, dpi) in
        [(2480, Some((300, 300))), (2483, Some((300, 300))), (1240, Some((150, 150))), (900, None)]
    {
        // A page longer than asked for says nothing of the resolution.
        let printer = Printer::start(feeder(vec![Say::Page(picture(width, 64, 90))]));
        let (arrived, _) = scan(&printer, Feed::Platen);
        assert_eq!(arrived[0].dpi, dpi, "{width}");
    }
}

#[test]
fn calling_off_in_the_middle_of_a_page_ends_at_once_and_deletes_the_job() {
    let mut documents = pages([1]);
    documents.push(Say::Hang(page(2)[..300].to_vec()));
    let printer = Printer::start(feeder(documents));
    let stop = stop();
    let (calling, mut arrived) = (stop.clone(), 0);
    let ended = open(&printer).scan(settings(Feed::Feeder), &stop, &mut |_| {
        arrived += 1;
        let calling = calling.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            calling.cancel();
        });
        ControlFlow::Continue(())
    });
    assert_eq!((arrived, ended), (1, Ok(1)));
    assert_eq!(printer.was_asked("DELETE /eSCL/ScanJobs/7"), 1);
}

#[test]
fn breaking_off_between_pages_deletes_the_job() {
    let printer = Printer::start(feeder(pages([1, 2, 3])));
    let ended = open(&printer).scan(settings(Feed::Feeder), &stop(), &mut |_| ControlFlow::Break(()));
    assert_eq!(ended, Ok(1));
    assert_eq!(printer.was_asked("DELETE /eSCL/ScanJobs/7"), 1);
}

#[test]
fn a_machine_that_stops_in_the_middle_of_a_page_is_waited_for_no_longer_than_the_deadline() {
    let printer = Printer::start(feeder(vec![Say::Hang(page(1)[..300].to_vec())]));
    let stop = Stop::at(Instant::now() + Duration::from_millis(300));
    let ended = open(&printer).scan(settings(Feed::Feeder), &stop, &mut |_| ControlFlow::Continue(()));
    assert_eq!(ended, Err(ScanFault::TimedOut));
}

#[test]
fn the_status_is_asked_before_the_job() {
    let printer = Printer::start(feeder(pages([1])));
    scan(&printer, Feed::Feeder).1.unwrap();
    let requests = printer.seen().requests.clone();
    let place = |request: &str| requests.iter().position(|asked| asked == request).unwrap();
    assert!(place("GET /eSCL/ScannerStatus") < place("POST /eSCL/ScanJobs"));
}

#[test]
fn a_jam_that_is_known_before_the_job_is_said_before_the_job() {
    let printer = Printer::start(Behaviour { adf_state: "ScannerAdfJam", ..feeder(pages([1])) });
    assert_eq!(scan(&printer, Feed::Feeder).1, Err(ScanFault::PaperJam));
    assert_eq!(printer.was_asked("POST /eSCL/ScanJobs"), 0);
    // The glass does not care.
    assert_eq!(scan(&printer, Feed::Platen).1, Ok(1));
}

#[test]
fn a_machine_that_wants_localhost_as_its_name_gets_it() {
    let printer = Printer::start(Behaviour {
        only_host: Some("localhost".into()),
        model: "HP LaserJet MFP M630",
        ..feeder(pages([1]))
    });
    assert_eq!(scan(&printer, Feed::Platen).1, Ok(1));
    assert_eq!(printer.seen().hosts.last().map(String::as_str), Some("localhost"));
}

#[test]
fn what_is_no_scanner_is_not_found_and_what_does_not_answer_is_offline() {
    let printer = Printer::start(Behaviour::default());
    let elsewhere = printer.url().replace("/eSCL", "/admin");
    assert!(try_open(&elsewhere).is_err());
    let address = printer.url();
    drop(printer);
    let gone = try_open(&address);
    assert_eq!(gone.map(|_| ()), Err(ScanFault::Offline));
}

#[test]
fn another_machine_at_the_remembered_address_is_not_taken_for_ours() {
    let printer = Printer::start(Behaviour::default());
    let remembered = Remembered { addresses: vec![printer.url()], certificate: None };
    let ours = scanner::open("escl:4509a320-00a0-008f-00b6-002507510eca", &remembered).unwrap();
    assert_eq!(ours.device().id, "escl:4509a320-00a0-008f-00b6-002507510eca");
    assert_eq!(ours.remembered().unwrap().addresses, [printer.url()]);
    let other = scanner::open("escl:00000000-00a0-008f-00b6-002507510eca", &remembered);
    assert_eq!(other.map(|_| ()), Err(ScanFault::Offline));
}
