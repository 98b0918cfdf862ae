//! A software PKCS#11 v2.40 module with two tokens, for training mode and for tests.
//!
//! It behaves as a USB token does: certificates are readable by anybody, keys only after the PIN (`12345678`), three
//! wrong PINs lock it. It is **not** a place to keep a secret: its keys are public (assets/training/pki), they live in the
//! program, and whatever they sign proves nothing. PIN counters live in memory, so a new process starts unlocked.
//!
//! Every C function it has goes through one door (`dispatch`), where a test can script a fault
//! (`faults`); a script gives it another character (`script`).

mod abi;
mod dispatch;
mod faults;
mod key;
mod memory;
mod module;
mod object;
mod script;
mod session;
mod table;
mod token;

pub use faults::{FAULTS_VARIABLE, UNPLUGGED_VARIABLE};
pub use script::SCRIPT_VARIABLE;
pub use table::{C_GetFunctionList, C_GetInterface};
pub use token::{AGENCY_LABEL, PERFORMER_LABEL, PIN};
