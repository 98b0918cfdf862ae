//! A printed document of nothing but text, as PDF/A-2b: the report of a verification, and whatever else an office
//! hands over on paper that is no certified copy. It has no signature field and never passes for a copy.

use jiff::Timestamp;

use crate::CopyError;
use crate::assembly::{Assembly, Identity};
use crate::geometry::{A4_MM, MmRect, POINTS_PER_MM};
use crate::pdf::canvas::Canvas;
use crate::text::shape::{clean, shape};
use crate::text::{Align, Ink, Paragraph, Style, TextBlock};
use crate::xmp::{self, Titles};

/// Margins after NĐ 30/2020 App. I: left, top, right, bottom.
const MARGINS_MM: [f64; 4] = [25.0, 18.0, 18.0, 22.0];
/// Width of the column of labels.
const LABEL_MM: f64 = 44.0;
/// A heading never stands alone at a page's foot: it keeps this much below it.
const KEEP_BELOW_MM: f64 = 22.0;
/// Longest text of a block; what is longer is cut off with an ellipsis, so that every block fits a page.
const LONGEST: usize = 1_500;

/// What a document consists of. Equal requests give equal bytes.
#[derive(Debug, Clone)]
pub struct TextDocument {
    /// The title, in the metadata.
    pub title: String,
    /// Who issues it, in the metadata and at the foot of each page.
    pub author: String,
    /// Name and version of the program.
    pub software: String,
    /// When it was made.
    pub created: Timestamp,
    /// The file identifier (`/ID`): random, chosen by the caller.
    pub document_id: [u8; 16],
    /// What stands before the page's number: `Trang`.
    pub page_label: String,
    /// The watermark of training mode, if it is on.
    pub watermark: Option<String>,
    /// The text.
    pub blocks: Vec<Block>,
}

/// A part of the text.
#[derive(Debug, Clone)]
pub enum Block {
    /// The title, large, in the middle.
    Title(String),
    /// A line below the title, in the middle.
    Subtitle(String),
    /// Opens a section.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// A coloured band with the answer: its word, large, and its sentence.
    Band {
        /// Its colour.
        tone: Tone,
        /// The word.
        word: String,
        /// The sentence.
        sentence: String,
    },
    /// A label and what it labels.
    Row {
        /// The label.
        label: String,
        /// The text.
        value: String,
    },
    /// Air between parts.
    Gap,
}

/// The colour of a band; its word says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something is not known.
    Warn,
    /// Something is wrong.
    Bad,
    /// Nothing to judge.
    Calm,
}

impl Tone {
    /// Ink and ground.
    fn inks(self) -> (Ink, Ink) {
        match self {
            Self::Good => (Ink(0x1F, 0x6B, 0x43), Ink(0xE4, 0xF0, 0xE5)),
            Self::Warn => (Ink(0x85, 0x50, 0x0A), Ink(0xFB, 0xEE, 0xD2)),
            Self::Bad => (Ink(0xA3, 0x16, 0x1A), Ink(0xFB, 0xE4, 0xE0)),
            Self::Calm => (Ink(0x2D, 0x56, 0x70), Ink(0xE5, 0xEE, 0xF2)),
        }
    }
}

/// Builds the document. Characters that cannot be printed stand as `?`: reports quote what hostile files say.
///
/// # Errors
/// [`CopyError::FontDamaged`] when the installation is damaged.
pub fn document(request: &TextDocument) -> Result<Vec<u8>, CopyError> {
    let mut sheets = Sheets::new();
    for block in &request.blocks {
        sheets.add(block)?;
    }
    let mut file = Assembly::new(request.watermark.as_deref(), 0);
    let total = sheets.pages.len();
    for (index, items) in sheets.pages.iter().enumerate() {
        let id = file.objects.reserve();
        let mut canvas = Canvas::new(A4_MM.1);
        for item in items {
            item.draw(&mut canvas, &mut file)?;
        }
        for item in foot(request, index + 1, total)? {
            item.draw(&mut canvas, &mut file)?;
        }
        let page = file.page(A4_MM, canvas, None)?;
        file.push(id, page);
    }
    let titles = Titles {
        title: legible(&request.title),
        author: legible(&request.author),
        description: legible(&request.title),
    };
    let identity = Identity {
        titles: &titles,
        software: &request.software,
        created: request.created,
        document_id: request.document_id,
        packet: xmp::plain_packet(&titles, &request.software, request.created),
    };
    file.finish(identity, [])
}

enum Item {
    Text { block: TextBlock, left: f64, top: f64 },
    Rule { left: f64, top: f64, length: f64 },
    Fill { rect: MmRect, ink: Ink },
}

impl Item {
    fn draw(&self, canvas: &mut Canvas, file: &mut Assembly) -> Result<(), CopyError> {
        match self {
            Self::Text { block, left, top } => canvas.text(&mut file.fonts, block, *left, *top)?,
            Self::Rule { left, top, length } => canvas.rule(*left, *top, *length, Ink::HAIRLINE, 0.5),
            Self::Fill { rect, ink } => canvas.fill(*ink, [*rect]),
        }
        Ok(())
    }
}

/// The pages while they fill from top to bottom.
struct Sheets {
    area: MmRect,
    y: f64,
    pages: Vec<Vec<Item>>,
}

impl Sheets {
    fn new() -> Self {
        let [left, top, right, bottom] = MARGINS_MM;
        let area = MmRect { left, top, width: A4_MM.0 - left - right, height: A4_MM.1 - top - bottom };
        Self { area, y: area.top, pages: vec![Vec::new()] }
    }

    fn add(&mut self, block: &Block) -> Result<(), CopyError> {
        match block {
            Block::Title(text) => self.line(text, Style::Bold, 16.0, Align::Centre, 1.0),
            Block::Subtitle(text) => self.line(text, Style::Regular, 11.0, Align::Centre, 1.0),
            Block::Heading(text) => self.heading(text),
            Block::Paragraph(text) => self.line(text, Style::Regular, 11.5, Align::Left, 1.6),
            Block::Band { tone, word, sentence } => self.band(*tone, word, sentence),
            Block::Row { label, value } => self.row(label, value),
            Block::Gap => {
                self.y += 4.0;
                Ok(())
            }
        }
    }

    fn turn_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = self.area.top;
    }

    /// Turns the page unless so many millimetres are left on it.
    fn keep(&mut self, height: f64) {
        if self.y + height > self.area.bottom() && self.y > self.area.top {
            self.turn_page();
        }
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    fn line(
        &mut self,
        text: &str,
        style: Style,
        size: f64,
        align: Align,
        after: f64,
    ) -> Result<(), CopyError> {
        let block = set(text, style, size, Ink::BLACK, align, self.area.width)?;
        let height = millimetres(&block);
        self.keep(height);
        let (left, top) = (self.area.left, self.y);
        self.put(Item::Text { block, left, top });
        self.y += height + after;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), CopyError> {
        let block = set(text, Style::Bold, 12.5, Ink::BLACK, Align::Left, self.area.width)?;
        let height = millimetres(&block);
        self.keep(height + KEEP_BELOW_MM);
        if self.y > self.area.top {
            self.y += 4.0;
        }
        let (left, length) = (self.area.left, self.area.width);
        self.put(Item::Text { block, left, top: self.y });
        self.y += height + 0.8;
        self.put(Item::Rule { left, top: self.y, length });
        self.y += 2.0;
        Ok(())
    }

    fn band(&mut self, tone: Tone, word: &str, sentence: &str) -> Result<(), CopyError> {
        const PADDING: f64 = 4.0;
        const BAR: f64 = 1.8;
        let (ink, ground) = tone.inks();
        let inner = self.area.width - 2.0 * PADDING - BAR;
        let word = set(word, Style::Bold, 15.0, ink, Align::Left, inner)?;
        let sentence = set(sentence, Style::Regular, 12.5, Ink::BLACK, Align::Left, inner)?;
        let (above, below) = (millimetres(&word), millimetres(&sentence));
        let height = above + 1.0 + below + 2.0 * PADDING;
        self.keep(height + 2.0 * KEEP_BELOW_MM);
        let rect = MmRect { left: self.area.left, top: self.y, width: self.area.width, height };
        self.put(Item::Fill { rect, ink: ground });
        self.put(Item::Fill { rect: MmRect { width: BAR, ..rect }, ink });
        let left = rect.left + BAR + PADDING;
        self.put(Item::Text { block: word, left, top: rect.top + PADDING });
        self.put(Item::Text { block: sentence, left, top: rect.top + PADDING + above + 1.0 });
        self.y += height + 3.0;
        Ok(())
    }

    fn row(&mut self, label: &str, value: &str) -> Result<(), CopyError> {
        let label = set(label, Style::Regular, 10.5, Ink::GREY, Align::Left, LABEL_MM - 3.0)?;
        let value = set(value, Style::Regular, 11.0, Ink::BLACK, Align::Left, self.area.width - LABEL_MM)?;
        let height = millimetres(&label).max(millimetres(&value));
        self.keep(height);
        let (left, top) = (self.area.left, self.y);
        self.put(Item::Text { block: label, left, top });
        self.put(Item::Text { block: value, left: left + LABEL_MM, top });
        self.y += height + 0.9;
        Ok(())
    }
}

/// Who issued it, and the page's number.
fn foot(request: &TextDocument, number: usize, total: usize) -> Result<[Item; 3], CopyError> {
    let [left, _, right, bottom] = MARGINS_MM;
    let (width, top) = (A4_MM.0 - left - right, A4_MM.1 - bottom + 6.0);
    let who = set(&request.author, Style::Regular, 9.0, Ink::GREY, Align::Left, width - 30.0)?;
    let page = format!("{} {number}/{total}", request.page_label);
    let page = set(&page, Style::Regular, 9.0, Ink::GREY, Align::Right, width)?;
    Ok([
        Item::Rule { left, top: top - 1.6, length: width },
        Item::Text { block: who, left, top },
        Item::Text { block: page, left, top },
    ])
}

fn set(
    text: &str,
    style: Style,
    size: f64,
    ink: Ink,
    align: Align,
    width_mm: f64,
) -> Result<TextBlock, CopyError> {
    let paragraph = Paragraph::new(&legible(text), style, size).ink(ink).align(align).line_height(1.28);
    TextBlock::lay_out(&[paragraph], width_mm * POINTS_PER_MM)
}

fn millimetres(block: &TextBlock) -> f64 {
    block.height / POINTS_PER_MM
}

/// The text as far as it can be printed.
fn legible(text: &str) -> String {
    let printable = |text: &str| {
        clean(text).is_ok_and(|text| text.split('\n').all(|line| shape(line, Style::Regular).is_ok()))
    };
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    if printable(&short) {
        return short;
    }
    let mut buffer = [0; 4];
    short.chars().map(|c| if printable(c.encode_utf8(&mut buffer)) { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use lopdf::Document;
    use proptest::prelude::*;

    use super::*;

    fn request(blocks: Vec<Block>) -> TextDocument {
        TextDocument {
            title: "Báo cáo kiểm tra chữ ký số".into(),
            author: "Ủy ban nhân dân xã Mộc Sơn".into(),
            software: "Mộc Bản 0.1.0".into(),
            created: "2026-11-21T02:41:07Z".parse().unwrap(),
            document_id: [7; 16],
            page_label: "Trang".into(),
            watermark: None,
            blocks,
        }
    }

    fn text(bytes: &[u8]) -> String {
        let document = Document::load_mem(bytes).unwrap();
        let pages: Vec<u32> = document.get_pages().keys().copied().collect();
        document.extract_text(&pages).unwrap()
    }

    #[test]
    fn what_was_asked_for_stands_in_the_document_and_can_be_searched() {
        let blocks = vec![
            Block::Title("BÁO CÁO KIỂM TRA CHỮ KÝ SỐ".into()),
            Block::Band {
                tone: Tone::Bad, word: "KHÔNG HỢP LỆ".into(), sentence: "Đã bị sửa.".into()
            },
            Block::Heading("Chữ ký 1".into()),
            Block::Row { label: "Người ký".into(), value: "Nguyễn Thị Hồng Nhung".into() },
        ];
        let bytes = document(&request(blocks.clone())).unwrap();
        let found = text(&bytes);
        for wanted in ["BÁO CÁO KIỂM TRA CHỮ KÝ SỐ", "KHÔNG HỢP LỆ", "Nguyễn Thị Hồng Nhung", "Trang 1/1"]
        {
            assert!(found.contains(wanted), "{wanted} in {found}");
        }
        assert_eq!(bytes, document(&request(blocks)).unwrap(), "equal requests give equal bytes");
    }

    #[test]
    fn a_long_document_turns_pages_and_counts_them() {
        let rows = (0..200).map(|n| Block::Row { label: format!("Dòng {n}"), value: "Nội dung".into() });
        let bytes = document(&request(rows.collect())).unwrap();
        assert!(Document::load_mem(&bytes).unwrap().get_pages().len() >= 4);
    }

    #[test]
    fn what_cannot_be_printed_stands_as_a_question_mark() {
        assert_eq!(legible("Nguyễn 漢 \u{202e}gnp.exe\u{7}"), "Nguyễn ? ?gnp.exe?");
        assert_eq!(legible("Đặng Quỳnh Phượng"), "Đặng Quỳnh Phượng");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_a_hostile_file_says_the_report_is_made(label: String, value in ".{0,3000}") {
            let word = value.clone();
            let blocks = vec![
                Block::Band { tone: Tone::Calm, word, sentence: label.clone() },
                Block::Row { label, value },
            ];
            prop_assert!(document(&request(blocks)).is_ok());
        }
    }
}
