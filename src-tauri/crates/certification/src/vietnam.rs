//! How Vietnam writes dates, money and names, and how a search forgives missing diacritics.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Vietnam keeps UTC+07:00 all year.
pub const OFFSET: Offset = Offset::constant(7);

/// The wall clock in Vietnam at an instant.
#[must_use]
pub fn local(at: Timestamp) -> DateTime {
    OFFSET.to_datetime(at)
}

/// `dd/MM/yyyy`.
#[must_use]
pub fn date(d: Date) -> String {
    format!("{:02}/{:02}/{:04}", d.day(), d.month(), d.year())
}

/// `dd/MM/yyyy HH:mm`.
#[must_use]
pub fn date_time(t: DateTime) -> String {
    format!("{} {:02}:{:02}", date(t.date()), t.hour(), t.minute())
}

/// The day in a date line: days below 10 take a zero in front (NĐ 30/2020 App. I).
#[must_use]
pub fn day_in_words(d: Date) -> String {
    format!("{:02}", d.day())
}

/// The month in a date line: January and February take a zero in front, no other (NĐ 30/2020 App. I).
#[must_use]
pub fn month_in_words(d: Date) -> String {
    if d.month() <= 2 { format!("{:02}", d.month()) } else { d.month().to_string() }
}

/// `Ngày 05 tháng 3 năm 2026`.
#[must_use]
pub fn date_line(d: Date) -> String {
    format!("Ngày {} tháng {} năm {}", day_in_words(d), month_in_words(d), d.year())
}

/// A whole number with points between thousands: `1.000`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// An amount of money: `2.000 đồng`.
#[must_use]
pub fn dong(amount: u64) -> String {
    format!("{} đồng", grouped(amount))
}

/// Text as a search compares it: lower case, no diacritics, đ as d, single spaces.
#[must_use]
pub fn fold(text: &str) -> String {
    let bare: String = text
        .to_lowercase()
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as on;
    use proptest::prelude::*;

    #[test]
    fn dates_are_written_the_vietnamese_way() {
        assert_eq!(date(on(2026, 3, 5)), "05/03/2026");
        assert_eq!(date_time(on(2026, 12, 31).at(7, 5, 59, 0)), "31/12/2026 07:05");
        for (day, line) in [
            (on(2026, 3, 5), "Ngày 05 tháng 3 năm 2026"),
            (on(2026, 2, 10), "Ngày 10 tháng 02 năm 2026"),
            (on(2026, 1, 1), "Ngày 01 tháng 01 năm 2026"),
            (on(2026, 10, 20), "Ngày 20 tháng 10 năm 2026"),
        ] {
            assert_eq!(date_line(day), line);
        }
    }

    #[test]
    fn vietnam_is_seven_hours_ahead() {
        let at: Timestamp = "2025-12-31T17:00:00Z".parse().unwrap();
        assert_eq!(local(at), on(2026, 1, 1).at(0, 0, 0, 0));
    }

    #[test]
    fn money_has_points_between_thousands() {
        for (amount, text) in [
            (0, "0 đồng"),
            (999, "999 đồng"),
            (2_000, "2.000 đồng"),
            (200_000, "200.000 đồng"),
            (1_234_567, "1.234.567 đồng"),
            (u64::MAX, "18.446.744.073.709.551.615 đồng"),
        ] {
            assert_eq!(dong(amount), text);
        }
    }

    #[test]
    fn search_forgives_diacritics_and_case() {
        assert_eq!(fold("  NGUYỄN  Thị Đào "), "nguyen thi dao");
        assert_eq!(fold("Bằng tốt nghiệp"), fold("ba\u{306}\u{300}ng TOT nghiep"));
        assert_eq!(fold("ƯỜNG"), "uong");
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            let once = fold(&text);
            // Upper-case letters without a lower-case pair aside, folded text folds to itself.
            prop_assert_eq!(fold(&once.clone()), once);
        }
    }
}
