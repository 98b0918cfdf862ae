//! The register's own measuring program (`examples/measure` of that crate), run at growing sizes: only the register knows
//! SQL, so it measures SQLite's own insert beside its append itself.

use crate::{
    Bench,
    stats::{Times, seconds},
    table::{Row, Table},
};
use anyhow::{Context, Result, bail};
use std::{fs, process::Command};

/// Entries in one of its days.
const A_DAY: u32 = 1_000;
/// Entries at which the day view and verification have targets.
const A_MILLION: u32 = 1_000_000;

/// What one run told.
struct Told {
    day: Times,
    verify: Times,
    append: f64,
    bare: f64,
}

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let mut days = vec![1, 10, 100];
    if bench.full {
        days.push(1_000);
    }
    let (mut append, mut bare) = (Vec::new(), Vec::new());
    let (mut appends, mut views, mut verifies) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for days in days {
        println!("   {} entries", days * A_DAY);
        let told = run(bench, days)?;
        append.push(told.append);
        bare.push(told.bare);
        let (name, entries) = ((days * A_DAY).to_string(), f64::from(days * A_DAY));
        appends.push((name.clone(), 1.0, told.append));
        views.push((name.clone(), 1.0, told.day.median()));
        verifies.push((name, entries, told.verify.median()));
        last = Some((days * A_DAY, told));
    }
    let named = "SQLite's own insert + fsync, same settings, same cipher";
    let what = "register append, durable (entry, file, job, tree)";
    table.row(Row::at_most(what, &Times::new(append), &Times::new(bare), named, 1.3, "≤ 1.3x"));
    let (entries, told) = last.context("no size was measured")?;
    for (what, times, most) in
        [("day view (1,000 entries)", told.day, 0.05), ("verify the whole register", told.verify, 3.0)]
    {
        let mut row = Row::within(format!("{what} at {entries} entries"), &times, most);
        row.target = format!("≤ {} at {A_MILLION}", seconds(most));
        // A smaller size says nothing about the target.
        row.reached = row.reached.filter(|_| entries == A_MILLION);
        table.row(row);
    }
    table.note(
        "The register: each append seals an act with a file of three parts of 10 kB; beside it, by turns, one row with the \
         same last part is inserted into a bare database with the same pragmas. Each run is a median of 300.",
    );
    table.growth("one durable append, by entries in the register", appends);
    table.growth("one day view, by entries in the register", views);
    table.growth("verify the register (unit: one entry)", verifies);
    Ok(())
}

fn run(bench: &Bench, days: u32) -> Result<Told> {
    let program = std::env::current_exe()?.with_file_name("examples").join("measure");
    let folder = bench.room.join(format!("register-{days}"));
    let build = "cargo build --release -p mocban-register --features bench --example measure";
    let output = Command::new(&program).arg(days.to_string()).arg(&folder).output();
    let output = output.with_context(|| format!("{} is missing: {build}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{}: {text}{}", program.display(), String::from_utf8_lossy(&output.stderr));
    }
    fs::remove_dir_all(folder)?;
    let times = |name: &str| -> Result<Times> {
        let lines = text.lines().filter(|line| line.starts_with(name));
        let all: Option<Vec<f64>> = lines.map(|line| duration(line.rsplit(": ").next()?)).collect();
        all.filter(|all| !all.is_empty()).map(Times::new).with_context(|| format!("no {name} in: {text}"))
    };
    if !text.lines().filter(|line| line.starts_with("verify")).all(|line| line.contains(" 0 alarms")) {
        bail!("the register raised alarms: {text}");
    }
    // append: 1ms; SQLite's own: 812µs; 1.12x — the times are rounded, the ratio is not.
    let appended = text.lines().find(|line| line.starts_with("append")).unwrap_or_default();
    let mut parts = appended.split("; ").skip(1);
    let bare = parts.next().and_then(|part| duration(part.rsplit(": ").next()?));
    let ratio = parts.next().and_then(|part| part.strip_suffix('x')?.parse::<f64>().ok());
    let (bare, ratio) = bare.zip(ratio).with_context(|| format!("no append in: {text}"))?;
    let append = bare * ratio;
    Ok(Told { day: times("day view")?, verify: times("verify")?, append, bare })
}

/// Seconds of a duration as Rust prints it for people.
fn duration(text: &str) -> Option<f64> {
    let units = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    units.iter().find_map(|(unit, scale)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_every_unit() {
        for (text, seconds) in [("912µs", 912e-6), ("1.25ms", 1.25e-3), ("3.5s", 3.5), ("80ns", 80e-9)] {
            let read = duration(text).unwrap_or(f64::NAN);
            assert!((read / seconds - 1.0).abs() < 1e-9, "{text}: {read}");
        }
        assert_eq!(duration("1.12x"), None);
    }
}
