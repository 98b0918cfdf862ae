use super::*;
use crate::encode::jpeg as encode_jpeg;
use proptest::prelude::*;

fn scene() -> Picture {
    let rgb8 = (0..90 * 60).flat_map(|i| [(i % 90 * 2) as u8, (i / 90 * 4) as u8, 128]).collect();
    Picture::new(90, 60, rgb8).unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Picture, CaptureError> {
    decode(&Original::read(bytes, "test")?)
}

fn jpeg_bytes() -> Vec<u8> {
    encode_jpeg(&scene(), 300.0, 95).unwrap()
}

/// A TIFF header with one field: orientation.
fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    block.extend_from_slice(&orientation.to_be_bytes());
    block.extend_from_slice(&[0; 6]);
    block
}

fn with_exif(orientation: u16) -> Vec<u8> {
    let block = exif(orientation);
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1];
    bytes.extend_from_slice(&(block.len() as u16 + 2).to_be_bytes());
    bytes.extend_from_slice(&block);
    bytes.extend_from_slice(&jpeg_bytes()[2..]);
    bytes
}

fn png_bytes(kind: ::png::ColorType, depth: ::png::BitDepth, samples: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, 90, 60);
    encoder.set_color(kind);
    encoder.set_depth(depth);
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    bytes
}

fn colour_png() -> Vec<u8> {
    png_bytes(::png::ColorType::Rgb, ::png::BitDepth::Eight, &scene().rgb8)
}

fn two_page_tiff() -> Vec<u8> {
    use ::tiff::encoder::{TiffEncoder, colortype};
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    encoder.write_image::<colortype::RGB8>(90, 60, &scene().rgb8).unwrap();
    let grey: Vec<u16> = (0..40 * 30).map(|v| v * 50).collect();
    encoder.write_image::<colortype::Gray16>(40, 30, &grey).unwrap();
    file.into_inner()
}

#[test]
fn png_and_tiff_pixels_come_back_exactly() {
    assert_eq!(read(colour_png()).unwrap(), scene());
    let original = Original::read(two_page_tiff(), "x").unwrap();
    assert_eq!(page_count(&original), Ok(2));
    assert_eq!(decode(&original).unwrap(), scene());
    let second = decode_page(&original, 1).unwrap();
    assert_eq!((second.width, second.height), (40, 30));
    assert_eq!(second.at(39, 29), [((1199u32 * 50) >> 8) as u8; 3]);
    assert_eq!(decode_page(&original, 2), Err(CaptureError::Truncated { media: MediaType::Tiff }));
}

#[test]
fn sixteen_bits_transparency_and_grey_are_read() {
    use ::png::{BitDepth, ColorType};
    let deep: Vec<u8> = scene().rgb8.iter().flat_map(|v| [*v, 0]).collect();
    assert_eq!(read(png_bytes(ColorType::Rgb, BitDepth::Sixteen, &deep)).unwrap(), scene());
    let clear = vec![0u8; 90 * 60 * 4];
    assert_eq!(read(png_bytes(ColorType::Rgba, BitDepth::Eight, &clear)).unwrap().at(3, 3), [255; 3]);
    let bits = vec![0b1010_1010u8; 12 * 60];
    let grey = read(png_bytes(ColorType::Grayscale, BitDepth::One, &bits)).unwrap();
    assert_eq!((grey.at(0, 0), grey.at(1, 0)), ([255; 3], [0; 3]));
}

#[test]
fn a_jpeg_cut_anywhere_is_truncated_and_never_half_a_page() {
    let whole = jpeg_bytes();
    assert!(read(whole.clone()).is_ok());
    for cut in (3..whole.len()).step_by(7) {
        let result = read(whole[..cut].to_vec());
        assert!(matches!(result, Err(CaptureError::Truncated { .. })), "cut at {cut}: {result:?}");
    }
}

/// A picture by another encoder (libjpeg): progressive with refinement scans, 4:2:0, no restart markers.
const PROGRESSIVE: &[u8] = include_bytes!("../../tests/pictures/progressive.jpg");
/// The same, baseline.
const BASELINE: &[u8] = include_bytes!("../../tests/pictures/baseline.jpg");

fn refused(what: &str, bytes: Vec<u8>) {
    let result = read(bytes);
    let by_name = matches!(result, Err(CaptureError::Truncated { .. } | CaptureError::Corrupt { .. }));
    assert!(by_name, "{what}: {result:?}");
}

#[test]
fn pictures_of_another_encoder_are_read() {
    for bytes in [PROGRESSIVE, BASELINE] {
        let picture = read(bytes.to_vec()).unwrap();
        assert_eq!((picture.width, picture.height), (203, 151));
    }
}

#[test]
fn a_cut_jpeg_with_an_end_marker_glued_on_is_still_refused() {
    for whole in [&jpeg_bytes()[..], PROGRESSIVE, BASELINE] {
        let scan = whole.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 14;
        for cut in (scan..whole.len() - 6).step_by(11) {
            let mut bytes = whole[..cut].to_vec();
            if bytes.last() == Some(&0xFF) {
                bytes.pop();
            }
            bytes.extend_from_slice(&[0xFF, 0xD9]);
            refused(&format!("cut at {cut}"), bytes);
        }
    }
}

#[test]
fn bytes_lost_or_zeroed_in_the_middle_of_a_scan_are_noticed() {
    let scan = BASELINE.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 14;
    let share_noticed = |size: usize| {
        let (mut tried, mut noticed) = (0u32, 0u32);
        for at in (scan..BASELINE.len() - size - 20).step_by(61) {
            let mut zeroed = BASELINE.to_vec();
            zeroed[at..at + size].fill(0);
            let mut missing = BASELINE.to_vec();
            missing.drain(at..at + size);
            for damaged in [zeroed, missing] {
                tried += 1;
                noticed += u32::from(read(damaged).is_err());
            }
        }
        f64::from(noticed) / f64::from(tried)
    };
    // Not a checksum: a small wound may hold as many blocks as what was there. A decoder alone notices none.
    assert!(share_noticed(40) > 0.3, "{}", share_noticed(40));
    assert!(share_noticed(400) > 0.95, "{}", share_noticed(400));
}

#[test]
fn bytes_after_a_jpegs_end_do_not_matter() {
    let mut bytes = jpeg_bytes();
    let len = bytes.len();
    bytes.extend_from_slice(&jpeg_bytes()[9..]);
    assert_eq!(jpeg_len(&bytes), Ok(len));
    assert_eq!(read(bytes), read(jpeg_bytes()));
}

#[test]
fn a_png_with_one_flipped_bit_or_a_missing_end_is_refused() {
    let whole = colour_png();
    for at in [20, 30, whole.len() / 2, whole.len() - 20] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        assert!(read(bytes).is_err(), "flip at {at}");
    }
    for cut in [30, whole.len() / 2, whole.len() - 13] {
        let result = read(whole[..cut].to_vec());
        assert!(matches!(result, Err(CaptureError::Truncated { .. })), "cut at {cut}: {result:?}");
    }
}

#[test]
fn a_cut_tiff_is_refused() {
    let whole = two_page_tiff();
    assert!(read(whole[..whole.len() / 3].to_vec()).is_err());
    assert!(read(whole[..6].to_vec()).is_err());
}

#[test]
fn every_exif_orientation_stands_upright_and_bad_ones_are_ignored() {
    let stored = read(jpeg_bytes()).unwrap();
    for bad in [0, 1, 9, 77, 65535] {
        assert_eq!(read(with_exif(bad)).unwrap(), stored);
    }
    // Where the stored top left pixel ends up, by the EXIF table.
    for (orientation, right, bottom) in [
        (2, true, false),
        (3, true, true),
        (4, false, true),
        (5, false, false),
        (6, true, false),
        (7, true, true),
        (8, false, true),
    ] {
        let picture = read(with_exif(orientation)).unwrap();
        assert_eq!(picture.orientation, orientation as u8);
        assert_eq!(picture.width == 60, orientation >= 5, "orientation {orientation}");
        let x = if right { picture.width as isize - 1 } else { 0 };
        let y = if bottom { picture.height as isize - 1 } else { 0 };
        assert_eq!(picture.at(x, y), stored.at(0, 0), "orientation {orientation}");
    }
    // 5–8 differ by where the next stored pixel of the first row goes: down for 5 and 6.
    assert_eq!(read(with_exif(5)).unwrap().at(0, 9), stored.at(9, 0));
    assert_eq!(read(with_exif(6)).unwrap().at(59, 9), stored.at(9, 0));
    assert_eq!(read(with_exif(7)).unwrap().at(59, 80), stored.at(9, 0));
    assert_eq!(read(with_exif(8)).unwrap().at(0, 80), stored.at(9, 0));
}

#[test]
fn cmyk_and_deep_jpegs_are_refused_by_name() {
    let mut bytes = jpeg_bytes();
    let frame = bytes.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    bytes[frame + 4] = 12;
    assert!(matches!(read(bytes), Err(CaptureError::UnsupportedKind { media: MediaType::Jpeg, .. })));
    let samples = [120u8; 90 * 60 * 4];
    let mut cmyk = Vec::new();
    jpeg_encoder::Encoder::new(&mut cmyk, 90)
        .encode(&samples, 90, 60, jpeg_encoder::ColorType::Cmyk)
        .unwrap();
    assert!(matches!(read(cmyk), Err(CaptureError::UnsupportedKind { kind, .. }) if kind == "CMYK"));
}

#[test]
fn a_header_that_claims_a_huge_picture_is_refused_before_anything_is_allocated() {
    let mut bytes = jpeg_bytes();
    let frame = bytes.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xFF; 4]);
    assert!(matches!(read(bytes), Err(CaptureError::TooLarge { unit: "pixels", .. })));
}

#[test]
fn tiffs_of_another_writer_are_read_and_cmyk_is_refused() {
    let files: [(&[u8], [u8; 3]); 5] = [
        (include_bytes!("../../tests/pictures/palette.tif"), [255, 0, 0]),
        (include_bytes!("../../tests/pictures/colour.tif"), [255, 0, 0]),
        (include_bytes!("../../tests/pictures/grey.tif"), [0; 3]),
        (include_bytes!("../../tests/pictures/bits.tif"), [0; 3]),
        (include_bytes!("../../tests/pictures/fax.tif"), [0; 3]),
    ];
    for (i, (bytes, right)) in files.into_iter().enumerate() {
        let picture = read(bytes.to_vec()).unwrap_or_else(|fault| panic!("file {i}: {fault}"));
        assert_eq!((picture.width, picture.height), (37, 20), "file {i}");
        assert_eq!(
            [picture.at(1, 1), picture.at(10, 10), picture.at(36, 19)],
            [[0; 3], [255; 3], right],
            "file {i}"
        );
    }
    let cmyk = include_bytes!("../../tests/pictures/cmyk.tif");
    assert!(matches!(read(cmyk.to_vec()), Err(CaptureError::UnsupportedKind { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn arbitrary_bytes_behind_any_magic_never_panic(kind in 0usize..4, tail in proptest::collection::vec(any::<u8>(), 0..600)) {
        let magic: [&[u8]; 4] = [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"];
        let mut bytes = magic[kind].to_vec();
        bytes.extend_from_slice(&tail);
        let original = Original::read(bytes, "fuzz").unwrap();
        let _ = page_count(&original);
        let _ = decode(&original);
    }

    #[test]
    fn damaged_pictures_never_panic(kind in 0usize..3, hits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = [jpeg_bytes(), colour_png(), two_page_tiff()][kind].clone();
        for (at, value) in hits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(original) = Original::read(bytes, "fuzz") {
            let _ = page_count(&original);
            let _ = decode(&original);
        }
    }
}
