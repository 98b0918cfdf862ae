//! An office whose two tokens live in SoftHSM2: RSA-2048 keys, certificates under a root made for this run.

use anyhow::{Context, Result, bail};
use mocban_desk::{
    Desk,
    api::{SessionOpen, SessionView, SigningRole},
};
use mocban_pades::{SignatureAlgorithm, Signer, SignerError};
use mocban_pkcs11::{Fingerprint, Pin, SignAlgorithm, SignRequest, TokenHost, discovery};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// PIN of both tokens.
pub(crate) const PIN: &str = "24681357";
const AGENCY: &str = "ỦY BAN NHÂN DÂN XÃ ĐO LƯỜNG";
const PERFORMER: &str = "Lê Văn Đức Thắng";
const MISSING: &str = "install the packages softhsm2, opensc and openssl";

/// A token with one key.
pub(crate) struct Token {
    pub(crate) label: &'static str,
    /// Its certificate, DER.
    pub(crate) certificate: Vec<u8>,
    /// The same as a file.
    pub(crate) file: PathBuf,
}

impl Token {
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }
}

/// The office: its data folder is described and still empty.
pub(crate) struct Office {
    pub(crate) data: PathBuf,
    pub(crate) module: PathBuf,
    pub(crate) performer: Token,
    pub(crate) agency: Token,
    /// The root certificate, PEM.
    pub(crate) root: PathBuf,
}

impl Office {
    /// A helper process with both tokens open.
    pub(crate) fn host(&self) -> Result<TokenHost> {
        let host = TokenHost::spawn(&std::env::current_exe()?, &self.module)?;
        for token in [&self.performer, &self.agency] {
            host.open(token.fingerprint(), Some(Pin::new(PIN.into())))?;
        }
        Ok(host)
    }

    /// Signs both roles in at the desk.
    pub(crate) fn sign_in(&self, desk: &Desk) -> Result<()> {
        for (role, token) in [(SigningRole::Performer, &self.performer), (SigningRole::Agency, &self.agency)]
        {
            let request = SessionOpen {
                role,
                fingerprint: token.fingerprint().to_string(),
                pin: PIN.into(),
                last_try_accepted: false,
            };
            let _: SessionView = desk.ask("session_open", &request)?;
        }
        Ok(())
    }
}

/// A key in the helper process, as `pades` wants it.
pub(crate) struct Key<'a> {
    pub(crate) host: &'a TokenHost,
    pub(crate) token: &'a Token,
}

impl Signer for Key<'_> {
    fn certificate(&self) -> &[u8] {
        &self.token.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &[]
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RsaPkcs1Sha256
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignerError> {
        let request = SignRequest { algorithm: SignAlgorithm::RsaPkcs1Sha256, data };
        self.host
            .sign(self.token.fingerprint(), request, None)
            .map_err(|fault| Box::new(fault) as SignerError)
    }
}

/// Writes SoftHSM2's configuration; its path goes into `SOFTHSM2_CONF`.
pub(crate) fn configure(room: &Path) -> Result<PathBuf> {
    let tokens = room.join("tokens");
    fs::create_dir_all(&tokens)?;
    let conf = room.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(&conf, text)?;
    Ok(conf)
}

/// Makes tokens, keys, certificates and the office's description.
pub(crate) fn office(room: &Path) -> Result<Office> {
    let found = discovery::candidates(&discovery::Search::default());
    let module = found.into_iter().find(|candidate| candidate.product.as_deref() == Some("SoftHSM2"));
    let module = module.with_context(|| format!("SoftHSM2 is missing: {MISSING}"))?.path;
    let data = room.join("data");
    fs::create_dir_all(&data)?;
    let root = "req -x509 -newkey rsa:2048 -nodes -days 3650 -utf8 -keyout root.key -out root.pem";
    run(room, "openssl", root, &["-subj", "/C=VN/O=Bench/CN=CA"])?;
    let performer = token(room, &module, "nguoi", PERFORMER)?;
    let agency = token(room, &module, "coquan", AGENCY)?;
    let description = serde_json::json!({
        "office": { "id": "H99.01.01", "name": AGENCY, "province": "Tỉnh Đo Lường", "place": "Đo Lường" },
        "authorities": [{
            "name": PERFORMER, "title": "Công chức Tư pháp – Hộ tịch", "capacity": "tuq",
            "superior_title": "Chủ tịch", "document": { "number": "12/GUQ-UBND", "date": "2026-01-02" },
            "valid_from": "2026-01-02", "valid_to": "2035-12-31", "certificate": performer.fingerprint().to_string(),
        }],
        "agency_certificates": [agency.fingerprint().to_string()],
        "modules": [module],
        "trust": [room.join("root.pem")],
        "warehouse": "embedded",
    });
    fs::write(data.join("office.json"), description.to_string())?;
    Ok(Office { data, module, performer, agency, root: room.join("root.pem") })
}

fn token(room: &Path, module: &Path, label: &'static str, name: &str) -> Result<Token> {
    let extensions = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n\
                      subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
    fs::write(room.join("signer.ext"), extensions)?;
    let request = format!("req -new -newkey rsa:2048 -nodes -utf8 -keyout {label}.key -out {label}.csr");
    run(room, "openssl", &request, &["-subj", &format!("/C=VN/O={AGENCY}/CN={name}")])?;
    let issue = format!(
        "x509 -req -in {label}.csr -CA root.pem -CAkey root.key -CAcreateserial -days 3650 -extfile signer.ext \
         -outform DER -out {label}.der"
    );
    run(room, "openssl", &issue, &[])?;
    run(room, "openssl", &format!("pkcs8 -topk8 -nocrypt -in {label}.key -out {label}.pk8"), &[])?;
    run(
        room,
        "softhsm2-util",
        &format!("--init-token --free --label {label} --pin {PIN} --so-pin 11112222"),
        &[],
    )?;
    let import = format!("--import {label}.pk8 --token {label} --label {label} --id a1 --pin {PIN}");
    run(room, "softhsm2-util", &import, &[])?;
    let write = format!(
        "--token-label {label} --login --pin {PIN} --id a1 --label {label} --type cert --write-object {label}.der"
    );
    run(room, "pkcs11-tool", &write, &["--module", &module.to_string_lossy()])?;
    let file = room.join(format!("{label}.der"));
    Ok(Token { label, certificate: fs::read(&file)?, file })
}

/// A program with words split at spaces and then some more, in the working folder.
fn run(room: &Path, program: &str, words: &str, more: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    let output = command.args(words.split_whitespace()).args(more).current_dir(room).output();
    let output = output.with_context(|| format!("{program} is missing: {MISSING}"))?;
    if !output.status.success() {
        bail!("{program} {words}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
