//! The page for phones, visited by a client of its own over TLS.
#![allow(clippy::unwrap_used)] // a test stops at the first thing that is not as expected

use mocban_intake::{Limits, PhonePage, Taken, Taker};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Default)]
struct Desk(Mutex<Vec<Vec<u8>>>);

impl Taker for Desk {
    fn take(&self, bytes: Vec<u8>, _: &str) -> Taken {
        if !bytes.starts_with(b"picture") && !bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Taken::NotAPicture;
        }
        self.0.lock().unwrap().push(bytes);
        Taken::Saved
    }
}

/// A phone: a browser without the desk's certificate in its store, whose owner said "go on".
fn phone() -> Client {
    Client::builder().danger_accept_invalid_certs(true).redirect(Policy::none()).build().unwrap()
}

async fn open(limits: Limits) -> (PhonePage, Arc<Desk>, String) {
    let desk = Arc::new(Desk::default());
    let page = PhonePage::open(IpAddr::V4(Ipv4Addr::LOCALHOST), desk.clone(), limits).await.unwrap();
    let origin = format!("https://{}", page.address());
    (page, desk, origin)
}

/// Opens the address; gives the cookie.
async fn enter(phone: &Client, url: &str) -> Option<String> {
    let answer = phone.get(url).send().await.unwrap();
    let cookie = answer.headers().get(header::SET_COOKIE)?.to_str().unwrap();
    assert!(cookie.contains("Secure") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    Some(cookie.split(';').next().unwrap().to_owned())
}

async fn send(phone: &Client, origin: &str, cookie: &str, bytes: Vec<u8>) -> StatusCode {
    let request = phone.post(format!("{origin}/picture")).header(header::COOKIE, cookie).body(bytes);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_phone_opens_the_page_and_its_picture_arrives_as_it_was() {
    let (page, desk, origin) = open(Limits::default()).await;
    let phone = phone();
    assert!(!page.is_in_use());
    let cookie = enter(&phone, page.url()).await.unwrap();
    assert!(page.is_in_use());
    let answer = phone.get(&origin).header(header::COOKIE, &cookie).send().await.unwrap();
    assert!(
        answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'")
    );
    assert!(answer.text().await.unwrap().contains("Chụp ảnh"));
    let picture = [b"picture".as_slice(), &[7; 3_000_000]].concat();
    assert_eq!(send(&phone, &origin, &cookie, picture.clone()).await, StatusCode::OK);
    assert_eq!(desk.0.lock().unwrap().as_slice(), [picture]);
    assert_eq!(page.saved(), 1);
}

/// Needs node with the window's packages, and Chromium.
#[tokio::test]
async fn a_real_browser_sends_photographs_through_the_form_and_another_is_turned_away() {
    let (page, desk, origin) = open(Limits::default()).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let photograph = root.join("assets/training/originals/01-trich-luc-khai-sinh.jpg");
    let mut visit = tokio::process::Command::new("node");
    visit.arg(root.join("ui/tests/browser/phone.mjs")).arg(page.url()).arg(&photograph);
    let output = visit.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["heading"], "Gửi ảnh giấy tờ");
    assert_eq!(told["address"], format!("{origin}/"), "the secret has left the address");
    assert_eq!(told["taken"], serde_json::json!(["saved", "saved", "not_a_picture"]));
    assert!(told["words"].as_str().unwrap().contains("không phải ảnh đọc được"));
    assert_eq!((&told["reloaded"], &told["second"], &told["guess"]), (&200.into(), &410.into(), &410.into()));
    assert_eq!(told["trouble"], serde_json::json!([]));
    let bytes = std::fs::read(photograph).unwrap();
    assert_eq!(desk.0.lock().unwrap().as_slice(), [bytes.clone(), bytes]);
}

#[tokio::test]
async fn the_address_is_good_for_one_phone() {
    let (page, desk, origin) = open(Limits::default()).await;
    let (url, first) = (page.url().to_owned(), phone());
    let cookie = enter(&first, &url).await.unwrap();
    let second = phone();
    assert_eq!(second.get(&url).send().await.unwrap().status(), StatusCode::GONE);
    assert_eq!(send(&second, &origin, "__Host-mocban=guess", b"picture".to_vec()).await, StatusCode::GONE);
    assert_eq!(second.get(&origin).send().await.unwrap().status(), StatusCode::GONE);
    // The first may load it again.
    let again = first.get(&url).header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
    assert!(desk.0.lock().unwrap().is_empty());
    assert!(!cookie.contains(url.rsplit('/').next().unwrap()), "the address is no key once it is used");
}

#[tokio::test]
async fn other_names_and_other_pages_are_turned_away() {
    let (page, desk, origin) = open(Limits::default()).await;
    let phone = phone();
    let cookie = enter(&phone, page.url()).await.unwrap();
    let post = || phone.post(format!("{origin}/picture")).header(header::COOKIE, &cookie).body("picture");
    let foreign = post().header(header::ORIGIN, "https://evil.example").send().await.unwrap();
    let rebound = post().header(header::HOST, "evil.example").send().await.unwrap();
    assert_eq!(
        (foreign.status(), rebound.status()),
        (StatusCode::MISDIRECTED_REQUEST, StatusCode::MISDIRECTED_REQUEST)
    );
    assert!(desk.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_picture_too_large_or_too_many_is_refused() {
    let limits = Limits { pictures: 2, bytes: 1000, open: Duration::from_secs(60) };
    let (page, desk, origin) = open(limits).await;
    let phone = phone();
    let cookie = enter(&phone, page.url()).await.unwrap();
    let sent = |bytes: &[u8]| send(&phone, &origin, &cookie, bytes.to_vec());
    assert_eq!(sent(b"<script>").await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(sent(&[b"picture".as_slice(), &[0; 2000]].concat()).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((sent(b"picture 1").await, sent(b"picture 2").await), (StatusCode::OK, StatusCode::OK));
    assert_eq!(sent(b"picture 3").await, StatusCode::GONE);
    assert_eq!((desk.0.lock().unwrap().len(), page.time_left()), (2, Duration::ZERO));
}

#[tokio::test]
async fn a_page_that_is_closed_or_over_answers_nothing_any_more() {
    let (page, _, origin) = open(Limits { open: Duration::ZERO, ..Limits::default() }).await;
    assert_eq!(phone().get(page.url()).send().await.unwrap().status(), StatusCode::GONE);
    drop(page);
    let mut answered = true;
    for _ in 0..50 {
        answered = phone().get(&origin).send().await.is_ok();
        if !answered {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!answered, "the port is still open");
}
