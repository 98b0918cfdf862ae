//! A page's content stream, drawn in millimetres from the top-left corner.

use std::fmt::Write;

use crate::CopyError;
use crate::geometry::{MmRect, POINTS_PER_MM};
use crate::text::paragraph::{Line, PlacedGlyph};
use crate::text::{Fonts, Ink, TextBlock};

/// Where PDF operators are written.
#[derive(Debug)]
pub(crate) struct Canvas {
    content: String,
    height: f64,
}

impl Canvas {
    /// A canvas `height_mm` high; its width matters to nobody.
    pub(crate) fn new(height_mm: f64) -> Self {
        Self { content: String::new(), height: height_mm }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.content.into_bytes()
    }

    /// A line of operators as they are.
    pub(crate) fn operators(&mut self, operators: &str) {
        self.content.push_str(operators);
        self.content.push('\n');
    }

    /// Draws what `draw` draws with its own graphics state.
    pub(crate) fn saved<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> T {
        self.operators("q");
        let result = draw(self);
        self.operators("Q");
        result
    }

    /// Fills one area made of many rectangles.
    pub(crate) fn fill(&mut self, ink: Ink, rects: impl IntoIterator<Item = MmRect>) {
        self.operators(&format!("{} rg", components(ink)));
        for rect in rects {
            self.rectangle(rect);
        }
        self.operators("f");
    }

    /// Draws a frame, its line `width` points thick.
    pub(crate) fn frame(&mut self, rect: MmRect, ink: Ink, width: f64) {
        self.operators(&format!("{} RG {} w", components(ink), decimal(width)));
        self.rectangle(rect);
        self.operators("S");
    }

    /// Draws a horizontal line `length` mm long and `width` points thick.
    pub(crate) fn rule(&mut self, left: f64, top: f64, length: f64, ink: Ink, width: f64) {
        let (x, y) = self.point(left, top);
        let end = decimal(x + length * POINTS_PER_MM);
        let (x, y) = (decimal(x), decimal(y));
        self.operators(&format!("{} RG {} w {x} {y} m {end} {y} l S", components(ink), decimal(width)));
    }

    /// Paints an image or form XObject that fills the unit square into `rect`, turned clockwise by quarters.
    pub(crate) fn image(&mut self, resource: &str, rect: MmRect, quarter_turns: u8) {
        let [left, bottom, right, top] = rect.to_points(self.height);
        let (width, height) = (right - left, top - bottom);
        let matrix = match quarter_turns % 4 {
            0 => [width, 0.0, 0.0, height, left, bottom],
            1 => [0.0, -height, width, 0.0, left, top],
            2 => [-width, 0.0, 0.0, -height, right, top],
            _ => [0.0, height, -width, 0.0, right, bottom],
        };
        let matrix = matrix.map(decimal).join(" ");
        self.operators(&format!("q {matrix} cm /{resource} Do Q"));
    }

    /// Shows a block with its upper left corner at the given place.
    pub(crate) fn text(
        &mut self,
        fonts: &mut Fonts,
        block: &TextBlock,
        left: f64,
        top: f64,
    ) -> Result<(), CopyError> {
        let (x, y) = self.point(left, top);
        for line in &block.lines {
            self.line(fonts, line, x, y)?;
        }
        Ok(())
    }

    fn line(&mut self, fonts: &mut Fonts, line: &Line, left: f64, top: f64) -> Result<(), CopyError> {
        if line.glyphs.is_empty() {
            return Ok(());
        }
        self.operators("BT");
        for run in line.glyphs.chunk_by(shown_together) {
            self.run(fonts, run, left, top - line.baseline)?;
        }
        self.operators("ET");
        Ok(())
    }

    /// Shows glyphs of one face, size, colour and height.
    fn run(
        &mut self,
        fonts: &mut Fonts,
        run: &[PlacedGlyph],
        left: f64,
        baseline: f64,
    ) -> Result<(), CopyError> {
        let Some(first) = run.first() else { return Ok(()) };
        let per_mille = first.size / 1000.0;
        let start = left + first.x + first.glyph.offset.0 * per_mille;
        let _ = writeln!(
            self.content,
            "/{} {} Tf {} rg 1 0 0 1 {} {} Tm",
            first.style.resource_name(),
            decimal(first.size),
            components(first.ink),
            decimal(start),
            decimal(baseline + first.glyph.offset.1 * per_mille)
        );
        // `pen` is where the reader's pen is after the widths the file states; kerning, justification and shifted
        // marks are the differences to where the glyph belongs. All in 1/1000 em.
        let mut pen = 0.0;
        let mut shown = String::new();
        for placed in run {
            let code = fonts.code(placed.style, &placed.glyph)?;
            let wanted = (left + placed.x - start) / per_mille + placed.glyph.offset.0;
            let correction = (pen - wanted).round();
            if correction != 0.0 {
                let _ = write!(shown, "{correction}");
                pen -= correction;
            }
            pen += code.width as f64;
            if code.text_known {
                let _ = write!(shown, "<{:04X}>", code.cid);
            } else {
                let text: String =
                    placed.glyph.text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
                let _ = write!(
                    shown,
                    "] TJ\n/Span <</ActualText <FEFF{text}>>> BDC <{:04X}> Tj EMC\n[",
                    code.cid
                );
            }
        }
        self.operators(&format!("[{shown}] TJ"));
        Ok(())
    }

    fn rectangle(&mut self, rect: MmRect) {
        let [left, bottom, right, top] = rect.to_points(self.height);
        let parts = [left, bottom, right - left, top - bottom].map(decimal).join(" ");
        self.operators(&format!("{parts} re"));
    }

    fn point(&self, left: f64, top: f64) -> (f64, f64) {
        (left * POINTS_PER_MM, (self.height - top) * POINTS_PER_MM)
    }
}

fn shown_together(a: &PlacedGlyph, b: &PlacedGlyph) -> bool {
    a.style == b.style && a.size == b.size && a.ink == b.ink && a.glyph.offset.1 == b.glyph.offset.1
}

/// A number with at most three decimals, never with an exponent.
pub(crate) fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn components(ink: Ink) -> String {
    [ink.0, ink.1, ink.2].map(|part| decimal(f64::from(part) / 255.0)).join(" ")
}
