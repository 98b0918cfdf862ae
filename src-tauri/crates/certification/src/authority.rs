//! Who may sign, in what capacity, from when to when (NĐ 30/2020 Art 13). Roles and their order: [`crate::role`].

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::text;

/// Quyền hạn: in what capacity somebody signs (NĐ 30/2020 Art 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// In their own office, as the head.
    OwnOffice,
    /// Ký thay: a deputy for the head.
    Kt,
    /// Thừa lệnh: by order of the head.
    Tl,
    /// Thừa ủy quyền: by written authorisation, limited in time and content, not to be passed on.
    Tuq,
}

impl Capacity {
    /// The abbreviation put before the superior's title.
    #[must_use]
    pub const fn prefix(self) -> Option<&'static str> {
        match self {
            Self::OwnOffice => None,
            Self::Kt => Some("KT."),
            Self::Tl => Some("TL."),
            Self::Tuq => Some("TUQ."),
        }
    }
}

/// SHA-256 of a certificate's DER bytes, 64 lower-case hex digits. Tokens are chosen by it, never by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Reads hex digits; colons and spaces between them are dropped, capitals made small.
    ///
    /// # Errors
    /// [`Error::FieldMalformed`].
    pub fn new(hex: &str) -> Result<Self, Error> {
        let malformed = Error::FieldMalformed { field: Field::CertificateFingerprint };
        if hex.len() > 200 {
            return Err(malformed);
        }
        let digits = hex.replace([':', ' '], "").to_ascii_lowercase();
        if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(digits))
        } else {
            Err(malformed)
        }
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Error;

    fn try_from(hex: String) -> Result<Self, Error> {
        Self::new(&hex)
    }
}

impl From<Fingerprint> for String {
    fn from(f: Fingerprint) -> Self {
        f.0
    }
}

/// The document that gives an authority (quyết định, văn bản ủy quyền).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityDocument {
    /// Số, ký hiệu.
    pub number: String,
    /// Ngày ban hành.
    pub date: Date,
}

/// A signing authority as typed in; [`SigningAuthority`] is what passes the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityFields {
    /// Họ tên.
    pub name: String,
    /// Chức vụ: the signer's own title.
    pub title: String,
    /// Quyền hạn.
    pub capacity: Capacity,
    /// The title of the person in whose stead is signed: for KT., TL., TUQ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior_title: Option<String>,
    /// The document behind it: required for TUQ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<AuthorityDocument>,
    /// First day.
    pub valid_from: Date,
    /// Last day, included: required for TUQ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// The certificate this person signs with; absent until a token is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Fingerprint>,
}

/// Authority of one person to sign, in one capacity, for a time (NĐ 30/2020 Art 13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AuthorityFields", into = "AuthorityFields")]
pub struct SigningAuthority(AuthorityFields);

impl SigningAuthority {
    /// Longest name or title, in characters.
    pub const MAX_CHARS: usize = 200;

    /// Họ tên.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Chức vụ.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// Quyền hạn.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        self.0.capacity
    }

    /// Title of the person in whose stead is signed.
    #[must_use]
    pub fn superior_title(&self) -> Option<&str> {
        self.0.superior_title.as_deref()
    }

    /// The document behind the authority.
    #[must_use]
    pub fn document(&self) -> Option<&AuthorityDocument> {
        self.0.document.as_ref()
    }

    /// First day.
    #[must_use]
    pub fn valid_from(&self) -> Date {
        self.0.valid_from
    }

    /// Last day, included.
    #[must_use]
    pub fn valid_to(&self) -> Option<Date> {
        self.0.valid_to
    }

    /// The certificate this person signs with.
    #[must_use]
    pub fn certificate(&self) -> Option<&Fingerprint> {
        self.0.certificate.as_ref()
    }

    /// The same authority, exercised with this certificate (a token was chosen or renewed).
    #[must_use]
    pub fn with_certificate(mut self, certificate: Fingerprint) -> Self {
        self.0.certificate = Some(certificate);
        self
    }

    /// Whether it may be used on a day.
    #[must_use]
    pub fn valid_on(&self, day: Date) -> bool {
        self.0.valid_from <= day && self.0.valid_to.is_none_or(|to| day <= to)
    }

    /// The line above the title, in capitals: `KT. CHỦ TỊCH`.
    #[must_use]
    pub fn capacity_line(&self) -> Option<String> {
        let superior = self.superior_title()?;
        self.capacity().prefix().map(|prefix| format!("{prefix} {}", superior.to_uppercase()))
    }

    /// First day on which both are valid.
    fn overlap(&self, other: &Self) -> Option<Date> {
        let first = self.valid_from().max(other.valid_from());
        (self.valid_on(first) && other.valid_on(first)).then_some(first)
    }

    fn same_person(&self, other: &Self) -> bool {
        // With certificates the person is certain; two officers of one name are two people.
        match (self.certificate(), other.certificate()) {
            (Some(a), Some(b)) => a == b,
            _ => self.name().to_lowercase() == other.name().to_lowercase(),
        }
    }
}

impl TryFrom<AuthorityFields> for SigningAuthority {
    type Error = Error;

    fn try_from(f: AuthorityFields) -> Result<Self, Error> {
        let superior_title =
            text::optional(Field::SuperiorTitle, f.superior_title.as_deref(), Self::MAX_CHARS)?;
        match (f.capacity, &superior_title) {
            (Capacity::OwnOffice, Some(_)) => return Err(Error::SuperiorTitleUnexpected),
            (Capacity::Kt | Capacity::Tl | Capacity::Tuq, None) => return Err(Error::SuperiorTitleMissing),
            _ => {}
        }
        if f.capacity == Capacity::Tuq {
            if f.document.is_none() {
                return Err(Error::AuthorityDocumentMissing);
            }
            if f.valid_to.is_none() {
                return Err(Error::AuthorityEndMissing);
            }
        }
        if f.valid_to.is_some_and(|to| to < f.valid_from) {
            return Err(Error::AuthorityPeriodReversed);
        }
        let document = f
            .document
            .map(|d| {
                text::required(Field::DocumentNumber, &d.number, 100)
                    .map(|number| AuthorityDocument { number, date: d.date })
            })
            .transpose()?;
        Ok(Self(AuthorityFields {
            name: text::required(Field::SignerName, &f.name, Self::MAX_CHARS)?,
            title: text::required(Field::SignerTitle, &f.title, Self::MAX_CHARS)?,
            superior_title,
            document,
            ..f
        }))
    }
}

impl From<SigningAuthority> for AuthorityFields {
    fn from(authority: SigningAuthority) -> Self {
        authority.0
    }
}

/// The office's signers. One person signs in one capacity on one day, so that the certificate and the date alone tell
/// what is printed under the statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<SigningAuthority>", into = "Vec<SigningAuthority>")]
pub struct Authorities(Vec<SigningAuthority>);

impl Authorities {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[SigningAuthority] {
        &self.0
    }

    /// Who may sign on a day.
    pub fn on(&self, day: Date) -> impl Iterator<Item = &SigningAuthority> {
        self.0.iter().filter(move |a| a.valid_on(day))
    }

    /// The authority of a certificate's holder on a day.
    ///
    /// # Errors
    /// [`Error::AuthorityMissing`].
    pub fn of(&self, certificate: &Fingerprint, day: Date) -> Result<&SigningAuthority, Error> {
        self.on(day)
            .find(|a| a.certificate() == Some(certificate))
            .ok_or(Error::AuthorityMissing { date: day })
    }
}

impl TryFrom<Vec<SigningAuthority>> for Authorities {
    type Error = Error;

    fn try_from(all: Vec<SigningAuthority>) -> Result<Self, Error> {
        for (i, a) in all.iter().enumerate() {
            for b in all.iter().skip(i + 1).filter(|b| a.same_person(b)) {
                if let Some(date) = a.overlap(b) {
                    return Err(Error::AuthorityOverlaps { date });
                }
            }
        }
        Ok(Self(all))
    }
}

impl From<Authorities> for Vec<SigningAuthority> {
    fn from(authorities: Authorities) -> Self {
        authorities.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fields(capacity: Capacity) -> AuthorityFields {
        AuthorityFields {
            name: "Trần Thị Bình".to_owned(),
            title: "Phó Chủ tịch".to_owned(),
            capacity,
            superior_title: (capacity != Capacity::OwnOffice).then(|| "Chủ tịch".to_owned()),
            document: (capacity == Capacity::Tuq)
                .then(|| AuthorityDocument { number: "12/GUQ-UBND".to_owned(), date: date(2026, 1, 2) }),
            valid_from: date(2026, 1, 5),
            valid_to: Some(date(2026, 6, 30)),
            certificate: None,
        }
    }

    fn authority(f: impl FnOnce(&mut AuthorityFields)) -> SigningAuthority {
        let mut fields = fields(Capacity::Kt);
        f(&mut fields);
        fields.try_into().unwrap()
    }

    #[test]
    fn an_authority_is_valid_from_its_first_to_its_last_day() {
        let limited = authority(|_| ());
        for (day, valid) in [
            (date(2026, 1, 4), false),
            (date(2026, 1, 5), true),
            (date(2026, 6, 30), true),
            (date(2026, 7, 1), false),
        ] {
            assert_eq!(limited.valid_on(day), valid, "{day}");
        }
        assert!(authority(|f| f.valid_to = None).valid_on(date(2099, 1, 1)));
    }

    #[test]
    fn an_authorisation_needs_a_document_and_an_end() {
        type Change = fn(&mut AuthorityFields);
        let cases: [(Capacity, Change, Result<(), Error>); 8] = [
            (Capacity::Tuq, |_| (), Ok(())),
            (Capacity::Tuq, |f| f.document = None, Err(Error::AuthorityDocumentMissing)),
            (Capacity::Tuq, |f| f.valid_to = None, Err(Error::AuthorityEndMissing)),
            (Capacity::Kt, |f| f.valid_to = None, Ok(())),
            (Capacity::Kt, |f| f.superior_title = Some(" ".to_owned()), Err(Error::SuperiorTitleMissing)),
            (Capacity::Tl, |f| f.superior_title = None, Err(Error::SuperiorTitleMissing)),
            (
                Capacity::OwnOffice,
                |f| f.superior_title = Some("Chủ tịch".to_owned()),
                Err(Error::SuperiorTitleUnexpected),
            ),
            (Capacity::Kt, |f| f.valid_to = Some(date(2025, 1, 1)), Err(Error::AuthorityPeriodReversed)),
        ];
        for (capacity, change, expected) in cases {
            let mut f = fields(capacity);
            change(&mut f);
            assert_eq!(SigningAuthority::try_from(f).map(|_| ()), expected);
        }
    }

    #[test]
    fn the_capacity_line_names_whose_stead_it_is() {
        for (capacity, line) in [
            (Capacity::OwnOffice, None),
            (Capacity::Kt, Some("KT. CHỦ TỊCH")),
            (Capacity::Tl, Some("TL. CHỦ TỊCH")),
            (Capacity::Tuq, Some("TUQ. CHỦ TỊCH")),
        ] {
            let authority = SigningAuthority::try_from(fields(capacity)).unwrap();
            assert_eq!(authority.capacity_line().as_deref(), line);
        }
    }

    #[test]
    fn one_person_signs_in_one_capacity_a_day() {
        let first = authority(|_| ());
        let next_day = authority(|f| (f.valid_from, f.valid_to) = (date(2026, 7, 1), None));
        let same_day = authority(|f| (f.valid_from, f.valid_to) = (date(2026, 6, 30), None));
        let namesake = same_day.clone().with_certificate(Fingerprint::new(&"ab".repeat(32)).unwrap());
        assert!(Authorities::try_from(vec![first.clone(), next_day]).is_ok());
        assert_eq!(
            Authorities::try_from(vec![first.clone(), same_day]),
            Err(Error::AuthorityOverlaps { date: date(2026, 6, 30) })
        );
        let first = first.with_certificate(Fingerprint::new(&"cd".repeat(32)).unwrap());
        assert!(Authorities::try_from(vec![first, namesake]).is_ok());
    }

    #[test]
    fn a_certificate_finds_its_holder_only_while_the_authority_lasts() {
        let certificate = Fingerprint::new(&"AB:".repeat(32)).unwrap();
        assert_eq!(certificate.as_str(), "ab".repeat(32));
        let all =
            Authorities::try_from(vec![authority(|_| ()).with_certificate(certificate.clone())]).unwrap();
        assert_eq!(all.of(&certificate, date(2026, 3, 1)).unwrap().name(), "Trần Thị Bình");
        let late = date(2026, 7, 1);
        assert_eq!(all.of(&certificate, late), Err(Error::AuthorityMissing { date: late }));
        let other = Fingerprint::new(&"00".repeat(32)).unwrap();
        assert!(all.of(&other, date(2026, 3, 1)).is_err());
        assert!(Fingerprint::new("ab").is_err());
        assert!(Fingerprint::new(&"xy".repeat(32)).is_err());
    }
}
