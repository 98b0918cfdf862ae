//! When the result is due (NĐ 23/2015 Arts 7, 21), over the working calendar.
//!
//! Same day; the next working day if received after 15:00; up to two working days more for much or hard work; longer
//! only as agreed in writing. Where the calendar rests on a guess, the answer says so.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::calendar::WorkingCalendar;
use crate::error::Error;

/// Days off on end, with room for a bad calendar: after so many the search gives up.
const SEARCH_DAYS: usize = 366;

/// How the time limit is extended (NĐ 23/2015 Art 21).
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

impl Due {
    /// Whether the receiver hands out an appointment slip (phiếu hẹn) with hour and day: whenever the result is not due
    /// on the day of receipt (TT 01/2020/TT-BTP Art 2).
    #[must_use]
    pub fn needs_appointment_slip(&self, received: DateTime) -> bool {
        self.at.date() > received.date()
    }
}

impl WorkingCalendar {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use jiff::ToSpan;
    use jiff::civil::datetime;
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
    fn the_end_of_time_is_an_error_not_a_panic() {
        let last = DateTime::MAX;
        assert!(matches!(calendar().due(last, Extension::WorkingDays(2)), Err(Error::NoWorkingDay { .. })));
    }

    #[test]
    fn who_must_come_back_gets_an_appointment_slip() {
        for (received, slip) in [("2026-03-02T08:00", false), ("2026-03-02T15:01", true)] {
            let due = calendar().due(at(received), Extension::None).unwrap();
            assert_eq!(due.needs_appointment_slip(at(received)), slip);
        }
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
