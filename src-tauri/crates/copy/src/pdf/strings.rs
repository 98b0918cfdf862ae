//! PDF text strings and dates.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use lopdf::{Object, StringFormat};

/// Vietnam keeps UTC+7 all year.
const VIETNAM: Offset = jiff::tz::offset(7);

/// A text string: ASCII as it is, everything else as UTF-16BE with its mark (ISO 32000-1, 7.9.2.2).
pub(crate) fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let utf16 = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes);
    Object::String(utf16.collect(), StringFormat::Hexadecimal)
}

/// The clock on a Vietnamese wall at this instant.
pub(crate) fn vietnam_time(at: Timestamp) -> DateTime {
    VIETNAM.to_datetime(at)
}

/// A PDF date, `D:20261121091500+07'00'` (ISO 32000-1, 7.9.4).
pub(crate) fn pdf_date(at: Timestamp) -> Object {
    let time = vietnam_time(at).strftime("D:%Y%m%d%H%M%S+07'00'").to_string();
    Object::String(time.into_bytes(), StringFormat::Literal)
}

/// An ISO 8601 date and time in Vietnam time, `2026-11-21T09:15:00+07:00` (NĐ 30/2020 App. I; XMP).
pub(crate) fn iso_date(at: Timestamp) -> String {
    vietnam_time(at).strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}
