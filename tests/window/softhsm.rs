//! An office whose two tokens live in SoftHSM2: keys made in the token, certificates issued by a CA made for the test.

use crate::common::succeed;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// PIN of both tokens.
pub(crate) const PIN: &str = "24681357";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const AGENCY: &str = "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM";

/// A described office.
pub(crate) struct Office {
    /// Its data folder, with `office.json`.
    pub(crate) data: PathBuf,
    /// What programs must have in their environment to see the tokens.
    pub(crate) environment: Vec<(String, String)>,
    /// The root certificate, PEM.
    pub(crate) root: PathBuf,
}

impl Office {
    /// The files that the embedded warehouse stored.
    pub(crate) fn stored_copies(&self) -> Vec<PathBuf> {
        let (mut folders, mut copies) = (vec![self.data.join("warehouse/blobs")], Vec::new());
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { &mut folders } else { &mut copies }.push(path);
            }
        }
        copies
    }
}

/// Makes tokens, keys, certificates and the office's description below `folder`.
pub(crate) fn office(folder: &Path) -> Office {
    let data = folder.join("data");
    let tokens = folder.join("tokens");
    fs::create_dir_all(&tokens).unwrap();
    fs::create_dir_all(&data).unwrap();
    let conf = folder.join("softhsm2.conf");
    fs::write(
        &conf,
        format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        ),
    )
    .unwrap();
    let environment = vec![("SOFTHSM2_CONF".to_owned(), conf.display().to_string())];

    let root = folder.join("root.pem");
    let key = folder.join("root.key");
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "3650",
            "-utf8",
            "-subj",
            "/C=VN/O=Thử nghiệm/CN=CA thử nghiệm",
            "-keyout",
            key.to_str().unwrap(),
            "-out",
            root.to_str().unwrap(),
        ],
    );
    let performer = token(folder, &conf, "nguoi", "Lê Văn Đức Thắng");
    let agency = token(folder, &conf, "coquan", AGENCY);
    let description = serde_json::json!({
        "office": { "id": "H99.01.01", "name": AGENCY, "province": "Tỉnh Thử Nghiệm", "place": "Thử Nghiệm" },
        "authorities": [{
            "name": "Lê Văn Đức Thắng", "title": "Công chức Tư pháp – Hộ tịch", "capacity": "tuq",
            "superior_title": "Chủ tịch", "document": { "number": "12/GUQ-UBND", "date": "2026-01-02" },
            "valid_from": "2026-01-02", "valid_to": "2035-12-31", "certificate": performer,
        }],
        "agency_certificates": [agency],
        "modules": [MODULE],
        "trust": [root],
        "warehouse": "embedded",
    });
    fs::write(data.join("office.json"), description.to_string()).unwrap();
    Office { data, environment, root }
}

/// A token with a key and its certificate; answers the certificate's SHA-256.
fn token(folder: &Path, conf: &Path, label: &str, name: &str) -> String {
    let key = folder.join(format!("{label}.key"));
    let (request, pem, der) = (
        folder.join(format!("{label}.csr")),
        folder.join(format!("{label}.pem")),
        folder.join(format!("{label}.der")),
    );
    let extensions = folder.join("signer.ext");
    fs::write(&extensions, "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n").unwrap();
    openssl(
        folder,
        &[
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-utf8",
            "-subj",
            &format!("/C=VN/O={AGENCY}/CN={name}"),
            "-keyout",
            key.to_str().unwrap(),
            "-out",
            request.to_str().unwrap(),
        ],
    );
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            request.to_str().unwrap(),
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-CAcreateserial",
            "-days",
            "3650",
            "-extfile",
            "signer.ext",
            "-out",
            pem.to_str().unwrap(),
        ],
    );
    openssl(
        folder,
        &["x509", "-in", pem.to_str().unwrap(), "-outform", "DER", "-out", der.to_str().unwrap()],
    );
    let hsm = |command: &mut Command| drop(succeed(command.env("SOFTHSM2_CONF", conf)));
    hsm(Command::new("softhsm2-util").args([
        "--init-token",
        "--free",
        "--label",
        label,
        "--pin",
        PIN,
        "--so-pin",
        "11112222",
    ]));
    hsm(Command::new("softhsm2-util")
        .arg("--import")
        .arg(key_pkcs8(folder, &key))
        .args(["--token", label, "--label", label, "--id", "a1", "--pin", PIN]));
    hsm(Command::new("pkcs11-tool")
        .args([
            "--module",
            MODULE,
            "--token-label",
            label,
            "--login",
            "--pin",
            PIN,
            "--id",
            "a1",
            "--label",
            label,
            "--type",
            "cert",
            "--write-object",
        ])
        .arg(&der));
    let digest = succeed(Command::new("sha256sum").arg(&der));
    String::from_utf8(digest.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

fn key_pkcs8(folder: &Path, key: &Path) -> PathBuf {
    let out = key.with_extension("pk8");
    openssl(
        folder,
        &["pkcs8", "-topk8", "-nocrypt", "-in", key.to_str().unwrap(), "-out", out.to_str().unwrap()],
    );
    out
}

fn openssl(folder: &Path, arguments: &[&str]) {
    succeed(Command::new("openssl").args(arguments).current_dir(folder));
}
