//! From characters to glyphs: clean, shape, and remember which characters each glyph stands for.

use harfrust::{Buffer, ClusterLevel, Direction, Script, ShapeOptions, ShaperFont, shape as shape_buffer};
use unicode_normalization::UnicodeNormalization;

use super::face::Style;
use crate::CopyError;

/// A glyph with its place relative to the pen; lengths in 1/1000 em.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glyph {
    /// Glyph number in the bundled font file.
    pub(crate) id: u16,
    /// How far the pen moves on.
    pub(crate) advance: f64,
    /// Shift from the pen, for marks set over a letter.
    pub(crate) offset: (f64, f64),
    /// The characters this glyph stands for; empty for the further glyphs of one character.
    pub(crate) text: String,
}

/// NFC, every white space a plain space (line ends stay), invisible joiners dropped.
///
/// Control, direction and right-to-left characters are refused: with them a statement could read otherwise than
/// it is stored.
pub(crate) fn clean(text: &str) -> Result<String, CopyError> {
    let mut clean = String::with_capacity(text.len());
    for character in text.nfc() {
        match character {
            '\n' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\r' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{a0}' | '\u{202f}' => clean.push('\u{a0}'),
            space if space.is_whitespace() => clean.push(' '),
            // Direction and other format controls, right-to-left scripts, variation selectors, tags.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2061}'..='\u{206f}'
            | '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' => return Err(CopyError::CharacterNotPrintable { character }),
            control if control.is_control() => {
                return Err(CopyError::CharacterNotPrintable { character: control });
            }
            printable => clean.push(printable),
        }
    }
    Ok(clean)
}

/// Shapes one piece of clean text without line ends.
pub(crate) fn shape(text: &str, style: Style) -> Result<Vec<Glyph>, CopyError> {
    let font = style.font()?;
    let shaper = ShaperFont::new(font);
    let mut buffer = Buffer::new();
    buffer.push_str(text);
    buffer.set_direction(Direction::LeftToRight);
    buffer.set_script(Some(Script::LATIN));
    buffer.set_cluster_level(ClusterLevel::MonotoneCharacters);
    shape_buffer(&shaper, &mut buffer, ShapeOptions::new())
        .map_err(|_| CopyError::FontDamaged { reason: "shaping failed" })?;

    let to_mille = 1000.0 / f64::from(font.units_per_em());
    let infos = buffer.glyph_infos();
    let texts = glyph_texts(text, &infos.iter().map(|info| info.cluster as usize).collect::<Vec<_>>());
    let mut glyphs = Vec::with_capacity(infos.len());
    for ((info, position), text) in infos.iter().zip(buffer.glyph_positions()).zip(texts) {
        let id = u16::try_from(info.glyph_id).unwrap_or(0);
        if id == 0 {
            let character = text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
            return Err(CopyError::CharacterWithoutGlyph { character });
        }
        glyphs.push(Glyph {
            id,
            advance: f64::from(position.x_advance) * to_mille,
            offset: (f64::from(position.x_offset) * to_mille, f64::from(position.y_offset) * to_mille),
            text,
        });
    }
    Ok(glyphs)
}

/// Which characters each glyph stands for, from the byte offsets (`clusters`, ascending) the shaper reports.
///
/// A cluster of as many glyphs as characters (composed or decomposed) is told apart glyph by glyph; otherwise
/// its first glyph stands for all of it.
fn glyph_texts(text: &str, clusters: &[usize]) -> Vec<String> {
    let mut texts = Vec::with_capacity(clusters.len());
    let mut index = 0;
    while index < clusters.len() {
        let start = clusters[index];
        let count = clusters[index..].iter().take_while(|cluster| **cluster == start).count();
        let end = clusters.get(index + count).copied().unwrap_or(text.len());
        let part = text.get(start..end).unwrap_or_default();
        let composed: Vec<char> = part.chars().collect();
        let decomposed: Vec<char> = part.nfd().collect();
        if let Some(single) = [composed, decomposed].iter().find(|chars| chars.len() == count) {
            texts.extend(single.iter().map(char::to_string));
        } else {
            texts.push(part.to_owned());
            texts.extend(std::iter::repeat_n(String::new(), count - 1));
        }
        index += count;
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vietnamese_letter_has_one_glyph_of_its_own_text() {
        for style in Style::ALL {
            for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
                for tone in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                    let letter: String = format!("{base}{tone}").nfc().collect();
                    let glyphs = shape(&letter, style).unwrap();
                    assert_eq!(glyphs.len(), 1, "{letter}");
                    assert_eq!(glyphs[0].text, letter);
                }
            }
            assert_eq!(shape("đĐ", style).unwrap().len(), 2);
        }
    }

    #[test]
    fn letters_of_the_ede_and_bahnar_alphabets_keep_their_text() {
        for word in ["Ƀưh", "Ê\u{306}đê", "čik", "ơ\u{306}", "ñu", "Đăk Lăk"] {
            let word: String = word.nfc().collect();
            let text: String =
                shape(&word, Style::Regular).unwrap().iter().map(|g| g.text.as_str()).collect();
            assert_eq!(text.nfc().collect::<String>(), word);
        }
    }

    #[test]
    fn a_character_without_a_glyph_is_named() {
        assert_eq!(shape("số 漢", Style::Regular), Err(CopyError::CharacterWithoutGlyph { character: '漢' }));
    }

    #[test]
    fn decomposed_text_is_composed_and_hidden_direction_marks_are_refused() {
        assert_eq!(clean("Ba\u{309}n\u{200b} sao\t1").unwrap(), "Bản sao 1");
        assert_eq!(clean("a\u{202e}b"), Err(CopyError::CharacterNotPrintable { character: '\u{202e}' }));
        assert_eq!(clean("a\u{7}"), Err(CopyError::CharacterNotPrintable { character: '\u{7}' }));
    }
}
