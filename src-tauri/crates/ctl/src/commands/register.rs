//! `register verify` and `register list`.

use super::Ended;
use crate::{
    arguments::Register,
    outcome::Outcome,
    output,
    session::{self, Session},
};
use jiff::Timestamp;
use mocban_desk::{
    DeskError,
    api::{DayView, EntryView, RegisterDay},
    tools::Inspection,
};
use std::path::PathBuf;

pub(super) fn run(data: Option<PathBuf>, words: Register) -> Ended {
    match words {
        Register::Verify(json) => verify(data, json.json),
        Register::List { date, all, json } => {
            let session = Session::open(data)?;
            let days = match (all, date) {
                (true, _) => session.desk.register_days()?.iter().map(ToString::to_string).collect(),
                (false, Some(date)) => vec![date.to_string()],
                // Empty means today.
                (false, None) => vec![String::new()],
            };
            for date in days {
                let day: DayView = session.desk.ask("register_day", &RegisterDay { date })?;
                day.entries.iter().for_each(|entry| tell(entry, json.json));
            }
            Ok(Outcome::Done)
        }
    }
}

fn verify(data: Option<PathBuf>, json: bool) -> Ended {
    let folder = session::folder(data.as_deref())?;
    let report = Inspection::verify_register(&folder, Timestamp::now())?.ok_or(DeskError::NotFound)?;
    if json {
        output::json(&report);
    } else {
        output::say(format!("Đã kiểm tra {} dòng sổ, {} tệp.", report.entries, report.files));
        for alarm in &report.alarms {
            output::say(format!("  CẢNH BÁO {alarm}"));
        }
        if report.alarms.is_empty() {
            output::say("Không có cảnh báo.");
        }
    }
    Ok(Outcome::all_well(report.alarms.is_empty()))
}

fn tell(entry: &EntryView, json: bool) {
    if json {
        return output::json(entry);
    }
    let voided = if entry.voided { " – HỦY" } else { "" };
    let EntryView { number, certified_at, requester, paper, copies, fee, .. } = entry;
    output::say(format!("{number}{voided}  {certified_at}  {requester}  {paper}  {copies} bản  {fee} đ"));
}
