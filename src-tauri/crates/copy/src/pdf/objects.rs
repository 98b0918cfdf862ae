//! The numbered objects of a file (or of a signature appearance) while they are being collected.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::{Dictionary, Object, ObjectId, Stream};

/// Objects numbered 1, 2, 3 … in the order in which they are asked for, so that equal input gives equal numbers.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    list: Vec<Object>,
}

impl Objects {
    /// A number for an object that others must refer to before it is known.
    pub(crate) fn reserve(&mut self) -> ObjectId {
        self.add(Object::Null)
    }

    /// Gives a reserved number its object.
    pub(crate) fn set(&mut self, id: ObjectId, object: impl Into<Object>) {
        if let Some(place) = self.list.get_mut(id.0 as usize - 1) {
            *place = object.into();
        }
    }

    /// Adds an object under the next number.
    pub(crate) fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        self.list.push(object.into());
        (self.list.len() as u32, 0)
    }

    /// Adds a stream compressed with Flate.
    pub(crate) fn add_compressed(&mut self, mut dict: Dictionary, content: &[u8]) -> ObjectId {
        dict.set("Filter", name("FlateDecode"));
        self.add(stream(dict, deflate(content)))
    }

    /// All objects; object number n stands at index n − 1.
    pub(crate) fn into_list(self) -> Vec<Object> {
        self.list
    }
}

/// A stream with its length, its content already encoded.
pub(crate) fn stream(mut dict: Dictionary, content: Vec<u8>) -> Object {
    dict.set("Length", content.len() as i64);
    Object::Stream(Stream { dict, content, allows_compression: false, start_position: None })
}

/// `/Name`.
pub(crate) fn name(text: &str) -> Object {
    Object::Name(text.as_bytes().to_vec())
}

/// A dictionary from its keys and values, in this order.
pub(crate) fn dict<const N: usize>(entries: [(&str, Object); N]) -> Dictionary {
    let mut dictionary = Dictionary::new();
    for (key, value) in entries {
        dictionary.set(key, value);
    }
    dictionary
}

/// An array of numbers, rounded to a thousandth of a point.
pub(crate) fn numbers(values: &[f64]) -> Object {
    Object::Array(values.iter().map(|value| number(*value)).collect())
}

/// A number, rounded to a thousandth, whole numbers without a fraction.
pub(crate) fn number(value: f64) -> Object {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.fract() == 0.0 { Object::Integer(rounded as i64) } else { Object::Real(rounded as f32) }
}

/// zlib, as `/FlateDecode` reads it. Writing into memory cannot fail.
pub(crate) fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(content);
    encoder.finish().unwrap_or_default()
}
