//! Bringing queued copies to the warehouse over loopback.

use crate::{
    Bench,
    job::certify,
    originals,
    sink::Sink,
    stats::{Times, seconds, timed},
    table::{Row, Table},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::Path, process::Command};

/// Rounds of curl around ours.
const CURL_ROUNDS: usize = 3;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    // What the earlier rows queued: it also warms both ends.
    let mut before = bench.desk.drain_queue(bench.runtime.handle())?;
    let most = if bench.full { 10_000 } else { 200 };
    let mut growth = Vec::new();
    for count in [most / 100, most / 10, most] {
        let out = bench.room.join("queued");
        fs::create_dir_all(&out)?;
        println!("   queueing {count} copies");
        let bytes = queue(bench, count, &out)?;
        let synced = Sink::start(&bench.room.join("sink"), true)?;
        let discarding = Sink::start(&bench.room.join("sink"), false)?;
        let mut kept: Vec<f64> =
            (0..CURL_ROUNDS).map(|_| curl(&out, count, &synced)).collect::<Result<_>>()?;
        let (delivered, ours) = timed(|| Ok(bench.desk.drain_queue(bench.runtime.handle())?))?;
        // The desk counts from its start.
        if delivered != before + count {
            bail!("{} of {count} copies were delivered", delivered - before);
        }
        before = delivered;
        kept.extend((0..CURL_ROUNDS).map(|_| curl(&out, count, &synced)).collect::<Result<Vec<_>>>()?);
        let thrown: Vec<f64> =
            (0..CURL_ROUNDS).map(|_| curl(&out, count, &discarding)).collect::<Result<_>>()?;
        growth.push((count.to_string(), count as f64, ours));
        if count == most {
            let (kept, thrown) = (Times::new(kept), Times::new(thrown));
            let speed = |time: f64| format!("{:.0} MB/s", bytes as f64 / time / 1e6);
            let ratio = kept.median() / ours;
            table.row(Row {
                what: format!("drain {count} queued copies ({:.0} MB) over loopback", bytes as f64 / 1e6),
                ours: format!("{} ({})", seconds(ours), speed(ours)),
                peer: format!("curl, same bytes, kept with fsync: {kept} ({})", speed(kept.median())),
                ratio: format!("{ratio:.2} of its throughput"),
                target: "≥ 0.8x its throughput (10,000 copies)".into(),
                reached: Some(ratio >= 0.8),
            });
            table.note(format!(
                "Draining: ours creates a tus upload, sends it with a checksum, registers the copy, has the warehouse verify both \
                 signatures and answer a signed receipt, and enters every step durably at both ends. curl, one process on one \
                 connection, puts the same files to a server that writes and syncs each; to one that throws them away it \
                 takes {thrown}. What a cut costs (at most one chunk) is stated as a test of the warehouse's client."
            ));
        }
        fs::remove_dir_all(out)?;
    }
    table.growth("drain the queue (unit: one copy)", growth);
    Ok(())
}

/// Certifies `count` copies at the desk and writes their files to `out`; gives the bytes in all.
fn queue(bench: &Bench, count: u64, out: &Path) -> Result<u64> {
    let photo = fs::read(&originals()?[0])?;
    let mut bytes = 0;
    for index in 0..count {
        let copy = certify(&bench.desk, photo.clone())?;
        let file = bench.desk.resource(&format!("copy/{copy}/file"))?.bytes;
        bytes += file.len() as u64;
        fs::write(out.join(format!("{index}.pdf")), file)?;
    }
    Ok(bytes)
}

/// Uploads all files in one curl process.
fn curl(folder: &Path, count: u64, sink: &Sink) -> Result<f64> {
    let list = folder.join("curl.conf");
    let line = |index: u64| {
        let file = folder.join(format!("{index}.pdf"));
        format!("upload-file = \"{}\"\nurl = \"{}/{index}.pdf\"\n", file.display(), sink.url())
    };
    fs::write(&list, (0..count).map(line).collect::<String>())?;
    let (output, seconds) = timed(|| {
        let mut curl = Command::new("curl");
        // Without waiting for a "100 Continue", which would cost curl time.
        let arguments = [
            "--disable",
            "--silent",
            "--show-error",
            "--fail",
            "--noproxy",
            "*",
            "--header",
            "Expect:",
            "--config",
        ];
        curl.args(arguments).arg(&list).output().context("curl is missing: install the package curl")
    })?;
    if !output.status.success() {
        bail!("curl: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(seconds)
}
