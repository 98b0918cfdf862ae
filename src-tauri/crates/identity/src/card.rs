//! What the code of an identity card says. The unknown tail is kept, nothing is guessed.
//!
//! Two layouts are in circulation, fields parted by `|`:
//! - thẻ căn cước công dân (from 2021, front side), seven fields: number, old number or empty, name, born, sex, residence,
//!   issued;
//! - thẻ căn cước (from 1 July 2024, back side, Thông tư 16/2024/TT-BCA Art 6): the same and more: cancelled numbers and
//!   the names of the parents.
//!
//! Fields are known by their shape around the one that cannot be mistaken, the sex, so that a shifted or longer
//! layout is still read right or not at all.

use std::fmt;

use crate::date::CardDate;

/// Longest text of a code that is looked at, characters; a QR code holds fewer.
const CHARS_MAX: usize = 3000;
/// Most fields.
const FIELDS_MAX: usize = 64;

/// Which of the two layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Thẻ căn cước công dân: seven fields.
    Cccd2021,
    /// Thẻ căn cước: more than seven.
    CanCuoc2024,
}

/// As printed on the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cccd2021 => "2021",
            Self::CanCuoc2024 => "2024",
        })
    }
}

impl fmt::Display for Sex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Male => "Nam",
            Self::Female => "Nữ",
        })
    }
}

/// The fields of a card. Personal data: `Debug` shows the layout only.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// Số định danh cá nhân, 12 digits.
    pub id: String,
    /// Số chứng minh nhân dân, 9 digits, if the holder had one.
    pub old_id: Option<String>,
    /// Họ, chữ đệm và tên khai sinh.
    pub name: String,
    /// Date of birth; `None` when it is no date (the text has it as it stands).
    pub born: Option<CardDate>,
    /// Giới tính.
    pub sex: Option<Sex>,
    /// Nơi thường trú, nơi cư trú: as on the day of issue, so with the names of units of that day.
    pub address: Option<String>,
    /// Day of issue.
    pub issued: Option<CardDate>,
    /// Which layout.
    pub layout: Layout,
    /// Fields after the seventh, as they stand.
    pub more: Vec<String>,
    /// The whole text of the code, NFC.
    pub text: String,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl Card {
    /// Takes the text of a code apart; `None` when it is not that of an identity card (no 12-digit number, no name).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        if text.chars().take(CHARS_MAX + 1).count() > CHARS_MAX {
            return None;
        }
        let fields: Vec<&str> = text.split('|').map(str::trim).take(FIELDS_MAX).collect();
        let at = fields.iter().position(|field| is_number(field, 12))?;
        let (id, rest) = (fields[at], &fields[at + 1..]);
        let sex_at = rest.iter().position(|field| sex(field).is_some()).unwrap_or(3);
        let (before, after) = rest.split_at_checked(sex_at)?;
        // Between the number and the sex: an old number or nothing, the name, the date of birth.
        let [numbers @ .., name, born] = before else { return None };
        if !is_name(name) {
            return None;
        }
        let issued_at = after.iter().take(4).position(|field| CardDate::parse(field).is_some()).unwrap_or(2);
        let more: Vec<String> = after.iter().skip(issued_at + 1).map(|&field| field.to_owned()).collect();
        let filled =
            |field: Option<&&str>| field.filter(|text| !text.is_empty()).map(|&text| text.to_owned());
        Some(Self {
            id: id.to_owned(),
            old_id: numbers.iter().find(|field| is_number(field, 9)).map(|&field| field.to_owned()),
            name: (*name).to_owned(),
            born: CardDate::parse(born),
            sex: after.first().and_then(|field| sex(field)),
            address: filled(after.get(1).filter(|_| issued_at > 1)),
            issued: after.get(issued_at).and_then(|field| CardDate::parse(field)),
            layout: if more.is_empty() { Layout::Cccd2021 } else { Layout::CanCuoc2024 },
            more,
            text: text.to_owned(),
        })
    }
}

fn is_number(field: &str, digits: usize) -> bool {
    field.len() == digits && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name has a letter and no digit.
fn is_name(field: &str) -> bool {
    field.chars().any(char::is_alphabetic) && !field.chars().any(|c| c.is_ascii_digit())
}

fn sex(field: &str) -> Option<Sex> {
    match field.to_lowercase().as_str() {
        "nam" => Some(Sex::Male),
        "nữ" | "nu" => Some(Sex::Female),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CCCD: &str = "001090123456|012345678|Nguyễn Văn An|28021990|Nam|Số 12, ngõ 34, Phường Láng Hạ, Đống Đa, Hà Nội|15042021";

    fn iso(date: Option<CardDate>) -> String {
        date.map(|date| date.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_seven_fields_of_2021_are_read() {
        let card = Card::parse(CCCD).unwrap();
        assert_eq!((card.id.as_str(), card.old_id.as_deref()), ("001090123456", Some("012345678")));
        assert_eq!((card.name.as_str(), card.sex), ("Nguyễn Văn An", Some(Sex::Male)));
        assert_eq!((iso(card.born), iso(card.issued)), ("1990-02-28".into(), "2021-04-15".into()));
        assert_eq!(card.address.as_deref(), Some("Số 12, ngõ 34, Phường Láng Hạ, Đống Đa, Hà Nội"));
        assert_eq!((card.layout, card.more.len()), (Layout::Cccd2021, 0));
    }

    #[test]
    fn a_card_without_an_old_number_has_none() {
        let card =
            Card::parse("079203001234||Trần Thị Bích|01122003|Nữ|Quận 1, TP. Hồ Chí Minh|30062022").unwrap();
        assert_eq!((card.old_id, card.sex), (None, Some(Sex::Female)));
    }

    #[test]
    fn the_tail_of_2024_is_kept_as_it_stands() {
        let card = Card::parse(&format!("{CCCD}||001190000001|Nguyễn Văn Cha|Lê Thị Mẹ|")).unwrap();
        assert_eq!(card.layout, Layout::CanCuoc2024);
        assert_eq!(card.more, ["", "001190000001", "Nguyễn Văn Cha", "Lê Thị Mẹ", ""]);
        assert_eq!((iso(card.issued).as_str(), card.id.as_str()), ("2021-04-15", "001090123456"));
    }

    #[test]
    fn a_shifted_layout_is_read_by_shape() {
        let card = Card::parse("CC|001090123456||x|Nguyễn Văn An|28021990|Nam|Hà Nội|15042021").unwrap();
        assert_eq!((card.name.as_str(), card.address.as_deref()), ("Nguyễn Văn An", Some("Hà Nội")));
        assert_eq!(card.old_id, None);
    }

    #[test]
    fn a_date_that_is_none_is_left_out_and_stays_in_the_text() {
        let card = Card::parse("001090123456||Nguyễn Văn An|31021990|Nam|Hà Nội|99999999").unwrap();
        assert_eq!((card.born, card.issued), (None, None));
        assert_eq!(card.address.as_deref(), Some("Hà Nội"));
        assert!(card.text.contains("31021990"));
    }

    #[test]
    fn an_address_that_is_empty_is_none() {
        let card = Card::parse("001090123456||Nguyễn Văn An|28021990|Nam||15042021").unwrap();
        assert_eq!((card.address, iso(card.issued).as_str()), (None, "2021-04-15"));
    }

    #[test]
    fn other_codes_are_no_cards() {
        for text in [
            "",
            "|",
            "||||||",
            "https://example.vn/x|y",
            "00020101021138570010A000000727",
            "001090123456",
            "001090123456||123|28021990|Nam",
        ] {
            assert_eq!(Card::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_output_shows_no_person() {
        let shown = format!("{:?}", Card::parse(CCCD).unwrap());
        assert!(!shown.contains("An") && !shown.contains("0010"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_without_a_panic(text in "[0-9|A-ZÀ-ỹ ]{0,200}") {
            if let Some(card) = Card::parse(&text) {
                prop_assert_eq!(card.id.len(), 12);
            }
        }

        #[test]
        fn every_card_of_2021_comes_back(
            id in "[0-9]{12}", old in "([0-9]{9})?", name in "[A-ZĐ][a-zàáảạăâ]{1,8}( [A-ZĐ][a-zàáảạăâ]{1,8}){1,4}",
            year in 1900_u16..2021, male: bool, address in "[A-Z][a-zàáả ,0-9]{0,60}[a-z]",
        ) {
            let word = if male { "Nam" } else { "Nữ" };
            let card = Card::parse(&format!("{id}|{old}|{name}|0101{year}|{word}|{address}|02062021")).unwrap();
            prop_assert_eq!(&card.id, &id);
            prop_assert_eq!(card.old_id.unwrap_or_default(), old);
            prop_assert_eq!(card.name, name);
            prop_assert_eq!(card.born.map(|born| born.to_string()), Some(format!("{year:04}-01-01")));
            prop_assert_eq!(card.address, Some(address));
            prop_assert_eq!(card.sex, Some(if male { Sex::Male } else { Sex::Female }));
        }
    }
}
