//! Ways in: the code of an identity card, both sides of a card on one page, a watched folder that survives `kill -9`.

use crate::host::{Running, ask};
use crate::*;
use qrcode::{Color, EcLevel, QrCode};
use serde_json::json;
use std::{
    fs,
    time::{Duration, Instant},
};

const CARD: &str =
    "001090123456|012345678|Nguyễn Thị Hằng|28021990|Nữ|Phường Láng Hạ, Đống Đa, Hà Nội|15042021";

/// Pixels of a card at 300 dpi.
const CARD_PIXELS: (usize, usize) = (1011, 638);

/// A light card on a dark desk, with the code if there is a text, as a PNG.
fn photograph(path: &Path, text: Option<&str>) {
    let (width, height, margin) = (1300, 900, 130);
    let mut pixels = vec![40; 3 * width * height];
    let mut fill = |left: usize, top: usize, across: usize, down: usize, grey: u8| {
        for y in top..top + down {
            pixels[3 * (y * width + left)..3 * (y * width + left + across)].fill(grey);
        }
    };
    fill(margin, margin, CARD_PIXELS.0, CARD_PIXELS.1, 225);
    for line in 0..6 {
        fill(margin + 80, margin + 330 + 40 * line, 400, 12, 90);
    }
    if let Some(text) = text {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let module = 213 / code.width();
        for (i, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            let (x, y) = (i % code.width(), i / code.width());
            fill(margin + 740 + x * module, margin + 50 + y * module, module, module, 30);
        }
    }
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

#[test]
fn a_card_is_read_and_a_picture_without_one_has_nulls() {
    let folder = tempfile::tempdir().unwrap();
    let (card, blank, junk) =
        (folder.path().join("card.png"), folder.path().join("blank.png"), folder.path().join("junk.jpg"));
    photograph(&card, Some(CARD));
    photograph(&blank, None);
    fs::write(&junk, "junk").unwrap();
    let read = lines(&exits(mocbanctl(&["id", "read", "--json"]).arg(&card), 0));
    let wanted = json!({
        "file": card, "id": "001090123456", "name": "Nguyễn Thị Hằng", "born": "1990-02-28", "sex": "Nữ",
        "address": "Phường Láng Hạ, Đống Đa, Hà Nội", "issued": "2021-04-15", "old_id": "012345678",
        "layout": "2021", "more": [], "text": CARD, "reason": null,
    });
    assert_eq!(read, [wanted]);
    let read = lines(&exits(mocbanctl(&["id", "read", "--json"]).args([&blank, &card, &junk]), 1));
    let ids: Vec<_> = read.iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, [json!(null), json!("001090123456"), json!(null)]);
    assert_eq!(read[0]["reason"], "no_code");
    assert!(read.iter().all(|line| line.as_object().unwrap().len() == 12));
}

#[test]
fn both_sides_of_a_card_become_one_page() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    photograph(&at("front.png"), None);
    photograph(&at("back.png"), Some(CARD));
    let build = |card: [&Path; 2], code| {
        let mut command =
            mocbanctl(&["copy", "build", "--training", "--paper", "Thẻ căn cước", "--json", "--out"]);
        exits(command.arg(at("card.pdf")).arg("--id-card").args(card), code)
    };
    let built = lines(&build([&at("front.png"), &at("back.png")], 0));
    // The card's page and the statement's.
    assert_eq!(built[0]["pages"], 2);
    let told = lines(&build([&original(), &at("back.png")], 1));
    assert_eq!(told[0]["error"], "not_a_card");
}

/// A running host with its cookie.
struct Host {
    running: Running,
    authority: String,
    cookie: String,
}

impl Host {
    fn start(data: &Path) -> Self {
        let running = Running::start(mocbanctl(&["host", "--data"]).arg(data));
        let url = running.first["url"].as_str().unwrap().to_owned();
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let (_, answer) = ask(authority, &format!("GET /{path} HTTP/1.1\r\nHost: {authority}"), "");
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { running, authority: authority.to_owned(), cookie }
    }

    fn rpc(&self, command: &str, payload: Value) -> Value {
        let (host, cookie) = (&self.authority, &self.cookie);
        let head = format!(
            "POST /rpc/{command} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Type: application/json"
        );
        let (_, answer) = ask(host, &head, &payload.to_string());
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn pages(&self) -> Vec<Value> {
        self.rpc("case_get", json!({}))["pages"].as_array().unwrap().clone()
    }

    #[track_caller]
    fn waits_for_pages(&self, count: usize) -> Vec<Value> {
        let until = Instant::now() + Duration::from_secs(60);
        while self.pages().len() < count && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
        let pages = self.pages();
        assert_eq!(pages.len(), count);
        pages
    }

    /// No farewell: SIGKILL.
    fn kill(mut self) {
        self.running.child.kill().unwrap();
        self.running.child.wait().unwrap();
    }
}

#[test]
fn pages_from_a_watched_folder_and_a_phone_survive_kill_9_and_come_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, scans) = (folder.path().join("data"), folder.path().join("scans"));
    fs::create_dir(&scans).unwrap();
    let photograph = fs::read(original()).unwrap();

    let host = Host::start(&data);
    assert_eq!(host.rpc("folder_watch", json!({ "path": "no/such" }))["code"], "folder_unreadable");
    host.rpc("folder_watch", json!({ "path": scans }));
    // A machine that is still writing: half a picture stands still for two looks and more.
    fs::write(scans.join("scan.jpg"), &photograph[..photograph.len() / 2]).unwrap();
    std::thread::sleep(Duration::from_secs(6));
    assert!(host.pages().is_empty());
    fs::write(scans.join("scan.jpg"), &photograph).unwrap();
    let before = host.waits_for_pages(1);
    host.kill();

    let host = Host::start(&data);
    let after = host.pages();
    assert_eq!(after[0]["originalSha256"], before[0]["originalSha256"]);
    assert_eq!(host.rpc("folder_state", json!({}))["path"], json!(scans), "the watch goes on");
    let mut pages = 1;
    // Where this machine has a network: the other way in, by a program that is not ours.
    let phone = host.rpc("phone_open", json!({}));
    if phone["code"].as_array().is_some() {
        let jar = folder.path().join("cookies");
        let curl = |words: &[&str]| {
            let mut command = Command::new("curl");
            command
                .args(["--silent", "--insecure", "--noproxy", "*", "--cookie"])
                .arg(&jar)
                .arg("--cookie-jar")
                .arg(&jar);
            command.args(words).output().unwrap()
        };
        let url = phone["url"].as_str().unwrap();
        assert!(String::from_utf8(curl(&["--location", url]).stdout).unwrap().contains("Chụp ảnh"));
        let second = assets().join("originals/02-bang-tot-nghiep-thpt.jpg");
        let origin = url.rsplit_once('/').unwrap().0;
        let sent = curl(&["--data-binary", &format!("@{}", second.display()), &format!("{origin}/picture")]);
        let told: Value = serde_json::from_slice(&sent.stdout).unwrap();
        assert_eq!(told, json!({ "taken": "saved", "saved": 1 }));
        pages = 2;
    } else {
        assert_eq!(phone["code"], "no_local_network");
    }
    host.kill();

    let host = Host::start(&data);
    host.waits_for_pages(pages);
    // The file was taken: it has been moved, or is moved now, and never becomes a second page.
    let until = Instant::now() + Duration::from_secs(20);
    while !scans.join("Đã nhận/scan.jpg").exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(fs::read(scans.join("Đã nhận/scan.jpg")).unwrap(), photograph);
    assert_eq!(host.pages().len(), pages);
}
