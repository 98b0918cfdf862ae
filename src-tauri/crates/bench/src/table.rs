//! The table that is written to `docs/bench.md`.

use crate::stats::{Times, seconds};
use std::fmt::Write as _;

/// One line: ours beside a peer.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) peer: String,
    /// How ours relates to the peer, or a dash.
    pub(crate) ratio: String,
    /// What was to be reached (design), or a dash.
    pub(crate) target: String,
    /// Whether it was; `None` where nothing was set.
    pub(crate) reached: Option<bool>,
}

impl Row {
    /// A row whose target is that ours takes at most `most` times the peer's time.
    pub(crate) fn at_most(
        what: impl Into<String>,
        ours: &Times,
        peer: &Times,
        named: &str,
        most: f64,
        target: &str,
    ) -> Self {
        let ratio = ours.median() / peer.median();
        Self {
            what: what.into(),
            ours: ours.to_string(),
            peer: format!("{named}: {peer}"),
            ratio: ratio_text(ratio),
            target: target.into(),
            reached: Some(ratio <= most),
        }
    }

    /// A row whose target is a time.
    pub(crate) fn within(what: impl Into<String>, ours: &Times, most: f64) -> Self {
        Self {
            what: what.into(),
            ours: ours.to_string(),
            peer: "–".into(),
            ratio: "–".into(),
            target: format!("≤ {}", seconds(most)),
            reached: Some(ours.median() <= most),
        }
    }
}

/// How many times faster or slower ours is.
pub(crate) fn ratio_text(ours_by_peer: f64) -> String {
    if ours_by_peer <= 0.67 {
        format!("{ours_by_peer:.2} ({:.1}x faster)", 1.0 / ours_by_peer)
    } else {
        format!("{ours_by_peer:.2}")
    }
}

/// Cost at growing sizes.
struct Growth {
    what: String,
    sizes: Vec<(String, f64, f64)>,
}

/// Rows, growth and notes in the order of measuring.
pub(crate) struct Table {
    machine: String,
    load_after: String,
    versions: String,
    rows: Vec<Row>,
    growth: Vec<Growth>,
    /// Heading and text.
    sections: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn new(machine: String) -> Self {
        let (rows, growth, sections, notes) = Default::default();
        Self { machine, load_after: String::new(), versions: String::new(), rows, growth, sections, notes }
    }

    pub(crate) fn versions(&mut self, versions: String) {
        self.versions = versions;
    }

    pub(crate) fn finish(&mut self, load: &str) {
        load.clone_into(&mut self.load_after);
    }

    pub(crate) fn row(&mut self, row: Row) {
        println!("   {} | ours {} | {} | {}", row.what, row.ours, row.peer, row.ratio);
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        println!("   {note}");
        self.notes.push(note);
    }

    /// `sizes`: name of the size, amount of work in any unit, seconds.
    pub(crate) fn growth(&mut self, what: impl Into<String>, sizes: Vec<(String, f64, f64)>) {
        self.growth.push(Growth { what: what.into(), sizes });
    }

    /// A part of its own after the rows.
    pub(crate) fn section(&mut self, heading: impl Into<String>, text: impl Into<String>) {
        self.sections.push((heading.into(), text.into()));
    }

    pub(crate) fn markdown(&self, full: bool) -> String {
        let mut out = String::from(
            "# Measured beside the peers\n\nWritten by `cargo xtask bench`. Both sides run in the same minutes on the same \
             machine, by turns, warm. A time is the median, then the quartiles and the number of rounds. The ratio is our \
             time by the peer's: below 1 we are faster.\n\n",
        );
        let sizes = if full { "all" } else { "the largest left out (`MOCBAN_BENCH_FULL=1` measures them)" };
        let _ = writeln!(out, "- {}\n- load average in the end: {}", self.machine, self.load_after);
        let _ = writeln!(out, "- peers: {}\n- sizes: {sizes}\n", self.versions);
        out.push_str("| what | ours | peer | ratio | target | reached |\n|---|---|---|---|---|---|\n");
        for Row { what, ours, peer, ratio, target, reached } in &self.rows {
            let reached = reached.map_or("–", |reached| if reached { "yes" } else { "**no**" });
            let _ = writeln!(out, "| {what} | {ours} | {peer} | {ratio} | {target} | {reached} |");
        }
        out.push_str("\n## Cost at 1x, 10x, 100x\n\nCost of one unit of work, and how it grew from the smallest size.\n\n");
        out.push_str("| what | size: time, for each unit | growth for each unit |\n|---|---|---|\n");
        for Growth { what, sizes } in &self.growth {
            let each = |(_, amount, time): &(String, f64, f64)| time / amount;
            let list: Vec<String> = sizes
                .iter()
                .map(|size| {
                    let whole = format!("{}: {}", size.0, seconds(size.2));
                    if size.1 == 1.0 { whole } else { format!("{whole}, {} each", seconds(each(size))) }
                })
                .collect();
            let grown =
                sizes.first().zip(sizes.last()).map_or(f64::NAN, |(first, last)| each(last) / each(first));
            let _ = writeln!(out, "| {what} | {} | {grown:.2}x |", list.join("<br>"));
        }
        for (heading, text) in &self.sections {
            let _ = write!(out, "\n## {heading}\n\n{}\n", text.trim_end());
        }
        out.push_str("\n## How it was measured\n\n");
        for note in &self.notes {
            let _ = writeln!(out, "- {note}");
        }
        out
    }
}
