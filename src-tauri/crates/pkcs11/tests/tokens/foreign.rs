//! The same good case on modules by other people: NSS softokn and, over a software TPM, tpm2-pkcs11. SoftHSM2 has its own
//! file, with more kinds of keys and badly filled tokens.
//!
//! Needs the packages libnss3-tools, libtpm2-pkcs11-1, swtpm, opensc and openssl; everything lies in a
//! temporary folder.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use mocban_pkcs11::{KeyAlgorithm, PinState, Quirk};
use tempfile::TempDir;

use super::*;

const USER_PIN: &str = "Mat-ma-thu-123";
const SO_PIN: &str = "Mat-ma-quan-tri";

/// A module with one token, and on it a key with its certificate.
struct Foreign {
    folder: TempDir,
    module: PathBuf,
    parameters: Option<String>,
    environment: Vec<(&'static str, String)>,
    fingerprint: Fingerprint,
}

impl Foreign {
    fn launch(&self) -> Launch {
        let environment: Vec<(&str, &Path)> =
            self.environment.iter().map(|(name, value)| (*name, Path::new(value))).collect();
        let mut launch = launch(&self.module, &environment);
        launch.parameters = self.parameters.clone();
        launch
    }

    /// The good case, as on every module: listed without a PIN, a wrong PIN told, opened, signed, verified by openssl,
    /// closed.
    fn works(&self, key: KeyAlgorithm, quirks: &[Quirk]) {
        let host = TokenHost::launch(self.launch()).unwrap();
        let tokens = host.tokens().unwrap();
        let carries = |token: &&mocban_pkcs11::TokenInfo| {
            token.certificates.iter().any(|own| own.fingerprint == self.fingerprint)
        };
        let token = tokens.iter().find(carries).unwrap_or_else(|| panic!("{tokens:?}"));
        let info = token.certificates.iter().find(|own| own.fingerprint == self.fingerprint).unwrap();
        assert_eq!((info.key_algorithm, token.pin, token.open), (key, PinState::Ok, false));

        let wrong = host.open(self.fingerprint, pin("Mat-ma-sai-000")).map(|_| ());
        assert!(matches!(wrong, Err(TokenError::PinIncorrect { .. })), "{wrong:?}");
        host.open(self.fingerprint, pin(USER_PIN)).unwrap();
        for data in [&b"data"[..], &[7; 100_000]] {
            let signature = host.sign(self.fingerprint, rsa(data), None).unwrap();
            self.openssl_verifies(data, &signature);
        }
        assert!(host.tokens().unwrap().iter().find(carries).unwrap().open);
        host.close().unwrap();
        assert_eq!(host.sign(self.fingerprint, rsa(b"data"), None), Err(TokenError::NotLoggedIn));
        assert_eq!(host.quirks(), quirks);
    }

    fn openssl_verifies(&self, data: &[u8], signature: &[u8]) {
        let folder = self.folder.path();
        std::fs::write(folder.join("data"), data).unwrap();
        std::fs::write(folder.join("signature"), signature).unwrap();
        let public =
            ["x509", "-inform", "DER", "-in", "certificate.der", "-pubkey", "-noout", "-out", "public.pem"];
        run(folder, &[], "openssl", &public);
        let verify = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "data"];
        run(folder, &[], "openssl", &verify);
    }
}

fn run(folder: &Path, environment: &[(&str, String)], program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|_| panic!("{program} is missing: `cargo xtask test` installs it"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {told}");
    output.stdout
}

/// A library that the system's packages install.
fn installed(name: &str) -> PathBuf {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu/pkcs11",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu/pkcs11",
        "/usr/lib64",
        "/usr/lib64/pkcs11",
    ];
    let found = folders.iter().map(|folder| Path::new(folder).join(name)).find(|place| place.is_file());
    found.unwrap_or_else(|| panic!("{name} is missing: `cargo xtask test` installs it"))
}

/// NSS keeps keys as browsers do. It wants its folder named at C_Initialize.
fn nss() -> Foreign {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("pin"), USER_PIN).unwrap();
    let noise: Vec<u8> = (0..2048_u32).map(|at| (at * 97 % 251) as u8).collect();
    std::fs::write(at.join("noise"), noise).unwrap();
    let database = format!("sql:{}", at.display());
    run(at, &[], "certutil", &["-N", "-d", &database, "-f", "pin"]);
    let make = [
        "-S",
        "-x",
        "-d",
        &database,
        "-f",
        "pin",
        "-z",
        "noise",
        "-n",
        "thu",
        "-s",
        "CN=Thu NSS",
        "-k",
        "rsa",
        "-g",
        "2048",
        "-t",
        "u,u,u",
        "-v",
        "12",
        "-m",
        "1",
        "--keyUsage",
        "digitalSignature,nonRepudiation",
    ];
    run(at, &[], "certutil", &make);
    let certificate = run(at, &[], "certutil", &["-L", "-d", &database, "-n", "thu", "-r"]);
    std::fs::write(at.join("certificate.der"), &certificate).unwrap();
    Foreign {
        module: installed("libsoftokn3.so"),
        parameters: Some(format!(
            "configdir='{database}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=readOnly"
        )),
        environment: Vec::new(),
        fingerprint: Fingerprint::of(&certificate),
        folder,
    }
}

/// A software TPM, ended with the test.
struct Tpm(Child);

impl Drop for Tpm {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Keys in a TPM, as some offices' computers have instead of a USB token.
fn tpm() -> (Tpm, Foreign) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let server = free_port();
    // Where the TPM's users look for it.
    let control = server + 1;
    let state = format!("dir={}", at.display());
    let (server_at, control_at) = (format!("type=tcp,port={server}"), format!("type=tcp,port={control}"));
    let tpm = Command::new("swtpm")
        .args(["socket", "--tpm2", "--tpmstate", &state, "--server", &server_at, "--ctrl", &control_at])
        .args(["--flags", "not-need-init,startup-clear"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let tpm = Tpm(tpm.unwrap_or_else(|_| panic!("swtpm is missing: `cargo xtask test` installs it")));
    // Looking at the control channel does not take the one connection the TPM serves.
    while TcpStream::connect((Ipv4Addr::LOCALHOST, control)).is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let environment = vec![
        ("TPM2_PKCS11_STORE", at.display().to_string()),
        ("TPM2_PKCS11_TCTI", format!("swtpm:host=127.0.0.1,port={server}")),
    ];
    let module = installed("libtpm2_pkcs11.so.1");
    let tool = |arguments: &[&str]| {
        let all = [&["--module", module.to_str().unwrap()][..], arguments].concat();
        run(at, &environment, "pkcs11-tool", &all)
    };
    let user = ["--token-label", "thu", "--login", "--pin", USER_PIN];
    tool(&["--init-token", "--slot-index", "0", "--label", "thu", "--so-pin", SO_PIN]);
    let so = ["--token-label", "thu", "--login", "--login-type", "so", "--so-pin", SO_PIN];
    tool(&[&so[..], &["--init-pin", "--pin", USER_PIN]].concat());
    tool(&[&user[..], &["--keypairgen", "--key-type", "rsa:2048", "--id", "01", "--label", "khoa"]].concat());
    // The key never leaves the TPM: its public half is read, and certified by a CA made for the test.
    let read = ["--read-object", "--type", "pubkey", "--id", "01", "--output-file", "public.der"];
    tool(&[&user[..], &read].concat());
    let openssl = |arguments: &[&str]| run(at, &[], "openssl", arguments);
    openssl(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CA", "-keyout", "ca.key", "-out",
        "ca.pem",
    ]);
    openssl(&[
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=Thu TPM",
        "-keyout",
        "other.key",
        "-out",
        "request.pem",
    ]);
    openssl(&["pkey", "-pubin", "-inform", "DER", "-in", "public.der", "-out", "key.pem"]);
    let certify = [
        "x509",
        "-req",
        "-in",
        "request.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-force_pubkey",
        "key.pem",
        "-days",
        "30",
        "-out",
        "certificate.pem",
    ];
    openssl(&certify);
    openssl(&["x509", "-in", "certificate.pem", "-outform", "DER", "-out", "certificate.der"]);
    let write = ["--write-object", "certificate.der", "--type", "cert", "--id", "01", "--label", "khoa"];
    tool(&[&user[..], &write].concat());
    let certificate = std::fs::read(at.join("certificate.der")).unwrap();
    let foreign =
        Foreign { fingerprint: Fingerprint::of(&certificate), module, parameters: None, environment, folder };
    (tpm, foreign)
}

/// A port that is free, as the next one is.
fn free_port() -> u16 {
    let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let port = free(0).unwrap().local_addr().unwrap().port();
        if port < u16::MAX && free(port).is_ok() && free(port + 1).is_ok() {
            return port;
        }
    }
}

#[test]
fn nss_softokn_signs_and_openssl_agrees() {
    nss().works(KeyAlgorithm::Rsa(2048), &[]);
}

#[test]
fn nss_without_its_parameters_says_why_it_does_not_start() {
    let mut nss = nss();
    nss.parameters = None;
    let refused = TokenHost::launch(nss.launch()).map(|_| ());
    assert!(
        matches!(
            refused,
            Err(TokenError::ModuleNotLoadable {
                reason: mocban_pkcs11::ModuleFault::NotInitialised(ref code)
            }) if code == "CKR_ARGUMENTS_BAD"
        ),
        "{refused:?}"
    );
}

#[test]
fn a_tpm_signs_and_openssl_agrees() {
    let (_tpm, foreign) = tpm();
    foreign.works(KeyAlgorithm::Rsa(2048), &[]);
}
