use lopdf::{Document, Object, Stream, dictionary};

use crate::encode::{self, jpeg};
use crate::page::{Transform, rectify};
use crate::{CaptureError, MediaType, Original, Picture, decode_page, page_count, stated_size};

/// Red above, blue below, a white column on the left: which way up it is can be seen.
fn flag(width: usize, height: usize) -> Picture {
    let pixel = |i: usize| match (i % width < width / 4, i / width < height / 2) {
        (true, _) => [255, 255, 255],
        (false, true) => [200, 30, 30],
        (false, false) => [30, 30, 200],
    };
    Picture::new(width, height, (0..width * height).flat_map(pixel).collect()).unwrap()
}

/// A file of pages, each with its content, its images and whatever else its dictionary holds.
struct File {
    document: Document,
    pages: Vec<Object>,
}

impl File {
    fn new() -> Self {
        Self { document: Document::with_version("1.5"), pages: Vec::new() }
    }

    fn page(mut self, content: &str, images: Vec<Stream>, more: lopdf::Dictionary) -> Self {
        let mut objects = dictionary! {};
        for (i, image) in images.into_iter().enumerate() {
            let id = self.document.add_object(image);
            objects.set(format!("Im{i}"), id);
        }
        let content = self.document.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
        let mut page = dictionary! {
            "Type" => "Page", "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            "Contents" => content, "Resources" => dictionary! { "XObject" => objects },
        };
        for (key, value) in more {
            page.set(key, value);
        }
        self.pages.push(self.document.add_object(page).into());
        self
    }

    fn original(mut self) -> Original {
        let count = self.pages.len() as i64;
        let ids: Vec<_> = self.pages.iter().map(|page| page.as_reference().unwrap()).collect();
        let tree = self
            .document
            .add_object(dictionary! { "Type" => "Pages", "Kids" => self.pages, "Count" => count });
        for id in ids {
            self.document.get_dictionary_mut(id).unwrap().set("Parent", tree);
        }
        let catalog = self.document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
        self.document.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        self.document.save_to(&mut bytes).unwrap();
        Original::read(bytes, "scan.pdf").unwrap()
    }
}

fn image(picture: &Picture, filter: Option<&str>, content: Vec<u8>) -> Stream {
    let mut dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => picture.width as i64,
        "Height" => picture.height as i64, "ColorSpace" => "DeviceRGB", "BitsPerComponent" => 8,
    };
    if let Some(filter) = filter {
        dict.set("Filter", filter);
    }
    Stream::new(dict, content)
}

fn scanned(picture: &Picture) -> Stream {
    image(picture, Some("DCTDecode"), jpeg(picture, 300.0, 90).unwrap())
}

const WHOLE_A4: &str = "q 595 0 0 842 0 0 cm /Im0 Do Q";

#[test]
fn a_scanned_page_comes_out_at_its_true_size_and_its_jpeg_byte_for_byte() {
    let picture = flag(620, 877);
    let scan = scanned(&picture);
    let bytes = scan.content.clone();
    let original = File::new().page(WHOLE_A4, vec![scan], dictionary! {}).original();
    assert_eq!((original.media(), page_count(&original).unwrap()), (MediaType::Pdf, 1));
    let (width_mm, height_mm) = stated_size(&original, 0).unwrap().unwrap();
    assert!((width_mm - 209.9).abs() < 0.1 && (height_mm - 297.0).abs() < 0.1);
    let decoded = decode_page(&original, 0).unwrap();
    let page = rectify(&decoded, &[Transform::Size { width_mm, height_mm }]).unwrap();
    assert!((page.source_dpi - 75.0).abs() < 0.1, "{}", page.source_dpi);
    let (through, turns) =
        encode::passthrough(&original, 0, &[Transform::Size { width_mm, height_mm }]).unwrap();
    assert_eq!((&through[..], turns), (&bytes[..], 0));
}

#[test]
fn recognised_text_behind_the_picture_does_no_harm() {
    let content = format!("BT 3 Tr /F1 9 Tf (chữ) Tj ET {WHOLE_A4}");
    let original = File::new().page(&content, vec![scanned(&flag(100, 140))], dictionary! {}).original();
    assert_eq!(decode_page(&original, 0).unwrap().width, 100);
}

#[test]
fn pages_that_are_turned_come_out_upright() {
    let picture = flag(120, 80);
    let raw = || image(&picture, None, picture.rgb8.clone());
    let turned = File::new()
        .page("q 300 0 0 200 0 0 cm /Im0 Do Q", vec![raw()], dictionary! { "Rotate" => 90 })
        .page("q 0 -300 200 0 0 300 cm /Im0 Do Q", vec![raw()], dictionary! {})
        .page("q -300 0 0 -200 300 200 cm /Im0 Do Q", vec![raw()], dictionary! { "Rotate" => -180 })
        .original();
    assert_eq!(decode_page(&turned, 0).unwrap(), picture.turned(1));
    assert_eq!(decode_page(&turned, 1).unwrap(), picture.turned(1));
    assert_eq!(decode_page(&turned, 2).unwrap(), picture);
    let (width_mm, height_mm) = stated_size(&turned, 0).unwrap().unwrap();
    assert!(width_mm < height_mm && (height_mm - 300.0 / 72.0 * 25.4).abs() < 0.1);
}

#[test]
fn strips_are_joined_from_the_top() {
    let picture = flag(60, 80);
    let part = |from: usize, to: usize| {
        let rows = picture.rgb8[3 * 60 * from..3 * 60 * to].to_vec();
        image(&Picture::new(60, to - from, rows.clone()).unwrap(), None, rows)
    };
    let content = "q 60 0 0 30 0 0 cm /Im1 Do Q q 60 0 0 50 0 30 cm /Im0 Do Q";
    let original = File::new().page(content, vec![part(0, 50), part(50, 80)], dictionary! {}).original();
    assert_eq!(decode_page(&original, 0).unwrap(), picture);
    let apart = "q 60 0 0 30 0 0 cm /Im1 Do Q q 60 0 0 50 0 90 cm /Im0 Do Q";
    let original = File::new().page(apart, vec![part(0, 50), part(50, 80)], dictionary! {}).original();
    assert!(refusal(&original).contains("several pictures"));
}

#[test]
fn one_bit_and_palette_pictures_have_their_colours() {
    let bits = Stream::new(
        dictionary! { "Subtype" => "Image", "Width" => 9, "Height" => 2, "ColorSpace" => "DeviceGray",
        "BitsPerComponent" => 1, "Decode" => vec![1.into(), 0.into()] },
        vec![0b1000_0000, 0, 0, 0b1000_0000],
    );
    let palette = Stream::new(
        dictionary! { "Subtype" => "Image", "Width" => 3, "Height" => 1, "BitsPerComponent" => 4,
        "ColorSpace" => vec!["Indexed".into(), "DeviceRGB".into(), 2.into(),
            Object::string_literal(vec![1, 2, 3, 4, 5, 6, 7, 8, 9])] },
        vec![0x20, 0x10],
    );
    let original = File::new()
        .page("q 9 0 0 2 0 0 cm /Im0 Do Q", vec![bits], dictionary! {})
        .page("q 3 0 0 1 0 0 cm /Im0 Do Q", vec![palette], dictionary! {})
        .original();
    let decoded = decode_page(&original, 0).unwrap();
    assert_eq!((decoded.at(0, 0), decoded.at(1, 0), decoded.at(8, 1)), ([0; 3], [255; 3], [0; 3]));
    assert_eq!(decode_page(&original, 1).unwrap().rgb8, [7, 8, 9, 1, 2, 3, 4, 5, 6]);
}

fn refusal(original: &Original) -> String {
    match decode_page(original, 0) {
        Err(CaptureError::UnsupportedKind { media: MediaType::Pdf, kind }) => kind,
        other => format!("{other:?}"),
    }
}

#[test]
fn pages_that_would_have_to_be_drawn_are_refused_by_name() {
    let refused = |content: &str| {
        let original = File::new().page(content, vec![scanned(&flag(60, 80))], dictionary! {}).original();
        refusal(&original)
    };
    assert_eq!(refused("BT (Kính gửi) Tj ET"), "visible text");
    assert_eq!(refused(&format!("{WHOLE_A4} 0 0 10 10 re f")), "drawing");
    assert_eq!(refused("0 0 m 5 5 l S"), "drawing");
    assert_eq!(refused("q 500 90 -90 500 0 0 cm /Im0 Do Q"), "a picture laid askew or mirrored");
    assert_eq!(refused("q -595 0 0 842 595 0 cm /Im0 Do Q"), "a picture laid askew or mirrored");
    assert_eq!(refused(""), "no picture on the page");
    let mut masked = scanned(&flag(60, 80));
    masked.dict.set("SMask", Object::Null);
    assert_eq!(refusal(&File::new().page(WHOLE_A4, vec![masked], dictionary! {}).original()), "a mask");
}

#[test]
fn a_bomb_and_a_lying_size_are_refused_without_their_memory() {
    let mut bomb = Stream::new(
        dictionary! { "Subtype" => "Image", "Width" => 100, "Height" => 100, "ColorSpace" => "DeviceRGB",
        "BitsPerComponent" => 8 },
        vec![0; 64 << 20],
    );
    bomb.compress().unwrap();
    let original = File::new().page(WHOLE_A4, vec![bomb], dictionary! {}).original();
    assert!(original.bytes().len() < 1 << 20);
    assert!(matches!(decode_page(&original, 0), Err(CaptureError::Corrupt { .. })));
    let mut huge = scanned(&flag(60, 80));
    huge.dict.set("Width", 2_000_000_i64);
    huge.dict.set("Height", 2_000_000_i64);
    let original = File::new().page(WHOLE_A4, vec![huge], dictionary! {}).original();
    assert!(matches!(decode_page(&original, 0), Err(CaptureError::TooLarge { .. })));
}

#[test]
fn a_cut_or_scrambled_file_never_panics() {
    let original = File::new().page(WHOLE_A4, vec![scanned(&flag(60, 80))], dictionary! {}).original();
    let bytes = original.bytes();
    for cut in (8..bytes.len()).step_by(97) {
        if let Ok(cut) = Original::read(&bytes[..cut], "cut.pdf") {
            let _ = page_count(&cut).and_then(|_| decode_page(&cut, 0));
        }
    }
    for at in (8..bytes.len()).step_by(61) {
        let mut scrambled = bytes.to_vec();
        scrambled[at] ^= 0x15;
        if let Ok(scrambled) = Original::read(scrambled, "odd.pdf") {
            let _ = page_count(&scrambled).and_then(|_| decode_page(&scrambled, 0));
        }
    }
}
