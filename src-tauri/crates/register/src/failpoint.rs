//! Crash points around every commit, for tests that kill the program at each of them. Without the cargo feature
//! `failpoints` (of the crate `fail`) they compile to nothing.

/// The steps between a reservation and its receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Reserve,
    RecordPrepared,
    RecordSigned,
    CommitSealed,
    Deliver,
    /// Any other transaction: no crash point of its own.
    Other,
}

/// Every crash point, in the order in which a copy passes them: `before-…` stands just before the commit, with the
/// step's rows written, `after-…` just after it, before the caller hears of it.
pub const FAILPOINTS: &[&str] = &[
    "register::before-reserve",
    "register::after-reserve",
    "register::before-record-prepared",
    "register::after-record-prepared",
    "register::before-record-signed",
    "register::after-record-signed",
    "register::before-commit-sealed",
    "register::after-commit-sealed",
    "register::before-deliver",
    "register::after-deliver",
];

impl Step {
    pub(crate) fn before_commit(self) {
        self.pass(0);
    }

    pub(crate) fn after_commit(self) {
        self.pass(1);
    }

    fn pass(self, side: usize) {
        if self != Self::Other {
            fail::fail_point!(FAILPOINTS[self as usize * 2 + side]);
        }
        let _ = side;
    }
}
