//! What a warehouse must do, the clients for it, and the queue runner.
//!
//! The desk announces a copy with a [`CopyManifest`], brings the file by tus ([`http`]), and gets a signed [`Receipt`];
//! [`queue`] does so for everything in the [`Outbox`], through any outage. [`folder`] is the way for offices whose
//! portal takes uploads by hand only.
//!
//! What is not here: the store (the desk implements [`Outbox`] over the register) and every decision to free a file.
//! Invariant kept here: storing twice, or half, or after a crash stores one copy, and only a [`VerifiedReceipt`], which
//! nothing but the verification can make, says that it is stored (invariant 8).

pub mod auth;
pub mod backoff;
pub mod canonical;
mod connection;
mod courier;
pub mod digest;
pub mod error;
pub mod failpoints;
pub mod folder;
pub mod http;
pub mod outbox;
pub mod pki;
pub mod ports;
pub mod problem;
pub mod queue;
pub mod receipt;
pub mod sidecar;
pub mod tus;
pub mod warehouse;
pub mod wire;

pub use auth::DeskIdentity;
pub use digest::Digest;
pub use error::{Failure, FailureClass, PortalError};
pub use http::{HttpSettings, HttpWarehouse};
pub use outbox::{Delivery, Outbox, StoreError};
pub use ports::{Clock, Random, SystemClock, SystemRandom};
pub use problem::{Problem, ProblemKind};
pub use queue::{Lane, QueueHandle, QueueRunner, Status};
pub use receipt::VerifiedReceipt;
pub use warehouse::{CopyStatus, Progress, UploadState, Warehouse};
pub use wire::{CopyManifest, Receipt, RegisterEvidence, Segment, StoredCopy};
