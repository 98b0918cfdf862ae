//! The main job and what is asked of its data folder afterwards.

use crate::*;
use std::fs;

fn certify(data: &Path, out: &Path, more: &[&str]) -> Command {
    token();
    let mut command = mocbanctl(&["certify", "--training", "--json", "--requester", "Nguyễn Thị Ánh Tuyết"]);
    command.args(["--id-number", "001203004567", "--paper", "Giấy khai sinh", "--data"]).arg(data);
    command.arg("--out").arg(out).args(more).arg("--originals").arg(original());
    command
}

fn with(data: &Path, words: &[&str]) -> Command {
    let mut command = mocbanctl(words);
    command.arg("--data").arg(data);
    command
}

#[test]
fn a_copy_is_certified_registered_delivered_and_known_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let (data, pdf) = (folder.path().join("data"), folder.path().join("copy.pdf"));
    let result = lines(&exits(&mut certify(&data, &pdf, &[]), 0)).pop().unwrap();
    assert_eq!(result["verdict"], "valid", "{result}");
    assert_eq!(result["delivery"], "delivered", "{result}");
    assert_eq!((&result["number"], &result["pages"]), (&"01".into(), &2.into()), "{result}");
    assert_eq!(result["size"].as_u64(), Some(fs::metadata(&pdf).unwrap().len()));
    assert_eq!((&result["resumed"], &result["voided"]), (&serde_json::json!([]), &serde_json::json!([])));

    let verify = |file: &Path, code: i32| {
        let mut verify = with(&data, &["verify", "--json"]);
        lines(&exits(verify.arg("--trust").arg(root_certificate()).arg(file), code)).remove(0)
    };
    assert_eq!(verify(&pdf, 0)["register"], "exact");
    let [longer, shorter, other] =
        ["longer.pdf", "shorter.pdf", "other.pdf"].map(|name| folder.path().join(name));
    let bytes = fs::read(&pdf).unwrap();
    fs::write(&longer, [&bytes[..], b"\n"].concat()).unwrap();
    fs::write(&shorter, &bytes[..bytes.len() - 1]).unwrap();
    fs::write(&other, b"%PDF-1.7\n").unwrap();
    let report = verify(&longer, 1);
    assert_eq!(report["register"]["code"], "foreign_increment", "{report}");
    assert_eq!(report["verdict"], "invalid");
    assert_eq!(verify(&shorter, 1)["register"]["code"], "truncated");
    assert_eq!(verify(&other, 1)["register"], "unknown");

    let sound = lines(&exits(&mut with(&data, &["register", "verify", "--json"]), 0)).remove(0);
    assert_eq!((&sound["entries"], &sound["alarms"]), (&1.into(), &serde_json::json!([])));
    for words in [&["register", "list", "--json"][..], &["register", "list", "--all", "--json"]] {
        let entries = lines(&exits(&mut with(&data, words), 0));
        assert_eq!((entries.len(), &entries[0]["id"]), (1, &result["copy"]));
    }
    let jobs = lines(&exits(&mut with(&data, &["queue", "status", "--json"]), 0));
    assert_eq!((&jobs[0]["copy"], &jobs[0]["state"]), (&result["copy"], &"delivered".into()));
    let doctor = lines(&exits(&mut with(&data, &["doctor", "--json"]), 0)).remove(0);
    assert_eq!((&doctor["next_number"], &doctor["mode"]), (&"02".into(), &"training".into()));
    let key = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        doctor["desk_key"].as_str().unwrap(),
    );
    assert_eq!(key.unwrap().len(), 32);
}

#[test]
fn a_copy_can_be_left_in_the_queue_and_sent_later() {
    let folder = tempfile::tempdir().unwrap();
    let (data, pdf) = (folder.path().join("data"), folder.path().join("copy.pdf"));
    let result = lines(&exits(&mut certify(&data, &pdf, &["--no-upload"]), 0)).pop().unwrap();
    assert_eq!((&result["delivery"], &result["verdict"]), (&"ready".into(), &"valid".into()));
    let jobs = lines(&exits(&mut with(&data, &["queue", "run", "--json"]), 0));
    assert_eq!(jobs[0]["state"], "delivered");
    let nobody = ["queue", "retry", "00000000-0000-0000-0000-000000000000", "--json"];
    assert_eq!(lines(&exits(&mut with(&data, &nobody), 1))[0]["error"], "not_found");
}

#[test]
fn a_page_under_200_dpi_is_not_certified_and_takes_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let (data, pdf) = (folder.path().join("data"), folder.path().join("copy.pdf"));
    let coarse = folder.path().join("thô.png");
    files::coarse_photograph(&coarse);
    let coarse = coarse.to_str().unwrap();
    let output =
        exits(&mut certify(&data, &pdf, &["--accept-shots", "--accept-outlines", "--originals", coarse]), 1);
    let told = lines(&output).pop().unwrap();
    assert_eq!(told["error"], "case_incomplete");
    assert_eq!(told["params"]["missing"], serde_json::json!(["pageResolution"]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Dưới 200 dpi: không đủ để chứng thực"), "{said}");
    assert!(!pdf.exists());
    let result = lines(&exits(&mut certify(&data, &pdf, &["--no-upload"]), 0)).pop().unwrap();
    assert_eq!(result["number"], "01");
}

#[test]
fn a_wrong_pin_takes_no_number_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, pdf, pin) =
        (folder.path().join("data"), folder.path().join("copy.pdf"), folder.path().join("pin"));
    fs::write(&pin, "00000000").unwrap();
    let output = exits(certify(&data, &pdf, &[]).arg("--pin-file").arg(&pin), 2);
    assert_eq!(lines(&output)[0]["error"], "pin_incorrect");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Mã PIN không đúng"));
    assert!(!pdf.exists());
    let doctor = lines(&exits(&mut with(&data, &["doctor", "--json"]), 0)).remove(0);
    assert_eq!(doctor["next_number"], "01");
}

#[test]
fn looking_makes_no_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(lines(&exits(&mut with(&data, &["doctor", "--json"]), 0))[0]["store"], false);
    assert_eq!(
        lines(&exits(&mut with(&data, &["register", "verify", "--json"]), 1))[0]["error"],
        "not_found"
    );
    exits(with(&data, &["verify", "--json"]).arg(root_certificate()), 1);
    assert!(!data.exists());
}
