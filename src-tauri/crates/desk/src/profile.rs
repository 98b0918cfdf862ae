//! Whose desk this is: the practice office built into the program, or the office that `office.json` in the data
//! folder describes. The file's form is told in `docs/office.md`.

use crate::{DeskError, api::Mode, training};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::VerifyingKey;
use jiff::civil::Date;
use mocban_certification::{
    ActKind, Authorities, BookId, BookStyle, BookStyles, Fingerprint, Law, Office, PracticeOffice,
    SigningAuthority, law::PRACTICE_OFFICE,
};
use mocban_pades::Certificate;
use serde::Deserialize;
use std::collections::HashMap;
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
    marks: MarkFiles,
    /// Addresses of timestamp authorities, in the order in which they are asked.
    #[serde(default)]
    timestamp_authorities: Vec<String>,
    #[serde(default)]
    warehouse: Option<WarehouseChoice>,
    #[serde(default)]
    desk: Option<String>,
}

/// Pictures that signatures show (NĐ 30/2020 App. I): PNG files with a transparent ground.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MarkFiles {
    /// The agency's red seal, square.
    seal: Option<PathBuf>,
    /// Handwritten signatures in blue, by the SHA-256 of their holder's certificate.
    signatures: HashMap<Fingerprint, PathBuf>,
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
    seal_mark: Option<Vec<u8>>,
    signature_marks: HashMap<Fingerprint, Vec<u8>>,
    /// Trusted roots.
    pub(crate) trust: Vec<Certificate>,
    /// Timestamp authorities (RFC 3161), in the order in which they are asked; may be empty.
    pub(crate) timestamp_authorities: Vec<String>,
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
                let mark = |path: &PathBuf| read_mark(&folder.join(path));
                let signatures = file.marks.signatures.iter();
                let signature_marks = signatures
                    .map(|(holder, path)| Ok((holder.clone(), mark(path)?)))
                    .collect::<Result<_, DeskError>>()?;
                Ok(Self {
                    seal_mark: file.marks.seal.as_ref().map(mark).transpose()?,
                    signature_marks,
                    mode: if office.is_practice() { Mode::Training } else { Mode::Office },
                    books: file.books.unwrap_or_else(|| law.books.clone()),
                    authorities: file.authorities.unwrap_or_default(),
                    agency_certificates: file.agency_certificates,
                    modules: file.modules.iter().map(|module| folder.join(module)).collect(),
                    trust: read(&file.trust)?,
                    intermediates: read(&file.intermediates)?,
                    timestamp_authorities: file.timestamp_authorities,
                    warehouse: file.warehouse.ok_or(invalid("warehouse"))?,
                    desk: file.desk.unwrap_or_else(|| "desk-1".into()),
                    office,
                    law,
                })
            }
        }
    }

    fn practice(law: Law, practice: PracticeOffice, file: Option<OfficeFile>) -> Result<Self, DeskError> {
        let (warehouse, desk, timestamp_authorities) = file
            .map_or((None, None, Vec::new()), |file| (file.warehouse, file.desk, file.timestamp_authorities));
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
            seal_mark: Some(training::SEAL_MARK.to_vec()),
            signature_marks: HashMap::from([(performer, training::SIGNATURE_MARK.to_vec())]),
            office: practice.office,
            authorities: authorities.try_into().map_err(internal)?,
            agency_certificates: vec![agency],
            books: practice.books,
            modules: Vec::new(),
            intermediates: Vec::new(),
            trust: Certificate::from_pem_or_der(training::ROOT).map_err(|_| invalid("trust"))?,
            timestamp_authorities,
            warehouse: warehouse.unwrap_or(WarehouseChoice::Embedded),
            desk: desk.unwrap_or_else(|| "tap-huan-1".into()),
            law,
        })
    }

    /// The key of the warehouse's receipts, where the office names one.
    pub(crate) fn receipt_key(&self) -> Result<Option<VerifyingKey>, DeskError> {
        let WarehouseChoice::Remote { receipt_key, .. } = &self.warehouse else { return Ok(None) };
        let invalid = || DeskError::InvalidRequest { field: "office.json: warehouse.receipt_key".into() };
        let bytes: [u8; 32] =
            STANDARD.decode(receipt_key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(invalid)?;
        VerifyingKey::from_bytes(&bytes).map(Some).map_err(|_| invalid())
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

    /// The picture of the holder's handwritten signature, if the office keeps one.
    pub(crate) fn signature_mark(&self, fingerprint: &str) -> Option<&[u8]> {
        self.signature_marks.get(&Fingerprint::new(fingerprint).ok()?).map(Vec::as_slice)
    }

    /// The picture of the agency's seal, if the office keeps one.
    pub(crate) fn seal_mark(&self) -> Option<&[u8]> {
        self.seal_mark.as_deref()
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

fn read_mark(path: &Path) -> Result<Vec<u8>, DeskError> {
    let failed =
        |fault: std::io::Error| DeskError::StorageFailed { detail: format!("{}: {fault}", path.display()) };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(invalid("marks"));
    }
    std::fs::read(path).map_err(failed)
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
