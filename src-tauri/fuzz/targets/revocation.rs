//! Lists of revoked certificates and OCSP answers, about a certificate of this house.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| mocban_pades::fuzzing::read_revocation(bytes));
