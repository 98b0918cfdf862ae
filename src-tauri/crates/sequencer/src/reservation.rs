//! A number in hand, with its state in its type: `Reserved` becomes `Used` or `Voided`, once.

use std::fmt;

use mocban_certification::CertificationNumber;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::error::Error;

/// What a number is for: which copy, on which desk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PurposeFields", into = "PurposeFields")]
pub struct Purpose {
    copy: String,
    desk: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeFields {
    copy: String,
    desk: String,
}

impl Purpose {
    /// A copy's identifier and the identifier of the desk that makes it.
    ///
    /// # Errors
    /// [`Error::PurposeMalformed`].
    pub fn new(copy: &str, desk: &str) -> Result<Self, Error> {
        let sound = |id: &str| (1..=100).contains(&id.len()) && !id.chars().any(char::is_control);
        if sound(copy) && sound(desk) {
            Ok(Self { copy: copy.to_owned(), desk: desk.to_owned() })
        } else {
            Err(Error::PurposeMalformed)
        }
    }

    /// The copy.
    #[must_use]
    pub fn copy(&self) -> &str {
        &self.copy
    }

    /// The desk.
    #[must_use]
    pub fn desk(&self) -> &str {
        &self.desk
    }
}

impl TryFrom<PurposeFields> for Purpose {
    type Error = Error;

    fn try_from(f: PurposeFields) -> Result<Self, Error> {
        Self::new(&f.copy, &f.desk)
    }
}

impl From<Purpose> for PurposeFields {
    fn from(p: Purpose) -> Self {
        Self { copy: p.copy, desk: p.desk }
    }
}

/// Why a number was given up, as the register shows it after "Hủy": one line, 1 to 300 characters, NFC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VoidReason(String);

impl VoidReason {
    /// Tidies and checks a reason.
    ///
    /// # Errors
    /// [`Error::ReasonMissing`].
    pub fn new(reason: &str) -> Result<Self, Error> {
        if reason.len() > 4_000 {
            return Err(Error::ReasonMissing);
        }
        let line = reason.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>();
        let sound = (1..=300).contains(&line.chars().count()) && !line.chars().any(char::is_control);
        if sound { Ok(Self(line)) } else { Err(Error::ReasonMissing) }
    }

    /// The reason.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VoidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for VoidReason {
    type Error = Error;

    fn try_from(reason: String) -> Result<Self, Error> {
        Self::new(&reason)
    }
}

impl From<VoidReason> for String {
    fn from(reason: VoidReason) -> Self {
        reason.0
    }
}

/// The number is taken and waits for its act.
#[derive(Debug)]
pub struct Reserved(());

/// The number stands in the register with its act.
#[derive(Debug)]
pub struct Used(());

/// The number stands in the register as "Hủy".
#[derive(Debug)]
pub struct Voided(());

/// A number given to a copy. Not `Clone`, not `Copy`, made only here: whoever holds a `Reservation<Reserved>` may use
/// the number, once.
///
/// ```compile_fail,E0382
/// # use mocban_sequencer::*;
/// fn twice(book: &dyn Sequencer, number: Reservation<Reserved>) -> Result<(), Error> {
///     book.confirm_used(number)?;
///     book.confirm_used(number)?;
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "a number that is dropped stays open until it is recovered"]
pub struct Reservation<State> {
    number: CertificationNumber,
    purpose: Purpose,
    state: State,
}

impl<State> Reservation<State> {
    /// The number.
    pub fn number(&self) -> &CertificationNumber {
        &self.number
    }

    /// What it is for.
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }
}

impl Reservation<Reserved> {
    pub(crate) fn new(number: CertificationNumber, purpose: Purpose) -> Self {
        Self { number, purpose, state: Reserved(()) }
    }

    pub(crate) fn used(self) -> Reservation<Used> {
        let Reserved(spent) = self.state;
        Reservation { number: self.number, purpose: self.purpose, state: Used(spent) }
    }

    pub(crate) fn voided(self) -> Reservation<Voided> {
        let Reserved(spent) = self.state;
        Reservation { number: self.number, purpose: self.purpose, state: Voided(spent) }
    }
}

/// What became of a reservation that a crash left behind.
#[derive(Debug)]
pub enum Recovered {
    /// Its unsigned file is recorded: it goes on to be signed.
    Resumed {
        /// The number in hand again.
        reservation: Reservation<Reserved>,
        /// SHA-256 of the unsigned file, as recorded; nothing else may be signed under this number.
        unsigned_sha256: [u8; 32],
    },
    /// Nothing could have been signed under it.
    Voided(Reservation<Voided>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_void_has_a_reason_one_can_print() {
        assert_eq!(VoidReason::new(" mất\n điện ").unwrap().as_str(), "mất điện");
        for reason in ["", " \t ", "a\u{7}b", &"x".repeat(301), &"x".repeat(1 << 20)] {
            assert!(VoidReason::new(reason).is_err());
        }
    }

    #[test]
    fn a_purpose_names_copy_and_desk() {
        assert!(Purpose::new("0198c0de", "ban-1").is_ok());
        for (copy, desk) in [("", "ban-1"), ("x", ""), ("a\nb", "ban-1"), (&*"x".repeat(101), "ban-1")] {
            assert!(Purpose::new(copy, desk).is_err());
        }
    }
}
