//! Finding the page in a live preview frame.

use crate::{
    Bench, originals,
    peer::number,
    repository,
    stats::{Times, by_turns},
    table::{Row, Table, ratio_text},
};
use anyhow::{Context, Result};
use mocban_capture::{Picture, detect_live};
use serde_json::{Value, json};
use std::{fs, time::Instant};

/// The originals are 4:3; such a frame has as many pixels as one of 1920 × 1080.
const FRAME: (usize, usize) = (1662, 1247);
const ROUNDS: usize = 21;
const WARM: usize = 3;

pub(crate) fn measure(bench: &mut Bench, table: &mut Table) -> Result<()> {
    let truth: Value =
        serde_json::from_slice(&fs::read(repository().join("assets/training/originals/truth.json"))?)?;
    let (mut all_ours, mut all_theirs) = (Vec::new(), Vec::new());
    let (mut our_overlap, mut their_overlap) = (Vec::new(), Vec::new());
    for photo in originals()? {
        let name = photo.file_name().and_then(|name| name.to_str()).context("a photograph's name")?;
        let size =
            |side: &str| truth[name][side].as_f64().with_context(|| format!("{name} is not in truth.json"));
        let (across, down) = (size("width")?, size("height")?);
        let (width, height) = if across > down { FRAME } else { (FRAME.1, FRAME.0) };
        let file = bench.room.join("frame.rgb").with_file_name(format!("{name}.rgb"));
        bench
            .peer
            .ask(json!({ "do": "frame", "photo": photo, "width": width, "height": height, "out": file }))?;
        let picture = Picture::new(width, height, fs::read(&file)?).context("a frame of another size")?;
        let wanted: Vec<[f64; 2]> = serde_json::from_value(truth[name]["quad"].clone())?;
        let scale = (width as f64 / across, height as f64 / down);
        let wanted: Vec<[f64; 2]> = wanted.iter().map(|[x, y]| [x * scale.0, y * scale.1]).collect();

        let (mut found, mut their_quad) = (None, Value::Null);
        let [ours, theirs] = by_turns(WARM, ROUNDS, || {
            let begun = Instant::now();
            found = detect_live(&picture).quad;
            let ours = begun.elapsed().as_secs_f64();
            let answer =
                bench.peer.ask(json!({ "do": "detect", "file": file, "width": width, "height": height }))?;
            let theirs = number(&answer, "seconds")?;
            their_quad = answer["quad"].clone();
            Ok([ours, theirs])
        })?;
        all_ours.push(ours.median());
        all_theirs.push(theirs.median());
        let mut overlap = |quad: Value| match quad {
            Value::Null => Ok(0.0),
            quad => number(&bench.peer.ask(json!({ "do": "iou", "one": quad, "other": wanted }))?, "iou"),
        };
        our_overlap.push(overlap(json!(found.map(|quad| quad.0.map(|corner| [corner.x, corner.y]))))?);
        their_overlap.push(overlap(their_quad)?);
        fs::remove_file(file)?;
    }
    let (ours, theirs) = (Times::new(all_ours), Times::new(all_theirs));
    let ratio = ratio_text(ours.median() / theirs.median());
    let what = "live page detection in a preview frame of 2.07 MP (as 1080p)";
    let mut row = Row::within(what, &ours, 0.015);
    (row.peer, row.ratio) = (format!("OpenCV contour finder: {theirs}"), ratio);
    table.row(row);
    let (our_mean, our_worst) = mean_and_worst(&our_overlap);
    let (their_mean, their_worst) = mean_and_worst(&their_overlap);
    table.row(Row {
        what: "overlap with the true outline (IoU) in the same frames: mean, worst".into(),
        ours: format!("{our_mean:.4}, {our_worst:.4}"),
        peer: format!("{their_mean:.4}, {their_worst:.4}"),
        ratio: "–".into(),
        target: "better".into(),
        reached: Some(our_mean > their_mean && our_worst > their_worst),
    });
    table.note(format!(
        "Live detection: the six training originals shrunk to {} × {} (their 4:3 shape with the pixels of 1080p); a time is the \
         median of {ROUNDS} for each picture, shown over the pictures. OpenCV shrinks to 500 rows, blurs, takes Canny edges and \
         the largest contour of four corners, with all its threads. OpenCV itself computes both overlaps.",
        FRAME.0, FRAME.1
    ));
    Ok(())
}

fn mean_and_worst(values: &[f64]) -> (f64, f64) {
    let sum: f64 = values.iter().sum();
    (sum / values.len() as f64, values.iter().copied().fold(f64::INFINITY, f64::min))
}
