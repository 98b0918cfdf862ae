//! Our reference warehouse: a small HTTP service that verifies before it accepts and answers a signed receipt.
//!
//! It speaks the open protocol of `docs/warehouse-protocol.md`: tus uploads, idempotent registration, problem+json. It
//! runs inside the desk program in training mode and alone under `mocbanctl warehouse serve`; both call the same
//! function. Its store is a folder of files, no database.
//!
//! Invariants kept here: a copy is stored once, whatever is repeated, cut or killed (invariant 8); two copies never have
//! one number (invariant 1); a file is exactly the announced segments, signed by performer and agency (invariant 5).

mod answer;
mod app;
mod config;
mod copies;
mod durable;
mod error;
mod serve;
mod signatures;
mod store;
mod tus;
mod uploads;
mod verify;

pub use config::{DeskKey, Limits, WarehouseConfig};
pub use error::WarehouseError;
pub use serve::{Handle, serve, serve_with};
pub use signatures::PadesVerifier;
pub use verify::{CopyVerifier, Refusal};
