//! The data this program ships with, embedded, so that a desk works with nothing beside its executable.
//!
//! An office's own changes are stored as the same JSON and read by the same `from_json`.

use crate::calendar::WorkingCalendar;
use crate::error::Error;
use crate::fee::Tariffs;
use crate::number::BookStyles;
use crate::refusal::RefusalTexts;
use crate::statement::{ConversionMarker, StatementTemplate, StatementTemplates};

/// Styles of the books.
pub const BOOKS: &str = include_str!("../../../../assets/law/books.json");
/// The working calendar.
pub const CALENDAR: &str = include_str!("../../../../assets/law/calendar-vn.json");
/// The conversion marker.
pub const CONVERSION_MARKER: &str = include_str!("../../../../assets/law/conversion-marker.json");
/// The practice office.
pub const PRACTICE_OFFICE: &str = include_str!("../../../../assets/law/practice-office.json");
/// Words of the refusals.
pub const REFUSALS: &str = include_str!("../../../../assets/law/refusals.json");
/// The statements of certification, every version.
pub const STATEMENTS: [&str; 2] = [
    include_str!("../../../../assets/law/statement-original-1.json"),
    include_str!("../../../../assets/law/statement-register-1.json"),
];
/// The fees.
pub const TARIFFS: &str = include_str!("../../../../assets/law/tariffs.json");

/// Everything configurable in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// Styles of the books.
    pub books: BookStyles,
    /// The working calendar.
    pub calendar: WorkingCalendar,
    /// The conversion marker.
    pub marker: ConversionMarker,
    /// Words of the refusals.
    pub refusals: RefusalTexts,
    /// The statements of certification.
    pub statements: StatementTemplates,
    /// The fees.
    pub tariffs: Tariffs,
}

impl Law {
    /// The law as shipped.
    ///
    /// # Errors
    /// None in a build that passed its tests; [`Error::DataUnreadable`] otherwise.
    pub fn shipped() -> Result<Self, Error> {
        let statements =
            STATEMENTS.into_iter().map(StatementTemplate::from_json).collect::<Result<_, _>>()?;
        Ok(Self {
            books: BookStyles::from_json(BOOKS)?,
            calendar: WorkingCalendar::from_json(CALENDAR)?,
            marker: ConversionMarker::from_json(CONVERSION_MARKER)?,
            refusals: RefusalTexts::from_json(REFUSALS)?,
            statements: StatementTemplates::new(statements),
            tariffs: Tariffs::from_json(TARIFFS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::ActKind;
    use jiff::civil::date;
    use unicode_normalization::is_nfc;

    #[test]
    fn the_shipped_law_covers_both_acts_and_every_book() {
        let law = Law::shipped().unwrap();
        let today = date(2026, 3, 2);
        for act in ActKind::ALL {
            assert!(law.statements.on(act, today).is_ok());
            assert!(law.tariffs.on(act, today).is_ok());
            assert!(law.books.of(act.book()).is_ok());
        }
    }

    #[test]
    fn the_shipped_texts_are_composed_unicode() {
        let all = [BOOKS, CALENDAR, CONVERSION_MARKER, PRACTICE_OFFICE, REFUSALS, TARIFFS];
        assert!(all.into_iter().chain(STATEMENTS).all(is_nfc));
    }
}
