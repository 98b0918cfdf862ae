//! A PIN on its way to a token: wiped when dropped, never shown. Invariant 6.

use std::fmt;

use zeroize::Zeroizing;

/// A PIN. It has no `Display`, no `Clone` and no `Serialize`; `Debug` shows nothing of it, not even its length.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes a PIN over; the text is wiped when the `Pin` is dropped.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The same PIN for the next signature of a batch: only for a key that wants it for each, and only as long as none was
    /// refused.
    #[must_use]
    pub fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// The PIN itself, for the message to the token's process only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Pin {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_nothing_of_the_pin() {
        assert_eq!(format!("{:?}", Pin::new("12345678".into())), "Pin(…)");
    }
}
