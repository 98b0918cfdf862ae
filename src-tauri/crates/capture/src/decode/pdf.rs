//! PDF files as scanners write them: each page one picture (or a stack of strips), perhaps with invisible recognised text.
//!
//! Nothing is rendered. A page that draws, writes visible text, masks or is encrypted is refused by name: what it
//! looks like would be this program's opinion, and a certified copy is made from pictures of the paper (ISO 32000-1
//! §8.9 for images). The page's own geometry gives the true size of the paper.

use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, content::Content};

use super::{MAX_PAGES, check_size, jpeg, tiff, upright};
use crate::CaptureError;
use crate::original::{MAX_PIXELS, MediaType};
use crate::picture::Picture;

const MEDIA: MediaType = MediaType::Pdf;
/// Most bytes of one decompressed stream that is no picture.
const STREAM_BYTES_MAX: usize = 32 << 20;
/// How deep forms may lie in forms.
const FORMS_MAX: usize = 4;
/// Most strips of one page.
const STRIPS_MAX: usize = 2000;
/// Strips meet within this, points.
const SEAM: f64 = 1.0;

/// A matrix as PDF writes it: a b c d e f.
type Matrix = [f64; 6];

/// The number of pages.
pub(super) fn page_count(bytes: &[u8]) -> Result<usize, CaptureError> {
    let pages = open(bytes)?.get_pages().len();
    match pages {
        0 => Err(corrupt("no page")),
        1..=MAX_PAGES => Ok(pages),
        _ => Err(CaptureError::TooLarge { found: pages as u64, limit: MAX_PAGES as u64, unit: "pages" }),
    }
}

/// The picture of page `index`, from 0.
pub(super) fn decode(bytes: &[u8], index: usize) -> Result<Picture, CaptureError> {
    let document = open(bytes)?;
    let page = Page::find(&document, index)?;
    let mut strips = page.strips(&document)?;
    let quarters =
        strips.first().map(|strip| strip.quarters).ok_or_else(|| unsupported("no picture on the page"))?;
    strips.sort_by(|a, b| b.order().total_cmp(&a.order()));
    joined(&document, &strips)?;
    let mut whole: Option<Picture> = None;
    for strip in &strips {
        let part = picture(&document, strip.image)?;
        whole = Some(match whole {
            None => part,
            Some(above) => below(above, part)?,
        });
    }
    let whole = whole.ok_or_else(|| unsupported("no picture on the page"))?;
    Ok(whole.turned((quarters + page.quarters) % 4))
}

/// The JPEG that is all of page `index`, as it stands in the file, and the clockwise turns with which it is shown; `None`
/// for a page of strips or of another coding.
pub(super) fn photograph_of(bytes: &[u8], index: usize) -> Option<(Vec<u8>, u8)> {
    let document = open(bytes).ok()?;
    let page = Page::find(&document, index).ok()?;
    let strips = page.strips(&document).ok()?;
    let [strip] = strips.as_slice() else { return None };
    let [b"DCTDecode" | b"DCT"] = filters(&document, strip.image).as_slice() else { return None };
    let header = jpeg::jpeg_header(&strip.image.content).ok()?;
    Some((strip.image.content[..header.len].to_vec(), (strip.quarters + page.quarters) % 4))
}

/// Width and height of the paper that page `index` shows, millimetres, upright.
pub(super) fn size_mm(bytes: &[u8], index: usize) -> Result<(f64, f64), CaptureError> {
    const MM_PER_POINT: f64 = 25.4 / 72.0;
    let document = open(bytes)?;
    let page = Page::find(&document, index)?;
    let strips = page.strips(&document)?;
    let bound = |pick: fn(&Strip<'_>) -> f64, best: fn(f64, f64) -> f64, start| {
        strips.iter().map(pick).fold(start, best)
    };
    let across = bound(|s| s.right, f64::max, f64::MIN) - bound(|s| s.left, f64::min, f64::MAX);
    let down = bound(|s| s.top, f64::max, f64::MIN) - bound(|s| s.bottom, f64::min, f64::MAX);
    let (across, down) = (across * page.unit * MM_PER_POINT, down * page.unit * MM_PER_POINT);
    if !(1.0..=5000.0).contains(&across) || !(1.0..=5000.0).contains(&down) {
        return Err(corrupt("an impossible page size"));
    }
    Ok(if page.quarters % 2 == 1 { (down, across) } else { (across, down) })
}

fn open(bytes: &[u8]) -> Result<Document, CaptureError> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_BYTES_MAX), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).map_err(|fault| match fault {
        lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword => unsupported("encrypted"),
        fault => corrupt(&fault.to_string()),
    })?;
    if document.is_encrypted() || document.was_encrypted() {
        Err(unsupported("encrypted"))
    } else {
        Ok(document)
    }
}

/// One page's dictionary and what applies to all of it.
struct Page {
    id: lopdf::ObjectId,
    /// Clockwise turns with which it is shown.
    quarters: u8,
    /// Points a unit.
    unit: f64,
}

/// One picture and where it lies, in units of the page.
struct Strip<'a> {
    image: &'a Stream,
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
    /// Clockwise turns of the picture on the page.
    quarters: u8,
}

impl Strip<'_> {
    /// Along the picture's own rows from its top: larger comes first.
    fn order(&self) -> f64 {
        match self.quarters {
            0 => self.top,
            1 => self.right,
            2 => -self.bottom,
            _ => -self.left,
        }
    }
}

impl Page {
    fn find(document: &Document, index: usize) -> Result<Self, CaptureError> {
        let pages = document.get_pages();
        let number = u32::try_from(index + 1).map_err(|_| CaptureError::Truncated { media: MEDIA })?;
        let id = *pages.get(&number).ok_or(CaptureError::Truncated { media: MEDIA })?;
        let rotate = inherited(document, id, b"Rotate").and_then(|turn| turn.as_i64().ok()).unwrap_or(0);
        let unit = document.get_dictionary(id).ok().and_then(|page| number_of(page.get(b"UserUnit").ok()?));
        Ok(Self {
            id,
            quarters: (rotate.rem_euclid(360) / 90) as u8,
            unit: unit.filter(|unit| (0.01..=1000.0).contains(unit)).unwrap_or(1.0),
        })
    }

    fn strips<'a>(&self, document: &'a Document) -> Result<Vec<Strip<'a>>, CaptureError> {
        let content = document
            .get_page_content_with_limit(self.id, STREAM_BYTES_MAX)
            .map_err(|fault| corrupt(&fault.to_string()))?;
        let resources = inherited(document, self.id, b"Resources").and_then(|object| object.as_dict().ok());
        let annotated = document.get_dictionary(self.id).ok().and_then(|page| page.get(b"Annots").ok());
        let annotated = annotated.and_then(|annots| resolved(document, annots)?.as_array().ok());
        if annotated.is_some_and(|annots| !annots.is_empty()) {
            return Err(unsupported("annotations"));
        }
        let mut strips = Vec::new();
        walk(document, &content, resources, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0], 0, &mut strips)?;
        Ok(strips)
    }
}

/// Follows a content stream: pictures are taken down, anything else that leaves ink is refused.
fn walk<'a>(
    document: &'a Document,
    content: &[u8],
    resources: Option<&'a Dictionary>,
    start: Matrix,
    depth: usize,
    strips: &mut Vec<Strip<'a>>,
) -> Result<(), CaptureError> {
    let content = Content::decode(content).map_err(|fault| corrupt(&fault.to_string()))?;
    let (mut matrix, mut visible) = (start, true);
    let mut saved = Vec::new();
    for operation in &content.operations {
        match operation.operator.as_str() {
            "q" if saved.len() < 64 => saved.push((matrix, visible)),
            "q" => return Err(corrupt("states nested too deep")),
            "Q" => (matrix, visible) = saved.pop().unwrap_or((start, true)),
            "cm" => matrix = times(&numbers(&operation.operands)?, &matrix),
            "Tr" => visible = operation.operands.first().and_then(|mode| mode.as_i64().ok()) != Some(3),
            "Tj" | "TJ" | "'" | "\"" if visible => return Err(unsupported("visible text")),
            "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "S" | "s" | "sh" => {
                return Err(unsupported("drawing"));
            }
            "BI" | "ID" | "EI" => return Err(unsupported("an inline picture")),
            "Do" => {
                let name = operation.operands.first().and_then(|name| name.as_name().ok());
                let object = name.and_then(|name| {
                    let objects = resolved(document, resources?.get(b"XObject").ok()?)?.as_dict().ok()?;
                    resolved(document, objects.get(name).ok()?)?.as_stream().ok()
                });
                let object = object.ok_or_else(|| corrupt("a picture that is not there"))?;
                match object.dict.get(b"Subtype").and_then(Object::as_name) {
                    Ok(b"Image") => {
                        if strips.len() == STRIPS_MAX {
                            return Err(unsupported("too many pictures on the page"));
                        }
                        strips.push(placed(object, &matrix)?);
                    }
                    Ok(b"Form") if depth < FORMS_MAX => {
                        form(document, object, resources, &matrix, depth, strips)?;
                    }
                    _ => return Err(unsupported("something that is no picture")),
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn form<'a>(
    document: &'a Document,
    object: &'a Stream,
    outer: Option<&'a Dictionary>,
    matrix: &Matrix,
    depth: usize,
    strips: &mut Vec<Strip<'a>>,
) -> Result<(), CaptureError> {
    let content = plain(object, STREAM_BYTES_MAX)?;
    let own = object.dict.get(b"Matrix").ok().and_then(|own| numbers(own.as_array().ok()?).ok());
    let resources =
        object.dict.get(b"Resources").ok().and_then(|own| resolved(document, own)?.as_dict().ok()).or(outer);
    let matrix = own.map_or(*matrix, |own| times(&own, matrix));
    walk(document, &content, resources, matrix, depth + 1, strips)
}

/// Where the unit square of an image goes; only quarter turns, no mirror.
fn placed<'a>(image: &'a Stream, &[a, b, c, d, e, f]: &Matrix) -> Result<Strip<'a>, CaptureError> {
    let long = a.abs().max(b.abs()).max(c.abs()).max(d.abs());
    let none = |value: f64| value.abs() < 1e-3 * long;
    let quarters = match () {
        () if none(b) && none(c) && a > 0.0 && d > 0.0 => 0,
        () if none(a) && none(d) && b < 0.0 && c > 0.0 => 1,
        () if none(b) && none(c) && a < 0.0 && d < 0.0 => 2,
        () if none(a) && none(d) && b > 0.0 && c < 0.0 => 3,
        () => return Err(unsupported("a picture laid askew or mirrored")),
    };
    let (x, y) = (a + c, b + d);
    let (left, right) = (e.min(e + x), e.max(e + x));
    let (bottom, top) = (f.min(f + y), f.max(f + y));
    Ok(Strip { image, left, right, bottom, top, quarters })
}

/// Several pictures must be the strips of one: alike in direction and width, each beginning where the last ended.
fn joined(document: &Document, strips: &[Strip<'_>]) -> Result<(), CaptureError> {
    let ends = |strip: &Strip<'_>| match strip.quarters {
        0 => (strip.top, strip.bottom, strip.left, strip.right),
        1 => (strip.right, strip.left, strip.bottom, strip.top),
        2 => (-strip.bottom, -strip.top, strip.left, strip.right),
        _ => (-strip.left, -strip.right, strip.bottom, strip.top),
    };
    let mut pixels = 0;
    for strip in strips {
        let (width, height) = size(document, strip.image)?;
        pixels += width as u64 * height as u64;
    }
    if pixels > MAX_PIXELS {
        return Err(CaptureError::TooLarge { found: pixels, limit: MAX_PIXELS, unit: "pixels" });
    }
    for pair in strips.windows(2) {
        let (above, below) = (ends(&pair[0]), ends(&pair[1]));
        let meet = (above.1 - below.0).abs() <= SEAM
            && (above.2 - below.2).abs() <= SEAM
            && (above.3 - below.3).abs() <= SEAM;
        if pair[0].quarters != pair[1].quarters || !meet {
            return Err(unsupported("several pictures on one page"));
        }
    }
    Ok(())
}

fn below(mut above: Picture, part: Picture) -> Result<Picture, CaptureError> {
    if above.width != part.width {
        return Err(unsupported("strips of different widths"));
    }
    above.rgb8.extend_from_slice(&part.rgb8);
    above.height += part.height;
    Ok(above)
}

/// The pixels of an image.
fn picture(document: &Document, image: &Stream) -> Result<Picture, CaptureError> {
    let dict = &image.dict;
    let (width, height) = size(document, image)?;
    let yes = |key: &[u8]| {
        matches!(dict.get(key).ok().and_then(|o| resolved(document, o)), Some(Object::Boolean(true)))
    };
    if yes(b"ImageMask") || dict.has(b"SMask") || dict.has(b"Mask") {
        return Err(unsupported("a mask"));
    }
    match filters(document, image).as_slice() {
        [b"DCTDecode" | b"DCT"] => photograph(&image.content, width, height),
        [b"FlateDecode" | b"Fl", b"DCTDecode" | b"DCT"] => {
            let outer = Stream::new(lopdf::dictionary! { "Filter" => "FlateDecode" }, image.content.clone());
            photograph(&plain(&outer, crate::original::MAX_BYTES)?, width, height)
        }
        [b"CCITTFaxDecode" | b"CCF"] => fax(document, image, width, height),
        [b"JBIG2Decode"] => Err(unsupported("JBIG2")),
        [b"JPXDecode"] => Err(unsupported("JPEG 2000")),
        [] | [b"FlateDecode" | b"Fl" | b"LZWDecode" | b"LZW" | b"RunLengthDecode" | b"RL"] => {
            samples(document, image, width, height)
        }
        _ => Err(unsupported("a chain of filters")),
    }
}

/// A JPEG decoded as strictly as a file of its own. Its EXIF orientation means nothing in a PDF.
fn photograph(bytes: &[u8], width: usize, height: usize) -> Result<Picture, CaptureError> {
    let header = jpeg::jpeg_header(bytes)?;
    if (usize::from(header.width), usize::from(header.height)) != (width, height) || header.orientation != 1 {
        return Err(corrupt("the JPEG has another size or orientation than the page says"));
    }
    jpeg::decode(bytes)
}

/// A fax picture: handed to the TIFF decoder, which knows the coding, as a file of one strip.
fn fax(document: &Document, image: &Stream, width: usize, height: usize) -> Result<Picture, CaptureError> {
    let parms = image.dict.get(b"DecodeParms").ok().and_then(|parms| resolved(document, parms));
    let parms = match parms {
        Some(Object::Array(all)) => all.first().and_then(|first| resolved(document, first)),
        other => other,
    }
    .and_then(|parms| parms.as_dict().ok());
    let number = |key: &[u8]| parms?.get(key).ok()?.as_i64().ok();
    let flag =
        |key: &[u8]| matches!(parms.and_then(|parms| parms.get(key).ok()), Some(Object::Boolean(true)));
    if number(b"K").unwrap_or(0) >= 0 || flag(b"EncodedByteAlign") {
        return Err(unsupported("a fax coding other than group 4"));
    }
    if number(b"Columns").unwrap_or(1728) != width as i64 {
        return Err(corrupt("the fax picture has another width than the page says"));
    }
    // Decoded black is 0 in a PDF and shown black, unless `BlackIs1` or `Decode` turns it round (both: not at all).
    let photometric = u32::from(flag(b"BlackIs1") != inverted(document, image));
    let (w, h) = (width as u32, height as u32);
    let entries: [(u16, u16, u32); 9] = [
        (256, 4, w),
        (257, 4, h),
        (258, 3, 1),
        (259, 3, 4),
        (262, 3, photometric),
        (273, 4, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1),
        (278, 4, h),
        (279, 4, image.content.len() as u32),
    ];
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend_from_slice(&image.content);
    tiff::decode(&file, 0).map_err(|fault| match fault {
        CaptureError::Truncated { .. } => CaptureError::Truncated { media: MEDIA },
        fault => corrupt(&fault.to_string()),
    })
}

/// Grey, colour and palette samples of 1 to 8 bits.
fn samples(
    document: &Document,
    image: &Stream,
    width: usize,
    height: usize,
) -> Result<Picture, CaptureError> {
    let bits =
        image.dict.get(b"BitsPerComponent").ok().and_then(|bits| resolved(document, bits)?.as_i64().ok());
    let bits = match bits {
        Some(bits @ (1 | 2 | 4 | 8)) => bits as usize,
        _ => return Err(unsupported("this many bits a sample")),
    };
    let space = image.dict.get(b"ColorSpace").map_err(|_| corrupt("no colour space"))?;
    let (components, palette) = colours(document, space)?;
    let stride = (width * components * bits).div_ceil(8);
    let data = plain(image, stride * height + height + 4096)?;
    if data.len() < stride * height {
        return Err(CaptureError::Truncated { media: MEDIA });
    }
    let turned = inverted(document, image) && palette.is_none();
    let top = (1_u16 << bits) - 1;
    let mut rgb8 = Vec::with_capacity(3 * width * height);
    for row in data.chunks_exact(stride).take(height) {
        for x in 0..width {
            let sample = |component: usize| {
                let at = (x * components + component) * bits;
                let shift = 8 - bits - at % 8;
                u16::from(row[at / 8] >> shift) & top
            };
            let shown = |sample: u16| {
                let value = (sample * 255 / top) as u8;
                if turned { 255 - value } else { value }
            };
            match &palette {
                Some(palette) => {
                    let at = 3 * usize::from(sample(0));
                    let colour =
                        palette.get(at..at + 3).ok_or_else(|| corrupt("a colour outside the palette"))?;
                    rgb8.extend_from_slice(colour);
                }
                None if components == 1 => rgb8.extend([shown(sample(0)); 3]),
                None => rgb8.extend([0, 1, 2].map(|component| shown(sample(component)))),
            }
        }
    }
    upright(MEDIA, width, height, rgb8, 1)
}

/// Components of a sample, and the palette as RGB if there is one.
fn colours(document: &Document, space: &Object) -> Result<(usize, Option<Vec<u8>>), CaptureError> {
    let other = || unsupported("this colour space");
    match resolved(document, space).ok_or_else(other)? {
        Object::Name(name) => match name.as_slice() {
            b"DeviceGray" | b"G" | b"CalGray" => Ok((1, None)),
            b"DeviceRGB" | b"RGB" | b"CalRGB" => Ok((3, None)),
            b"DeviceCMYK" | b"CMYK" => Err(unsupported("CMYK")),
            _ => Err(other()),
        },
        Object::Array(parts) => match parts.first().and_then(|name| name.as_name().ok()) {
            Some(b"CalGray") => Ok((1, None)),
            Some(b"CalRGB") => Ok((3, None)),
            Some(b"ICCBased") => {
                let profile = parts.get(1).and_then(|profile| resolved(document, profile)?.as_stream().ok());
                match profile.and_then(|profile| profile.dict.get(b"N").ok()?.as_i64().ok()) {
                    Some(1) => Ok((1, None)),
                    Some(3) => Ok((3, None)),
                    _ => Err(other()),
                }
            }
            Some(b"Indexed" | b"I") => {
                let (base, None) = colours(document, parts.get(1).ok_or_else(other)?)? else {
                    return Err(other());
                };
                let table =
                    match parts.get(3).and_then(|table| resolved(document, table)).ok_or_else(other)? {
                        Object::String(bytes, _) => bytes.clone(),
                        Object::Stream(stream) => plain(stream, 4096)?,
                        _ => return Err(other()),
                    };
                let rgb = if base == 3 { table } else { table.iter().flat_map(|&grey| [grey; 3]).collect() };
                Ok((1, Some(rgb)))
            }
            _ => Err(other()),
        },
        _ => Err(other()),
    }
}

/// Whether `Decode` turns light and dark round.
fn inverted(document: &Document, image: &Stream) -> bool {
    let decode =
        image.dict.get(b"Decode").ok().and_then(|decode| resolved(document, decode)?.as_array().ok());
    decode.and_then(|decode| number_of(decode.first()?)).is_some_and(|first| first > 0.5)
}

fn size(document: &Document, image: &Stream) -> Result<(usize, usize), CaptureError> {
    let side = |key: &[u8]| {
        let side = image.dict.get(key).ok().and_then(|side| resolved(document, side)?.as_i64().ok());
        side.and_then(|side| u64::try_from(side).ok()).ok_or_else(|| corrupt("a picture without a size"))
    };
    let (width, height) = (side(b"Width")?, side(b"Height")?);
    check_size(MEDIA, width, height)?;
    Ok((width as usize, height as usize))
}

fn filters<'a>(document: &'a Document, image: &'a Stream) -> Vec<&'a [u8]> {
    match image.dict.get(b"Filter").ok().and_then(|filter| resolved(document, filter)) {
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(all)) => {
            all.iter().filter_map(|name| resolved(document, name)?.as_name().ok()).collect()
        }
        _ => Vec::new(),
    }
}

/// A stream's bytes without its filters, at most `most`.
fn plain(stream: &Stream, most: usize) -> Result<Vec<u8>, CaptureError> {
    if !stream.dict.has(b"Filter") {
        return Ok(stream.content.clone());
    }
    stream.decompressed_content_with_limit(most).map_err(|fault| corrupt(&fault.to_string()))
}

/// An entry of a page or of the nearest of its parents that has it.
fn inherited<'a>(document: &'a Document, page: lopdf::ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(page).ok()?;
    for _ in 0..64 {
        if let Ok(found) = node.get(key) {
            return resolved(document, found);
        }
        node = resolved(document, node.get(b"Parent").ok()?)?.as_dict().ok()?;
    }
    None
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

fn number_of(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from)
}

fn numbers(operands: &[Object]) -> Result<Matrix, CaptureError> {
    let all: Vec<f64> = operands.iter().filter_map(number_of).filter(|number| number.is_finite()).collect();
    all.try_into().map_err(|_| corrupt("a matrix that is none"))
}

/// First `m`, then `n`.
fn times(m: &Matrix, n: &Matrix) -> Matrix {
    [
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    ]
}

fn unsupported(kind: &str) -> CaptureError {
    CaptureError::UnsupportedKind { media: MEDIA, kind: kind.into() }
}

fn corrupt(detail: &str) -> CaptureError {
    CaptureError::Corrupt { media: MEDIA, detail: detail.into() }
}
