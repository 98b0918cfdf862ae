//! Everything that can stop a copy from being built, named after what the officer meets.

/// Why a copy, a slip or a signature appearance could not be built.
///
/// Pages are counted from 1, as the officer counts them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// A copy needs at least one page of the original.
    #[error("the copy has no pages")]
    NoPages,
    /// More pages than one copy may hold.
    #[error("{pages} pages; a copy holds at most {limit}")]
    TooManyPages {
        /// Pages given.
        pages: usize,
        /// Most pages allowed.
        limit: usize,
    },
    /// The page's size on paper is not between 10 mm and 1200 mm.
    #[error("page {page} measures {width_mm} x {height_mm} mm, which no original does")]
    PageSizeOutOfBounds {
        /// Page, from 1.
        page: usize,
        /// Width on paper in millimetres.
        width_mm: f64,
        /// Height on paper in millimetres.
        height_mm: f64,
    },
    /// Under 200 dots per inch at 100 % scale (NĐ 30/2020 App. I).
    #[error("page {page} has {dpi} dpi; 200 are needed")]
    ResolutionTooLow {
        /// Page, from 1.
        page: usize,
        /// The lower of the two resolutions, in dots per inch.
        dpi: u32,
    },
    /// The horizontal and vertical resolution differ: the picture would be stretched.
    #[error("page {page} is stretched: {horizontal_dpi} x {vertical_dpi} dpi")]
    PageDistorted {
        /// Page, from 1.
        page: usize,
        /// Dots per inch along the width.
        horizontal_dpi: u32,
        /// Dots per inch along the height.
        vertical_dpi: u32,
    },
    /// The picture's own header names another size than the caller did.
    #[error("page {page} is {found_width} x {found_height} pixels, not as announced")]
    PixelSizeMismatch {
        /// Page, from 1.
        page: usize,
        /// Width in the JPEG header.
        found_width: u32,
        /// Height in the JPEG header.
        found_height: u32,
    },
    /// The picture is larger than a page image may be.
    #[error("page {page}: the picture has {bytes} bytes")]
    PictureTooLarge {
        /// Page, from 1.
        page: usize,
        /// Size of the JPEG file.
        bytes: usize,
    },
    /// The picture could not be fetched from where it is kept.
    #[error("page {page}: the picture is missing ({reason})")]
    PictureMissing {
        /// Page, from 1.
        page: usize,
        /// What was wrong, for the log.
        reason: String,
    },
    /// The picture is not a JPEG file, or its header is damaged.
    #[error("page {page}: the picture is not a readable JPEG ({reason})")]
    JpegUnreadable {
        /// Page, from 1.
        page: usize,
        /// What was wrong, for the log.
        reason: &'static str,
    },
    /// The JPEG file ends before its picture does.
    #[error("page {page}: the JPEG is cut off")]
    JpegTruncated {
        /// Page, from 1.
        page: usize,
    },
    /// Progressive, lossless, arithmetic or 12-bit JPEG: not every reader can show it.
    #[error("page {page}: {process} JPEG; only baseline is accepted")]
    JpegNotBaseline {
        /// Page, from 1.
        page: usize,
        /// The coding process found.
        process: &'static str,
    },
    /// A four-ink picture (CMYK), whose colours this profile cannot promise.
    #[error("page {page}: the JPEG is CMYK")]
    JpegFourColours {
        /// Page, from 1.
        page: usize,
    },
    /// A JPEG whose colours could be read in two ways (RGB components without an Adobe marker).
    #[error("page {page}: the JPEG does not say how its colours are coded")]
    JpegColoursAmbiguous {
        /// Page, from 1.
        page: usize,
    },
    /// A text that must be there is empty.
    #[error("{field} is empty")]
    TextMissing {
        /// Which text.
        field: &'static str,
    },
    /// A text is longer than any real one.
    #[error("{field} has {characters} characters; at most {limit}")]
    TextTooLong {
        /// Which text.
        field: &'static str,
        /// Characters given.
        characters: usize,
        /// Most characters allowed.
        limit: usize,
    },
    /// The bundled font has no glyph for this character.
    #[error("no glyph for {character:?} (U+{:04X})", *character as u32)]
    CharacterWithoutGlyph {
        /// The character.
        character: char,
    },
    /// Control, direction or right-to-left characters, which could make a text read otherwise than it is stored.
    #[error("character U+{:04X} is not allowed in a printed text", *character as u32)]
    CharacterNotPrintable {
        /// The character.
        character: char,
    },
    /// A line is narrower than a single letter.
    #[error("{width_points:.1} points are too narrow for text")]
    TextPlaceTooNarrow {
        /// Width given in points.
        width_points: f64,
    },
    /// The statement does not fit into the place it was given.
    #[error("the statement needs {needed_mm:.0} mm of height, there are {given_mm:.0} mm")]
    StatementDoesNotFit {
        /// Height needed in millimetres.
        needed_mm: f64,
        /// Height given in millimetres.
        given_mm: f64,
    },
    /// The free place for the statement is narrower than a statement can be, or lies outside the page.
    #[error("the place for the statement is too narrow or outside the page")]
    StatementPlaceUnusable,
    /// The verification data do not fit into a QR code that a phone can read.
    #[error("the verification data have {bytes} bytes, too many for the QR code")]
    VerificationDataTooLong {
        /// Size of the data in UTF-8 bytes.
        bytes: usize,
    },
    /// The picture of the seal or of the handwritten signature cannot be used.
    #[error("the seal or signature picture cannot be read ({reason})")]
    MarkUnreadable {
        /// What was wrong, for the log.
        reason: &'static str,
    },
    /// The place of a signature is too small for its seal or text.
    #[error("the signature's place is too small")]
    SignaturePlaceTooSmall,
    /// A bundled font is damaged: the installation is.
    #[error("a bundled font is damaged ({reason})")]
    FontDamaged {
        /// What was wrong, for the log.
        reason: &'static str,
    },
}
