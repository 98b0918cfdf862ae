//! How often one timestamp authority may be asked. Some answer twenty requests in twenty minutes and then shut a caller
//! out for a day; an office that signs a stack of papers would meet that every morning.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::outbox::StoreError;

/// At most so many requests in any stretch of time of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests.
    pub requests: usize,
    /// The stretch.
    pub window: SignedDuration,
}

impl Default for Budget {
    /// Three quarters of the strictest limit known, twenty in twenty minutes: other machines of the office share it.
    fn default() -> Self {
        Self { requests: 15, window: SignedDuration::from_mins(20) }
    }
}

impl Budget {
    /// When the next request may be made, after those of `uses`.
    #[must_use]
    pub fn next(&self, uses: &[Timestamp], now: Timestamp) -> Timestamp {
        let begun = now.saturating_sub(self.window).unwrap_or(Timestamp::MIN);
        let mut recent: Vec<Timestamp> = uses.iter().copied().filter(|&at| at > begun).collect();
        recent.sort_unstable();
        match recent.len().checked_sub(self.requests) {
            None => now,
            // As many must have left the window as are too many, and one more.
            Some(surplus) => recent
                .get(surplus)
                .map_or(now, |at| at.saturating_add(self.window).unwrap_or(Timestamp::MAX))
                .max(now),
        }
    }
}

/// What remembers the requests: a restart does not fill the budget again.
pub trait Ledger: Send + Sync {
    /// The requests made to an authority after `since`.
    ///
    /// # Errors
    /// The store's own.
    fn uses(&self, authority: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError>;

    /// Notes a request, before it is made.
    ///
    /// # Errors
    /// The store's own.
    fn record(&self, authority: &str, at: Timestamp) -> Result<(), StoreError>;
}

/// A ledger that lasts as long as the program.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<HashMap<String, Vec<Timestamp>>>);

impl Ledger for MemoryLedger {
    fn uses(&self, authority: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.get(authority).into_iter().flatten().copied().filter(|&at| at > since).collect())
    }

    fn record(&self, authority: &str, at: Timestamp) -> Result<(), StoreError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(authority.to_owned())
            .or_default()
            .push(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_window_ever_holds_more_requests_than_the_budget(gaps in proptest::collection::vec(0_i64..400, 1..120)) {
            let budget = Budget { requests: 4, window: SignedDuration::from_mins(5) };
            let mut now = Timestamp::UNIX_EPOCH;
            let mut uses: Vec<Timestamp> = Vec::new();
            for gap in gaps {
                now = now.max(budget.next(&uses, now)) + SignedDuration::from_secs(gap);
                if budget.next(&uses, now) == now {
                    uses.push(now);
                }
            }
            for (index, first) in uses.iter().enumerate() {
                let within = uses[index..].iter().filter(|at| at.duration_since(*first) < budget.window).count();
                prop_assert!(within <= budget.requests);
            }
        }
    }

    #[test]
    fn a_spent_budget_names_the_moment_it_opens_again() {
        let budget = Budget { requests: 2, window: SignedDuration::from_mins(20) };
        let at = |minutes| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        assert_eq!(budget.next(&[at(1)], at(5)), at(5));
        assert_eq!(budget.next(&[at(1), at(3)], at(5)), at(21));
        assert_eq!(budget.next(&[at(1), at(3)], at(22)), at(22));
        assert_eq!(budget.next(&[at(1), at(3), at(4)], at(5)), at(23));
    }
}
