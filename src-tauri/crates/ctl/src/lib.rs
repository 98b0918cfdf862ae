//! mocbanctl: every capability without a window.
