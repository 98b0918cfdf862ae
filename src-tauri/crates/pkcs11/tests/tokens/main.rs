//! Token hosts with real modules in them: the training token, also with scripted faults, and SoftHSM2.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod faults;
#[cfg(target_os = "linux")]
mod foreign;
mod quirks;
mod scripted;
mod softhsm;
mod training;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mocban_pkcs11::{Deadlines, Fingerprint, Launch, Pin, SignAlgorithm, SignRequest, TokenError, TokenHost};

const PERFORMER: &[u8] = include_bytes!("../../../../../assets/training/pki/performer.der");
const AGENCY: &[u8] = include_bytes!("../../../../../assets/training/pki/agency.der");
const TRAINING_PIN: &str = "12345678";

/// The training module, which cargo builds beside the tests as their dev-dependency.
fn training_module() -> PathBuf {
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let name =
        format!("{}mocban_training_token{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let module = beside.join(name);
    assert!(module.is_file(), "{} is missing: cargo build -p mocban-training-token", module.display());
    module
}

fn launch(module: &Path, environment: &[(&str, &Path)]) -> Launch {
    Launch {
        executable: PathBuf::from(env!("CARGO_BIN_EXE_mocban-token-host")),
        module: module.to_owned(),
        parameters: None,
        deadlines: Deadlines {
            load: Duration::from_secs(20),
            list: Duration::from_secs(20),
            login: Duration::from_secs(20),
            sign: Duration::from_secs(20),
            pin_pad: Duration::from_secs(20),
        },
        environment: environment.iter().map(|(name, value)| (OsString::from(name), value.into())).collect(),
    }
}

/// A host with the training module and these faults scripted into it.
fn training_host(faults: &str) -> Result<TokenHost, TokenError> {
    TokenHost::launch(launch(&training_module(), &[("MOCBAN_TOKEN_FAULTS", Path::new(faults))]))
}

/// As [`training_host`], with little patience.
fn impatient_host(faults: &str) -> Result<TokenHost, TokenError> {
    let mut launch = launch(&training_module(), &[("MOCBAN_TOKEN_FAULTS", Path::new(faults))]);
    let short = Duration::from_millis(1500);
    launch.deadlines =
        Deadlines { load: Duration::from_secs(5), list: short, login: short, sign: short, pin_pad: short };
    TokenHost::launch(launch)
}

fn performer() -> Fingerprint {
    Fingerprint::of(PERFORMER)
}

fn pin(text: &str) -> Option<Pin> {
    Some(Pin::new(text.to_owned()))
}

fn rsa(data: &[u8]) -> SignRequest<'_> {
    SignRequest { algorithm: SignAlgorithm::RsaPkcs1Sha256, data }
}
