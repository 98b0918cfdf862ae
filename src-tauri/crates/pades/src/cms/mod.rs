//! CMS SignedData (RFC 5652) as PAdES uses it (ETSI EN 319 142-1): built in DER, read from BER, always over the
//! raw bytes. It knows no PDF.

pub(crate) mod asn1;
pub(crate) mod build;
pub(crate) mod oid;
pub(crate) mod signed_data;
pub(crate) mod timestamp;
