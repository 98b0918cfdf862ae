//! Signature appearances: complete object lists that any file can take in.

#![allow(clippy::unwrap_used)] // helpers of tests too may fail loudly

use lopdf::Object;
use mocban_copy::{
    AppearanceForm, AppearanceRequest, AppearanceSigner, AppearanceWording, CopyError, appearance,
};

const SEAL: &[u8] = include_bytes!("../../../../assets/training/marks/practice-seal.png");
const SIGNATURE: &[u8] = include_bytes!("../../../../assets/training/marks/practice-signature.png");

fn drawn(signer: AppearanceSigner<'_>, width_mm: f64, height_mm: f64) -> Result<AppearanceForm, CopyError> {
    appearance(&AppearanceRequest {
        width_mm,
        height_mm,
        signed_at: "2026-11-21T02:15:00Z".parse().unwrap(),
        wording: AppearanceWording::default(),
        signer,
    })
}

fn references(object: &Object, found: &mut Vec<u32>) {
    match object {
        Object::Reference(id) => found.push(id.0),
        Object::Array(list) => list.iter().for_each(|item| references(item, found)),
        Object::Dictionary(dict) => dict.iter().for_each(|(_, item)| references(item, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, item)| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_stays_inside_the_list_and_the_root_is_a_form() {
    let agency = AppearanceSigner::Agency { name: "Ủy ban nhân dân xã Yên Mô", seal_png: Some(SEAL) };
    let performer = AppearanceSigner::Performer {
        name: "Đặng Quỳnh Phượng",
        signature_png: Some(SIGNATURE),
        name_below: true,
    };
    for signer in [agency, performer] {
        let form = drawn(signer, 115.0, 36.0).unwrap();
        let mut found = Vec::new();
        form.objects.iter().for_each(|object| references(object, &mut found));
        assert!(!found.is_empty());
        assert!(found.iter().all(|number| (1..=form.objects.len() as u32).contains(number)));
        let root = form.objects[form.root.0 as usize - 1].as_stream().unwrap();
        assert_eq!(root.dict.get(b"Subtype").unwrap().as_name().unwrap(), b"Form");
    }
}

#[test]
fn the_seal_has_its_real_size_at_the_right_end() {
    let signer = AppearanceSigner::Agency { name: "UBND", seal_png: Some(SEAL) };
    let form = drawn(signer, 115.0, 36.0).unwrap();
    let content = &form.objects[form.root.0 as usize - 1].as_stream().unwrap().content;
    // 36 mm are 102.047 points; the seal's left edge stands at 79 mm = 223.937 points.
    let content = String::from_utf8(content.clone()).unwrap();
    assert!(content.contains("q 102.047 0 0 102.047 223.937 0 cm /Mark Do Q"), "{content}");
}

#[test]
fn transparency_travels_as_a_soft_mask() {
    let signer = AppearanceSigner::Performer { name: "A", signature_png: Some(SIGNATURE), name_below: false };
    let form = drawn(signer, 54.0, 28.0).unwrap();
    let masks =
        form.objects.iter().filter_map(|object| object.as_stream().ok()).filter(|s| s.dict.has(b"SMask"));
    assert_eq!(masks.count(), 1);
}

#[test]
fn without_pictures_name_and_time_are_written() {
    for signer in [
        AppearanceSigner::Performer {
            name: "Đặng Quỳnh Phượng", signature_png: None, name_below: false
        },
        AppearanceSigner::Agency { name: "Ủy ban nhân dân xã Yên Mô", seal_png: None },
    ] {
        assert!(drawn(signer, 54.0, 28.0).is_ok());
    }
}

#[test]
fn marks_and_places_that_do_not_serve_are_refused_by_name() {
    let agency = |seal| AppearanceSigner::Agency { name: "UBND", seal_png: Some(seal) };
    assert!(matches!(drawn(agency(b"not a picture"), 115.0, 36.0), Err(CopyError::MarkUnreadable { .. })));
    assert!(matches!(
        drawn(agency(&SEAL[..SEAL.len() / 2]), 115.0, 36.0),
        Err(CopyError::MarkUnreadable { .. })
    ));
    assert!(matches!(drawn(agency(SIGNATURE), 115.0, 36.0), Err(CopyError::MarkUnreadable { .. })));
    assert_eq!(drawn(agency(SEAL), 30.0, 36.0).unwrap_err(), CopyError::SignaturePlaceTooSmall);
    assert_eq!(drawn(agency(SEAL), f64::NAN, 36.0).unwrap_err(), CopyError::SignaturePlaceTooSmall);
    let name = "Ủy ban nhân dân ".repeat(40);
    let wordy = AppearanceSigner::Agency { name: &name, seal_png: Some(SEAL) };
    assert_eq!(drawn(wordy, 75.0, 36.0).unwrap_err(), CopyError::SignaturePlaceTooSmall);
}
