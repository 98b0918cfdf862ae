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
use std::{process::Command, time::Duration};

/// A patient minute: the machines that run this are slow and shared.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_in_the_real_window_with_softhsm() {
    let folder = tempfile::tempdir().unwrap();
    let office = softhsm::office(folder.path());
    let desktop = Desktop::start().await;
    let window = desktop.open(&office.data, &office.environment).await;

    // Sign in: the token is chosen by its certificate, the PIN typed, both roles.
    window.shown("nav-counter", PATIENCE).await;
    window.click("nav-sign-in").await;
    window
        .click_css("[data-testid=token-card][data-role=performer] [data-testid=token-choose]", PATIENCE)
        .await;
    window.type_into("pin-input", "00000000").await;
    window.click_css("[data-testid=pin-submit]:not([disabled])", PATIENCE).await;
    window.shown("fault-heading", PATIENCE).await;
    desktop.screenshot("wrong-pin");
    window.audit("the PIN dialog with a wrong PIN").await;
    window.type_into("pin-input", softhsm::PIN).await;
    window.click_css("[data-testid=pin-submit]:not([disabled])", PATIENCE).await;
    // The performer signed in, the window offers the seal by itself.
    window.wait_for_text("pin-dialog", "Cơ quan", PATIENCE).await;
    desktop.screenshot("sign-in");
    window.audit("signing in").await;
    window.type_into("pin-input", softhsm::PIN).await;
    window.click_css("[data-testid=pin-submit]:not([disabled])", PATIENCE).await;
    window.shown("screen-counter", PATIENCE).await;

    // The counter: typed form, two files, the camera screen is for training only.
    window.type_into("requester-name", "Nguyễn Thị Ánh Tuyết").await;
    window.type_into("requester-id", "001203004567").await;
    window.type_into("paper-name", "Giấy khai sinh").await;
    for original in originals(2) {
        window.type_into("file-input", original.to_str().unwrap()).await;
    }
    window.wait_for_count("[data-testid=thumbnail]", 2, PATIENCE).await;

    // Corners by keys: the handle moves and the page stays.
    window.click("view-corners").await;
    window.press_on("[data-testid=corner-handle][data-corner='0']", &Key::Right.to_string()).await;
    window.press_on("[data-testid=corner-handle][data-corner='0']", &Key::Left.to_string()).await;
    desktop.screenshot("counter-corners");

    window.click("attestation").await;
    window.wait_for_count("[data-testid=missing]", 0, PATIENCE).await;
    desktop.screenshot("counter");
    window.audit("the counter").await;

    window.press_until("\u{e039}", "copy-number", PATIENCE).await; // F9
    window.wait_for_text("copy-number", "01", PATIENCE).await;
    window.wait_for_count("[data-testid=copy-pdf-page]", 1, PATIENCE).await;
    window.wait_until_delivered(PATIENCE).await;
    tokio::time::sleep(Duration::from_secs(2)).await; // the last PDF page is being painted
    desktop.screenshot("finished");
    window.audit("the finished copy").await;

    window.click("nav-register").await;
    window.wait_for_count("[data-testid=register-row]", 1, PATIENCE).await;
    desktop.screenshot("register");
    window.audit("the register").await;

    window.click("nav-queue").await;
    window.wait_for_count("[data-testid=queue-row][data-state=delivered]", 1, PATIENCE).await;
    desktop.screenshot("queue");
    window.audit("the queue").await;

    window.click("language").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    desktop.screenshot("english");
    window.audit("the queue in English").await;
    window.close().await;

    // What the window made, other people's programs accept.
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
    let copies = json_lines(&succeed(
        mocbanctl(&office.data).args(["register", "list", "--json"]).envs(office.environment.clone()),
    ));
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0]["delivery"], json!("delivered"));
    let pdf = folder.path().join("from-window.pdf");
    let stored = office.stored_copy();
    std::fs::copy(stored, &pdf).unwrap();
    let pdfsig = said(&Command::new("pdfsig").arg("-nocert").arg(&pdf).output().unwrap());
    assert_eq!(pdfsig.matches("Signature Validation: Signature is Valid.").count(), 2, "{pdfsig}");
    let pyhanko = succeed(second_reader("pyhanko_validate.py").arg("--trust").arg(&office.root).arg(&pdf));
    for signature in json_lines(&pyhanko) {
        assert_eq!(signature["bottom_line"], true, "{signature}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn training_mode_opens_with_the_camera_live_and_nothing_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let desktop = Desktop::start().await;
    let window = desktop.open(&folder.path().join("data"), &[]).await;
    window.shown("nav-counter", PATIENCE).await;
    window.shown("training-mark", PATIENCE).await;
    window.press_until("\u{e034}", "camera-picture", PATIENCE).await; // F4
    window.wait_for_picture("camera-picture", PATIENCE).await;
    desktop.screenshot("camera");
    window.audit("the camera").await;
    window.click("camera-shutter").await;
    window.wait_for_count("[data-testid=thumbnail]", 1, PATIENCE).await;
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
