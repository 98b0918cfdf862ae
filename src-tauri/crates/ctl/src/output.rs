//! What is said where: JSON lines on stdout, words on stderr. A reader that went away is nobody's fault.
#![allow(clippy::print_stderr)] // The one place that speaks to the terminal.

use crate::messages;
use mocban_desk::DeskError;
use serde::Serialize;
use serde_json::{Value, json};
use std::{io::Write, path::Path};

/// One JSON object, one line, on stdout.
pub(crate) fn json(value: &impl Serialize) {
    let Ok(mut line) = serde_json::to_vec(value) else { return };
    line.push(b'\n');
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
}

/// One line for people, on stderr.
pub(crate) fn say(text: impl AsRef<str>) {
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{}", text.as_ref());
}

/// An error: `{"error", "params"}` on stdout if JSON was asked for, heading, explanation and next step on stderr.
pub(crate) fn fault(as_json: bool, fault: &DeskError) {
    if as_json {
        json(&fault_json(fault));
    }
    say(messages::fault(fault));
}

/// An error about one file of several.
pub(crate) fn file_fault(as_json: bool, file: &Path, fault: &DeskError) {
    if as_json {
        let mut value = json!({ "file": file.display().to_string() });
        if let (Value::Object(all), Value::Object(error)) = (&mut value, fault_json(fault)) {
            all.extend(error);
        }
        json(&value);
    }
    say(format!("{}: {}", file.display(), messages::fault(fault)));
}

fn fault_json(fault: &DeskError) -> Value {
    json!({ "error": fault.code(), "params": messages::params(fault) })
}
