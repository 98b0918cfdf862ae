//! The register as people read it: the day's book in its legal columns, a finished copy, a copy written to a folder.

use crate::{Desk, DeskError, api::*, counter, time::iso_of, unfinished::copy_id};
use jiff::civil::Date;
use mocban_certification::{BookId, CertificationNumber, IdNumber, vietnam};
use mocban_register::{BookKey, CopyState, Entry, EntryKind};
use uuid::Uuid;

impl Desk {
    pub(crate) fn register_day(&self, request: RegisterDay) -> Result<DayView, DeskError> {
        let today = vietnam::local(self.now()).date();
        let day: Date = match request.date.as_str() {
            "" => today,
            text => text.parse().map_err(|_| DeskError::InvalidRequest { field: "date".into() })?,
        };
        let view = self.store.day(None, day)?;
        let entries = view.entries.iter().map(|entry| self.entry_view(entry)).collect::<Result<_, _>>()?;
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(DayView {
            date: day.to_string(),
            entries,
            acts: count(view.totals.acts),
            copies: count(view.totals.copies),
            fees: view.totals.fees,
        })
    }

    pub(crate) fn copy_get(&self, request: CopyRef) -> Result<SignedCopy, DeskError> {
        self.signed_copy(copy_id(&request.copy)?)
    }

    pub(crate) fn copy_export(&self, request: CopyRef) -> Result<Exported, DeskError> {
        let copy = copy_id(&request.copy)?;
        let (name, bytes) = (self.signed_copy(copy)?.file_name, self.store.newest_file(copy)?);
        let exported = self.write_document(name.trim_end_matches(".pdf"), "pdf", &bytes)?;
        self.store.log_access(&self.actor(), "export", Some(copy), self.now())?;
        Ok(exported)
    }

    /// A finished copy, as the window shows it.
    pub(crate) fn signed_copy(&self, copy: Uuid) -> Result<SignedCopy, DeskError> {
        let entry = self
            .store
            .entry(copy)?
            .filter(|entry| entry.kind == EntryKind::Act)
            .ok_or(DeskError::NotFound)?;
        let (size, sha256) = entry.file.ok_or(DeskError::NotFound)?;
        let number = self.number(&entry.book, entry.volume, entry.number)?;
        let style = self.profile.style()?;
        Ok(SignedCopy {
            id: copy.to_string(),
            number: style.number_text(&number).map_err(counter::law)?,
            volume: style.volume_text(&number).map_err(counter::law)?,
            certified_at: iso_of(entry.at),
            sha256: hex::encode(sha256),
            size,
            level: self.level_of(copy)?,
            fee: self.fee(entry.pages, entry.copies, entry.date)?,
            file_name: file_name(&entry),
        })
    }

    fn entry_view(&self, entry: &Entry) -> Result<EntryView, DeskError> {
        let requester = self.store.requester(entry.copy_id)?;
        let masked = requester
            .and_then(|requester| IdNumber::guess(&requester.id_number).ok())
            .map(|id| id.masked())
            .unwrap_or_default();
        let signer = [entry.signer.name.as_str(), entry.signer.title.as_str()];
        Ok(EntryView {
            id: entry.copy_id.to_string(),
            number: self.number_text(&entry.book, entry.volume, entry.number)?,
            certified_at: iso_of(entry.at),
            requester: entry.requester.clone(),
            requester_id: masked,
            paper: entry.paper.clone(),
            signer: signer.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            copies: entry.copies,
            fee: entry.fee,
            note: entry.note.clone(),
            voided: entry.kind == EntryKind::Void,
            level: self.level_of(entry.copy_id)?,
            delivery: self.delivery_of(entry)?,
        })
    }

    /// The level of a copy's signatures; `B` until something was added.
    fn level_of(&self, copy: Uuid) -> Result<String, DeskError> {
        Ok(self.store.augmentation(copy)?.map_or_else(|| "B".to_owned(), |later| later.level))
    }

    pub(crate) fn delivery_of(&self, entry: &Entry) -> Result<Option<JobState>, DeskError> {
        Ok(match (entry.kind, entry.state) {
            (EntryKind::Act, CopyState::Stored | CopyState::Delivered) => Some(JobState::Delivered),
            (EntryKind::Act, _) => {
                let item = self.store.queue_item(entry.copy_id)?;
                item.map(|item| match item.state {
                    mocban_register::JobState::Ready => JobState::Ready,
                    mocban_register::JobState::Sending { .. } => JobState::Sending,
                    mocban_register::JobState::Waiting { .. } => JobState::Waiting,
                    mocban_register::JobState::Held { .. } => JobState::Held,
                })
            }
            _ => None,
        })
    }

    /// A number of the register as the law's type.
    fn number(&self, book: &BookKey, volume: u32, number: u32) -> Result<CertificationNumber, DeskError> {
        let office = book.office.clone().try_into().map_err(counter::law)?;
        let year = i16::try_from(book.year).unwrap_or_default();
        let book = BookId { office, kind: crate::profile::ACT.book(), year };
        CertificationNumber::new(book, number, u16::try_from(volume).unwrap_or(1)).map_err(counter::law)
    }

    /// A number of the register as printed.
    pub(crate) fn number_text(&self, book: &BookKey, volume: u32, number: u32) -> Result<String, DeskError> {
        let number = self.number(book, volume, number)?;
        self.profile.style()?.number_text(&number).map_err(counter::law)
    }
}

/// ASCII letters, digits and hyphens only: portals refuse anything else (at most 40 characters before `.pdf`).
fn file_name(entry: &Entry) -> String {
    let folded = vietnam::fold(&entry.paper);
    let mut words: String = folded.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    while words.contains("--") {
        words = words.replace("--", "-");
    }
    let words: String = words.trim_matches('-').chars().take(24).collect();
    format!("{:04}-{}-{}-bs.pdf", entry.number, entry.book.year, words.trim_matches('-'))
}
