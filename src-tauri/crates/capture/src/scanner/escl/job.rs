//! One scan job, from the first question to the last page. Every answer that real machines give is answered here; who asks
//! for pages gets each good one as it comes, and keeps it whatever happens later.

use std::ops::ControlFlow;
use std::time::Duration;

use reqwest::{Method, Url};

use super::capabilities::{Capabilities, Source, UNITS_PER_INCH};
use super::http::{Answer, Http, pause};
use super::quirks::Quirks;
use super::status::{Feeder, Job, Status};
use crate::scanner::checked;
use crate::source::{ColourMode, Feed, ScanFault, ScanSettings, Stop, TakePage};

/// Pause after a 503 that names none.
const WAIT: Duration = Duration::from_secs(2);
/// Longest pause that an answer may ask for.
const WAIT_MOST: Duration = Duration::from_secs(30);
/// Pause before an unclear answer is asked about again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often an unclear answer is asked about again.
const TRIES: usize = 5;
/// How often a scanner that is busy at the start is asked again.
const BUSY_TRIES: usize = 10;

/// A job on one scanner.
pub(super) struct Work<'a> {
    pub(super) http: &'a Http,
    pub(super) capabilities: &'a Capabilities,
    pub(super) name: &'a str,
    pub(super) settings: ScanSettings,
    pub(super) stop: &'a Stop,
}

/// What to do after an answer that is no page.
enum Next {
    /// Ask again after a pause.
    Ask(Duration),
    /// There are no more pages.
    Ended,
    /// Trouble.
    Fault(ScanFault),
}

impl Work<'_> {
    /// Scans. The job is deleted in the scanner unless it ended by itself.
    pub(super) async fn run(&self, take: &mut TakePage<'_>) -> Result<usize, ScanFault> {
        let source = self.capabilities.source(self.settings.feed)?;
        if !source.sends_jpeg() {
            return Err(ScanFault::UnsupportedSettings);
        }
        let dpi = source.resolution(self.settings.dpi)?;
        // Canon MF410 and Xerox 3345 jam unless they were asked for their status before; harmless for others.
        if let Some(trouble) =
            self.status(None).await.filter(|_| self.feeds()).and_then(|status| status.trouble())
        {
            return Err(trouble);
        }
        let Some(job) = self.create(source, dpi).await? else { return Ok(0) };
        let mut taken = 0;
        let outcome = self.pages(&job, source, dpi, &mut taken, take).await;
        if !matches!(outcome, Ok(true)) {
            // Left alone, a job that was given up blocks the scanner. That it cannot be deleted changes nothing.
            let _ = self.http.ask(Method::DELETE, job, None).await;
        }
        outcome.map(|_| taken)
    }

    fn feeds(&self) -> bool {
        self.settings.feed != Feed::Platen
    }

    async fn status(&self, job: Option<&Url>) -> Option<Status> {
        let answer = self.http.ask(Method::GET, self.http.below("ScannerStatus"), None).await.ok()?;
        Status::read(&answer.body, job.map(Url::path)).filter(|_| answer.status == 200)
    }

    /// Creates the job; `None` when it was called off meanwhile.
    async fn create(&self, source: &Source, dpi: u16) -> Result<Option<Url>, ScanFault> {
        let url = self.http.below("ScanJobs");
        let mut colour = self.settings.colour;
        let mut busy = 0;
        loop {
            let request = request(&self.capabilities.version, source, source.mode(colour), dpi);
            let answer = self.http.ask(Method::POST, url.clone(), Some(request)).await?;
            match answer.status {
                200 | 201 => {
                    let job = answer.location.and_then(|location| self.http.own(&url, &location));
                    return job.map(Some).ok_or(ScanFault::Io);
                }
                401 | 403 => return Err(ScanFault::AccessDenied),
                503 if busy < BUSY_TRIES => {
                    busy += 1;
                    if !pause(wait(&answer), self.stop).await? {
                        return Ok(None);
                    }
                }
                503 => return Err(ScanFault::Busy),
                // Says that it can do black and white, and cannot.
                409 if colour == ColourMode::BlackAndWhite => colour = ColourMode::Grey,
                status => {
                    let said = self.status(None).await.unwrap_or_default();
                    return Err(match (said.trouble(), said.feeder) {
                        (Some(trouble), _) => trouble,
                        (None, Feeder::Empty) if self.feeds() => ScanFault::FeederEmpty,
                        _ if status >= 500 => ScanFault::Io,
                        _ => ScanFault::UnsupportedSettings,
                    });
                }
            }
        }
    }

    /// Takes pages until there are no more. True when the scanner ended the job itself.
    async fn pages(
        &self,
        job: &Url,
        source: &Source,
        dpi: u16,
        taken: &mut usize,
        take: &mut TakePage<'_>,
    ) -> Result<bool, ScanFault> {
        let mut next = job.clone();
        next.set_path(&format!("{}/NextDocument", job.path()));
        let quirks = Quirks::of(&self.capabilities.model);
        let mut tries = 0;
        loop {
            let Some(answer) = self.http.page(next.clone(), self.stop).await? else { return Ok(false) };
            if answer.status != 200 || answer.body.is_empty() {
                tries += usize::from(answer.status != 503);
                match self.judge(&answer, job, *taken, tries, &quirks).await {
                    Next::Ended => return Ok(true),
                    Next::Fault(fault) => return Err(fault),
                    Next::Ask(time) => {
                        if !pause(time, self.stop).await? {
                            return Ok(false);
                        }
                    }
                }
                continue;
            }
            tries = 0;
            let (original, (width, _)) = checked::page(answer.body, self.name)?;
            let inches = f64::from(source.area().0) / UNITS_PER_INCH;
            *taken += 1;
            let more = take(checked::scanned(original, checked::true_dpi(width, inches, dpi)));
            // The glass holds one page: asked again, some machines scan it again.
            if more == ControlFlow::Break(()) || !self.feeds() {
                return Ok(false);
            }
            if !quirks.pause.is_zero() && !pause(quirks.pause, self.stop).await? {
                return Ok(false);
            }
        }
    }

    /// What an answer means that is no page. A status explains, it does not decide: it may lie.
    async fn judge(&self, answer: &Answer, job: &Url, taken: usize, tries: usize, quirks: &Quirks) -> Next {
        if answer.status == 503 {
            return Next::Ask(wait(answer));
        }
        if matches!(answer.status, 401 | 403) {
            return Next::Fault(ScanFault::AccessDenied);
        }
        let said = self.status(Some(job)).await.unwrap_or_default();
        if let Some(trouble) = said.trouble() {
            return Next::Fault(trouble);
        }
        let alive = said.job == Job::Alive;
        match answer.status {
            // "Here is your page", and nothing in it: how some tell of a jam.
            200 => Next::Fault(ScanFault::BrokenPage),
            404 | 409 | 410 if taken > 0 => match said.job {
                Job::Aborted if self.feeds() => Next::Fault(ScanFault::PaperJam),
                Job::Alive if quirks.gone_means_wait && tries < TRIES => Next::Ask(AGAIN),
                _ => Next::Ended,
            },
            // Before the first page it may only be too early.
            404 | 409 | 410
                if alive || (said.job == Job::Unknown && tries < TRIES && said.feeder != Feeder::Empty) =>
            {
                Next::Ask(AGAIN)
            }
            404 | 409 | 410 => {
                Next::Fault(if self.feeds() { ScanFault::FeederEmpty } else { ScanFault::BrokenPage })
            }
            // Asked for its state, a machine that failed says so, or works on.
            500.. if said.job != Job::Completed && said.job != Job::Aborted && tries < TRIES => {
                Next::Ask(AGAIN)
            }
            _ => Next::Fault(ScanFault::Io),
        }
    }
}

fn wait(answer: &Answer) -> Duration {
    answer.retry_after.unwrap_or(WAIT).min(WAIT_MOST)
}

/// The job ticket. No intent is named: it would choose corrections, and a copy is not corrected.
fn request(version: &str, source: &Source, mode: &str, dpi: u16) -> String {
    let (width, height) = source.area();
    let input = match source.feed {
        Feed::Platen => "<pwg:InputSource>Platen</pwg:InputSource>",
        Feed::Feeder => "<pwg:InputSource>Feeder</pwg:InputSource><scan:Duplex>false</scan:Duplex>",
        Feed::FeederDuplex => "<pwg:InputSource>Feeder</pwg:InputSource><scan:Duplex>true</scan:Duplex>",
    };
    let version: String = version.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScanSettings \
         xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\" \
         xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\"><pwg:Version>{version}</pwg:Version>\
         <pwg:ScanRegions><pwg:ScanRegion>\
         <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>\
         <pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset><pwg:Width>{width}</pwg:Width>\
         <pwg:Height>{height}</pwg:Height></pwg:ScanRegion></pwg:ScanRegions>{input}\
         <scan:ColorMode>{mode}</scan:ColorMode><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>\
         <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt><scan:XResolution>{dpi}</scan:XResolution>\
         <scan:YResolution>{dpi}</scan:YResolution></scan:ScanSettings>"
    )
}
