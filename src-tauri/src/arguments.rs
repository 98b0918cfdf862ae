//! `mocban [--data DIR]`: the window's command line.

use mocban_desk::DeskOptions;
use std::{ffi::OsString, path::PathBuf};

/// What the command line says.
pub(crate) struct Arguments {
    data: Option<PathBuf>,
}

/// A command line that is not understood.
pub(crate) struct UsageFault(OsString);

impl Arguments {
    /// Reads the arguments after the program's name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, UsageFault> {
        let mut data = None;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--data") => data = Some(arguments.next().ok_or(UsageFault(argument))?.into()),
                _ => return Err(UsageFault(argument)),
            }
        }
        Ok(Self { data })
    }

    /// Options for opening the desk: without `--data`, the user's own data folder.
    pub(crate) fn desk_options(self) -> DeskOptions {
        DeskOptions::window(self.data)
    }
}

impl UsageFault {
    /// Says how the program is called.
    #[allow(clippy::print_stderr)] // the one line a window program prints, before any window exists
    pub(crate) fn print(&self) {
        eprintln!("mocban: {:?}\nmocban [--data DIR]", self.0);
    }
}
