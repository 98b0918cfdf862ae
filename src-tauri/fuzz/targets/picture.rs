//! A file that is to become pages: what it is, how many pages it has, how large they say they are, their pixels; and a JPEG
//! passed through. What is read whole with other people's libraries (PNG, TIFF, JPEG) is reached through our bounds.
#![no_main]

use mocban_capture::{Original, Transform, decode_page, page_count, passthrough, stated_size};

/// Pages looked at of one file.
const PAGES: usize = 4;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(original) = Original::read(bytes.to_vec(), "fuzz") else { return };
    let Ok(pages) = page_count(&original) else { return };
    for index in 0..pages.min(PAGES) {
        let _ = stated_size(&original, index);
        let _ = passthrough(&original, index, &[Transform::Orient { exif: 1 }]);
        let _ = decode_page(&original, index);
    }
});
