//! What later revisions may call their own. A change is permitted to what belongs to validation data, document
//! information or an appearance *alone*; these files make more belong to them than does: by references that lead back
//! into the document, or by objects that are two things at once. None may pass, certified or not.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{Changes, DocMdp, FieldTarget, Report, SignOptions, SignatureAlgorithm, Verdict};
use support::*;

const BASE: [&str; 16] = [
    "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/PageLabels 15 0 R>>",
    "<</Type/Pages/Kids[3 0 R 14 0 R]/Count 2>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 12 0 R>>>>/Annots 13 0 R>>",
    "<</Length 9>>\nstream\nq /X Do Q\nendstream",
    "<</Fields[6 0 R 7 0 R 9 0 R 10 0 R]/SigFlags 3>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(One)/Rect[50 50 250 120]/F 4/P 3 0 R>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/Rect[300 50 500 120]/F 4/P 3 0 R>>",
    "<</Title(Copy)>>",
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(Note)/Rect[50 600 250 620]/F 4/P 3 0 R/A 16 0 R/AP<</N 11 0 R>>>>",
    "<</Type/Annot/Subtype/Widget/FT/Btn/Ff 65536/T(Push)/Rect[0 0 595 842]/F 4/P 3 0 R>>",
    "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</X 16 0 R>>/Length 0>>\nstream\n\nendstream",
    "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>/Length 3>>\nstream\nq Q\nendstream",
    "[6 0 R 7 0 R 9 0 R 10 0 R]",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>",
    "<</Nums[]>>",
    "<</S/URI/URI(http://xa.gov.vn)>>",
];
/// The second page's stream, drawn over.
const EVIL: &str = "<</Length 17>>\nstream\n0 0 595 842 re f \nendstream";

struct Room(Authority, TestSigner);

impl Room {
    fn new() -> Self {
        let authority = Authority::new();
        let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
        Self(authority, signer)
    }

    /// BASE with some bodies replaced, its field `One` signed.
    #[track_caller]
    fn signed(&self, other: &[(usize, &str)], certify: Option<DocMdp>) -> Vec<u8> {
        let mut bodies = BASE;
        other.iter().for_each(|&(number, body)| bodies[number - 1] = body);
        self.sign(&pdf_of(&bodies), certify)
    }

    #[track_caller]
    fn sign(&self, unsigned: &[u8], certify: Option<DocMdp>) -> Vec<u8> {
        let field = FieldTarget::Existing("One".into());
        let once = signed(unsigned, &SignOptions { certify, ..SignOptions::new(field, now()) }, &self.1);
        let report = self.0.verify(&once);
        assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
        once
    }

    #[track_caller]
    fn forbidden(&self, what: &str, pdf: &[u8]) -> Report {
        let report = self.0.verify(pdf);
        assert_eq!(
            (report.verdict, report.changes),
            (Verdict::Invalid, Changes::Forbidden),
            "{what}: {report:?}"
        );
        report
    }
}

fn with(pdf: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let objects: Vec<(u32, String)> =
        objects.iter().map(|&(number, body)| (number, body.to_owned())).collect();
    with_increment(pdf, &objects, TRAILER)
}

/// The catalogue as the signature left it, with one more entry.
fn catalogue(pdf: &[u8], entry: &str) -> String {
    let text = String::from_utf8_lossy(pdf).into_owned();
    let body = text.rsplit("\n1 0 obj\n").next().unwrap().split("\nendobj").next().unwrap();
    format!("{}{entry}>>", body.strip_suffix(">>").unwrap())
}

/// First an increment that is permitted leads from something free to the pages; then the pages are changed.
#[test]
fn a_reference_back_into_the_document_makes_nothing_free() {
    let room = Room::new();
    for certify in [None, Some(DocMdp::NoChanges), Some(DocMdp::FormFilling)] {
        let once = room.signed(&[], certify);
        for target in ["1 0 R", "2 0 R", "3 0 R", "4 0 R", "0 0 R", "4294967295 0 R", "13 0 R", "50 0 R"] {
            let (dss, extensions, marks) = (
                catalogue(&once, &format!("/DSS<</Certs[{target}]>>")),
                catalogue(&once, &format!("/Extensions<</X {target}>>")),
                catalogue(&once, &format!("/MarkInfo<</X {target}>>")),
            );
            let information = format!("<</Title(Copy)/X {target}/Y 8 0 R>>");
            for (number, body) in [(8, &information), (1, &dss), (1, &extensions), (1, &marks)] {
                let led = with(&once, &[(number, body)]);
                for change in [
                    (4, EVIL),
                    (2, "<</Type/Pages/Kids[14 0 R]/Count 1>>"),
                    (14, BASE[13].replace("4 0 R", "12 0 R").as_str()),
                    (15, "<</Nums[0<</S/r>>]>>"),
                ] {
                    room.forbidden(&format!("{body} then {change:?}"), &with(&led, &[change]));
                }
            }
        }
    }
}

#[test]
fn information_and_validation_data_of_their_own_may_change() {
    let room = Room::new();
    let once = room.signed(&[], Some(DocMdp::NoChanges));
    let stored = with(&once, &[(1, &catalogue(&once, "/DSS 50 0 R")), (50, "<</Certs 51 0 R>>"), (51, "[]")]);
    let grown = with(&stored, &[(51, "[52 0 R]"), (52, "<</Length 0>>\nstream\n\nendstream")]);
    let titled = with(&grown, &[(8, "<</Title 53 0 R>>"), (53, "(One)")]);
    let again = with(&titled, &[(53, "(Two)")]);
    let report = room.0.verify(&again);
    assert_eq!((report.verdict, report.changes), (Verdict::Valid, Changes::Permitted), "{report:?}");
}

/// An action that the widget and its appearance share is not a part of the appearance.
#[test]
fn what_a_widget_uses_otherwise_is_no_part_of_its_appearance() {
    let room = Room::new();
    let once = room.signed(&[], None);
    let filled = BASE[8].replace("/F 4", "/F 4/V(x)");
    let report = room.0.verify(&with(&once, &[(9, &filled), (11, BASE[11])]));
    assert_eq!(report.changes, Changes::Permitted, "{report:?}");
    room.forbidden("action", &with(&once, &[(9, &filled), (16, "<</S/JavaScript/JS(1)>>")]));
}

#[test]
fn a_button_without_a_value_is_not_filled() {
    let room = Room::new();
    let once = room.signed(&[], Some(DocMdp::FormFilling));
    let pushed = BASE[9].replace("/F 4", "/F 4/V(x)/AP<</N 50 0 R>>");
    room.forbidden("push button", &with(&once, &[(10, &pushed), (50, BASE[11])]));
}

/// The object that stood for the catalogue, the form or a list is given up for a fresh one, and then changed: for
/// whoever uses it as something else too.
#[test]
fn what_is_given_up_keeps_its_content() {
    let room = Room::new();
    let once = room.signed(&[(14, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 1 0 R>>")], None);
    let moved = [(50, catalogue(&once, "")), (1, "<</XObject<</X 12 0 R>>>>".to_owned())];
    room.forbidden("catalogue", &with_increment(&once, &moved, "/Root 50 0 R/Info 8 0 R"));
    let once = room.signed(&[(14, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 5 0 R>>")], None);
    let root = catalogue(&once, "").replace("/AcroForm 5 0 R", "/AcroForm 50 0 R");
    room.forbidden("form", &with(&once, &[(1, &root), (50, BASE[4]), (5, "<</XObject<</X 12 0 R>>>>")]));
    let once = room.signed(&[(14, "<</Type/Page/Parent 2 0 R/Contents 13 0 R/Resources<<>>>>")], None);
    let page = BASE[2].replace("13 0 R", "50 0 R");
    room.forbidden("list", &with(&once, &[(3, &page), (50, BASE[12]), (13, "[12 0 R]")]));
}

/// Streams that call themselves a cross-reference stream and are drawn.
#[test]
fn a_table_that_is_drawn_is_content() {
    let room = Room::new();
    let typed = BASE[3].replace("<<", "<</Type/XRef");
    let once = room.signed(&[(4, &typed)], None);
    room.forbidden("drawn", &with(&once, &[(4, &EVIL.replace("<<", "<</Type/XRef"))]));
    let shown = BASE[11].replace("/Type/XObject", "/Type/XRef").replace("<<>>", "<</XObject<</Y 60 0 R>>>>");
    let once = room.signed(&[(12, &shown)], None);
    let store = catalogue(&once, "/DSS<</Certs[]>>");
    room.forbidden("slipped in", &with(&once, &[(1, &store), (60, BASE[10])]));
}

/// The page lies in an object stream that looks like validation data.
#[test]
fn an_object_stream_is_nobodys_to_change() {
    let room = Room::new();
    let packed = |content: u32| {
        let page = format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R>>");
        let data = format!("3 0 {page}");
        format!("<</Type/ObjStm/N 1/First 4/Length {}>>\nstream\n{data}\nendstream", data.len())
    };
    let stream = packed(4);
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>/DSS<</Certs[6 0 R]>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "",
        BASE[3],
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(One)/Rect[0 0 0 0]/F 4/P 3 0 R>>",
        &stream,
        BASE[11],
    ];
    let mut pdf = b"%PDF-1.5\n".to_vec();
    let mut rows = vec![0; 4];
    for (number, body) in (1..).zip(bodies) {
        if body.is_empty() {
            rows.extend([2, 0, 6, 0]);
            continue;
        }
        rows.extend([1, (pdf.len() >> 8) as u8, pdf.len() as u8, 0]);
        pdf.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let at = pdf.len();
    rows.extend([1, (at >> 8) as u8, at as u8, 0]);
    let head = format!("8 0 obj\n<</Type/XRef/W[1 2 1]/Size 9/Root 1 0 R/Length {}>>\nstream\n", rows.len());
    let tail = format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n");
    let unsigned = [pdf.as_slice(), head.as_bytes(), &rows, tail.as_bytes()].concat();
    let once = room.sign(&unsigned, None);
    let attacked = with_increment(&once, &[(6, packed(7))], "/Root 1 0 R");
    room.forbidden("object stream", &attacked);
}

/// At P = 1 nothing is signed any more; what only calls itself a document timestamp is none.
#[test]
fn a_signature_in_the_guise_of_a_timestamp_is_not_permitted() {
    let room = Room::new();
    let stamp = "<</Type/DocTimeStamp/SubFilter/ETSI.RFC3161/ByteRange[0 1 2 3]/Contents<00>>>";
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(New)/Rect[0 0 0 0]/V 51 0 R/P 3 0 R>>";
    let form = BASE[4].replace("10 0 R]", "10 0 R 50 0 R]");
    let once = room.signed(&[], Some(DocMdp::NoChanges));
    let changes = |objects: &[(u32, &str)]| room.0.verify(&with(&once, objects)).changes;
    assert_eq!(changes(&[(5, &form), (50, field), (51, stamp)]), Changes::Permitted);
    let guise = stamp.replace("RFC3161", "CAdES.detached");
    assert_eq!(changes(&[(5, &form), (50, field), (51, &guise)]), Changes::Forbidden);
    let seen = BASE[6].replace("/F 4", "/F 4/V 51 0 R/AP<</N 12 0 R>>");
    assert_eq!(changes(&[(7, &seen), (51, stamp)]), Changes::Forbidden, "a field that can be seen");
}

#[test]
fn a_new_signature_field_brings_a_widget_and_no_action() {
    let room = Room::new();
    let shell = "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>";
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(New)/Rect[0 0 9 9]/V 51 0 R/P 3 0 R>>";
    let form = BASE[4].replace("10 0 R]", "10 0 R 50 0 R]");
    let once = room.signed(&[], None);
    let changes = |field: &str| room.0.verify(&with(&once, &[(5, &form), (50, field), (51, shell)])).changes;
    assert_eq!(changes(field), Changes::Permitted);
    for (from, to) in [
        ("/Widget", "/FreeText"),
        ("/V", "/AA<</PO<</S/JavaScript/JS(1)>>>>/V"),
        ("/V", "/A<</S/URI/URI(http://x)>>/V"),
    ] {
        assert_eq!(changes(&field.replace(from, to)), Changes::Forbidden, "{to}");
    }
}

/// Programs that know hybrid files see the page; the others see that its object is free.
#[test]
fn an_object_that_only_some_programs_see_is_removed() {
    let room = Room::new();
    let once = room.signed(&[], None);
    let page = once.windows(8).position(|bytes| bytes == b"\n3 0 obj").unwrap() + 1;
    let stream = once.len();
    let [high, low] = u16::try_from(page).unwrap().to_be_bytes();
    let (from, size) = (startxref(&once), 60);
    let head =
        format!("50 0 obj\n<</Type/XRef/W[1 2 1]/Index[3 1]/Size {size}/Root 1 0 R/Length 4>>\nstream\n");
    let hidden = [head.as_bytes(), &[1, high, low, 0], b"\nendstream\nendobj\n"].concat();
    let increment = |table: &str| {
        let section = stream + hidden.len();
        let trailer = format!("<</Size {size}/Root 1 0 R/Info 8 0 R/Prev {from}/XRefStm {stream}>>");
        let tail = format!("xref\n{table}trailer\n{trailer}\nstartxref\n{section}\n%%EOF\n");
        [once.as_slice(), &hidden, tail.as_bytes()].concat()
    };
    let report = room.0.verify(&increment("0 0\n"));
    assert_eq!(report.changes, Changes::Permitted, "{report:?}");
    room.forbidden("hidden", &increment("3 1\n0000000000 00000 f\r\n"));
}

/// A reader that goes by the book does not see objects from /Size on.
#[test]
fn no_smaller_size_hides_what_was_signed() {
    let room = Room::new();
    let once = room.signed(&[], None);
    let titled = with(&once, &[(8, "<</Title(Other)>>")]);
    assert_eq!(room.0.verify(&titled).verdict, Verdict::Valid);
    let at = titled.len() - find(&titled.iter().rev().copied().collect::<Vec<u8>>(), "eziS/") - 5;
    let smaller = [&titled[..at], b"/Size 4  ", &titled[at + "/Size 100".len()..]].concat();
    room.forbidden("smaller", &smaller);
}

/// Something stands before the header: of two tables, programs find the one from where they count.
#[test]
fn a_file_in_which_two_tables_can_be_found_is_not_compared() {
    let room = Room::new();
    let lead = "%lead\n".len();
    // The header moves within the comment that follows it, so that no offset changes.
    let pdf = [b"%lead\n%PDF-1.7\n".as_slice(), &pdf_of(&BASE)["%PDF-1.7\n%----\n".len()..]].concat();
    assert_eq!(startxref(&pdf), startxref(&pdf_of(&BASE)));
    let once = room.sign(&pdf, None);
    let (section, from) = (once.len(), startxref(&once));
    let increment = |table: &str| {
        let trailer = format!("<</Size 60/Root 1 0 R/Info 8 0 R/Prev {from}>>");
        let tail = format!("xref\n{table}trailer\n{trailer}\nstartxref\n{section}\n%%EOF\n");
        room.0.verify(&[once.as_slice(), tail.as_bytes()].concat())
    };
    assert_eq!(increment("0 0\n").verdict, Verdict::Valid);
    let two = increment(&format!("%{}xref\n0 0\n", "-".repeat(lead - "xref\n%".len())));
    assert_eq!((two.verdict, two.changes), (Verdict::Invalid, Changes::Unknown), "{two:?}");
}

/// The form's defaults draw fields that are there already: they may be given where none were, never changed.
#[test]
fn the_forms_default_appearance_is_given_once_and_never_changed() {
    let room = Room::new();
    let form = |entry: &str| format!("<</Fields[6 0 R 7 0 R 9 0 R 10 0 R]/SigFlags 3{entry}>>");
    let filled = "<</Type/Annot/Subtype/Widget/FT/Tx/T(Note)/Rect[50 600 250 620]/F 4/P 3 0 R/A 16 0 R/AP<</N 11 0 R>>/V(x)/DA(/F 9 Tf)>>";
    for (entry, other) in [("/DA(/F 9 Tf)", "/DA(/F 1 Tf 1 g)"), ("/Q 0", "/Q 2")] {
        let given = form(entry);
        for certify in [None, Some(DocMdp::FormFilling)] {
            let once = room.signed(&[], certify);
            let report = room.0.verify(&with(&once, &[(5, &given), (9, filled)]));
            assert_eq!(report.verdict, Verdict::Valid, "{entry}: {report:?}");
            let once = room.signed(&[(5, &given)], certify);
            for later in [form(other), form("")] {
                room.forbidden(entry, &with(&once, &[(5, &later), (9, filled)]));
            }
        }
        let once = room.signed(&[], Some(DocMdp::NoChanges));
        room.forbidden(entry, &with(&once, &[(5, &given)]));
    }
}

/// One appearance out of several is how a button shows its value; a text field has no such choice.
#[test]
fn only_buttons_switch_their_appearance() {
    let room = Room::new();
    let field = |kind: &str, value: &str, state: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget{kind}/T(Note)/Rect[50 600 250 620]/F 4/P 3 0 R\
             /AP<</N<</Off 11 0 R/On 12 0 R>>>>{value}/AS/{state}>>"
        )
    };
    let (text, button) = ("/FT/Tx", "/FT/Btn");
    for certify in [None, Some(DocMdp::FormFilling)] {
        let once = room.signed(&[(9, &field(text, "/V(Off)", "Off"))], certify);
        room.forbidden("a text field", &with(&once, &[(9, &field(text, "/V(On)", "On"))]));
        let once = room.signed(&[(9, &field(button, "/V/Off", "Off"))], certify);
        let report = room.0.verify(&with(&once, &[(9, &field(button, "/V/On", "On"))]));
        assert_eq!(report.verdict, Verdict::Valid, "a check box: {report:?}");
    }
    let once = room.signed(&[(9, &field(button, "/V/Off", "Off"))], Some(DocMdp::NoChanges));
    room.forbidden("nothing may change", &with(&once, &[(9, &field(button, "/V/On", "On"))]));
}
