//! The main job through the command list, in training mode, without any host: pictures in, a stored copy out.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

use mocban_desk::{
    Desk, DeskError, DeskOptions,
    api::*,
    tools::{Inspection, KnownCopy},
};
use mocban_register::{DataFolder, KeyWish, OpenOptions, Purpose, Store};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// A program built beside this test.
fn built(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built: cargo build --workspace", program.display());
    program
}

fn open(data: &Path, runtime: &Runtime) -> Result<Arc<Desk>, DeskError> {
    let mut options = DeskOptions::window(Some(data.to_owned()));
    options.token_host = Some(built("mocban-token-host"));
    options.documents = Some(data.join("documents"));
    Desk::open(options, runtime.handle())
}

/// The queue's worker lets go of the folder a moment after the desk.
fn reopened(data: &Path, runtime: &Runtime) -> Arc<Desk> {
    let begun = Instant::now();
    loop {
        match open(data, runtime) {
            Err(DeskError::AlreadyOpen) if begun.elapsed() < Duration::from_secs(20) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            opened => return opened.unwrap(),
        }
    }
}

fn original(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
    std::fs::read(folder.join(name)).unwrap()
}

fn sign_in(desk: &Desk) {
    let tokens: TokenList = desk.ask("tokens_list", &Empty {}).unwrap();
    for role in [SigningRole::Performer, SigningRole::Agency] {
        let token = tokens.tokens.iter().find(|token| token.suggested_role == Some(role)).unwrap();
        assert_eq!(token.problems, []);
        let request = SessionOpen {
            role,
            fingerprint: token.fingerprint.clone(),
            pin: "12345678".into(),
            last_try_accepted: false,
        };
        let _: SessionView = desk.ask("session_open", &request).unwrap();
    }
}

fn add(desk: &Desk, name: &str) -> CaseView {
    let blob = desk.upload(original(name)).unwrap();
    desk.ask("page_add", &PageAdd { blob, name: name.into() }).unwrap()
}

fn ready_case(desk: &Desk) -> CaseView {
    let mut case: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    case.form.requester.name = "Nguyễn Thị Ánh Tuyết".into();
    case.form.requester.id_number = "001203004567".into();
    case.form.paper.name = "Trích lục khai sinh".into();
    let _: CaseView = desk.ask("case_update", &case.form).unwrap();
    add(desk, "01-trich-luc-khai-sinh.jpg");
    let case: CaseView = desk.ask("case_attest", &CaseAttest { attested: true }).unwrap();
    assert_eq!(case.missing, []);
    case
}

#[test]
fn a_case_becomes_a_stored_copy() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let desk = open(folder.path(), &runtime).unwrap();
    sign_in(&desk);
    let case = ready_case(&desk);
    assert_eq!(case.fee.total, 2_000);

    let copy: SignedCopy = desk.ask("case_sign", &Empty {}).unwrap();
    assert_eq!((copy.id.as_str(), copy.number.as_str()), (case.id.as_str(), "01"));
    let file = desk.resource(&format!("copy/{}/file", copy.id)).unwrap();
    assert_eq!(file.bytes.len() as u64, copy.size);
    assert!(file.bytes.starts_with(b"%PDF-1."));

    // The counter is free, the register has the entry, the queue empties by itself.
    let next: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert!(next.id != case.id && next.pages.is_empty());
    let begun = Instant::now();
    loop {
        let day: DayView = desk.ask("register_day", &RegisterDay { date: String::new() }).unwrap();
        assert_eq!((day.acts, day.copies, day.fees), (1, 1, 2_000));
        if day.entries[0].delivery == Some(JobState::Delivered) {
            assert_eq!(day.entries[0].requester_id, "•••••••••567");
            break;
        }
        let queue: QueueView = desk.ask("queue_list", &Empty {}).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(60), "not delivered: {queue:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let status: Status = desk.ask("status", &Empty {}).unwrap();
    assert_eq!((status.book.next_number.as_str(), status.queue.waiting), ("02", 0));

    verified_as_ours_and_only_as_it_is(&desk, &copy, file.bytes.clone());
    drop(desk);
    stays_ours_with_what_is_appended_later(folder.path(), &copy, file.bytes);
}

/// Timestamps come after the warehouse has stored the copy: its receipt speaks of the copy without them.
fn stays_ours_with_what_is_appended_later(folder: &Path, copy: &SignedCopy, sealed: Vec<u8>) {
    let begun = Instant::now();
    let locked = loop {
        match DataFolder::lock(folder) {
            Ok(locked) => break locked,
            Err(fault) => assert!(begun.elapsed() < Duration::from_secs(20), "{fault}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let key = locked.obtain_key(KeyWish::File).unwrap().key;
    let now = jiff::Timestamp::now();
    let store = Store::open(locked, &key, &OpenOptions::new(Purpose::WorkOrCreate, now)).unwrap();
    let later = b"% a timestamp\n";
    store.record_augmentation(copy.id.parse().unwrap(), later, "T", now).unwrap();
    drop(store);
    let register = Inspection::open(folder, now).unwrap().unwrap();
    assert_eq!(register.known_copy(&sealed).unwrap(), KnownCopy::Exact);
    let stamped = [&sealed[..], later].concat();
    assert_eq!(register.known_copy(&stamped).unwrap(), KnownCopy::Exact);
    let foreign = [&stamped[..], b"% and more\n"].concat();
    assert!(matches!(register.known_copy(&foreign).unwrap(), KnownCopy::Differs(_)));
}

fn verify(desk: &Desk, pdf: Vec<u8>) -> Verification {
    let blob = desk.upload(pdf).unwrap();
    desk.ask("verify_file", &VerifyFile { blob, name: "bản sao.pdf".into() }).unwrap()
}

fn verified_as_ours_and_only_as_it_is(desk: &Desk, copy: &SignedCopy, pdf: Vec<u8>) {
    let ours = verify(desk, pdf.clone());
    assert_eq!((ours.verdict, ours.headline), (FileVerdict::Valid, Headline::OurCopy), "{ours:?}");
    assert_eq!(ours.sha256, copy.sha256);
    assert_eq!(ours.signatures.len(), 2);
    let register = ours.register.clone().unwrap();
    assert_eq!((register.number.as_str(), register.paper.as_str()), ("01", "Trích lục khai sinh"));
    assert!(register.stored_at.is_some(), "the receipt is told");
    let again: Verification = desk.ask("verify_copy", &CopyRef { copy: copy.id.clone() }).unwrap();
    assert_eq!(again.headline, Headline::OurCopy);

    let mut longer = pdf.clone();
    longer.extend_from_slice(b"% more");
    let other = verify(desk, longer);
    assert_eq!((other.verdict, other.headline), (FileVerdict::Invalid, Headline::NotOurCopy));
    assert_eq!(other.register.as_ref().map(|register| register.found), Some(RegisterMatch::Differs));

    // A report on both, for people and for programs.
    let verifications = vec![ours.id, other.id];
    let save = |format| VerifySave { verifications: verifications.clone(), format };
    let report: Exported = desk.ask("verify_save", &save(ReportFormat::Pdf)).unwrap();
    let unsigned = verify(desk, std::fs::read(&report.path).unwrap());
    assert_eq!(unsigned.verdict, FileVerdict::Unsigned, "a report passes for no copy");
    let report: Exported = desk.ask("verify_save", &save(ReportFormat::Json)).unwrap();
    let lines = std::fs::read_to_string(report.path).unwrap();
    let verdicts: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["valid", "invalid"]);
}

#[test]
fn what_lies_on_the_counter_survives_the_end_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let before = {
        let desk = open(folder.path(), &runtime).unwrap();
        add(&desk, "04-giay-phep-lai-xe.jpg");
        let case: CaseView = desk.ask("case_get", &Empty {}).unwrap();
        let turned = PageRotate { page: case.pages[0].id.clone(), quarter_turns: 1 };
        let case: CaseView = desk.ask("page_rotate", &turned).unwrap();
        assert_eq!(open(folder.path(), &runtime).err(), Some(DeskError::AlreadyOpen));
        case
    };
    let desk = reopened(folder.path(), &runtime);
    let after: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert_eq!(after.id, before.id);
    assert_eq!(after.pages[0].original_sha256, before.pages[0].original_sha256);
    assert_eq!(after.pages[0].quarter_turns, 1);
    assert_eq!(after.pages[0].corners, before.pages[0].corners);
}

#[test]
fn a_page_that_was_taken_out_comes_back_as_it_was_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let page_of = |page: &PageView| PageRef { page: page.id.clone() };
    let (case, taken) = {
        let desk = open(folder.path(), &runtime).unwrap();
        add(&desk, "04-giay-phep-lai-xe.jpg");
        add(&desk, "05-quyet-dinh-trang-1.jpg");
        let case = add(&desk, "06-quyet-dinh-trang-2.jpg");
        let turn = PageRotate { page: case.pages[1].id.clone(), quarter_turns: 3 };
        let case: CaseView = desk.ask("page_rotate", &turn).unwrap();
        let left: CaseView = desk.ask("page_delete", &page_of(&case.pages[0])).unwrap();
        assert_eq!(left.removed, [RemovedPage { page: case.pages[0].id.clone(), number: 1 }]);
        let left: CaseView = desk.ask("page_delete", &page_of(&case.pages[1])).unwrap();
        assert_eq!((left.pages.len(), left.removed.len()), (1, 2));

        // At once: the same page in its place.
        let back: CaseView = desk.ask("page_restore", &Empty {}).unwrap();
        assert_eq!((back.pages[0].id.as_str(), back.pages[0].quarter_turns), (case.pages[1].id.as_str(), 3));
        assert!(back.pages[0].revision > case.pages[1].revision, "its pictures are asked for anew");
        let left: CaseView = desk.ask("page_delete", &page_of(&case.pages[1])).unwrap();
        (case, left)
    };
    let desk = reopened(folder.path(), &runtime);
    let after: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert_eq!(after.removed, taken.removed);
    let _: CaseView = desk.ask("page_restore", &Empty {}).unwrap();
    let back: CaseView = desk.ask("page_restore", &Empty {}).unwrap();
    assert_eq!(back.removed, []);
    assert_eq!(desk.ask::<_, CaseView>("page_restore", &Empty {}), Err(DeskError::NotFound));
    assert_eq!(back.pages.len(), case.pages.len());
    for (page, was) in back.pages.iter().zip(&case.pages) {
        assert_eq!(
            (&page.original_sha256, page.quarter_turns, page.corners, &page.warnings),
            (&was.original_sha256, was.quarter_turns, was.corners, &was.warnings)
        );
    }
    // A new case has nothing to put back.
    let fresh: CaseView = desk.ask("case_discard", &Empty {}).unwrap();
    assert_eq!(fresh.removed, []);
}

#[test]
fn an_attestation_ends_with_the_next_change_of_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let desk = open(folder.path(), &runtime).unwrap();
    let case = ready_case_unsigned(&desk);
    assert!(case.attested);
    let page = PageRotate { page: case.pages[0].id.clone(), quarter_turns: 2 };
    let case: CaseView = desk.ask("page_rotate", &page).unwrap();
    assert!(!case.attested);
    assert!(case.missing.contains(&Missing::Attestation));
    let refused = desk.ask::<_, SignedCopy>("case_sign", &Empty {});
    assert!(matches!(refused, Err(DeskError::CaseIncomplete { .. })), "{refused:?}");
    let status: Status = desk.ask("status", &Empty {}).unwrap();
    assert_eq!(status.book.next_number, "01", "a refused signature took a number");
}

fn ready_case_unsigned(desk: &Desk) -> CaseView {
    add(desk, "02-bang-tot-nghiep-thpt.jpg");
    desk.ask("case_attest", &CaseAttest { attested: true }).unwrap()
}

#[test]
fn a_wrong_pin_is_told_and_tried_once() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let desk = open(folder.path(), &runtime).unwrap();
    let tokens: TokenList = desk.ask("tokens_list", &Empty {}).unwrap();
    let token = tokens.tokens.iter().find(|t| t.suggested_role == Some(SigningRole::Performer)).unwrap();
    let wrong = SessionOpen {
        role: SigningRole::Performer,
        fingerprint: token.fingerprint.clone(),
        pin: "00000000".into(),
        last_try_accepted: false,
    };
    let told = desk.ask::<_, SessionView>("session_open", &wrong).unwrap_err();
    assert!(matches!(told, DeskError::PinIncorrect { .. }), "{told:?}");
    let tokens: TokenList = desk.ask("tokens_list", &Empty {}).unwrap();
    let token = tokens.tokens.iter().find(|t| t.suggested_role == Some(SigningRole::Performer)).unwrap();
    assert_eq!(token.pin, PinState::CountLow, "more than one try was spent");
}

#[test]
fn a_truncated_picture_is_refused_by_name_and_leaves_the_case_alone() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let desk = open(folder.path(), &runtime).unwrap();
    add(&desk, "01-trich-luc-khai-sinh.jpg");
    let mut bytes = original("02-bang-tot-nghiep-thpt.jpg");
    bytes.truncate(bytes.len() * 6 / 10);
    let blob = desk.upload(bytes).unwrap();
    let told = desk.ask::<_, CaseView>("page_add", &PageAdd { blob, name: "cắt.jpg".into() }).unwrap_err();
    assert_eq!(told, DeskError::PictureTruncated { name: "cắt.jpg".into() });
    let case: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    assert_eq!(case.pages.len(), 1);
}

#[test]
fn a_stand_is_measured_step_by_step_kept_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let camera = || CameraRef { camera: "training".into() };
    let take = |desk: &Desk, step| desk.ask("stand_take", &StandTake { camera: "training".into(), step });
    {
        let desk = open(folder.path(), &runtime).unwrap();
        let unknown: StandView = desk.ask("stand_state", &camera()).unwrap();
        assert_eq!((unknown.measured_at, unknown.dpi, unknown.next), (None, None, StandStep::Mat));
        let early: Result<StandView, _> = take(&desk, StandStep::Sheet);
        assert_eq!(early, Err(DeskError::InvalidRequest { field: "step".into() }));
        let begun: StandView = take(&desk, StandStep::Mat).unwrap();
        assert_eq!((begun.dpi, begun.next), (None, StandStep::Sheet));
        let measured: StandView = take(&desk, StandStep::Sheet).unwrap();
        // The practice camera sees 420 mm in about 1550 pixels: 94 dpi.
        assert!((93..=95).contains(&measured.dpi.unwrap()), "{measured:?}");
        assert!(measured.measured_at.is_some() && measured.unevenness.is_none());
        let lit: StandView = take(&desk, StandStep::White).unwrap();
        assert!((11..=14).contains(&lit.unevenness.unwrap()), "{lit:?}");
        // Photographs from other tables are not measured by it.
        let sight: CameraSight = desk.ask("camera_sight", &camera()).unwrap();
        assert!(!sight.measured && !sight.stand_moved);
    }
    let desk = reopened(folder.path(), &runtime);
    let kept: StandView = desk.ask("stand_state", &camera()).unwrap();
    assert!(kept.dpi.is_some() && kept.unevenness.is_some());
    let forgotten: StandView = desk.ask("stand_forget", &camera()).unwrap();
    assert_eq!((forgotten.measured_at, forgotten.next), (None, StandStep::Mat));
}
