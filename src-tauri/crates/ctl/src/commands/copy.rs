//! `copy build`: an unsigned practice copy.

use super::{Ended, page::With};
use crate::{arguments::Copy, files, outcome::Outcome, output};
use jiff::Timestamp;
use mocban_desk::tools;
use std::path::PathBuf;

pub(super) fn run(Copy::Build { training: _, paper, out, json, id_card, images }: Copy) -> Ended {
    let read =
        |paths: &[PathBuf]| paths.iter().map(|path| files::picture(path)).collect::<Result<Vec<_>, _>>();
    let card = read(&id_card)?.try_into().ok();
    let built = tools::build_copy(read(&images)?, card, &paper, Timestamp::now())?;
    files::write(&out, &[&built.bytes])?;
    if json.json {
        output::json(&With { file: out.display().to_string(), result: &built });
    } else {
        output::say(format!("Đã lập bản sao mẫu chưa ký: {} ({} trang)", out.display(), built.pages));
    }
    Ok(Outcome::Done)
}
