//! The strict reader alone: every object of every revision is read.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_pades::fuzzing::read_pdf(bytes));
