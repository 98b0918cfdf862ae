//! The QR code of an identity card in a picture file.

use crate::{DeskError, faults};
use mocban_capture::{self as capture, Original, Picture};
use mocban_identity::{Card, Grey, NotRead};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Longest time one page is looked at; a card that is there is mostly read in a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(12);

/// What a picture says of a card; everything but `reason` is `None` when nothing was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CardReading {
    /// Số định danh cá nhân, 12 digits.
    pub id: Option<String>,
    /// Name as on the card, NFC.
    pub name: Option<String>,
    /// Born, ISO 8601: `yyyy-MM-dd`, or shorter where the register knows no day.
    pub born: Option<String>,
    /// `Nam` or `Nữ`.
    pub sex: Option<String>,
    /// Residence on the day of issue.
    pub address: Option<String>,
    /// Day of issue, `yyyy-MM-dd`.
    pub issued: Option<String>,
    /// Number of the former card, 9 digits.
    pub old_id: Option<String>,
    /// `2021` or `2024`.
    pub layout: Option<String>,
    /// Fields after the seventh, as they stand.
    pub more: Option<Vec<String>>,
    /// The whole text of the code.
    pub text: Option<String>,
    /// Why nothing was read: `no_code`, `not_a_card`, `timed_out`.
    pub reason: Option<String>,
}

impl CardReading {
    /// Nothing was read, for this reason.
    pub fn none(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..Self::default() }
    }

    /// Whether a card was read.
    pub fn is_read(&self) -> bool {
        self.id.is_some()
    }
}

impl From<Card> for CardReading {
    fn from(card: Card) -> Self {
        Self {
            born: card.born.map(|date| date.to_string()),
            sex: card.sex.map(|sex| sex.to_string()),
            issued: card.issued.map(|date| date.to_string()),
            layout: Some(card.layout.to_string()),
            id: Some(card.id),
            name: Some(card.name),
            address: card.address,
            old_id: card.old_id,
            more: Some(card.more),
            text: Some(card.text),
            reason: None,
        }
    }
}

/// Reads the card on any page of a picture file, the first that has one.
///
/// # Errors
/// The picture errors: truncated, corrupt, unsupported, too large. That no card is there is no error.
pub fn read_card(bytes: Vec<u8>, name: &str) -> Result<CardReading, DeskError> {
    let refused = |fault| faults::picture_named(name, fault);
    let original = Original::read(bytes, name).map_err(refused)?;
    let mut missed = NotRead::NoCode;
    for index in 0..capture::page_count(&original).map_err(refused)? {
        match in_picture(&capture::decode_page(&original, index).map_err(refused)?) {
            Ok(card) => return Ok(card.into()),
            Err(fault) => missed = fault,
        }
    }
    Ok(CardReading::none(reason(missed)))
}

/// Reads the card in decoded pixels.
pub(crate) fn in_picture(picture: &Picture) -> Result<Card, NotRead> {
    let grey =
        Grey::from_rgb8(picture.width, picture.height, &picture.rgb8).ok_or(NotRead::ImpossibleSize)?;
    mocban_identity::read(grey, Instant::now() + PATIENCE)
}

pub(crate) fn reason(fault: NotRead) -> &'static str {
    match fault {
        NotRead::NoCode | NotRead::ImpossibleSize => "no_code",
        NotRead::NotACard => "not_a_card",
        NotRead::TimedOut => "timed_out",
    }
}
