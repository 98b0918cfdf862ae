//! A file as its revisions: which bytes each added, and what every object was in each of them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::encryption::{Encryption, Locked};
use super::filters;
use super::object::{Dict, Object, Ref};
use super::parser::Parser;
use super::xref::{self, Entry, Kind, Section};
use super::{ReadError, ReadResult};

/// References that may follow one another before a value is reached.
const MAX_HOPS: usize = 16;
/// Bytes within which the header must begin.
const MAX_LEAD: usize = 1024;
/// Line ends that may follow the last revision, in bytes.
const MAX_LINE_ENDS: usize = 8;
/// Unpacked object streams, in bytes; one that cannot be unpacked counts for the most it could be.
const MAX_UNPACKED: usize = 256 << 20;
/// Bytes of objects (not of streams' data) that are read for all questions together. Honest files need a small multiple
/// of their size; one that names the same long object in hundreds of revisions would be read for minutes.
const MAX_READ: usize = 512 << 20;

/// One revision: what one save added to the file.
#[derive(Debug)]
pub(crate) struct Revision {
    /// Its bytes, up to the end of its `%%EOF` (the line end after it is left to the reader's choice).
    pub(crate) bytes: Range<usize>,
    pub(crate) kind: Kind,
    /// The offset its `startxref` names.
    pub(crate) startxref: usize,
    pub(crate) trailer: Dict,
    /// Where the stream of a hybrid section lies.
    pub(crate) hidden: Option<usize>,
    /// Numbers its sections name, sorted.
    pub(crate) numbers: Vec<u32>,
    /// Objects that programs which know no hybrid files see as free, sorted.
    pub(crate) hidden_objects: Vec<u32>,
    /// The highest number that was in use until now.
    pub(crate) highest: u32,
}

/// An object stream (ISO 32000-1 §7.5.7), unpacked: numbers and offsets, and the data they point into.
struct ObjectStream {
    index: Vec<(u32, usize)>,
    data: Vec<u8>,
}

/// An opened file. Borrowed bytes are never copied.
pub(crate) struct File<'a> {
    pub(crate) bytes: &'a [u8],
    /// From the oldest to the newest; never empty.
    pub(crate) revisions: Vec<Revision>,
    /// For each number, what each revision that names it says, oldest first.
    history: HashMap<u32, Vec<(usize, Entry)>>,
    /// By offset; none for one that cannot be unpacked.
    object_streams: RefCell<HashMap<usize, Option<Rc<ObjectStream>>>>,
    unpacked: Cell<usize>,
    read: Cell<usize>,
    /// What keeps strings and streams encrypted, or why nobody can open it.
    pub(crate) encryption: Result<Option<Encryption>, Locked>,
}

impl<'a> File<'a> {
    /// Opens the file. Anything that would need repair is an error.
    pub(crate) fn open(bytes: &'a [u8]) -> ReadResult<Self> {
        // Bytes before the header are met in practice (ISO 32000-1 annex H.3); offsets count from the file's start.
        if memchr::memmem::find(&bytes[..bytes.len().min(MAX_LEAD)], b"%PDF-").is_none() {
            return Err(ReadError::Structure("the file does not begin with %PDF-"));
        }
        let mut history: HashMap<u32, Vec<(usize, Entry)>> = HashMap::new();
        let mut revisions: Vec<Revision> = Vec::new();
        for sections in by_revision(xref::chain(bytes)?)? {
            let start = revisions.last().map_or(0, |revision| revision.bytes.end);
            let (mut revision, entries) = revision(sections, start)?;
            let used = entries.iter().filter(|(_, entry)| *entry != Entry::Free).map(|(number, _)| *number);
            let before = revisions.last().map_or(0, |revision: &Revision| revision.highest);
            revision.highest = used.max().map_or(before, |highest| highest.max(before));
            for &(number, entry) in &entries {
                history.entry(number).or_default().push((revisions.len(), entry));
            }
            revisions.push(revision);
        }
        let (object_streams, unpacked, read) = (RefCell::default(), Cell::default(), Cell::default());
        let mut file =
            Self { bytes, revisions, history, object_streams, unpacked, read, encryption: Ok(None) };
        file.encryption = Encryption::open(file.last());
        Ok(file)
    }

    /// An object as it is to be written into this file under `reference`.
    pub(crate) fn sealed<'o>(&self, reference: Ref, object: &'o Object) -> ReadResult<Cow<'o, Object>> {
        match self.lock() {
            None => Ok(Cow::Borrowed(object)),
            Some(lock) => lock.encrypt(reference, object).map(Cow::Owned),
        }
    }

    fn lock(&self) -> Option<&Encryption> {
        self.encryption.as_ref().ok().and_then(Option::as_ref)
    }

    pub(crate) fn last(&self) -> View<'_, 'a> {
        self.view(self.revisions.len() - 1)
    }

    /// The file as it was after revision `index`.
    pub(crate) fn view(&self, index: usize) -> View<'_, 'a> {
        View { file: self, index }
    }

    /// Whether programs that count offsets from the header find a table of their own, since something stands before the
    /// header; here offsets count from the file's start.
    pub(crate) fn has_two_readings(&self) -> bool {
        let lead = &self.bytes[..self.bytes.len().min(MAX_LEAD)];
        let Some(lead @ 1..) = memchr::memmem::find(lead, b"%PDF-") else { return false };
        self.revisions.iter().any(|revision| {
            let header_end = |at: usize| {
                let mut parser = Parser::new(self.bytes, at);
                parser.object_header().ok().map(|_| parser.at)
            };
            let mut there = Parser::new(self.bytes, revision.startxref.saturating_add(lead));
            there.skip_space();
            // The rest of the same header, `2 0 obj` of `12 0 obj`, leads to the same table.
            there.take(b"xref")
                || header_end(there.at).is_some_and(|end| header_end(revision.startxref) != Some(end))
        })
    }

    /// Bytes after the last revision. A few line ends, which some programs leave there, are none.
    pub(crate) fn tail(&self) -> Range<usize> {
        let end = self.revisions.last().map_or(0, |revision| revision.bytes.end);
        let rest = &self.bytes[end..];
        let line_ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        end + line_ends.min(MAX_LINE_ENDS)..self.bytes.len()
    }

    fn object_at(&self, view: View<'_, 'a>, offset: usize, wanted: Ref) -> ReadResult<Object> {
        let mut parser = Parser::new(self.bytes, offset);
        let found = parser.object_header()?;
        if found != wanted {
            return Err(ReadError::Structure("another object lies where one is named"));
        }
        self.body(view, &mut parser)
    }

    /// The bytes of the object, or of the keyword `xref`, that begins at `offset`.
    pub(crate) fn object_span(&self, view: View<'_, 'a>, offset: usize) -> ReadResult<Range<usize>> {
        let mut parser = Parser::new(self.bytes, offset);
        parser.skip_space();
        if !parser.take(b"xref") {
            parser.object_header()?;
            self.body(view, &mut parser)?;
        }
        Ok(offset..parser.at)
    }

    /// The object that stands here, within what may be read in all.
    fn parse(&self, parser: &mut Parser<'_>) -> ReadResult<Object> {
        if self.read.get() > MAX_READ {
            return Err(ReadError::Structure("its revisions ask for too much reading"));
        }
        let start = parser.at;
        let object = parser.object();
        self.read.set(self.read.get() + (parser.at - start));
        Ok(object?)
    }

    /// After an object's header: its value, up to and with `endobj`.
    fn body(&self, view: View<'_, 'a>, parser: &mut Parser<'a>) -> ReadResult<Object> {
        let object = self.parse(parser)?;
        parser.skip_space();
        match object {
            Object::Dictionary(dict) if parser.bytes[parser.at..].starts_with(b"stream") => {
                let length = match dict.get(&b"Length"[..]) {
                    Some(&Object::Reference(length)) => view.length(length)?,
                    length => length.and_then(Object::as_integer),
                };
                let data = xref::stream_data(parser, length)?;
                Ok(Object::Stream(dict, data))
            }
            object => {
                parser.keyword("endobj")?;
                Ok(object)
            }
        }
    }

    /// The data of a stream, still packed, but no longer encrypted.
    pub(crate) fn stream_bytes(&self, reference: Ref, data: &'a [u8]) -> ReadResult<Cow<'a, [u8]>> {
        match self.lock() {
            None => Ok(Cow::Borrowed(data)),
            Some(lock) => lock.decrypt_stream(reference, data).map(Cow::Owned),
        }
    }

    fn object_stream(&self, view: View<'_, 'a>, container: u32) -> ReadResult<Rc<ObjectStream>> {
        let Entry::At { offset, generation: 0 } = view.entry(container) else {
            return Err(ReadError::Structure("an object stream is missing"));
        };
        if let Some(known) = self.object_streams.borrow().get(&offset) {
            return known.clone().ok_or(ReadError::Structure("an object stream cannot be read"));
        }
        if self.unpacked.get() > MAX_UNPACKED {
            return Err(ReadError::Structure("object streams unpack to too much"));
        }
        let read = self.unpacked_stream(view, offset, container);
        let size = read.as_ref().map_or(filters::MAX_DECODED, |stream| stream.data.len());
        self.unpacked.set(self.unpacked.get() + size);
        self.object_streams.borrow_mut().insert(offset, read.as_ref().ok().cloned());
        read
    }

    fn unpacked_stream(
        &self,
        view: View<'_, 'a>,
        offset: usize,
        container: u32,
    ) -> ReadResult<Rc<ObjectStream>> {
        let reference = Ref { number: container, generation: 0 };
        let Object::Stream(dict, data) = self.object_at(view, offset, reference)? else {
            return Err(ReadError::Structure("an object stream is missing"));
        };
        let data = self.stream_bytes(reference, &self.bytes[data])?;
        unpack(&dict, filters::decode(&dict, &data)?).map(Rc::new)
    }
}

/// The length of the line end (`\r\n`, `\n`, `\r`) that `bytes` begins with.
pub(crate) fn line_end(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Groups the sections (newest first) by revision, oldest first. A revision has two when a table is followed at once
/// by another; and the first revision of a linearised file (ISO 32000-1 annex F), whose second half is named by a
/// /Prev that points forward.
fn by_revision(chain: Vec<Section>) -> ReadResult<Vec<Vec<Section>>> {
    let mut revisions: Vec<Vec<Section>> = Vec::new();
    for section in chain {
        let continued = |newer: &Section| match section.startxref {
            None => newer.offset == section.end,
            Some(_) => newer.offset < section.offset,
        };
        match revisions.last_mut() {
            Some(newer) if newer.len() == 1 && continued(&newer[0]) => newer.push(section),
            _ => revisions.push(vec![section]),
        }
    }
    revisions.reverse();
    let forward = |sections: &Vec<Section>| sections.get(1).is_some_and(|second| second.startxref.is_some());
    if revisions.iter().skip(1).any(forward) {
        return Err(ReadError::Structure("a cross-reference section points forward"));
    }
    Ok(revisions)
}

fn revision(sections: Vec<Section>, start: usize) -> ReadResult<(Revision, Vec<(u32, Entry)>)> {
    let malformed = ReadError::Structure("a revision's startxref does not name its own section");
    let newest = sections.first().ok_or(malformed)?;
    let last = sections.iter().rev().find(|section| section.startxref.is_some()).ok_or(malformed)?;
    if last.startxref != Some(newest.offset) || newest.offset < start || last.end <= start {
        return Err(malformed);
    }
    let (kind, startxref, trailer, end) = (newest.kind, newest.offset, newest.trailer.clone(), last.end);
    let hidden = newest.hidden()?;
    let mut entries: Vec<(u32, Entry)> = Vec::new();
    let mut hidden_objects = Vec::new();
    for section in sections {
        entries.extend(section.entries);
        hidden_objects.extend(section.hidden_objects);
    }
    hidden_objects.sort_unstable();
    // The sections come newest first, and the sort keeps that order: what the newer says of an object holds.
    entries.sort_by_key(|&(number, _)| number);
    entries.dedup_by_key(|&mut (number, _)| number);
    for (_, entry) in &mut entries {
        match entry {
            Entry::At { offset, .. } if *offset >= end => {
                return Err(ReadError::Structure("an object lies after the revision that names it"));
            }
            Entry::At { offset: 0, .. } => *entry = Entry::Free,
            _ => {}
        }
    }
    let numbers = entries.iter().map(|&(number, _)| number).collect();
    let (bytes, highest) = (start..end, 0);
    let revision = Revision { bytes, kind, startxref, trailer, hidden, numbers, hidden_objects, highest };
    Ok((revision, entries))
}

fn unpack(dict: &Dict, data: Vec<u8>) -> ReadResult<ObjectStream> {
    let malformed = ReadError::Structure("a malformed object stream");
    let integer = |key: &[u8]| {
        dict.get(key)
            .and_then(Object::as_integer)
            .and_then(|value| usize::try_from(value).ok())
            .ok_or(malformed)
    };
    if dict.get(&b"Type"[..]).and_then(Object::as_name) != Some(b"ObjStm") {
        return Err(malformed);
    }
    let (count, first) = (integer(b"N")?, integer(b"First")?);
    if first > data.len() || count > first {
        return Err(malformed);
    }
    let mut parser = Parser::new(&data[..first], 0);
    let mut index = Vec::with_capacity(count);
    for _ in 0..count {
        let number = u32::try_from(parser.unsigned()?).map_err(|_| malformed)?;
        let offset = usize::try_from(parser.unsigned()?).ok().and_then(|offset| offset.checked_add(first));
        index.push((number, offset.filter(|&offset| offset < data.len()).ok_or(malformed)?));
    }
    Ok(ObjectStream { index, data })
}

/// The file as one revision left it.
#[derive(Clone, Copy)]
pub(crate) struct View<'f, 'a> {
    pub(crate) file: &'f File<'a>,
    pub(crate) index: usize,
}

impl<'f, 'a> View<'f, 'a> {
    pub(crate) fn revision(&self) -> &'f Revision {
        &self.file.revisions[self.index]
    }

    pub(crate) fn trailer(&self) -> &'f Dict {
        &self.revision().trailer
    }

    pub(crate) fn entry(&self, number: u32) -> Entry {
        let history = self.file.history.get(&number).map(Vec::as_slice).unwrap_or_default();
        let until = history.partition_point(|&(revision, _)| revision <= self.index);
        until.checked_sub(1).map_or(Entry::Free, |last| history[last].1)
    }

    /// Whether this revision says something else of `number` than the one before.
    pub(crate) fn differs(&self, number: u32) -> bool {
        let before = self.index.checked_sub(1).map(|index| self.file.view(index).entry(number));
        before != Some(self.entry(number))
    }

    /// The reference by which `number` can be reached in this revision, if it is in use.
    pub(crate) fn reference(&self, number: u32) -> Option<Ref> {
        match self.entry(number) {
            Entry::Free => None,
            Entry::At { generation, .. } => Some(Ref { number, generation }),
            Entry::InStream { .. } => Some(Ref { number, generation: 0 }),
        }
    }

    /// Every number in use, sorted.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> =
            self.file.history.keys().copied().filter(|&number| self.reference(number).is_some()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The indirect object; null when it is free or unknown (ISO 32000-1 §7.3.10).
    pub(crate) fn get(&self, reference: Ref) -> ReadResult<Object> {
        match self.entry(reference.number) {
            Entry::At { offset, generation } if generation == reference.generation => {
                let object = self.file.object_at(*self, offset, reference)?;
                match self.file.lock() {
                    None => Ok(object),
                    Some(lock) => lock.decrypt(reference, object),
                }
            }
            Entry::InStream { container, index } if reference.generation == 0 => {
                let stream = self.file.object_stream(*self, container)?;
                match stream.index.get(index as usize) {
                    Some(&(number, offset)) if number == reference.number => {
                        let mut object = self.file.parse(&mut Parser::new(&stream.data, offset))?;
                        forget_spans(&mut object);
                        Ok(object)
                    }
                    _ => Err(ReadError::Structure("an object stream does not hold the object named")),
                }
            }
            _ => Ok(Object::Null),
        }
    }

    /// What the object refers to: as [`View::get`], but without insisting on where a stream ends. Real files name
    /// wrong lengths; that is their signer's affair as long as nobody looks at the data.
    pub(crate) fn sketch(&self, reference: Ref) -> ReadResult<Object> {
        match self.entry(reference.number) {
            Entry::At { offset, .. } => {
                let mut parser = Parser::new(self.file.bytes, offset);
                if parser.object_header()? != reference {
                    return Err(ReadError::Structure("another object lies where one is named"));
                }
                let object = self.file.parse(&mut parser)?;
                parser.skip_space();
                match object {
                    Object::Dictionary(dict) if parser.take(b"stream") => Ok(Object::Stream(dict, 0..0)),
                    object => Ok(object),
                }
            }
            _ => self.get(reference),
        }
    }

    /// Follows references until a value is reached.
    pub(crate) fn resolve(&self, object: &Object) -> ReadResult<Object> {
        let mut object = object.clone();
        for _ in 0..MAX_HOPS {
            match object {
                Object::Reference(reference) => object = self.get(reference)?,
                Object::Conflict(_) => {
                    return Err(ReadError::Structure("a dictionary holds a key twice"));
                }
                value => return Ok(value),
            }
        }
        Err(ReadError::Structure("references run in a circle"))
    }

    /// The value of `key`, resolved; null when absent.
    pub(crate) fn value(&self, dict: &Dict, key: &str) -> ReadResult<Object> {
        dict.get(key.as_bytes()).map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The dictionary at `key`, resolved; none when absent, an error when something else stands there.
    pub(crate) fn dict(&self, dict: &Dict, key: &str) -> ReadResult<Option<Dict>> {
        match self.value(dict, key)? {
            Object::Null => Ok(None),
            Object::Dictionary(dict) => Ok(Some(dict)),
            _ => Err(ReadError::Structure("a dictionary is missing")),
        }
    }

    /// The array at `key`, resolved; empty when absent.
    pub(crate) fn array(&self, dict: &Dict, key: &str) -> ReadResult<Vec<Object>> {
        match self.value(dict, key)? {
            Object::Null => Ok(Vec::new()),
            Object::Array(items) => Ok(items),
            _ => Err(ReadError::Structure("an array is missing")),
        }
    }

    /// The unpacked data of an indirect stream; none when something else stands there.
    pub(crate) fn stream(&self, reference: Ref) -> ReadResult<Option<Vec<u8>>> {
        let Object::Stream(dict, data) = self.get(reference)? else { return Ok(None) };
        let data = self.file.stream_bytes(reference, &self.file.bytes[data])?;
        filters::decode(&dict, &data).map(Some)
    }

    pub(crate) fn root_reference(&self) -> ReadResult<Ref> {
        let root = self.trailer().get(&b"Root"[..]).and_then(Object::as_reference);
        root.ok_or(ReadError::Structure("the trailer names no catalogue"))
    }

    pub(crate) fn catalog(&self) -> ReadResult<Dict> {
        match self.get(self.root_reference()?)? {
            Object::Dictionary(dict) => Ok(dict),
            _ => Err(ReadError::Structure("the catalogue is missing")),
        }
    }

    /// An indirect stream length. It must be a plain number outside object streams, so reading it cannot recurse.
    fn length(&self, reference: Ref) -> ReadResult<Option<i64>> {
        let Entry::At { offset, generation } = self.entry(reference.number) else { return Ok(None) };
        let mut parser = Parser::new(self.file.bytes, offset);
        if generation != reference.generation || parser.object_header()? != reference {
            return Ok(None);
        }
        let length = self.file.parse(&mut parser)?.as_integer();
        parser.keyword("endobj")?;
        Ok(length)
    }
}

/// Spans of strings inside an object stream are no ranges of the file.
fn forget_spans(object: &mut Object) {
    match object {
        Object::String(string) => string.span = 0..0,
        Object::Array(items) | Object::Conflict(items) => items.iter_mut().for_each(forget_spans),
        Object::Dictionary(dict) => dict.values_mut().for_each(forget_spans),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::sample;

    #[test]
    fn every_reading_counts_and_ends_at_a_bound() {
        let pdf = sample(&["<</Type/Catalog>>", "(long)"]);
        let file = File::open(&pdf).unwrap();
        let reference = Ref { number: 2, generation: 0 };
        for _ in 0..3 {
            let before = file.read.get();
            file.last().get(reference).unwrap();
            assert!(file.read.get() >= before + "(long)".len());
        }
        file.read.set(MAX_READ + 1);
        assert_eq!(
            file.last().get(reference).unwrap_err(),
            ReadError::Structure("its revisions ask for too much reading")
        );
    }
}
