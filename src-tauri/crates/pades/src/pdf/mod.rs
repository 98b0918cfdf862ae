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
