//! What is known of a QR symbol before it is read (ISO/IEC 18004): the modules that only depend on its size.

use rxing::qrcode::common::Version;

/// Modules along a side of the smallest and the largest symbol.
const SIDE_MIN: usize = 21;
const SIDE_MAX: usize = 177;

/// A module whose colour is known: column, row, black.
pub(crate) type Known = (usize, usize, bool);

/// A symbol of one size.
pub(crate) struct Symbol {
    /// Modules along a side.
    pub(crate) side: usize,
    /// Everything that is known, the middle of the bottom right alignment pattern included.
    pub(crate) known: Vec<Known>,
}

impl Symbol {
    /// The symbol with `side` modules a side; `None` when there is none.
    pub(crate) fn of(side: usize) -> Option<Self> {
        if !(SIDE_MIN..=SIDE_MAX).contains(&side) || side % 4 != 1 {
            return None;
        }
        let number = (side - 17) / 4;
        let version = Version::getVersionForNumber(number as u32).ok()?;
        let centres: Vec<usize> =
            version.getAlignmentPatternCenters().iter().map(|&centre| centre as usize).collect();
        let mut known = finders(side);
        for column in 8..side - 8 {
            let black = column % 2 == 0;
            known.push((column, 6, black));
            known.push((6, column, black));
        }
        known.push((8, side - 8, true));
        for &x in &centres {
            for &y in &centres {
                let (left, top, low) = (x <= 6, y <= 6, side - 7);
                let in_finder = (left && (top || y == low)) || (x == low && top);
                // On the timing rows its middle modules are known already, and agree.
                if !in_finder {
                    known.extend(alignment(x, y).filter(|&(x, y, _)| x != 6 && y != 6));
                }
            }
        }
        known.extend(version_information(number, side));
        Some(Self { side, known })
    }

    /// Four modules' middles spread over the symbol, in modules: the three finder patterns' and the bottom right alignment
    /// pattern's.
    pub(crate) fn anchors(&self) -> [(f32, f32); 4] {
        let far = self.side as f32 - 3.5;
        let inner = self.side as f32 - 6.5;
        [(3.5, 3.5), (far, 3.5), (3.5, far), (inner, inner)]
    }

    /// The bottom right alignment pattern's modules, relative to its middle.
    pub(crate) fn alignment_pattern() -> impl Iterator<Item = (i32, i32, bool)> {
        (-2..=2).flat_map(|y: i32| (-2..=2).map(move |x: i32| (x, y, x.abs().max(y.abs()) != 1)))
    }
}

/// Three finder patterns with the white line about them.
fn finders(side: usize) -> Vec<Known> {
    let mut known = Vec::with_capacity(3 * 64);
    for (left, top) in [(0_isize, 0_isize), (side as isize - 7, 0), (0, side as isize - 7)] {
        for y in -1..=7_isize {
            for x in -1..=7_isize {
                let (column, row) = (left + x, top + y);
                if column < 0 || row < 0 || column >= side as isize || row >= side as isize {
                    continue;
                }
                let ring = (x - 3).abs().max((y - 3).abs());
                known.push((column as usize, row as usize, ring != 2 && ring != 4));
            }
        }
    }
    known
}

fn alignment(x: usize, y: usize) -> impl Iterator<Item = Known> {
    Symbol::alignment_pattern().map(move |(dx, dy, black)| {
        (x.wrapping_add_signed(dx as isize), y.wrapping_add_signed(dy as isize), black)
    })
}

/// The two version blocks of symbols from version 7 on: 6 bits and 12 of a BCH(18, 6) code.
fn version_information(number: usize, side: usize) -> Vec<Known> {
    const GENERATOR: u32 = 0x1F25;
    if number < 7 {
        return Vec::new();
    }
    let mut remainder = (number as u32) << 12;
    for bit in (12..18).rev() {
        if remainder & (1 << bit) != 0 {
            remainder ^= GENERATOR << (bit - 12);
        }
    }
    let word = (number as u32) << 12 | remainder;
    (0..18_usize)
        .flat_map(|bit| {
            let black = word >> bit & 1 == 1;
            let (a, b) = (side - 11 + bit % 3, bit / 3);
            [(a, b, black), (b, a, black)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{Color, EcLevel, QrCode, Version as Written};

    #[test]
    fn what_is_known_agrees_with_an_independent_writer() {
        for number in [1, 2, 6, 7, 9, 12, 14, 22, 40_i16] {
            let code = QrCode::with_version(b"0", Written::Normal(number), EcLevel::L).unwrap();
            let symbol = Symbol::of(code.width()).unwrap();
            for (x, y, black) in symbol.known {
                assert_eq!(code[(x, y)] == Color::Dark, black, "version {number}, module {x}, {y}");
            }
        }
    }

    #[test]
    fn sizes_that_no_symbol_has_are_none() {
        for side in [0, 17, 20, 22, 181, usize::MAX] {
            assert!(Symbol::of(side).is_none(), "{side}");
        }
    }
}
