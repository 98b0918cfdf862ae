//! Files made elsewhere, signed here: nothing of them is harmed. The files were made by qpdf (`fixtures/foreign/make.sh`),
//! the hybrid one by hand. What is signed is left in the build's temporary folder for other programs to look at.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use mocban_pades::{
    DocMdp, FieldMdp, FieldTarget, PadesError, SignOptions, SignatureAlgorithm, Verdict, sign,
};
use support::*;

/// Every shape but those that want a password or forbid signing.
const SHAPES: [&str; 13] = [
    "plain",
    "hybrid",
    "object-streams",
    "linearised",
    "linearised-object-streams",
    "rc4-40",
    "rc4-128",
    "rc4-v4-cleartext-metadata",
    "aes-128",
    "aes-128-object-streams",
    "aes-256-r5",
    "aes-256-r6",
    "aes-256-r6-object-streams",
];

fn foreign(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/foreign");
    std::fs::read(folder.join(format!("{name}.pdf"))).unwrap()
}

fn leave(name: &str, pdf: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.pdf")), pdf).unwrap();
}

fn existing(name: &str) -> SignOptions {
    SignOptions {
        reason: Some("Đồng ý (1)".into()),
        ..SignOptions::new(FieldTarget::Existing(name.into()), now())
    }
}

fn new(name: &str) -> SignOptions {
    let field = FieldTarget::New { name: name.into(), page: 0, rect: [0.0; 4] };
    SignOptions::new(field, now())
}

#[test]
fn every_shape_is_countersigned_without_harm() {
    let authority = Authority::new();
    let one = authority.signer("Nguyễn Văn An", SignatureAlgorithm::RsaPkcs1Sha256);
    let two = authority.signer("UBND xã Bình Minh", SignatureAlgorithm::EcdsaP256Sha256);
    for shape in SHAPES {
        let pdf = foreign(shape);
        let once =
            signed(&pdf, &SignOptions { appearance: Some(appearance()), ..existing("Performer") }, &one);
        let twice = signed(&once, &new("Thêm"), &two);
        let thrice = signed(&twice, &existing("Agency"), &one);
        assert!(thrice.starts_with(&twice) && twice.starts_with(&once) && once.starts_with(&pdf));
        let report = authority.verify(&thrice);
        assert_eq!(report.verdict, Verdict::Valid, "{shape}: {report:?}");
        let fields: Vec<&str> = report.signatures.iter().map(|signature| signature.field.as_str()).collect();
        assert_eq!(fields, ["Performer", "Thêm", "Agency"], "{shape}");
        let first = &report.signatures[0];
        assert_eq!(first.reason.as_deref(), Some("Đồng ý (1)"), "{shape}");
        assert_eq!(first.time.as_deref(), Some("2026-11-21T18:30:00+07:00"), "{shape}");
        leave(shape, &thrice);
    }
}

#[test]
fn an_encrypted_file_tells_nothing_in_the_clear() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    for shape in SHAPES.iter().filter(|shape| shape.contains("rc4") || shape.contains("aes")) {
        let options = SignOptions { location: Some("Where It Was".into()), ..existing("Performer") };
        let increment = sign(&foreign(shape), &options, &signer).unwrap().increment;
        let holds = |text: &[u8]| increment.windows(text.len()).any(|window| window == text);
        assert!(!holds(b"Where It Was") && !holds(b"20261121"), "{shape}");
        assert!(holds(b"/Encrypt"), "{shape}");
    }
}

#[test]
fn the_same_moment_gives_the_same_bytes_also_when_encrypted() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::RsaPkcs1Sha256);
    let pdf = foreign("aes-256-r6");
    let once = sign(&pdf, &existing("Performer"), &signer).unwrap();
    assert_eq!(once, sign(&pdf, &existing("Performer"), &signer).unwrap());
}

#[test]
fn what_the_encryption_forbids_is_refused_by_name() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let attempt = |shape: &str, options: &SignOptions| sign(&foreign(shape), options, &signer).map(|_| ());
    assert!(matches!(attempt("aes-256-password", &existing("Agency")), Err(PadesError::PdfEncrypted { .. })));
    attempt("aes-256-only-forms", &existing("Agency")).unwrap();
    let added = attempt("aes-256-only-forms", &new("Extra"));
    assert!(matches!(added, Err(PadesError::ForbiddenByEncryption)), "{added:?}");
    let filled = attempt("aes-256-nothing", &existing("Agency"));
    assert!(matches!(filled, Err(PadesError::ForbiddenByEncryption)), "{filled:?}");
}

#[test]
fn a_file_that_permits_no_change_is_refused_by_name() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    for shape in ["plain", "object-streams", "aes-256-r6"] {
        let closing = SignOptions { certify: Some(DocMdp::NoChanges), ..existing("Performer") };
        let closed = signed(&foreign(shape), &closing, &signer);
        for options in [existing("Agency"), new("Extra")] {
            let refused = sign(&closed, &options, &signer);
            assert!(matches!(refused, Err(PadesError::ForbiddenByCertification)), "{shape}");
        }
        let locking = SignOptions { lock: Some(FieldMdp::All), ..existing("Agency") };
        let locked = signed(&foreign(shape), &locking, &signer);
        let refused = sign(&locked, &existing("Performer"), &signer);
        assert!(matches!(refused, Err(PadesError::FieldLocked { .. })), "{shape}");
    }
}

/// The plain file with a seed value in the field of the agency.
fn seeded(seed: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&foreign("plain")).into_owned();
    let body = text.split("7 0 obj\n").nth(1).unwrap().split("\nendobj").next().unwrap().to_owned();
    let body = format!("{}/SV {seed}>>", body.strip_suffix(">>").unwrap());
    with_increment(&foreign("plain"), &[(7, body)], TRAILER)
}

#[test]
fn seed_values_are_obeyed_or_refused_by_name() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let attempt = |seed: &str, options: &SignOptions| match sign(&seeded(seed), options, &signer) {
        Ok(signed) => Ok(authority.verify(&[seeded(seed), signed.increment].concat())),
        Err(PadesError::SeedValueUnmet { constraint }) => Err(constraint),
        Err(other) => panic!("{seed}: {other}"),
    };
    let agency = existing("Agency");
    for met in [
        "<</Ff 0/SubFilter[/adbe.pkcs7.detached]>>",
        "<</Ff 2/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]>>",
        "<</Ff 1/Filter/Adobe.PPKLite>>",
        "<</Ff 64/DigestMethod[(SHA256)(SHA512)]>>",
        "<</Ff 8/Reasons[(No)<FEFF0110 1ED3 006E0067 0020 00FD 0020 0028 0031 0029>]>>",
        "<</MDP<</P 0>>>>",
        "<</TimeStamp<</URL(http://a)/Ff 0>>>>",
        "<</Ff 4/V 2.0>>",
    ] {
        let report = attempt(met, &agency).unwrap();
        assert_eq!(report.verdict, Verdict::Valid, "{met}");
    }
    for (unmet, constraint) in [
        ("<</Ff 2/SubFilter[/adbe.pkcs7.detached]>>", "SubFilter"),
        ("<</Ff 1/Filter/Entrust.PPKEF>>", "Filter"),
        ("<</Ff 64/DigestMethod[/SHA512]>>", "DigestMethod"),
        ("<</Ff 8/Reasons[(I approve)]>>", "Reasons"),
        ("<</Ff 8/Reasons[(.)]>>", "Reasons"),
        ("<</Ff 32/AddRevInfo true>>", "AddRevInfo"),
        ("<</Ff 128/LockDocument/true>>", "LockDocument"),
        ("<</Ff 256/AppearanceFilter(Seal)>>", "AppearanceFilter"),
        ("<</TimeStamp<</URL(http://a)/Ff 1>>>>", "TimeStamp"),
        ("<</Cert<</Ff 1/Subject[<3000>]>>>>", "Cert/Subject"),
        ("<</Cert<</Ff 2/Issuer[<3000>]>>>>", "Cert/Issuer"),
        ("<</Cert<</Ff 4/OID[(1.2.3)]>>>>", "Cert/OID"),
    ] {
        assert_eq!(attempt(unmet, &agency).unwrap_err(), constraint, "{unmet}");
    }
    // The maker's only reason, and the certification he wants, are taken over.
    let silent = SignOptions { reason: None, ..agency.clone() };
    let report = attempt("<</Ff 8/Reasons[(I approve)]/MDP<</P 2>>>>", &silent).unwrap();
    assert_eq!(report.signatures[0].reason.as_deref(), Some("I approve"));
    assert_eq!(report.signatures[0].certifies, Some(DocMdp::FormFilling));
    let subject = hex::encode(&signer.certificate);
    attempt(&format!("<</Cert<</Ff 1/Subject[<{subject}>]>>>>"), &agency).unwrap();
}
