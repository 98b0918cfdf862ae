//! Times of one thing done again and again, and doing two things by turns.

use anyhow::Result;
use std::{fmt, time::Instant};

/// Times in seconds, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// At least one.
    pub(crate) fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    /// The middle one.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((share * last as f64).round() as usize).copied().unwrap_or(f64::NAN)
    }
}

/// Median, then the quartiles, then how many.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (seconds(self.quantile(0.25)), seconds(self.quantile(0.75)));
        write!(f, "{} ({low} – {high}, n={})", seconds(self.median()), self.0.len())
    }
}

/// A time in the unit that fits.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if v < 1e-3 => format!("{:.0} µs", v * 1e6),
        v if v < 1e-2 => format!("{:.2} ms", v * 1e3),
        v if v < 1e-1 => format!("{:.1} ms", v * 1e3),
        v if v < 1.0 => format!("{:.0} ms", v * 1e3),
        v => format!("{v:.2} s"),
    }
}

/// What the work gives, and its time in seconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let begun = Instant::now();
    let made = work()?;
    Ok((made, begun.elapsed().as_secs_f64()))
}

/// Does `turn` some times unmeasured and `rounds` times measured; a turn does one thing after the other and gives the
/// seconds of each, so that a change of the machine's load meets all of them.
pub(crate) fn by_turns<const N: usize>(
    warm: usize,
    rounds: usize,
    mut turn: impl FnMut() -> Result<[f64; N]>,
) -> Result<[Times; N]> {
    for _ in 0..warm {
        turn()?;
    }
    let mut all: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (times, seconds) in all.iter_mut().zip(turn()?) {
            times.push(seconds);
        }
    }
    Ok(all.map(Times::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_of_times_is_the_middle_one() {
        let times = Times::new(vec![0.5, 0.1, 0.2]);
        assert_eq!(times.median(), 0.2);
        assert_eq!(times.to_string(), "200 ms (200 ms – 500 ms, n=3)");
    }

    #[test]
    fn warm_turns_are_not_counted() {
        let mut turns = 0;
        let [times] = by_turns(2, 3, || {
            turns += 1;
            Ok([f64::from(turns)])
        })
        .unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!((times.quantile(0.0), times.quantile(1.0)), (3.0, 5.0));
    }
}
