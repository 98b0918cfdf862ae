//! `mocbanctl`: every capability without a window.
//!
//! A host like the window: it parses words, asks the desk, prints. No rule of the domain lives here. Exit 0 done or
//! valid, 1 invalid or refused, 2 could not. `--json` puts one object a line on stdout and nothing else there; words for
//! people go to stderr, in Vietnamese.

mod arguments;
mod commands;
#[cfg(feature = "failpoints")]
mod failpoint;
mod files;
mod host;
mod messages;
mod outcome;
mod output;
mod session;

use arguments::Arguments;
use clap::Parser;
use outcome::Outcome;
use std::{panic, process::ExitCode};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    mocban_desk::token_host_if_requested();
    #[cfg(feature = "failpoints")]
    failpoint::arm();
    let log = EnvFilter::try_from_env("MOCBAN_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let json = arguments.command.json();
    // A fault of ours is told like any other: in words, with an exit code, without a trace on the screen.
    panic::set_hook(Box::new(|fault| tracing::error!(%fault, "panic")));
    let outcome = panic::catch_unwind(|| commands::run(arguments)).unwrap_or_else(|_| {
        Err(mocban_desk::DeskError::Internal { detail: "panic (MOCBAN_LOG=error)".into() })
    });
    let outcome = outcome.unwrap_or_else(|fault| {
        output::fault(json, &fault);
        Outcome::of(&fault)
    });
    outcome.into()
}
