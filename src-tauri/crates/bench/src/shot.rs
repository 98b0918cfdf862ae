//! From the bytes of a photograph to the thumbnail of its corrected page.

use crate::{
    Bench, originals,
    stats::{by_turns, timed},
    table::{Row, Table},
};
use anyhow::{Context, Result};
use mocban_desk::api::{CaseView, Empty, PageAdd};

const ROUNDS: usize = 15;
const WARM: usize = 3;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let photo = std::fs::read(&originals()?[0])?;
    let desk = &bench.desk;
    let [ours] = by_turns(WARM, ROUNDS, || {
        let photo = photo.clone();
        let (_, seconds) = timed(|| {
            let blob = desk.upload(photo)?;
            let case: CaseView = desk.ask("page_add", &PageAdd { blob, name: "shot.jpg".into() })?;
            let page = case.pages.first().context("no page was added")?;
            Ok(desk.resource(&format!("page/{}/thumb/{}", page.id, page.revision))?)
        })?;
        let _: CaseView = desk.ask("case_discard", &Empty {})?;
        Ok([seconds])
    })?;
    table.row(Row::within("shot to thumbnail, 8 MP", &ours, 0.4));
    table.note(
        "Shot to thumbnail: through the command list, so with decoding, detection, the finished page, all three pictures for \
         the screen, and the draft saved durably with the original in it.",
    );
    Ok(())
}
