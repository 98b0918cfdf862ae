//! What scanners answer: capabilities and status by eSCL, and the options that SANE's program lists.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_capture::fuzzing::read_scanner(bytes));
