//! Phí chứng thực (TT 226/2016/TT-BTC Art 4), in đồng.
//!
//! "2.000 đồng/trang. Từ trang thứ ba trở lên thu 1.000 đồng/trang, nhưng mức thu tối đa không quá 200.000 đồng/bản.
//! Trang là căn cứ để thu phí được tính theo trang của bản chính." The tariff is dated data: councils change it.
//! This computes a fee slip's numbers; the receipt (biên lai) is another system's.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::act::ActKind;
use crate::error::Error;
use crate::text;

/// A reduction a legal text grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Short stable name.
    pub code: String,
    /// Whom it is for, as printed on the slip.
    pub name: String,
    /// The text that grants it.
    pub legal_basis: String,
    /// Part of the fee that falls away, percent; more than 100 counts as 100.
    pub percent: u8,
}

/// What an act costs from a day on. All amounts in đồng; pages are pages of the original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// For which act.
    pub act: ActKind,
    /// First day in force.
    pub valid_from: Date,
    /// Where it is written.
    pub source: String,
    /// How many pages cost `first_rate`.
    pub first_pages: u32,
    /// Each of the first pages.
    pub first_rate: u64,
    /// Each further page.
    pub rest_rate: u64,
    /// The most one copy (bản) costs.
    pub cap_per_copy: u64,
    /// Reductions. The circular grants none for copies; a council may.
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
}

impl Tariff {
    /// A reduction by its code.
    #[must_use]
    pub fn exemption(&self, code: &str) -> Option<&Exemption> {
        self.exemptions.iter().find(|e| e.code == code)
    }
}

/// Pages at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    /// Pages of the original.
    pub pages: u32,
    /// Đồng a page.
    pub rate: u64,
    /// Đồng for the line.
    pub amount: u64,
}

/// A fee with its reckoning, for the slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Copies (bản).
    pub copies: u32,
    /// The reckoning of one copy before the cap; lines without pages are left out.
    pub lines: Vec<FeeLine>,
    /// Whether the cap made it less.
    pub capped: bool,
    /// Đồng for one copy, capped.
    pub per_copy: u64,
    /// Đồng that fell away by an exemption, all copies.
    pub waived: u64,
    /// Đồng to pay.
    pub total: u64,
}

impl Fee {
    /// The fee with a reduction; what is left is rounded down to whole đồng.
    #[must_use]
    pub fn reduced(mut self, exemption: &Exemption) -> Self {
        let full = self.total.saturating_add(self.waived);
        let percent = u128::from(exemption.percent.min(100));
        // At most `full`, so it fits again; `unwrap_or` only satisfies the type.
        self.total = u64::try_from(u128::from(full) * (100 - percent) / 100).unwrap_or(full);
        self.waived = full - self.total;
        self
    }
}

/// The fee for `copies` copies of one original of `pages` pages. Saturates instead of overflowing.
#[must_use]
pub fn fee(tariff: &Tariff, pages: u32, copies: u32) -> Fee {
    let first = pages.min(tariff.first_pages);
    let line = |pages: u32, rate: u64| FeeLine { pages, rate, amount: u64::from(pages).saturating_mul(rate) };
    let lines: Vec<FeeLine> = [line(first, tariff.first_rate), line(pages - first, tariff.rest_rate)]
        .into_iter()
        .filter(|l| l.pages > 0)
        .collect();
    let uncapped = lines.iter().fold(0u64, |sum, l| sum.saturating_add(l.amount));
    let per_copy = uncapped.min(tariff.cap_per_copy);
    let total = per_copy.saturating_mul(u64::from(copies));
    Fee { copies, lines, capped: per_copy < uncapped, per_copy, waived: 0, total }
}

/// The tariffs an office knows, past, present and announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tariffs(Vec<Tariff>);

impl Tariffs {
    /// A set of tariffs; the order does not matter.
    #[must_use]
    pub fn new(tariffs: Vec<Tariff>) -> Self {
        Self(tariffs)
    }

    /// Reads tariffs from JSON (`assets/law/tariffs.json`).
    ///
    /// # Errors
    /// [`Error::DataUnreadable`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        text::data("tariffs", json)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Tariff] {
        &self.0
    }

    /// The tariff in force for an act on a day; of two that begin on the same day, the one added later.
    ///
    /// # Errors
    /// [`Error::TariffMissing`].
    pub fn on(&self, act: ActKind, date: Date) -> Result<&Tariff, Error> {
        self.0
            .iter()
            .filter(|t| t.act == act && t.valid_from <= date)
            .max_by_key(|t| t.valid_from)
            .ok_or(Error::TariffMissing { act, date })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn national() -> Tariff {
        let tariffs = Tariffs::from_json(law::TARIFFS).unwrap();
        tariffs.on(ActKind::CopyFromOriginal, date(2026, 3, 2)).unwrap().clone()
    }

    #[test]
    fn the_circulars_fee_for_one_copy() {
        for (pages, dong) in [
            (0, 0),
            (1, 2_000),
            (2, 4_000),
            (3, 5_000),
            (4, 6_000),
            (10, 12_000),
            (197, 199_000),
            (198, 200_000),
            (199, 200_000),
            (1_000_000, 200_000),
        ] {
            let fee = fee(&national(), pages, 1);
            assert_eq!((fee.per_copy, fee.total), (dong, dong), "{pages} pages");
            assert_eq!(fee.capped, pages > 198, "{pages} pages");
        }
    }

    #[test]
    fn the_cap_holds_for_each_copy_not_for_all_together() {
        assert_eq!(fee(&national(), 300, 3).total, 600_000);
        assert_eq!(fee(&national(), 3, 1_000).total, 5_000_000);
        assert_eq!(fee(&national(), 3, 0).total, 0);
    }

    #[test]
    fn the_slip_shows_how_it_was_reckoned() {
        let lines = fee(&national(), 5, 2).lines;
        assert_eq!(
            lines,
            [
                FeeLine { pages: 2, rate: 2_000, amount: 4_000 },
                FeeLine { pages: 3, rate: 1_000, amount: 3_000 }
            ]
        );
        assert_eq!(fee(&national(), 1, 1).lines.len(), 1);
    }

    #[test]
    fn a_copy_from_the_register_is_free() {
        let tariffs = Tariffs::from_json(law::TARIFFS).unwrap();
        let free = tariffs.on(ActKind::CopyFromRegister, date(2026, 3, 2)).unwrap();
        assert_eq!(fee(free, 12, 4).total, 0);
    }

    #[test]
    fn the_tariff_of_the_day_counts() {
        let mut newer = national();
        newer.valid_from = date(2027, 1, 1);
        newer.first_rate = 3_000;
        let tariffs = Tariffs::new(vec![newer, national()]);
        let rate = |d| tariffs.on(ActKind::CopyFromOriginal, d).map(|t| t.first_rate);
        assert_eq!(rate(date(2026, 12, 31)), Ok(2_000));
        assert_eq!(rate(date(2027, 1, 1)), Ok(3_000));
        let early = date(2016, 12, 31);
        assert_eq!(rate(early), Err(Error::TariffMissing { act: ActKind::CopyFromOriginal, date: early }));
    }

    #[test]
    fn an_exemption_is_shown_not_hidden() {
        let online = Exemption {
            code: "online".to_owned(),
            name: "Nộp trực tuyến".to_owned(),
            legal_basis: "Nghị quyết HĐND".to_owned(),
            percent: 50,
        };
        let half = fee(&national(), 3, 2).reduced(&online);
        assert_eq!((half.total, half.waived), (5_000, 5_000));
        let free = half.reduced(&Exemption { percent: 200, ..online });
        assert_eq!((free.total, free.waived), (0, 10_000));
    }

    proptest! {
        #[test]
        fn more_pages_never_cost_less_and_the_cap_holds(pages in 0u32.., more in 0u32..500, copies in 0u32..) {
            let tariff = national();
            let a = fee(&tariff, pages, copies);
            let b = fee(&tariff, pages.saturating_add(more), copies);
            prop_assert!(a.per_copy <= b.per_copy && a.total <= b.total);
            prop_assert!(b.per_copy <= 200_000);
            prop_assert_eq!(a.total, a.per_copy * u64::from(copies));
        }

        #[test]
        fn the_closed_formula_agrees(pages in 1u64..400) {
            let expected = (2_000 * pages.min(2) + 1_000 * pages.saturating_sub(2)).min(200_000);
            prop_assert_eq!(fee(&national(), u32::try_from(pages).unwrap(), 1).per_copy, expected);
        }

        #[test]
        fn no_tariff_overflows(
            first_pages in 0u32.., first_rate in 0u64.., rest_rate in 0u64.., cap in 0u64..,
            pages in 0u32.., copies in 0u32.., percent in 0u8..,
        ) {
            let tariff = Tariff { first_pages, first_rate, rest_rate, cap_per_copy: cap, ..national() };
            let full = fee(&tariff, pages, copies);
            prop_assert!(full.per_copy <= cap);
            let e = Exemption { code: String::new(), name: String::new(), legal_basis: String::new(), percent };
            let reduced = full.clone().reduced(&e);
            prop_assert_eq!(reduced.total + reduced.waived, full.total);
        }
    }
}
