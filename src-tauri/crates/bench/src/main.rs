//! `cargo xtask bench`: the program beside its peers, in the same run, by turns, written to `docs/bench.md`.
//!
//! Everything is measured warm. Both sides do the same work on the same bytes; where they cannot, the notes in the table
//! say what differs. A peer that is missing is an error that names what to install, never a row left out.
//!
//! Arguments name the rows to measure (`signing`, `register`, …); then nothing is written. `MOCBAN_PYTHON` names the Python of the peers; `MOCBAN_BENCH_FULL=1` measures the largest sizes (a million entries,
//! 10,000 uploads).
#![allow(clippy::print_stdout, reason = "a program whose output is for people")]

mod copies;
mod detect;
mod drain;
mod job;
mod long;
mod machine;
mod page;
mod peer;
mod register;
mod shot;
mod sign;
mod sink;
mod stats;
mod table;
mod tokens;
mod verify;

use anyhow::{Context, Result, bail};
use copies::Press;
use mocban_desk::{Desk, DeskOptions};
use peer::Peer;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::Arc,
};
use table::Table;
use tokens::Office;
use tokio::runtime::Runtime;

/// Set for the second start of this program: its working folder.
const ROOM: &str = "MOCBAN_BENCH_ROOM";

/// What every row measures with.
struct Bench {
    /// Working folder on the disk of the build; removed in the end.
    room: PathBuf,
    /// An office with its two tokens in SoftHSM2.
    office: Office,
    /// Makes and signs copies with the rooms themselves.
    press: Press,
    /// The other programs.
    peer: Peer,
    /// The desk of that office, as the window has it.
    desk: Arc<Desk>,
    runtime: Runtime,
    /// The largest sizes too.
    full: bool,
}

/// Measures one row of the table, ours and the peer in turn.
type Row = fn(&mut Bench, &mut Table) -> Result<()>;

fn main() -> Result<ExitCode> {
    mocban_desk::token_host_if_requested();
    match std::env::var_os(ROOM) {
        None => start_again_in_a_room(),
        Some(room) => measure(PathBuf::from(room)).map(|()| ExitCode::SUCCESS),
    }
}

/// SoftHSM2 finds its tokens by an environment variable, which only a new process can be given.
fn start_again_in_a_room() -> Result<ExitCode> {
    let program = std::env::current_exe()?;
    // Beside the program: temporary folders often lie in memory, where an fsync costs nothing.
    let beside = program.parent().context("the program lies in no folder")?;
    let room = tempfile::Builder::new().prefix("bench-").tempdir_in(beside)?;
    let status = Command::new(&program)
        .args(std::env::args_os().skip(1))
        .env("SOFTHSM2_CONF", tokens::configure(room.path())?)
        .env(ROOM, room.path())
        .status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(room: PathBuf) -> Result<()> {
    let full = std::env::var("MOCBAN_BENCH_FULL").is_ok_and(|value| value == "1");
    let mut table = Table::new(machine::describe(&room)?);
    let office = tokens::office(&room)?;
    let press = Press::new(&office)?;
    let mut peer = Peer::start()?;
    peer.open_token(&office, &room)?;
    table.versions(peer.versions()?);
    let runtime = Runtime::new()?;
    let desk = Desk::open(DeskOptions::command(Some(office.data.clone())), runtime.handle())?;
    office.sign_in(&desk)?;
    let mut bench = Bench { room, office, press, peer, desk, runtime, full };
    let rows: [(&str, Row); 9] = [
        // First, while nothing else has used memory.
        ("a long case", long::measure),
        ("one photograph", job::measure),
        ("signing", sign::measure),
        ("verifying", verify::measure),
        ("live page detection", detect::measure),
        ("the page: decode, warp, encode", page::measure),
        ("shot to thumbnail", shot::measure),
        ("the register", register::measure),
        ("draining the queue", drain::measure),
    ];
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    for (name, row) in rows {
        if !chosen.is_empty() && !chosen.iter().any(|part| name.contains(part)) {
            continue;
        }
        println!("── {name}");
        row(&mut bench, &mut table).with_context(|| format!("measuring {name}"))?;
    }
    table.finish(&machine::load());
    if !chosen.is_empty() {
        println!("\n{}", table.markdown(full));
        return Ok(());
    }
    let out = repository().join("docs/bench.md");
    fs::write(&out, table.markdown(full))?;
    println!("\n{}\nwritten: {}", table.markdown(full), out.display());
    Ok(())
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The training originals, 8 MP photographs of made-up papers, in order.
fn originals() -> Result<Vec<PathBuf>> {
    let folder = repository().join("assets/training/originals");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jpg"));
    files.sort();
    if files.is_empty() {
        bail!("no photographs in {}", folder.display());
    }
    Ok(files)
}
