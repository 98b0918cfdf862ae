//! The bytes of a PDF 1.7 file: header, objects, one classic cross-reference table, trailer.
//!
//! Written so that an incremental update can be appended without touching a byte: no object streams, no
//! cross-reference stream, no encryption (ISO 19005-2, 6.1.2–6.1.9 fix the details noted below).

use std::collections::HashMap;

use lopdf::{Dictionary, Object, ObjectId, StringFormat, Writer};

/// Kept beside the pictures for everything else of a file.
const ROOM: usize = 256 << 10;

/// A file while it is written. What is large goes in at once, under a number that was reserved for it; the other objects
/// follow when all of them are known.
pub(crate) struct Body {
    bytes: Vec<u8>,
    /// Where the objects written already begin, by number.
    written: HashMap<u32, usize>,
}

impl Body {
    /// The header, with room for so many bytes of pictures.
    pub(crate) fn with_room(pictures: usize) -> Self {
        let mut bytes = Vec::with_capacity(pictures + pictures / 64 + ROOM);
        // The comment's four bytes above 127 tell transports that the file is binary (ISO 19005-2, 6.1.2).
        bytes.extend_from_slice(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
        Self { bytes, written: HashMap::new() }
    }

    /// Writes the stream `id`, its content already encoded.
    pub(crate) fn write_stream(&mut self, id: ObjectId, mut dict: Dictionary, content: &[u8]) {
        dict.set("Length", content.len() as i64);
        self.begin(id.0);
        write(&mut self.bytes, &Object::Dictionary(dict));
        self.bytes.extend_from_slice(b"stream\n");
        self.bytes.extend_from_slice(content);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// Writes every object that is not written yet (number n at index n − 1), the table and the trailer.
    pub(crate) fn finish(
        mut self,
        objects: &[Object],
        root: ObjectId,
        info: ObjectId,
        file_id: [u8; 16],
    ) -> Vec<u8> {
        for (number, object) in (1..).zip(objects) {
            if !self.written.contains_key(&number) {
                self.begin(number);
                write(&mut self.bytes, object);
                self.bytes.extend_from_slice(b"\nendobj\n");
            }
        }
        let Self { mut bytes, written } = self;
        let xref_at = bytes.len();
        bytes.extend_from_slice(format!("xref\n0 {}\n", objects.len() + 1).as_bytes());
        // Every entry is exactly 20 bytes, its end of line included (ISO 32000-1, 7.5.4).
        bytes.extend_from_slice(b"0000000000 65535 f \n");
        for (number, _) in (1..).zip(objects) {
            let offset = written.get(&number).copied().unwrap_or_default();
            bytes.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
        }
        let id = Object::String(file_id.to_vec(), StringFormat::Hexadecimal);
        let mut trailer = Dictionary::new();
        trailer.set("Size", objects.len() as i64 + 1);
        trailer.set("Root", root);
        trailer.set("Info", info);
        trailer.set("ID", vec![id.clone(), id]);
        bytes.extend_from_slice(b"trailer\n");
        write(&mut bytes, &Object::Dictionary(trailer));
        bytes.extend_from_slice(format!("\nstartxref\n{xref_at}\n%%EOF\n").as_bytes());
        bytes
    }

    fn begin(&mut self, number: u32) {
        self.written.insert(number, self.bytes.len());
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    }
}

/// Writing into a `Vec` cannot fail.
fn write(bytes: &mut Vec<u8>, object: &Object) {
    let _ = Writer::write_object(bytes, object);
}
