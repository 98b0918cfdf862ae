//! Several timestamp authorities, asked in order. One that fails, refuses or has had enough rests; the next is asked.
//! Real ones take between two seconds and more than two minutes, so an answer is waited for 180 s.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::budget::{Budget, Ledger};
use super::web::{Web, WebError};
use crate::backoff::Backoff;
use crate::outbox::StoreError;
use crate::ports::{Clock, Random};

/// RFC 3161 §3.4
const MEDIA_TYPES: [&str; 2] = ["application/timestamp-query", "application/timestamp-reply"];
/// Largest answer that is read, in bytes.
const ANSWER_MAX: usize = 256 << 10;
/// How long one answer is waited for.
const DEADLINE: Duration = Duration::from_secs(180);
/// An authority that shuts us out without saying for how long is left alone for a day.
const SHUT_OUT: SignedDuration = SignedDuration::from_hours(24);

/// A timestamp authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its address, http or https.
    pub url: String,
    /// How often it may be asked.
    pub budget: Budget,
}

impl Authority {
    /// An authority with the usual budget.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), budget: Budget::default() }
    }
}

/// Why one authority gave no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It is left alone until then: after a failure, or because its budget is spent.
    #[error("left alone until {until}")]
    Resting {
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The way, or the service.
    #[error(transparent)]
    Web(#[from] WebError),
    /// Its answer is no timestamp of ours.
    #[error("{detail}")]
    Unacceptable {
        /// Why, for logs.
        detail: String,
    },
    /// The ledger failed; nobody is asked without it.
    #[error("the requests cannot be noted: {detail}")]
    Ledger {
        /// The store's word, for logs.
        detail: String,
    },
}

/// No authority gave a timestamp.
#[derive(Debug, thiserror::Error)]
#[error("no timestamp: {}", .failures.iter().map(|(url, error)| format!("{url}: {error}")).collect::<Vec<_>>().join("; "))]
pub struct NoTimestamp {
    /// Each authority's failure, in the order asked.
    pub failures: Vec<(String, AuthorityError)>,
    /// When the first of them may be asked again.
    pub next_attempt: Option<Timestamp>,
}

/// The authorities of an office.
pub struct Authorities {
    list: Vec<Authority>,
    web: Web,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    rest: Mutex<Rest>,
}

/// Who is left alone, and until when.
struct Rest {
    random: Box<dyn Random>,
    of: HashMap<String, (Backoff, Timestamp)>,
}

impl Authorities {
    /// Authorities in the order in which they are to be asked.
    #[must_use]
    pub fn new(
        list: Vec<Authority>,
        web: Web,
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        random: Box<dyn Random>,
    ) -> Self {
        let rest = Mutex::new(Rest { random, of: HashMap::new() });
        Self { list, web, ledger, clock, deadline: DEADLINE, rest }
    }

    /// Another deadline for each answer than the usual 180 s.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// When the first of them may be asked; none when there is nobody.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        self.list.iter().filter_map(|authority| self.ready(authority, now).ok()).min()
    }

    /// Asks one after the other until `accept` takes an answer.
    ///
    /// # Errors
    /// [`NoTimestamp`] with everybody's failure.
    pub async fn ask<T, E: Display>(
        &self,
        request: &[u8],
        accept: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, NoTimestamp> {
        let mut failures = Vec::new();
        for authority in &self.list {
            match self.ask_one(authority, request, &accept).await {
                Ok(taken) => {
                    self.rest().of.remove(&authority.url);
                    return Ok(taken);
                }
                Err(error) => {
                    if !matches!(error, AuthorityError::Resting { .. }) {
                        tracing::warn!(authority = authority.url, %error, "no timestamp");
                        self.leave_alone(&authority.url, &error);
                    }
                    failures.push((authority.url.clone(), error));
                }
            }
        }
        Err(NoTimestamp { failures, next_attempt: self.next_attempt() })
    }

    async fn ask_one<T, E: Display>(
        &self,
        authority: &Authority,
        request: &[u8],
        accept: &impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, AuthorityError> {
        let now = self.clock.now();
        let ready = self.ready(authority, now).map_err(|fault| ledger(&fault))?;
        if ready > now {
            return Err(AuthorityError::Resting { until: ready });
        }
        self.ledger.record(&authority.url, now).map_err(|fault| ledger(&fault))?;
        let answer = self.web.post(&authority.url, MEDIA_TYPES, request, ANSWER_MAX, self.deadline).await?;
        accept(&answer).map_err(|error| AuthorityError::Unacceptable { detail: error.to_string() })
    }

    /// When, from `now` on, the authority may be asked: by its budget and by what it did last.
    fn ready(&self, authority: &Authority, now: Timestamp) -> Result<Timestamp, StoreError> {
        let since = now.saturating_sub(authority.budget.window).unwrap_or(Timestamp::MIN);
        let by_budget = authority.budget.next(&self.ledger.uses(&authority.url, since)?, now);
        let rested = self.rest().of.get(&authority.url).map_or(now, |(_, until)| *until);
        Ok(by_budget.max(rested))
    }

    fn leave_alone(&self, url: &str, error: &AuthorityError) {
        let now = self.clock.now();
        let mut rest = self.rest();
        let Rest { random, of } = &mut *rest;
        let (backoff, until) = of.entry(url.to_owned()).or_insert((Backoff::default(), now));
        let wait = match error {
            AuthorityError::Web(WebError::Status { status: 403 | 429, retry_after }) => retry_after
                .and_then(|seconds| i64::try_from(seconds).ok())
                .map_or(SHUT_OUT, |seconds| SignedDuration::from_secs(seconds).min(SHUT_OUT)),
            _ => SignedDuration::try_from(backoff.next(random.as_mut(), None)).unwrap_or(SHUT_OUT),
        };
        *until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ledger(fault: &StoreError) -> AuthorityError {
    AuthorityError::Ledger { detail: fault.to_string() }
}
