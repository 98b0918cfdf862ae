//! The real window on a real screen: WebKitWebDriver drives the program under Xvfb through the whole main job, with
//! SoftHSM2 as the token, and leaves screenshots in `target/screenshots`.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected
#![cfg(target_os = "linux")]

mod common;
#[path = "window/desktop.rs"]
mod desktop;
#[path = "window/softhsm.rs"]
mod softhsm;

use common::*;
use desktop::Desktop;
use fantoccini::key::Key;
use serde_json::json;
use std::{path::Path, process::Command, time::Duration};

/// A patient minute: the machines that run this are slow and shared.
const PATIENCE: Duration = Duration::from_secs(60);

// Function keys as WebDriver numbers them (WebDriver §17.4.2).
const ALT: char = '\u{e00a}';
const SHIFT: char = '\u{e008}';
const F1: &str = "\u{e031}";
const F2: &str = "\u{e032}";
const F4: &str = "\u{e034}";
const F8: &str = "\u{e038}";
const F9: &str = "\u{e039}";
const F10: &str = "\u{e03a}";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_in_the_real_window_with_softhsm() {
    let folder = tempfile::tempdir().unwrap();
    let office = softhsm::office(folder.path());
    let desktop = Desktop::start().await;
    let window = desktop.open(&office.data, &office.environment).await;

    // From here on the keyboard alone; only the path of a file is given to its field, as no driver can type it into the
    // system's own dialog.
    let (tab, enter, escape) = (Key::Tab.to_string(), Key::Enter.to_string(), Key::Escape.to_string());
    window.shown("nav-counter", PATIENCE).await;
    window.press_until(F1, "key-sheet", PATIENCE).await;
    window.audit("the key sheet").await;
    window.press(&escape).await;
    window.wait_for_count("[data-testid=key-sheet]", 0, PATIENCE).await;

    // Sign in: the token is chosen by its certificate, the PIN typed, both roles.
    window.press_with(ALT, "4").await;
    window.press_to("[data-role=performer] [data-testid=token-choose]", &tab).await;
    window.press(&enter).await;
    window.wait_for_focus("pin-input", PATIENCE).await;
    window.audit("the PIN dialog").await;
    window.keys("00000000").await;
    window.press(&enter).await;
    window.shown("fault-heading", PATIENCE).await;
    desktop.screenshot("wrong-pin");
    window.audit("the PIN dialog with a wrong PIN").await;
    window.wait_for_focus("pin-input", PATIENCE).await;
    window.keys(softhsm::PIN).await;
    window.press(&enter).await;
    // The performer signed in, the window offers the seal by itself.
    window.wait_for_text("pin-dialog", "Cơ quan", PATIENCE).await;
    window.wait_for_focus("pin-input", PATIENCE).await;
    desktop.screenshot("sign-in");
    window.audit("signing in").await;
    window.keys(softhsm::PIN).await;
    window.press(&enter).await;
    window.shown("screen-counter", PATIENCE).await;

    // The counter: typed form, two files, the camera screen is for training only.
    window.press_until(F2, "requester-name", PATIENCE).await;
    window.wait_for_focus("requester-name", PATIENCE).await;
    window.keys("Nguyễn Thị Ánh Tuyết").await;
    window.press(&tab).await;
    window.keys("001203004567").await;
    window.press_to("[data-testid=paper-name]", &tab).await;
    window.keys("Giấy khai sinh").await;
    for original in originals(2) {
        window.type_into("file-input", original.to_str().unwrap()).await;
    }
    window.wait_for_count("[data-testid=thumbnail]", 2, PATIENCE).await;

    // A new case would lose this one, so it is asked for first.
    window.press_until(F2, "new-case-dialog", PATIENCE).await;
    window.audit("the question before a new case").await;
    window.press(&escape).await;
    window.wait_for_count("[data-testid=new-case-dialog]", 0, PATIENCE).await;

    // Corners by keys: the handle moves, and the move is taken back.
    window.press_to("[data-testid=view-corners]", &tab).await;
    window.press(&enter).await;
    window.press_to("[data-testid=corner-handle][data-corner='0']", &tab).await;
    window.press(&Key::Right.to_string()).await;
    window.press(&Key::Left.to_string()).await;
    desktop.screenshot("counter-corners");

    // F8 leads to the attestation, the space bar attests.
    window.press(F8).await;
    window.wait_for_focus("attestation", PATIENCE).await;
    window.press(" ").await;
    window.wait_for_count("[data-testid=missing]", 0, PATIENCE).await;
    desktop.screenshot("counter");
    window.audit("the counter").await;

    window.press_until(F9, "copy-number", PATIENCE).await;
    window.wait_for_text("copy-number", "01", PATIENCE).await;
    window.wait_for_count("[data-testid=copy-pdf-page]", 1, PATIENCE).await;
    window.wait_until_delivered(PATIENCE).await;
    tokio::time::sleep(Duration::from_secs(2)).await; // the last PDF page is being painted
    desktop.screenshot("finished");
    window.audit("the finished copy").await;

    // Our own copy, verified on its own screen.
    window.press_to("[data-testid=copy-verify]", &tab).await;
    window.press(&enter).await;
    window.wait_for_count("[data-testid=verify-answer][data-headline=ourCopy]", 1, PATIENCE).await;
    desktop.screenshot("verify");
    window.audit("the verified copy").await;

    window.press(F10).await;
    window.wait_for_count("[data-testid=register-row]", 1, PATIENCE).await;
    desktop.screenshot("register");
    window.audit("the register").await;

    window.press_with(ALT, "3").await;
    window.wait_for_count("[data-testid=queue-row][data-state=delivered]", 1, PATIENCE).await;
    desktop.screenshot("queue");
    window.audit("the queue").await;

    window.press_to("[data-testid=language]", &tab).await;
    window.press(&enter).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    desktop.screenshot("english");
    window.audit("the queue in English").await;
    window.close().await;

    assert_eq!(accepted_copies(&office, folder.path()).await, 1);
}

/// Once the program has ended: what the window made, other people's programs accept. How many copies those are.
async fn accepted_copies(office: &softhsm::Office, folder: &Path) -> usize {
    // The program ends a moment after its window.
    let begun = std::time::Instant::now();
    while said(
        &mocbanctl(&office.data)
            .args(["queue", "status", "--json"])
            .envs(office.environment.clone())
            .output()
            .unwrap(),
    )
    .contains("already_open")
    {
        assert!(begun.elapsed() < PATIENCE, "the program did not end with its window");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let entries = json_lines(&succeed(
        mocbanctl(&office.data).args(["register", "list", "--json"]).envs(office.environment.clone()),
    ));
    let copies = office.stored_copies();
    assert_eq!(copies.len(), entries.len());
    for (entry, stored) in entries.iter().zip(&copies) {
        assert_eq!(entry["delivery"], json!("delivered"));
        let pdf = folder.join("from-window.pdf");
        std::fs::copy(stored, &pdf).unwrap();
        let pdfsig = said(&Command::new("pdfsig").arg("-nocert").arg(&pdf).output().unwrap());
        assert_eq!(pdfsig.matches("Signature Validation: Signature is Valid.").count(), 2, "{pdfsig}");
        let pyhanko =
            succeed(second_reader("pyhanko_validate.py").arg("--trust").arg(&office.root).arg(&pdf));
        for signature in json_lines(&pyhanko) {
            assert_eq!(signature["bottom_line"], true, "{signature}");
        }
    }
    copies.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_set_aside_are_signed_at_once_in_the_real_window_with_softhsm() {
    let folder = tempfile::tempdir().unwrap();
    let office = softhsm::office(folder.path());
    let desktop = Desktop::start().await;
    let window = desktop.open(&office.data, &office.environment).await;
    let (tab, enter) = (Key::Tab.to_string(), Key::Enter.to_string());

    // In the morning nobody is signed in; the clerk sets two cases aside.
    window.press_to("[data-testid=requester-name]", &tab).await;
    for (paper, original) in ["Giấy khai sinh", "Học bạ"].into_iter().zip(originals(2)) {
        window.wait_for_focus("requester-name", PATIENCE).await;
        window.keys("Nguyễn Thị Ánh Tuyết").await;
        window.press(&tab).await;
        window.keys("001203004567").await;
        window.press_to("[data-testid=paper-name]", &tab).await;
        window.keys(paper).await;
        window.type_into("file-input", original.to_str().unwrap()).await;
        window.wait_for_count("[data-testid=thumbnail]", 1, PATIENCE).await;
        window.press(F8).await;
        window.wait_for_focus("attestation", PATIENCE).await;
        window.press(" ").await;
        window.shown("set-aside", PATIENCE).await;
        window.press_with(SHIFT, F9).await;
        window.wait_for_count("[data-testid=thumbnail]", 0, PATIENCE).await;
    }

    // The officer comes with the tokens, looks the cases over and signs both: each PIN was typed once.
    window.press_with(ALT, "4").await;
    window.press_to("[data-role=performer] [data-testid=token-choose]", &tab).await;
    window.press(&enter).await;
    for role in ["Người thực hiện", "Cơ quan"] {
        window.wait_for_text("pin-dialog", role, PATIENCE).await;
        window.wait_for_focus("pin-input", PATIENCE).await;
        window.keys(softhsm::PIN).await;
        window.press(&enter).await;
    }
    window.shown("screen-counter", PATIENCE).await;
    window.press_with(ALT, "6").await;
    window.wait_for_count("[data-testid=waiting-row]", 2, PATIENCE).await;
    window.wait_for_picture("waiting-page", PATIENCE).await;
    desktop.screenshot("waiting");
    window.audit("the cases that wait").await;
    window.press_until(F9, "waiting-outcome", PATIENCE).await;
    window.wait_for_count("[data-testid=waiting-outcome][data-outcome=signed]", 2, PATIENCE).await;
    desktop.screenshot("waiting-signed");
    window.audit("the cases that were signed").await;

    window.press_with(ALT, "3").await;
    window.wait_for_count("[data-testid=queue-row][data-state=delivered]", 2, PATIENCE).await;
    window.close().await;
    assert_eq!(accepted_copies(&office, folder.path()).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_mode_opens_with_the_camera_live_and_nothing_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let desktop = Desktop::start().await;
    let window = desktop.open(&folder.path().join("data"), &[]).await;
    window.shown("nav-counter", PATIENCE).await;
    window.shown("training-mark", PATIENCE).await;
    window.press_until(F4, "camera-picture", PATIENCE).await;
    window.wait_for_picture("camera-picture", PATIENCE).await;
    desktop.screenshot("camera");
    window.audit("the camera").await;
    window.wait_for_focus("camera-shutter", PATIENCE).await;
    window.press(" ").await;
    window.wait_for_count("[data-testid=thumbnail]", 1, PATIENCE).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_left_half_done_is_shown_and_voided_by_the_keyboard() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let killed = certify(&data, &folder.path().join("none.pdf"), 1)
        .env("MOCBAN_KILL_AT", "register::after-record-prepared")
        .output()
        .unwrap();
    assert!(!killed.status.success(), "{}", said(&killed));
    let desktop = Desktop::start().await;
    let window = desktop.open(&data, &[]).await;
    window.shown("unfinished-banner", PATIENCE).await;
    let (tab, enter) = (Key::Tab.to_string(), Key::Enter.to_string());
    window.press_to("[data-testid=unfinished-banner] button", &tab).await;
    window.press(&enter).await;
    window.shown("unfinished-dialog", PATIENCE).await;
    window.audit("the acts left half done").await;
    desktop.screenshot("unfinished");
    window.press_to("[data-testid=unfinished-void]", &tab).await;
    window.press(&enter).await;
    window.press_to("[data-testid=unfinished-reason]", &tab).await;
    window.keys("Mất điện khi đang ký").await;
    window.press_to("[data-testid=unfinished-void-confirm]", &tab).await;
    window.press(&enter).await;
    window.wait_for_count("[data-testid=unfinished-banner]", 0, PATIENCE).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_window_on_the_same_data_folder_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let desktop = Desktop::start().await;
    let first = desktop.open(folder.path(), &[]).await;
    first.shown("nav-counter", PATIENCE).await;
    let second = desktop.open(folder.path(), &[]).await;
    second.wait_for_words("đang được một cửa sổ khác sử dụng", PATIENCE).await;
    desktop.screenshot("second-instance");
    second.close().await;
    first.close().await;
}
