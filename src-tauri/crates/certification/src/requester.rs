//! The person or organisation who asks. Personal data: `Debug` hides it, lists show [`IdNumber::masked`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::text;

/// What an identity number is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdKind {
    /// Số định danh cá nhân (Thẻ căn cước, CCCD, VNeID): 12 digits.
    PersonalId,
    /// Chứng minh nhân dân: 9 digits.
    OldIdCard,
    /// Hộ chiếu: letters and digits, 5 to 20.
    Passport,
    /// Any other paper, such as an organisation's tax code: 1 to 30 characters.
    Other,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct IdNumberFields {
    kind: IdKind,
    number: String,
}

/// An identity number that fits its kind.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "IdNumberFields", into = "IdNumberFields")]
pub struct IdNumber {
    kind: IdKind,
    number: String,
}

impl IdNumber {
    /// Characters of a number that a list shows, at its end.
    const SHOWN: usize = 3;

    /// Checks a number against its kind; spaces inside digits, as people write them, are dropped.
    ///
    /// # Errors
    /// [`Error::IdNumberMalformed`], [`Error::FieldMissing`], [`Error::FieldTooLong`], [`Error::FieldMalformed`].
    pub fn new(kind: IdKind, number: &str) -> Result<Self, Error> {
        let line = text::required(Field::IdNumber, number, 60)?;
        let number = match kind {
            IdKind::Other => line,
            _ => line.replace(' ', ""),
        };
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        let fits = match kind {
            IdKind::PersonalId => digits && number.len() == 12,
            IdKind::OldIdCard => digits && number.len() == 9,
            IdKind::Passport => {
                (5..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric())
            }
            IdKind::Other => number.chars().count() <= 30,
        };
        if fits { Ok(Self { kind, number }) } else { Err(Error::IdNumberMalformed { kind }) }
    }

    /// Reads a number typed without its kind: 12 digits, 9 digits, else a passport.
    ///
    /// # Errors
    /// As [`IdNumber::new`].
    pub fn guess(number: &str) -> Result<Self, Error> {
        Self::new(IdKind::PersonalId, number)
            .or_else(|_| Self::new(IdKind::OldIdCard, number))
            .or_else(|_| Self::new(IdKind::Passport, number))
    }

    /// What it is printed on.
    #[must_use]
    pub fn kind(&self) -> IdKind {
        self.kind
    }

    /// The whole number: personal data.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number for lists: all but the last three characters hidden, the length kept (`•••••••••123`).
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.number.chars().count();
        // A short number would be shown whole, or nearly: hide all of it.
        let hidden = if length < 2 * Self::SHOWN { length } else { length - Self::SHOWN };
        "•".repeat(hidden).chars().chain(self.number.chars().skip(hidden)).collect()
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, self.masked())
    }
}

impl TryFrom<IdNumberFields> for IdNumber {
    type Error = Error;

    fn try_from(f: IdNumberFields) -> Result<Self, Error> {
        Self::new(f.kind, &f.number)
    }
}

impl From<IdNumber> for IdNumberFields {
    fn from(id: IdNumber) -> Self {
        Self { kind: id.kind, number: id.number }
    }
}

/// A requester as typed in or read from a card; [`Requester`] is what passes the checks.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequesterFields {
    /// Họ tên, or the name of the organisation; required.
    pub name: String,
    /// Identity number: not needed to certify from an original, needed to deliver to the citizen's data store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<IdNumber>,
    /// E-mail for the result (NĐ 45/2020 Art 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone, kept as digits with an optional leading `+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl fmt::Debug for RequesterFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequesterFields").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Người yêu cầu chứng thực.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RequesterFields", into = "RequesterFields")]
pub struct Requester(RequesterFields);

impl Requester {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 200;
    /// Longest e-mail address, in characters (RFC 5321).
    pub const MAX_EMAIL: usize = 254;
    /// Longest address, in characters.
    pub const MAX_ADDRESS: usize = 500;

    /// Họ tên.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Identity number.
    #[must_use]
    pub fn id(&self) -> Option<&IdNumber> {
        self.0.id.as_ref()
    }

    /// E-mail.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Telephone, digits with an optional leading `+`.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Address.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The identity number as a list shows it; empty when there is none.
    #[must_use]
    pub fn masked_id(&self) -> String {
        self.id().map(IdNumber::masked).unwrap_or_default()
    }
}

impl fmt::Debug for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requester").field("id", &self.0.id).finish_non_exhaustive()
    }
}

impl TryFrom<RequesterFields> for Requester {
    type Error = Error;

    fn try_from(f: RequesterFields) -> Result<Self, Error> {
        Ok(Self(RequesterFields {
            name: text::required(Field::RequesterName, &f.name, Self::MAX_NAME)?,
            id: f.id,
            email: text::optional(Field::Email, f.email.as_deref(), Self::MAX_EMAIL)?
                .map(email)
                .transpose()?,
            phone: text::optional(Field::Phone, f.phone.as_deref(), 40)?.map(|p| phone(&p)).transpose()?,
            address: text::optional(Field::Address, f.address.as_deref(), Self::MAX_ADDRESS)?,
        }))
    }
}

impl From<Requester> for RequesterFields {
    fn from(requester: Requester) -> Self {
        requester.0
    }
}

/// One `@`, a local part, a domain of at least two ASCII labels: what a typing error breaks, no more.
fn email(address: String) -> Result<String, Error> {
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let sound = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.chars().all(|c| c.is_ascii_graphic() && !"()<>[]:;@\\,\"".contains(c))
            && domain.contains('.')
            && domain.split('.').all(label)
    });
    if sound { Ok(address) } else { Err(Error::FieldMalformed { field: Field::Email }) }
}

/// 8 to 15 digits (E.164), separators dropped.
fn phone(number: &str) -> Result<String, Error> {
    let malformed = Error::FieldMalformed { field: Field::Phone };
    let (plus, rest) = number.strip_prefix('+').map_or(("", number), |rest| ("+", rest));
    let digits: String = rest.chars().filter(|c| !" .-()".contains(*c)).collect();
    if (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(format!("{plus}{digits}"))
    } else {
        Err(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(f: impl FnOnce(&mut RequesterFields)) -> Result<Requester, Error> {
        let mut fields =
            RequesterFields { name: "Nguyễn Văn An".to_owned(), ..RequesterFields::default() };
        f(&mut fields);
        fields.try_into()
    }

    #[test]
    fn an_identity_number_fits_its_kind() {
        for (kind, number, fits) in [
            (IdKind::PersonalId, "001201000123", true),
            (IdKind::PersonalId, "001 201 000 123", true),
            (IdKind::PersonalId, "00120100012", false),
            (IdKind::PersonalId, "00120100012X", false),
            (IdKind::PersonalId, "٠٠١٢٠١٠٠٠١٢٣", false),
            (IdKind::OldIdCard, "012345678", true),
            (IdKind::OldIdCard, "0123456789", false),
            (IdKind::Passport, "C1234567", true),
            (IdKind::Passport, "C-1", false),
            (IdKind::Other, "0101234567-001", true),
        ] {
            assert_eq!(IdNumber::new(kind, number).is_ok(), fits, "{kind:?} {number}");
        }
        assert_eq!(IdNumber::new(IdKind::Other, ""), Err(Error::FieldMissing { field: Field::IdNumber }));
    }

    #[test]
    fn the_kind_is_guessed_from_the_digits() {
        assert_eq!(IdNumber::guess("001201000123").unwrap().kind(), IdKind::PersonalId);
        assert_eq!(IdNumber::guess("012345678").unwrap().kind(), IdKind::OldIdCard);
        assert_eq!(IdNumber::guess("B7654321").unwrap().kind(), IdKind::Passport);
        assert!(IdNumber::guess("??").is_err());
    }

    #[test]
    fn lists_and_logs_never_show_the_whole_number() {
        let id = IdNumber::guess("001201000123").unwrap();
        assert_eq!(id.masked(), "•••••••••123");
        assert_eq!(IdNumber::new(IdKind::Other, "1234").unwrap().masked(), "••••");
        let requester = named(|f| {
            f.id = Some(id);
            f.phone = Some("0912345678".to_owned());
        })
        .unwrap();
        let logged = format!("{requester:?} {:?}", RequesterFields::from(requester.clone()));
        for secret in ["001201000", "0912345678", "Nguyễn"] {
            assert!(!logged.contains(secret), "{logged}");
        }
    }

    #[test]
    fn contact_data_is_checked_and_tidied() {
        assert_eq!(
            named(|f| f.phone = Some("(+84) 91".to_owned())).err(),
            Some(Error::FieldMalformed { field: Field::Phone })
        );
        let phone = named(|f| f.phone = Some("+84 912.345-678".to_owned())).unwrap();
        assert_eq!(phone.phone(), Some("+84912345678"));
        for (address, sound) in [
            ("an@example.vn", true),
            ("a.n+1@mail.example.vn", true),
            ("an@example", false),
            ("an@@example.vn", false),
            ("an@exa mple.vn", false),
            ("an@-x.vn", false),
            ("@example.vn", false),
            ("an@example..vn", false),
            ("ăn@example.vn", false),
        ] {
            assert_eq!(named(|f| f.email = Some(address.to_owned())).is_ok(), sound, "{address}");
        }
        assert_eq!(named(|f| f.email = Some(" ".to_owned())).unwrap().email(), None);
    }

    proptest! {
        #[test]
        fn a_mask_keeps_the_length_and_shows_at_most_three(number in "[0-9A-Z]{1,30}") {
            let id = IdNumber::new(IdKind::Other, &number).unwrap();
            let masked = id.masked();
            prop_assert_eq!(masked.chars().count(), number.len());
            prop_assert!(masked.chars().filter(|c| *c != '•').count() <= 3);
        }
    }
}
