//! What later revisions may bring, in shapes that other programs write and their tests call good or bad. The
//! signatures that the increments bring here are empty shells: only the changes are looked at.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{
    Changes, DocMdp, FieldTarget, Integrity, Reason, Report, SignOptions, SignatureAlgorithm, Verdict,
};
use support::*;

/// A page whose resources have a number of their own, a signature that is made first, one that no page shows.
const BASE: [&str; 12] = [
    "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 9 0 R/Annots[6 0 R]>>",
    "<</Length 21>>\nstream\n0 0 m 100 100 l S    \nendstream",
    "<</Fields[6 0 R 7 0 R]/SigFlags 3/DR<</Font<</F1 10 0 R>>/XObject<</FRM 11 0 R>>>>>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(One)/Rect[50 50 250 120]/F 4/P 3 0 R>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/Rect[300 50 500 120]/F 4/P 3 0 R>>",
    "<</Title(Copy)>>",
    "<</Font<</F1 10 0 R>>>>",
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>/Length 0>>\nstream\n\nendstream",
    "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>/Length 3>>\nstream\nq Q\nendstream",
];

/// A signature field with its appearance and its value, for the numbers 50 to 52.
const NEW_FIELD: &str =
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(New)/Rect[0 0 0 0]/V 51 0 R/AP<</N 52 0 R>>/P 3 0 R>>";
const SHELL: &str = "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>";

fn once(certify: Option<DocMdp>) -> (Authority, Vec<u8>) {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let field = FieldTarget::Existing("One".into());
    let once = signed(&pdf_of(&BASE), &SignOptions { certify, ..SignOptions::new(field, now()) }, &signer);
    assert_eq!(authority.verify(&once).verdict, Verdict::Valid);
    (authority, once)
}

fn changed(pdf: &[u8], authority: &Authority, objects: &[(u32, &str)], trailer: &str) -> Report {
    let objects: Vec<(u32, String)> =
        objects.iter().map(|&(number, body)| (number, body.to_owned())).collect();
    authority.verify(&with_increment(pdf, &objects, trailer))
}

/// A revision that signs in a new invisible field, and does `more`.
fn signing<'a>(form: &'a str, page: &'a str, more: &[(u32, &'a str)]) -> Vec<(u32, &'a str)> {
    let mut objects = vec![(5, form), (3, page), (50, NEW_FIELD), (51, SHELL), (52, BASE[10])];
    objects.extend_from_slice(more);
    objects
}

#[test]
fn an_object_that_serves_no_purpose_is_refused_unless_a_signature_left_it_behind() {
    let (authority, once) = once(None);
    let font = "<</Type/Font/Subtype/Type1/BaseFont/Courier>>";
    // A new title beside it is no purpose; nor is a circle of objects that lead to one another only.
    for (what, objects) in [
        ("alone", vec![(60, font)]),
        ("beside a title", vec![(8, "<</Title(Other)>>"), (60, font)]),
        ("in a circle", vec![(60, "<</Next 61 0 R>>"), (61, "<</Next 60 0 R>>")]),
    ] {
        let report = changed(&once, &authority, &objects, TRAILER);
        assert_eq!(report.changes, Changes::Forbidden, "{what}");
        assert!(report.reasons.contains(&Reason::ObjectUnused { object: 60, revision: 3 }), "{report:?}");
    }
    // What the title leads to has a use, however new it is.
    let report = changed(&once, &authority, &[(8, "<</Title 60 0 R>>"), (60, "(Other)")], TRAILER);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    let form = BASE[4].replace("7 0 R]", "7 0 R 50 0 R]");
    let page = BASE[2].replace("6 0 R]", "6 0 R 50 0 R]");
    let report = changed(&once, &authority, &signing(&form, &page, &[(60, font)]), TRAILER);
    assert_eq!(report.changes, Changes::Permitted, "{report:?}");
    let store = [(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/DSS 61 0 R>>"), (61, "<<>>"), (60, font)];
    assert_eq!(changed(&once, &authority, &store, TRAILER).changes, Changes::Permitted);
}

#[test]
fn an_empty_invisible_signature_field_is_added_only_where_nothing_was_certified() {
    let empty = NEW_FIELD.replace("/V 51 0 R/AP<</N 52 0 R>>", "");
    let form = BASE[4].replace("7 0 R]", "7 0 R 50 0 R]");
    for certify in [None, Some(DocMdp::NoChanges), Some(DocMdp::FormFilling), Some(DocMdp::Annotations)] {
        let (authority, once) = once(certify);
        let report = changed(&once, &authority, &[(5, &form), (50, &empty)], TRAILER);
        let expected = if certify.is_none() { Changes::Permitted } else { Changes::Forbidden };
        assert_eq!(report.changes, expected, "{certify:?}: {report:?}");
        // Signed at once it may be added, save to what permits nothing.
        let page = BASE[2].replace("6 0 R]", "6 0 R 50 0 R]");
        let report = changed(&once, &authority, &signing(&form, &page, &[]), TRAILER);
        let expected = match certify {
            Some(DocMdp::NoChanges) => Changes::Forbidden,
            _ => Changes::Permitted,
        };
        assert_eq!(report.changes, expected, "{certify:?}: {report:?}");
    }
}

/// Office programs leave an entry of their own in the trailer, and others count the number in it up with every save,
/// so that it names what the next revision brings.
#[test]
fn a_private_trailer_entry_may_lead_nowhere_and_to_nothing_new() {
    let (authority, once) = once(None);
    let form = BASE[4].replace("7 0 R]", "7 0 R 50 0 R]");
    let page = BASE[2].replace("6 0 R]", "6 0 R 50 0 R]");
    let entry = |number: u32| format!("{TRAILER}/AdditionalStreams[/application#2Fx {number} 0 R]");
    let first = with_increment(&once, &[(8, "<</Title(Other)>>".into())], &entry(50));
    assert_eq!(authority.verify(&first).verdict, Verdict::Valid);
    let second = changed(&first, &authority, &signing(&form, &page, &[]), &entry(53));
    assert_eq!(second.changes, Changes::Permitted, "{second:?}");
    // The same entry kept: what it names now appears behind it.
    let kept = changed(&first, &authority, &signing(&form, &page, &[]), &entry(50));
    assert!(kept.reasons.contains(&Reason::ObjectSlippedIn { object: 50, revision: 4 }), "{kept:?}");
    // An entry that is new and leads to something.
    let led = changed(&once, &authority, &[(60, BASE[3])], &entry(60));
    let reason = Reason::EntryChanged { key: "AdditionalStreams".into(), revision: 3 };
    assert!(led.reasons.contains(&reason), "{led:?}");
}

#[test]
fn the_name_of_an_xobject_in_the_forms_resources_follows_the_newest_signature() {
    let (authority, once) = once(None);
    let form = BASE[4].replace("7 0 R]", "7 0 R 50 0 R]");
    let page = BASE[2].replace("6 0 R]", "6 0 R 50 0 R]");
    let renewed = form.replace("/FRM 11 0 R", "/FRM 52 0 R");
    let report = changed(&once, &authority, &signing(&renewed, &page, &[]), TRAILER);
    assert_eq!(report.changes, Changes::Permitted, "{report:?}");
    for (what, form) in [
        ("an object that was there", form.replace("/FRM 11 0 R", "/FRM 12 0 R")),
        ("removed", form.replace("/FRM 11 0 R", "")),
        ("a font", form.replace("/F1 10 0 R", "/F1 52 0 R")),
    ] {
        let report = changed(&once, &authority, &signing(&form, &page, &[]), TRAILER);
        assert_eq!(report.changes, Changes::Forbidden, "{what}");
    }
    let unsigned = BASE[4].replace("/FRM 11 0 R", "/FRM 52 0 R");
    let report = changed(&once, &authority, &[(5, &unsigned), (52, BASE[10])], TRAILER);
    assert_eq!(report.changes, Changes::Forbidden, "without a signature");
}

#[test]
fn a_pages_resources_may_move_but_not_change() {
    let (authority, once) = once(Some(DocMdp::FormFilling));
    let page = BASE[2].replace("/Resources 9 0 R", "/Resources 60 0 R");
    let moved = |resources: &str| changed(&once, &authority, &[(3, &page), (60, resources)], TRAILER);
    assert_eq!(moved(BASE[8]).verdict, Verdict::Valid);
    for other in ["<</Font<</F1 11 0 R>>>>", "<</Font<</F1 10 0 R>>/XObject<</X 11 0 R>>>>", "<<>>", BASE[10]]
    {
        assert_eq!(moved(other).changes, Changes::Forbidden, "{other}");
    }
}

#[test]
fn what_the_form_draws_with_stays_also_where_a_list_of_it_has_a_number() {
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let mut bodies = BASE;
    bodies[4] = "<</Fields[6 0 R 7 0 R]/SigFlags 3/DR<</Font 9 0 R/ProcSet 12 0 R>>>>";
    bodies[2] =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>/Annots[6 0 R]>>";
    bodies[8] = "<</F1 10 0 R>>";
    bodies[11] = "[/PDF]";
    let field = FieldTarget::Existing("One".into());
    let once = signed(&pdf_of(&bodies), &SignOptions::new(field, now()), &signer);
    for (number, body, expected) in [
        (9, "<</F1 10 0 R/F2 60 0 R>>", Changes::Permitted),
        (9, "null", Changes::Forbidden),
        (9, "<</F1 60 0 R>>", Changes::Forbidden),
        (12, "[/PDF]", Changes::Permitted),
        (12, "[/Text]", Changes::Forbidden),
        (12, "null", Changes::Forbidden),
    ] {
        let report =
            changed(&once, &authority, &[(number, body), (8, "<</X 60 0 R>>"), (60, BASE[9])], TRAILER);
        assert_eq!(report.changes, expected, "{number} {body}: {report:?}");
    }
}

#[test]
fn entries_that_show_nothing_stay_dictionaries() {
    let (authority, once) = once(None);
    for (value, expected) in
        [("<<>>", Changes::Permitted), ("7", Changes::Forbidden), ("3 0 R", Changes::Permitted)]
    {
        for key in ["Extensions", "MarkInfo", "DSS"] {
            let root = format!("<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/{key} {value}>>");
            let report = changed(&once, &authority, &[(1, &root)], TRAILER);
            assert_eq!(report.changes, expected, "{key} {value}");
        }
    }
}

#[test]
fn a_prepared_field_that_no_page_shows_may_be_shown_when_it_is_signed() {
    let field = BASE[6].replace("/F 4", "/F 4/V 51 0 R/AP<</N 52 0 R>>");
    let page = BASE[2].replace("6 0 R]", "6 0 R 7 0 R]");
    let objects = [(7, field.as_str()), (3, &page), (51, SHELL), (52, BASE[10])];
    for (certify, expected) in [(None, Changes::Permitted), (Some(DocMdp::FormFilling), Changes::Forbidden)] {
        let (authority, once) = once(certify);
        let report = changed(&once, &authority, &objects, TRAILER);
        assert_eq!(report.changes, expected, "{certify:?}: {report:?}");
        let unsigned = changed(&once, &authority, &[(3, &page)], TRAILER);
        assert_eq!(unsigned.changes, Changes::Forbidden, "{certify:?}");
    }
}

/// A root that was issued a second time with other dates keeps its number, name and key.
#[test]
fn a_root_that_was_issued_twice_is_no_changed_copy() {
    let key = rcgen::KeyPair::generate().unwrap();
    let root = |until: i32| {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Root");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.serial_number = Some(7.into());
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        params.self_signed(&key).unwrap().der().to_vec()
    };
    let authority = Authority::new();
    let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
    let with = |more: [Vec<u8>; 2]| {
        let signer = TestSigner {
            chain: [signer.chain.clone(), more.to_vec()].concat(),
            ..authority.signer("An", signer.algorithm)
        };
        authority.verify(&signed(&prepared_pdf(), &performer_options(), &signer))
    };
    let report = with([root(2028), root(2032)]);
    assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
    let mut changed = root(2028);
    let at = find(&changed, "280101");
    changed[at + 1] = b'9';
    let report = with([changed, root(2032)]);
    assert_eq!((report.verdict, report.integrity), (Verdict::Invalid, Integrity::Altered), "{report:?}");
}
