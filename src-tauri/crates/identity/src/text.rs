//! From the bytes of a code to text: UTF-8 as the cards carry it, in Unicode NFC.

use unicode_normalization::UnicodeNormalization;

/// The text of a code.
///
/// Cards carry UTF-8. Some readers and writers take those bytes for Latin-1 and encode them once more ("Nguyá»…n"): that is
/// undone when undoing it gives valid UTF-8. Bytes that are no UTF-8 at all (TCVN3 and other old 8-bit codes cannot be
/// told apart) are left as they are, one Latin-1 character a byte, for a person to see.
pub(crate) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => once_too_often(text).unwrap_or_else(|| text.to_owned()),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.nfc().collect()
}

/// Undoes UTF-8 that was taken for Windows-1252 or Latin-1 and encoded again.
fn once_too_often(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(as_byte).collect();
    String::from_utf8(bytes?).ok()
}

/// The byte that Windows-1252 shows as this character (Latin-1 where 1252 has none).
fn as_byte(character: char) -> Option<u8> {
    const HIGH: [(char, u8); 27] = [
        ('€', 0x80),
        ('‚', 0x82),
        ('ƒ', 0x83),
        ('„', 0x84),
        ('…', 0x85),
        ('†', 0x86),
        ('‡', 0x87),
        ('ˆ', 0x88),
        ('‰', 0x89),
        ('Š', 0x8A),
        ('‹', 0x8B),
        ('Œ', 0x8C),
        ('Ž', 0x8E),
        ('‘', 0x91),
        ('’', 0x92),
        ('“', 0x93),
        ('”', 0x94),
        ('•', 0x95),
        ('–', 0x96),
        ('—', 0x97),
        ('˜', 0x98),
        ('™', 0x99),
        ('š', 0x9A),
        ('›', 0x9B),
        ('œ', 0x9C),
        ('ž', 0x9E),
        ('Ÿ', 0x9F),
    ];
    let high = || HIGH.iter().find(|(shown, _)| *shown == character).map(|(_, byte)| *byte);
    u8::try_from(u32::from(character)).ok().or_else(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decomposed_letters_are_composed() {
        assert_eq!(text("Nguye\u{302}\u{303}n".as_bytes()), "Nguyễn");
    }

    #[test]
    fn text_encoded_once_too_often_is_mended() {
        let latin1: String = "Nguyễn Thị Hằng".bytes().map(char::from).collect();
        assert_eq!(text(latin1.as_bytes()), "Nguyễn Thị Hằng");
        assert_eq!(text("Nguyá»…n".as_bytes()), "Nguyễn");
    }

    #[test]
    fn right_text_is_never_mended() {
        for right in ["Trần Thị Ánh", "ĐẶNG VĂN HÙNG", "Lê Hoà", "Äpfel", "Công Hoà", "Võ"] {
            assert_eq!(text(right.as_bytes()), right);
        }
    }

    #[test]
    fn bytes_of_an_older_code_stay_visible() {
        assert_eq!(text(b"Nguy\xD4n"), "NguyÔn"); // TCVN3
    }

    proptest! {
        #[test]
        fn any_bytes_give_some_text(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            text(&bytes);
        }
    }
}
