//! Tokens: PKCS#11 modules loaded only in a helper process, with a deadline on every call.
//!
//! A vendor's module can hang, crash, print, or deadlock when it is unloaded. So it never enters this process:
//! [`TokenHost`] starts a child of an executable whose `main` begins with [`host::run_if_requested`], speaks to it over a
//! pipe, and kills it when it does not answer in time. What comes back is judged here, in the parent: certificates are
//! parsed, a signature is verified with the key of the certificate the officer chose, before anybody sees it.
//!
//! Keeps invariant 6 (no PIN is stored, logged, replayed or sent to a token not chosen by certificate fingerprint) and
//! the first half of invariant 4 (a signature is verified before a byte is written). It knows no PDF and no register.
//!
//! The calls block; an async caller puts them on a thread made for blocking.

pub mod card_service;
mod certificate;
mod child;
mod client;
pub mod discovery;
mod error;
pub mod host;
mod module_file;
mod pin;
mod protocol;
mod signature;
mod token;

pub use certificate::{CertificateInfo, Fingerprint, KeyAlgorithm, KeyUse};
pub use client::{Deadlines, Launch, TokenHost};
pub use error::{Call, ModuleFault, TokenError, TriesLeft};
pub use module_file::{ModuleFile, check_module_file, describe_module_file};
pub use pin::Pin;
pub use signature::{MOST_DATA, SignAlgorithm, SignRequest};
pub use token::{CallTiming, ModuleInfo, OpenedToken, PinLengths, PinState, Quirk, TokenInfo};
