//! CMS as signatures carry it: read from BER, its attributes looked at, its signature checked.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_pades::fuzzing::read_cms(bytes));
