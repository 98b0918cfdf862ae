//! Files that another program (pyHanko) signed, stamped and furnished with OCSP answers and lists: algorithms, time
//! that is proved, levels, revocation. Root, authority, person, timestamp authority and responder are made up;
//! everything was made on 21 November 2026 and is in force until the end of that year.

#![allow(clippy::unwrap_used, reason = "tests")]

use mocban_pades::{
    Certificate, Chain, Integrity, Level, Reason, Report, RevocationItem, RevocationSource, Verdict,
    Verifier, Warning,
};
use std::{fs, path::PathBuf};

const DECEMBER: &str = "2026-12-15T00:00:00Z";

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/trust");
    fs::read(folder.join(name)).unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(Certificate::from_pem_or_der(&fixture("root.pem")).unwrap())
}

fn judge(name: &str, at: &str) -> Report {
    verifier().verify(&fixture(name), at.parse().unwrap())
}

struct Answer(RevocationItem);

impl RevocationSource for Answer {
    fn about(&self, _: &Certificate, _: &Certificate) -> Vec<RevocationItem> {
        vec![self.0.clone()]
    }
}

#[test]
fn algorithms_are_judged_refused_or_left_open_by_name() {
    for (name, called) in [
        ("rsa2048-pss-cades-sha512.pdf", "RSA-PSS 2048, SHA-512"),
        ("p521-x-cades-sha512.pdf", "ECDSA P-521, SHA-512"),
        ("ed25519-x-cades-sha512.pdf", "Ed25519"),
    ] {
        let report = judge(name, DECEMBER);
        assert_eq!(report.verdict, Verdict::Valid, "{name} {report:?}");
        assert_eq!(report.signatures[0].algorithm.as_deref(), Some(called));
    }
    let report = judge("rsa1024-v15-cades-sha256.pdf", DECEMBER);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(
        matches!(&report.reasons[..], [Reason::AlgorithmWeak { algorithm, .. }] if algorithm == "RSA 1024")
    );
    for (name, called) in
        [("bp-x-cades-sha256.pdf", "brainpoolP256r1"), ("ed448-x-cades-shake256.pdf", "SHAKE256")]
    {
        let report = judge(name, DECEMBER);
        assert_eq!(
            (report.verdict, report.integrity),
            (Verdict::Undetermined, Integrity::Unreadable),
            "{name}"
        );
        assert!(
            matches!(&report.reasons[..], [Reason::AlgorithmUnsupported { algorithm, .. }] if algorithm == called),
            "{report:?}"
        );
    }
}

#[test]
fn the_level_is_the_one_that_holds() {
    for (name, level) in [("short-b.pdf", Level::BaselineB), ("bt.pdf", Level::BaselineT)] {
        assert_eq!(judge(name, "2026-11-22T00:00:00Z").signatures[0].level, level, "{name}");
    }
    for (name, level) in [("blt.pdf", Level::BaselineLt), ("blta.pdf", Level::BaselineLta)] {
        let report = judge(name, DECEMBER);
        assert_eq!(
            (report.verdict, report.signatures[0].level),
            (Verdict::Valid, level),
            "{name} {report:?}"
        );
        assert_eq!(report.warnings, [], "{name}");
    }
    // Adobe's signed attribute carries the answers, and no level of PAdES is claimed.
    let report = judge("adobe-archival.pdf", DECEMBER);
    assert_eq!((report.verdict, report.signatures[0].level), (Verdict::Valid, Level::Pkcs7), "{report:?}");
    assert_eq!(report.warnings, []);
    // Under no root at all the file still shows what it carries.
    let report = Verifier::new(Vec::new()).verify(&fixture("blta.pdf"), DECEMBER.parse().unwrap());
    assert_eq!((report.verdict, report.signatures[0].level), (Verdict::Undetermined, Level::BaselineLta));
}

#[test]
fn a_certificate_that_ran_out_is_judged_at_the_proved_time() {
    assert_eq!(judge("short-b.pdf", "2026-11-25T00:00:00Z").verdict, Verdict::Valid);
    let report = judge("short-b.pdf", DECEMBER);
    assert_eq!((report.verdict, report.chain), (Verdict::Undetermined, Chain::Expired), "{report:?}");
    let report = judge("short-t.pdf", DECEMBER);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    let stamp = &report.signatures[0].timestamps[0];
    assert_eq!((stamp.chain, Some(&stamp.time)), (Chain::Trusted, report.signatures[0].judged_at.as_ref()));
    // When the timestamp authority's certificate ran out itself, its time is proved no more.
    let report = judge("short-t.pdf", "2036-01-01T00:00:00Z");
    assert_eq!(report.chain, Chain::Expired);
    assert!(matches!(&report.warnings[..], [Warning::TimestampUntrusted { chain: Chain::Expired, .. }]));
}

#[test]
fn a_later_revocation_does_not_touch_a_signature_with_a_proved_time() {
    let judge = |name: &str, answer: &str| {
        let item = RevocationItem::read(&fixture(answer)).unwrap();
        verifier().with_source(Box::new(Answer(item))).verify(&fixture(name), DECEMBER.parse().unwrap())
    };
    for (name, answer, chain) in [
        // Revoked on the 10th: before the signature of the 21st.
        ("revoked-b.pdf", "revoked-before.ocsp", Chain::Revoked),
        ("revoked-t.pdf", "revoked-before.ocsp", Chain::Revoked),
        // On the 25th: after it, which only a timestamp proves.
        ("revoked-b.pdf", "revoked-after.ocsp", Chain::Revoked),
        ("revoked-t.pdf", "revoked-after.ocsp", Chain::Trusted),
        // An answer about somebody else.
        ("bt.pdf", "revoked-before.ocsp", Chain::Trusted),
    ] {
        let report = judge(name, answer);
        assert_eq!(report.chain, chain, "{name} {answer} {report:?}");
        assert_eq!(report.verdict == Verdict::Valid, chain == Chain::Trusted);
    }
}

#[test]
fn no_byte_of_an_answer_or_a_list_can_be_changed() {
    let whole = fixture("revoked-before.ocsp");
    let pdf = fixture("revoked-b.pdf");
    for at in (0..whole.len()).step_by(3) {
        let mut altered = whole.clone();
        altered[at] ^= 0x10;
        let Ok(item) = RevocationItem::read(&altered) else { continue };
        let report = verifier().with_source(Box::new(Answer(item))).verify(&pdf, DECEMBER.parse().unwrap());
        // Bytes of the responder's certificate count too; what is broken says nothing at all.
        assert!(matches!(report.chain, Chain::Trusted | Chain::Revoked), "{at}");
        let RevocationItem::Ocsp(_) = RevocationItem::read(&whole).unwrap() else { panic!() };
        if report.chain == Chain::Revoked {
            assert!(
                matches!(&report.reasons[..], [Reason::ChainRevoked { at, .. }] if at == "2026-11-10T00:00:00Z")
            );
        }
    }
}

#[test]
fn a_timestamp_or_a_certificate_that_was_changed_is_noticed() {
    let whole = fixture("bt.pdf");
    let text = String::from_utf8_lossy(&whole).into_owned();
    let start = text.find("/Contents <").unwrap() + 11;
    let length = whole[start..].iter().position(|&byte| byte == b'>').unwrap();
    let used = whole[start..start + length].iter().rposition(|&byte| byte != b'0').unwrap();
    for at in (start..start + used).step_by(41) {
        let mut altered = whole.clone();
        altered[at] = if altered[at] == b'4' { b'5' } else { b'4' };
        if altered == whole {
            continue;
        }
        let report = verifier().verify(&altered, DECEMBER.parse().unwrap());
        // A change may hide the whole timestamp, which nobody signed; then no time is proved.
        let hidden = report.signatures.iter().all(|signature| signature.timestamps.is_empty());
        assert!(report.verdict != Verdict::Valid || hidden, "byte {at}");
    }
}

/// Other verifiers call such a file invalid as well: whoever changed the timestamp changed the file.
#[test]
fn a_timestamp_whose_time_was_changed_makes_the_file_altered() {
    let mut altered = fixture("bt.pdf");
    let text = String::from_utf8_lossy(&altered).into_owned();
    // GeneralizedTime, 22 bytes: 2026…; the digit changed is the last one of the seconds.
    let digit = text.find("181632303236").unwrap() + 4 + 2 * 13 + 1;
    altered[digit] = if altered[digit] == b'4' { b'5' } else { b'4' };
    let report = verifier().verify(&altered, DECEMBER.parse().unwrap());
    assert_eq!((report.verdict, report.integrity), (Verdict::Invalid, Integrity::Altered), "{report:?}");
    assert!(matches!(&report.reasons[..], [Reason::TimestampWrong { .. }]), "{report:?}");
}
