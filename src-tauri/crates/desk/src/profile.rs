//! Whose desk this is: the practice office built into the program, or the office that `office.json` in the data
//! folder describes. The file's form is told in `docs/office.md`.

use crate::{DeskError, api::Mode, training};
use jiff::civil::Date;
use mocban_certification::{
    ActKind, Authorities, BookId, BookStyle, BookStyles, Fingerprint, Law, Office, PracticeOffice,
    SigningAuthority, law::PRACTICE_OFFICE,
};
use mocban_pades::Certificate;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Name of the description in the data folder.
const FILE: &str = "office.json";
/// Largest description read, bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The warehouse copies travel to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum WarehouseChoice {
    /// In this process, its files in the data folder.
    Embedded,
    /// Somewhere else.
    Remote {
        /// Address, `https://…`, or `http://` on loopback.
        url: String,
        /// The warehouse's receipt key: Ed25519 public key, base64.
        receipt_key: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficeFile {
    office: Option<Office>,
    #[serde(default)]
    authorities: Option<Authorities>,
    #[serde(default)]
    agency_certificates: Vec<Fingerprint>,
    #[serde(default)]
    books: Option<BookStyles>,
    #[serde(default)]
    modules: Vec<PathBuf>,
    #[serde(default)]
    trust: Vec<PathBuf>,
    #[serde(default)]
    intermediates: Vec<PathBuf>,
    #[serde(default)]
    warehouse: Option<WarehouseChoice>,
    #[serde(default)]
    desk: Option<String>,
}

/// Everything that says whose desk this is.
pub(crate) struct Profile {
    pub(crate) mode: Mode,
    pub(crate) office: Office,
    pub(crate) authorities: Authorities,
    /// Certificates that are this agency's seal.
    pub(crate) agency_certificates: Vec<Fingerprint>,
    books: BookStyles,
    /// PKCS#11 modules named by the office; known ones are looked for besides.
    pub(crate) modules: Vec<PathBuf>,
    /// Certificates between the roots and the signers: they travel inside every signature (NĐ 68/2024 names no store
    /// where a reader could find them).
    intermediates: Vec<Certificate>,
    /// Trusted roots.
    pub(crate) trust: Vec<Certificate>,
    pub(crate) warehouse: WarehouseChoice,
    pub(crate) desk: String,
    pub(crate) law: Law,
}

/// The kind of act this program performs at the counter.
pub(crate) const ACT: ActKind = ActKind::CopyFromOriginal;

impl Profile {
    /// Reads `office.json`; without one, the practice office.
    pub(crate) fn read(folder: &Path) -> Result<Self, DeskError> {
        let law = Law::shipped().map_err(internal)?;
        let file = read_file(&folder.join(FILE))?;
        let practice = PracticeOffice::from_json(PRACTICE_OFFICE).map_err(internal)?;
        let Some(file) = file else { return Self::practice(law, practice, None) };
        match file.office {
            None => Self::practice(law, practice, Some(file)),
            Some(office) => {
                let read = |paths: &[PathBuf]| -> Result<Vec<Certificate>, DeskError> {
                    let files =
                        paths.iter().map(|path| certificates(folder, path)).collect::<Result<Vec<_>, _>>()?;
                    Ok(files.into_iter().flatten().collect())
                };
                Ok(Self {
                    mode: if office.is_practice() { Mode::Training } else { Mode::Office },
                    books: file.books.unwrap_or_else(|| law.books.clone()),
                    authorities: file.authorities.unwrap_or_default(),
                    agency_certificates: file.agency_certificates,
                    modules: file.modules.iter().map(|module| folder.join(module)).collect(),
                    trust: read(&file.trust)?,
                    intermediates: read(&file.intermediates)?,
                    warehouse: file.warehouse.ok_or(invalid("warehouse"))?,
                    desk: file.desk.unwrap_or_else(|| "desk-1".into()),
                    office,
                    law,
                })
            }
        }
    }

    fn practice(law: Law, practice: PracticeOffice, file: Option<OfficeFile>) -> Result<Self, DeskError> {
        let (warehouse, desk) = file.map_or((None, None), |file| (file.warehouse, file.desk));
        let performer = Fingerprint::new(&training::performer_fingerprint()).map_err(internal)?;
        let agency = Fingerprint::new(&training::agency_fingerprint()).map_err(internal)?;
        let authorities: Vec<SigningAuthority> = practice
            .authorities
            .all()
            .iter()
            .take(1)
            .map(|authority| authority.clone().with_certificate(performer.clone()))
            .collect();
        Ok(Self {
            mode: Mode::Training,
            office: practice.office,
            authorities: authorities.try_into().map_err(internal)?,
            agency_certificates: vec![agency],
            books: practice.books,
            modules: Vec::new(),
            intermediates: Vec::new(),
            trust: Certificate::from_pem_or_der(training::ROOT).map_err(|_| invalid("trust"))?,
            warehouse: warehouse.unwrap_or(WarehouseChoice::Embedded),
            desk: desk.unwrap_or_else(|| "tap-huan-1".into()),
            law,
        })
    }

    /// The book that is written on this day.
    pub(crate) fn book(&self, day: Date) -> BookId {
        BookId { office: self.office.id().clone(), kind: ACT.book(), year: day.year() }
    }

    /// How its numbers are written.
    pub(crate) fn style(&self) -> Result<&BookStyle, DeskError> {
        self.books.of(ACT.book()).map_err(internal)
    }

    /// The authority under which this certificate's holder signs today.
    pub(crate) fn authority(&self, fingerprint: &str, day: Date) -> Option<&SigningAuthority> {
        let fingerprint = Fingerprint::new(fingerprint).ok()?;
        self.authorities.of(&fingerprint, day).ok()
    }

    /// The certificates that travel inside every signature, DER.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        self.intermediates.iter().map(|certificate| certificate.der().to_vec()).collect()
    }

    /// Whether this certificate is the agency's seal.
    pub(crate) fn is_agency(&self, fingerprint: &str) -> bool {
        self.agency_certificates.iter().any(|known| known.as_str() == fingerprint)
    }
}

fn read_file(path: &Path) -> Result<Option<OfficeFile>, DeskError> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(DeskError::StorageFailed { detail: fault.to_string() }),
    };
    if length > FILE_BYTES_MAX {
        return Err(invalid("office.json"));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|fault| DeskError::InvalidRequest { field: format!("office.json: {fault}") })
}

fn certificates(folder: &Path, path: &Path) -> Result<Vec<Certificate>, DeskError> {
    let file = folder.join(path);
    let bytes = std::fs::read(&file)
        .map_err(|fault| DeskError::StorageFailed { detail: format!("{}: {fault}", file.display()) })?;
    Certificate::from_pem_or_der(&bytes).map_err(|_| invalid("trust"))
}

fn invalid(field: &str) -> DeskError {
    DeskError::InvalidRequest { field: field.into() }
}

fn internal(fault: mocban_certification::Error) -> DeskError {
    DeskError::Internal { detail: fault.to_string() }
}
