//! Modules, readers and tokens of this computer, read without a PIN: the list, and the report for a help desk.

use crate::{DeskError, faults};
use jiff::Timestamp;
use mocban_pkcs11::{
    CallTiming, CertificateInfo, KeyAlgorithm, KeyUse, ModuleInfo, PinLengths, PinState, Quirk, TokenError,
    TokenHost, TokenInfo, card_service, describe_module_file, discovery,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use ts_rs::TS;

/// What is told of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Tokens and certificates.
    List,
    /// For a help desk: drivers' files, mechanisms, quirks, timings.
    Check {
        /// Names in certificates too.
        with_subjects: bool,
    },
}

/// The report for a help desk. It holds no PIN, and no name unless names were asked for. Everywhere, also in the
/// window, its fields have the names that `mocbanctl token check --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TokenDiagnostics {
    /// This program's version.
    pub program: String,
    /// Operating system and processor, such as `linux x86_64`.
    pub system: String,
    /// The system's card service.
    pub card_service: CardService,
    /// The modules that were found.
    pub modules: Vec<ModuleReport>,
}

/// The system's card service (PC/SC) and its readers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CardService {
    /// Why it tells nothing; `null` when it answered. Tokens are noticed by asking then, within two seconds.
    pub problem: Option<String>,
    /// Its readers.
    pub readers: Vec<ReaderReport>,
}

/// One reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReaderReport {
    /// Its name.
    pub name: String,
    /// Whether a card or token is in it.
    pub present: bool,
    /// The card's answer to reset, hex.
    pub atr: String,
    /// Whom Windows has drive such cards; `null` on systems without such a map.
    pub driver: Option<String>,
}

/// One PKCS#11 module and what it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModuleReport {
    /// The file.
    #[ts(type = "string")]
    pub module: PathBuf,
    /// The product it belongs to, as far as its name tells.
    pub product: Option<String>,
    /// How it was found: `file`, `folder`, `known`, `p11_kit` or `registry`.
    #[ts(type = "string")]
    pub origin: discovery::Origin,
    /// What keeps it from being used; `null` when it answered.
    pub problem: Option<Problem>,
    /// What it says of itself.
    #[ts(
        type = "{ manufacturer: string, description: string, version: string, cryptoki_version: string } | null"
    )]
    pub info: Option<ModuleInfo>,
    /// The file; only when checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional, type = "{ architecture: string, size: number, sha256: string }")]
    pub file: Option<mocban_pkcs11::ModuleFile>,
    /// Deviations from the standard that were worked around; only when checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional, type = "Array<string>")]
    pub quirks: Option<Vec<Quirk>>,
    /// How long its functions took; only when checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(
        optional,
        type = "Array<{ function: string, calls: number, failed: number, total_us: number, longest_us: number }>"
    )]
    pub timings: Option<Vec<CallTiming>>,
    /// Tokens plugged in.
    pub tokens: Vec<TokenReport>,
}

/// What keeps a module from being used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// A code of [`DeskError`].
    pub code: String,
    /// What was found, in English, such as the processor a module was built for.
    pub detail: String,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TokenReport {
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// What its reader is called.
    pub reader: String,
    /// State of its PIN: `ok`, `count_low`, `final_try`, `locked`, `not_initialised` or `to_be_changed`.
    #[ts(type = "string")]
    pub pin: PinState,
    /// The lengths its PIN may have.
    #[ts(type = "{ min: number, max: number } | null")]
    pub pin_lengths: Option<PinLengths>,
    /// Whether the PIN is typed on the token or its reader.
    pub pin_pad: bool,
    /// Mechanisms of the standard; only when checked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub mechanisms: Option<Vec<String>>,
    /// Its certificates.
    pub certificates: Vec<CertificateReport>,
}

/// One certificate on a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CertificateReport {
    /// SHA-256, hex: the only thing a token is chosen by.
    pub fingerprint: String,
    /// Common name of the holder; left out of a report without names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub holder: Option<String>,
    /// Organisation of the holder, if it names one; left out of a report without names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub organisation: Option<String>,
    /// Common name of the issuer; left out of a report without names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub issuer: Option<String>,
    /// Serial number, hex; left out of a report without names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[ts(optional)]
    pub serial: Option<String>,
    /// Start of validity.
    #[ts(type = "string")]
    pub not_before: Timestamp,
    /// End of validity.
    #[ts(type = "string")]
    pub not_after: Timestamp,
    /// Kind of key.
    #[ts(type = "{ rsa: number } | string")]
    pub key: KeyAlgorithm,
    /// Uses the certificate names.
    #[ts(type = "Array<string>")]
    pub uses: Vec<KeyUse>,
    /// Whether it is an authority's.
    pub authority: bool,
    /// Whether documents may be signed with it.
    pub signing: bool,
}

/// Looks at the named modules and folders, or at what is found on this computer and the training token beside the
/// program.
///
/// # Errors
/// [`DeskError::StorageFailed`] when the program cannot find itself; a module's own trouble is in its report.
pub fn tokens(named: &[PathBuf], detail: Detail) -> Result<Vec<ModuleReport>, DeskError> {
    let executable =
        std::env::current_exe().map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?;
    let search = if named.is_empty() {
        discovery::Search {
            files: discovery::training_module_beside(&executable).into_iter().collect(),
            ..discovery::Search::default()
        }
    } else {
        discovery::Search::named(named)
    };
    let found = discovery::candidates(&search);
    // All at once: a driver that hangs holds up no other.
    Ok(std::thread::scope(|scope| {
        let looked: Vec<_> = found
            .iter()
            .map(|module| scope.spawn(|| report(module, &spawn(&executable, module), detail)))
            .collect();
        looked.into_iter().flat_map(|thread| thread.join()).collect()
    }))
}

/// The computer's part of the report, and what these modules tell.
pub(crate) fn diagnostics(modules: Vec<ModuleReport>) -> TokenDiagnostics {
    TokenDiagnostics {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        card_service: card_service(),
        modules,
    }
}

/// The whole report, for a program without a desk.
///
/// # Errors
/// As [`tokens`].
pub fn check_tokens(named: &[PathBuf], with_subjects: bool) -> Result<TokenDiagnostics, DeskError> {
    Ok(diagnostics(tokens(named, Detail::Check { with_subjects })?))
}

fn card_service() -> CardService {
    match card_service::readers() {
        Err(fault) => CardService { problem: Some(fault.to_string()), readers: Vec::new() },
        Ok(readers) => CardService {
            problem: None,
            readers: readers
                .into_iter()
                .map(|card_service::CardReader { name, present, atr, driver }| ReaderReport {
                    name,
                    present,
                    atr,
                    driver,
                })
                .collect(),
        },
    }
}

fn spawn(executable: &Path, module: &discovery::Candidate) -> Result<TokenHost, TokenError> {
    let mut launch = mocban_pkcs11::Launch::new(executable, &module.path);
    launch.parameters = module.parameters.clone();
    TokenHost::idle(launch)
}

/// What one module tells.
pub(crate) fn report(
    module: &discovery::Candidate,
    host: &Result<impl std::borrow::Borrow<TokenHost>, TokenError>,
    detail: Detail,
) -> ModuleReport {
    let check = detail != Detail::List;
    let mut report = ModuleReport {
        module: module.path.clone(),
        product: module.product.clone(),
        origin: module.origin,
        problem: None,
        info: None,
        file: describe_module_file(&module.path).filter(|_| check),
        quirks: None,
        timings: None,
        tokens: Vec::new(),
    };
    let usable = match (&module.problem, host) {
        (Some(problem), _) | (None, Err(problem)) => Err(problem.clone()),
        (None, Ok(host)) => Ok(host.borrow()),
    };
    match usable.and_then(|host| Ok((host, host.tokens()?))) {
        Ok((host, tokens)) => {
            report.info = Some(host.module_info());
            report.tokens = tokens.into_iter().map(|token| token_report(token, detail)).collect();
            if check {
                report.quirks = Some(host.quirks());
                report.timings = host.timings().ok();
            }
        }
        Err(fault) => {
            let detail = fault.to_string();
            let code = faults::token(&module.path, fault).code().to_owned();
            report.problem = Some(Problem { code, detail });
        }
    }
    report
}

fn token_report(token: TokenInfo, detail: Detail) -> TokenReport {
    let with_subjects = detail != Detail::Check { with_subjects: false };
    TokenReport {
        label: token.label,
        serial: token.serial,
        manufacturer: token.manufacturer,
        model: token.model,
        reader: token.reader,
        pin: token.pin,
        pin_lengths: token.pin_lengths,
        pin_pad: token.protected_path,
        mechanisms: (detail != Detail::List).then_some(token.mechanisms),
        certificates: token
            .certificates
            .into_iter()
            .map(|certificate| certificate_report(certificate, with_subjects))
            .collect(),
    }
}

fn certificate_report(certificate: CertificateInfo, with_subject: bool) -> CertificateReport {
    CertificateReport {
        fingerprint: certificate.fingerprint.to_string(),
        holder: Some(certificate.subject).filter(|_| with_subject),
        organisation: certificate.organisation.filter(|_| with_subject),
        issuer: Some(certificate.issuer).filter(|_| with_subject),
        serial: Some(certificate.serial).filter(|_| with_subject),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        key: certificate.key_algorithm,
        uses: certificate.key_uses,
        authority: certificate.authority,
        signing: certificate.signing,
    }
}
