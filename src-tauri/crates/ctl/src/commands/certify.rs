//! `certify`: the whole main job without a window, through the same commands the window uses.

use super::Ended;
use crate::{arguments::Certify, files, outcome::Outcome, output, session::Session};
use mocban_desk::{Desk, DeskError, api::*, tools::FileReport};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What goes into the book for a number whose statement bears another date than the day it could be signed.
const DATE_PASSED: &str = "Lời chứng ghi ngày khác ngày ký do sự cố";

/// The result, one line.
#[derive(Serialize)]
struct Certified {
    copy: String,
    number: String,
    volume: String,
    sha256: String,
    size: u64,
    /// Pages of the file, the statement's included.
    pages: u32,
    file: String,
    fee: FeeView,
    /// `delivered`, `ready`, `waiting`, `sending` or `held`.
    delivery: JobState,
    #[serde(flatten)]
    checked: Checked,
    #[serde(flatten)]
    earlier: Earlier,
}

#[derive(Serialize)]
struct Checked {
    verdict: mocban_desk::tools::Verdict,
}

/// What became of acts an earlier crash left half done.
#[derive(Default, Serialize)]
struct Earlier {
    resumed: Vec<Act>,
    voided: Vec<Act>,
}

#[derive(Serialize)]
struct Act {
    copy: String,
    number: String,
}

pub(super) fn run(data: Option<PathBuf>, words: Certify) -> Ended {
    let session = Session::open(data)?;
    let desk = &*session.desk;
    let state: AppState = desk.ask("app_state", &Empty {})?;
    if words.training && state.mode != Mode::Training {
        // A practising officer's attestation must never make a real copy.
        return Err(DeskError::InvalidRequest { field: "--training".into() });
    }
    follow(desk);
    sign_in(desk, &words, state.training_pin)?;
    let earlier = finish_earlier(desk, words.keep_going)?;
    fill_counter(desk, &words)?;
    let signed: SignedCopy = desk.ask("case_sign", &Empty {})?;
    let finished = desk.finished_copy(&signed.id)?;
    files::write(&words.out, &[&finished.bytes])?;
    output::say(format!(
        "Đã chứng thực: số {}, quyển {} → {}",
        signed.number,
        signed.volume,
        words.out.display()
    ));

    if !words.no_upload
        && let Err(fault) = session.drain()?
    {
        tracing::warn!(%fault, "the queue stands still");
    }
    let delivery = delivery(desk, &signed.id)?;
    if delivery != JobState::Delivered {
        output::say("Bản sao đã hoàn tất và nằm trong hàng đợi; sẽ gửi khi kho nhận được.");
    }
    let report: &FileReport = &finished.report;
    let valid = report.is_valid();
    if !valid {
        output::say(format!("Tự kiểm tra: {}", serde_json::to_string(&report.reasons).unwrap_or_default()));
    }
    let certified = Certified {
        file: words.out.display().to_string(),
        pages: finished.pages,
        delivery,
        checked: Checked { verdict: report.verdict },
        earlier,
        copy: signed.id,
        number: signed.number,
        volume: signed.volume,
        sha256: signed.sha256,
        size: signed.size,
        fee: signed.fee,
    };
    if words.json.json {
        output::json(&certified);
    }
    Ok(Outcome::all_well(valid))
}

/// Tells the steps of signing as they happen.
fn follow(desk: &Desk) {
    let mut events = desk.events();
    // Ends with the desk, or with the program.
    std::thread::spawn(move || {
        while let Ok(event) = events.blocking_recv() {
            if let DeskEvent::Signing { step } = event {
                output::say(match step {
                    SigningStep::Number => "Lấy số chứng thực…",
                    SigningStep::Build => "Lập bản sao…",
                    SigningStep::Performer => "Người thực hiện chứng thực ký…",
                    SigningStep::Agency => "Cơ quan ký…",
                    SigningStep::Commit => "Ghi sổ và xếp hàng gửi…",
                });
            }
        }
    });
}

fn sign_in(desk: &Desk, words: &Certify, training_pin: Option<String>) -> Result<(), DeskError> {
    let list: TokenList = desk.ask("tokens_list", &Empty {})?;
    let pin = |file: Option<&Path>| match (file, words.training) {
        (Some(file), _) => files::pin(file),
        (None, true) => training_pin.clone().ok_or(DeskError::InvalidRequest { field: "--pin-file".into() }),
        // Nothing given: the PIN is typed on the token's own pad.
        (None, false) => Ok(String::new()),
    };
    let performer_pin = words.pin_file.as_deref();
    // In training both tokens may share the file; real tokens never share a PIN here.
    let agency_pin = words.agency_pin_file.as_deref().or(performer_pin.filter(|_| words.training));
    for (role, named, pin_file) in [
        (SigningRole::Performer, &words.performer, performer_pin),
        (SigningRole::Agency, &words.agency, agency_pin),
    ] {
        let fits = |token: &&TokenView| token.suggested_role == Some(role);
        let suggested = || list.tokens.iter().find(fits).map(|token| token.fingerprint.clone());
        let fingerprint = named.clone().or_else(suggested).ok_or(DeskError::TokenNotFound)?;
        desk.ask::<_, SessionView>(
            "session_open",
            &SessionOpen { role, fingerprint, pin: pin(pin_file)?, last_try_accepted: false },
        )?;
    }
    Ok(())
}

/// Signs on what a crash left half done; voids what can no longer be signed, with the reason.
fn finish_earlier(desk: &Desk, keep_going: bool) -> Result<Earlier, DeskError> {
    let list: UnfinishedList = desk.ask("unfinished_list", &Empty {})?;
    let mut earlier = Earlier::default();
    for act in list.acts {
        let told = Act { copy: act.id.clone(), number: act.number.clone() };
        match desk.ask::<_, SignedCopy>("unfinished_resume", &CopyRef { copy: act.id.clone() }) {
            Ok(_) => {
                output::say(format!("Đã ký tiếp việc dở dang: số {}", act.number));
                earlier.resumed.push(told);
            }
            Err(DeskError::StatementDatePassed) => {
                let request = UnfinishedVoid { copy: act.id, reason: DATE_PASSED.into() };
                desk.ask::<_, UnfinishedList>("unfinished_void", &request)?;
                output::say(format!("Đã hủy số {}: {DATE_PASSED}", act.number));
                earlier.voided.push(told);
            }
            Err(fault) if keep_going => {
                output::say(format!(
                    "Chưa ký tiếp được số {}: {}",
                    act.number,
                    crate::messages::fault(&fault)
                ));
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(earlier)
}

fn fill_counter(desk: &Desk, words: &Certify) -> Result<(), DeskError> {
    let left: CaseView = desk.ask("case_get", &Empty {})?;
    if !left.pages.is_empty() || !left.form.paper.name.is_empty() || !left.form.requester.name.is_empty() {
        output::say("Bỏ hồ sơ soạn dở trên quầy.");
        desk.ask::<_, CaseView>("case_discard", &Empty {})?;
    }
    let form = CaseForm {
        requester: RequesterForm {
            name: words.requester.clone(),
            id_number: words.id_number.clone(),
            ..RequesterForm::default()
        },
        paper: PaperForm { name: words.paper.clone(), ..PaperForm::default() },
        copies: words.copies,
    };
    let mut case: CaseView = desk.ask("case_update", &form)?;
    let pictures = words.originals.len() + words.id_card.len();
    for (index, path) in words.originals.iter().chain(&words.id_card).enumerate() {
        output::say(format!("Ảnh {}/{}: {}", index + 1, pictures, path.display()));
        let (bytes, name) = files::picture(path)?;
        let blob = desk.upload(bytes)?;
        case = desk.ask("page_add", &PageAdd { blob, name })?;
    }
    look_at_pages(desk, &case, words)?;
    if let ([_, _], [.., front, back]) = (words.id_card.as_slice(), case.pages.as_slice()) {
        let pair = PagePair { front: front.id.clone(), back: back.id.clone() };
        desk.ask::<_, CaseView>("page_pair", &pair)?;
    }
    desk.ask::<_, CaseView>("case_attest", &CaseAttest { attested: true })?;
    Ok(())
}

/// What is not certain or objected to is refused by name, never taken unasked; too coarse a page always is.
fn look_at_pages(desk: &Desk, case: &CaseView, words: &Certify) -> Result<(), DeskError> {
    let mut missing = Vec::new();
    for (at, page) in case.pages.iter().enumerate() {
        if let Some(earlier) = page.alike {
            output::say(format!("Trang {} giống trang {earlier}", at + 1));
        }
        let mut accepted = page.needs_confirmation;
        for warning in &page.warnings {
            let (taken, missed) = match warning {
                PageWarning::LowResolution => continue,
                PageWarning::BelowLegalFloor => (false, "pageResolution"),
                PageWarning::NoOutline | PageWarning::LowConfidence => (words.accept_outlines, "pageOutline"),
                _ => (words.accept_shots, "pageQuality"),
            };
            if !taken {
                let text = crate::messages::page_warning(warning);
                output::say(format!("Trang {} ({}, {} dpi): {text}", at + 1, page.source, page.dpi));
                missing.push(missed.to_owned());
                accepted = false;
            }
        }
        if accepted {
            desk.ask::<_, CaseView>("page_confirm", &PageRef { page: page.id.clone() })?;
        }
    }
    missing.sort();
    missing.dedup();
    if missing.is_empty() { Ok(()) } else { Err(DeskError::CaseIncomplete { missing }) }
}

fn delivery(desk: &Desk, copy: &str) -> Result<JobState, DeskError> {
    let queue: QueueView = desk.ask("queue_list", &Empty {})?;
    queue.jobs.iter().find(|job| job.copy == copy).map(|job| job.state).ok_or(DeskError::NotFound)
}
