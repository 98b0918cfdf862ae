//! Changes one byte at a time in twenty signed files of different shapes: none may be accepted, none called unsigned.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{
    DocMdp, FieldTarget, Integrity, SignOptions, SignatureAlgorithm, Verdict, VerifyOptions, verify,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::*;

/// In files up to this many bytes every byte is changed.
const SMALL: usize = 6_000;
/// In the others, every so many; a prime, so that no pattern is missed.
const STRIDE: usize = 61;

struct Case {
    name: String,
    pdf: Vec<u8>,
}

fn options(name: &str, existing: bool, certify: Option<DocMdp>) -> SignOptions {
    let field = match existing {
        true => FieldTarget::Existing(name.into()),
        false => FieldTarget::New { name: name.into(), page: 0, rect: [0.0; 4] },
    };
    SignOptions { certify, ..SignOptions::new(field, now()) }
}

/// Ten shapes, each signed once and twice.
fn cases(authority: &Authority) -> Vec<Case> {
    // The signer's own certificate is protected by the signature; those above it are not, their path would fail.
    let signer =
        |name: &str, algorithm| TestSigner { chain: Vec::new(), ..authority.signer(name, algorithm) };
    let rsa = signer("Bình", SignatureAlgorithm::RsaPkcs1Sha256);
    let p384 = signer("Chi", SignatureAlgorithm::EcdsaP384Sha384);
    let signer = signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let fixture = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
        std::fs::read(format!("{folder}{name}.pdf")).unwrap()
    };
    let shapes = [
        ("prepared", prepared_pdf(), true, Some(DocMdp::FormFilling), &signer),
        ("stream", stream_pdf(), false, None, &signer),
        ("plain", fixture("foreign/plain"), false, None, &signer),
        ("hybrid", fixture("foreign/hybrid"), false, None, &rsa),
        ("linearised", fixture("foreign/linearised"), false, None, &p384),
        ("linearised streams", fixture("foreign/linearised-object-streams"), false, None, &signer),
        ("object streams", fixture("foreign/object-streams"), false, None, &rsa),
        ("encrypted", fixture("foreign/aes-128"), false, None, &signer),
        ("certified for annotations", prepared_pdf(), true, Some(DocMdp::Annotations), &p384),
    ];
    let mut cases = Vec::new();
    for (name, unsigned, existing, certify, key) in shapes {
        let first = if existing { "Performer" } else { "Mot" };
        let once = signed(&unsigned, &options(first, existing, certify), key);
        let second = if existing { "Agency" } else { "Hai" };
        let twice = signed(&once, &options(second, existing, None), &signer);
        for (times, pdf) in [("once", once), ("twice", twice)] {
            cases.push(Case { name: format!("{name} {times}"), pdf });
        }
    }
    let foreign = fixture("first-signed-by-pyhanko");
    let twice = signed(&foreign, &options("Agency", true, None), &signer);
    for (times, pdf) in [("once", foreign), ("twice", twice)] {
        cases.push(Case { name: format!("another program's {times}"), pdf });
    }
    cases
}

/// Whether only trust is missing for `valid`; to see no signature at all would be as bad. Without anchors no path of
/// certificates is walked, which is most of a verification's work.
fn accepted(pdf: &[u8]) -> bool {
    let report = verify(pdf, &VerifyOptions { trust: &[], at: now() });
    let refused = report.verdict == Verdict::Invalid || report.integrity != Integrity::Intact;
    report.verdict == Verdict::Unsigned || !refused
}

#[test]
fn no_single_byte_of_twenty_signed_files_can_be_changed() {
    let authority = Authority::new();
    let cases = cases(&authority);
    assert_eq!(cases.len(), 20);
    for case in &cases {
        assert!(accepted(&case.pdf), "{}: {:?}", case.name, authority.verify(&case.pdf));
    }
    let changes: Vec<(&Case, usize)> = cases
        .iter()
        .flat_map(|case| {
            (0..case.pdf.len())
                .step_by(if case.pdf.len() <= SMALL { 1 } else { STRIDE })
                .map(move |at| (case, at))
        })
        .collect();
    assert!(cases.iter().filter(|case| case.pdf.len() <= SMALL).count() >= 3);
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((case, at)) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut altered = case.pdf.clone();
                    // Bits that turn capitals into small letters, spaces into nulls, digits into their neighbours.
                    let mask = [0x20, 0x01, 0xFF, 0x10][at / STRIDE % 4];
                    altered[*at] ^= mask;
                    assert!(
                        !accepted(&altered),
                        "{} byte {at} ^ {mask:02x}: {:?}",
                        case.name,
                        String::from_utf8_lossy(&altered[at.saturating_sub(60)..at + 1])
                    );
                }
            });
        }
    });
}
