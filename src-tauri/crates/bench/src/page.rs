//! The steps of a page, each beside OpenCV doing the same: decode, warp, encode.

use crate::{
    Bench, originals,
    stats::{Times, by_turns, timed},
    table::{Row, Table, ratio_text},
};
use anyhow::{Context, Result};
use mocban_capture::{Original, Transform, decode, detect, encode, rectify};
use serde_json::{Value, json};
use std::fs;

const ROUNDS: usize = 15;
const WARM: usize = 3;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let photo = &originals()?[0];
    let original = Original::read(fs::read(photo)?, "shot.jpg")?;
    let picture = decode(&original)?;
    let quad = detect(&picture).certain().context("no page was found")?;
    let transforms = [Transform::perspective(&picture, quad, None)?];
    let page = rectify(&picture, &transforms)?;
    let corners = json!(quad.0.map(|corner| [corner.x, corner.y]));

    let mut beside = |what: &str, command: Value, ours: &dyn Fn() -> Result<()>| -> Result<()> {
        let [ours, theirs] =
            by_turns(WARM, ROUNDS, || Ok([timed(ours)?.1, bench.peer.seconds(command.clone())?]))?;
        table.row(row(what, &ours, &theirs));
        Ok(())
    };
    beside("decode a photograph of 8 MP", json!({ "do": "decode", "photo": photo }), &|| {
        decode(&original).map(drop).map_err(Into::into)
    })?;
    beside(
        "warp its page to A4 at 300 dpi (8.7 MP)",
        json!({ "do": "straighten", "photo": photo, "quad": corners }),
        &|| rectify(&picture, &transforms).map(drop).map_err(Into::into),
    )?;
    beside(
        "encode that page, quality 85, 4:2:2",
        json!({ "do": "encode", "photo": photo, "quad": corners }),
        &|| encode::jpeg(&page.picture, page.dpi, encode::QUALITY).map(drop).map_err(Into::into),
    )?;
    table.note(
        "Decode, warp and encode: one after the other on the same photograph and the same corners, both bilinear, with all threads. Ours \
         also reads every scan through, symbol by symbol, to see that nothing is missing.",
    );
    Ok(())
}

fn row(what: &str, ours: &Times, theirs: &Times) -> Row {
    Row {
        what: what.into(),
        ours: ours.to_string(),
        peer: format!("OpenCV: {theirs}"),
        ratio: ratio_text(ours.median() / theirs.median()),
        target: "–".into(),
        reached: None,
    }
}
