//! The watermark of training mode: a practice copy can never pass for a real one.

use lopdf::Dictionary;

use crate::CopyError;
use crate::geometry::POINTS_PER_MM;
use crate::pdf::canvas::{Canvas, decimal};
use crate::pdf::objects::{dict, name, number};
use crate::text::{Fonts, Ink, Paragraph, Style, TextBlock};

/// The graphics state that lets the page shine through.
pub(crate) fn graphics_state() -> Dictionary {
    dict([("Type", name("ExtGState")), ("ca", number(0.28)), ("CA", number(0.28))])
}

/// Draws `text` along the rising diagonal of a page, over everything else. Needs `graphics_state` as `/GsW`.
pub(crate) fn draw(
    text: &str,
    (width_mm, height_mm): (f64, f64),
    canvas: &mut Canvas,
    fonts: &mut Fonts,
) -> Result<(), CopyError> {
    let natural = TextBlock::lay_out(&[Paragraph::new(text, Style::Bold, 10.0)], f64::INFINITY)?.ink_width();
    let (width, height) = (width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM);
    let diagonal = width.hypot(height);
    let size = 10.0 * 0.74 * diagonal / natural.max(1.0);
    let block = TextBlock::lay_out(&[Paragraph::new(text, Style::Bold, size).ink(Ink::RED)], f64::INFINITY)?;
    let (sine, cosine) = (height / diagonal, width / diagonal);
    // Origin in the page's middle, the x axis along the diagonal; the text is centred on it.
    let matrix =
        [cosine, sine, -sine, cosine, width / 2.0, height / 2.0].map(|part| format!("{part:.6}")).join(" ");
    canvas.operators("/Artifact <</Type /Pagination /Subtype /Watermark>> BDC");
    canvas.saved(|canvas| {
        canvas.operators(&format!("/GsW gs {matrix} cm"));
        let (left, top) = (-block.ink_width() / 2.0, block.height / 2.0);
        // The canvas measures from the top of the page; undo that inside the turned axes.
        canvas.operators(&format!("1 0 0 1 {} {} cm", decimal(left), decimal(top - height)));
        canvas.text(fonts, &block, 0.0, 0.0)
    })?;
    canvas.operators("EMC");
    Ok(())
}
