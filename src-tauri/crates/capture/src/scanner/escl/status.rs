//! What an eSCL scanner says of itself and of a job. It may lie ("feeder empty" always, "loaded" after a jam), so a status
//! explains what has happened and never decides alone that something has.

use super::xml::Element;
use crate::source::ScanFault;

/// The feeder as the scanner tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Feeder {
    /// Nothing that matters, or nothing said.
    #[default]
    Fine,
    Empty,
    Jam,
    CoverOpen,
}

/// A job as the scanner tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Job {
    /// Not in the list.
    #[default]
    Unknown,
    /// Waiting or working.
    Alive,
    Completed,
    Aborted,
}

/// An answer to `GET ScannerStatus`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) feeder: Feeder,
    pub(super) job: Job,
}

impl Status {
    /// Reads the status; `job` is the path of the job that is asked about.
    pub(super) fn read(bytes: &[u8], job: Option<&str>) -> Option<Self> {
        let root = Element::read(bytes).filter(|root| root.name() == "ScannerStatus")?;
        let feeder = match root.text_of("AdfState").unwrap_or_default() {
            "ScannerAdfEmpty" => Feeder::Empty,
            "ScannerAdfJam" | "ScannerAdfMispick" | "ScannerAdfMultipickDetected" => Feeder::Jam,
            "ScannerAdfHatchOpen" | "ScannerAdfCoverOpen" => Feeder::CoverOpen,
            // `ScannerAdfLoaded`, `ScannedAdfLoaded`, `ScannerAdfProcessing` and what makers invent.
            _ => Feeder::Fine,
        };
        let own = |info: &&Element| {
            let uri = info.text_of("JobUri").unwrap_or_default().trim_end_matches('/');
            job.is_some_and(|job| !uri.is_empty() && (job.ends_with(uri) || uri.ends_with(job)))
        };
        let job = root.all("JobInfo").into_iter().find(own).and_then(|info| info.text_of("JobState"));
        let job = match job.unwrap_or_default() {
            "Pending" | "Processing" => Job::Alive,
            "Completed" => Job::Completed,
            "Aborted" | "Canceled" => Job::Aborted,
            _ => Job::Unknown,
        };
        Some(Self { feeder, job })
    }

    /// What the scanner names as the trouble.
    pub(super) fn trouble(&self) -> Option<ScanFault> {
        match self.feeder {
            Feeder::Jam => Some(ScanFault::PaperJam),
            Feeder::CoverOpen => Some(ScanFault::CoverOpen),
            Feeder::Fine | Feeder::Empty => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(adf: &str, state: &str) -> Status {
        let xml = format!(
            "<scan:ScannerStatus><pwg:State>Idle</pwg:State><scan:AdfState>{adf}</scan:AdfState><scan:Jobs>
             <scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/1</pwg:JobUri><pwg:JobState>Aborted</pwg:JobState></scan:JobInfo>
             <scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/2</pwg:JobUri><pwg:JobState>{state}</pwg:JobState></scan:JobInfo>
             </scan:Jobs></scan:ScannerStatus>"
        );
        Status::read(xml.as_bytes(), Some("/eSCL/ScanJobs/2")).unwrap()
    }

    #[test]
    fn only_our_own_job_counts() {
        assert_eq!(status("ScannerAdfLoaded", "Processing").job, Job::Alive);
        assert_eq!(status("ScannerAdfLoaded", "Completed").job, Job::Completed);
    }

    #[test]
    fn misspelt_and_invented_states_are_no_trouble() {
        for state in ["ScannedAdfLoaded", "ScannerAdfProcessing", "", "Whatever"] {
            assert_eq!(status(state, "Processing").trouble(), None, "{state}");
        }
        assert_eq!(status("ScannerAdfJam", "").trouble(), Some(ScanFault::PaperJam));
        assert_eq!(status("ScannerAdfHatchOpen", "").trouble(), Some(ScanFault::CoverOpen));
    }
}
