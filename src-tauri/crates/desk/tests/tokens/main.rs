//! Tokens at the desk, with drivers that behave badly: the desk goes on, nothing is written, the officer is told.
#![cfg(unix)] // the helper is started through a script that gives the driver its character
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod batch;
mod practice;

use mocban_desk::{DeskError, api::*, tools::TokenDiagnostics};
use practice::*;
use std::{
    fs,
    time::{Duration, Instant},
};

#[test]
fn the_desk_answers_while_a_driver_hangs_and_the_officer_can_give_up() {
    let practice = Practice::new(&[("MOCBAN_TOKEN_FAULTS", "C_Login=hang")]);
    let desk = practice.open(false);
    let before = status(&desk);
    let request = open_request(&desk, SigningRole::Performer);
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| desk.ask::<_, SessionView>("session_open", &request));
        while !opening.is_finished() {
            // Each of these would wait for the login's deadline of a minute, if it waited for the driver.
            assert_eq!(status(&desk).book, before.book);
            let _: CaseView = desk.ask("case_get", &Empty {}).unwrap();
            let _: Empty = desk.ask("token_give_up", &Empty {}).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(opening.join().unwrap().unwrap_err(), DeskError::TokenCancelled);
    });
    let after = status(&desk);
    assert_eq!((after.book, after.unfinished), (before.book, 0));
    assert_eq!(after.session, SessionView::default());
    assert_eq!(tokens(&desk).tokens.len(), 2);
}

#[test]
fn a_token_pulled_out_is_told_and_its_holder_signed_out() {
    let practice = Practice::new(&[]);
    let desk = practice.open(true);
    let mut events = desk.events();
    sign_in(&desk);
    let mut told = |wanted: DeskEvent| {
        let limit = Instant::now() + Duration::from_secs(30);
        loop {
            match events.try_recv() {
                Ok(event) if event == wanted => return,
                Ok(_) => {}
                Err(_) => {
                    assert!(Instant::now() < limit, "{wanted:?} never came");
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    };
    // What is plugged in must have been seen before it can be missed.
    std::thread::sleep(Duration::from_millis(2_500));
    fs::write(practice.file("unplugged"), "").unwrap();
    told(DeskEvent::Tokens);
    assert_eq!(status(&desk).session, SessionView::default());
    assert_eq!(tokens(&desk).tokens, []);
    fs::remove_file(practice.file("unplugged")).unwrap();
    told(DeskEvent::Tokens);
    assert_eq!(tokens(&desk).tokens.len(), 2);
}

#[test]
fn a_key_that_wants_its_pin_each_time_is_told_before_a_number_is_taken() {
    let practice = Practice::new(&[("MOCBAN_TOKEN_SCRIPT", r#"{"ways":["always_authenticate"]}"#)]);
    let desk = practice.open(false);
    sign_in(&desk);
    assert!(status(&desk).session.performer.unwrap().pin_for_each_signature);
    ready_case(&desk, "Trích lục khai sinh");
    let before = status(&desk).book;
    let refused = desk.ask::<_, SignedCopy>("case_sign", &Empty {}).unwrap_err();
    assert_eq!(refused, DeskError::PinNeeded { role: "performer".into() });
    assert_eq!(status(&desk).book, before);
    let pins = SignaturePins { performer: Some(PIN.into()), agency: Some(PIN.into()) };
    let copy: SignedCopy = desk.ask("case_sign", &CaseSign { pins }).unwrap();
    assert_eq!(copy.number, before.next_number);
}

#[test]
fn the_last_try_is_only_spent_with_the_officers_word() {
    let practice = Practice::new(&[("MOCBAN_TOKEN_SCRIPT", r#"{"tries":1}"#)]);
    let desk = practice.open(false);
    let mut request = open_request(&desk, SigningRole::Performer);
    let fingerprint = request.fingerprint.clone();
    let facts = || desk.ask::<_, TokenView>("token_facts", &TokenRef { fingerprint: fingerprint.clone() });
    assert_eq!(facts().unwrap().pin, PinState::FinalTry);
    assert_eq!(desk.ask::<_, SessionView>("session_open", &request).unwrap_err(), DeskError::PinLastTry);
    assert_eq!(facts().unwrap().pin, PinState::FinalTry);
    request.last_try_accepted = true;
    let _: SessionView = desk.ask("session_open", &request).unwrap();
    let facts = facts().unwrap();
    assert_eq!((facts.pin, facts.open), (PinState::Ok, true));
    assert_eq!(facts.pin_lengths, Some(PinLengths { min: 4, max: 16 }));
}

#[test]
fn the_report_for_a_help_desk_names_nobody_unless_asked() {
    let practice = Practice::new(&[("MOCBAN_TOKEN_SCRIPT", r#"{"ways":["cant_lock"]}"#)]);
    let desk = practice.open(false);
    let report = |with_subjects| {
        let report: TokenDiagnostics = desk.ask("token_check", &TokenCheck { with_subjects }).unwrap();
        (serde_json::to_string(&report).unwrap(), report)
    };
    let (text, told) = report(false);
    assert!(!text.contains("Nguyễn") && !text.contains("TẬP HUẤN"), "{text}");
    let [module] = told.modules.as_slice() else { panic!("{text}") };
    assert_eq!(module.file.as_ref().unwrap().sha256.len(), 64);
    assert_eq!(serde_json::to_value(&module.quirks).unwrap(), serde_json::json!(["locking_refused"]));
    assert!(module.timings.iter().flatten().any(|timing| timing.function == "C_GetTokenInfo"));
    assert_eq!(module.tokens.len(), 2);
    assert!(report(true).0.contains("Nguyễn Thị Minh Tập Huấn"));
}
