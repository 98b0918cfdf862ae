//! The Vietnamese working calendar: which days and hours an office works.
//!
//! It is data: holidays move with the moon and with each year's decision on swapped days. A day that rests on a guess
//! (a year not announced yet) is marked so.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::text;

/// A stretch of the day in which the office works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// Opens.
    pub from: Time,
    /// Closes.
    pub to: Time,
}

/// Public holidays on end, with days off in lieu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysOff {
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// What is celebrated.
    pub name: String,
    /// Not decided yet: reckoned from the Labour Code or from a plan.
    #[serde(default)]
    pub provisional: bool,
}

/// A day of the weekend that is worked in exchange for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeUpDay {
    /// The day.
    pub date: Date,
    /// For which day it is worked.
    pub name: String,
}

/// What is known of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The year.
    pub year: i16,
    /// Who decided.
    pub source: String,
    /// Holidays.
    pub days_off: Vec<DaysOff>,
    /// Worked days of the weekend.
    #[serde(default)]
    pub make_up_days: Vec<MakeUpDay>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFields {
    weekend: Vec<i8>,
    hours: Vec<OfficeHours>,
    cut_off: Time,
    years: Vec<CalendarYear>,
}

/// The days and hours an office works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalendarFields", into = "CalendarFields")]
pub struct WorkingCalendar {
    /// ISO weekday numbers, Monday 1 to Sunday 7.
    weekend: Vec<i8>,
    hours: Vec<OfficeHours>,
    /// End of the last hours.
    pub(crate) closing: Time,
    /// Until when a request counts for the same day.
    pub(crate) cut_off: Time,
    years: Vec<CalendarYear>,
}

/// Whether a day is worked, and whether that is certain.
#[derive(Clone, Copy)]
pub(crate) struct Day {
    pub(crate) working: bool,
    pub(crate) provisional: bool,
}

impl WorkingCalendar {
    /// Reads a calendar from JSON (`assets/law/calendar-vn.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("calendar", json)
    }

    /// Whether the office works that day.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        self.day(date).working
    }

    /// The years whose holidays are known.
    #[must_use]
    pub fn years(&self) -> &[CalendarYear] {
        &self.years
    }

    /// The hours of a working day, in order.
    #[must_use]
    pub fn hours(&self) -> &[OfficeHours] {
        &self.hours
    }

    /// Whether a day is worked, and whether that is certain.
    pub(crate) fn day(&self, date: Date) -> Day {
        let weekend = self.weekend.contains(&date.weekday().to_monday_one_offset());
        let Some(year) = self.years.iter().find(|y| y.year == date.year()) else {
            return Day { working: !weekend, provisional: true };
        };
        if year.make_up_days.iter().any(|m| m.date == date) {
            return Day { working: true, provisional: false };
        }
        match year.days_off.iter().find(|d| d.from <= date && date <= d.to) {
            // A weekend is off whether or not the holiday on it is confirmed.
            Some(off) => Day { working: false, provisional: off.provisional && !weekend },
            None => Day { working: !weekend, provisional: false },
        }
    }
}

impl TryFrom<CalendarFields> for WorkingCalendar {
    type Error = Error;

    fn try_from(f: CalendarFields) -> Result<Self, Error> {
        let inconsistent = |reason| Error::DataInconsistent { what: "calendar", reason };
        let closing = f.hours.last().map(|s| s.to).ok_or(inconsistent("no office hours"))?;
        let times: Vec<Time> = f.hours.iter().flat_map(|s| [s.from, s.to]).collect();
        if !times.is_sorted_by(|a, b| a < b) {
            return Err(inconsistent("office hours overlap or run backwards"));
        }
        if f.cut_off > closing {
            return Err(inconsistent("requests are accepted for today after closing"));
        }
        if f.weekend.iter().any(|d| !(1..=7).contains(d)) || (1..=7).all(|d| f.weekend.contains(&d)) {
            return Err(inconsistent("the weekend is ISO weekday numbers, and not the whole week"));
        }
        for (i, year) in f.years.iter().enumerate() {
            if f.years.iter().skip(i + 1).any(|y| y.year == year.year) {
                return Err(inconsistent("a year stands twice"));
            }
            if year
                .days_off
                .iter()
                .any(|d| d.to < d.from || d.from.year() != year.year || d.to.year() != year.year)
            {
                return Err(inconsistent("days off run backwards or outside their year"));
            }
            let off = |date| year.days_off.iter().any(|d| d.from <= date && date <= d.to);
            if year.make_up_days.iter().any(|m| m.date.year() != year.year || off(m.date)) {
                return Err(inconsistent("a make-up day is a day off or outside its year"));
            }
        }
        Ok(Self { weekend: f.weekend, hours: f.hours, closing, cut_off: f.cut_off, years: f.years })
    }
}

impl From<WorkingCalendar> for CalendarFields {
    fn from(c: WorkingCalendar) -> Self {
        Self { weekend: c.weekend, hours: c.hours, cut_off: c.cut_off, years: c.years }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn calendar() -> WorkingCalendar {
        WorkingCalendar::from_json(law::CALENDAR).unwrap()
    }

    #[test]
    fn holidays_fall_on_the_weekdays_the_decisions_name() {
        use jiff::civil::Weekday::{Friday, Monday, Saturday, Thursday, Tuesday};
        for (day, weekday) in [
            (date(2025, 1, 27), Monday),
            (date(2025, 5, 2), Friday),
            (date(2025, 4, 26), Saturday),
            (date(2026, 1, 2), Friday),
            (date(2026, 2, 16), Monday),
            (date(2026, 4, 27), Monday),
            (date(2026, 8, 31), Monday),
            (date(2026, 11, 24), Tuesday),
            (date(2027, 2, 11), Thursday),
        ] {
            assert_eq!(day.weekday(), weekday);
        }
        assert!(
            [date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)]
                .iter()
                .all(|d| calendar().is_working_day(*d))
        );
    }

    #[test]
    fn each_year_has_its_eleven_paid_holidays() {
        // Labour Code Art 112: 1 + 5 + 1 + 1 + 1 + 2 days, each of them a weekday off (itself or in lieu), and the
        // swapped days, which make-up days pay for.
        for year in calendar().years() {
            let weekdays_off: usize = year
                .days_off
                .iter()
                .map(|d| {
                    d.from
                        .series(1.day())
                        .take_while(|x| *x <= d.to)
                        .filter(|x| x.weekday().to_monday_one_offset() < 6)
                        .count()
                })
                .sum();
            let culture_day = usize::from(year.year >= 2026);
            assert_eq!(weekdays_off - year.make_up_days.len(), 11 + culture_day, "{}", year.year);
        }
    }

    #[test]
    fn a_calendar_that_cannot_be_is_refused() {
        let good: serde_json::Value = serde_json::from_str(law::CALENDAR).unwrap();
        type Break = fn(&mut serde_json::Value);
        let breaks: [Break; 7] = [
            |v| v["weekend"] = serde_json::json!([1, 2, 3, 4, 5, 6, 7]),
            |v| v["weekend"] = serde_json::json!([0]),
            |v| v["hours"] = serde_json::json!([]),
            |v| v["hours"][0]["to"] = "23:00".into(),
            |v| v["cut_off"] = "18:00".into(),
            |v| v["years"][0]["days_off"][0]["to"] = "2024-01-01".into(),
            |v| v["years"][1]["year"] = v["years"][0]["year"].clone(),
        ];
        for (i, spoil) in breaks.into_iter().enumerate() {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert!(WorkingCalendar::from_json(&bad.to_string()).is_err(), "case {i}");
        }
        let read = WorkingCalendar::from_json(&good.to_string()).unwrap();
        assert_eq!(WorkingCalendar::from_json(&serde_json::to_string(&read).unwrap()), Ok(read));
    }
}
