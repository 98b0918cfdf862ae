//! Times as the store keeps them: Unix milliseconds, and days of Vietnam (+07:00, no daylight saving).

use crate::{RegisterError, Result};
use jiff::{Timestamp, civil::Date, tz::Offset};

const VIETNAM: Offset = Offset::constant(7);

/// The day in Vietnam at `at`.
pub(crate) fn day_of(at: Timestamp) -> Date {
    VIETNAM.to_datetime(at).date()
}

/// `yyyymmdd`.
pub(crate) fn day_number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

pub(crate) fn day_from_number(number: i64) -> Result<Date> {
    let part = |value: i64| i8::try_from(value).ok();
    let year = i16::try_from(number / 10_000).ok();
    year.zip(part(number / 100 % 100))
        .zip(part(number % 100))
        .and_then(|((year, month), day)| Date::new(year, month, day).ok())
        .ok_or(RegisterError::UnreadableRow { table: "entry", detail: format!("day {number}") })
}

pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn from_millis(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms)
        .map_err(|_| RegisterError::UnreadableRow { table: "time", detail: format!("{ms} ms") })
}
