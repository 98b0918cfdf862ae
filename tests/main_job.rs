//! The main job without a window, and what other people's programs say of its file.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod common;

use common::*;
use serde_json::Value;
use std::{fs, process::Command};

struct Certified {
    folder: tempfile::TempDir,
    pdf: std::path::PathBuf,
    result: Value,
}

fn certified() -> Certified {
    let folder = tempfile::tempdir().unwrap();
    let pdf = folder.path().join("ban-sao.pdf");
    let output = succeed(&mut certify(&folder.path().join("data"), &pdf, 3));
    let result = json_lines(&output).pop().unwrap();
    Certified { folder, pdf, result }
}

#[test]
fn a_training_copy_is_accepted_by_other_peoples_programs() {
    let copy = certified();

    let qpdf = succeed(Command::new("qpdf").arg("--check").arg(&copy.pdf));
    assert!(said(&qpdf).contains("No syntax or stream encoding errors found"), "{}", said(&qpdf));

    let pdfsig = said(&Command::new("pdfsig").arg("-nocert").arg(&copy.pdf).output().unwrap());
    assert_eq!(pdfsig.matches("Signature Validation: Signature is Valid.").count(), 2, "{pdfsig}");
    assert_eq!(pdfsig.matches("ETSI.CAdES.detached").count(), 2, "{pdfsig}");

    let pyhanko =
        succeed(second_reader("pyhanko_validate.py").arg("--trust").arg(training_root()).arg(&copy.pdf));
    let signatures = json_lines(&pyhanko);
    assert_eq!(signatures.len(), 2);
    for signature in &signatures {
        assert_eq!(signature["bottom_line"], true, "{signature}");
        assert_eq!(signature["trusted"], true, "{signature}");
        assert_eq!(signature["docmdp_ok"], true, "{signature}");
    }

    succeed(second_reader("pdfa_rules.py").arg(&copy.pdf));
}

#[test]
fn a_copy_can_be_searched_and_says_what_the_law_wants() {
    let copy = certified();
    let text = succeed(Command::new("pdftotext").args(["-layout"]).arg(&copy.pdf).arg("-"));
    let text = String::from_utf8(text.stdout).unwrap();
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in
        ["Chứng thực bản sao đúng với bản chính", "Số chứng thực", "SCTĐT/BS", "ỦY BAN NHÂN DÂN XÃ TẬP HUẤN"]
    {
        assert!(flat.contains(wanted), "{wanted} is not in the text of the copy:\n{text}");
    }
    assert!(flat.contains(copy.result["number"].as_str().unwrap()), "{text}");

    // The watermark stands aslant, letter by letter, on every page.
    let raw = succeed(Command::new("pdftotext").arg("-raw").arg(&copy.pdf).arg("-"));
    let letters: String = String::from_utf8(raw.stdout).unwrap().split_whitespace().collect();
    assert!(letters.matches("KHÔNGCÓGIÁTRỊ").count() >= 4, "{letters}");

    let fonts = said(&succeed(Command::new("pdffonts").arg(&copy.pdf)));
    for line in fonts.lines().skip(2).filter(|line| !line.trim().is_empty()) {
        assert!(line.contains("yes yes yes"), "a font is not embedded, subset and mapped to Unicode: {line}");
    }
}

#[test]
fn the_qr_is_read_by_another_reader() {
    let copy = certified();
    let last = copy.result["pages"].as_u64().unwrap().to_string();
    let picture = copy.folder.path().join("page");
    succeed(
        Command::new("pdftoppm")
            .args(["-png", "-r", "150", "-f", &last, "-l", &last, "-singlefile"])
            .arg(&copy.pdf)
            .arg(&picture),
    );
    let qr = succeed(second_reader("qr_read.py").arg(picture.with_extension("png")));
    let text = String::from_utf8(qr.stdout).unwrap();
    assert!(text.contains("2.000815"), "{text}");
    assert!(text.contains("Giấy khai sinh"), "{text}");
    assert!(text.contains(copy.result["copy"].as_str().unwrap()), "{text}");
}

#[test]
fn our_own_reader_says_valid_with_the_training_root_and_not_without() {
    let copy = certified();
    let mut verify = Command::new(built("mocbanctl"));
    let output = succeed(verify.args(["verify", "--json", "--trust"]).arg(training_root()).arg(&copy.pdf));
    let report = &json_lines(&output)[0];
    assert_eq!(report["verdict"], "valid", "{report}");
    assert_eq!(report["integrity"], "intact", "{report}");
    assert_eq!(report["signatures"].as_array().unwrap().len(), 2);

    let mut without = Command::new(built("mocbanctl"));
    let output = without.args(["verify", "--json"]).arg(&copy.pdf).output().unwrap();
    assert_ne!(json_lines(&output)[0]["verdict"], "valid");
}

#[test]
fn the_report_on_a_verified_copy_is_sound_to_other_readers() {
    let copy = certified();
    let (data, report) = (copy.folder.path().join("data"), copy.folder.path().join("report.pdf"));
    let mut verify = mocbanctl(&data);
    succeed(verify.args(["verify", "--report"]).arg(&report).args([&copy.pdf, &copy.pdf]));
    succeed(Command::new("qpdf").arg("--check").arg(&report));
    succeed(second_reader("pdfa_rules.py").arg(&report));
    let text = succeed(Command::new("pdftotext").args(["-layout"]).arg(&report).arg("-"));
    let text = String::from_utf8(text.stdout).unwrap();
    let digest = succeed(Command::new("sha256sum").arg(&copy.pdf));
    for wanted in ["HỢP LỆ", "Nguyễn Thị Minh Tập Huấn", &String::from_utf8_lossy(&digest.stdout)[..64]]
    {
        assert!(text.contains(wanted), "{wanted} is not in the report:\n{text}");
    }
}

#[test]
fn a_third_signature_by_somebody_else_is_named_as_not_ours() {
    let copy = certified();
    let third = copy.folder.path().join("third.pdf");
    succeed(
        second_reader("pyhanko_sign.py").arg("--field").arg("NguoiKhac").arg("-o").arg(&third).arg(&copy.pdf),
    );
    let data = copy.folder.path().join("data");
    let output =
        exits(mocbanctl(&data).args(["verify", "--json", "--trust"]).arg(training_root()).arg(&third), 1);
    let report = &json_lines(&output)[0];
    assert_eq!(report["verdict"], "invalid", "{report}");
    assert!(report.to_string().contains("foreign_increment"), "{report}");

    // The untouched copy is still exactly what the register knows.
    let output =
        succeed(mocbanctl(&data).args(["verify", "--json", "--trust"]).arg(training_root()).arg(&copy.pdf));
    assert_eq!(json_lines(&output)[0]["register"], "exact");
}

#[test]
fn a_file_first_signed_by_somebody_else_is_signed_without_harm_to_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (first, both) = (folder.path().join("first.pdf"), folder.path().join("both.pdf"));
    let unsigned = folder.path().join("unsigned.pdf");
    succeed(
        mocbanctl(&data)
            .args(["copy", "build", "--training", "--paper", "Bằng tốt nghiệp", "--out"])
            .arg(&unsigned)
            .args(originals(1)),
    );
    succeed(
        second_reader("pyhanko_sign.py").args(["--field", "NguoiDau"]).arg("-o").arg(&first).arg(&unsigned),
    );

    let pin = folder.path().join("pin");
    fs::write(&pin, "12345678").unwrap();
    let module = built("libmocban_training_token.so");
    let mut sign = mocbanctl(&data);
    sign.arg("sign").arg(&first).arg("-o").arg(&both).arg("--module").arg(module);
    succeed(sign.args(["--label", "NGUOI CHUNG THUC", "--pin-file"]).arg(&pin).args(["--field", "MocBan"]));

    let before = fs::read(&first).unwrap();
    assert!(fs::read(&both).unwrap().starts_with(&before), "earlier bytes were changed");
    // The stranger's certificate is trusted by nobody, so the reader's exit code is 1; what counts is each line.
    let read =
        second_reader("pyhanko_validate.py").arg("--trust").arg(training_root()).arg(&both).output().unwrap();
    let signatures = json_lines(&read);
    assert_eq!(signatures.len(), 2);
    for signature in signatures {
        assert_eq!(signature["intact"], true, "{signature}");
        assert_eq!(signature["valid"], true, "{signature}");
    }
}

#[test]
fn the_register_and_the_warehouse_agree_afterwards() {
    let copy = certified();
    let data = copy.folder.path().join("data");
    assert_eq!(copy.result["delivery"], "delivered", "{}", copy.result);
    let report = json_lines(&succeed(mocbanctl(&data).args(["register", "verify", "--json"])));
    assert_eq!(report[0]["alarms"].as_array().unwrap().len(), 0, "{}", report[0]);
    let queue = json_lines(&succeed(mocbanctl(&data).args(["queue", "status", "--json"])));
    assert!(queue.iter().all(|job| job["state"] == "delivered"), "{queue:?}");
}
