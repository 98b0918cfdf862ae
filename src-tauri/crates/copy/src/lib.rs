//! The certified copy as a PDF/A-2b: pages, statement, marks, QR, prepared signature fields, appearances.
//!
//! Bytes in, bytes out: no clock, no randomness, no file, no token, and no rule of the law; legal texts arrive as
//! finished strings. Equal requests give equal bytes, so the SHA-256 recorded before signing (invariant 2) can be
//! checked for ever, and the statement stands inside what the performer signs (invariant 3).

mod appearance;
mod assembly;
mod build;
mod colour;
mod document;
mod error;
mod form;
mod geometry;
mod image;
mod limits;
mod page;
mod pdf;
mod qr;
mod request;
mod statement;
mod text;
mod watermark;
mod wording;
mod xmp;

pub use appearance::{AppearanceForm, AppearanceRequest, AppearanceSigner, AppearanceWording, appearance};
pub use build::{UnsignedCopy, build};
pub use document::{Block, TextDocument, Tone, document};
pub use error::CopyError;
pub use form::{AGENCY_FIELD, FieldPlace, PERFORMER_FIELD};
pub use geometry::{A4_MM, MmRect, POINTS_PER_MM};
pub use limits::MOST_PAGES;
pub use page::{LEAST_DPI, PAGE_SIDE_MM};
pub use request::{
    ConversionMarker, CopyRequest, Jpeg, PageImage, Provenance, RecognisedText, StatementBlock,
    StatementPlacement, VerificationData,
};
pub use wording::Wording;
