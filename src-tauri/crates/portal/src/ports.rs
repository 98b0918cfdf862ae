//! Time and chance come in from outside, so that tests own both.

use jiff::Timestamp;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Randomness for spreading retries; not for keys.
pub trait Random: Send + Sync {
    /// Any 64 bits.
    fn next(&mut self) -> u64;
}

impl<F: FnMut() -> u64 + Send + Sync> Random for F {
    fn next(&mut self) -> u64 {
        self()
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn next(&mut self) -> u64 {
        // Without randomness the retries are merely less spread out: no reason to stop the queue.
        getrandom::u64().unwrap_or(u64::MAX / 2)
    }
}
