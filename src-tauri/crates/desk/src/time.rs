//! Times as the window gets them: ISO 8601 at +07:00, whole seconds.

use jiff::{Timestamp, civil::DateTime};
use mocban_certification::vietnam;

/// A moment in Vietnam.
pub(crate) fn iso_of(at: Timestamp) -> String {
    iso(vietnam::local(at))
}

/// A Vietnamese wall-clock time.
pub(crate) fn iso(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}
