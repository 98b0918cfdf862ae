//! Everything that can go wrong between a file and a page, one name each.
//!
//! Faults of devices are elsewhere: [`crate::CameraFault`] and [`crate::ScanFault`].

use crate::original::MediaType;

/// Why a picture is refused, or a page cannot be made. Named after what the officer meets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// Neither JPEG, PNG, TIFF nor PDF by its content (the name is not believed).
    #[error("not a JPEG, PNG, TIFF or PDF file")]
    NotAPicture,
    /// The picture is of a known format but of a kind that is not read; never guessed at.
    #[error("{media} of an unsupported kind: {kind}")]
    UnsupportedKind {
        /// The format that was recognised.
        media: MediaType,
        /// What is unsupported about it, such as `CMYK`.
        kind: String,
    },
    /// More bytes or pixels than [`crate::original::MAX_BYTES`] and [`crate::original::MAX_PIXELS`] allow.
    #[error("too large: {found}, at most {limit} {unit}")]
    TooLarge {
        /// Bytes or pixels found.
        found: u64,
        /// Bytes or pixels allowed.
        limit: u64,
        /// `bytes`, `pixels` or `pages`.
        unit: &'static str,
    },
    /// The file ends before the picture does.
    #[error("the {media} is cut off before its end")]
    Truncated {
        /// The format that was recognised.
        media: MediaType,
    },
    /// The bytes contradict the format (checksum, marker, code or table).
    #[error("the {media} is damaged: {detail}")]
    Corrupt {
        /// The format that was recognised.
        media: MediaType,
        /// What the decoder found, for logs.
        detail: String,
    },
    /// The four corners do not make a page: crossed, flat, or too far from the picture.
    #[error("the four corners do not outline a page")]
    DegenerateQuad,
    /// An outline that should be a card's has not a card's proportions.
    #[error("the outline has not the proportions of a card")]
    NotACard,
    /// A crop reaches outside its page or is empty.
    #[error("the crop lies outside the page")]
    CropOutsidePage,
    /// The list of transforms has an order that cannot be carried out (a second perspective, say).
    #[error("the transforms cannot be carried out in this order")]
    TransformOrder,
    /// The encoder refused; does not happen for pages within the limits.
    #[error("the picture could not be encoded: {0}")]
    Encode(String),
}
