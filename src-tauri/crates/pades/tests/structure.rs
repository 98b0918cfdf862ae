//! Files of other shapes: cross-reference streams, lists that are indirect, nothing prepared; and files that are
//! made to break a reader.

mod support;

use mocban_pades::{
    Changes, FieldTarget, Integrity, SignOptions, SignatureAlgorithm, Verdict, VerifyOptions, verify,
};
use proptest::prelude::*;
use support::*;

fn new_field(name: &str) -> SignOptions {
    let rect = [10.0, 10.0, 210.5, 80.0];
    SignOptions {
        appearance: Some(appearance()),
        ..SignOptions::new(FieldTarget::New { name: name.into(), page: 0, rect }, now())
    }
}

#[test]
fn a_file_with_a_cross_reference_stream_is_continued_in_kind() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let unsigned = stream_pdf();
    let once = signed(&unsigned, &new_field("One"), &signer);
    let twice = signed(&once, &new_field("Hai"), &signer);
    assert!(!twice.windows(8).any(|window| window == b"\ntrailer"));
    for (pdf, changes) in [(&once, Changes::None), (&twice, Changes::Permitted)] {
        let report = authority.verify(pdf);
        assert_eq!((report.verdict, report.changes), (Verdict::Valid, changes), "{report:?}");
    }
    assert_eq!(authority.verify(&twice).signatures.len(), 2);
}

#[test]
fn a_file_without_a_form_gets_one() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let mut bodies = PREPARED;
    bodies[0] = "<</Type/Catalog/Pages 2 0 R>>";
    bodies[2] = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>";
    let once = signed(&pdf_of(&bodies), &new_field("One"), &signer);
    let twice = signed(&once, &new_field("Hai"), &signer);
    let report = authority.verify(&twice);
    assert_eq!((report.verdict, report.changes), (Verdict::Valid, Changes::Permitted), "{report:?}");
}

#[test]
fn a_plain_signature_leaves_room_for_another_but_not_for_other_content() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let plain = SignOptions::new(FieldTarget::Existing("Agency".into()), now());
    let once = signed(&prepared_pdf(), &plain, &signer);
    let twice = signed(&once, &new_field("Third"), &signer);
    assert_eq!(authority.verify(&twice).verdict, Verdict::Valid);
    let other = with_increment(&once, &[(4, "<</Length 5>>\nstream\n0 0 m\nendstream".into())], TRAILER);
    assert_eq!(authority.verify(&other).verdict, Verdict::Invalid);
}

/// The prepared copy of these tests, its field "Performer" signed by pyHanko 0.38 with a made-up certificate.
const SIGNED_BY_PYHANKO: &[u8] = include_bytes!("fixtures/first-signed-by-pyhanko.pdf");

#[test]
fn a_file_first_signed_by_another_program_is_signed_without_harm() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let twice = signed(SIGNED_BY_PYHANKO, &agency_options(), &signer);
    let report = authority.verify(&twice);
    assert_eq!((report.integrity, report.changes), (Integrity::Intact, Changes::Permitted), "{report:?}");
    let fields: Vec<&str> = report.signatures.iter().map(|signature| signature.field.as_str()).collect();
    assert_eq!(fields, ["Performer", "Agency"]);
    // Its signer is nobody to us.
    assert_eq!(report.verdict, Verdict::Undetermined);
}

#[test]
fn circles_end_and_are_refused() {
    let pdf = prepared_pdf();
    let start = startxref(&pdf);
    let circular = [pdf.as_slice(), b"xref\n0 0\ntrailer\n<</Size 1/Root 1 0 R/Prev "].concat();
    let section = pdf.len();
    let circular = [circular, format!("{section}>>\nstartxref\n{section}\n%%EOF\n").into_bytes()].concat();
    assert_ne!(start, section);
    let kids = PREPARED.map(|body| body.replace("/Fields[6 0 R 7 0 R]", "/Fields[9 0 R]"));
    let mut kids: Vec<&str> = kids.iter().map(String::as_str).collect();
    kids[8] = "<</T(A)/Kids[9 0 R]>>";
    for file in [circular, pdf_of(&kids)] {
        let report = verify(&file, &VerifyOptions { trust: &[], at: now() });
        assert_eq!(report.integrity, Integrity::Unreadable, "{report:?}");
        assert_ne!(report.verdict, Verdict::Unsigned);
    }
}

/// Flaws that real programs leave in what they sign, and that all readers understand alike.
#[test]
fn what_programs_really_write_is_read() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let start = startxref(&prepared_pdf());
    let with = |from: &str, to: &str| {
        let at = find(&prepared_pdf(), from);
        let pdf = prepared_pdf();
        [&pdf[..at], to.as_bytes(), &pdf[at + from.len()..]].concat()
    };
    let body = |from: &str, to: &str| {
        let bodies = PREPARED.map(|body| body.replace(from, to));
        pdf_of(&bodies.each_ref().map(String::as_str))
    };
    let header = [b"j\n%PDF-1.7\n%-\n\n".as_slice(), &prepared_pdf()[15..]].concat();
    let cases = [
        ("bytes before the header", header),
        (
            "startxref at the line end before",
            with(&format!("startxref\n{start}"), &format!("startxref\n{}", start - 1)),
        ),
        ("a wrong stream length", body("/Length 21", "/Length 3")),
        ("a key twice", body("/Contents 4 0 R", "/Contents 4 0 R/Rotate 0/Rotate 90/Tabs/S/Tabs/S")),
        ("an entry that leads nowhere", with("0000000000 65535 f\r\n", "0000000000 65536 n\r\n")),
        ("two tables in one revision", {
            let end = find(&prepared_pdf(), "startxref");
            let second = format!(
                "xref\n0 0\ntrailer\n<</Size 10/Root 1 0 R/Info 8 0 R/Prev {start}>>\nstartxref\n{end}\n%%EOF\n"
            );
            [&prepared_pdf()[..end], second.as_bytes()].concat()
        }),
    ];
    for (what, unsigned) in cases {
        assert_eq!(authority.verify(&unsigned).verdict, Verdict::Unsigned, "{what}");
        let once = signed(&unsigned, &performer_options(), &signer);
        let twice = signed(&once, &agency_options(), &signer);
        let report = authority.verify(&twice);
        assert_eq!(
            (report.verdict, report.changes),
            (Verdict::Valid, Changes::Permitted),
            "{what}: {report:?}"
        );
    }
}

#[test]
fn what_two_readers_may_see_differently_is_not_read() {
    let twice_named = prepared_pdf().iter().map(|&byte| byte as char).collect::<String>();
    for (from, to) in [
        ("/Type/Catalog/Pages 2 0 R", "/Pages 3 0 R/Pages 2 0 R/T"),
        ("xref\n0 10", "xref\n0 11"),
        ("4 0 obj", "4 1 obj"),
        ("%PDF-1.7", "%QDF-1.7"),
    ] {
        let changed: Vec<u8> =
            twice_named.replacen(from, to, 1).chars().map(|character| character as u8).collect();
        assert_ne!(changed, prepared_pdf());
        let authority = Authority::new();
        let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
        let outcome = mocban_pades::sign(&changed, &performer_options(), &signer);
        let verdict = authority.verify(&changed).verdict;
        assert!(outcome.is_err() || from == "4 0 obj", "{to}");
        assert_ne!(verdict, Verdict::Valid, "{to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [b"%PDF-1.7\n".as_slice(), &bytes, b"\nstartxref\n9\n%%EOF\n"].concat();
        let report = verify(&bytes, &VerifyOptions { trust: &[], at: now() });
        prop_assert_ne!(report.verdict, Verdict::Valid);
    }

    #[test]
    fn moved_pieces_of_a_signed_file_never_panic_and_are_never_valid(
        from in 0.0..1.0_f64, length in 1_usize..400, to in 0.0..1.0_f64,
    ) {
        thread_local! {
            static SIGNED: (Authority, Vec<u8>) = {
                let authority = Authority::new();
                let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
                let once = signed(&prepared_pdf(), &performer_options(), &signer);
                let twice = signed(&once, &agency_options(), &signer);
                (authority, twice)
            };
        }
        SIGNED.with(|(authority, signed)| {
            let from = (from * signed.len() as f64) as usize;
            let piece = &signed[from..(from + length).min(signed.len())];
            let to = (to * signed.len() as f64) as usize;
            let mut moved = signed.clone();
            moved.splice(to..to, piece.iter().copied());
            prop_assert_ne!(authority.verify(&moved).verdict, Verdict::Valid);
            Ok(())
        })?;
    }
}
