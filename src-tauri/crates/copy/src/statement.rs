//! The statement of certification: its words, the two signature places, QR code, conversion mark and page list.
//!
//! First everything is laid out and measured, in smaller and smaller type until it fits its place; only then is it
//! drawn. Nothing is ever cut off or drawn outside the place.

use crate::CopyError;
use crate::geometry::{A4_MM, MmRect, POINTS_PER_MM};
use crate::page::upright_size;
use crate::pdf::canvas::Canvas;
use crate::qr;
use crate::request::CopyRequest;
use crate::text::{Align, Fonts, Ink, Paragraph, Style, TextBlock};

/// Type sizes tried, as parts of the designed size.
const SCALES: [f64; 4] = [1.0, 0.92, 0.84, 0.76];

/// Narrowest place a statement with seal, signature and QR code can use.
const NARROWEST_MM: f64 = 140.0;

/// The seal's real diameter (NĐ 30/2020 App. I): the height of the signing zone.
pub(crate) const SEAL_MM: f64 = 36.0;

/// Place of the handwritten signature.
const SIGNATURE_MM: (f64, f64) = (54.0, 28.0);

/// Margins of the statement page after NĐ 30/2020 App. I: left, top, right, bottom.
const MARGINS_MM: [f64; 4] = [25.0, 18.0, 18.0, 20.0];

/// A laid-out statement.
#[derive(Debug)]
pub(crate) struct Statement {
    items: Vec<Item>,
    /// Place of the performer's signature.
    pub(crate) performer: MmRect,
    /// Place of the agency's signature: its text, and at its right end the seal, a third of the way over the
    /// performer's signature (NĐ 30/2020 App. I).
    pub(crate) agency: MmRect,
}

#[derive(Debug)]
enum Item {
    Text { block: TextBlock, left: f64, top: f64 },
    Rule { left: f64, top: f64, length: f64, ink: Ink, points: f64 },
    Frame(MmRect),
    Squares(Vec<MmRect>),
}

impl Statement {
    /// Lays the statement out on an A4 page of its own, page `number` of the file.
    pub(crate) fn on_own_page(request: &CopyRequest, number: usize) -> Result<Self, CopyError> {
        let (width, height) = A4_MM;
        let [left, top, right, bottom] = MARGINS_MM;
        let area = MmRect { left, top, width: width - left - right, height: height - top - bottom };
        fit(area, |sheet| {
            sheet.header(request)?;
            sheet.words(request, sheet.area, 16.0, 13.0)?;
            sheet.gap(8.0);
            sheet.signatures(request)?;
            sheet.gap(9.0);
            let foot = sheet.statement.items.len();
            sheet.hairline();
            sheet.gap(4.0);
            sheet.marker(request)?;
            sheet.verification_note(request)?;
            sheet.page_list(request)?;
            sheet.sink(foot);
            sheet.page_number(number, height - bottom + 5.0)
        })
    }

    /// Lays a compact statement out in a free place of the original's last page.
    pub(crate) fn in_place(request: &CopyRequest, place: MmRect) -> Result<Self, CopyError> {
        if place.width < NARROWEST_MM {
            return Err(CopyError::StatementPlaceUnusable);
        }
        fit(place, |sheet| {
            let code = 24.0;
            sheet.qr(request, code)?;
            let beside = MmRect { left: place.left + code + 4.0, width: place.width - code - 4.0, ..place };
            sheet.words(request, beside, 14.0, 12.0)?;
            sheet.y = sheet.y.max(place.top + code);
            sheet.gap(3.0);
            sheet.signatures(request)?;
            sheet.gap(3.0);
            sheet.marker(request)
        })
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, fonts: &mut Fonts) -> Result<(), CopyError> {
        for item in &self.items {
            match item {
                Item::Text { block, left, top } => canvas.text(fonts, block, *left, *top)?,
                Item::Rule { left, top, length, ink, points } => {
                    canvas.rule(*left, *top, *length, *ink, *points)
                }
                Item::Frame(rect) => canvas.frame(*rect, Ink::BLUE, 0.9),
                Item::Squares(rects) => canvas.fill(Ink::BLACK, rects.iter().copied()),
            }
        }
        Ok(())
    }
}

/// Lays out in the largest type that fits into `area`.
fn fit(area: MmRect, lay_out: impl Fn(&mut Sheet) -> Result<(), CopyError>) -> Result<Statement, CopyError> {
    let mut needed = 0.0;
    for scale in SCALES {
        let mut sheet = Sheet::new(area, scale);
        lay_out(&mut sheet)?;
        needed = sheet.y - area.top;
        if needed <= area.height {
            return Ok(sheet.statement);
        }
    }
    Err(CopyError::StatementDoesNotFit { needed_mm: needed, given_mm: area.height })
}

/// A statement while it grows downwards from the top of its area.
struct Sheet {
    area: MmRect,
    scale: f64,
    /// Lower edge of what has been laid out so far.
    y: f64,
    statement: Statement,
}

impl Sheet {
    fn new(area: MmRect, scale: f64) -> Self {
        let nowhere = MmRect { left: 0.0, top: 0.0, width: 0.0, height: 0.0 };
        let statement = Statement { items: Vec::new(), performer: nowhere, agency: nowhere };
        Self { area, scale, y: area.top, statement }
    }

    fn gap(&mut self, mm: f64) {
        self.y += mm * self.scale;
    }

    fn paragraph(&self, text: &str, style: Style, size: f64) -> Paragraph {
        Paragraph::new(text, style, size * self.scale)
    }

    /// Sets paragraphs at the current height in a column and returns the lower edge, without moving on.
    fn set(&mut self, paragraphs: &[Paragraph], left: f64, width: f64) -> Result<f64, CopyError> {
        let block = TextBlock::lay_out(paragraphs, width * POINTS_PER_MM)?;
        let bottom = self.y + block.height / POINTS_PER_MM;
        self.statement.items.push(Item::Text { block, left, top: self.y });
        Ok(bottom)
    }

    fn qr(&mut self, request: &CopyRequest, side: f64) -> Result<(), CopyError> {
        let place = MmRect { left: self.area.left, top: self.area.top, width: side, height: side };
        self.statement.items.push(Item::Squares(qr::symbol(&request.verification, place)?));
        Ok(())
    }

    /// QR code in the top left corner (TT 01/2023/TT-VPCP), agency and codes beside it.
    fn header(&mut self, request: &CopyRequest) -> Result<(), CopyError> {
        const CODE: f64 = 28.0;
        self.qr(request, CODE)?;
        let left = self.area.left + CODE + 6.0;
        let width = self.area.right() - left;
        let (last, above) =
            request.statement.agency.split_last().ok_or(CopyError::TextMissing { field: "agency" })?;
        let mut names: Vec<Paragraph> =
            above.iter().map(|line| self.paragraph(line, Style::Regular, 11.5)).collect();
        names.push(self.paragraph(last, Style::Bold, 12.5));
        self.y = self.set(&names, left, width)?;
        self.gap(1.4);
        self.statement.items.push(Item::Rule {
            left,
            top: self.y,
            length: 34.0,
            ink: Ink::BLACK,
            points: 0.6,
        });
        self.gap(2.2);
        let (wording, data) = (&request.wording, &request.verification);
        let codes = [
            (&wording.paper_label, &data.paper_name, Style::Bold),
            (&wording.dossier_label, &data.dossier_code, Style::Regular),
            (&wording.copy_label, &data.copy_id, Style::Regular),
        ]
        .map(|(label, value, style)| {
            self.paragraph(&format!("{label} "), Style::Regular, 10.5)
                .ink(Ink::GREY)
                .then(value, style)
                .line_height(1.32)
        });
        self.y = self.set(&codes, left, width)?.max(self.area.top + CODE);
        self.gap(5.0);
        self.hairline();
        self.gap(14.0);
        Ok(())
    }

    fn hairline(&mut self) {
        let (left, length) = (self.area.left, self.area.width);
        self.statement.items.push(Item::Rule { left, top: self.y, length, ink: Ink::HAIRLINE, points: 0.5 });
    }

    /// The three lines of the statement (NĐ 23/2015 Art 12), in the colours the desks know.
    fn words(
        &mut self,
        request: &CopyRequest,
        column: MmRect,
        first: f64,
        others: f64,
    ) -> Result<(), CopyError> {
        let words = &request.statement;
        let lines = [
            self.paragraph(&words.title, Style::Bold, first).ink(Ink::RED).space_after(6.0 * self.scale),
            self.paragraph(&words.number_line, Style::Regular, others)
                .ink(Ink::BLUE)
                .space_after(3.0 * self.scale),
            self.paragraph(&words.date_line, Style::Italic, others).ink(Ink::BLUE),
        ]
        .map(|line| line.align(Align::Centre));
        self.y = self.set(&lines, column.left, column.width)?;
        Ok(())
    }

    /// Capacity, signing zone and name in the right half; the agency's text and seal to the left of them.
    fn signatures(&mut self, request: &CopyRequest) -> Result<(), CopyError> {
        let column_width = self.area.width / 2.0;
        let column_left = self.area.right() - column_width;
        let capacity: Vec<Paragraph> = request
            .statement
            .capacity
            .iter()
            .map(|line| self.paragraph(line, Style::Bold, 12.5).align(Align::Centre))
            .collect();
        self.y = self.set(&capacity, column_left, column_width)?;
        self.gap(1.5);

        let (width, height) = SIGNATURE_MM;
        let performer = MmRect {
            left: column_left + (column_width - width) / 2.0,
            top: self.y + (SEAL_MM - height) / 2.0,
            width,
            height,
        };
        let seal_right = performer.left + width / 3.0;
        let agency =
            MmRect { left: self.area.left, top: self.y, width: seal_right - self.area.left, height: SEAL_MM };
        self.statement.performer = performer;
        self.statement.agency = agency;
        self.y += SEAL_MM;
        self.gap(1.5);
        let name = self.paragraph(&request.statement.signer, Style::Bold, 13.0).align(Align::Centre);
        self.y = self.set(&[name], column_left, column_width)?;
        Ok(())
    }

    /// The framed mark of conversion and its sentence (Law 20/2023/QH15 Art 12).
    fn marker(&mut self, request: &CopyRequest) -> Result<(), CopyError> {
        const PADDING: f64 = 1.6;
        let sign = self.paragraph(&request.marker.sign, Style::Bold, 10.0).ink(Ink::BLUE);
        let block = TextBlock::lay_out(&[sign], self.area.width / 3.0 * POINTS_PER_MM)?;
        let frame = MmRect {
            left: self.area.left,
            top: self.y,
            width: block.ink_width() / POINTS_PER_MM + 2.0 * PADDING + 1.0,
            height: block.height / POINTS_PER_MM + 2.0 * PADDING,
        };
        let (left, top) = (frame.left + PADDING + 0.5, frame.top + PADDING);
        self.statement.items.push(Item::Text { block, left, top });
        self.statement.items.push(Item::Frame(frame));
        let left = frame.right() + 4.0;
        let sentence = self.paragraph(&request.marker.sentence, Style::Regular, 10.0).align(Align::Justify);
        self.y = self.set(&[sentence], left, self.area.right() - left)?.max(frame.bottom());
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), CopyError> {
        self.gap(4.0);
        self.hairline();
        self.gap(2.6);
        let heading = self.paragraph(text, Style::Bold, 9.5).ink(Ink::GREY);
        self.y = self.set(&[heading], self.area.left, self.area.width)?;
        self.gap(1.0);
        Ok(())
    }

    fn verification_note(&mut self, request: &CopyRequest) -> Result<(), CopyError> {
        self.heading(&request.wording.verify_heading)?;
        let note = self.paragraph(&request.wording.verify_text, Style::Regular, 9.5).align(Align::Justify);
        self.y = self.set(&[note], self.area.left, self.area.width)?;
        Ok(())
    }

    /// Pages with size and short digest in two columns, as many as there is room for.
    fn page_list(&mut self, request: &CopyRequest) -> Result<(), CopyError> {
        self.heading(&request.wording.pages_heading)?;
        let row_height = 4.3 * self.scale;
        let rows = ((self.area.bottom() - self.y) / row_height).floor().max(1.0) as usize;
        let total = request.pages.len();
        let shown = if total <= 2 * rows { total } else { 2 * rows - 1 };
        let more = request.wording.more_pages.replace("{n}", &(total - shown).to_string());
        let rows_used = if shown < total { rows } else { shown.div_ceil(2) };
        let column = self.area.width / 2.0;
        let top = self.y;
        for cell in 0..total.min(shown + 1) {
            let left = self.area.left + column * (cell / rows_used) as f64;
            self.y = top + row_height * (cell % rows_used) as f64;
            let Some(page) = request.pages.get(cell).filter(|_| cell < shown) else {
                let more = self.paragraph(&more, Style::Italic, 8.5);
                self.set(&[more], left, column)?;
                continue;
            };
            let (width, height) = upright_size(page);
            let number = format!("{} {}", request.wording.page_label, cell + 1);
            let cells = [
                (0.0, 18.0, number),
                (18.0, 28.0, format!("{width:.0} × {height:.0} mm")),
                (46.0, column - 46.0, short_digest(&page.original_sha256)),
            ];
            for (offset, width, text) in cells {
                let text = self.paragraph(&text, Style::Regular, 9.0);
                self.set(&[text], left + offset, width)?;
            }
        }
        self.y = top + row_height * rows_used as f64;
        Ok(())
    }

    /// Moves everything from item `first` on down to the foot of the area; the body's air stays in the middle.
    fn sink(&mut self, first: usize) {
        let free = (self.area.bottom() - self.y).max(0.0);
        for item in self.statement.items.iter_mut().skip(first) {
            match item {
                Item::Text { top, .. } | Item::Rule { top, .. } => *top += free,
                Item::Frame(rect) => rect.top += free,
                Item::Squares(rects) => rects.iter_mut().for_each(|rect| rect.top += free),
            }
        }
        self.y += free;
    }

    /// The page number, below the area.
    fn page_number(&mut self, number: usize, top: f64) -> Result<(), CopyError> {
        let line = Paragraph::new(&format!("{number}/{number}"), Style::Regular, 9.0)
            .ink(Ink::GREY)
            .align(Align::Right);
        let y = std::mem::replace(&mut self.y, top);
        self.set(&[line], self.area.left, self.area.width)?;
        self.y = y;
        Ok(())
    }
}

/// The first 16 hexadecimal digits in groups of four.
fn short_digest(digest: &[u8; 32]) -> String {
    digest[..8].chunks(2).map(hex::encode).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::request::{
        ConversionMarker, Provenance, StatementBlock, StatementPlacement, VerificationData,
    };
    use crate::wording::Wording;
    use crate::{PageImage, RecognisedText};

    fn request(
        agency: String,
        paper: String,
        capacity: Vec<String>,
        signer: String,
        pages: usize,
    ) -> CopyRequest {
        let page = PageImage {
            jpeg: Vec::new().into(),
            width_px: 0,
            height_px: 0,
            width_mm: 210.0,
            height_mm: 297.0,
            quarter_turns: 0,
            original_sha256: [0x5A; 32],
            transforms_json: String::new(),
            texts: Vec::<RecognisedText>::new(),
        };
        CopyRequest {
            pages: vec![page; pages],
            statement: StatementBlock {
                agency: vec!["ỦY BAN NHÂN DÂN TỈNH".into(), agency],
                title: "Chứng thực bản sao đúng với bản chính".into(),
                number_line: "Số chứng thực 1234/ĐT quyển số 12/2026-SCTĐT/BS".into(),
                date_line: "Ngày 21 tháng 11 năm 2026".into(),
                capacity,
                signer,
            },
            placement: StatementPlacement::OwnPage,
            marker: ConversionMarker {
                sign: "GIẤY → ĐIỆN TỬ".into(),
                sentence: "Chuyển đổi từ bản giấy. ".repeat(8),
            },
            verification: VerificationData {
                dossier_code: "000.00.01.H36-261121-0001".into(),
                procedure_code: "2.000815".into(),
                office_id: "H36.117".into(),
                paper_name: paper,
                copy_id: "019aa5d2-7c31-7b1e-9d0c-52f7c1a4e8b3".into(),
            },
            provenance: Provenance {
                certification_number: "1234/ĐT".into(),
                book: "12/2026-SCTĐT/BS".into(),
                software: "Mộc Bản".into(),
            },
            wording: Wording::default(),
            training: false,
            created: jiff::Timestamp::UNIX_EPOCH,
            document_id: [0; 16],
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn everything_lies_inside_the_margins_whatever_the_lengths(
            agency in "[A-YĂÂĐÊÔƠƯẠỦỆỮ ]{0,250}[A-Y]",
            paper in "[a-yăâđêôơưạủệữ0-9/ ]{0,250}[a-y]",
            capacity in proptest::collection::vec("[A-YĐƯỦỊ]{1,12}( [A-YĐƯỦỊ]{1,9}){0,12}", 1..4),
            signer in "[A-Yđa-yạảỵ ]{0,120}[a-y]",
            pages in 1_usize..120,
        ) {
            let statement = Statement::on_own_page(&request(agency, paper, capacity, signer, pages), pages + 1).unwrap();
            let [left, top, right, bottom] = MARGINS_MM;
            let (right, bottom) = (A4_MM.0 - right, A4_MM.1 - bottom);
            for item in &statement.items {
                let (x, y, x_end, y_end) = match item {
                    Item::Text { block, left, top } => {
                        let glyphs = block.lines.iter().flat_map(|line| &line.glyphs);
                        let end = glyphs.map(|placed| placed.x).fold(0.0, f64::max) / POINTS_PER_MM;
                        (*left, *top, left + end, top + block.height / POINTS_PER_MM)
                    }
                    Item::Rule { left, top, length, .. } => (*left, *top, left + length, *top),
                    Item::Frame(rect) => (rect.left, rect.top, rect.right(), rect.bottom()),
                    Item::Squares(rects) => {
                        let end = rects.iter().map(MmRect::bottom).fold(0.0, f64::max);
                        (rects[0].left, rects[0].top, rects[0].right(), end)
                    }
                };
                prop_assert!(x >= left - 0.01 && x_end <= right + 0.01, "{x} to {x_end}: {item:?}");
                // Only the page number stands below, in the margin.
                prop_assert!(y >= top - 0.01 && (y_end <= bottom + 0.1 || y >= bottom + 4.9), "{y} to {y_end}");
            }
            prop_assert!(statement.performer.is_inside(A4_MM.0, A4_MM.1));
            prop_assert!(statement.agency.is_inside(A4_MM.0, A4_MM.1));
        }
    }
}
