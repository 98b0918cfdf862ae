//! The commands of this repository: `cargo xtask run | test | bench | scenes | fuzz | types | package`.
//!
//! Each installs what it needs from the language registries and Debian's packages, so that a fresh machine with Rust
//! and Node needs nothing else.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command-line tool speaks on its terminal

mod bench;
mod camera;
mod commands;
mod fuzz;
mod install;
mod package;
mod run;
mod test;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask run [--headless]   install what is missing, build, start Mộc Bản in training mode
                               (without a display: certify a training copy and say where it is)
cargo xtask test [STAGE…]      install what the tests need, run all stages, or only those named:
                               fmt clippy deny ui rust
cargo xtask bench              measure beside the peers and write docs/bench.md
cargo xtask scenes             draw pages on tables and print how well they are found, beside OpenCV
cargo xtask fuzz [SECONDS]     run every fuzz target for so long each (60)
cargo xtask camera             check the cameras before a real kernel driver, in a virtual machine (Linux)
cargo xtask types              write ui/src/backend/bindings.ts from the desk's command list
cargo xtask package            build the installers of this operating system";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run"] => run::run(run::display_present()),
        ["run", "--headless"] => run::run(false),
        ["test", stages @ ..] => test::run(stages),
        ["bench"] => bench::run(),
        ["scenes"] => bench::scenes(),
        ["fuzz"] => fuzz::run(60),
        ["fuzz", seconds] => fuzz::run(seconds.parse()?),
        ["camera"] => camera::run(),
        ["types"] => test::write_bindings(),
        ["package"] => package::run(),
        _ => bail!("{USAGE}"),
    }
}
