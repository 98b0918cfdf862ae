//! Commands that need no data folder.

use crate::*;
use std::{fs, path::Path};

#[test]
fn a_wrong_word_is_a_usage_error_without_json() {
    for words in
        [&["no-such-command"][..], &["verify"], &["sign", "a.pdf"], &["host", "--listen", "0.0.0.0:0"]]
    {
        let output = exits(&mut mocbanctl(words), 2);
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_page_is_found_with_its_corners_inside_the_picture() {
    let output = exits(mocbanctl(&["page", "detect", "--json"]).arg(original()), 0);
    let found = &lines(&output)[0];
    let (width, height) = (found["width"].as_f64().unwrap(), found["height"].as_f64().unwrap());
    let corners: Vec<[f64; 2]> = serde_json::from_value(found["quad"].clone()).unwrap();
    assert_eq!(corners.len(), 4);
    assert!(corners.iter().all(|[x, y]| (0.0..width).contains(x) && (0.0..height).contains(y)), "{found}");
    // Top left, top right, bottom right, bottom left.
    assert!(corners[0][0] < corners[1][0] && corners[1][1] < corners[2][1] && corners[3][0] < corners[2][0]);
    assert!((0.5..=1.0).contains(&found["confidence"].as_f64().unwrap()));
    assert!(found["dpi"].as_f64().unwrap() > 200.0 && found["warnings"].is_array());
}

#[test]
fn a_file_that_is_no_picture_is_told_and_the_others_are_still_looked_at() {
    let output = exits(mocbanctl(&["page", "detect", "--json"]).arg(root_certificate()).arg(original()), 1);
    let told = lines(&output);
    assert_eq!(told[0]["error"], "picture_unsupported");
    assert_eq!(told[0]["params"]["name"], "root.pem");
    assert!(told[1]["quad"].is_array());
    assert!(String::from_utf8_lossy(&output.stderr).contains("không phải ảnh"));
}

/// A white A4 page of 100 dpi on a dark desk, as a PNG.
pub(crate) fn coarse_photograph(path: &Path) {
    let (width, height) = (1000, 1340);
    let grey = |i: usize| {
        let (x, y) = (i % width, i / width);
        let on = (86..913).contains(&x) && (85..1254).contains(&y);
        if on && y % 40 < 12 && (150..850).contains(&x) {
            70
        } else if on {
            230
        } else {
            45
        }
    };
    let pixels: Vec<u8> = (0..width * height).flat_map(|i| [grey(i); 3]).collect();
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

#[test]
fn a_page_under_200_dpi_is_told_and_refused_where_the_gate_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let coarse = folder.path().join("thô.png");
    coarse_photograph(&coarse);
    for (words, code) in
        [(&["page", "detect", "--json"][..], 0), (&["page", "detect", "--json", "--gate"], 1)]
    {
        let output = exits(mocbanctl(words).arg(&coarse).arg(original()), code);
        let told = lines(&output);
        assert_eq!((&told[0]["gate"], &told[1]["gate"]), (&"shut".into(), &"open".into()));
        assert_eq!(told[0]["quality"]["scale"], "recognised");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.matches("dưới mức 200 dpi").count(), 1, "{said}");
    }
    for (photograph, told) in [(&coarse, true), (&original(), false)] {
        let page = folder.path().join("trang.jpg");
        let output = exits(mocbanctl(&["page", "correct"]).arg(photograph).arg("-o").arg(page), 0);
        assert_eq!(String::from_utf8_lossy(&output.stderr).contains("dưới mức 200 dpi"), told);
    }
}

#[test]
fn a_page_is_corrected_to_true_size() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.png");
    let output = exits(mocbanctl(&["page", "correct", "--json"]).arg(original()).arg("-o").arg(&page), 0);
    let made = &lines(&output)[0];
    assert_eq!((made["width"].as_u64(), made["height"].as_u64()), (Some(2480), Some(3508)), "{made}");
    let header = fs::read(&page).unwrap();
    assert_eq!(&header[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(header[16..24], [2480u32.to_be_bytes(), 3508u32.to_be_bytes()].concat());
    exits(mocbanctl(&["page", "correct"]).arg(original()).args(["-o", "page.gif"]), 2);
}

#[test]
fn corners_given_by_hand_must_make_a_page() {
    let crossed = ["--corners", "0,0,1000,1000,1000,0,0,1000", "-o", "x.png", "--json"];
    let output = exits(mocbanctl(&["page", "correct"]).arg(original()).args(crossed), 1);
    assert_eq!(lines(&output)[0]["error"], "corners_unusable");
}

#[test]
fn a_sample_is_signed_by_a_token_and_verified_under_its_root_only() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, signed, pin) =
        (folder.path().join("sample.pdf"), folder.path().join("signed.pdf"), folder.path().join("pin"));
    fs::write(&pin, "12345678\n").unwrap();
    let mut build =
        mocbanctl(&["copy", "build", "--training", "--paper", "Bằng tốt nghiệp", "--json", "--out"]);
    let built = lines(&exits(build.arg(&sample).arg(original()), 0)).remove(0);
    assert_eq!(built["pages"], 2);
    assert_eq!(built["fields"], serde_json::json!(["NguoiThucHienChungThuc", "CoQuanChungThuc"]));
    assert_eq!(lines(&exits(mocbanctl(&["verify", "--json"]).arg(&sample), 1))[0]["verdict"], "unsigned");

    let sign = |label: &str, pin: &Path| {
        let mut sign = mocbanctl(&["sign", "--json", "--label", label, "--module"]);
        sign.arg(token()).arg("--pin-file").arg(pin).arg("-o").arg(&signed).arg(&sample);
        sign
    };
    let output = exits(&mut sign("TAP HUAN", &pin), 2);
    assert_eq!(lines(&output)[0]["error"], "token_not_found", "two certificates fit");
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "87654321").unwrap();
    assert_eq!(lines(&exits(&mut sign("nguoi chung thuc", &wrong), 2))[0]["error"], "pin_incorrect");
    assert!(!signed.exists());
    let made = lines(&exits(&mut sign("người chứng thực", &pin), 0)).remove(0);
    assert_eq!(made["new_field"], true);
    assert!(
        fs::read(&signed).unwrap().starts_with(&fs::read(&sample).unwrap()),
        "earlier bytes were changed"
    );

    let verify = |trust: Option<PathBuf>, code: i32| {
        let mut verify = mocbanctl(&["verify", "--json"]);
        verify.args(trust.iter().flat_map(|root| [Path::new("--trust"), root])).arg(&signed);
        lines(&exits(&mut verify, code)).remove(0)
    };
    let report = verify(Some(root_certificate()), 0);
    assert_eq!(report["verdict"], "valid", "{report}");
    assert_eq!(report["signatures"][0]["covers"], "whole_file");
    assert!(report.get("register").is_none(), "no register was asked");
    assert_eq!(verify(Some(assets().join("pki")), 0)["verdict"], "valid", "a folder of roots");
    let report = verify(None, 1);
    assert_eq!(
        (&report["verdict"], &report["chain"]),
        (&"undetermined".into(), &"unknown".into()),
        "{report}"
    );

    let mut bytes = fs::read(&signed).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    fs::write(&signed, &bytes).unwrap();
    assert_eq!(verify(Some(root_certificate()), 1)["verdict"], "invalid");
}

#[test]
fn a_file_that_is_not_there_is_told_and_ends_in_two() {
    let output = exits(&mut mocbanctl(&["verify", "--json", "no/such/file.pdf"]), 2);
    assert_eq!(lines(&output)[0]["file"], "no/such/file.pdf");
    assert_eq!(lines(&output)[0]["error"], "storage_failed");
}

#[test]
fn tokens_are_listed_without_a_pin_and_checked_with_their_mechanisms() {
    let list = lines(&exits(mocbanctl(&["token", "list", "--json", "--module"]).arg(token()), 0)).remove(0);
    assert_eq!(list["tokens"].as_array().unwrap().len(), 2);
    assert!(list["tokens"][0].get("mechanisms").is_none() && list.get("quirks").is_none());
    let check = lines(&exits(mocbanctl(&["token", "check", "--json", "--module"]).arg(token()), 0)).remove(0);
    let mechanisms = check["tokens"][0]["mechanisms"].as_array().unwrap();
    assert!(mechanisms.contains(&"CKM_SHA256_RSA_PKCS".into()), "{mechanisms:?}");
    assert!(check["quirks"].is_array());
    let none = exits(mocbanctl(&["token", "check", "--json", "--module"]).arg(root_certificate()), 2);
    assert_eq!(lines(&none)[0]["problem"]["code"], "token_driver_unusable");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut verify = mocbanctl(&["token", "list", "--json", "--module"]);
    let mut child = verify
        .arg(token())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
