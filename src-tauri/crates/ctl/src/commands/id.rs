//! `id read`: the QR code of an identity card, one line a picture, in the order they were named.

use crate::{arguments::Id, files, outcome::Outcome, output};
use mocban_desk::{
    DeskError,
    tools::{self, CardReading},
};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;

/// One line. Every key is always there; a picture without a card has nulls, and `reason` says why.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    #[serde(flatten)]
    reading: &'a CardReading,
}

pub(super) fn run(words: Id) -> Outcome {
    let Id::Read { json, images } = words;
    let looked: Vec<_> = images.par_iter().map(|path| look(path)).collect();
    let mut outcome = Outcome::Done;
    for (path, (reading, fault)) in images.iter().zip(&looked) {
        tell(path, reading, fault.as_ref(), json.json);
        outcome = outcome.max(match fault {
            Some(fault) => super::page::judged(fault),
            None => Outcome::all_well(reading.is_read()),
        });
    }
    outcome
}

fn look(path: &Path) -> (CardReading, Option<DeskError>) {
    let read = files::picture(path).and_then(|(bytes, name)| tools::read_card(bytes, &name));
    match read {
        Ok(reading) => (reading, None),
        Err(fault) => (CardReading::none(fault.code()), Some(fault)),
    }
}

fn tell(path: &Path, reading: &CardReading, fault: Option<&DeskError>, json: bool) {
    if json {
        output::json(&Line { file: path.display().to_string(), reading });
    }
    let said = match (fault, reading) {
        (Some(fault), _) => crate::messages::fault(fault),
        (None, CardReading { id: Some(id), name: Some(name), .. }) => format!("{name}, {id}"),
        _ => "không đọc được mã QR của thẻ căn cước".into(),
    };
    // With JSON the fields are on stdout already; a terminal's history need not have them twice.
    if !json || fault.is_some() || !reading.is_read() {
        output::say(format!("{}: {said}", path.display()));
    }
}
