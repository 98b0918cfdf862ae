//! Lời chứng: the statement of certification, from versioned templates (NĐ 23/2015 Art 12: "nội dung bắt buộc").
//!
//! The text is data, because its form changed with NĐ 280/2025 and will change again; the template that was in force
//! on the day of the act is used. Layout and type are not decided here. Invariant 3: the statement is complete, with
//! number and date, before anybody signs — there is no way to render one without them.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::act::ActKind;
use crate::authority::SigningAuthority;
use crate::error::{Error, Field};
use crate::number::{BookStyle, CertificationNumber};
use crate::office::Office;
use crate::template::Template;
use crate::{text, vietnam};

/// What a line of the statement is, for whoever sets it in type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineRole {
    /// "Chứng thực bản sao đúng với bản chính".
    Title,
    /// "Số chứng thực … quyển số …".
    Number,
    /// "Ngày … tháng … năm …".
    Date,
    /// "Người thực hiện chứng thực ký, ghi rõ họ, tên và đóng dấu".
    SignerCaption,
    /// Quyền hạn: `KT. CHỦ TỊCH`. Absent when the head signs.
    SignerCapacity,
    /// Chức vụ: `PHÓ CHỦ TỊCH`. The signature stands below this line.
    SignerTitle,
    /// Họ tên.
    SignerName,
    /// The agency, where it alone signs.
    Agency,
}

/// One line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// What it is.
    pub role: LineRole,
    /// What it says.
    pub text: String,
}

/// A finished statement, top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Version of the template it was made from.
    pub version: String,
    /// The lines.
    pub lines: Vec<StatementLine>,
}

impl Statement {
    /// The text of the first line of a role.
    #[must_use]
    pub fn line(&self, role: LineRole) -> Option<&str> {
        self.lines.iter().find(|l| l.role == role).map(|l| l.text.as_str())
    }

    /// All lines as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// What a statement is about.
#[derive(Debug, Clone, Copy)]
pub struct StatementFacts<'a> {
    /// The certification number.
    pub number: &'a CertificationNumber,
    /// How the number's book is written.
    pub style: &'a BookStyle,
    /// Day of the act, Vietnam time.
    pub date: Date,
    /// The agency.
    pub office: &'a Office,
    /// Who signs. In a copy from the register, who answers for it.
    pub signer: &'a SigningAuthority,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFields {
    version: String,
    act: ActKind,
    valid_from: Date,
    source: String,
    lines: Vec<StatementLine>,
}

/// A version of the statement's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TemplateFields", into = "TemplateFields")]
pub struct StatementTemplate {
    version: String,
    act: ActKind,
    valid_from: Date,
    source: String,
    lines: Vec<(LineRole, Template)>,
}

const PLACEHOLDERS: [&str; 10] =
    ["number", "volume", "day", "month", "year", "place", "agency", "capacity", "title", "name"];

impl StatementTemplate {
    /// Reads a template from JSON (`assets/law/statement-*.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`]: no JSON, unknown placeholders, or no place for number, volume or date.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("statement", json)
    }

    /// Which text this is.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// For which act.
    #[must_use]
    pub fn act(&self) -> ActKind {
        self.act
    }

    /// First day in force.
    #[must_use]
    pub fn valid_from(&self) -> Date {
        self.valid_from
    }

    /// Where the text comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The statement of one act. Lines that come out empty (the capacity line of a head of office) are left out.
    ///
    /// # Errors
    /// [`Error::AuthorityMissing`] if the signer may not sign on that date; [`Error::BookStyleMissing`] if the style is
    /// not that of the number's book.
    pub fn render(&self, facts: &StatementFacts<'_>) -> Result<Statement, Error> {
        let StatementFacts { number, style, date, office, signer } = *facts;
        if !signer.valid_on(date) {
            return Err(Error::AuthorityMissing { date });
        }
        if style.kind() != number.book.kind {
            return Err(Error::BookStyleMissing { kind: number.book.kind });
        }
        let values = [
            ("number", style.number_text(number)?),
            ("volume", style.volume_text(number)?),
            ("day", vietnam::day_in_words(date)),
            ("month", vietnam::month_in_words(date)),
            ("year", date.year().to_string()),
            ("place", office.place().to_owned()),
            ("agency", office.name().to_owned()),
            ("capacity", signer.capacity_line().unwrap_or_default()),
            ("title", signer.title().to_uppercase()),
            ("name", signer.name().to_owned()),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let mut lines = Vec::with_capacity(self.lines.len());
        for (role, template) in &self.lines {
            let text = template.render(&values)?;
            if !text.is_empty() {
                lines.push(StatementLine { role: *role, text });
            }
        }
        Ok(Statement { version: self.version.clone(), lines })
    }
}

impl TryFrom<TemplateFields> for StatementTemplate {
    type Error = Error;

    fn try_from(f: TemplateFields) -> Result<Self, Error> {
        let inconsistent = |reason| Err(Error::DataInconsistent { what: "statement", reason });
        if f.lines.len() > 40 {
            return inconsistent("more than 40 lines");
        }
        let lines = f
            .lines
            .iter()
            .map(|l| Template::parse(&l.text, &PLACEHOLDERS).map(|t| (l.role, t)))
            .collect::<Result<Vec<_>, _>>()?;
        // Art 12 makes the content mandatory; invariant 3 wants number and date under the signature.
        for name in ["number", "volume", "day", "month", "year"] {
            if !lines.iter().any(|(_, t)| t.count(name) > 0) {
                return inconsistent("a statement has {number}, {volume}, {day}, {month} and {year}");
            }
        }
        Ok(Self {
            version: text::required(Field::Template, &f.version, 80)?,
            act: f.act,
            valid_from: f.valid_from,
            source: f.source,
            lines,
        })
    }
}

impl From<StatementTemplate> for TemplateFields {
    fn from(t: StatementTemplate) -> Self {
        let lines = t.lines.iter().map(|(role, t)| StatementLine { role: *role, text: t.source() }).collect();
        Self { version: t.version, act: t.act, valid_from: t.valid_from, source: t.source, lines }
    }
}

/// All versions the office has, by date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StatementTemplates(Vec<StatementTemplate>);

impl StatementTemplates {
    /// A set of templates; the order does not matter.
    #[must_use]
    pub fn new(templates: Vec<StatementTemplate>) -> Self {
        Self(templates)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[StatementTemplate] {
        &self.0
    }

    /// The template in force for an act on a day; of two that begin on the same day, the one added later.
    ///
    /// # Errors
    /// [`Error::StatementMissing`].
    pub fn on(&self, act: ActKind, date: Date) -> Result<&StatementTemplate, Error> {
        self.0
            .iter()
            .filter(|t| t.act == act && t.valid_from <= date)
            .max_by_key(|t| t.valid_from)
            .ok_or(Error::StatementMissing { act, date })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkerFields {
    version: String,
    source: String,
    text: String,
}

/// The special sign of a paper turned into a data message: that it was converted, by which agency and person
/// (Law 20/2023/QH15 Art 12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MarkerFields", into = "MarkerFields")]
pub struct ConversionMarker {
    version: String,
    source: String,
    text: Template,
}

impl ConversionMarker {
    /// Reads the marker from JSON (`assets/law/conversion-marker.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("conversion-marker", json)
    }

    /// Which text this is.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The sentence for one copy. `at`: when it was converted, Vietnam time.
    ///
    /// # Errors
    /// None for a marker that was read by this crate; the type is the template's.
    pub fn render(&self, office: &Office, converter: &str, at: DateTime) -> Result<String, Error> {
        let converter = text::required(Field::SignerName, converter, SigningAuthority::MAX_CHARS)?;
        self.text.render(&[
            ("agency", office.name()),
            ("person", &converter),
            ("time", &vietnam::date_time(at)),
        ])
    }
}

impl TryFrom<MarkerFields> for ConversionMarker {
    type Error = Error;

    fn try_from(f: MarkerFields) -> Result<Self, Error> {
        let text = Template::parse(&f.text, &["agency", "person", "time"])?;
        if text.count("agency") == 0 || text.count("person") == 0 {
            let reason = "the marker names {agency} and {person}";
            return Err(Error::DataInconsistent { what: "conversion-marker", reason });
        }
        Ok(Self { version: text::required(Field::Template, &f.version, 80)?, source: f.source, text })
    }
}

impl From<ConversionMarker> for MarkerFields {
    fn from(m: ConversionMarker) -> Self {
        Self { version: m.version, source: m.source, text: m.text.source() }
    }
}
