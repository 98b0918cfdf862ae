//! From a photograph or a scan to a page at true size, with every transform recorded.
//!
//! ```text
//! bytes → Original (immutable, hashed) → decode → Picture (upright) → detect → Quad
//!       → Page (original + transforms) → rectify → Rectified (300 dpi, true size) → encode::jpeg
//! ```
//!
//! What comes in is hostile: bounded, strictly decoded, refused by name. What goes out is the same colours in the
//! right shape: geometry is corrected, and on an officer's word measured light; nothing else (invariant: an original's bytes never change, and a page is
//! its original plus a list of transforms). Cameras and scanners stand behind [`FrameSource`] and [`ScanSource`].

pub mod camera;
pub mod decode;
pub mod detect;
pub mod encode;
mod error;
mod fingerprint;
mod flat_field;
mod geometry;
mod lens;
pub mod original;
pub mod page;
pub mod paper;
mod picture;
pub mod quality;
mod reduce;
pub mod scanner;
mod sheet;
mod source;
pub mod stand;
mod thumbnail;
mod training;
mod warp;

pub use decode::{decode, decode_page, page_count, stated_size};
pub use detect::{CONFIDENCE_BAR, Detection, Warning, detect, detect_all, detect_live};
pub use encode::passthrough;
pub use error::CaptureError;
pub use fingerprint::Fingerprint;
pub use flat_field::FlatField;
pub use geometry::{Homography, Line, Point, Quad};
pub use lens::Lens;
pub use original::{MediaType, Original};
pub use page::{Page, Rectified, Transform, rectify, source_dpi};
pub use paper::{PageSize, PaperSize};
pub use picture::Picture;
pub use quality::{Gate, Quality, Reason, Scale};
pub use sheet::{card, card_sheet};
pub use source::{
    CameraFault, ColourMode, Device, Feed, Frame, FrameSource, ScanAbilities, ScanFault, ScanSettings,
    ScanSource, ScannedPage, Stop, TakePage,
};
pub use stand::{OnStand, Stand, StandFault};
pub use thumbnail::thumbnail;
pub use training::{PracticeScene, TrainingCamera};
pub use warp::{warp, warp_through};
