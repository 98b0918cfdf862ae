//! The QR code of a citizen's identity card: found in a picture, read, taken apart.
//!
//! ```text
//! Grey → search (sizes, tiles) → finder patterns → grid → modules → bytes → text → Card
//! ```
//!
//! A room of its own because `rxing` takes long to compile. It sees grey pixels and gives fields; it opens no file and
//! never changes a picture that is kept: sharpening and thresholds here serve reading only and are thrown away.
//! Pictures are hostile: bounded, every call into `rxing` guarded against panics, all of it against a deadline.

mod card;
mod code;
mod date;
mod equaliser;
mod error;
mod geometry;
mod grey;
mod grid;
mod read;
mod search;
mod symbol;
mod text;
mod threshold;

pub use card::{Card, Layout, Sex};
pub use date::CardDate;
pub use error::NotRead;
pub use grey::{Grey, PIXELS_MAX};
pub use read::read;
