//! EXIF orientation (EXIF 2.32 §4.6.4, tag 0x0112): read leniently, applied exactly.
//!
//! 0, absent, unreadable or out of range means upright: a wrong tag must never make a picture unreadable.

use crate::picture::Picture;

/// The orientation, 1–8, inside an EXIF block that starts with its TIFF header; 1 for anything invalid.
pub(super) fn from_exif(tiff: &[u8]) -> u8 {
    exif::Reader::new()
        .read_raw(tiff.to_vec())
        .ok()
        .and_then(|fields| fields.get_field(exif::Tag::Orientation, exif::In::PRIMARY)?.value.get_uint(0))
        .map_or(1, valid)
}

/// The value when it is one of 1–8, else 1.
pub(super) fn valid(value: u32) -> u8 {
    u8::try_from(value).ok().filter(|v| (1..=8).contains(v)).unwrap_or(1)
}

/// Turns and mirrors stored pixels so that they stand upright, and notes the value in the picture.
pub(super) fn apply(picture: Picture, orientation: u8) -> Picture {
    let mut upright = match orientation {
        2 => picture.mirrored(),
        3 => picture.turned(2),
        4 => picture.mirrored().turned(2),
        5 => picture.mirrored().turned(3),
        6 => picture.turned(1),
        7 => picture.mirrored().turned(1),
        8 => picture.turned(3),
        _ => picture,
    };
    upright.orientation = valid(u32::from(orientation));
    upright
}
