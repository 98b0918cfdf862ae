//! Times as files write them, turned into RFC 3339 where they can be read; a time that cannot is shown as written.

/// A PDF date (ISO 32000-1 §7.9.4): `D:YYYYMMDDHHmmSS` and an offset, parts of it optional from the right.
pub(super) fn pdf_date(date: &str) -> String {
    let text = date.strip_prefix("D:").unwrap_or(date);
    let digits = text.bytes().take(14).take_while(u8::is_ascii_digit).count();
    let (stamp, zone) = text.split_at(digits);
    let zone: String = zone.chars().filter(|character| *character != '\'').collect();
    let offset = match zone.as_bytes() {
        [] | [b'Z', ..] => "Z".to_owned(),
        [b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => {
            format!("{}:{}", &zone[..3], &zone[3..])
        }
        [b'+' | b'-', digits @ ..] if digits.len() == 2 && digits.iter().all(u8::is_ascii_digit) => {
            format!("{zone}:00")
        }
        _ => return date.to_owned(),
    };
    rfc3339(stamp, &offset).unwrap_or_else(|| date.to_owned())
}

fn rfc3339(stamp: &str, offset: &str) -> Option<String> {
    if !matches!(stamp.len(), 8 | 10 | 12 | 14) {
        return None;
    }
    let full = format!("{stamp:0<14}");
    let part = |range: std::ops::Range<usize>| &full[range];
    let text = format!(
        "{}-{}-{}T{}:{}:{}{offset}",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    );
    text.parse::<jiff::Timestamp>().is_ok().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_rfc_3339_or_stay_as_written() {
        assert_eq!(pdf_date("D:20261121183059+07'00'"), "2026-11-21T18:30:59+07:00");
        assert_eq!(pdf_date("D:20261121183059Z"), "2026-11-21T18:30:59Z");
        assert_eq!(pdf_date("D:20261121"), "2026-11-21T00:00:00Z");
        assert_eq!(pdf_date("yesterday"), "yesterday");
        assert_eq!(pdf_date("D:20269921183059Z"), "D:20269921183059Z");
    }
}
