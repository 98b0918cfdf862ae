//! What a long case costs in memory: five hundred pages put in one by one as the window does it, then signed, delivered
//! and verified, with this process's memory told at each step. And many short cases one after another.

use crate::{Bench, originals, stats::seconds, table::Table};
use anyhow::{Context, Result, bail};
use mocban_capture::{Original, decode, encode};
use mocban_desk::{Desk, api::*};
use std::{fs, time::Instant};

/// Page counts at which memory is told.
const STEPS: [usize; 5] = [1, 50, 100, 250, 500];
/// The last of them measured unless all sizes are.
const SHORT: usize = 100;
/// Pages of one of the many short cases, and how many cases there are.
const CASE_PAGES: usize = 5;
const CASES: usize = 100;
/// Sides of a printed block of the mark that makes each page a page of its own, pixels.
const BLOCK: usize = 24;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let pictures = originals()?;
    let pictures = pictures.iter().map(|file| Ok(Original::read(fs::read(file)?, "photo.jpg")?));
    let pictures: Vec<Original> = pictures.collect::<Result<_>>()?;
    let (desk, last) = (&bench.desk, if bench.full { STEPS[STEPS.len() - 1] } else { SHORT });
    let mut lines = Lines::default();

    reset_peak()?;
    lines.add("before the first page", "")?;
    let (mut photographs, mut paging) = (0, 0.0);
    for page in 1..=last {
        let photo = photograph(&pictures, page)?;
        photographs += photo.len();
        let begun = Instant::now();
        add(desk, photo, "photo.jpg")?;
        paging += begun.elapsed().as_secs_f64();
        if STEPS.contains(&page) {
            let each = format!("{} a page so far", seconds(paging / page as f64));
            lines.add(&format!("{page} pages on the counter"), &each)?;
        }
    }
    reset_peak()?;
    let begun = Instant::now();
    let copy = sign(desk)?;
    let size = copy.size as f64 / 1e6;
    lines.add(&format!("signed and sealed, {size:.0} MB"), &seconds(begun.elapsed().as_secs_f64()))?;
    let begun = Instant::now();
    desk.drain_queue(bench.runtime.handle())?;
    let waiting = desk.ask::<_, Status>("status", &Empty {})?.queue.waiting;
    if waiting > 0 {
        bail!("the copy was not delivered");
    }
    lines.add("delivered to a warehouse in the same process", &seconds(begun.elapsed().as_secs_f64()))?;
    let begun = Instant::now();
    let found: Verification = desk.ask("verify_copy", &CopyRef { copy: copy.id })?;
    if found.verdict != FileVerdict::Valid {
        bail!("the copy is {:?}: {:?}", found.verdict, found.reasons);
    }
    lines.add("verified from the register", &seconds(begun.elapsed().as_secs_f64()))?;

    for case in 1..=CASES {
        for page in 0..CASE_PAGES {
            add(desk, photograph(&pictures, last + case * CASE_PAGES + page)?, "photo.jpg")?;
        }
        sign(desk)?;
        if [1, CASES / 10, CASES].contains(&case) {
            lines.add(&format!("{case} further cases of {CASE_PAGES} pages signed"), "")?;
        }
    }
    table.section(
        "Memory of a long case",
        format!(
            "Each page an 8 MP photograph of its own ({:.2} MB on average), put in, found, straightened to A4 at 300 dpi and saved \
             as the window does it; signed twice with SoftHSM2. Resident memory of the desk's process (`VmRSS`), and the most it \
             came to since the line before (`VmHWM`).\n\n{}",
            photographs as f64 / last as f64 / 1e6,
            lines.0
        ),
    );
    Ok(())
}

/// A photograph that differs from every other: its number is printed into a corner of the paper.
fn photograph(pictures: &[Original], number: usize) -> Result<Vec<u8>> {
    let mut picture = decode(&pictures[number % pictures.len()])?;
    let (left, top) = (picture.width / 2, picture.height / 2);
    for bit in 0..12 {
        let grey = if number >> bit & 1 == 1 { 30 } else { 220 };
        for y in top..top + BLOCK {
            let from = 3 * (y * picture.width + left + bit * BLOCK);
            picture.rgb8[from..from + 3 * BLOCK].fill(grey);
        }
    }
    Ok(encode::jpeg(&picture, 300.0, encode::QUALITY)?)
}

fn add(desk: &Desk, photo: Vec<u8>, name: &str) -> Result<()> {
    let blob = desk.upload(photo)?;
    let case: CaseView = desk.ask("page_add", &PageAdd { blob, name: name.into() })?;
    let page = case.pages.last().context("no page was added")?;
    // What the window asks for next.
    desk.resource(&format!("page/{}/thumb/{}", page.id, page.revision))?;
    desk.resource(&format!("page/{}/page/{}", page.id, page.revision))?;
    if page.needs_confirmation {
        let _: CaseView = desk.ask("page_confirm", &PageRef { page: page.id.clone() })?;
    }
    Ok(())
}

fn sign(desk: &Desk) -> Result<SignedCopy> {
    let mut form = desk.ask::<_, CaseView>("case_get", &Empty {})?.form;
    form.requester.name = "Nguyễn Thị Ánh Tuyết".into();
    form.requester.id_number = "001203004567".into();
    form.paper.name = "Hồ sơ địa chính".into();
    let _: CaseView = desk.ask("case_update", &form)?;
    let case: CaseView = desk.ask("case_attest", &CaseAttest { attested: true })?;
    if !case.missing.is_empty() {
        bail!("the case lacks {:?}", case.missing);
    }
    Ok(desk.ask("case_sign", &Empty {})?)
}

/// The table's lines so far.
struct Lines(String);

impl Default for Lines {
    fn default() -> Self {
        Self("| when | resident | most since the line before | time |\n|---|---|---|---|\n".into())
    }
}

impl Lines {
    fn add(&mut self, when: &str, time: &str) -> Result<()> {
        let line = format!("| {when} | {} | {} | {time} |", memory("VmRSS")?, memory("VmHWM")?);
        println!("   {line}");
        self.0 += &line;
        self.0.push('\n');
        reset_peak()
    }
}

/// A line of this process's status.
fn memory(name: &str) -> Result<String> {
    let status = fs::read_to_string("/proc/self/status").context("memory is measured on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()).context("no such line")?.parse()?;
    Ok(format!("{:.0} MB", kib * 1024.0 / 1e6))
}

/// Lets the most memory used be counted anew (`man 5 proc`).
fn reset_peak() -> Result<()> {
    fs::write("/proc/self/clear_refs", "5").context("memory is measured on Linux only")
}
