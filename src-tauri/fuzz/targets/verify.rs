//! The whole verification. Whatever the bytes are, the answer is a report, and without trust anchors never `valid`.
#![no_main]

use mocban_pades::{Verdict, VerifyOptions, verify};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let report = verify(bytes, &VerifyOptions { trust: &[], at: jiff::Timestamp::UNIX_EPOCH });
    assert_ne!(report.verdict, Verdict::Valid);
});
