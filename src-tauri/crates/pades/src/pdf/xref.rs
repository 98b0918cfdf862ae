//! Cross-reference sections (ISO 32000-1 §7.5.4 tables, §7.5.8 streams, hybrid files) and the chain they form.

use super::filters;
use super::object::{Dict, Object};
use super::parser::{Parser, is_space};
use super::{ReadError, ReadResult};

/// More sections than any honest file has.
const MAX_SECTIONS: usize = 512;
/// Entries of all sections together.
const MAX_ENTRIES: usize = 4_000_000;
/// The highest object number a file may use (ISO 32000-1 annex C).
const MAX_NUMBER: u64 = 8_388_607;

/// Where an object lies, as one section says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    At { offset: usize, generation: u16 },
    InStream { container: u32, index: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Table,
    Stream,
}

/// One cross-reference section with its trailer.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) kind: Kind,
    pub(crate) offset: usize,
    /// Sorted by object number, each number once.
    pub(crate) entries: Vec<(u32, Entry)>,
    pub(crate) trailer: Dict,
    /// Objects that the table leaves free and the stream of a hybrid file names.
    pub(crate) hidden_objects: Vec<u32>,
    /// What the `startxref` right after this section names. None when another section follows at once, which closes
    /// both: so some programs write hybrid files.
    pub(crate) startxref: Option<usize>,
    /// Where its `%%EOF`, or without a `startxref` its trailer, ends.
    pub(crate) end: usize,
}

impl Section {
    pub(crate) fn previous(&self) -> ReadResult<Option<usize>> {
        offset_entry(&self.trailer, b"Prev")
    }

    /// Where the stream lies that a hybrid file keeps beside its table.
    pub(crate) fn hidden(&self) -> ReadResult<Option<usize>> {
        match self.kind {
            Kind::Table => offset_entry(&self.trailer, b"XRefStm"),
            Kind::Stream => Ok(None),
        }
    }
}

fn offset_entry(dict: &Dict, key: &[u8]) -> ReadResult<Option<usize>> {
    match dict.get(key) {
        None => Ok(None),
        Some(value) => value
            .as_integer()
            .and_then(|offset| usize::try_from(offset).ok())
            .map(Some)
            .ok_or(ReadError::Structure("a malformed offset in a trailer")),
    }
}

/// The offset the last `startxref` of the file names. The search covers the last kilobyte, as readers do.
pub(crate) fn last_startxref(bytes: &[u8]) -> ReadResult<usize> {
    let tail = bytes.len().saturating_sub(1024);
    let found = memchr::memmem::rfind(&bytes[tail..], b"startxref")
        .ok_or(ReadError::Structure("the file does not end with startxref"))?;
    let mut parser = Parser::new(bytes, tail + found);
    parser.keyword("startxref")?;
    offset(parser.unsigned()?)
}

fn offset(value: u64) -> ReadResult<usize> {
    usize::try_from(value).map_err(|_| ReadError::Structure("an offset is out of range"))
}

/// All sections from the newest to the oldest. Cycles and endless chains are refused.
pub(crate) fn chain(bytes: &[u8]) -> ReadResult<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut entries = 0;
    let mut next = Some(last_startxref(bytes)?);
    while let Some(offset) = next {
        let offset = settle(bytes, offset);
        if sections.len() == MAX_SECTIONS || sections.iter().any(|section| section.offset == offset) {
            return Err(ReadError::Structure("the cross-reference sections run in a circle"));
        }
        let section = section(bytes, offset)?;
        next = section.previous()?;
        entries += section.entries.len();
        if entries > MAX_ENTRIES {
            return Err(ReadError::Structure("the cross-reference sections are too large"));
        }
        sections.push(section);
    }
    Ok(sections)
}

/// Offsets may name the white space before what they mean.
fn settle(bytes: &[u8], offset: usize) -> usize {
    offset + bytes.get(offset..).unwrap_or_default().iter().take_while(|&&byte| is_space(byte)).count()
}

fn section(bytes: &[u8], offset: usize) -> ReadResult<Section> {
    let mut parser = Parser::new(bytes, offset);
    let (kind, mut entries, trailer) = if parser.take(b"xref") {
        let entries = table(&mut parser)?;
        let trailer = parser.dictionary()?;
        (Kind::Table, entries, trailer)
    } else {
        let (entries, trailer) = stream(&mut parser)?;
        (Kind::Stream, entries, trailer)
    };
    sort(&mut entries)?;
    let mut hidden_objects = Vec::new();
    if kind == Kind::Table
        && let Some(hidden) = offset_entry(&trailer, b"XRefStm")?
    {
        hidden_objects = add_hidden(bytes, hidden, &mut entries)?;
    }
    parser.skip_space();
    let (startxref, end) = match kind {
        // The front half of a linearised file names the back half; what stands after it, `startxref 0` or nothing,
        // says nothing (ISO 32000-1 annex F.3.4).
        _ if offset_entry(&trailer, b"Prev")?.is_some_and(|previous| previous > offset) => {
            (Some(0), parser.at)
        }
        Kind::Table if bytes[parser.at..].starts_with(b"xref") => (None, parser.at),
        _ => closing(&mut parser)?,
    };
    Ok(Section { kind, offset, entries, trailer, hidden_objects, startxref, end })
}

/// `startxref`, its offset, `%%EOF`.
fn closing(parser: &mut Parser<'_>) -> ReadResult<(Option<usize>, usize)> {
    parser.keyword("startxref")?;
    let startxref = settle(parser.bytes, offset(parser.unsigned()?)?);
    if !parser.bytes.get(parser.at).is_some_and(|&byte| is_space(byte)) {
        return Ok(parser.fail("a malformed startxref")?);
    }
    while parser.peek().is_some_and(is_space) {
        parser.at += 1;
    }
    if !parser.take(b"%%EOF") {
        return Ok(parser.fail("a revision does not end with %%EOF")?);
    }
    Ok((Some(startxref), parser.at))
}

/// A hybrid file hides objects from old readers in a stream beside the table (ISO 32000-1 §7.5.8.4): it adds what the
/// table leaves free or does not name; where both name an object, the table is looked up first. Gives those that it
/// leaves free.
fn add_hidden(bytes: &[u8], offset: usize, entries: &mut Vec<(u32, Entry)>) -> ReadResult<Vec<u32>> {
    let (mut hidden, _) = stream(&mut Parser::new(bytes, offset))?;
    sort(&mut hidden)?;
    let (mut added, mut freed) = (Vec::new(), Vec::new());
    for (number, entry) in hidden {
        match entries.binary_search_by_key(&number, |&(number, _)| number) {
            Err(_) => added.push((number, entry)),
            Ok(index) if entries[index].1 == Entry::Free => {
                entries[index].1 = entry;
                freed.push(number);
            }
            Ok(_) => {}
        }
    }
    entries.append(&mut added);
    sort(entries)?;
    Ok(freed)
}

/// Sorts by number; an object named twice in one section would let readers differ.
fn sort(entries: &mut [(u32, Entry)]) -> ReadResult<()> {
    entries.sort_by_key(|&(number, _)| number);
    if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(ReadError::Structure("a cross-reference section names an object twice"));
    }
    Ok(())
}

fn subsection(first: u64, count: u64) -> ReadResult<u32> {
    let end = first.checked_add(count).filter(|&end| end <= MAX_NUMBER + 1);
    match (end, u32::try_from(first)) {
        (Some(_), Ok(first)) => Ok(first),
        _ => Err(ReadError::Structure("a cross-reference section is too large")),
    }
}

/// After `xref`: the subsections and the keyword `trailer`.
fn table(parser: &mut Parser<'_>) -> ReadResult<Vec<(u32, Entry)>> {
    let mut entries = Vec::new();
    loop {
        parser.skip_space();
        if parser.take(b"trailer") {
            return Ok(entries);
        }
        let (first, count) = (parser.unsigned()?, parser.unsigned()?);
        let first = subsection(first, count)?;
        for number in (first..).take(count as usize) {
            let offset = offset(parser.unsigned()?)?;
            let generation = parser.unsigned()?;
            parser.skip_space();
            let entry = if parser.take(b"n") {
                // Entries that lead nowhere are met with generations out of range.
                let generation = if offset == 0 { 0 } else { generation };
                let generation = u16::try_from(generation)
                    .map_err(|_| ReadError::Structure("a generation number is out of range"))?;
                Entry::At { offset, generation }
            } else if parser.take(b"f") {
                Entry::Free
            } else {
                return Ok(parser.fail("a malformed cross-reference entry")?);
            };
            entries.push((number, entry));
        }
    }
}

/// A cross-reference stream: its entries and its dictionary, which is the trailer.
fn stream(parser: &mut Parser<'_>) -> ReadResult<(Vec<(u32, Entry)>, Dict)> {
    parser.object_header()?;
    let dict = parser.dictionary()?;
    if dict.get(&b"Type"[..]).and_then(Object::as_name) != Some(b"XRef") {
        return Err(ReadError::Structure("a cross-reference section is missing where one is named"));
    }
    let length = dict.get(&b"Length"[..]).and_then(Object::as_integer);
    let data = stream_data(parser, length)?;
    let decoded = filters::decode(&dict, &parser.bytes[data])?;
    Ok((stream_entries(&dict, &decoded)?, dict))
}

fn stream_entries(dict: &Dict, data: &[u8]) -> ReadResult<Vec<(u32, Entry)>> {
    let malformed = ReadError::Structure("a malformed cross-reference stream");
    let integers = |object: &Object| -> Option<Vec<u64>> {
        object.as_array()?.iter().map(|item| u64::try_from(item.as_integer()?).ok()).collect()
    };
    let widths = dict.get(&b"W"[..]).and_then(integers).ok_or(malformed)?;
    let &[kind_width, second_width, third_width] = widths.as_slice() else { return Err(malformed) };
    if widths.iter().any(|&width| width > 8) {
        return Err(malformed);
    }
    let index = match dict.get(&b"Index"[..]) {
        Some(index) => integers(index).ok_or(malformed)?,
        None => {
            let size = dict.get(&b"Size"[..]).and_then(Object::as_integer);
            vec![0, size.and_then(|size| u64::try_from(size).ok()).ok_or(malformed)?]
        }
    };
    let row = (kind_width + second_width + third_width) as usize;
    if row == 0 || !index.len().is_multiple_of(2) || !data.len().is_multiple_of(row) {
        return Err(malformed);
    }
    let mut rows = data.chunks_exact(row);
    let mut entries = Vec::with_capacity(data.len() / row);
    for pair in index.chunks_exact(2) {
        let first = subsection(pair[0], pair[1])?;
        for number in (first..).take(pair[1] as usize) {
            let row = rows.next().ok_or(malformed)?;
            let (kind, rest) = row.split_at(kind_width as usize);
            let (second, third) = rest.split_at(second_width as usize);
            let kind = if kind_width == 0 { 1 } else { big_endian(kind) };
            let (second, third) = (big_endian(second), big_endian(third));
            entries.push((
                number,
                match kind {
                    0 => Entry::Free,
                    1 => Entry::At {
                        offset: offset(second)?,
                        generation: u16::try_from(third).map_err(|_| malformed)?,
                    },
                    2 => Entry::InStream {
                        container: u32::try_from(second).map_err(|_| malformed)?,
                        index: u32::try_from(third).map_err(|_| malformed)?,
                    },
                    _ => return Err(malformed),
                },
            ));
        }
    }
    if rows.next().is_some() { Err(malformed) } else { Ok(entries) }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// After a stream's dictionary: takes `stream … endstream endobj`, gives the range of the data.
pub(crate) fn stream_data(
    parser: &mut Parser<'_>,
    length: Option<i64>,
) -> ReadResult<std::ops::Range<usize>> {
    let length = length
        .and_then(|length| usize::try_from(length).ok())
        .ok_or(ReadError::Structure("a stream has no usable length"))?;
    parser.skip_space();
    if !(parser.take(b"stream\r\n") || parser.take(b"stream\n")) {
        return Ok(parser.fail("a malformed stream")?);
    }
    let start = parser.at;
    let end = start
        .checked_add(length)
        .filter(|&end| end <= parser.bytes.len())
        .ok_or(ReadError::Structure("a stream ends after the file"))?;
    parser.at = end;
    parser.keyword("endstream")?;
    parser.keyword("endobj")?;
    Ok(start..end)
}
