//! `queue status`, `queue run`, `queue retry`.

use super::Ended;
use crate::{arguments::Queue, messages, outcome::Outcome, output, session::Session};
use mocban_desk::{
    DeskError,
    api::{CopyRef, Empty, JobState, JobView, QueueView},
};
use std::path::PathBuf;

pub(super) fn run(data: Option<PathBuf>, words: Queue) -> Ended {
    let session = Session::open(data)?;
    let (json, sent) = match words {
        Queue::Status(json) => (json.json, None),
        Queue::Run(json) => {
            session.desk.ask::<_, QueueView>("queue_run", &Empty {})?;
            (json.json, Some(session.drain()?))
        }
        Queue::Retry { copy, json } => {
            session.desk.ask::<_, QueueView>("queue_retry", &CopyRef { copy })?;
            (json.json, Some(session.drain()?))
        }
    };
    let queue: QueueView = session.desk.ask("queue_list", &Empty {})?;
    queue.jobs.iter().for_each(|job| tell(job, json));
    if let Some(problem) = &queue.problem {
        output::say(format!("Đường truyền: {}", messages::upload_problem(problem)));
    }
    Ok(match sent {
        None => Outcome::Done,
        // Nothing was wrong with a copy: the line itself stands still.
        Some(Err(DeskError::QueueRefused { .. })) => Outcome::CouldNot,
        Some(Err(fault)) => return Err(fault),
        Some(Ok(_)) if queue.jobs.iter().any(|job| job.state == JobState::Held) => Outcome::Refused,
        Some(Ok(_)) if queue.jobs.iter().any(|job| job.state != JobState::Delivered) => Outcome::CouldNot,
        Some(Ok(_)) => Outcome::Done,
    })
}

fn tell(job: &JobView, json: bool) {
    if json {
        return output::json(job);
    }
    let state = match job.state {
        JobState::Ready => "chờ gửi",
        JobState::Sending => "đang gửi",
        JobState::Waiting => "chờ gửi lại",
        JobState::Held => "bị giữ, cần người xem",
        JobState::Delivered => "kho đã nhận",
    };
    let problem = job.problem.as_deref().map(messages::upload_problem).unwrap_or_default();
    output::say(format!("{}  {}  {}  {state} {problem}", job.number, job.copy, job.paper).trim_end());
}
