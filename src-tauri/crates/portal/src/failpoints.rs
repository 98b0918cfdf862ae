//! Named points at which tests stop or kill the desk in the middle of a delivery. Nothing of them is compiled unless
//! the feature `failpoints` is on.

/// The upload was created at the warehouse and its address is recorded; no byte of the file was sent.
pub const AFTER_CREATE: &str = "portal::after-create";
/// Between two chunks of the file.
pub const BETWEEN_CHUNKS: &str = "portal::between-chunks";
/// All bytes are at the warehouse; the copy is not registered there.
pub const BEFORE_REGISTER: &str = "portal::before-register";
/// The verified receipt is in memory; the outbox does not know it yet.
pub const BEFORE_DELIVER: &str = "portal::before-deliver";

/// All of them, in the order in which a delivery passes them.
pub const ALL: &[&str] = &[AFTER_CREATE, BETWEEN_CHUNKS, BEFORE_REGISTER, BEFORE_DELIVER];
