//! What is certified: the kind of act and the paper it is about. For whom: [`crate::requester`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::number::BookKind;
use crate::requester::IdNumber;
use crate::text;

/// The two kinds of act this desk performs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Chứng thực bản sao điện tử từ bản chính: from a *paper* original (NĐ 45/2020 Arts 3(9), 10).
    CopyFromOriginal,
    /// Cấp bản sao điện tử từ sổ gốc: by the agency that keeps the original register (NĐ 45/2020 Art 10).
    CopyFromRegister,
}

impl ActKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::CopyFromOriginal, Self::CopyFromRegister];

    /// The national code of the administrative procedure, without a local suffix.
    #[must_use]
    pub const fn procedure_code(self) -> &'static str {
        match self {
            Self::CopyFromOriginal => "2.000815",
            Self::CopyFromRegister => "2.000908",
        }
    }

    /// The book in which electronic copies of this kind are numbered.
    #[must_use]
    pub const fn book(self) -> BookKind {
        match self {
            Self::CopyFromOriginal => BookKind::ElectronicCopies,
            Self::CopyFromRegister => BookKind::IssuedFromRegister,
        }
    }
}

/// A paper as typed in or read by a machine; [`Paper`] is what passes the checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperFields {
    /// Tên giấy tờ, văn bản; required.
    pub name: String,
    /// Cơ quan ban hành.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_agency: Option<String>,
    /// Số, ký hiệu.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Ngày ban hành.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// Identity number of the paper's owner, needed to file the result in their data store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<IdNumber>,
}

/// The original, as the register and the portal describe it. One paper, one number (TT 01/2020/TT-BTP Art 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PaperFields", into = "PaperFields")]
pub struct Paper(PaperFields);

impl Paper {
    /// Longest name of a paper, in characters.
    pub const MAX_NAME: usize = 500;
    /// Longest name of an issuing agency, in characters.
    pub const MAX_AGENCY: usize = 300;
    /// Longest number and symbol, in characters.
    pub const MAX_NUMBER: usize = 100;

    /// Tên giấy tờ, văn bản.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Cơ quan ban hành.
    #[must_use]
    pub fn issuing_agency(&self) -> Option<&str> {
        self.0.issuing_agency.as_deref()
    }

    /// Số, ký hiệu.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Ngày ban hành.
    #[must_use]
    pub fn issued_on(&self) -> Option<Date> {
        self.0.issued_on
    }

    /// Identity number of the paper's owner.
    #[must_use]
    pub fn owner_id(&self) -> Option<&IdNumber> {
        self.0.owner_id.as_ref()
    }
}

impl TryFrom<PaperFields> for Paper {
    type Error = Error;

    fn try_from(f: PaperFields) -> Result<Self, Error> {
        Ok(Self(PaperFields {
            name: text::required(Field::PaperName, &f.name, Self::MAX_NAME)?,
            issuing_agency: text::optional(
                Field::IssuingAgency,
                f.issuing_agency.as_deref(),
                Self::MAX_AGENCY,
            )?,
            number: text::optional(Field::PaperNumber, f.number.as_deref(), Self::MAX_NUMBER)?,
            issued_on: f.issued_on,
            owner_id: f.owner_id,
        }))
    }
}

impl From<Paper> for PaperFields {
    fn from(paper: Paper) -> Self {
        paper.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_has_its_procedure_code_and_book() {
        assert_eq!(ActKind::CopyFromOriginal.procedure_code(), "2.000815");
        assert_eq!(ActKind::CopyFromRegister.procedure_code(), "2.000908");
        assert_ne!(ActKind::CopyFromOriginal.book(), ActKind::CopyFromRegister.book());
    }

    #[test]
    fn a_paper_needs_a_name_and_keeps_it_composed() {
        let nameless = PaperFields { name: "  ".to_owned(), ..PaperFields::default() };
        assert_eq!(Paper::try_from(nameless), Err(Error::FieldMissing { field: Field::PaperName }));
        let fields = PaperFields {
            name: "Ba\u{306}\u{300}ng  tốt nghiệp".to_owned(),
            number: Some(" ".to_owned()),
            ..PaperFields::default()
        };
        let paper = Paper::try_from(fields).unwrap();
        assert_eq!(paper.name(), "Bằng tốt nghiệp");
        assert_eq!(paper.number(), None);
    }

    #[test]
    fn a_stored_paper_reads_back_and_a_forged_one_is_refused() {
        let json = r#"{"name":"Giấy khai sinh","issued_on":"2001-09-05","owner_id":{"kind":"personal_id","number":"001201000123"}}"#;
        let paper: Paper = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&paper).unwrap(), json);
        assert!(serde_json::from_str::<Paper>(r#"{"name":""}"#).is_err());
        assert!(
            serde_json::from_str::<Paper>(r#"{"name":"x","owner_id":{"kind":"personal_id","number":"1"}}"#)
                .is_err()
        );
    }
}
