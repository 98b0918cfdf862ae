//! What a copy is built from: plain data, no clock, no randomness, no rule of the law.
//!
//! Legal texts (statement, number line, capacities) arrive as finished strings from their versioned templates.

use std::sync::Arc;

use jiff::Timestamp;

use crate::CopyError;
use crate::geometry::MmRect;
use crate::wording::Wording;

/// Everything a copy consists of. Equal requests give equal bytes.
#[derive(Debug, Clone)]
pub struct CopyRequest {
    /// The pages of the original, in order (TT 01/2020 Art 10: every page that carries information).
    pub pages: Vec<PageImage>,
    /// The statement, as it is printed.
    pub statement: StatementBlock,
    /// Where the statement stands.
    pub placement: StatementPlacement,
    /// The mark of conversion from paper (Law 20/2023/QH15 Art 12).
    pub marker: ConversionMarker,
    /// What the QR code says (TT 01/2023/TT-VPCP).
    pub verification: VerificationData,
    /// What only the metadata say.
    pub provenance: Provenance,
    /// The remaining words of the statement page.
    pub wording: Wording,
    /// Training mode: every page carries the training watermark.
    pub training: bool,
    /// When the copy was built; printed and stored in Vietnam time (+07:00).
    pub created: Timestamp,
    /// The file identifier (`/ID`): random, chosen by the caller.
    pub document_id: [u8; 16],
}

/// One page of the original as a picture at 100 % scale.
///
/// Width and height mean the picture as it is stored, before `quarter_turns`.
#[derive(Debug, Clone)]
pub struct PageImage {
    /// A baseline JPEG file, grey or colour; passes through byte for byte.
    pub jpeg: Jpeg,
    /// Width in pixels; must agree with the JPEG header.
    pub width_px: u32,
    /// Height in pixels; must agree with the JPEG header.
    pub height_px: u32,
    /// Width on paper in millimetres.
    pub width_mm: f64,
    /// Height on paper in millimetres.
    pub height_mm: f64,
    /// Clockwise quarter turns after which the page reads upright.
    pub quarter_turns: u8,
    /// SHA-256 of the untouched capture this page was made from.
    pub original_sha256: [u8; 32],
    /// The transforms between the capture and this picture, as the capture room records them.
    pub transforms_json: String,
    /// Recognised text, laid invisibly over the picture so that it can be selected and searched; may be empty.
    pub texts: Vec<RecognisedText>,
}

/// A page's JPEG file: at hand, or fetched when its page is built. A copy of hundreds of pages lies in memory once, as the
/// file that is being written, and not a second time as its pictures.
#[derive(Clone)]
pub enum Jpeg {
    /// In memory.
    Here(Arc<[u8]>),
    /// Somewhere else.
    Elsewhere {
        /// How many bytes it has, about: room is kept for them.
        length: usize,
        /// Brings it, whole; or says for the log why it cannot.
        fetch: Arc<dyn Fn() -> Result<Arc<[u8]>, String> + Send + Sync>,
    },
}

impl Jpeg {
    /// How many bytes it has.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::Here(bytes) => bytes.len(),
            Self::Elsewhere { length, .. } => *length,
        }
    }

    pub(crate) fn bytes(&self, page: usize) -> Result<Arc<[u8]>, CopyError> {
        match self {
            Self::Here(bytes) => Ok(bytes.clone()),
            Self::Elsewhere { fetch, .. } => {
                fetch().map_err(|reason| CopyError::PictureMissing { page, reason })
            }
        }
    }
}

impl From<Vec<u8>> for Jpeg {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Here(bytes.into())
    }
}

impl std::fmt::Debug for Jpeg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jpeg({} bytes)", self.length())
    }
}

/// A line of recognised text and its place on the page as it is read (after the quarter turns).
#[derive(Debug, Clone)]
pub struct RecognisedText {
    /// The line.
    pub text: String,
    /// Where it stands.
    pub place: MmRect,
}

/// The statement of certification and who signs it (NĐ 23/2015 Art 12).
#[derive(Debug, Clone)]
pub struct StatementBlock {
    /// The agency's name from the highest level down; the last line is the agency itself.
    pub agency: Vec<String>,
    /// Line 1: `Chứng thực bản sao đúng với bản chính`.
    pub title: String,
    /// Line 2: number and book.
    pub number_line: String,
    /// Line 3: the date.
    pub date_line: String,
    /// In which capacity the performer signs: `TUQ. CHỦ TỊCH`, `CÔNG CHỨC TƯ PHÁP – HỘ TỊCH` … (NĐ 30/2020 Art 13).
    pub capacity: Vec<String>,
    /// The performer's full name.
    pub signer: String,
}

/// Where the statement stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StatementPlacement {
    /// On a page of its own after the last page of the original.
    OwnPage,
    /// On the last page of the original, in a place the officer has found free.
    LastPage {
        /// The free place on that page as it is read.
        rect: MmRect,
    },
}

/// The mark of conversion from paper to a data message, with who converted (Law 20/2023/QH15 Art 12).
#[derive(Debug, Clone)]
pub struct ConversionMarker {
    /// The sign itself, short: `GIẤY → ĐIỆN TỬ`.
    pub sign: String,
    /// The sentence that explains it and names agency and person.
    pub sentence: String,
}

/// The data in the QR code, in this order, separated by `|` (TT 01/2023/TT-VPCP; TCVN 7322 = ISO/IEC 18004).
#[derive(Debug, Clone)]
pub struct VerificationData {
    /// Mã số hồ sơ.
    pub dossier_code: String,
    /// Mã thủ tục hành chính: 2.000815 for copies from the original.
    pub procedure_code: String,
    /// Mã định danh of the agency.
    pub office_id: String,
    /// Tên giấy tờ; the QR code takes its first 120 characters.
    pub paper_name: String,
    /// Which copy this is.
    pub copy_id: String,
}

/// Facts for the metadata (XMP) alone.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// Number of certification as in the register: `123/ĐT`.
    pub certification_number: String,
    /// The book: `01/2026-SCTĐT/BS`.
    pub book: String,
    /// Name and version of the program.
    pub software: String,
}
