//! Trust: whether a certificate leads to an anchor (RFC 5280 §6), and whether somebody revoked one on the way. It
//! asks no network: what is known of revocation comes in with the file or from a [`RevocationSource`].

pub(crate) mod crl;
pub(crate) mod extensions;
pub(crate) mod links;
pub(crate) mod name;
pub(crate) mod ocsp;
pub(crate) mod path;
mod policy;
pub(crate) mod revocation;
pub(crate) mod signed;

pub use crl::Crl;
pub use ocsp::OcspResponse;
pub use path::ChainFault;
pub use revocation::{RevocationItem, RevocationReason, RevocationSource};
