//! The QR code of a copy: what it says, and its dark squares as vector rectangles.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};
use unicode_normalization::UnicodeNormalization;

use crate::CopyError;
use crate::geometry::MmRect;
use crate::request::VerificationData;

/// Longest paper name in the code; the whole name stands beside it and in the metadata.
const LONGEST_PAPER_NAME: usize = 120;

/// Largest symbol a phone still reads from paper at 28 mm (0.3 mm a module): version 19, 93 modules.
const LARGEST_VERSION: i16 = 19;

/// ISO/IEC 18004 default is Latin-1; this designator (ECI 26) says UTF-8.
const ECI_UTF8: u32 = 26;

/// The text in the code: `dossier|procedure|office|paper|copy`, NFC.
#[must_use]
pub(crate) fn payload(data: &VerificationData) -> String {
    let mut paper: String = data.paper_name.nfc().collect();
    if paper.chars().count() > LONGEST_PAPER_NAME {
        paper = paper.chars().take(LONGEST_PAPER_NAME - 1).chain(['…']).collect();
    }
    [&data.dossier_code, &data.procedure_code, &data.office_id, &paper, &data.copy_id]
        // The separator may not occur inside a part.
        .map(|part| part.nfc().map(|c| if c == '|' || c.is_control() { ' ' } else { c }).collect::<String>())
        .join("|")
}

/// The smallest symbol for `data`, error correction level M, drawn into the square `place`.
///
/// A quiet zone of four modules around `place` is the caller's to keep.
pub(crate) fn symbol(data: &VerificationData, place: MmRect) -> Result<Vec<MmRect>, CopyError> {
    let text = payload(data);
    let code = encode(text.as_bytes()).ok_or(CopyError::VerificationDataTooLong { bytes: text.len() })?;
    let width = code.width();
    let module = place.width / width as f64;
    let colours = code.to_colors();
    let mut rects = Vec::new();
    for (row, modules) in colours.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                rects.push(MmRect {
                    left: place.left + column as f64 * module,
                    top: place.top + row as f64 * module,
                    width: run.len() as f64 * module,
                    // A hair more than a module, or renderers show light seams between rows.
                    height: module * 1.02,
                });
            }
            column += run.len();
        }
    }
    Ok(rects)
}

fn encode(data: &[u8]) -> Option<QrCode> {
    (1..=LARGEST_VERSION).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_eci_designator(ECI_UTF8).ok()?;
        bits.push_byte_data(data).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
}
