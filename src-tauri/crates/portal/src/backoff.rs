//! How long the lane waits after a failure: decorrelated jitter, `min(cap, random(base ..= 3 × previous))`.
//!
//! Thousands of desks come back at the same moment after an outage; waits that depend on chance and on the previous
//! wait keep them from coming back in step.

use std::time::Duration;

use crate::ports::Random;

/// Shortest wait.
pub const BASE: Duration = Duration::from_secs(2);
/// Longest wait of our own making.
pub const CAP: Duration = Duration::from_secs(15 * 60);
/// Longest `Retry-After` that is obeyed: no answer may silence a desk for a day.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// The state of one lane's waiting.
#[derive(Debug, Clone)]
pub struct Backoff {
    previous: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { previous: BASE }
    }
}

impl Backoff {
    /// The next wait. A server's `Retry-After` is obeyed: never come back earlier than asked.
    pub fn next(&mut self, random: &mut dyn Random, retry_after: Option<Duration>) -> Duration {
        let base = BASE.as_millis() as u64;
        let span = (self.previous.as_millis() as u64).saturating_mul(3).saturating_sub(base);
        let jittered = Duration::from_millis(base + random.next() % (span + 1)).min(CAP);
        self.previous = jittered;
        jittered.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX))
    }

    /// After a success.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_wait_is_within_base_and_cap_and_at_most_three_times_the_last(
            draws in proptest::collection::vec(any::<u64>(), 1..60),
        ) {
            let mut draws = draws.into_iter();
            let count = draws.len();
            let mut random = move || draws.next().unwrap_or(0);
            let mut backoff = Backoff::default();
            let mut last = BASE;
            for _ in 0..count {
                let wait = backoff.next(&mut random, None);
                prop_assert!((BASE..=CAP).contains(&wait));
                prop_assert!(wait <= last * 3);
                last = wait;
            }
        }

        #[test]
        fn a_servers_wish_is_obeyed_up_to_an_hour(seconds in any::<u32>(), draw in any::<u64>()) {
            let wish = Duration::from_secs(seconds.into());
            let wait = Backoff::default().next(&mut || draw, Some(wish));
            prop_assert!(wait >= wish.min(RETRY_AFTER_MAX));
            prop_assert!(wait <= RETRY_AFTER_MAX);
        }
    }

    #[test]
    fn waits_reach_the_cap_under_bad_luck_and_start_over_after_a_success() {
        let mut backoff = Backoff::default();
        // The draw that gives the upper end of every span.
        let mut previous = BASE.as_millis() as u64;
        for _ in 0..8 {
            let upper = previous * 3 - BASE.as_millis() as u64;
            previous = backoff.next(&mut || upper, None).as_millis() as u64;
        }
        assert_eq!(previous, CAP.as_millis() as u64);
        backoff.reset();
        assert!(backoff.next(&mut || u64::MAX, None) <= BASE * 3);
    }
}
