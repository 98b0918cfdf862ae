//! The text in an identity card's QR code, as it is taken apart.
#![no_main]

use mocban_identity::Card;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Card::parse(&String::from_utf8_lossy(bytes));
});
