//! PDF objects as values (ISO 32000-1 §7.3). No bytes of streams are copied: a stream is its dictionary and the
//! range of the file that holds its data. A string remembers where it stood, since a signature must know exactly
//! which bytes its /Contents occupies.

use std::collections::BTreeMap;
use std::ops::Range;

/// A reference to an indirect object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ref {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// A string and the bytes it was written in. Equality looks at the value alone.
#[derive(Debug, Clone)]
pub(crate) struct PdfString {
    pub(crate) bytes: Vec<u8>,
    pub(crate) hexadecimal: bool,
    /// From the opening to after the closing delimiter; empty for a string that was not read from a file.
    pub(crate) span: Range<usize>,
}

impl PartialEq for PdfString {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

/// A dictionary; for a key written twice with different values see [`Object::Conflict`].
pub(crate) type Dict = BTreeMap<Vec<u8>, Object>;

/// Numbers are equal by value, however they are written.
#[derive(Debug, Clone)]
pub(crate) enum Object {
    Null,
    Boolean(bool),
    Integer(i64),
    /// As written, so that nothing changes when it is written again.
    Real(Vec<u8>),
    Name(Vec<u8>),
    String(PdfString),
    Array(Vec<Object>),
    Dictionary(Dict),
    /// Dictionary, and where the (encoded) data lies in the file.
    Stream(Dict, Range<usize>),
    /// A stream that is to be written: dictionary and encoded data.
    NewStream(Dict, Vec<u8>),
    Reference(Ref),
    /// What stands in a dictionary for a key that was written more than once with different values: readers differ
    /// about it, so whoever asks for it gets an error.
    Conflict(Vec<Object>),
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(one), Self::Boolean(two)) => one == two,
            (Self::Integer(one), Self::Integer(two)) => one == two,
            (Self::Name(one), Self::Name(two)) => one == two,
            (Self::String(one), Self::String(two)) => one == two,
            (Self::Array(one), Self::Array(two)) | (Self::Conflict(one), Self::Conflict(two)) => one == two,
            (Self::Dictionary(one), Self::Dictionary(two)) => one == two,
            (Self::Stream(one, here), Self::Stream(two, there)) => one == two && here == there,
            (Self::NewStream(one, data), Self::NewStream(two, other)) => one == two && data == other,
            (Self::Reference(one), Self::Reference(two)) => one == two,
            (Self::Real(_), Self::Real(_) | Self::Integer(_)) | (Self::Integer(_), Self::Real(_)) => {
                self.as_number().is_some_and(|one| other.as_number() == Some(one))
            }
            _ => false,
        }
    }
}

impl Object {
    pub(crate) fn name(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    pub(crate) fn string(bytes: Vec<u8>, hexadecimal: bool) -> Self {
        Self::String(PdfString { bytes, hexadecimal, span: 0..0 })
    }

    /// A text string: ASCII as it is, anything else in UTF-16BE with its mark (ISO 32000-1 §7.9.2.2).
    pub(crate) fn text(text: &str) -> Self {
        if text.is_ascii() {
            return Self::string(text.as_bytes().to_vec(), false);
        }
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        Self::string(units.flat_map(u16::to_be_bytes).collect(), false)
    }

    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn as_string(&self) -> Option<&PdfString> {
        match self {
            Self::String(string) => Some(string),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_reference(&self) -> Option<Ref> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    /// The dictionary of a dictionary or of a stream.
    pub(crate) fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dictionary(dict) | Self::Stream(dict, _) | Self::NewStream(dict, _) => Some(dict),
            _ => None,
        }
    }

    /// Calls `visit` for every reference inside, however deep (depth is bounded by the parser).
    pub(crate) fn references(&self, visit: &mut dyn FnMut(Ref)) {
        match self {
            Self::Reference(reference) => visit(*reference),
            Self::Array(items) | Self::Conflict(items) => {
                items.iter().for_each(|item| item.references(visit));
            }
            Self::Dictionary(dict) | Self::Stream(dict, _) | Self::NewStream(dict, _) => {
                dict.values().for_each(|value| value.references(visit));
            }
            _ => {}
        }
    }
}

/// A text string as Unicode: UTF-16BE or UTF-8 by its mark, else Latin-1 (which PDFDocEncoding is, for letters).
pub(crate) fn decode_text(bytes: &[u8]) -> String {
    if let Some(utf16) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        let units: Vec<u16> =
            utf16.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    if let Some(utf8) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return String::from_utf8_lossy(utf8).into_owned();
    }
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_text_survives_utf16() {
        let Object::String(string) = Object::text("Chứng thực bản sao") else { panic!() };
        assert_eq!(decode_text(&string.bytes), "Chứng thực bản sao");
        assert!(string.bytes.starts_with(&[0xFE, 0xFF]));
    }
}
