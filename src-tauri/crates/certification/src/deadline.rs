//! When the result is due (NĐ 23/2015 Arts 7, 21), over the Vietnamese working calendar.
//!
//! Same day; the next working day if received after 15:00; up to two working days more for much or hard work; longer
//! only as agreed in writing. The calendar is data: holidays move with the moon and with each year's decision on
//! swapped days. Where it rests on a guess (a year not announced yet), the answer says so.

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::text;

/// Days off on end, with room for a bad calendar: after so many the search gives up.
const SEARCH_DAYS: usize = 366;

/// A stretch of the day in which the office works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
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
    sessions: Vec<Session>,
    cut_off: Time,
    years: Vec<CalendarYear>,
}

/// The days and hours an office works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalendarFields", into = "CalendarFields")]
pub struct WorkingCalendar {
    /// ISO weekday numbers, Monday 1 to Sunday 7.
    weekend: Vec<i8>,
    sessions: Vec<Session>,
    closing: Time,
    cut_off: Time,
    years: Vec<CalendarYear>,
}

/// How the time limit is extended (NĐ 23/2015 Art 21). An extended limit needs an appointment slip with hour and day
/// (TT 01/2020/TT-BTP Art 2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extension {
    /// Not at all.
    #[default]
    None,
    /// By one or two working days: many kinds, many pages, many copies, hard to compare.
    WorkingDays(u8),
    /// To a time agreed in writing with the requester, Vietnam time.
    Agreed(DateTime),
}

/// When a result is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Vietnam time: the office's closing time, or the time agreed.
    pub at: DateTime,
    /// A day on the way is not certain to be a working day or a day off: check against this year's decision.
    pub provisional: bool,
}

/// Whether a day is worked, and whether that is certain.
#[derive(Clone, Copy)]
struct Day {
    working: bool,
    provisional: bool,
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
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// When a request received at `received` (Vietnam time) is due.
    ///
    /// Received is the moment the complete dossier is in hand or in the portal; on a day off that counts for the next
    /// working day.
    ///
    /// # Errors
    /// [`Error::ExtensionTooLong`], [`Error::AgreedTimeTooEarly`], [`Error::AgreedTimeOnDayOff`],
    /// [`Error::NoWorkingDay`].
    pub fn due(&self, received: DateTime, extension: Extension) -> Result<Due, Error> {
        let today = self.day(received.date());
        let mut due = if today.working && received.time() <= self.cut_off {
            Due { at: received.date().to_datetime(self.closing), provisional: today.provisional }
        } else {
            let next = self.next_working_day(received.date())?;
            Due { provisional: next.provisional || today.provisional, ..next }
        };
        match extension {
            Extension::None => {}
            Extension::WorkingDays(days @ 1..=2) => {
                for _ in 0..days {
                    let next = self.next_working_day(due.at.date())?;
                    due = Due { provisional: next.provisional || due.provisional, ..next };
                }
            }
            Extension::WorkingDays(days) => return Err(Error::ExtensionTooLong { days }),
            Extension::Agreed(at) => {
                let day = self.day(at.date());
                if at < due.at {
                    return Err(Error::AgreedTimeTooEarly);
                }
                if !day.working {
                    return Err(Error::AgreedTimeOnDayOff);
                }
                due = Due { at, provisional: day.provisional };
            }
        }
        Ok(due)
    }

    /// Closing time of the first working day after `date`.
    fn next_working_day(&self, date: Date) -> Result<Due, Error> {
        let mut at = date;
        let mut provisional = false;
        for _ in 0..SEARCH_DAYS {
            at = at.tomorrow().map_err(|_| Error::NoWorkingDay { date })?;
            let day = self.day(at);
            provisional |= day.provisional;
            if day.working {
                return Ok(Due { at: at.to_datetime(self.closing), provisional });
            }
        }
        Err(Error::NoWorkingDay { date })
    }

    fn day(&self, date: Date) -> Day {
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
        let closing = f.sessions.last().map(|s| s.to).ok_or(inconsistent("no office hours"))?;
        let hours: Vec<Time> = f.sessions.iter().flat_map(|s| [s.from, s.to]).collect();
        if !hours.is_sorted_by(|a, b| a < b) {
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
        Ok(Self { weekend: f.weekend, sessions: f.sessions, closing, cut_off: f.cut_off, years: f.years })
    }
}

impl From<WorkingCalendar> for CalendarFields {
    fn from(c: WorkingCalendar) -> Self {
        Self { weekend: c.weekend, sessions: c.sessions, cut_off: c.cut_off, years: c.years }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use jiff::ToSpan;
    use jiff::civil::{date, datetime};
    use proptest::prelude::*;

    fn calendar() -> WorkingCalendar {
        WorkingCalendar::from_json(law::CALENDAR).unwrap()
    }

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn due_the_same_day_or_the_next_working_day_after_three() {
        for (case, received, extension, due) in [
            ("Monday morning", "2026-03-02T08:00", Extension::None, "2026-03-02T17:00"),
            ("before opening", "2026-03-02T00:10", Extension::None, "2026-03-02T17:00"),
            ("at 15:00 sharp", "2026-03-02T15:00", Extension::None, "2026-03-02T17:00"),
            ("a second after 15:00", "2026-03-02T15:00:01", Extension::None, "2026-03-03T17:00"),
            ("Friday 15:01", "2026-03-06T15:01", Extension::None, "2026-03-09T17:00"),
            ("online at night", "2026-03-02T23:30", Extension::None, "2026-03-03T17:00"),
            ("online on Saturday", "2026-03-07T09:00", Extension::None, "2026-03-09T17:00"),
            ("online on Sunday evening", "2026-03-08T20:00", Extension::None, "2026-03-09T17:00"),
            ("two days more", "2026-03-05T09:00", Extension::WorkingDays(2), "2026-03-09T17:00"),
            ("two days more after 15:00", "2026-03-05T15:30", Extension::WorkingDays(2), "2026-03-10T17:00"),
            ("last hour before Tết 2026", "2026-02-13T15:30", Extension::None, "2026-02-23T17:00"),
            (
                "before Tết 2026, one day more",
                "2026-02-13T09:00",
                Extension::WorkingDays(1),
                "2026-02-23T17:00",
            ),
            ("online in Tết 2026", "2026-02-17T00:01", Extension::None, "2026-02-23T17:00"),
            ("last hour before Tết 2025", "2025-01-24T16:00", Extension::None, "2025-02-03T17:00"),
            ("Hùng Kings on a Sunday", "2026-04-24T15:01", Extension::None, "2026-04-28T17:00"),
            ("swapped Friday, make-up Saturday", "2025-04-25T15:01", Extension::None, "2025-04-26T17:00"),
            ("before 30/4/2025", "2025-04-29T15:01", Extension::None, "2025-05-05T17:00"),
            ("new year 2026", "2025-12-31T15:01", Extension::None, "2026-01-05T17:00"),
            ("received on a make-up Saturday", "2026-01-10T10:00", Extension::None, "2026-01-10T17:00"),
            ("National Day 2026", "2026-08-28T15:01", Extension::None, "2026-09-03T17:00"),
        ] {
            assert_eq!(calendar().due(at(received), extension).map(|d| d.at), Ok(at(due)), "{case}");
        }
    }

    #[test]
    fn no_more_than_two_days_without_an_agreement() {
        let monday = at("2026-03-02T08:00");
        for days in [0, 3, 255] {
            let result = calendar().due(monday, Extension::WorkingDays(days));
            assert_eq!(result, Err(Error::ExtensionTooLong { days }));
        }
    }

    #[test]
    fn an_agreed_time_extends_and_is_in_office_days() {
        let due = |agreed| calendar().due(at("2026-03-02T08:00"), Extension::Agreed(at(agreed)));
        assert_eq!(due("2026-03-12T10:00"), Ok(Due { at: at("2026-03-12T10:00"), provisional: false }));
        assert_eq!(due("2026-03-02T16:00"), Err(Error::AgreedTimeTooEarly));
        assert_eq!(due("2026-03-08T10:00"), Err(Error::AgreedTimeOnDayOff));
    }

    #[test]
    fn the_answer_says_when_it_rests_on_a_guess() {
        let provisional = |received| calendar().due(at(received), Extension::None).unwrap().provisional;
        assert!(!provisional("2026-03-02T08:00"));
        assert!(!provisional("2026-02-13T15:30"));
        assert!(provisional("2027-02-04T15:30"), "Tết 2027 was not announced");
        assert!(provisional("2031-03-03T08:00"), "no data for 2031");
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
            |v| v["sessions"] = serde_json::json!([]),
            |v| v["sessions"][0]["to"] = "23:00".into(),
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

    #[test]
    fn the_end_of_time_is_an_error_not_a_panic() {
        let last = DateTime::MAX;
        assert!(matches!(calendar().due(last, Extension::WorkingDays(2)), Err(Error::NoWorkingDay { .. })));
    }

    fn any_time() -> impl Strategy<Value = DateTime> {
        (0i64..4 * 366 * 86_400).prop_map(|s| datetime(2025, 1, 1, 0, 0, 0, 0).saturating_add(s.seconds()))
    }

    fn any_extension() -> impl Strategy<Value = Extension> {
        prop_oneof![Just(Extension::None), (1u8..=2).prop_map(Extension::WorkingDays)]
    }

    proptest! {
        #[test]
        fn due_on_a_working_day_and_never_before_received(received in any_time(), extension in any_extension()) {
            let due = calendar().due(received, extension).unwrap().at;
            prop_assert!(due >= received);
            prop_assert!(calendar().is_working_day(due.date()));
        }

        #[test]
        fn who_comes_first_is_never_due_later(a in any_time(), b in any_time(), extension in any_extension()) {
            let (first, second) = if a <= b { (a, b) } else { (b, a) };
            let due = |t| calendar().due(t, extension).unwrap().at;
            prop_assert!(due(first) <= due(second));
        }

        #[test]
        fn between_receipt_and_due_lie_only_the_working_days_allowed(received in any_time(), extra in 0u8..=2) {
            let extension = if extra == 0 { Extension::None } else { Extension::WorkingDays(extra) };
            let c = calendar();
            let due = c.due(received, extension).unwrap().at.date();
            let after = received.date().series(1.day()).skip(1).take_while(|d| *d <= due);
            let worked = after.filter(|d| c.is_working_day(*d)).count();
            let same_day = c.is_working_day(received.date()) && received.time() <= jiff::civil::time(15, 0, 0, 0);
            prop_assert_eq!(worked, usize::from(extra) + usize::from(!same_day));
        }
    }
}
