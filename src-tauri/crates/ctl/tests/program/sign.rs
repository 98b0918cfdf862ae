//! `sign` with many files, and with services of the network that are there or not.

use crate::*;
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

/// A sample copy, and the PIN of the training tokens in a file.
fn sample(folder: &Path) -> (PathBuf, PathBuf) {
    let (sample, pin) = (folder.join("sample.pdf"), folder.join("pin"));
    fs::write(&pin, "12345678\n").unwrap();
    let mut build = mocbanctl(&["copy", "build", "--training", "--paper", "Bằng tốt nghiệp", "--out"]);
    exits(build.arg(&sample).arg(original()), 0);
    (sample, pin)
}

fn sign(pin: &Path, out: &Path) -> Command {
    let mut sign = mocbanctl(&["sign", "--json", "--label", "người chứng thực", "--module"]);
    sign.arg(token()).arg("--pin-file").arg(pin).arg("-o").arg(out);
    sign
}

#[test]
fn a_batch_takes_one_pin_and_each_file_has_its_own_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let (first, pin) = sample(folder.path());
    let (broken, last) = (folder.path().join("broken.pdf"), folder.path().join("last.pdf"));
    fs::write(&broken, "no PDF").unwrap();
    fs::copy(&first, &last).unwrap();
    let out = folder.path().join("signed");
    fs::create_dir(&out).unwrap();

    let output = exits(sign(&pin, &out).args([&first, &broken, &last]), 1);
    let told = lines(&output);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((&told[0]["level"], &told[2]["level"]), (&"B".into(), &"B".into()));
    assert_eq!(told[1]["error"], "signature_not_written");
    assert_eq!(told[1]["file"], broken.display().to_string());
    assert!(fs::read(out.join("last.pdf")).unwrap().starts_with(&fs::read(&last).unwrap()));
    assert!(!out.join("broken.pdf").exists() && fs::read_dir(&out).unwrap().count() == 2);

    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "87654321").unwrap();
    let told = lines(&exits(sign(&wrong, &out).args([&first, &last]), 2));
    assert_eq!(
        (told.len(), &told[0]["error"]),
        (1, &"pin_incorrect".into()),
        "the PIN is tried once, not once a file"
    );
    let one_name = exits(sign(&pin, &out).args([&first, &first]), 2);
    assert_eq!(lines(&one_name)[0]["error"], "invalid_request");
}

/// Answers every request with a page for people, as a network that wants a log-in does.
fn login_page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut client = client;
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>",
            );
        }
    });
    url
}

#[test]
fn a_signature_is_kept_and_told_short_when_no_authority_answers() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, pin) = sample(folder.path());
    let signed = folder.path().join("signed.pdf");
    let without = exits(sign(&pin, &signed).args(["--level", "T"]).arg(&sample), 2);
    assert_eq!(lines(&without)[0]["params"]["field"], "--tsa");
    assert!(!signed.exists());

    let services = ["--level", "LTA", "--tsa", &login_page(), "--tsa", "http://127.0.0.1:1/"];
    let made = lines(&exits(sign(&pin, &signed).args(services).arg(&sample), 1)).remove(0);
    assert_eq!(made["level"], "B");
    let short = made["short_of"].as_str().unwrap();
    assert!(short.contains("text/html") && short.contains("127.0.0.1:1"), "{short}");
    let mut verify = mocbanctl(&["verify", "--json", "--trust"]);
    let report = lines(&exits(verify.arg(root_certificate()).arg(&signed), 0)).remove(0);
    assert_eq!(report["verdict"], "valid");

    // Later, in place: nobody answers, nothing changes.
    let before = fs::read(&signed).unwrap();
    let mut augment =
        mocbanctl(&["augment", "--json", "--in-place", "--tsa", "http://127.0.0.1:1/", "--level", "T"]);
    let told = lines(&exits(augment.arg(&signed), 2)).remove(0);
    assert_eq!(told["error"], "timestamp_not_obtained");
    assert_eq!(fs::read(&signed).unwrap(), before);
}

#[test]
fn a_file_is_timestamped_by_another_programs_authority() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, pin) = sample(folder.path());
    let signed = folder.path().join("signed.pdf");
    let tsa = openssl_authority(folder.path());
    let made =
        lines(&exits(sign(&pin, &signed).args(["--level", "T", "--tsa", &tsa]).arg(&sample), 0)).remove(0);
    assert_eq!(made["level"], "T");
    let signature = fs::read(&signed).unwrap();
    let later = folder.path().join("later.pdf");
    let mut augment = mocbanctl(&["augment", "--json", "--level", "LTA", "--tsa", &tsa, "--trust"]);
    // The training certificates name no service that would speak of revocation: told, and the rest is done.
    let told = lines(&exits(augment.arg(root_certificate()).arg("-o").arg(&later).arg(&signed), 1)).remove(0);
    assert_eq!(told["missing"][0]["code"], "revocation");
    let kinds: Vec<_> = told["added"].as_array().unwrap().iter().map(|added| added["kind"].clone()).collect();
    // The authority's certificates are in the first already: nothing is left to add after the timestamp.
    assert_eq!(kinds, ["validation_data", "timestamp"]);
    assert!(fs::read(&later).unwrap().starts_with(&signature));
    let mut verify = mocbanctl(&["verify", "--json", "--trust"]);
    let report = lines(&exits(verify.arg(root_certificate()).arg(&later), 0)).remove(0);
    assert_eq!(report["verdict"], "valid", "{report}");
    assert_eq!(report["signatures"][0]["level"], "T", "{report}");
}

/// A timestamp authority under the training root: `openssl ts` behind a socket.
fn openssl_authority(folder: &Path) -> String {
    let room = folder.join("tsa");
    fs::create_dir(&room).unwrap();
    let pki = assets().join("pki");
    fs::write(
        room.join("tsa.cnf"),
        "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=Timestamps\n[tsa_cert]\nbasicConstraints=CA:FALSE\n\
         keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n\
         [tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n\
         certs=root.pem\ndefault_policy=1.2.3.4.1\ndigests=sha256\ness_cert_id_alg=sha256\n",
    )
    .unwrap();
    fs::write(room.join("serial"), "01\n").unwrap();
    fs::copy(pki.join("root.pem"), room.join("root.pem")).unwrap();
    let openssl = |words: &str| {
        let mut command = Command::new("openssl");
        command.current_dir(&room).args(words.split(' '));
        exits(&mut command, 0);
    };
    openssl("req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -config tsa.cnf");
    let key = pki.canonicalize().unwrap().join("root.key.pem");
    openssl(&format!(
        "x509 -req -in tsa.csr -CA root.pem -CAkey {} -CAcreateserial -days 30 -out tsa.pem -extfile tsa.cnf -extensions tsa_cert",
        key.display()
    ));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut client = client;
            let body = request_body(&mut client);
            fs::write(room.join("request"), body).unwrap();
            let words = "ts -reply -config tsa.cnf -queryfile request -out response";
            exits(Command::new("openssl").current_dir(&room).args(words.split(' ')), 0);
            let answer = fs::read(room.join("response")).unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                answer.len()
            );
            let _ = client.write_all(&[head.as_bytes(), &answer].concat());
        }
    });
    url
}

fn request_body(client: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = client.read(&mut part).unwrap();
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let wanted: usize =
            head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().trim().parse().unwrap();
        let start = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        if bytes.len() >= start + wanted {
            return bytes[start..start + wanted].to_vec();
        }
    }
}
