//! Signing one PDF, warm.

use crate::{
    Bench,
    copies::{By, corrected, request, untouched},
    originals,
    peer::number,
    stats::{Times, by_turns, seconds},
    table::{Row, Table},
};
use anyhow::{Result, anyhow};
use jiff::Timestamp;
use mocban_capture::{Original, decode, thumbnail};
use mocban_copy::{self as copy, PageImage};
use mocban_pades::{self as pades, FieldTarget, SignOptions};
use serde_json::json;
use std::{
    fs::{self, File},
    io::Write,
    thread,
    time::Instant,
};
use uuid::Uuid;

const ROUNDS: usize = 31;
const WARM: usize = 3;
const MEGABYTE: usize = 1_000_000;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let mut growth = Vec::new();
    for (name, pages) in
        [("0.3 MB", small()?), ("3 MB", of_size(3 * MEGABYTE)?), ("30 MB", of_size(30 * MEGABYTE)?)]
    {
        let pdf = copy::build(&request(pages, 1, Uuid::now_v7()))?.bytes;
        let file = bench.room.join("sign.pdf");
        let (ours_out, peer_out) = (bench.room.join("ours.pdf"), bench.room.join("peer.pdf"));
        fs::write(&file, &pdf)?;
        let key = bench.press.key(By::Performer);
        let mut parts = [const { Vec::new() }; 3];
        let [ours, theirs, floor] = by_turns(WARM, ROUNDS, || {
            let begun = Instant::now();
            let field = FieldTarget::New { name: "Ours".into(), page: 0, rect: [0.0; 4] };
            let mut out = File::create(&ours_out)?;
            // As the program does: what is there already is written while the signature is made.
            let (written, signed) = thread::scope(|scope| {
                let writer = scope.spawn(|| out.write_all(&pdf));
                let signed = pades::sign(&pdf, &SignOptions::new(field, Timestamp::now()), &key);
                (writer.join(), signed)
            });
            written.map_err(|_| anyhow!("the writer ended"))??;
            out.write_all(&signed?.increment)?;
            drop(out);
            let ours = begun.elapsed().as_secs_f64();
            let theirs = bench.peer.seconds(json!({ "do": "sign", "file": file, "out": peer_out }))?;
            let floor = bench.peer.ask(json!({ "do": "floor_sign", "file": file, "out": peer_out }))?;
            for (times, part) in parts.iter_mut().zip(["sign", "sha256", "write"]) {
                times.push(number(&floor, part)?);
            }
            Ok([ours, theirs, number(&floor, "seconds")?])
        })?;
        growth.push((name.to_owned(), pdf.len() as f64 / MEGABYTE as f64, ours.median()));
        if name != "3 MB" {
            continue;
        }
        let what = format!("sign one PDF of {:.1} MB, warm", pdf.len() as f64 / MEGABYTE as f64);
        table.row(Row::at_most(what, &ours, &theirs, "pyHanko, same module and key", 0.1, "≥ 10x faster"));
        let named = "bare C_Sign + SHA-256 + write";
        table.row(Row::at_most("the same", &ours, &floor, named, 1.2, "≤ 1.2x"));
        let [sign, sha256, write] = parts.map(|times| seconds(Times::new(times).median()));
        table.note(format!(
            "Signing: from bytes in memory to the signed file written (not synced), into a new invisible field; both sides \
             ETSI.CAdES.detached with SHA-256. The floor's parts: C_Sign {sign} (in the caller's process), SHA-256 {sha256}, \
             write {write}. Ours writes the earlier bytes while the signature is made, reaches the token in its helper process and verifies what it \
             gives before it is used."
        ));
    }
    table.growth("sign and write one PDF (unit: 1 MB)", growth);
    Ok(())
}

/// One page of about 0.3 MB.
fn small() -> Result<Vec<PageImage>> {
    let photo = Original::read(fs::read(&originals()?[0])?, "photo.jpg")?;
    Ok(vec![untouched(thumbnail(&decode(&photo)?, 1800)?)?])
}

/// Corrected pages until there are so many bytes.
fn of_size(bytes: usize) -> Result<Vec<PageImage>> {
    let pages = originals()?.iter().map(|photo| corrected(photo)).collect::<Result<Vec<_>>>()?;
    let mut size = 0;
    let short = |page: &&PageImage| {
        let short = size < bytes;
        size += page.jpeg.length();
        short
    };
    Ok(pages.iter().cycle().take_while(short).cloned().collect())
}
