//! The bytes of a PDF 1.7 file: header, objects, one classic cross-reference table, trailer.
//!
//! Written so that an incremental update can be appended without touching a byte: no object streams, no
//! cross-reference stream, no encryption (ISO 19005-2, 6.1.2–6.1.9 fix the details noted below).

use lopdf::{Dictionary, Object, ObjectId, StringFormat, Writer};

/// Serialises `objects` (number n at index n − 1).
pub(crate) fn to_bytes(objects: &[Object], root: ObjectId, info: ObjectId, file_id: [u8; 16]) -> Vec<u8> {
    // The comment's four bytes above 127 tell transports that the file is binary (ISO 19005-2, 6.1.2).
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        write(&mut bytes, object);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let xref_at = bytes.len();
    bytes.extend_from_slice(format!("xref\n0 {}\n", objects.len() + 1).as_bytes());
    // Every entry is exactly 20 bytes, its end of line included (ISO 32000-1, 7.5.4).
    bytes.extend_from_slice(b"0000000000 65535 f \n");
    for offset in offsets {
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

/// Writing into a `Vec` cannot fail.
fn write(bytes: &mut Vec<u8>, object: &Object) {
    let _ = Writer::write_object(bytes, object);
}
