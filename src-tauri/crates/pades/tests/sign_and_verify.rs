//! Two signatures on a prepared copy, and everything that must not pass for them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{
    Changes, Coverage, Difference, DocMdp, FieldTarget, Integrity, Known, Level, PadesError, Reason,
    SignOptions, SignatureAlgorithm, Verdict, VerifyOptions, first_difference, sign, verify,
};
use support::*;

const ALGORITHMS: [SignatureAlgorithm; 4] = [
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::EcdsaP256Sha256,
    SignatureAlgorithm::EcdsaP384Sha384,
];

fn digest(bytes: &[u8]) -> [u8; 32] {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().try_into().unwrap()
}

#[test]
fn performer_and_agency_sign_and_both_are_valid() {
    let authority = Authority::new();
    for algorithm in ALGORITHMS {
        let unsigned = prepared_pdf();
        let performer = authority.signer("Nguyễn Văn An", algorithm);
        let agency = authority.signer("UBND xã Bình Minh", algorithm);
        let once = signed(&unsigned, &performer_options(), &performer);
        let twice = signed(&once, &agency_options(), &agency);
        assert!(twice.starts_with(&once) && once.starts_with(&unsigned));

        let report = authority.verify(&once);
        assert_eq!((report.verdict, report.changes), (Verdict::Valid, Changes::None), "{report:?}");
        let report = authority.verify(&twice);
        assert_eq!((report.verdict, report.changes), (Verdict::Valid, Changes::Permitted), "{report:?}");
        let [first, second] = report.signatures.as_slice() else { panic!("{report:?}") };
        assert_eq!(first.signer.as_ref().unwrap().name, "Nguyễn Văn An");
        assert_eq!((first.field.as_str(), first.covers), ("Performer", Coverage::Revision));
        assert_eq!(first.certifies, Some(DocMdp::FormFilling));
        assert_eq!(first.time.as_deref(), Some("2026-11-21T18:30:00+07:00"));
        assert_eq!(first.reason.as_deref(), Some("Chứng thực bản sao điện tử từ bản chính"));
        assert_eq!((second.field.as_str(), second.covers), ("Agency", Coverage::WholeFile));
        assert_eq!((second.level, second.changes), (Level::BaselineB, Changes::None));
    }
}

#[test]
fn the_same_moment_and_an_rsa_key_give_the_same_bytes() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::RsaPkcs1Sha256);
    let pdf = prepared_pdf();
    let one = sign(&pdf, &performer_options(), &signer).unwrap();
    assert_eq!(one, sign(&pdf, &performer_options(), &signer).unwrap());
}

#[test]
fn no_truncated_file_is_valid_but_at_the_end_of_the_first_signature() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let unsigned = prepared_pdf();
    let once = signed(&unsigned, &performer_options(), &signer);
    let twice = signed(&once, &agency_options(), &signer);
    let trace = find(&once, "/Contents <");
    for length in 0..twice.len() {
        let verdict = authority.verify(&twice[..length]).verdict;
        assert_eq!(verdict == Verdict::Valid, length == once.len(), "{length}");
        assert!(verdict != Verdict::Unsigned || length <= trace + 11, "{length}");
    }
}

#[test]
fn appended_bytes_are_refused() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    for tail in [" ", "\n ", "\n\n\n\n\n\n\n\n\n\n", "garbage", "%%EOF\n", "\nstartxref\n0\n%%EOF\n"] {
        let report = authority.verify(&[&once, tail.as_bytes()].concat());
        assert_eq!(report.verdict, Verdict::Invalid, "{tail:?} {report:?}");
    }
    // Line ends that some programs leave are not part of the document.
    assert_eq!(authority.verify(&[&once, "\r\n".as_bytes()].concat()).verdict, Verdict::Valid);
}

#[test]
fn later_revisions_may_not_touch_the_document() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let page = "<</Length 5>>\nstream\n0 0 m\nendstream";
    type Case<'a> = (&'a str, &'a [(u32, &'a str)], &'a str);
    let cases: [Case<'_>; 8] = [
        ("page content", &[(4, page)], TRAILER),
        ("a second page", &[(2, "<</Type/Pages/Kids[3 0 R 50 0 R]/Count 2>>"), (50, PREPARED[2])], TRAILER),
        ("the information", &[(8, "<</Length 0>>\nstream\n\nendstream")], TRAILER),
        ("the root", &[(50, PREPARED[0])], "/Root 50 0 R/Info 8 0 R"),
        ("the form", &[(5, "<</Fields[6 0 R]/SigFlags 3>>")], TRAILER),
        (
            "an annotation",
            &[(3, &PREPARED[2].replace("7 0 R]", "7 0 R 50 0 R]")), (50, "<</Type/Annot>>")],
            TRAILER,
        ),
        ("the signed field", &[(6, PREPARED[5])], TRAILER),
        ("the empty field's place", &[(7, &PREPARED[6].replace("300 50", "0 0"))], TRAILER),
    ];
    for (what, objects, trailer) in cases {
        let objects: Vec<(u32, String)> =
            objects.iter().map(|(number, body)| (*number, (*body).into())).collect();
        let report = authority.verify(&with_increment(&once, &objects, trailer));
        assert_eq!(report.verdict, Verdict::Invalid, "{what}");
        assert_eq!(report.changes, Changes::Forbidden, "{what}: {report:?}");
        assert_eq!(report.signatures[0].integrity, Integrity::Intact, "{what}");
    }
    for harmless in [(4, PREPARED[3]), (8, "<</Title(Other)>>")] {
        let same = with_increment(&once, &[(harmless.0, harmless.1.into())], TRAILER);
        assert_eq!(authority.verify(&same).changes, Changes::Permitted);
    }
}

#[test]
fn an_object_behind_a_dangling_reference_may_not_appear() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let bodies = PREPARED.map(|body| body.replace("/Contents 4 0 R", "/Contents[4 0 R 90 0 R]"));
    let pdf = pdf_of(&bodies.each_ref().map(String::as_str));
    let once = signed(&pdf, &performer_options(), &signer);
    assert_eq!(authority.verify(&once).verdict, Verdict::Valid);
    let slipped = with_increment(&once, &[(90, PREPARED[3].into())], TRAILER);
    let report = authority.verify(&slipped);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.reasons.contains(&Reason::ObjectSlippedIn { object: 90, revision: 3 }), "{report:?}");
}

#[test]
fn a_revision_that_hides_a_signature_is_refused() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    for form in ["<</Fields[]>>", "null"] {
        let report = authority.verify(&with_increment(&once, &[(5, form.into())], TRAILER));
        assert_eq!(report.verdict, Verdict::Invalid, "{form}: {report:?}");
    }
}

#[test]
fn a_lone_signature_dictionary_is_a_trace() {
    let authority = Authority::new();
    let sig = "<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>";
    let mut bodies = PREPARED.to_vec();
    bodies.push(sig);
    let report = authority.verify(&pdf_of(&bodies));
    assert_eq!((report.verdict, report.integrity), (Verdict::Invalid, Integrity::Unreadable));
    assert_eq!(authority.verify(&prepared_pdf()).verdict, Verdict::Unsigned);
}

#[test]
fn byte_ranges_and_contents_that_play_tricks_are_refused() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let at = find(&once, "/ByteRange [") + 12;
    let end = at + once[at..].iter().position(|&byte| byte == b']').unwrap();
    let text = String::from_utf8(once[at..end].to_vec()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [first, length, second, rest] = numbers[..] else { panic!() };
    let tricks: Vec<Vec<usize>> = vec![
        vec![],
        vec![0, 0, 0, 0],
        vec![first, length, second],
        vec![first, length - 1, second, rest],
        vec![first, length + 1, second, rest],
        vec![first, length, second - 1, rest + 1],
        vec![first, length, second + 1, rest - 1],
        vec![first, length, second, rest - 1],
        vec![first, length, second, rest + 1],
        vec![first, length, second, usize::MAX],
        vec![1, length - 1, second, rest],
        vec![0, second + rest, 0, 0],
    ];
    for trick in tricks {
        let numbers = trick.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let mut altered = once.clone();
        altered[at..end].fill(b' ');
        let room = &mut altered[at..end];
        if numbers.len() > room.len() {
            continue;
        }
        room[..numbers.len()].copy_from_slice(numbers.as_bytes());
        let report = authority.verify(&altered);
        assert_eq!(report.verdict, Verdict::Invalid, "{trick:?}");
        assert!(report.integrity > Integrity::Intact, "{trick:?}");
    }
}

#[test]
fn trust_is_told_apart_from_integrity() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let none = verify(&once, &VerifyOptions { trust: &[], at: now() });
    assert_eq!((none.verdict, none.chain), (Verdict::Undetermined, mocban_pades::Chain::Unknown));
    let other = Authority::new().verify(&once);
    assert_eq!((other.verdict, other.chain), (Verdict::Undetermined, mocban_pades::Chain::Untrusted));
    let trust = std::slice::from_ref(&authority.root);
    let late = verify(&once, &VerifyOptions { trust, at: "2040-01-01T00:00:00Z".parse().unwrap() });
    assert_eq!((late.verdict, late.chain), (Verdict::Undetermined, mocban_pades::Chain::Expired));
    assert_eq!(late.integrity, Integrity::Intact);
}

#[test]
fn a_certificate_for_another_use_is_not_trusted() {
    let authority = Authority::new();
    let server = authority.signer_with("máy chủ", SignatureAlgorithm::EcdsaP256Sha256, |params| {
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyEncipherment];
    });
    let once = signed(&prepared_pdf(), &performer_options(), &server);
    assert_eq!(authority.verify(&once).chain, mocban_pades::Chain::Untrusted);
}

#[test]
fn what_earlier_signatures_forbid_is_not_signed() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let unsigned = prepared_pdf();
    let once = signed(&unsigned, &performer_options(), &signer);
    let refused = |pdf: &[u8], options: &SignOptions| sign(pdf, options, &signer).unwrap_err();
    let existing = |name: &str| SignOptions::new(FieldTarget::Existing(name.into()), now());
    let new =
        |name: &str| SignOptions::new(FieldTarget::New { name: name.into(), page: 0, rect: [0.0; 4] }, now());
    assert!(matches!(refused(&once, &new("Third")), PadesError::ForbiddenByCertification));
    assert!(matches!(refused(&unsigned, &new("Agency")), PadesError::FieldExists { .. }));
    assert!(matches!(refused(&unsigned, &existing("Nobody")), PadesError::FieldMissing { .. }));
    assert!(matches!(refused(&once, &existing("Performer")), PadesError::FieldLocked { .. }));
    let certify = SignOptions { certify: Some(DocMdp::FormFilling), ..existing("Agency") };
    assert!(matches!(refused(&once, &certify), PadesError::CertifiedTooLate));
    let no_changes = SignOptions { certify: Some(DocMdp::NoChanges), ..performer_options() };
    let closed = signed(&unsigned, &no_changes, &signer);
    assert!(matches!(refused(&closed, &existing("Agency")), PadesError::ForbiddenByCertification));
    let garbage = [unsigned.as_slice(), b"tail"].concat();
    assert!(matches!(refused(&garbage, &existing("Agency")), PadesError::PdfUnreadable { .. }));
}

struct WrongKey<'a>(&'a TestSigner, &'a TestSigner);

impl mocban_pades::Signer for WrongKey<'_> {
    fn certificate(&self) -> &[u8] {
        self.0.certificate()
    }
    fn chain(&self) -> &[Vec<u8>] {
        self.0.chain()
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
    fn sign(&self, signed_attributes: &[u8]) -> Result<Vec<u8>, mocban_pades::SignerError> {
        self.1.sign(signed_attributes)
    }
}

#[test]
fn a_token_that_signs_wrongly_writes_nothing() {
    let authority = Authority::new();
    let one = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let two = authority.signer("Bình", SignatureAlgorithm::EcdsaP256Sha256);
    let rsa = authority.signer("Chi", SignatureAlgorithm::RsaPkcs1Sha256);
    let outcome = sign(&prepared_pdf(), &performer_options(), &WrongKey(&one, &two));
    assert!(matches!(outcome, Err(PadesError::SignatureWrong)));
    let outcome = sign(&prepared_pdf(), &performer_options(), &WrongKey(&one, &rsa));
    assert!(matches!(outcome, Err(PadesError::PlaceholderTooSmall { .. } | PadesError::SignatureWrong)));
    let misnamed = TestSigner { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, ..one };
    assert!(matches!(sign(&prepared_pdf(), &performer_options(), &misnamed), Err(PadesError::KeyMismatch)));
}

#[test]
fn our_files_are_known_to_the_byte() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let unsigned = prepared_pdf();
    let plain = |name: &str| SignOptions::new(FieldTarget::Existing(name.into()), now());
    let once = signed(&unsigned, &plain("Performer"), &signer);
    let twice = signed(&once, &plain("Agency"), &signer);
    let increments = vec![
        ((once.len() - unsigned.len()) as u64, digest(&once[unsigned.len()..])),
        ((twice.len() - once.len()) as u64, digest(&twice[once.len()..])),
    ];
    let known = Known { unsigned_len: unsigned.len() as u64, unsigned_sha256: digest(&unsigned), increments };
    assert_eq!(first_difference(&twice, &known), None);
    assert_eq!(first_difference(&once, &known), Some(Difference::IncrementMissing { index: 1 }));
    let (expected, found) = (twice.len() as u64, twice.len() as u64 - 1);
    assert_eq!(
        first_difference(&twice[..twice.len() - 1], &known),
        Some(Difference::Truncated { expected, found })
    );
    for at in 0..twice.len() {
        let mut altered = twice.clone();
        altered[at] ^= 1;
        let answer = match at {
            at if at < unsigned.len() => Difference::PrefixAltered,
            at if at < once.len() => Difference::IncrementAltered { index: 0 },
            _ => Difference::IncrementAltered { index: 1 },
        };
        assert_eq!(first_difference(&altered, &known), Some(answer));
    }
    let stranger = authority.signer("Người lạ", SignatureAlgorithm::EcdsaP256Sha256);
    let third = SignOptions::new(FieldTarget::New { name: "Third".into(), page: 0, rect: [0.0; 4] }, now());
    let thrice = signed(&twice, &third, &stranger);
    match first_difference(&thrice, &known) {
        Some(Difference::ForeignIncrement { at, signer: Some(signer) }) => {
            assert_eq!((at, signer.name.as_str()), (twice.len() as u64, "Người lạ"));
        }
        other => panic!("{other:?}"),
    }
}

/// The certificate says UTF8String, the signature's own copy of the issuer's name PrintableString.
#[test]
fn the_issuers_name_may_be_another_kind_of_string_but_no_other_text() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let once = signed(&prepared_pdf(), &performer_options(), &signer);
    let country = b"06035504060c02564e";
    let lower = once.to_ascii_lowercase();
    let places: Vec<usize> =
        (0..once.len() - country.len()).filter(|&at| lower[at..].starts_with(country)).collect();
    // The last one stands in the signed attribute with the certificate's name, the one before in the identifier.
    let identifier = places[places.len() - 2] + 10;
    let with = |kind_and_text: &[u8]| {
        let mut changed = once.clone();
        changed[identifier..identifier + kind_and_text.len()].copy_from_slice(kind_and_text);
        authority.verify(&changed)
    };
    let digits = |text: &str| {
        let upper = once[places[0]..places[0] + country.len()].iter().any(u8::is_ascii_uppercase);
        if upper { text.to_ascii_uppercase().into_bytes() } else { text.as_bytes().to_vec() }
    };
    assert_eq!(with(&digits("1302564e")).verdict, Verdict::Valid);
    for other in ["1302566e", "1202564e", "0402564e"] {
        assert_ne!(with(&digits(other)).verdict, Verdict::Valid, "{other}");
    }
}
