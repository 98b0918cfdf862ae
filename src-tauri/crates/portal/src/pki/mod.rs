//! The services of the certification authorities: timestamps (RFC 3161), answers and lists about revocation. This room
//! brings bytes, bounded and in time; what they prove is judged where the signatures are known.

pub mod authorities;
pub mod budget;
pub mod web;

pub use authorities::{Authorities, Authority, AuthorityError, NoTimestamp};
pub use budget::{Budget, Ledger, MemoryLedger};
pub use web::{Web, WebError};
