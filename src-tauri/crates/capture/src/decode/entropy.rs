//! Whether a JPEG's compressed data is whole: every scan is read through, symbol by symbol, and must hold exactly the
//! blocks its frame calls for and end exactly where the next marker stands.
//!
//! Decoders, strict ones too, make up zeros when a scan ends early: a cut page with an end marker behind it decodes
//! as a page with a grey foot. And bytes lost in the middle decode as a shifted, smeared rest. Here a cut is always
//! found, and so is the loss of more than a few dozen bytes; a smaller wound is found about every other time, as
//! Huffman codes fall back into step and may by chance hold as many blocks. No pixel is made; it costs a fraction
//! of decoding and runs beside it.

use super::jpeg::{corrupt, segment, truncated};
use crate::CaptureError;

/// Checks the picture that starts at byte 0 and has been walked by [`super::jpeg_header`].
pub(super) fn check(bytes: &[u8]) -> Result<(), CaptureError> {
    let mut state = State::default();
    let mut at = 2;
    loop {
        while bytes.get(at) == Some(&0xFF) && bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        let marker = *bytes.get(at + 1).ok_or_else(truncated)?;
        at += 2;
        match marker {
            0xD9 => return state.complete(),
            0xD0..=0xD7 | 0x01 => continue,
            _ => {}
        }
        let body = segment(bytes, at)?;
        at += 2 + body.len();
        match marker {
            0xC0..=0xC2 => state.frame(body, marker == 0xC2)?,
            0xC4 => state.tables(body)?,
            0xDD => match body {
                &[high, low, ..] => state.restart = usize::from(u16::from_be_bytes([high, low])),
                _ => return Err(corrupt("a short restart segment")),
            },
            // Motion pictures leave out the standard tables; the decoder knows them and judges alone.
            0xDA if state.tables.iter().all(Option::is_none) => return Ok(()),
            0xDA => at = state.scan(body, bytes, at)?,
            _ => {}
        }
    }
}

#[derive(Default)]
struct Component {
    id: u8,
    across: usize,
    down: usize,
    /// Blocks that hold picture, across and down.
    blocks: (usize, usize),
    /// Blocks across including those that fill the last unit.
    stride: usize,
    /// For each coefficient, how many of its low bits no scan has given yet; at first, all.
    missing: Vec<u8>,
    /// For progressive pictures, which coefficients of each block are not zero so far.
    nonzero: Vec<u64>,
}

#[derive(Default)]
struct State {
    progressive: bool,
    components: Vec<Component>,
    /// Units of an interleaved scan, across and down.
    units: (usize, usize),
    restart: usize,
    /// Tables 0–3 for DC, 4–7 for AC.
    tables: [Option<Box<Table>>; 8],
}

/// What one scan does to each block.
#[derive(Clone, Copy)]
struct Pass {
    progressive: bool,
    first: usize,
    last: usize,
    /// Whether this scan adds a bit to what earlier scans gave.
    refines: bool,
}

impl State {
    fn frame(&mut self, body: &[u8], progressive: bool) -> Result<(), CaptureError> {
        let &[_, h1, h0, w1, w0, count, ref rest @ ..] = body else {
            return Err(corrupt("a short frame header"));
        };
        let (width, height) =
            (usize::from(u16::from_be_bytes([w1, w0])), usize::from(u16::from_be_bytes([h1, h0])));
        if rest.len() < 3 * usize::from(count) {
            return Err(corrupt("a short frame header"));
        }
        let parts: Vec<(u8, usize, usize)> = rest
            .chunks_exact(3)
            .take(usize::from(count))
            .map(|c| (c[0], usize::from(c[1] >> 4), usize::from(c[1] & 15)))
            .collect();
        if parts.iter().any(|&(_, across, down)| !(1..=4).contains(&across) || !(1..=4).contains(&down)) {
            return Err(corrupt("a sampling factor outside 1 to 4"));
        }
        let widest = parts.iter().map(|p| p.1).max().unwrap_or(1);
        let tallest = parts.iter().map(|p| p.2).max().unwrap_or(1);
        self.progressive = progressive;
        self.units = (width.div_ceil(8 * widest), height.div_ceil(8 * tallest));
        self.components = parts
            .into_iter()
            .map(|(id, across, down)| {
                let stride = self.units.0 * across;
                let nonzero = if progressive { vec![0; stride * self.units.1 * down] } else { Vec::new() };
                let blocks = ((width * across).div_ceil(8 * widest), (height * down).div_ceil(8 * tallest));
                Component { id, across, down, blocks, stride, missing: vec![16; 64], nonzero }
            })
            .collect();
        Ok(())
    }

    fn tables(&mut self, mut body: &[u8]) -> Result<(), CaptureError> {
        while let Some((&head, rest)) = body.split_first() {
            let slot = usize::from(head >> 4) * 4 + usize::from(head & 15);
            let (Some(counts), true) = (rest.get(..16), head >> 4 < 2 && head & 15 < 4) else {
                return Err(corrupt("a bad Huffman table"));
            };
            let total: usize = counts.iter().map(|c| usize::from(*c)).sum();
            let symbols = rest.get(16..16 + total).ok_or_else(|| corrupt("a short Huffman table"))?;
            self.tables[slot] = Some(Box::new(Table::new(counts, symbols)?));
            body = &rest[16 + total..];
        }
        Ok(())
    }

    /// Every coefficient of every component must have come, to the last bit: encoders always write them all, so a
    /// picture without is one whose last scans are lost.
    fn complete(&self) -> Result<(), CaptureError> {
        let whole = self.components.iter().all(|c| c.missing.iter().all(|bits| *bits == 0));
        if whole { Ok(()) } else { Err(truncated()) }
    }

    /// Reads one scan through; gives the offset of the marker after it.
    fn scan(&mut self, body: &[u8], bytes: &[u8], at: usize) -> Result<usize, CaptureError> {
        let short = || corrupt("a bad scan header");
        let count = usize::from(*body.first().ok_or_else(short)?);
        let rest = body.get(1 + 2 * count..4 + 2 * count).ok_or_else(short)?;
        let pass = Pass {
            progressive: self.progressive,
            first: usize::from(rest[0]),
            last: usize::from(rest[1]),
            refines: rest[2] >> 4 != 0,
        };
        let pass = if self.progressive { pass } else { Pass { first: 0, last: 63, refines: false, ..pass } };
        if pass.last > 63 || pass.first > pass.last || (pass.progressive && pass.first == 0 && pass.last != 0)
        {
            return Err(short());
        }
        let mut chosen = Vec::with_capacity(count);
        for pair in body[1..1 + 2 * count].chunks_exact(2) {
            let component = self.components.iter().position(|c| c.id == pair[0]).ok_or_else(short)?;
            if pair[1] >> 4 > 3
                || pair[1] & 15 > 3
                || chosen.iter().any(|c: &(usize, usize, usize)| c.0 == component)
            {
                return Err(short());
            }
            chosen.push((component, usize::from(pair[1] >> 4), 4 + usize::from(pair[1] & 15)));
        }
        if chosen.is_empty() || (pass.first > 0 && chosen.len() > 1) {
            return Err(short());
        }
        let bits_left = if self.progressive { rest[2] & 15 } else { 0 };
        for &(component, ..) in &chosen {
            self.components[component].missing[pass.first..=pass.last].fill(bits_left);
        }
        let (across, down) = match *chosen {
            [(only, ..)] => self.components[only].blocks,
            _ => self.units,
        };
        let alone = chosen.len() == 1;
        let mut bits = Bits::new(bytes, at);
        let mut run = 0;
        let (mut left, mut restarts) = (self.restart, 0u8);
        for y in 0..down {
            for x in 0..across {
                if self.restart > 0 && left == 0 {
                    bits.restart(restarts)?;
                    restarts = (restarts + 1) % 8;
                    left = self.restart;
                    if run != 0 {
                        return Err(corrupt("a run of blocks across a restart"));
                    }
                }
                left = left.wrapping_sub(1);
                for &(index, dc, ac) in &chosen {
                    let component = &mut self.components[index];
                    let (dc, ac) = (self.tables[dc].as_deref(), self.tables[ac].as_deref());
                    let (wide, high) = if alone { (1, 1) } else { (component.across, component.down) };
                    for block in 0..wide * high {
                        let (bx, by) = (x * wide + block % wide, y * high + block / wide);
                        let mut none = 0;
                        let nonzero =
                            component.nonzero.get_mut(by * component.stride + bx).unwrap_or(&mut none);
                        bits.block(pass, dc, ac, &mut run, nonzero)?;
                    }
                }
            }
        }
        if run != 0 {
            return Err(corrupt("a run of blocks beyond the picture"));
        }
        bits.end()
    }
}

/// Codes up to this long are looked up at once.
const QUICK: u32 = 10;

/// A Huffman table (ISO/IEC 10918-1 Annex C).
struct Table {
    /// By the next [`QUICK`] bits: code length (0 when longer) and symbol.
    quick: Vec<(u8, u8)>,
    /// For each length 1–16: the first 16-bit value beyond its codes, and its codes' place among the symbols less
    /// the first code.
    longer: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8], symbols: &[u8]) -> Result<Self, CaptureError> {
        let mut quick = vec![(0, 0); 1 << QUICK];
        let mut longer = [(0, 0); 17];
        let (mut code, mut next) = (0usize, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            longer[length as usize].1 = next as i32 - code as i32;
            for &symbol in &symbols[next..next + usize::from(count)] {
                if length <= QUICK {
                    let width = 1usize << (QUICK - length);
                    quick
                        .get_mut(code * width..(code + 1) * width)
                        .ok_or_else(|| corrupt("an overfull Huffman table"))?
                        .fill((length as u8, symbol));
                }
                code += 1;
            }
            next += usize::from(count);
            if code > 1 << length {
                return Err(corrupt("an overfull Huffman table"));
            }
            longer[length as usize].0 = (code as u32) << (16 - length);
            code <<= 1;
        }
        Ok(Self { quick, longer, symbols: symbols.to_vec() })
    }

    /// Length and symbol of the code that 16 bits start with; length 0 when there is none.
    fn look_up(&self, bits: u32) -> (u8, u8) {
        let found = self.quick[(bits >> (16 - QUICK)) as usize];
        if found.0 != 0 {
            return found;
        }
        for length in QUICK + 1..=16 {
            let (beyond, offset) = self.longer[length as usize];
            if bits < beyond {
                let index = (bits >> (16 - length)) as i32 + offset;
                return self.symbols.get(index as usize).map_or((0, 0), |symbol| (length as u8, *symbol));
            }
        }
        (0, 0)
    }
}

/// Bits of a scan, stuffing removed, never past a marker.
struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte not yet taken in.
    at: usize,
    buffer: u64,
    held: u32,
    /// Bits in `buffer` that were made up after the data ended.
    made_up: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, held: 0, made_up: 0 }
    }

    /// Holds at least 16 bits; ones are made up past the end and counted.
    fn fill(&mut self) {
        // Four plain bytes at once, the common case.
        if self.held <= 32
            && let Some(&[a, b, c, d]) = self.bytes.get(self.at..self.at + 4)
            && a != 0xFF
            && b != 0xFF
            && c != 0xFF
            && d != 0xFF
        {
            self.buffer = self.buffer << 32 | u64::from(u32::from_be_bytes([a, b, c, d]));
            self.held += 32;
            self.at += 4;
            return;
        }
        while self.held <= 48 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(0xFF), _) | (None, _) => {
                    self.made_up += 8;
                    0xFF
                }
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.held += 8;
        }
    }

    fn take(&mut self, count: u32) -> Result<u32, CaptureError> {
        if count == 0 {
            return Ok(0);
        }
        if self.held < count {
            self.fill();
        }
        self.held -= count;
        if self.held < self.made_up {
            return Err(truncated());
        }
        Ok((self.buffer >> self.held) as u32 & ((1 << count) - 1))
    }

    fn symbol(&mut self, table: Option<&Table>) -> Result<u8, CaptureError> {
        let table = table.ok_or_else(|| corrupt("a scan without its Huffman table"))?;
        if self.held < 16 {
            self.fill();
        }
        let (length, symbol) = table.look_up((self.buffer >> (self.held - 16)) as u32 & 0xFFFF);
        if length == 0 {
            return Err(if self.held < self.made_up + 16 {
                truncated()
            } else {
                corrupt("a code that does not exist")
            });
        }
        self.held -= u32::from(length);
        if self.held < self.made_up {
            return Err(truncated());
        }
        Ok(symbol)
    }

    /// Reads one block's share of a scan. `run` counts blocks still to be passed over by an end-of-band run.
    fn block(
        &mut self,
        pass: Pass,
        dc: Option<&Table>,
        ac: Option<&Table>,
        run: &mut u32,
        nonzero: &mut u64,
    ) -> Result<(), CaptureError> {
        if pass.first == 0 {
            if pass.refines {
                self.take(1)?;
            } else {
                let size = self.symbol(dc)?;
                if size > 11 {
                    return Err(corrupt("a difference out of range"));
                }
                self.take(u32::from(size))?;
            }
        }
        match (pass.progressive, pass.refines) {
            (true, _) if pass.first == 0 => Ok(()),
            (true, true) => self.refine(pass, ac, run, nonzero),
            _ => self.coefficients(pass, ac, run, nonzero),
        }
    }

    /// The coefficients of a sequential block, or of a band's first scan.
    fn coefficients(
        &mut self,
        pass: Pass,
        ac: Option<&Table>,
        run: &mut u32,
        nonzero: &mut u64,
    ) -> Result<(), CaptureError> {
        if *run > 0 {
            *run -= 1;
            return Ok(());
        }
        let mut k = pass.first.max(1);
        while k <= pass.last {
            let symbol = self.symbol(ac)?;
            let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                match zeros {
                    15 => k += 16,
                    0 if !pass.progressive => return Ok(()),
                    _ if !pass.progressive => return Err(corrupt("a code out of place")),
                    _ => {
                        *run = (1 << zeros) + self.take(zeros)? - 1;
                        return Ok(());
                    }
                }
                continue;
            }
            k += zeros as usize;
            if k > pass.last {
                return Err(corrupt("a coefficient outside its block"));
            }
            self.take(size)?;
            *nonzero |= 1 << k;
            k += 1;
        }
        if k > pass.last + 1 {
            return Err(corrupt("a coefficient outside its block"));
        }
        Ok(())
    }

    /// One more bit for a band (ISO/IEC 10918-1 §G.1.2.3).
    fn refine(
        &mut self,
        pass: Pass,
        ac: Option<&Table>,
        run: &mut u32,
        nonzero: &mut u64,
    ) -> Result<(), CaptureError> {
        let known = *nonzero;
        let mut k = pass.first;
        if *run == 0 {
            while k <= pass.last {
                let symbol = self.symbol(ac)?;
                let (mut zeros, size) = (u32::from(symbol >> 4), symbol & 15);
                match size {
                    0 if zeros < 15 => {
                        *run = (1 << zeros) + self.take(zeros)?;
                        break;
                    }
                    0 => {}
                    1 => {
                        self.take(1)?;
                    }
                    _ => return Err(corrupt("a code out of place")),
                }
                loop {
                    if k > pass.last {
                        return Err(corrupt("a coefficient outside its block"));
                    }
                    if known >> k & 1 == 1 {
                        self.take(1)?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    k += 1;
                }
                if size == 1 {
                    *nonzero |= 1 << k;
                }
                k += 1;
            }
        }
        if *run > 0 {
            if k <= pass.last {
                let rest = u64::MAX >> (63 - pass.last) & u64::MAX << k;
                for _ in 0..(known & rest).count_ones() {
                    self.take(1)?;
                }
            }
            *run -= 1;
        }
        Ok(())
    }

    /// Padding of less than a byte, then the restart marker with this number.
    fn restart(&mut self, number: u8) -> Result<(), CaptureError> {
        let at = self.end()?;
        match self.bytes.get(at + 1) {
            Some(code) if *code == 0xD0 + number => {
                *self = Self::new(self.bytes, at + 2);
                Ok(())
            }
            Some(0xD9) => Err(truncated()),
            _ => Err(corrupt("a restart marker missing or out of order")),
        }
    }

    /// Padding of less than a byte, then a marker; gives its offset.
    fn end(&mut self) -> Result<usize, CaptureError> {
        self.fill();
        if self.held - self.made_up >= 8 || self.bytes.get(self.at) != Some(&0xFF) {
            return Err(corrupt("more data than the picture has blocks"));
        }
        let mut at = self.at;
        while self.bytes.get(at + 1) == Some(&0xFF) {
            at += 1;
        }
        Ok(at)
    }
}
