//! PDF syntax: numbered objects, content streams, and the bytes of the file.
//!
//! Knows ISO 32000-1 and nothing of certification.

pub(crate) mod canvas;
pub(crate) mod file;
pub(crate) mod objects;
pub(crate) mod strings;
