//! Writes objects, and the increment that carries them (ISO 32000-1 §7.5.6): new bytes only, with a
//! cross-reference section of the same kind as the one before, so that every reader keeps following the chain.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::object::{Dict, Object, PdfString, Ref};
use super::xref::Kind;

/// Appends `object` as PDF syntax.
pub(crate) fn object(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Real(text) => out.extend_from_slice(text),
        Object::Name(name) => self::name(name, out),
        Object::String(value) => string(value, out),
        Object::Reference(reference) => {
            out.extend_from_slice(format!("{} {} R", reference.number, reference.generation).as_bytes());
        }
        // Inside a dictionary, below, each value gets its key.
        Object::Conflict(values) => values.iter().for_each(|value| self::object(value, out)),
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                self::object(item, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dict) | Object::Stream(dict, _) => dictionary(dict, out),
        Object::NewStream(dict, data) => {
            dictionary(dict, out);
            out.extend_from_slice(b"\nstream\n");
            out.extend_from_slice(data);
            out.extend_from_slice(b"\nendstream");
        }
    }
}

fn dictionary(dict: &Dict, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<<");
    for (key, value) in dict {
        let values = match value {
            Object::Conflict(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            name(key, out);
            out.push(b' ');
            object(value, out);
        }
    }
    out.extend_from_slice(b">>");
}

fn name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"+-_.*!$&'=@^`~|;:?,\\".contains(&byte) {
            out.push(byte);
        } else {
            hex_pair(b"#", byte, out);
        }
    }
}

fn hex_pair(prefix: &[u8], byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(prefix);
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

fn string(string: &PdfString, out: &mut Vec<u8>) {
    let printable = string.bytes.iter().all(|byte| (32..127).contains(byte));
    if string.hexadecimal || !printable {
        out.push(b'<');
        string.bytes.iter().for_each(|&byte| hex_pair(b"", byte, out));
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for &byte in &string.bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b')');
}

/// An increment being written after `base` bytes.
pub(crate) struct Increment {
    base: usize,
    pub(crate) bytes: Vec<u8>,
    offsets: BTreeMap<Ref, usize>,
}

impl Increment {
    /// `previous` is the whole file so far; a line end is added if it lacks one.
    pub(crate) fn after(previous: &[u8]) -> Self {
        let closed = matches!(previous.last(), Some(b'\n' | b'\r'));
        let bytes = if closed { Vec::new() } else { b"\n".to_vec() };
        Self { base: previous.len(), bytes, offsets: BTreeMap::new() }
    }

    /// Where the next byte will stand in the whole file.
    pub(crate) fn position(&self) -> usize {
        self.base + self.bytes.len()
    }

    pub(crate) fn push(&mut self, reference: Ref, value: &Object) {
        self.begin(reference);
        object(value, &mut self.bytes);
        self.end();
    }

    pub(crate) fn begin(&mut self, reference: Ref) {
        self.offsets.insert(reference, self.position());
        let _ = writeln!(self.bytes, "{} {} obj", reference.number, reference.generation);
    }

    pub(crate) fn end(&mut self) {
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// Ends the increment: a section of `kind`, whose trailer is `trailer` with /Size filled in here. A section
    /// that is a stream takes the first free number, `size`.
    pub(crate) fn finish(mut self, kind: Kind, mut trailer: Dict, size: u32) -> Vec<u8> {
        let startxref = self.position();
        match kind {
            Kind::Table => {
                trailer.insert(b"Size".to_vec(), Object::Integer(i64::from(size)));
                self.table();
                self.bytes.extend_from_slice(b"trailer\n");
                dictionary(&trailer, &mut self.bytes);
            }
            Kind::Stream => self.stream(trailer, size, startxref),
        }
        let _ = write!(self.bytes, "\nstartxref\n{startxref}\n%%EOF\n");
        self.bytes
    }

    fn runs(&self) -> Vec<Vec<(Ref, usize)>> {
        let mut runs: Vec<Vec<(Ref, usize)>> = Vec::new();
        for (&reference, &offset) in &self.offsets {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|(last, _)| last.number + 1 == reference.number) => {
                    run.push((reference, offset));
                }
                _ => runs.push(vec![(reference, offset)]),
            }
        }
        runs
    }

    fn table(&mut self) {
        self.bytes.extend_from_slice(b"xref\n");
        for run in self.runs() {
            let _ = writeln!(self.bytes, "{} {}", run[0].0.number, run.len());
            for (reference, offset) in run {
                let _ = write!(self.bytes, "{offset:010} {:05} n\r\n", reference.generation);
            }
        }
    }

    fn stream(&mut self, mut dict: Dict, number: u32, startxref: usize) {
        let own = Ref { number, generation: 0 };
        self.offsets.insert(own, startxref);
        let runs = self.runs();
        let index = runs.iter().flat_map(|run| [i64::from(run[0].0.number), run.len() as i64]);
        dict.insert(b"Index".to_vec(), Object::Array(index.map(Object::Integer).collect()));
        let mut rows = Vec::new();
        for (reference, offset) in runs.into_iter().flatten() {
            rows.push(1);
            rows.extend_from_slice(&(offset as u64).to_be_bytes());
            rows.extend_from_slice(&reference.generation.to_be_bytes());
        }
        dict.insert(b"Type".to_vec(), Object::name("XRef"));
        dict.insert(b"Size".to_vec(), Object::Integer(i64::from(number) + 1));
        dict.insert(b"W".to_vec(), Object::Array([1, 8, 2].map(Object::Integer).to_vec()));
        dict.insert(b"Length".to_vec(), Object::Integer(rows.len() as i64));
        let _ = writeln!(self.bytes, "{number} 0 obj");
        object(&Object::NewStream(dict, rows), &mut self.bytes);
        self.bytes.extend_from_slice(b"\nendobj");
    }
}
