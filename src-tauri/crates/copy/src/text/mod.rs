//! Vietnamese text: bundled fonts, shaping, lines and paragraphs, and embedding into a PDF.
//!
//! Used by the copy, by signature appearances, and by every slip or register print. What it keeps: text always
//! lies inside the width it was given, and a character without a glyph is an error, never an empty box.

pub(crate) mod embed;
pub(crate) mod face;
pub(crate) mod paragraph;
pub(crate) mod shape;

pub(crate) use embed::Fonts;
pub(crate) use face::Style;
pub(crate) use paragraph::{Align, Ink, Paragraph, TextBlock};
