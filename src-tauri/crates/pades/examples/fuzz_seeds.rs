//! Writes the files with which the fuzz targets begin: `fuzz_seeds FOLDER`.

#![allow(clippy::unwrap_used, reason = "a tool of the tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use mocban_pades::{Certificate, SignatureAlgorithm};
use std::{fs, path::PathBuf};
use support::*;

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap());
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let twice = signed(&once, &agency_options(), &signer);
    let changed = with_increment(&once, &[(4, PREPARED[1].into())], TRAILER);
    let streams = stream_pdf();
    let files = [prepared_pdf(), once, twice, changed, streams];
    for target in ["pdf", "verify"] {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        for (index, file) in files.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}.pdf")), file).unwrap();
        }
    }
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join(target)).unwrap();
        fs::write(folder.join(target).join(name), bytes).unwrap();
    };
    write("certificate", "root.der", authority.root.der());
    write("certificate", "signer.der", &signer.certificate);
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trust");
    let answer = fs::read(fixtures.join("revoked-after.ocsp")).unwrap();
    write("revocation", "answer.der", &answer);
    let root = Certificate::from_pem_or_der(&fs::read(fixtures.join("root.pem")).unwrap()).unwrap().remove(0);
    let length = u16::try_from(root.der().len()).unwrap().to_be_bytes();
    write("revocation", "about-root.der", &[&length, root.der(), &answer].concat());
    for name in ["bt", "blta", "adobe-archival", "rsa2048-pss-cades-sha512"] {
        let pdf = fs::read(fixtures.join(format!("{name}.pdf"))).unwrap();
        for (index, start) in find_all(&pdf, b"/Contents <30").enumerate() {
            let digits: Vec<u8> =
                pdf[start + 11..].iter().copied().take_while(|&byte| byte != b'>').collect();
            let cms = hex::decode(digits).unwrap();
            write("cms", &format!("{name}-{index}.der"), &cms);
            // A document timestamp is a token itself; the others hold one further inside.
            write("timestamp", &format!("{name}-{index}.der"), &cms);
        }
    }
}

fn find_all<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    (0..bytes.len()).filter(move |&at| bytes[at..].starts_with(wanted))
}
