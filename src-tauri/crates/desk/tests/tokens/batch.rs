//! Cases that wait to be signed: one PIN entry for all, each with its own outcome, and an end at the first refusal.

use crate::practice::*;
use mocban_desk::{Desk, DeskError, api::*};
use std::{fs, sync::Arc, thread};

/// Sets cases of these papers aside; their names in the order in which they wait.
fn set_aside(desk: &Desk, papers: &[&str]) -> Vec<String> {
    for paper in papers {
        ready_case(desk, paper);
        let next: CaseView = desk.ask("case_set_aside", &Empty {}).unwrap();
        assert!(next.pages.is_empty() && next.form.paper.name.is_empty());
    }
    waiting(desk).into_iter().map(|case| case.id).collect()
}

fn waiting(desk: &Desk) -> Vec<WaitingView> {
    let list: WaitingList = desk.ask("cases_waiting", &Empty {}).unwrap();
    assert_eq!(status(desk).waiting as usize, list.cases.len());
    list.cases
}

fn sign(desk: &Desk, cases: &[String], pin: Option<&str>) -> Vec<CaseOutcome> {
    let pins = SignaturePins { performer: pin.map(str::to_owned), agency: pin.map(str::to_owned) };
    let signed: CasesSigned = desk.ask("cases_sign", &CasesSign { cases: cases.to_vec(), pins }).unwrap();
    let order: Vec<&String> = signed.outcomes.iter().map(|outcome| &outcome.case).collect();
    assert_eq!(order, cases.iter().collect::<Vec<_>>());
    signed.outcomes
}

fn numbers(outcomes: &[CaseOutcome]) -> Vec<Option<&str>> {
    outcomes.iter().map(|outcome| outcome.number.as_deref()).collect()
}

fn faults(outcomes: Vec<CaseOutcome>) -> Vec<Option<DeskError>> {
    outcomes.into_iter().map(|outcome| outcome.fault).collect()
}

/// Acts once, when the first case of a batch is being committed.
fn at_first_commit(desk: &Arc<Desk>, act: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    let mut events = desk.events();
    thread::spawn(move || {
        while let Ok(event) = events.blocking_recv() {
            if event == (DeskEvent::Signing { step: SigningStep::Commit }) {
                return act();
            }
        }
    })
}

#[test]
fn cases_set_aside_wait_through_a_restart_and_are_signed_in_their_order() {
    let practice = Practice::new(&[]);
    let cases = {
        let desk = practice.open(false);
        let empty = desk.ask::<_, CaseView>("case_set_aside", &Empty {}).unwrap_err();
        assert!(matches!(empty, DeskError::CaseIncomplete { .. }), "{empty:?}");
        set_aside(&desk, &["Giấy khai sinh", "Bằng tốt nghiệp", "Giấy phép lái xe"])
    };
    let desk = practice.open(false);
    let counter: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert!(counter.pages.is_empty(), "a waiting case lies on the counter");
    let papers: Vec<String> = waiting(&desk).into_iter().map(|case| case.paper).collect();
    assert_eq!(papers, ["Giấy khai sinh", "Bằng tốt nghiệp", "Giấy phép lái xe"]);
    let page = desk.resource(&format!("waiting/{}/page/0", cases[0])).unwrap();
    assert!(page.bytes.starts_with(&[0xff, 0xd8]));
    assert_eq!(desk.resource(&format!("waiting/{}/page/1", cases[0])).unwrap_err(), DeskError::NotFound);

    // Looked at once more on the counter: still attested, since nothing was changed; and only where nothing lies.
    let first = CaseRef { case: cases[0].clone() };
    let taken: CaseView = desk.ask("case_take_up", &first).unwrap();
    assert_eq!((taken.id.as_str(), taken.attested), (cases[0].as_str(), true));
    let second = CaseRef { case: cases[1].clone() };
    assert_eq!(desk.ask::<_, CaseView>("case_take_up", &second).unwrap_err(), DeskError::CounterOccupied);
    assert_eq!(waiting(&desk).len(), 2);
    let _: CaseView = desk.ask("case_set_aside", &Empty {}).unwrap();

    sign_in(&desk);
    let twice_the_first: Vec<String> = cases.iter().chain(&cases[..1]).cloned().collect();
    let outcomes = sign(&desk, &twice_the_first, None);
    assert_eq!(numbers(&outcomes), [Some("01"), Some("02"), Some("03"), None]);
    assert_eq!(faults(outcomes)[3], Some(DeskError::NotFound));
    assert_eq!(waiting(&desk), []);
    let day: DayView = desk.ask("register_day", &RegisterDay { date: String::new() }).unwrap();
    let written: Vec<&str> = day.entries.iter().map(|entry| entry.paper.as_str()).collect();
    assert_eq!(written, ["Giấy khai sinh", "Bằng tốt nghiệp", "Giấy phép lái xe"]);
}

#[test]
fn one_pin_entry_serves_the_batch_and_a_wrong_one_is_tried_once() {
    let practice = Practice::new(&[("MOCBAN_TOKEN_SCRIPT", r#"{"ways":["always_authenticate"]}"#)]);
    let desk = practice.open(false);
    sign_in(&desk);
    let cases = set_aside(&desk, &["Giấy khai sinh", "Bằng tốt nghiệp", "Giấy phép lái xe"]);
    let needed = DeskError::PinNeeded { role: "performer".into() };
    assert_eq!(faults(sign(&desk, &cases, None)), [Some(needed), None, None]);
    assert_eq!((status(&desk).book.next_number.as_str(), waiting(&desk).len()), ("01", 3));

    let refused = faults(sign(&desk, &cases, Some("00000000")));
    assert!(matches!(refused[..], [Some(DeskError::PinIncorrect { .. }), None, None]), "{refused:?}");
    let performer =
        tokens(&desk).tokens.into_iter().find(|t| t.suggested_role == Some(SigningRole::Performer));
    assert_eq!(performer.unwrap().pin, PinState::CountLow, "more than one try was spent");
    // The first has its number and is signed on by itself; the others still wait.
    assert_eq!((status(&desk).unfinished, waiting(&desk).len()), (1, 2));

    let outcomes = sign(&desk, &cases[1..], Some(PIN));
    assert_eq!(numbers(&outcomes), [Some("02"), Some("03")], "{outcomes:?}");
    assert_eq!((status(&desk).unfinished, waiting(&desk).len()), (1, 0));
}

#[test]
fn a_token_pulled_out_ends_the_batch_and_takes_no_number() {
    let practice = Practice::new(&[]);
    let desk = practice.open(false);
    sign_in(&desk);
    let cases = set_aside(&desk, &["Giấy khai sinh", "Bằng tốt nghiệp", "Giấy phép lái xe"]);
    let marker = practice.file("unplugged");
    let pulling = at_first_commit(&desk, move || fs::write(marker, "").unwrap());
    let outcomes = sign(&desk, &cases, None);
    pulling.join().unwrap();
    assert_eq!(numbers(&outcomes), [Some("01"), None, None]);
    assert_eq!(faults(outcomes), [None, Some(DeskError::TokenRemoved), None]);
    assert_eq!((status(&desk).book.next_number.as_str(), status(&desk).unfinished), ("02", 0));
    assert_eq!(waiting(&desk).len(), 2);
}

#[test]
fn the_officer_stops_the_batch_after_the_case_under_way() {
    let practice = Practice::new(&[]);
    let desk = practice.open(false);
    sign_in(&desk);
    let cases = set_aside(&desk, &["Giấy khai sinh", "Bằng tốt nghiệp"]);
    let stopper = desk.clone();
    let stopping = at_first_commit(&desk, move || {
        let _: Empty = stopper.ask("cases_stop", &Empty {}).unwrap();
    });
    let outcomes = sign(&desk, &cases, None);
    stopping.join().unwrap();
    assert_eq!(numbers(&outcomes), [Some("01"), None]);
    assert_eq!(faults(outcomes), [None, None]);
    assert_eq!(numbers(&sign(&desk, &cases[1..], None)), [Some("02")]);
}
