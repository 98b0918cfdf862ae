//! Attacks on signed files by the published recipes ("1 Trillion Dollar Refund": universal forgery, incremental
//! saving, signature wrapping; "Shadow Attacks"; "Breaking the Specification": certified files), each against a file
//! that is accepted before. None may pass, and none may be called unsigned.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use mocban_pades::{
    Changes, DocMdp, FieldTarget, Integrity, Report, SignOptions, SignatureAlgorithm, Verdict, VerifyOptions,
    verify,
};
use support::*;

/// A page with text, a form field, a hidden layer of content that nothing shows, and room for two signatures.
const BASE: [&str; 19] = [
    "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/OCProperties 13 0 R>>",
    "<</Type/Pages/Kids[3 0 R 14 0 R]/Count 2>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 15 0 R/Annots[6 0 R 7 0 R 9 0 R]>>",
    "<</Length 46>>\nstream\nBT /F1 12 Tf 50 700 Td (Tra 100) Tj ET /X1 Do \nendstream",
    "<</Fields[6 0 R 7 0 R 9 0 R 18 0 R]/SigFlags 3/DA(/F1 0 Tf)/DR<</Font<</F1 10 0 R>>>>>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(One)/Rect[50 50 250 120]/F 4/P 3 0 R>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/Rect[300 50 500 120]/F 4/P 3 0 R>>",
    "<</Title(Copy)>>",
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(Note)/Rect[50 600 250 620]/F 4/P 3 0 R/V(duoc)/DA(/F1 9 Tf)/AP 16 0 R>>",
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    "<</Type/XObject/Subtype/Form/BBox[0 0 200 20]/Length 26/Resources<</Font<</F1 10 0 R>>>>>>\nstream\nBT /F1 9 Tf (duoc) Tj ET   \nendstream",
    "<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length 22>>\nstream\n1 g 0 0 595 842 re f   \nendstream",
    "<</OCGs[]/D<<>>>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>",
    "<</Font<</F1 10 0 R>>/XObject<</X1 12 0 R>>>>",
    "<</N 11 0 R>>",
    "<</Type/Pages/Kids[14 0 R]/Count 1>>",
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(Other)/Rect[0 0 0 0]/F 4/DA(/F1 9 Tf)/AP 16 0 R>>",
    "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>",
];

fn base() -> Vec<u8> {
    pdf_of(&BASE)
}

struct Room {
    authority: Authority,
    signer: TestSigner,
}

impl Room {
    fn new() -> Self {
        let authority = Authority::new();
        let signer = authority.signer("An", SignatureAlgorithm::EcdsaP256Sha256);
        Self { authority, signer }
    }

    fn signed(&self, unsigned: &[u8], certify: Option<DocMdp>) -> Vec<u8> {
        let field = FieldTarget::Existing("One".into());
        let options =
            SignOptions { certify, appearance: Some(appearance()), ..SignOptions::new(field, now()) };
        let once = signed(unsigned, &options, &self.signer);
        let report = self.authority.verify(&once);
        assert_eq!(report.verdict, Verdict::Valid, "{report:?}");
        once
    }

    #[track_caller]
    fn refused(&self, what: &str, attacked: &[u8]) -> Report {
        let report = self.authority.verify(attacked);
        assert_eq!(report.verdict, Verdict::Invalid, "{what}: {report:?}");
        assert!(!report.reasons.is_empty(), "{what}");
        // Without anchors nobody may read a better answer out of it either.
        let blind = verify(attacked, &VerifyOptions { trust: &[], at: now() });
        assert_eq!(blind.verdict, Verdict::Invalid, "{what}: {blind:?}");
        report
    }
}

fn increment(pdf: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let objects: Vec<(u32, String)> =
        objects.iter().map(|(number, body)| (*number, (*body).into())).collect();
    with_increment(pdf, &objects, TRAILER)
}

fn stream(dict: &str, data: &str) -> String {
    format!("<<{dict}/Length {}>>\nstream\n{data}\nendstream", data.len())
}

fn text(content: &str) -> String {
    stream("", &format!("BT /F1 12 Tf 50 700 Td ({content}) Tj ET"))
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = find(bytes, from);
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

/// What later revisions must not do, whether the signature certifies or not.
fn forbidden_changes() -> Vec<(&'static str, Vec<(u32, String)>)> {
    let page = BASE[2];
    let with_annotation = page.replace("9 0 R]", "9 0 R 50 0 R]");
    let catalog = BASE[0];
    let evil = text("Tra 999");
    let own = |bodies: &[(u32, &str)]| -> Vec<(u32, String)> {
        bodies.iter().map(|(number, body)| (*number, (*body).to_owned())).collect()
    };
    vec![
        ("incremental saving: content", own(&[(4, &evil)])),
        (
            "incremental saving: another content object",
            own(&[(3, &page.replace("4 0 R", "50 0 R")), (50, &evil)]),
        ),
        ("incremental saving: pages", own(&[(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")])),
        ("page order", own(&[(2, "<</Type/Pages/Kids[14 0 R 3 0 R]/Count 2>>")])),
        ("page added", own(&[(2, "<</Type/Pages/Kids[3 0 R 14 0 R 50 0 R]/Count 3>>"), (50, BASE[13])])),
        ("page count alone", own(&[(2, "<</Type/Pages/Kids[3 0 R 14 0 R]/Count 1>>")])),
        ("page turned", own(&[(3, &page.replace("/Contents", "/Rotate 180/Contents"))])),
        ("page cropped", own(&[(3, &page.replace("/Contents", "/CropBox[0 0 9 9]/Contents"))])),
        (
            "shadow hide: overlay emptied",
            own(&[(12, &stream("/Type/XObject/Subtype/Form/BBox[0 0 0 0]", ""))]),
        ),
        ("shadow hide: overlay removed", own(&[(12, "null")])),
        ("shadow hide: resources", own(&[(15, "<</Font<</F1 10 0 R>>/XObject<<>>>>")])),
        ("shadow replace: font", own(&[(10, BASE[18])])),
        ("shadow replace: font resources", own(&[(15, "<</Font<</F1 19 0 R>>/XObject<</X1 12 0 R>>>>")])),
        ("shadow replace: the form's font", own(&[(5, &BASE[4].replace("10 0 R", "19 0 R"))])),
        ("shadow hide and replace: other pages", own(&[(1, &catalog.replace("/Pages 2 0", "/Pages 17 0"))])),
        ("layers", own(&[(13, "<</OCGs[]/D<</BaseState/OFF>>>>")])),
        ("open action", own(&[(1, &catalog.replace(">>", "/OpenAction<</S/JavaScript/JS(1)>>>>"))])),
        ("additional actions", own(&[(1, &catalog.replace(">>", "/AA<</WC<</S/JavaScript/JS(1)>>>>>>"))])),
        ("needed appearances", own(&[(5, &BASE[4].replace("/SigFlags", "/NeedAppearances true/SigFlags"))])),
        (
            "free text over the page",
            own(&[
                (3, &with_annotation),
                (50, "<</Type/Annot/Subtype/FreeText/Rect[0 0 595 842]/Contents(x)>>"),
            ]),
        ),
        (
            "stamp over the page",
            own(&[
                (3, &with_annotation),
                (50, "<</Type/Annot/Subtype/Stamp/Rect[0 0 595 842]/AP<</N 12 0 R>>>>"),
            ]),
        ),
        ("annotations removed", own(&[(3, &page.replace("/Annots[6 0 R 7 0 R 9 0 R]", ""))])),
        (
            "an annotation moved to another page",
            own(&[(14, &BASE[13].replace("/Contents", "/Annots[9 0 R]/Contents"))]),
        ),
        (
            "a text field added",
            own(&[
                (5, &BASE[4].replace("18 0 R]", "18 0 R 50 0 R]")),
                (3, &with_annotation),
                (50, "<</Type/Annot/Subtype/Widget/FT/Tx/T(New)/Rect[50 690 250 710]/V(9)/P 3 0 R>>"),
            ]),
        ),
        ("a field moved", own(&[(9, &BASE[8].replace("[50 600 250 620]", "[50 690 250 710]"))])),
        ("a field hidden", own(&[(9, &BASE[8].replace("/F 4", "/F 2"))])),
        ("a field made a link", own(&[(9, &BASE[8].replace("/F 4", "/F 4/A<</S/URI/URI(http://x)>>"))])),
        ("a field of another kind", own(&[(9, &BASE[8].replace("/FT/Tx", "/FT/Btn"))])),
        ("a field renamed", own(&[(9, &BASE[8].replace("(Note)", "(Nota)"))])),
        ("a field removed", own(&[(5, &BASE[4].replace(" 9 0 R", ""))])),
        ("an appearance that two fields share", own(&[(16, "<</N 50 0 R>>"), (50, &text("khac"))])),
        (
            "the empty signature field moved",
            own(&[(7, &BASE[6].replace("[300 50 500 120]", "[0 0 595 842]"))]),
        ),
        (
            "an appearance for the empty signature field",
            own(&[(7, &BASE[6].replace("/F 4", "/F 4/AP<</N 50 0 R>>")), (50, &text("Tra 999"))]),
        ),
        (
            "a value that is no signature",
            own(&[(7, &BASE[6].replace("/F 4", "/F 4/V 50 0 R")), (50, "<</Type/Sig>>")]),
        ),
        ("the information replaced by content", own(&[(8, &evil)])),
        (
            "a field that shows something else than its value",
            own(&[(9, &BASE[8].replace("/AP 16 0 R", "/AP<</N 50 0 R>>")), (50, &text("khong"))]),
        ),
        ("the form removed", own(&[(1, &catalog.replace("/AcroForm 5 0 R", ""))])),
        ("the form replaced", own(&[(5, "<</Fields[]>>")])),
    ]
}

#[test]
fn no_later_revision_changes_what_was_signed() {
    let room = Room::new();
    for certify in [None, Some(DocMdp::NoChanges), Some(DocMdp::FormFilling), Some(DocMdp::Annotations)] {
        let once = room.signed(&base(), certify);
        // The increment of the signature replaced the field and perhaps the catalogue: attacks keep what they hold.
        for (what, objects) in forbidden_changes() {
            if certify.is_some() && objects.iter().any(|(number, _)| *number == 1) {
                continue; // /Perms stands in the catalogue; see below
            }
            let report = room.refused(what, &with_increment(&once, &objects, TRAILER));
            assert_eq!(report.signatures[0].integrity, Integrity::Intact, "{what}");
            assert_eq!(report.changes, Changes::Forbidden, "{what}: {report:?}");
        }
    }
}

#[test]
fn filling_a_field_is_permitted_unless_all_change_is_forbidden() {
    let room = Room::new();
    let filled = [
        (9, BASE[8].replace("(duoc)", "(khong)").replace("/AP 16 0 R", "/AP<</N 50 0 R>>")),
        (50, stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]", "BT (khong) Tj ET")),
    ];
    for (certify, expected) in [
        (None, Changes::Permitted),
        (Some(DocMdp::NoChanges), Changes::Forbidden),
        (Some(DocMdp::FormFilling), Changes::Permitted),
        (Some(DocMdp::Annotations), Changes::Permitted),
    ] {
        // The appearance of this field is its own.
        let unsigned = replace(
            &base(),
            "/DA(/F1 9 Tf)/AP 16 0 R>>\nendobj\n10 0",
            "/DA(/F1 9 Tf)          >>\nendobj\n10 0",
        );
        let filled: Vec<(u32, String)> = filled.to_vec();
        let report =
            room.authority.verify(&with_increment(&room.signed(&unsigned, certify), &filled, TRAILER));
        assert_eq!(report.changes, expected, "{certify:?} {report:?}");
    }
}

/// Increments that lack a part: readers that repair would show the new content.
#[test]
fn incremental_saving_without_its_parts_is_refused() {
    let room = Room::new();
    let once = room.signed(&base(), None);
    let evil = format!("4 0 obj\n{}\nendobj\n", text("Tra 999"));
    let previous = startxref(&once);
    let section = once.len() + evil.len();
    let table = format!("xref\n4 1\n{:010} 00000 n\r\n", once.len());
    let trailer = format!("trailer\n<</Size 60/Root 1 0 R/Info 8 0 R/Prev {previous}>>\n");
    for (what, tail) in [
        ("body alone", evil.clone()),
        ("body as a comment", format!("%{evil}")),
        ("trailer without a table", format!("{evil}{trailer}startxref\n{previous}\n%%EOF\n")),
        ("table without a trailer", format!("{evil}{table}startxref\n{section}\n%%EOF\n")),
        ("no end of file", format!("{evil}{table}{trailer}startxref\n{section}\n")),
        ("no startxref", format!("{evil}{table}{trailer}%%EOF\n")),
        ("old startxref", format!("{evil}{table}{trailer}startxref\n{previous}\n%%EOF\n")),
        ("startxref zero", format!("{evil}{table}{trailer}startxref\n0\n%%EOF\n")),
        ("old startxref again", format!("{evil}startxref\n{previous}\n%%EOF\n")),
        (
            "no previous section",
            format!("{evil}{table}trailer\n<</Size 60/Root 1 0 R>>\nstartxref\n{section}\n%%EOF\n"),
        ),
        (
            "previous section is itself",
            format!(
                "{evil}{table}trailer\n<</Size 60/Root 1 0 R/Prev {section}>>\nstartxref\n{section}\n%%EOF\n"
            ),
        ),
        (
            "comments everywhere",
            format!("{evil}%\n{table}%%EOF\n{trailer}%startxref 0\nstartxref\n{section}\n%%EOF\n"),
        ),
        ("an object nobody names", format!("{evil}xref\n0 0\n{trailer}startxref\n{section}\n%%EOF\n")),
        (
            "an object named as free",
            format!("{evil}xref\n4 1\n0000000000 00001 f\r\n{trailer}startxref\n{section}\n%%EOF\n"),
        ),
        (
            "a new generation",
            format!(
                "{}{}{trailer}startxref\n{section}\n%%EOF\n",
                evil.replace("4 0 obj", "4 1 obj"),
                table.replace("00000 n", "00001 n")
            ),
        ),
    ] {
        room.refused(what, &[once.as_slice(), tail.as_bytes()].concat());
    }
}

/// The objects of the hidden document stand in the signed bytes; the increment only points there.
#[test]
fn hide_and_replace_by_the_table_alone_is_refused() {
    let room = Room::new();
    let hidden = format!("4 0 obj\n{}\nendobj\n", text("Tra 999"));
    let unsigned = base();
    let at = find(&unsigned, "xref\n0 20");
    let shadow = [&unsigned[..at], hidden.as_bytes(), &unsigned[at..]].concat();
    let shadow = replace(&shadow, &format!("startxref\n{at}"), &format!("startxref\n{}", at + hidden.len()));
    let once = room.signed(&shadow, None);
    let section = once.len();
    let previous = startxref(&once);
    let tail = format!(
        "xref\n4 1\n{at:010} 00000 n\r\ntrailer\n<</Size 60/Root 1 0 R/Info 8 0 R/Prev {previous}>>\nstartxref\n{section}\n%%EOF\n"
    );
    let report = room.refused("table alone", &[once.as_slice(), tail.as_bytes()].concat());
    assert_eq!(report.changes, Changes::Forbidden, "{report:?}");
    // The same by a trailer that names another catalogue.
    let report = room.refused(
        "another catalogue",
        &with_increment(&once, &[(50, BASE[0].replace("/Pages 2", "/Pages 17"))], "/Root 50 0 R"),
    );
    assert_eq!(report.changes, Changes::Forbidden, "{report:?}");
}

fn entry<'a>(bytes: &'a [u8], key: &str, end: char) -> (usize, &'a str) {
    let at = find(bytes, key) + key.len();
    let length = bytes[at..].iter().position(|&byte| byte == end as u8).unwrap() + 1;
    (at, std::str::from_utf8(&bytes[at..at + length]).unwrap())
}

/// Puts `value` where the entry `key` had its value, without moving any byte.
fn with_entry(bytes: &[u8], key: &str, end: char, value: &str) -> Option<Vec<u8>> {
    let (at, old) = entry(bytes, key, end);
    let room = old.len();
    let filled = format!("{value:room$}");
    (filled.len() == room).then(|| [&bytes[..at], filled.as_bytes(), &bytes[at + room..]].concat())
}

#[test]
fn universal_forgery_is_refused_by_name() {
    let room = Room::new();
    let once = room.signed(&base(), None);
    let evil = increment(&once, &[(4, &text("Tra 999"))]);
    let (_, range) = entry(&once, "/ByteRange ", ']');
    let whole = format!("[0 {} 0 0]", once.len());
    let ranges = [
        "null",
        "[]",
        "[0]",
        "[null null null null]",
        "[0 0 0 0]",
        "[-1 -1 -1 -1]",
        "[0 -1 0 -1]",
        "[0 1 2 3]",
        "[0 0 0 99999]",
        "()",
        "0",
        "[0 10 20 10 30 40]",
        &whole,
        "<<>>",
        "[0 . 1 2]",
        "[(0) (1) (2) (3)]",
    ];
    for file in [&once, &evil] {
        for value in ranges {
            if let Some(forged) = with_entry(file, "/ByteRange ", ']', value) {
                let report = room.refused(value, &forged);
                assert!(report.integrity > Integrity::Intact, "{value}: {report:?}");
            }
        }
        let forged = with_entry(file, "/ByteRange ", ']', range).unwrap().clone();
        let forged = replace(&forged, "/ByteRange", "/ByteRang_");
        assert!(room.refused("no range", &forged).integrity > Integrity::Intact);
        for value in ["null", "<>", "<00>", "()", "(0)", "0", "<3000>", "<30>", "[]", "<<>>", "99 0 R"] {
            let forged = with_entry(file, "/Contents ", '>', value).unwrap();
            let report = room.refused(value, &forged);
            assert!(report.integrity > Integrity::Intact, "{value}: {report:?}");
        }
        let (at, digits) = entry(file, "/Contents ", '>');
        let zeros = format!("<{}>", "0".repeat(digits.len() - 2));
        let forged = [&file[..at], zeros.as_bytes(), &file[at + digits.len()..]].concat();
        assert!(room.refused("zeros", &forged).integrity > Integrity::Intact);
    }
}

/// The signed second half is moved behind new objects; the range is rewritten to find it there.
#[test]
fn signature_wrapping_is_refused() {
    let room = Room::new();
    let once = room.signed(&base(), None);
    let (at, contents) = entry(&once, "/Contents ", '>');
    let gap_end = at + contents.len();
    let evil = format!("4 0 obj\n{}\nendobj\n", text("Tra 999"));
    // The gap grows: new objects stand between the value and the second half.
    let moved = [&once[..gap_end], b">>\nendobj\n", evil.as_bytes(), &once[gap_end..]].concat();
    room.refused("second half moved", &moved);
    // A second copy of the dictionary with other ranges stands in the gap.
    let length = once.len() - gap_end;
    let second = moved.len() - length;
    let forged = with_entry(&moved, "/ByteRange ", ']', &format!("[0 {at} {second} {length}]")).unwrap();
    room.refused("ranges rewritten", &forged);
    // The gap of the original stays; the file goes on with a catalogue of its own.
    let tail = increment(&once, &[(4, &text("Tra 999")), (6, BASE[5])]);
    room.refused("signed object replaced", &tail);
}

#[test]
fn one_signature_in_several_fields_is_refused() {
    let room = Room::new();
    let once = room.signed(&base(), None);
    let value = entry(&once, "/V ", 'R').1.to_owned();
    let shared = BASE[6].replace("/F 4", &format!("/F 4/V {value}"));
    room.refused("the same object", &increment(&once, &[(7, &shared)]));
    // A copy of the dictionary keeps the range of the first.
    let from = find(&once, "/ByteRange");
    let (at, contents) = entry(&once, "/Contents ", '>');
    let range = entry(&once, "/ByteRange ", ']').1;
    assert!(from > 0 && at > 0);
    let copy = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange {range}/Contents {contents}>>"
    );
    let copied = BASE[6].replace("/F 4", "/F 4/V 50 0 R");
    room.refused("a copy", &increment(&once, &[(7, &copied), (50, &copy)]));
}

#[test]
fn certified_files_take_no_annotation_and_no_visible_new_signature() {
    let room = Room::new();
    for certify in [DocMdp::NoChanges, DocMdp::FormFilling, DocMdp::Annotations] {
        let once = room.signed(&base(), Some(certify));
        let page = BASE[2].replace("9 0 R]", "9 0 R 50 0 R]");
        for kind in ["FreeText", "Redact", "Stamp", "Ink", "Square", "Highlight", "Text", "Link", "Widget"] {
            let annotation = format!("<</Type/Annot/Subtype/{kind}/Rect[0 0 595 842]/Contents(x)>>");
            let report = room.refused(kind, &increment(&once, &[(3, &page), (50, &annotation)]));
            assert_eq!(report.changes, Changes::Forbidden, "{kind}: {report:?}");
        }
        // Sneaky signature: a new field whose appearance covers the page, empty or with anything for a value.
        let form = BASE[4].replace("18 0 R]", "18 0 R 50 0 R]");
        for value in ["", "/V 52 0 R"] {
            let field = format!(
                "<</Type/Annot/Subtype/Widget/FT/Sig/T(Evil)/Rect[0 0 595 842]/AP<</N 51 0 R>>/P 3 0 R{value}>>"
            );
            let attacked = increment(
                &once,
                &[
                    (3, &page),
                    (5, &form),
                    (50, &field),
                    (51, &text("x")),
                    (52, "<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>"),
                ],
            );
            let report = room.refused("sneaky signature", &attacked);
            assert_eq!(report.changes, Changes::Forbidden, "{report:?}");
        }
    }
}

/// Files on which a reader could run for ever, or out of memory.
#[test]
fn circles_and_bombs_end() {
    let circles: [(&str, u32, &str); 8] = [
        ("page tree", 2, "<</Type/Pages/Kids[2 0 R]/Count 1>>"),
        ("field tree", 9, "<</T(Note)/Kids[9 0 R]>>"),
        ("field tree of two", 9, "<</T(Note)/Kids[5 0 R]>>"),
        ("a length that is itself", 4, "<</Length 4 0 R>>\nstream\n\nendstream"),
        ("a length in a circle", 4, "<</Length 12 0 R>>\nstream\n\nendstream"),
        ("a reference to itself", 10, "10 0 R"),
        ("appearances", 16, "<</N 16 0 R>>"),
        ("form", 5, "5 0 R"),
    ];
    let room = Room::new();
    let once = room.signed(&base(), None);
    for (what, number, body) in circles {
        let report = room.authority.verify(&increment(&base(), &[(number, body)]));
        assert!(
            matches!(report.verdict, Verdict::Unsigned | Verdict::Invalid | Verdict::Undetermined),
            "{what}: {report:?}"
        );
        room.refused(what, &increment(&once, &[(number, body)]));
    }
    let ambiguous = BASE[2].replace("/Contents 4 0 R", "/Contents 4 0 R/Contents 12 0 R");
    room.refused("a key written twice", &increment(&once, &[(3, &ambiguous)]));
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    room.refused("deep nesting", &increment(&once, &[(10, &deep)]));
    let many = format!("[{}]", "<<>>".repeat(100_000));
    room.refused("many objects", &increment(&once, &[(10, &many)]));
}

/// Little files that would take much time or memory: each is refused at a bound.
#[test]
fn what_would_grow_without_end_is_refused_at_a_bound() {
    let room = Room::new();
    let once = room.signed(&base(), None);
    // Each field repeats the long name of the one above it.
    let kids: String = (100..1200).map(|number| format!("{number} 0 R ")).collect();
    let top = format!("<</T({})/FT/Tx/Kids[{kids}]>>", "x".repeat(40_000));
    let form = BASE[4].replace("18 0 R]", "18 0 R 99 0 R]");
    let mut objects = vec![(5, form), (99, top)];
    objects.extend((100..1200).map(|number| (number, format!("<</T({number})/Parent 99 0 R>>"))));
    room.refused("too long names", &with_increment(&once, &objects, TRAILER));
    let names = "(x)".repeat(5_000);
    let lock = format!("/Lock<</Type/SigFieldLock/Action/Include/Fields[{names}]>>");
    let locked = BASE[5].replace("/F 4", &format!("/F 4{lock}"));
    let bodies: Vec<&str> = BASE.iter().map(|body| if *body == BASE[5] { &locked } else { *body }).collect();
    let field = FieldTarget::Existing("One".into());
    let signed = mocban_pades::sign(&pdf_of(&bodies), &SignOptions::new(field, now()), &room.signer);
    assert!(signed.is_err(), "a lock that names too many fields");
}

/// What each widget of a field owns is asked with regard to all the others.
#[test]
fn a_field_of_thousands_of_widgets_is_judged() {
    let room = Room::new();
    let numbers = 100..4100;
    let kids: String = numbers.clone().map(|number| format!("{number} 0 R ")).collect();
    let group = format!("<</FT/Btn/T(Group)/V/Off/Kids[{kids}]>>");
    let mut bodies: Vec<String> = BASE.map(str::to_owned).to_vec();
    bodies[4] = BASE[4].replace("18 0 R]", "18 0 R 99 0 R]");
    bodies.resize(98, "<<>>".into());
    bodies.push(group.clone());
    let widget = |state: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/Parent 99 0 R/Rect[0 0 9 9]/AS/{state}/AP<</N<</On 12 0 R>>>>>>"
        )
    };
    bodies.extend(numbers.map(|_| widget("Off")));
    let once = room.signed(&pdf_of(&bodies.iter().map(String::as_str).collect::<Vec<_>>()), None);
    let switched = increment(&once, &[(99, &group.replace("/V/Off", "/V/On")), (4099, &widget("On"))]);
    let switched = replace(&switched, "/Size 100/Prev", "/Size 5000/Prev");
    let report = room.authority.verify(&switched);
    assert_eq!((report.verdict, report.changes), (Verdict::Valid, Changes::Permitted), "{report:?}");
}

/// Thousands of objects in one object stream that cannot be read, as each of them finds out.
#[test]
fn a_broken_object_stream_is_unpacked_once() {
    let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 4 << 20], 1);
    let mut pdf = b"%PDF-1.5\n".to_vec();
    let mut rows = vec![0, 0, 0, 0, 0, 0];
    for body in [b"<</Type/Catalog/Pages 2 0 R>>".as_slice(), b"<</Type/Pages/Kids[]/Count 0>>"] {
        let at = u32::try_from(pdf.len()).unwrap().to_be_bytes();
        let number = rows.len() / 6;
        rows.extend([&[1][..], &at[1..], &[0, 0]].concat());
        pdf.extend(format!("{number} 0 obj\n").bytes());
        pdf.extend(body);
        pdf.extend(b"\nendobj\n");
    }
    let at = u32::try_from(pdf.len()).unwrap().to_be_bytes();
    rows.extend([&[1][..], &at[1..], &[0, 0]].concat());
    let head = format!("/Type/ObjStm/N 9/First 9/Filter/FlateDecode/Length {}", bomb.len());
    pdf.extend(format!("3 0 obj\n<<{head}>>\nstream\n").bytes());
    pdf.extend(&bomb);
    pdf.extend(b"\nendstream\nendobj\n");
    rows.extend((0..20_000_u16).flat_map(|index| [&[2, 0, 0, 3][..], &index.to_be_bytes()].concat()));
    let startxref = pdf.len();
    let (size, length) = (rows.len() / 6 + 1, rows.len());
    let at = u32::try_from(startxref).unwrap().to_be_bytes();
    rows.extend([&[1][..], &at[1..], &[0, 0]].concat());
    let head = format!("/Type/XRef/W[1 3 2]/Root 1 0 R/Size {size}/Length {}", length + 6);
    pdf.extend(format!("{} 0 obj\n<<{head}>>\nstream\n", size - 1).bytes());
    pdf.extend(&rows);
    pdf.extend(format!("\nendstream\nendobj\nstartxref\n{startxref}\n%%EOF\n").bytes());
    let report = verify(&pdf, &VerifyOptions { trust: &[], at: now() });
    assert_eq!(report.verdict, Verdict::Unsigned, "{report:?}");
}
