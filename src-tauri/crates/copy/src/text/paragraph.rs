//! Paragraphs: words to lines, lines to a block of known size.
//!
//! Lines break at spaces; a word too long for a line (a digest, a code) breaks between letters. No line is ever
//! wider than the width it was given.

use super::face::Style;
use super::shape::{Glyph, clean, shape};
use crate::CopyError;

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Ink {
    pub(crate) const BLACK: Self = Self(0, 0, 0);
    pub(crate) const GREY: Self = Self(0x55, 0x5B, 0x62);
    pub(crate) const HAIRLINE: Self = Self(0xB4, 0xBA, 0xC0);
    /// Line 1 of the statement, and seals.
    pub(crate) const RED: Self = Self(0xC4, 0x12, 0x1A);
    /// Lines 2 and 3 of the statement, and handwritten signatures.
    pub(crate) const BLUE: Self = Self(0x12, 0x36, 0x9C);
}

/// Where lines stand between the left and the right edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
    /// Both edges, except the last line.
    Justify,
}

/// A piece of text in one face and colour.
#[derive(Debug, Clone)]
struct Span {
    text: String,
    style: Style,
    ink: Ink,
}

/// A paragraph to be laid out.
#[derive(Debug, Clone)]
pub(crate) struct Paragraph {
    spans: Vec<Span>,
    size: f64,
    align: Align,
    line_height: f64,
    space_after: f64,
}

impl Paragraph {
    /// One text in one face, `size` in points: black, left, lines 1.2 × the size apart.
    pub(crate) fn new(text: &str, style: Style, size: f64) -> Self {
        let span = Span { text: text.to_owned(), style, ink: Ink::BLACK };
        Self { spans: vec![span], size, align: Align::Left, line_height: 1.2, space_after: 0.0 }
    }

    /// Adds a piece in another face.
    pub(crate) fn then(mut self, text: &str, style: Style) -> Self {
        let ink = self.spans.last().map_or(Ink::BLACK, |span| span.ink);
        self.spans.push(Span { text: text.to_owned(), style, ink });
        self
    }

    /// Colours every piece so far.
    pub(crate) fn ink(mut self, ink: Ink) -> Self {
        self.spans.iter_mut().for_each(|span| span.ink = ink);
        self
    }

    pub(crate) fn align(mut self, align: Align) -> Self {
        self.align = align;
        self
    }

    /// Space below the paragraph, in points.
    pub(crate) fn space_after(mut self, points: f64) -> Self {
        self.space_after = points;
        self
    }

    /// Distance of baselines as a multiple of the size.
    pub(crate) fn line_height(mut self, multiple: f64) -> Self {
        self.line_height = multiple;
        self
    }
}

/// A glyph with its place in a line; lengths in points.
#[derive(Debug, Clone)]
pub(crate) struct PlacedGlyph {
    pub(crate) glyph: Glyph,
    pub(crate) style: Style,
    pub(crate) ink: Ink,
    pub(crate) size: f64,
    /// From the block's left edge.
    pub(crate) x: f64,
}

impl PlacedGlyph {
    fn advance(&self) -> f64 {
        self.glyph.advance * self.size / 1000.0
    }
}

/// A line of a block.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) glyphs: Vec<PlacedGlyph>,
    /// From the block's upper edge down, in points.
    pub(crate) baseline: f64,
}

/// Laid-out text; lengths in points.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextBlock {
    pub(crate) lines: Vec<Line>,
    pub(crate) height: f64,
}

impl TextBlock {
    /// Lays paragraphs out one below the other in `width` points.
    pub(crate) fn lay_out(paragraphs: &[Paragraph], width: f64) -> Result<Self, CopyError> {
        let mut block = Self::default();
        for paragraph in paragraphs {
            block.append(paragraph, width)?;
        }
        Ok(block)
    }

    /// The width of the widest line.
    pub(crate) fn ink_width(&self) -> f64 {
        let ends = self.lines.iter().filter_map(|line| {
            let first = line.glyphs.first()?;
            let last = line.glyphs.last()?;
            Some(last.x + last.advance() - first.x)
        });
        ends.fold(0.0, f64::max)
    }

    fn append(&mut self, paragraph: &Paragraph, width: f64) -> Result<(), CopyError> {
        let metrics = Style::Regular.metrics()?;
        let line_height = paragraph.size * paragraph.line_height;
        let ascent = metrics.ascent * paragraph.size / 1000.0;
        let descent = -metrics.descent * paragraph.size / 1000.0;
        for row in break_lines(words(paragraph)?, width)? {
            let baseline = self.height + (line_height - ascent - descent) / 2.0 + ascent;
            self.lines.push(Line { glyphs: row.place(paragraph.align, width), baseline });
            self.height += line_height;
        }
        self.height += paragraph.space_after;
        Ok(())
    }
}

/// What line breaking sees.
#[derive(Debug)]
enum Piece {
    Word(Vec<PlacedGlyph>),
    Space(PlacedGlyph),
    LineEnd,
}

fn words(paragraph: &Paragraph) -> Result<Vec<Piece>, CopyError> {
    let mut pieces: Vec<Piece> = Vec::new();
    for span in &paragraph.spans {
        let placed =
            |glyph| PlacedGlyph { glyph, style: span.style, ink: span.ink, size: paragraph.size, x: 0.0 };
        let mut joins_previous = true;
        let text = clean(&span.text)?;
        for part in text.split_inclusive([' ', '\n']) {
            let word = part.trim_end_matches([' ', '\n']);
            if !word.is_empty() {
                let glyphs = shape(word, span.style)?.into_iter().map(placed);
                match pieces.last_mut() {
                    Some(Piece::Word(open)) if joins_previous => open.extend(glyphs),
                    _ => pieces.push(Piece::Word(glyphs.collect())),
                }
            }
            if part.ends_with(' ') {
                pieces.extend(shape(" ", span.style)?.into_iter().map(placed).map(Piece::Space));
            } else if part.ends_with('\n') {
                pieces.push(Piece::LineEnd);
            }
            joins_previous = false;
        }
    }
    Ok(pieces)
}

/// One line before its glyphs are placed.
#[derive(Debug, Default)]
struct Row {
    glyphs: Vec<PlacedGlyph>,
    /// Indices of the spaces between words.
    spaces: Vec<usize>,
    width: f64,
    ends_paragraph: bool,
}

impl Row {
    fn push(&mut self, glyph: PlacedGlyph) {
        self.width += glyph.advance();
        self.glyphs.push(glyph);
    }

    fn place(mut self, align: Align, width: f64) -> Vec<PlacedGlyph> {
        let free = (width - self.width).max(0.0);
        let (mut x, per_space) = match align {
            Align::Left => (0.0, 0.0),
            Align::Centre => (free / 2.0, 0.0),
            Align::Right => (free, 0.0),
            Align::Justify if self.ends_paragraph || self.spaces.is_empty() => (0.0, 0.0),
            Align::Justify => (0.0, free / self.spaces.len() as f64),
        };
        let mut spaces = self.spaces.iter().peekable();
        for (index, glyph) in self.glyphs.iter_mut().enumerate() {
            glyph.x = x;
            x += glyph.advance();
            if spaces.next_if_eq(&&index).is_some() {
                x += per_space;
            }
        }
        self.glyphs
    }
}

fn break_lines(pieces: Vec<Piece>, width: f64) -> Result<Vec<Row>, CopyError> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    // Spaces count only when a word follows them on the same line.
    let mut waiting: Vec<PlacedGlyph> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Space(space) if row.glyphs.is_empty() => drop(space),
            Piece::Space(space) => waiting.push(space),
            Piece::LineEnd => {
                waiting.clear();
                row.ends_paragraph = true;
                rows.push(std::mem::take(&mut row));
            }
            Piece::Word(word) => {
                let word_width: f64 = word.iter().map(PlacedGlyph::advance).sum();
                let gap: f64 = waiting.iter().map(PlacedGlyph::advance).sum();
                if !row.glyphs.is_empty() && row.width + gap + word_width > width {
                    waiting.clear();
                    rows.push(std::mem::take(&mut row));
                }
                for space in waiting.drain(..) {
                    row.spaces.push(row.glyphs.len());
                    row.push(space);
                }
                for glyph in word {
                    // Only a word wider than the whole line gets here with a full row. A mark stays with its letter.
                    if row.width + glyph.advance() > width {
                        if row.glyphs.is_empty() {
                            return Err(CopyError::TextPlaceTooNarrow { width_points: width });
                        }
                        rows.push(std::mem::take(&mut row));
                    }
                    row.push(glyph);
                }
            }
        }
    }
    row.ends_paragraph = true;
    rows.push(row);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn text(block: &TextBlock) -> Vec<String> {
        block
            .lines
            .iter()
            .map(|line| line.glyphs.iter().map(|placed| placed.glyph.text.as_str()).collect())
            .collect()
    }

    fn lay_out(text: &str, width: f64, align: Align) -> TextBlock {
        TextBlock::lay_out(&[Paragraph::new(text, Style::Regular, 12.0).align(align)], width).unwrap()
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_break_between_letters() {
        let block = lay_out("Ủy ban nhân dân phường Xuân Hương – Đà Lạt", 120.0, Align::Left);
        assert_eq!(text(&block), ["Ủy ban nhân dân", "phường Xuân Hương –", "Đà Lạt"]);
        let block = lay_out(&"9f86d081".repeat(8), 120.0, Align::Left);
        assert!(block.lines.len() > 2);
        assert_eq!(text(&block).concat(), "9f86d081".repeat(8));
    }

    #[test]
    fn justified_lines_reach_both_edges_except_the_last() {
        let block = lay_out("Bản sao điện tử này được chuyển đổi từ bản chính", 150.0, Align::Justify);
        let ends: Vec<f64> = block
            .lines
            .iter()
            .map(|line| line.glyphs.last().map_or(0.0, |last| last.x + last.advance()))
            .collect();
        let (last, full) = ends.split_last().unwrap();
        assert!(full.iter().all(|end| (end - 150.0).abs() < 0.01), "{ends:?}");
        assert!(*last < 149.0);
    }

    #[test]
    fn a_bold_piece_without_a_space_before_it_stays_on_its_word() {
        let paragraph = Paragraph::new("Số (", Style::Regular, 12.0)
            .then("123/ĐT", Style::Bold)
            .then(")", Style::Regular);
        let block = TextBlock::lay_out(&[paragraph], 60.0).unwrap();
        assert_eq!(text(&block), ["Số", "(123/ĐT)"]);
    }

    #[test]
    fn a_line_narrower_than_a_letter_is_refused() {
        let paragraph = Paragraph::new("Số", Style::Regular, 12.0);
        let refused = TextBlock::lay_out(&[paragraph], 2.0);
        assert_eq!(refused.unwrap_err(), CopyError::TextPlaceTooNarrow { width_points: 2.0 });
    }

    proptest! {
        #[test]
        fn vietnamese_text_keeps_its_letters_and_stays_inside_its_width(
            text in "[a-yA-YàảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĐƠƯẮỆ0-9 ,.;:()/–-]{0,200}",
            width in 40.0..500.0_f64,
            align in prop_oneof![Just(Align::Left), Just(Align::Centre), Just(Align::Right), Just(Align::Justify)],
        ) {
            let text: String = text.nfc().collect();
            let block = lay_out(&text, width, align);
            for line in &block.lines {
                for placed in &line.glyphs {
                    prop_assert!(placed.x >= -0.01 && placed.x + placed.advance() <= width + 0.01);
                }
                prop_assert!(line.baseline <= block.height);
            }
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let laid: String = block.lines.iter().flat_map(|l| &l.glyphs).map(|p| p.glyph.text.as_str()).collect();
            prop_assert_eq!(letters(&laid), letters(&text));
        }

        #[test]
        fn arbitrary_text_never_panics(text: String, width in -10.0..500.0_f64) {
            let _ = TextBlock::lay_out(&[Paragraph::new(&text, Style::Italic, 10.0)], width);
        }
    }
}
