//! The training module with a character from a script, and the journal of what was called in it.

use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A host whose module plays a script, and writes down what it is called for.
pub(super) struct Scripted {
    pub(super) host: TokenHost,
    pub(super) folder: TempDir,
}

/// Plays these ways.
pub(super) fn ways(ways: &[&str]) -> Scripted {
    scripted(json!({ "ways": ways }), "", Patience::Long)
}

/// How long the host waits for a driver.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Patience {
    Long,
    Short,
}

/// Plays a script and faults of single functions.
pub(super) fn scripted(script: Value, faults: &str, patience: Patience) -> Scripted {
    let folder = tempfile::tempdir().unwrap();
    let launch = scripted_launch(&folder, script, faults, patience);
    Scripted { host: TokenHost::idle(launch).unwrap(), folder }
}

pub(super) fn scripted_launch(
    folder: &TempDir,
    mut script: Value,
    faults: &str,
    patience: Patience,
) -> Launch {
    script["journal"] = json!(folder.path().join("journal"));
    let text = script.to_string();
    let unplugged = folder.path().join("unplugged");
    let environment = [
        ("MOCBAN_TOKEN_SCRIPT", Path::new(&text)),
        ("MOCBAN_TOKEN_FAULTS", Path::new(faults)),
        ("MOCBAN_TOKEN_UNPLUGGED", &unplugged),
    ];
    let mut launch = launch(&training_module(), &environment);
    if patience == Patience::Short {
        let short = Duration::from_millis(700);
        launch.deadlines = Deadlines {
            load: Duration::from_secs(10),
            list: short,
            login: short,
            sign: short,
            pin_pad: short,
        };
    }
    launch
}

impl Scripted {
    pub(super) fn open(&self) -> Result<(), TokenError> {
        self.host.open(performer(), pin(TRAINING_PIN)).map(|_| ())
    }

    pub(super) fn sign(&self) -> Result<(), TokenError> {
        self.host.sign(performer(), rsa(b"data"), None).map(|_| ())
    }

    /// Opens and signs, as on any good token.
    pub(super) fn works(&self) {
        self.open().unwrap();
        self.sign().unwrap();
    }

    /// Pulls the tokens out, or plugs them in.
    pub(super) fn plugged(&self, plugged: bool) {
        let marker = self.folder.path().join("unplugged");
        if plugged { std::fs::remove_file(marker).unwrap() } else { std::fs::write(marker, "").unwrap() }
    }

    /// The calls made so far, in order.
    pub(super) fn journal(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("journal")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How often a line stands in the journal.
    pub(super) fn called(&self, line: &str) -> usize {
        self.journal().iter().filter(|own| *own == line).count()
    }

    /// The PINs that reached a token.
    pub(super) fn pins_sent(&self) -> Vec<String> {
        self.journal().into_iter().filter(|line| line.starts_with("  PIN for ")).collect()
    }
}

/// A made-up holder's certificate on P-256 with its key, as files for a script.
pub(super) struct Identity {
    pub(super) fingerprint: Fingerprint,
    certificate: PathBuf,
    key: PathBuf,
}

impl Identity {
    /// Valid from the first of January of one year to that of another.
    pub(super) fn new(folder: &Path, name: &str, from: i32, to: i32) -> Self {
        let pair = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "Lê Văn Thử");
        parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(to, 1, 1);
        let der = parameters.self_signed(&pair).unwrap().der().to_vec();
        let file = |ending: &str, bytes: &[u8]| {
            let file = folder.join(format!("{name}.{ending}"));
            std::fs::write(&file, bytes).unwrap();
            file
        };
        Self {
            fingerprint: Fingerprint::of(&der),
            certificate: file("der", &der),
            key: file("p8", &pair.serialize_der()),
        }
    }

    /// As a script names it.
    pub(super) fn scripted(&self) -> Value {
        json!({ "certificate": self.certificate, "key": self.key })
    }
}
