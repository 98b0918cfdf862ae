//! Pictures: what a JPEG's header says, and what a PNG mark (seal, signature) holds. No picture is re-encoded.

pub(crate) mod jpeg;
pub(crate) mod png;
