//! Books and certification numbers (NĐ 23/2015 Art 13).
//!
//! "Số chứng thực là số thứ tự ghi trong sổ chứng thực, kèm theo quyển số, năm thực hiện chứng thực và ký hiệu loại
//! việc chứng thực." The count runs from 01 to the end of the year; a new volume in the same year continues it. So a
//! [`BookId`] (office, kind, year) names one count, and the volume belongs to the number. Who gives numbers out is
//! the sequencer's business, not this module's.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::office::OfficeId;
use crate::template::Template;
use crate::text;

/// Kinds of book. Each is counted on its own, from 01, every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookKind {
    /// Electronic copies certified from paper originals; by practice `SCTĐT/BS`.
    ElectronicCopies,
    /// Paper copies certified from originals: `SCT/BS` (NĐ 23/2015 Art 13(4)). An office that counts paper and
    /// electronic copies together numbers both in this book.
    PaperCopies,
    /// Copies issued from the original register; no national form, the office names its own.
    IssuedFromRegister,
}

impl BookKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::ElectronicCopies, Self::PaperCopies, Self::IssuedFromRegister];

    /// A short stable name, the same as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ElectronicCopies => "electronic_copies",
            Self::PaperCopies => "paper_copies",
            Self::IssuedFromRegister => "issued_from_register",
        }
    }
}

/// One count: an office's book of one kind in one year.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BookId {
    /// Whose book.
    pub office: OfficeId,
    /// What is written in it.
    pub kind: BookKind,
    /// Calendar year, Vietnam time.
    pub year: i16,
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.office, self.kind.name(), self.year)
    }
}

/// Số chứng thực.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CertificationNumber {
    /// The count it belongs to.
    pub book: BookId,
    /// Số thứ tự, from 1.
    pub sequence: NonZeroU32,
    /// Quyển số, from 1: the volume that was open when the number was given.
    pub volume: NonZeroU16,
}

impl CertificationNumber {
    /// A number of a book.
    ///
    /// # Errors
    /// [`Error::NumberZero`] for sequence or volume 0.
    pub fn new(book: BookId, sequence: u32, volume: u16) -> Result<Self, Error> {
        let sequence = NonZeroU32::new(sequence).ok_or(Error::NumberZero)?;
        let volume = NonZeroU16::new(volume).ok_or(Error::NumberZero)?;
        Ok(Self { book, sequence, volume })
    }
}

impl fmt::Display for CertificationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.book, self.sequence)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BookStyleFields {
    kind: BookKind,
    symbol: String,
    number_text: String,
    volume_text: String,
    digits: u8,
}

/// How the numbers of a kind of book are written: the office's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BookStyleFields", into = "BookStyleFields")]
pub struct BookStyle {
    kind: BookKind,
    symbol: String,
    number_text: Template,
    volume_text: Template,
    digits: u8,
}

impl BookStyle {
    /// Which books are written so.
    #[must_use]
    pub fn kind(&self) -> BookKind {
        self.kind
    }

    /// Ký hiệu loại việc chứng thực, such as `SCT/BS`.
    #[must_use]
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The number as printed after "Số chứng thực": `123` or `123/ĐT`.
    ///
    /// # Errors
    /// None for a style that was read by this crate; the type is the template's.
    pub fn number_text(&self, number: &CertificationNumber) -> Result<String, Error> {
        self.render_sequence(&self.padded(number.sequence.get()))
    }

    /// The volume as printed after "quyển số": `01/2026-SCTĐT/BS`.
    ///
    /// # Errors
    /// As [`BookStyle::number_text`].
    pub fn volume_text(&self, number: &CertificationNumber) -> Result<String, Error> {
        self.volume_text.render(&[
            ("volume", &self.padded(u32::from(number.volume.get()))),
            ("year", &number.book.year.to_string()),
            ("symbol", &self.symbol),
        ])
    }

    /// Reads a printed number back to its sequence: what [`BookStyle::number_text`] wrote, or the bare digits an
    /// officer types.
    ///
    /// # Errors
    /// [`Error::NumberUnreadable`].
    pub fn sequence_of(&self, text: &str) -> Result<NonZeroU32, Error> {
        // U+0000 cannot occur in a template, so it marks where the digits stand.
        let pattern = self.render_sequence("\0")?;
        let (before, after) = pattern.split_once('\0').ok_or(Error::NumberUnreadable)?;
        let text = text.trim();
        let digits = text.strip_prefix(before).and_then(|t| t.strip_suffix(after)).unwrap_or(text);
        // `parse` alone would accept a sign.
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::NumberUnreadable);
        }
        digits.parse().map_err(|_| Error::NumberUnreadable)
    }

    fn render_sequence(&self, sequence: &str) -> Result<String, Error> {
        self.number_text.render(&[("sequence", sequence), ("symbol", &self.symbol)])
    }

    fn padded(&self, n: u32) -> String {
        format!("{n:0width$}", width = usize::from(self.digits))
    }
}

impl TryFrom<BookStyleFields> for BookStyle {
    type Error = Error;

    fn try_from(f: BookStyleFields) -> Result<Self, Error> {
        let inconsistent = |reason| Err(Error::DataInconsistent { what: "books", reason });
        let style = Self {
            kind: f.kind,
            symbol: text::required(Field::BookSymbol, &f.symbol, 40)?,
            number_text: Template::parse(&f.number_text, &["sequence", "symbol"])?,
            volume_text: Template::parse(&f.volume_text, &["volume", "year", "symbol"])?,
            digits: f.digits,
        };
        if style.number_text.count("sequence") != 1 {
            return inconsistent("number_text must contain {sequence} once");
        }
        if style.volume_text.count("volume") == 0 || style.volume_text.count("symbol") == 0 {
            return inconsistent("volume_text must contain {volume} and {symbol}");
        }
        if style.digits > 10 {
            return inconsistent("numbers have at most 10 digits");
        }
        Ok(style)
    }
}

impl From<BookStyle> for BookStyleFields {
    fn from(s: BookStyle) -> Self {
        Self {
            kind: s.kind,
            number_text: s.number_text.source(),
            volume_text: s.volume_text.source(),
            symbol: s.symbol,
            digits: s.digits,
        }
    }
}

/// The office's styles, one for each kind of book it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<BookStyle>", into = "Vec<BookStyle>")]
pub struct BookStyles(Vec<BookStyle>);

impl BookStyles {
    /// Reads the styles from JSON (`assets/law/books.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("books", json)
    }

    /// The style of a kind of book.
    ///
    /// # Errors
    /// [`Error::BookStyleMissing`].
    pub fn of(&self, kind: BookKind) -> Result<&BookStyle, Error> {
        self.0.iter().find(|s| s.kind == kind).ok_or(Error::BookStyleMissing { kind })
    }
}

impl TryFrom<Vec<BookStyle>> for BookStyles {
    type Error = Error;

    fn try_from(styles: Vec<BookStyle>) -> Result<Self, Error> {
        let twice =
            styles.iter().enumerate().any(|(i, s)| styles.iter().skip(i + 1).any(|t| t.kind == s.kind));
        if twice {
            return Err(Error::DataInconsistent { what: "books", reason: "two styles for one kind of book" });
        }
        Ok(Self(styles))
    }
}

impl From<BookStyles> for Vec<BookStyle> {
    fn from(styles: BookStyles) -> Self {
        styles.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use proptest::prelude::*;

    fn number(kind: BookKind, sequence: u32, volume: u16) -> CertificationNumber {
        let book = BookId { office: OfficeId::new("H99.01").unwrap(), kind, year: 2026 };
        CertificationNumber::new(book, sequence, volume).unwrap()
    }

    fn style(number_text: &str) -> BookStyle {
        let json = format!(
            r#"{{"kind":"electronic_copies","symbol":"SCTĐT/BS","number_text":"{number_text}","volume_text":"{{volume}}/{{year}}-{{symbol}}","digits":2}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn numbers_and_volumes_are_written_as_configured() {
        let shipped = BookStyles::from_json(law::BOOKS).unwrap();
        for (kind, sequence, volume, number_text, volume_text) in [
            (BookKind::ElectronicCopies, 1, 1, "01", "01/2026-SCTĐT/BS"),
            (BookKind::ElectronicCopies, 123, 2, "123", "02/2026-SCTĐT/BS"),
            (BookKind::PaperCopies, 99, 1, "99", "01/2026-SCT/BS"),
        ] {
            let number = number(kind, sequence, volume);
            let style = shipped.of(kind).unwrap();
            assert_eq!(style.number_text(&number).unwrap(), number_text);
            assert_eq!(style.volume_text(&number).unwrap(), volume_text);
        }
        let practice = style("{sequence}/ĐT");
        assert_eq!(practice.number_text(&number(BookKind::ElectronicCopies, 123, 1)).unwrap(), "123/ĐT");
    }

    #[test]
    fn nothing_but_a_number_of_the_book_is_read_as_one() {
        let style = style("{sequence}/ĐT");
        for (text, sequence) in
            [("123/ĐT", Some(123)), (" 07/ĐT ", Some(7)), ("7", Some(7)), ("4294967295", Some(u32::MAX))]
        {
            assert_eq!(style.sequence_of(text).ok().map(NonZeroU32::get), sequence, "{text}");
        }
        for text in
            ["", "0", "00/ĐT", "+5", "-5", "5/BS", "/ĐT", "4294967296", "99999999999999999999", "5 5", "٥"]
        {
            assert_eq!(style.sequence_of(text), Err(Error::NumberUnreadable), "{text}");
        }
    }

    #[test]
    fn sequence_and_volume_start_at_one() {
        let book = number(BookKind::PaperCopies, 1, 1).book;
        assert_eq!(CertificationNumber::new(book.clone(), 0, 1), Err(Error::NumberZero));
        assert_eq!(CertificationNumber::new(book, 1, 0), Err(Error::NumberZero));
    }

    #[test]
    fn a_style_that_would_lose_the_number_is_refused() {
        for (number_text, volume_text) in [
            ("ĐT", "{volume}-{symbol}"),
            ("{sequence}{sequence}", "{volume}-{symbol}"),
            ("{sequence}", "{year}"),
        ] {
            let json = format!(
                r#"[{{"kind":"paper_copies","symbol":"SCT/BS","number_text":"{number_text}","volume_text":"{volume_text}","digits":2}}]"#
            );
            assert!(BookStyles::from_json(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn one_kind_of_book_has_one_style() {
        let mut twice: Vec<BookStyle> = BookStyles::from_json(law::BOOKS).unwrap().into();
        twice.push(twice[0].clone());
        assert!(BookStyles::try_from(twice).is_err());
    }

    proptest! {
        #[test]
        fn a_number_reads_back_from_its_text(
            sequence in 1u32..,
            pattern in prop::sample::select(vec!["{sequence}", "{sequence}/ĐT", "ĐT-{sequence}", "{sequence}-{symbol}"]),
        ) {
            let style = style(pattern);
            let text = style.number_text(&number(BookKind::ElectronicCopies, sequence, 1)).unwrap();
            prop_assert_eq!(style.sequence_of(&text).unwrap().get(), sequence);
        }

        #[test]
        fn reading_any_text_never_panics(text in "\\PC{0,40}") {
            let _ = style("{sequence}/ĐT").sequence_of(&text);
        }

        #[test]
        fn a_number_survives_storage(sequence in 1u32.., volume in 1u16.., year in 2020i16..2100) {
            let mut number = number(BookKind::ElectronicCopies, sequence, volume);
            number.book.year = year;
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<CertificationNumber>(&json).unwrap(), number);
        }
    }
}
