//! Modules and tokens of this computer, read without a PIN.

use crate::{DeskError, faults};
use jiff::Timestamp;
use mocban_pkcs11::{
    CertificateInfo, KeyAlgorithm, KeyUse, ModuleInfo, PinState, Quirk, TokenError, TokenHost, TokenInfo,
    discovery,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// One PKCS#11 module and what it shows.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleReport {
    /// The file.
    pub module: PathBuf,
    /// The product it belongs to, as far as its name tells.
    pub product: Option<String>,
    /// What keeps it from being used; `None` when it answered.
    pub problem: Option<Problem>,
    /// What it says of itself.
    pub info: Option<ModuleInfo>,
    /// Deviations from the standard that were worked around; only when checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quirks: Option<Vec<Quirk>>,
    /// Tokens plugged in.
    pub tokens: Vec<TokenReport>,
}

/// What keeps a module from being used.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// A code of [`DeskError`].
    pub code: &'static str,
    /// What was found, in English, such as the processor a module was built for.
    pub detail: String,
}

/// One token.
#[derive(Clone, Debug, Serialize)]
pub struct TokenReport {
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// State of its PIN.
    pub pin: PinState,
    /// Whether the PIN is typed on the token or its reader.
    pub pin_pad: bool,
    /// Mechanisms of the standard; only when checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mechanisms: Option<Vec<String>>,
    /// Its certificates.
    pub certificates: Vec<CertificateReport>,
}

/// One certificate on a token.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateReport {
    /// SHA-256, hex: the only thing a token is chosen by.
    pub fingerprint: String,
    /// Common name of the holder.
    pub holder: String,
    /// Organisation of the holder.
    pub organisation: Option<String>,
    /// Common name of the issuer.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// Kind of key.
    pub key: KeyAlgorithm,
    /// Uses the certificate names.
    pub uses: Vec<KeyUse>,
    /// Whether documents may be signed with it.
    pub signing: bool,
}

/// Looks at the named modules, or at those of this computer and the training token beside the program. With `check`
/// mechanisms and quirks are told too.
///
/// # Errors
/// [`DeskError::StorageFailed`] when the program cannot find itself; a module's own trouble is in its report.
pub fn tokens(modules: &[PathBuf], check: bool) -> Result<Vec<ModuleReport>, DeskError> {
    let executable =
        std::env::current_exe().map_err(|fault| DeskError::StorageFailed { detail: fault.to_string() })?;
    let named = !modules.is_empty();
    let search = discovery::Search {
        files: if named {
            modules.to_vec()
        } else {
            discovery::training_module_beside(&executable).into_iter().collect()
        },
        installed: !named,
        ..discovery::Search::default()
    };
    let found = discovery::candidates(&search);
    Ok(found.into_iter().map(|candidate| report(&executable, candidate, check)).collect())
}

fn report(executable: &Path, candidate: discovery::Candidate, check: bool) -> ModuleReport {
    let discovery::Candidate { path, product, problem, .. } = candidate;
    let mut report =
        ModuleReport { module: path, product, problem: None, info: None, quirks: None, tokens: Vec::new() };
    let looked = match problem {
        Some(fault) => Err(fault),
        None => look(executable, &report.module, check),
    };
    match looked {
        Ok((info, quirks, tokens)) => {
            report.info = Some(info);
            report.quirks = check.then_some(quirks);
            report.tokens = tokens;
        }
        Err(fault) => {
            let detail = fault.to_string();
            report.problem = Some(Problem { code: faults::token(&report.module, fault).code(), detail });
        }
    }
    report
}

fn look(
    executable: &Path,
    module: &Path,
    check: bool,
) -> Result<(ModuleInfo, Vec<Quirk>, Vec<TokenReport>), TokenError> {
    let host = TokenHost::spawn(executable, module)?;
    let tokens = host.tokens()?.into_iter().map(|token| token_report(token, check)).collect();
    Ok((host.module_info(), host.quirks(), tokens))
}

fn token_report(token: TokenInfo, check: bool) -> TokenReport {
    TokenReport {
        label: token.label,
        serial: token.serial,
        manufacturer: token.manufacturer,
        model: token.model,
        pin: token.pin,
        pin_pad: token.protected_path,
        mechanisms: check.then_some(token.mechanisms),
        certificates: token.certificates.into_iter().map(certificate_report).collect(),
    }
}

fn certificate_report(certificate: CertificateInfo) -> CertificateReport {
    CertificateReport {
        fingerprint: certificate.fingerprint.to_string(),
        holder: certificate.subject,
        organisation: certificate.organisation,
        issuer: certificate.issuer,
        serial: certificate.serial,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        key: certificate.key_algorithm,
        uses: certificate.key_uses,
        signing: certificate.signing,
    }
}
