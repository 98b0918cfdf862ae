//! The peers: OpenCV, img2pdf and pyHanko in one warm Python process (`peers/peer.py`).

use crate::tokens::{Office, PIN};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The process; it ends when its input does.
pub(crate) struct Peer {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start() -> Result<Self> {
        let python = std::env::var_os("MOCBAN_PYTHON")
            .context("MOCBAN_PYTHON names no Python: run `cargo xtask bench`, which makes one with OpenCV, img2pdf and pyHanko")?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/peer.py");
        let mut process = Command::new(&python)
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let output = process.stdout.take().context("no output")?;
        Ok(Self { input: process.stdin.take(), output: BufReader::new(output), process })
    }

    /// One command, one answer.
    pub(crate) fn ask(&mut self, command: Value) -> Result<Value> {
        let name = command["do"].as_str().unwrap_or_default().to_owned();
        let input = self.input.as_mut().context("the peer has ended")?;
        writeln!(input, "{command}")?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the Python of the peers has ended; see above what it lacks");
        }
        let answer: Value = serde_json::from_str(&line).with_context(|| format!("{name}: {line}"))?;
        match answer["error"].as_str() {
            Some(error) => bail!("peer, {name}: {error}"),
            None => Ok(answer),
        }
    }

    /// The seconds of one command, as the peer itself measured them.
    pub(crate) fn seconds(&mut self, command: Value) -> Result<f64> {
        number(&self.ask(command)?, "seconds")
    }

    pub(crate) fn open_token(&mut self, office: &Office, folder: &Path) -> Result<()> {
        let token = &office.performer;
        self.ask(json!({
            "do": "open_token", "module": office.module, "label": token.label, "pin": PIN,
            "certificate": token.file, "folder": folder,
        }))?;
        Ok(())
    }

    /// What takes part, with versions.
    pub(crate) fn versions(&mut self) -> Result<String> {
        let mut all: BTreeMap<String, String> =
            serde_json::from_value(self.ask(json!({ "do": "versions" }))?)?;
        for (name, program, argument) in [
            ("pdfsig", "pdfsig", "-v"),
            ("curl", "curl", "--version"),
            ("SoftHSM", "softhsm2-util", "--version"),
        ] {
            let output = Command::new(program).arg(argument).output().with_context(|| {
                format!("{program} is missing: install the packages poppler-utils, curl and softhsm2")
            })?;
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            all.insert(name.into(), version.unwrap_or("?").into());
        }
        Ok(all.into_iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", "))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has nothing left to do; how it ends does not matter any more.
        let _ = self.process.wait();
    }
}

/// A number in an answer.
pub(crate) fn number(answer: &Value, name: &str) -> Result<f64> {
    answer[name].as_f64().with_context(|| format!("the peer told no {name}: {answer}"))
}
