//! Timestamp tokens and the answers of timestamp authorities.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_pades::fuzzing::read_timestamp(bytes));
