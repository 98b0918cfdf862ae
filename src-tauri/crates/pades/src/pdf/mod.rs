//! The strict reader: a PDF as its chain of revisions. It is no general PDF library: it opens only what every
//! reader must understand alike, keeps each revision's object table apart, and knows the byte range of what it read.

mod cipher;
pub(crate) mod encryption;
pub(crate) mod file;
pub(crate) mod filters;
pub(crate) mod object;
pub(crate) mod parser;
pub(crate) mod write;
pub(crate) mod xref;

pub(crate) use file::{File, View};
pub(crate) use object::{Dict, Object, Ref};

/// Why a file cannot be read without guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Syntax(#[from] parser::SyntaxError),
    #[error("{0}")]
    Structure(&'static str),
}

pub(crate) type ReadResult<T> = Result<T, ReadError>;

/// A file of objects with these bodies, numbered from 1, the first the catalogue.
#[cfg(test)]
pub(crate) fn sample(bodies: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (index, body) in bodies.iter().enumerate() {
        rows.push_str(&format!("{:010} 00000 n\r\n", pdf.len()));
        pdf.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        pdf.extend_from_slice(body.as_ref());
        pdf.extend_from_slice(b"\nendobj\n");
    }
    let (startxref, size) = (pdf.len(), bodies.len() + 1);
    let tail = format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{startxref}\n%%EOF\n");
    pdf.extend_from_slice(format!("xref\n0 {size}\n0000000000 65535 f\r\n{rows}{tail}").as_bytes());
    pdf
}
