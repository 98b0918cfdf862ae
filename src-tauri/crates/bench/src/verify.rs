//! Verifying copies of ours, on all cores.

use crate::{
    Bench,
    copies::corrected,
    originals,
    stats::by_turns,
    table::{Row, Table},
};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use mocban_pades::{Certificate, Verdict, Verifier};
use rayon::prelude::*;
use serde_json::json;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

/// Copies, and rounds over them.
const SIZES: [(usize, usize); 3] = [(10, 7), (100, 5), (1000, 3)];

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let files = make(bench, 1000)?;
    let root = fs::read(&bench.office.root)?;
    let trust = Certificate::from_pem_or_der(&root)?;
    let (mut ours_grown, mut pyhanko_grown, mut pdfsig_grown) = (Vec::new(), Vec::new(), Vec::new());
    for (count, rounds) in SIZES {
        let files = &files[..count];
        println!("   {count} copies, {rounds} rounds");
        let [ours, pyhanko, pdfsig] = by_turns(usize::from(count < 1000), rounds, || {
            let pyhanko =
                bench.peer.ask(json!({ "do": "verify", "files": files, "trust": bench.office.root }))?;
            if pyhanko["valid"] != count {
                bail!("pyHanko found {} of {count} copies valid", pyhanko["valid"]);
            }
            Ok([ours(files, &trust)?, crate::peer::number(&pyhanko, "seconds")?, pdfsig(files)?])
        })?;
        let size = |times: &crate::stats::Times| (count.to_string(), count as f64, times.median());
        ours_grown.push(size(&ours));
        pyhanko_grown.push(size(&pyhanko));
        pdfsig_grown.push(size(&pdfsig));
        if count == 1000 {
            let what = format!("verify {count} copies of ours, all cores");
            let named = "pyHanko, a warm process for each core";
            table.row(Row::at_most(&what, &ours, &pyhanko, named, 1.0 / 20.0, "≥ 20x faster"));
            let named = "pdfsig -nocert, as many at a time as cores";
            table.row(Row::at_most(&what, &ours, &pdfsig, named, 0.5, "≥ 2x faster"));
        }
    }
    let bytes: u64 = files.iter().map(|file| fs::metadata(file).map_or(0, |file| file.len())).sum();
    table.note(format!(
        "Verifying: 1,000 different copies of one page and a statement, signed twice, {:.2} MB each, in the page cache. Ours \
         and pyHanko judge integrity, later changes and the chain up to the root; pdfsig, told not to, leaves the chain out. \
         Ours and pyHanko had to find every copy valid.",
        bytes as f64 / files.len() as f64 / 1e6
    ));
    table.growth("verify copies: ours", ours_grown);
    table.growth("verify copies: pyHanko", pyhanko_grown);
    table.growth("verify copies: pdfsig", pdfsig_grown);
    fs::remove_dir_all(bench.room.join("copies"))?;
    Ok(())
}

/// Copies signed by performer and agency, each its own file.
fn make(bench: &Bench, count: usize) -> Result<Vec<PathBuf>> {
    println!("   making {count} copies");
    let folder = bench.room.join("copies");
    fs::create_dir_all(&folder)?;
    let pages = originals()?.iter().map(|photo| corrected(photo)).collect::<Result<Vec<_>>>()?;
    let mut files = Vec::with_capacity(count);
    for number in 1..=count {
        let file = folder.join(format!("{number:04}.pdf"));
        fs::write(&file, bench.press.sealed(vec![pages[number % pages.len()].clone()], number as u32)?)?;
        files.push(file);
    }
    Ok(files)
}

fn ours(files: &[PathBuf], trust: &[Certificate]) -> Result<f64> {
    let (verifier, at) = (Verifier::new(trust.to_vec()), Timestamp::now());
    let begun = Instant::now();
    let valid = files
        .par_iter()
        .filter(|file| fs::read(file).is_ok_and(|pdf| verifier.verify(&pdf, at).verdict == Verdict::Valid))
        .count();
    let seconds = begun.elapsed().as_secs_f64();
    if valid != files.len() {
        let report = files.first().map(|file| Ok::<_, anyhow::Error>(verifier.verify(&fs::read(file)?, at)));
        bail!("{valid} of {} copies are valid: {:?}", files.len(), report.transpose()?);
    }
    Ok(seconds)
}

fn pdfsig(files: &[PathBuf]) -> Result<f64> {
    let cores = std::thread::available_parallelism()?.to_string();
    let list: Vec<u8> = files.iter().flat_map(|file: &PathBuf| [bytes(file), b"\0"].concat()).collect();
    let begun = Instant::now();
    let mut xargs = Command::new("xargs")
        .args(["-0", "-P", &cores, "-n", "1", "pdfsig", "-nocert"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("xargs is missing: install the package findutils")?;
    xargs.stdin.take().context("no input")?.write_all(&list)?;
    let status = xargs.wait()?;
    let seconds = begun.elapsed().as_secs_f64();
    if !status.success() {
        bail!("pdfsig: {status}");
    }
    Ok(seconds)
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}
