//! Tokens at this desk: which are plugged in, who is signed in with them, and the key they hold as a
//! [`Signer`](mocban_pades::Signer) for the copy.
//!
//! A PIN comes in with a command, goes to the helper process of the one chosen token, once, and is wiped. What a session
//! keeps is the certificate; the login lives in the helper (invariant 6).

mod check;
mod list;
mod modules;
mod pins;
mod session;
mod signer;
mod suitability;
mod watch;

pub(crate) use modules::Tokens;
pub(crate) use pins::Pins;
pub(crate) use session::{Session, code_of, full_title, not_signed_in};
pub(crate) use signer::TokenSigner;
