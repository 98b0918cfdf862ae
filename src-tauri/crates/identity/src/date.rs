//! Dates as the code of a card carries them: eight digits, day first, the unknown part zero.

use std::fmt;

/// A date of a card. Day, or day and month, may be unknown (people born before registers were complete).
///
/// Shown as ISO 8601: `1990-02-28`, `1955-07`, `1955`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardDate {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

impl CardDate {
    /// Reads `ddMMyyyy`; `None` for anything that is no date of the Gregorian calendar between 1850 and 2199.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 8 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |part: &[u8]| part.iter().fold(0_u16, |n, digit| 10 * n + u16::from(digit - b'0'));
        let (day, month, year) = (number(&digits[..2]), number(&digits[2..4]), number(&digits[4..]));
        let valid = (1850..=2199).contains(&year)
            && month <= 12
            && if month == 0 { day == 0 } else { day <= days(month, year) };
        let known = |part: u16| (part > 0).then_some(part as u8);
        valid.then_some(Self { year, month: known(month), day: known(day) })
    }

    /// The year.
    pub fn year(&self) -> u16 {
        self.year
    }
}

fn days(month: u16, year: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for CardDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Option<String> {
        CardDate::parse(text).map(|date| date.to_string())
    }

    #[test]
    fn a_date_is_day_first_and_comes_out_as_iso() {
        assert_eq!(iso("28021990").as_deref(), Some("1990-02-28"));
        assert_eq!(iso("29022000").as_deref(), Some("2000-02-29"));
    }

    #[test]
    fn what_is_not_known_of_a_birth_date_is_left_out() {
        assert_eq!(iso("00001955").as_deref(), Some("1955"));
        assert_eq!(iso("00071955").as_deref(), Some("1955-07"));
    }

    #[test]
    fn days_that_no_calendar_has_are_no_dates() {
        for text in [
            "29021900", "31042020", "32012020", "01132020", "01002020", "01010001", "", "1102020", "0101202a",
        ] {
            assert_eq!(iso(text), None, "{text}");
        }
    }
}
