//! The certifying agency, as its papers name it, and the made-up one of training mode.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::authority::Authorities;
use crate::error::{Error, Field};
use crate::number::BookStyles;
use crate::text;

/// Identifier of an office: mã định danh such as `H56.99.01`; letters, digits, `.` and `-`, at most 40.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OfficeId(String);

impl OfficeId {
    /// Checks an identifier. It is part of keys and file names, hence the narrow alphabet.
    ///
    /// # Errors
    /// [`Error::FieldMissing`], [`Error::FieldMalformed`].
    pub fn new(id: &str) -> Result<Self, Error> {
        let field = Field::OfficeId;
        if id.is_empty() {
            return Err(Error::FieldMissing { field });
        }
        let sound = id.len() <= 40
            && id.starts_with(|c: char| c.is_ascii_alphanumeric())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if sound { Ok(Self(id.to_owned())) } else { Err(Error::FieldMalformed { field }) }
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OfficeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OfficeId {
    type Error = Error;

    fn try_from(id: String) -> Result<Self, Error> {
        Self::new(&id)
    }
}

impl From<OfficeId> for String {
    fn from(id: OfficeId) -> Self {
        id.0
    }
}

/// An office as typed in; [`Office`] is what passes the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeFields {
    /// Mã định danh.
    pub id: OfficeId,
    /// Full name as printed: "ỦY BAN NHÂN DÂN XÃ …".
    pub name: String,
    /// Cơ quan chủ quản, where the papers name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<String>,
    /// Tỉnh, thành phố.
    pub province: String,
    /// Địa danh of the date line.
    pub place: String,
    /// A made-up office for practice: its copies are watermarked and never pass for real.
    #[serde(default)]
    pub practice: bool,
}

/// Cơ quan có thẩm quyền chứng thực.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OfficeFields", into = "OfficeFields")]
pub struct Office(OfficeFields);

impl Office {
    /// Longest name, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Mã định danh.
    #[must_use]
    pub fn id(&self) -> &OfficeId {
        &self.0.id
    }

    /// Full name as printed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Cơ quan chủ quản.
    #[must_use]
    pub fn superior(&self) -> Option<&str> {
        self.0.superior.as_deref()
    }

    /// Tỉnh, thành phố.
    #[must_use]
    pub fn province(&self) -> &str {
        &self.0.province
    }

    /// Địa danh.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.0.place
    }

    /// Whether this is an office for practice only.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        self.0.practice
    }
}

impl TryFrom<OfficeFields> for Office {
    type Error = Error;

    fn try_from(f: OfficeFields) -> Result<Self, Error> {
        let max = Self::MAX_CHARS;
        Ok(Self(OfficeFields {
            id: f.id,
            name: text::required(Field::OfficeName, &f.name, max)?,
            superior: text::optional(Field::OfficeSuperior, f.superior.as_deref(), max)?,
            province: text::required(Field::Province, &f.province, max)?,
            place: text::required(Field::Place, &f.place, max)?,
            practice: f.practice,
        }))
    }
}

impl From<Office> for OfficeFields {
    fn from(office: Office) -> Self {
        office.0
    }
}

/// The office of training mode (`assets/law/practice-office.json`): everything in it is made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeOffice {
    /// The office, always marked as practice.
    pub office: Office,
    /// Its signers; certificates are set when the training token is made.
    pub authorities: Authorities,
    /// The name on the agency's training certificate.
    pub seal_name: String,
    /// How its books are written.
    pub books: BookStyles,
}

impl PracticeOffice {
    /// Reads the practice office from JSON.
    ///
    /// # Errors
    /// [`Error::DataUnreadable`]; [`Error::DataInconsistent`] if it is not marked as practice or has no signer.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let what = "practice-office";
        let mut read: Self = text::data(what, json)?;
        if !read.office.is_practice() {
            return Err(Error::DataInconsistent { what, reason: "the office is not marked as practice" });
        }
        if read.authorities.all().is_empty() {
            return Err(Error::DataInconsistent { what, reason: "nobody can sign" });
        }
        read.seal_name = text::required(Field::SealName, &read.seal_name, Office::MAX_CHARS)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::number::BookKind;
    use jiff::civil::date;

    #[test]
    fn an_office_id_can_stand_in_a_file_name() {
        for (id, sound) in [
            ("H56.99.01", true),
            ("000.00.01.H22", true),
            ("", false),
            ("../etc", false),
            (".hidden", false),
            ("a/b", false),
            ("xã", false),
        ] {
            assert_eq!(OfficeId::new(id).is_ok(), sound, "{id}");
        }
        assert!(OfficeId::new(&"a".repeat(41)).is_err());
    }

    #[test]
    fn the_practice_office_is_ready_to_certify() {
        let practice = PracticeOffice::from_json(law::PRACTICE_OFFICE).unwrap();
        assert!(practice.office.is_practice());
        assert!(practice.office.name().starts_with("ỦY BAN NHÂN DÂN XÃ "));
        assert_eq!(practice.authorities.on(date(2026, 1, 5)).count(), 1);
        let style = practice.books.of(BookKind::ElectronicCopies).unwrap();
        assert_eq!(style.symbol(), "SCTĐT/BS");
    }

    #[test]
    fn a_practice_office_that_could_pass_for_real_is_refused() {
        let real = law::PRACTICE_OFFICE.replace(r#""practice": true"#, r#""practice": false"#);
        assert_ne!(real, law::PRACTICE_OFFICE);
        assert!(matches!(PracticeOffice::from_json(&real), Err(Error::DataInconsistent { .. })));
    }
}
