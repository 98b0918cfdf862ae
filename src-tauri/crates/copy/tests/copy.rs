//! The built file, looked at from outside: its bytes, and through `lopdf` as a reader.

#![allow(clippy::unwrap_used)] // helpers of tests too may fail loudly

mod common;

use common::{PAPER, card, jpeg, request};
use lopdf::{Dictionary, Document, Object};
use mocban_copy::{
    AGENCY_FIELD, CopyError, Jpeg, MmRect, PERFORMER_FIELD, PageImage, RecognisedText, StatementPlacement,
    build,
};
use proptest::prelude::*;
use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn dict<'a>(document: &'a Document, holder: &'a Dictionary, key: &[u8]) -> &'a Dictionary {
    holder.get_deref(key, document).unwrap().as_dict().unwrap()
}

#[test]
fn every_cross_reference_entry_points_at_its_object() {
    let bytes = build(&request(vec![card(), card()])).unwrap().bytes;
    assert!(bytes.starts_with(b"%PDF-1.7\n%"));
    assert!(bytes[10..14].iter().all(|byte| *byte > 127));
    assert!(bytes.ends_with(b"%%EOF\n"));
    let tail = std::str::from_utf8(&bytes[bytes.len() - 40..]).unwrap();
    let at: usize = tail.split("startxref\n").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let table = &bytes[at..];
    assert!(table.starts_with(b"xref\n0 "));
    let header_end = 5 + find(&table[5..], b"\n").unwrap() + 1;
    let count: usize = std::str::from_utf8(&table[7..header_end - 1]).unwrap().parse().unwrap();
    let entries: Vec<&[u8]> = table[header_end..].chunks(20).take(count).collect();
    assert_eq!(entries[0], b"0000000000 65535 f \n");
    for (number, entry) in entries.iter().enumerate().skip(1) {
        assert!(entry.ends_with(b" 00000 n \n"), "entry {number}");
        let offset: usize = std::str::from_utf8(&entry[..10]).unwrap().parse().unwrap();
        assert!(bytes[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()), "object {number}");
        assert_eq!(bytes[offset - 1], b'\n');
    }
    assert!(table[header_end + 20 * count..].starts_with(b"trailer\n"));
}

#[test]
fn equal_requests_give_equal_bytes_and_the_digest_is_theirs() {
    let (one, two) = (build(&request(vec![card()])).unwrap(), build(&request(vec![card()])).unwrap());
    assert_eq!(one.bytes, two.bytes);
    use sha2::{Digest, Sha256};
    assert_eq!(one.sha256[..], Sha256::digest(&one.bytes)[..]);
    let mut other = request(vec![card()]);
    other.document_id = [8; 16];
    assert_ne!(build(&other).unwrap().sha256, one.sha256);
}

#[test]
fn the_pictures_bytes_pass_through_unchanged_at_full_scale() {
    let page = card();
    let copy = build(&request(vec![page.clone()])).unwrap();
    assert!(find(&copy.bytes, &jpeg(678, 426)).is_some());
    let document = Document::load_mem(&copy.bytes).unwrap();
    let first = document.get_dictionary(document.get_pages()[&1]).unwrap();
    let media: Vec<f32> = first
        .get(b"MediaBox")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|side| side.as_float().unwrap())
        .collect();
    assert!((media[2] - 86.0 / 25.4 * 72.0).abs() < 0.01 && (media[3] - 54.0 / 25.4 * 72.0).abs() < 0.01);
    assert_eq!(copy.page_count, 2);
}

#[test]
fn a_turned_page_lies_upright() {
    let mut page = card();
    page.quarter_turns = 1;
    let copy = build(&request(vec![page])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let first = document.get_dictionary(document.get_pages()[&1]).unwrap();
    let media = first.get(b"MediaBox").unwrap().as_array().unwrap();
    assert!(media[2].as_float().unwrap() < media[3].as_float().unwrap());
    assert!(!first.has(b"Rotate"));
}

#[test]
fn both_fields_are_prepared_empty_and_nothing_else_needs_touching() {
    let copy = build(&request(vec![card()])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let catalog = document.catalog().unwrap();
    assert!(matches!(catalog.get(b"AcroForm"), Ok(Object::Reference(_))));
    let form = dict(&document, catalog, b"AcroForm");
    assert_eq!(form.get(b"SigFlags").unwrap().as_i64().unwrap(), 3);
    let fields = form.get(b"Fields").unwrap().as_array().unwrap();
    for (field, place) in fields.iter().zip([&copy.performer_field, &copy.agency_field]) {
        let id = field.as_reference().unwrap();
        assert_eq!(id, (place.object, 0));
        let widget = document.get_dictionary(id).unwrap();
        assert_eq!(widget.get(b"T").unwrap().as_str().unwrap(), place.name.as_bytes());
        assert_eq!(widget.get(b"FT").unwrap().as_name().unwrap(), b"Sig");
        assert_eq!(widget.get(b"F").unwrap().as_i64().unwrap(), 132);
        assert!(!widget.has(b"V"));
        let normal = dict(&document, widget, b"AP").get_deref(b"N", &document).unwrap();
        assert!(normal.as_stream().unwrap().content.is_empty());
        let pages = document.get_pages();
        assert_eq!(widget.get(b"P").unwrap().as_reference().unwrap(), pages[&(place.page as u32 + 1)]);
    }
    let last = document.get_dictionary(document.get_pages()[&2]).unwrap();
    assert_eq!(last.get(b"Annots").unwrap().as_array().unwrap(), fields);
    assert_eq!((copy.performer_field.name, copy.agency_field.name), (PERFORMER_FIELD, AGENCY_FIELD));
}

#[test]
fn the_seal_covers_a_third_of_the_signature_from_the_left() {
    let copy = build(&request(vec![card()])).unwrap();
    let (signature, agency) = (copy.performer_field.rect_points, copy.agency_field.rect_points);
    let covered = (agency[2] - signature[0]) / (signature[2] - signature[0]);
    assert!((covered - 1.0 / 3.0).abs() < 0.001);
    assert!((copy.agency_field.height_mm - 36.0).abs() < 0.001);
}

#[test]
fn the_statement_is_text_that_can_be_found_and_copied() {
    let copy = build(&request(vec![card()])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let text = document.extract_text(&[2]).unwrap();
    for words in [
        "Chứng thực bản sao đúng với bản chính",
        "Số chứng thực 07/ĐT quyển số 02/2026-SCTĐT/BS",
        "Đặng Quỳnh Phượng",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
}

#[test]
fn a_glyph_standing_for_a_second_character_says_so_on_the_spot() {
    let mut wanted = request(vec![card()]);
    wanted.statement.signer = "Lò Thị\u{a0}Ơn".into();
    let copy = build(&wanted).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let content = document.get_page_content(document.get_pages()[&2]);
    assert!(find(&content, b"/ActualText <FEFF00A0>").is_some());
}

#[test]
fn a_subset_lists_all_its_glyphs() {
    let copy = build(&request(vec![card()])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let descriptors = document.objects.values().filter_map(|object| object.as_dict().ok());
    for descriptor in descriptors.filter(|dict| dict.has_type(b"FontDescriptor")) {
        let stream = |key| descriptor.get_deref(key, &document).unwrap().as_stream().unwrap();
        let program = stream(b"FontFile2").get_plain_content().unwrap();
        let maxp = program[12..].chunks(16).find(|entry| entry.starts_with(b"maxp")).unwrap();
        let at = u32::from_be_bytes(maxp[8..12].try_into().unwrap()) as usize;
        let glyphs = u16::from_be_bytes(program[at + 4..at + 6].try_into().unwrap());
        let listed: u32 = stream(b"CIDSet").content.iter().map(|byte| byte.count_ones()).sum();
        assert_eq!(listed, u32::from(glyphs));
    }
}

#[test]
fn recognised_text_lies_on_its_page_unseen() {
    let mut page = card();
    let place = MmRect { left: 10.0, top: 10.0, width: 40.0, height: 4.0 };
    page.texts.push(RecognisedText { text: "Họ và tên: Trần Văn Ổn".into(), place });
    let copy = build(&request(vec![page])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    assert!(document.extract_text(&[1]).unwrap().contains("Họ và tên: Trần Văn Ổn"));
    let content = document.get_page_content(document.get_pages()[&1]);
    assert!(find(&content, b"3 Tr").is_some());
}

#[test]
fn the_metadata_name_copy_number_book_and_originals() {
    let copy = build(&request(vec![card()])).unwrap();
    let document = Document::load_mem(&copy.bytes).unwrap();
    let metadata =
        document.catalog().unwrap().get_deref(b"Metadata", &document).unwrap().as_stream().unwrap();
    let packet = std::str::from_utf8(&metadata.content).unwrap();
    for part in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "<mocban:copyId>0195-copy</mocban:copyId>",
        "<mocban:certificationNumber>07/ĐT</mocban:certificationNumber>",
        "<mocban:certificationBook>02/2026-SCTĐT/BS</mocban:certificationBook>",
        "<xmp:CreateDate>2026-03-02T09:05:09+07:00</xmp:CreateDate>",
        "Giấy khai sinh số 57/2014 &amp; &lt;bản chính&gt;",
        "<pdfaProperty:name>originalSha256</pdfaProperty:name>",
        &"ab".repeat(32),
    ] {
        assert!(packet.contains(part), "{part}");
    }
    let info = document.trailer.get_deref(b"Info", &document).unwrap().as_dict().unwrap();
    assert_eq!(lopdf::decode_text_string(info.get(b"Title").unwrap()).unwrap(), PAPER);
    assert_eq!(info.get(b"CreationDate").unwrap().as_str().unwrap(), b"D:20260302090509+07'00'");
}

#[test]
fn practice_copies_are_watermarked_on_every_page_and_real_ones_on_none() {
    let mut practice = request(vec![card(), card()]);
    practice.training = true;
    for (request, marked) in [(practice, true), (request(vec![card(), card()]), false)] {
        let copy = build(&request).unwrap();
        let document = Document::load_mem(&copy.bytes).unwrap();
        for number in 1..=3 {
            let text = document.extract_text(&[number]).unwrap();
            assert_eq!(text.contains("BẢN TẬP HUẤN – KHÔNG CÓ GIÁ TRỊ"), marked, "page {number}");
        }
    }
}

#[test]
fn the_statement_may_stand_on_the_last_page_where_there_is_room() {
    let a4 = PageImage {
        jpeg: jpeg(1654, 2339).into(),
        width_px: 1654,
        height_px: 2339,
        width_mm: 210.0,
        height_mm: 297.0,
        ..card()
    };
    let mut wanted = request(vec![card(), a4]);
    let place = |height| StatementPlacement::LastPage {
        rect: MmRect { left: 25.0, top: 150.0, width: 160.0, height },
    };
    wanted.placement = place(130.0);
    let copy = build(&wanted).unwrap();
    assert_eq!((copy.page_count, copy.performer_field.page), (2, 1));
    wanted.placement = place(40.0);
    assert!(matches!(build(&wanted), Err(CopyError::StatementDoesNotFit { .. })));
    wanted.placement = place(150.0);
    assert_eq!(build(&wanted).unwrap_err(), CopyError::StatementPlaceUnusable);
}

#[test]
fn pages_that_cannot_be_certified_are_refused_by_name() {
    let refused = |change: fn(&mut PageImage)| {
        let mut page = card();
        change(&mut page);
        build(&request(vec![card(), page])).unwrap_err()
    };
    assert_eq!(
        refused(|page| (page.width_mm, page.height_mm) = (95.0, 59.7)),
        CopyError::ResolutionTooLow { page: 2, dpi: 181 }
    );
    assert!(matches!(refused(|page| page.width_mm = 80.0), CopyError::PageDistorted { page: 2, .. }));
    assert!(matches!(
        refused(|page| page.width_mm = f64::NAN),
        CopyError::PageSizeOutOfBounds { page: 2, .. }
    ));
    assert!(matches!(
        refused(|page| page.height_mm = 2000.0),
        CopyError::PageSizeOutOfBounds { page: 2, .. }
    ));
    assert!(matches!(refused(|page| page.width_px = 677), CopyError::PixelSizeMismatch { page: 2, .. }));
    assert!(matches!(
        refused(|page| page.jpeg = jpeg(678, 426)[..3000].to_vec().into()),
        CopyError::JpegTruncated { page: 2 }
    ));
    assert_eq!(build(&request(Vec::new())).unwrap_err(), CopyError::NoPages);
}

#[test]
fn texts_that_cannot_be_printed_are_refused_by_name() {
    let mut wanted = request(vec![card()]);
    wanted.statement.signer = "Lê 漢".into();
    assert_eq!(build(&wanted).unwrap_err(), CopyError::CharacterWithoutGlyph { character: '漢' });
    wanted.statement.signer = "  ".into();
    assert_eq!(build(&wanted).unwrap_err(), CopyError::TextMissing { field: "signer" });
    wanted.statement.signer = "Ổn".repeat(400);
    assert!(matches!(build(&wanted).unwrap_err(), CopyError::TextTooLong { field: "signer", .. }));
}

#[test]
fn a_picture_kept_elsewhere_is_fetched_for_its_page_and_let_go_before_the_next() {
    let here = build(&request(vec![card(); 20])).unwrap();
    let (given, fetched) = (Arc::new(Mutex::new(None::<Weak<[u8]>>)), Arc::new(AtomicUsize::new(0)));
    let mut page = card();
    let counted = fetched.clone();
    page.jpeg = Jpeg::Elsewhere {
        length: page.jpeg.length(),
        fetch: Arc::new(move || {
            let mut before = given.lock().unwrap();
            assert!(before.as_ref().and_then(Weak::upgrade).is_none(), "the page before is still in memory");
            let bytes: Arc<[u8]> = jpeg(678, 426).into();
            *before = Some(Arc::downgrade(&bytes));
            counted.fetch_add(1, Relaxed);
            Ok(bytes)
        }),
    };
    assert_eq!(build(&request(vec![page.clone(); 20])).unwrap().bytes, here.bytes);
    assert_eq!(fetched.load(Relaxed), 20);
    page.jpeg = Jpeg::Elsewhere { length: 1, fetch: Arc::new(|| Err("gone".into())) };
    let lost = build(&request(vec![card(), page])).unwrap_err();
    assert_eq!(lost, CopyError::PictureMissing { page: 2, reason: "gone".into() });
}

#[test]
fn five_hundred_pages_still_make_one_statement_page() {
    let mut page = card();
    page.jpeg = jpeg(80, 80).into();
    (page.width_px, page.height_px, page.width_mm, page.height_mm) = (80, 80, 10.0, 10.0);
    let copy = build(&request(vec![page; 500])).unwrap();
    assert_eq!(copy.page_count, 501);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn names_of_any_length_give_a_copy_or_a_named_refusal(
        agency in "[A-YĂÂĐÊÔƠƯẠỦỆỮ ]{1,300}", paper in "\\PC{1,120}", signer in "[A-Yđa-yạảỵ ]{1,200}",
    ) {
        let mut wanted = request(vec![card()]);
        wanted.statement.agency = vec![agency];
        wanted.statement.signer = signer;
        wanted.verification.paper_name = paper;
        match build(&wanted) {
            Ok(copy) => prop_assert!(Document::load_mem(&copy.bytes).is_ok()),
            Err(
                CopyError::CharacterWithoutGlyph { .. }
                | CopyError::CharacterNotPrintable { .. }
                | CopyError::TextMissing { .. }
                | CopyError::StatementDoesNotFit { .. },
            ) => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    }
}
