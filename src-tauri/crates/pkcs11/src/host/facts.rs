//! What C_GetTokenInfo tells of a token, without what pads it.

use cryptoki_sys::*;

use crate::token::{PinLengths, PinState};

/// A token's own words about itself, and about its PIN just now.
pub(super) struct Facts {
    pub(super) label: String,
    pub(super) serial: String,
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) pin_lengths: Option<PinLengths>,
    flags: CK_FLAGS,
}

impl Facts {
    pub(super) fn new(info: &CK_TOKEN_INFO) -> Self {
        Self {
            label: text(&info.label),
            serial: text(&info.serialNumber),
            manufacturer: text(&info.manufacturerID),
            model: text(&info.model),
            pin_lengths: pin_lengths(info.ulMinPinLen, info.ulMaxPinLen),
            flags: info.flags,
        }
    }

    fn has(&self, flag: CK_FLAGS) -> bool {
        self.flags & flag != 0
    }

    /// Whether the PIN is typed on the token or its reader.
    pub(super) fn protected_path(&self) -> bool {
        self.has(CKF_PROTECTED_AUTHENTICATION_PATH)
    }

    pub(super) fn initialised(&self) -> bool {
        self.has(CKF_TOKEN_INITIALIZED)
    }

    /// The state of the PIN by the token's flags, worst first.
    pub(super) fn pin(&self) -> PinState {
        if self.has(CKF_USER_PIN_LOCKED) {
            PinState::Locked
        } else if !self.has(CKF_USER_PIN_INITIALIZED) {
            PinState::NotInitialised
        } else if self.has(CKF_USER_PIN_FINAL_TRY) {
            PinState::FinalTry
        } else if self.has(CKF_USER_PIN_COUNT_LOW) {
            PinState::CountLow
        } else if self.has(CKF_USER_PIN_TO_BE_CHANGED) {
            PinState::ToBeChanged
        } else {
            PinState::Ok
        }
    }

    /// Whether the PIN must be changed before anything else.
    pub(super) fn pin_to_be_changed(&self) -> bool {
        self.has(CKF_USER_PIN_TO_BE_CHANGED)
    }
}

/// Text of a module without what pads it: blanks by the standard, zeros and byte-order marks by some drivers. Bytes of
/// an old Vietnamese encoding become replacement characters: nothing is ever chosen by a label.
pub(super) fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end])
        .trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
        .to_owned()
}

/// The lengths a PIN may have, if what the token says of them makes sense.
fn pin_lengths(min: CK_ULONG, max: CK_ULONG) -> Option<PinLengths> {
    let (min, max) = (u8::try_from(min).ok()?, u8::try_from(max).ok()?);
    (0 < max && min <= max).then_some(PinLengths { min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_padding_marks_and_zeros_but_never_the_program() {
        assert_eq!(text(b"UBND XA A       "), "UBND XA A");
        assert_eq!(text("\u{feff}Chứng thực  ".as_bytes()), "Chứng thực");
        assert_eq!(text(b"UBND\0garbage"), "UBND");
        assert_eq!(text(&[0; 32]), "");
        assert_eq!(text(b"\xb8\xc9\xd2"), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn nonsense_about_the_length_of_a_pin_is_not_passed_on() {
        assert_eq!(pin_lengths(4, 16), Some(PinLengths { min: 4, max: 16 }));
        assert_eq!(pin_lengths(0, 0), None);
        assert_eq!(pin_lengths(16, 4), None);
        assert_eq!(pin_lengths(CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION), None);
    }
}
