//! A strict, bounded parser of PDF objects (ISO 32000-1 §7.2–7.3). It repairs nothing: what two readers might
//! understand differently is an error. Depth is bounded, it never panics and reads every byte at most once a call.

use std::collections::btree_map::Entry;

use super::object::{Dict, Object, PdfString, Ref};

/// Nesting beyond which an object is refused.
const MAX_DEPTH: usize = 64;
/// Values inside one object beyond which it is refused: each takes far more memory than the two bytes it may be
/// written in.
const MAX_VALUES: usize = 2_000_000;

/// What is wrong with the syntax, and at which byte of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub(crate) struct SyntaxError {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

type Result<T> = std::result::Result<T, SyntaxError>;

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// Reads objects from `bytes`, starting at `at`.
pub(crate) struct Parser<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    /// Values read so far.
    values: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, values: 0 }
    }

    pub(crate) fn fail<T>(&self, what: &'static str) -> Result<T> {
        Err(SyntaxError { what, at: self.at })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                let rest = self.rest();
                self.at += memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            } else {
                break;
            }
        }
    }

    /// Takes `literal` if it stands here.
    pub(crate) fn take(&mut self, literal: &[u8]) -> bool {
        let found = self.rest().starts_with(literal);
        if found {
            self.at += literal.len();
        }
        found
    }

    /// Takes a keyword that must stand here, after white space, and end here.
    pub(crate) fn keyword(&mut self, keyword: &'static str) -> Result<()> {
        self.skip_space();
        if self.take(keyword.as_bytes()) && !self.peek().is_some_and(is_regular) {
            return Ok(());
        }
        self.fail("a keyword is missing")
    }

    /// An unsigned integer of plain digits.
    pub(crate) fn unsigned(&mut self) -> Result<u64> {
        self.skip_space();
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = std::str::from_utf8(&self.rest()[..digits]).ok().and_then(|text| text.parse().ok());
        match value {
            Some(value) if digits <= 19 => {
                self.at += digits;
                Ok(value)
            }
            _ => self.fail("a number is missing"),
        }
    }

    /// `12 0 obj`
    pub(crate) fn object_header(&mut self) -> Result<Ref> {
        let at = self.at;
        let number = self.unsigned()?;
        let generation = self.unsigned()?;
        self.keyword("obj")?;
        match (u32::try_from(number), u16::try_from(generation)) {
            (Ok(number), Ok(generation)) => Ok(Ref { number, generation }),
            _ => Err(SyntaxError { what: "an object number is out of range", at }),
        }
    }

    pub(crate) fn object(&mut self) -> Result<Object> {
        self.nested(0)
    }

    pub(crate) fn dictionary(&mut self) -> Result<Dict> {
        self.skip_space();
        if !self.take(b"<<") {
            return self.fail("a dictionary is missing");
        }
        self.dictionary_body(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Object> {
        if depth > MAX_DEPTH {
            return self.fail("objects nest too deep");
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return self.fail("an object holds too many values");
        }
        self.skip_space();
        let Some(byte) = self.peek() else { return self.fail("the file ends inside an object") };
        match byte {
            b'/' => self.name().map(Object::Name),
            b'(' => self.literal_string().map(Object::String),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                self.dictionary_body(depth).map(Object::Dictionary)
            }
            b'<' => self.hex_string().map(Object::String),
            b'[' => {
                self.at += 1;
                self.array_body(depth).map(Object::Array)
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number_or_reference(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Object> {
        let length = self.rest().iter().take_while(|&&byte| is_regular(byte)).count();
        let object = match &self.rest()[..length] {
            b"null" => Object::Null,
            b"true" => Object::Boolean(true),
            b"false" => Object::Boolean(false),
            _ => return self.fail("an unknown keyword"),
        };
        self.at += length;
        Ok(object)
    }

    fn number_or_reference(&mut self) -> Result<Object> {
        let lexeme = self.number_lexeme();
        let text = std::str::from_utf8(lexeme).unwrap_or_default();
        if !text.contains('.') {
            let Ok(value) = text.parse::<i64>() else { return self.fail("a number is out of range") };
            return Ok(self.reference_after(text, value).unwrap_or(Object::Integer(value)));
        }
        if text.len() > 64 || text.parse::<f64>().is_err() {
            return self.fail("a malformed real number");
        }
        Ok(Object::Real(lexeme.to_vec()))
    }

    fn number_lexeme(&mut self) -> &'a [u8] {
        let length =
            self.rest().iter().take_while(|byte| byte.is_ascii_digit() || b"+-.".contains(byte)).count();
        let lexeme = &self.rest()[..length];
        self.at += length;
        lexeme
    }

    /// After the integer `text`: if ` G R` follows, the reference it begins.
    fn reference_after(&mut self, text: &str, value: i64) -> Option<Object> {
        let number = u32::try_from(value).ok().filter(|_| text.as_bytes()[0].is_ascii_digit())?;
        let mut ahead = Parser::new(self.bytes, self.at);
        ahead.peek().filter(|&byte| is_space(byte))?;
        ahead.skip_space();
        let digits = ahead.rest().iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > 5 {
            return None;
        }
        let generation = u16::try_from(ahead.unsigned().ok()?).ok()?;
        ahead.peek().filter(|&byte| is_space(byte))?;
        ahead.keyword("R").ok()?;
        self.at = ahead.at;
        Some(Object::Reference(Ref { number, generation }))
    }

    fn name(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek().filter(|&byte| is_regular(byte)) {
            if byte == b'#' {
                let digits = self.bytes.get(self.at + 1..self.at + 3).unwrap_or_default();
                match digits {
                    [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                        name.push(hex_value(*high) << 4 | hex_value(*low));
                        self.at += 3;
                    }
                    _ => return self.fail("a malformed name"),
                }
            } else {
                name.push(byte);
                self.at += 1;
            }
        }
        Ok(name)
    }

    fn hex_string(&mut self) -> Result<PdfString> {
        let start = self.at;
        let body = &self.rest()[1..];
        let Some(length) = memchr::memchr(b'>', body) else { return self.fail("a string has no end") };
        let mut bytes = Vec::with_capacity(length / 2);
        let mut high = None;
        for &byte in &body[..length] {
            if is_space(byte) {
                continue;
            }
            if !byte.is_ascii_hexdigit() {
                return self.fail("a malformed hexadecimal string");
            }
            match high.take() {
                None => high = Some(hex_value(byte)),
                Some(value) => bytes.push(value << 4 | hex_value(byte)),
            }
        }
        bytes.extend(high.map(|value| value << 4));
        self.at += length + 2;
        Ok(PdfString { bytes, hexadecimal: true, span: start..self.at })
    }

    fn literal_string(&mut self) -> Result<PdfString> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        let mut open = 1_usize;
        loop {
            let Some(byte) = self.peek() else { return self.fail("a string has no end") };
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(PdfString { bytes, hexadecimal: false, span: start..self.at });
                    }
                }
                b'\\' => {
                    self.escape(&mut bytes);
                    continue;
                }
                b'\r' => {
                    self.take(b"\n");
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a backslash (ISO 32000-1 table 3).
    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\n' => {}
            b'\r' => {
                self.take(b"\n");
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit) = self.peek().filter(|digit| (b'0'..=b'7').contains(digit)) else {
                        break;
                    };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                bytes.push((value & 0xFF) as u8);
            }
            other => bytes.push(other),
        }
    }

    fn array_body(&mut self, depth: usize) -> Result<Vec<Object>> {
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(b"]") {
                return Ok(items);
            }
            items.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary_body(&mut self, depth: usize) -> Result<Dict> {
        let mut dict = Dict::new();
        loop {
            self.skip_space();
            if self.take(b">>") {
                return Ok(dict);
            }
            if self.peek() != Some(b'/') {
                return self.fail("a dictionary key is not a name");
            }
            let key = self.name()?;
            let value = self.nested(depth + 1)?;
            match dict.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) if *entry.get() == value => {}
                Entry::Occupied(mut entry) => match entry.get_mut() {
                    Object::Conflict(values) => values.push(value),
                    first => *first = Object::Conflict(vec![std::mem::replace(first, Object::Null), value]),
                },
            }
        }
    }
}

pub(crate) fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Object> {
        Parser::new(text.as_bytes(), 0).object()
    }

    #[test]
    fn reads_every_kind_of_object() {
        let object =
            parse("<</A 1/B -2.50/C(a\\(\\051\\n(b))/D<4 1>/E[1 0 R 2 3 null true]/F#20G/H>>").unwrap();
        let dict = object.as_dict().unwrap();
        assert_eq!(dict[&b"A"[..]], Object::Integer(1));
        assert_eq!(dict[&b"B"[..]], Object::Real(b"-2.50".to_vec()));
        assert_eq!(dict[&b"C"[..]].as_string().unwrap().bytes, b"a()\n(b)");
        assert_eq!(dict[&b"D"[..]].as_string().unwrap().bytes, b"A");
        assert_eq!(dict[&b"E"[..]].as_array().unwrap().len(), 5);
        assert_eq!(dict[&b"F G"[..]], Object::name("H"));
    }

    #[test]
    fn a_key_written_twice_has_no_value_and_endless_nesting_is_refused() {
        let object = parse("<</A 1/B 2/A 2/A 3/B 2>>").unwrap();
        let dict = object.as_dict().unwrap();
        assert!(matches!(&dict[&b"A"[..]], Object::Conflict(values) if values.len() == 3));
        assert_eq!(dict[&b"A"[..]].as_integer(), None);
        assert_eq!(dict[&b"B"[..]].as_integer(), Some(2));
        assert_eq!(parse(&"[".repeat(100_000)).unwrap_err().what, "objects nest too deep");
        assert_eq!(
            parse(&format!("[{}]", "0 ".repeat(MAX_VALUES))).unwrap_err().what,
            "an object holds too many values"
        );
        assert!(parse("<</A 1").is_err());
        assert!(parse("(abc").is_err());
    }
}
