//! The little ASN.1 that CMS needs: a reader of tag-length-value that keeps the raw bytes of every element (what is
//! hashed and signed must be the bytes as they came, never a re-encoding), a writer of DER, and the front door for
//! BER: about one signed PDF in ten uses indefinite lengths.

/// Tags used here (ITU-T X.690 §8.1.2).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const ENUMERATED: u8 = 0x0A;
    pub(crate) const UTF8_STRING: u8 = 0x0C;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const OID: u8 = 0x06;
    /// The whole element.
    pub(crate) const NULL: &[u8] = &[0x05, 0x00];
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const CONTEXT_0: u8 = 0xA0;
    pub(crate) const CONTEXT_1: u8 = 0xA1;
    pub(crate) const CONTEXT_2: u8 = 0xA2;
    pub(crate) const CONTEXT_3: u8 = 0xA3;
    pub(crate) const CONTEXT_4: u8 = 0xA4;
    pub(crate) const IMPLICIT_0: u8 = 0x80;
    pub(crate) const IMPLICIT_1: u8 = 0x81;
    pub(crate) const IMPLICIT_2: u8 = 0x82;
}

const MAX_DEPTH: usize = 32;

/// The bit of a tag that says: elements inside.
const CONSTRUCTED: u8 = 0x20;

/// The encoding cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed ASN.1")]
pub(crate) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// One element: its tag, its content, and both with the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(crate) fn children(&self) -> Reader<'a> {
        Reader { rest: self.content }
    }
}

/// Reads elements one after the other; DER lengths only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn next(&mut self) -> Result<Element<'a>> {
        let header = header(self.rest)?;
        let length = header.length.ok_or(Malformed)?;
        let end = header.size.checked_add(length).ok_or(Malformed)?;
        let raw = self.rest.get(..end).ok_or(Malformed)?;
        self.rest = &self.rest[end..];
        Ok(Element { tag: raw[0], content: &raw[header.size..], raw })
    }

    /// The next element, which must carry `tag`.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        self.next().and_then(|element| if element.tag == tag { Ok(element) } else { Err(Malformed) })
    }

    /// The next element if it carries `tag`.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.rest.first() == Some(&tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// Every element that is left.
    pub(crate) fn all(mut self) -> Result<Vec<Element<'a>>> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            elements.push(self.next()?);
        }
        Ok(elements)
    }
}

struct Header {
    size: usize,
    /// None: indefinite.
    length: Option<usize>,
}

/// Tags above 30 do not occur in CMS and are refused; so are lengths beyond four bytes.
fn header(bytes: &[u8]) -> Result<Header> {
    let &[tag, first, ..] = bytes else { return Err(Malformed) };
    if tag & 0x1F == 0x1F {
        return Err(Malformed);
    }
    match first {
        0x80 if tag & 0x20 != 0 => Ok(Header { size: 2, length: None }),
        0..0x80 => Ok(Header { size: 2, length: Some(usize::from(first)) }),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7F);
            let digits = bytes.get(2..2 + count).ok_or(Malformed)?;
            let length = digits.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            Ok(Header { size: 2 + count, length: Some(length) })
        }
        _ => Err(Malformed),
    }
}

/// Takes one BER element from the front of `bytes` and gives it with definite lengths and whole octet strings,
/// beside the number of bytes it took. What needs neither stays byte for byte as it came, certificates above all.
/// Elements of a SET stay in their order.
pub(crate) fn from_ber(bytes: &[u8]) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::with_capacity(bytes.len().min(1 << 16));
    let (taken, _) = normalise(bytes, &mut out, 0)?;
    Ok((out, taken))
}

/// Appends the element to `out`; gives the bytes it took and whether it had to be written anew.
fn normalise(bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(usize, bool)> {
    if depth > MAX_DEPTH {
        return Err(Malformed);
    }
    let Header { size, length } = header(bytes)?;
    let tag = bytes[0];
    let limit = match length {
        Some(length) => size.checked_add(length).filter(|&end| end <= bytes.len()).ok_or(Malformed)?,
        None => bytes.len(),
    };
    if tag & CONSTRUCTED == 0 {
        out.extend_from_slice(&bytes[..limit]);
        return Ok((limit, false));
    }
    let mut inner = Vec::new();
    let mut anew = length.is_none();
    let mut at = size;
    let end = loop {
        match length {
            Some(_) if at == limit => break at,
            None if bytes[at..limit].starts_with(&[0, 0]) => break at + 2,
            _ => {
                let (taken, changed) = normalise(&bytes[at..limit], &mut inner, depth + 1)?;
                at += taken;
                anew |= changed;
            }
        }
    };
    if tag == tag::OCTET_STRING | CONSTRUCTED {
        // An octet string in pieces (X.690 §8.7.3) becomes one.
        let mut whole = Vec::new();
        for piece in Reader::new(&inner).all()? {
            if piece.tag != tag::OCTET_STRING {
                return Err(Malformed);
            }
            whole.extend_from_slice(piece.content);
        }
        out.extend(encode(tag::OCTET_STRING, &whole));
        return Ok((end, true));
    }
    if anew {
        out.extend(encode(tag, &inner));
    } else {
        out.extend_from_slice(&bytes[..end]);
    }
    Ok((end, anew))
}

/// A UTCTime or GeneralizedTime in UTC (RFC 5280 §4.1.2.5), in seconds since 1970; a fraction is dropped.
pub(crate) fn time(element: Element<'_>) -> Result<i64> {
    let text = std::str::from_utf8(element.content).map_err(|_| Malformed)?;
    let (digits, fraction) = text
        .strip_suffix('Z')
        .ok_or(Malformed)?
        .split_at_checked(match element.tag {
            tag::UTC_TIME => 12,
            tag::GENERALIZED_TIME => 14,
            _ => return Err(Malformed),
        })
        .ok_or(Malformed)?;
    let fraction_is_well =
        fraction.strip_prefix('.').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(fraction.is_empty() || fraction_is_well) {
        return Err(Malformed);
    }
    let number = |text: &str| text.parse::<i16>().map_err(|_| Malformed);
    let (year, rest) = if element.tag == tag::UTC_TIME {
        let short = number(&digits[..2])?;
        (if short < 50 { 2000 + short } else { 1900 + short }, &digits[2..])
    } else {
        (number(&digits[..4])?, &digits[4..])
    };
    let two =
        |at: usize| number(&rest[at..at + 2]).and_then(|number| i8::try_from(number).map_err(|_| Malformed));
    let moment = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0);
    let moment = moment.and_then(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| Malformed)?;
    Ok(moment.timestamp().as_second())
}

/// One DER element.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    if content.len() < 0x80 {
        out.push(content.len() as u8);
    } else {
        let length = content.len().to_be_bytes();
        let zeros = length.iter().take_while(|&&byte| byte == 0).count();
        out.push(0x80 | (length.len() - zeros) as u8);
        out.extend_from_slice(&length[zeros..]);
    }
    out.extend_from_slice(content);
    out
}

/// A SEQUENCE, SET … of encoded parts.
pub(crate) fn constructed(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    encode(tag, &parts.concat())
}

/// A SET OF in DER order (X.690 §11.6).
pub(crate) fn set_of(tag: u8, mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    encode(tag, &parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 1, 7, 0x04, 1, 8, 0, 0, 0x02, 1, 5, 0, 0, 0xFF];
        let (der, taken) = from_ber(&ber).unwrap();
        assert_eq!(der, [0x30, 7, 0x04, 2, 7, 8, 0x02, 1, 5]);
        assert_eq!(taken, ber.len() - 1);
    }

    #[test]
    fn what_is_der_already_stays_as_it_came() {
        // A length in more bytes than needed, beside an indefinite one: only the latter is written anew.
        let long = [0x30, 0x81, 3, 0x02, 1, 5];
        let ber = [&[0x30, 0x80][..], &long, &[0, 0]].concat();
        assert_eq!(from_ber(&ber).unwrap().0, [&[0x30, 6][..], &long].concat());
        assert_eq!(from_ber(&long).unwrap(), (long.to_vec(), long.len()));
    }

    #[test]
    fn times_are_read_in_both_forms() {
        let time = |tag, text: &str| time(Element { tag, content: text.as_bytes(), raw: &[] });
        assert_eq!(time(tag::UTC_TIME, "700101000001Z"), Ok(1));
        assert_eq!(time(tag::GENERALIZED_TIME, "20261121113059.25Z"), Ok(1_795_260_659));
        for wrong in
            ["20261321113059Z", "20261121113059", "2026112111305Z", "20261121113059.Z1", "-0261121113059Z"]
        {
            assert_eq!(time(tag::GENERALIZED_TIME, wrong), Err(Malformed), "{wrong}");
        }
    }

    #[test]
    fn endless_nesting_is_refused() {
        assert_eq!(from_ber(&[0x30, 0x80].repeat(50_000)).unwrap_err(), Malformed);
    }
}
