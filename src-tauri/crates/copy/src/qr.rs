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

/// UTF-8 in byte mode without a designator, as on the citizen card: every reader tried understands it, while some
/// fail on the designator (ECI 26). Byte mode alone, because UTF-8 can pass for Shift-JIS pairs of Kanji mode.
fn encode(data: &[u8]) -> Option<QrCode> {
    (1..=LARGEST_VERSION).find_map(|version| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_byte_data(data).ok()?;
        bits.push_terminator(EcLevel::M).ok()?;
        QrCode::with_bits(bits, EcLevel::M).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(paper_name: &str) -> VerificationData {
        VerificationData {
            dossier_code: "000.00.01.H36-261121-0001".into(),
            procedure_code: "2.000815".into(),
            office_id: "H36.117".into(),
            paper_name: paper_name.into(),
            copy_id: "019aa5d2".into(),
        }
    }

    #[test]
    fn the_code_says_dossier_procedure_office_paper_and_copy() {
        let text = payload(&data("Ba\u{306}\u{300}ng | khen"));
        assert_eq!(text, "000.00.01.H36-261121-0001|2.000815|H36.117|Bằng   khen|019aa5d2");
    }

    #[test]
    fn a_paper_name_of_any_length_leaves_a_readable_code() {
        let place = MmRect { left: 0.0, top: 0.0, width: 28.0, height: 28.0 };
        let squares = symbol(&data(&"Ữ".repeat(500)), place).unwrap();
        let smallest = squares.iter().map(|square| square.width).fold(f64::INFINITY, f64::min);
        assert!(smallest > 0.29, "{smallest} mm");
        assert!(squares.iter().all(|square| square.right() <= 28.0 + 1e-9 && square.bottom() <= 28.02));
    }

    #[test]
    fn data_beyond_the_largest_code_are_refused_by_name() {
        let mut data = data("x");
        data.dossier_code = "9".repeat(900);
        let place = MmRect { left: 0.0, top: 0.0, width: 28.0, height: 28.0 };
        assert!(matches!(symbol(&data, place), Err(CopyError::VerificationDataTooLong { .. })));
    }
}
