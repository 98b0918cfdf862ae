//! Scanners over real HTTP, every answer that real machines were seen to give; SANE with its own faults; pages into the
//! case.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

mod case;
mod faults;
mod printer;
#[cfg(unix)]
mod sane;
