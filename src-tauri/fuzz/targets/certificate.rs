//! Certificates: read, and walked as the last and as the first of a path.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_pades::fuzzing::read_certificate(bytes));
