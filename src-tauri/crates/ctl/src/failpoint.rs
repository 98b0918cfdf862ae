//! For crash tests only: the program kills itself, as a power cut would, at the point that `MOCBAN_KILL_AT` names. No
//! destructor runs, nothing is flushed.

use std::{process::Command, thread, time::Duration};

/// Arms the named point; does nothing without the variable.
pub(crate) fn arm() {
    if let Ok(point) = std::env::var("MOCBAN_KILL_AT") {
        // A point that cannot be armed would make a crash test pass for nothing.
        if fail::cfg_callback(point, kill_self).is_err() {
            std::process::abort();
        }
    }
}

fn kill_self() {
    let _ = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}
