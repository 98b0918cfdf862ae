//! For tests only. `MOCBAN_KILL_AT=<point>`: the program kills itself there, as a power cut would; no destructor runs,
//! nothing is flushed. `MOCBAN_TOUCH_AT=<point>=<file>`: it makes an empty file there, such as the one that pulls the
//! training token out.

use std::{process::Command, thread, time::Duration};

/// Arms the named points; does nothing without the variables.
pub(crate) fn arm() {
    if let Ok(point) = std::env::var("MOCBAN_KILL_AT") {
        // A point that cannot be armed would make a crash test pass for nothing.
        if fail::cfg_callback(point, kill_self).is_err() {
            std::process::abort();
        }
    }
    if let Ok(order) = std::env::var("MOCBAN_TOUCH_AT") {
        let armed = order.split_once('=').map(|(point, file)| {
            let file = file.to_owned();
            fail::cfg_callback(point, move || drop(std::fs::write(&file, "")))
        });
        if !matches!(armed, Some(Ok(()))) {
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
