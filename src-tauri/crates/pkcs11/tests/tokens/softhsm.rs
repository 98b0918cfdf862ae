//! SoftHSM2 as a second, foreign module: keys of every kind the program signs with, and badly filled tokens.
//!
//! Needs the packages softhsm2, opensc and openssl; nothing is installed or changed outside a temporary folder.

use std::process::{Command, Stdio};

use mocban_pkcs11::discovery::{Candidate, Search, candidates};
use mocban_pkcs11::{KeyAlgorithm, PinState, Quirk, SignAlgorithm, SignRequest};
use tempfile::TempDir;

use super::*;

const USER_PIN: &str = "654321";

/// A SoftHSM2 of this test alone, with one token.
struct SoftHsm {
    folder: TempDir,
    module: PathBuf,
}

impl SoftHsm {
    fn new() -> Self {
        let places = [
            "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
            "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
            "/usr/lib64/pkcs11/libsofthsm2.so",
            "/opt/homebrew/lib/softhsm/libsofthsm2.so",
            "/usr/local/lib/softhsm/libsofthsm2.so",
        ];
        let module = places.iter().map(PathBuf::from).find(|place| place.is_file());
        let module = module.expect("SoftHSM2 is missing: install the package softhsm2");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tokens")).unwrap();
        let tokens = folder.path().join("tokens");
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.path().join("softhsm2.conf"), conf).unwrap();
        let hsm = Self { folder, module };
        hsm.run(
            "softhsm2-util",
            &["--init-token", "--free", "--label", "Thử", "--pin", USER_PIN, "--so-pin", "87654321"],
        );
        hsm
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("softhsm2.conf")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program)
            .args(arguments)
            .env("SOFTHSM2_CONF", self.conf())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|_| {
                panic!("{program} is missing: install the packages softhsm2, opensc and openssl")
            });
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A new key with a self-signed certificate, as files.
    fn make(&self, name: &str, algorithm: &str, option: &str) -> Fingerprint {
        let key = format!("{name}.key");
        self.run(
            "openssl",
            &["genpkey", "-quiet", "-algorithm", algorithm, "-pkeyopt", option, "-out", &key],
        );
        let certificate = format!("{name}.der");
        let subject = format!("/CN={name}");
        self.run(
            "openssl",
            &[
                "req",
                "-x509",
                "-key",
                &key,
                "-subj",
                &subject,
                "-days",
                "30",
                "-outform",
                "DER",
                "-out",
                &certificate,
            ],
        );
        Fingerprint::of(&std::fs::read(self.folder.path().join(certificate)).unwrap())
    }

    /// Puts a key and a certificate on the token, each with its own CKA_ID.
    fn import(&self, name: &str, key_id: &str, certificate_id: &str) {
        self.import_key(name, key_id);
        self.import_certificate(name, certificate_id);
    }

    fn import_key(&self, name: &str, id: &str) {
        let key = format!("{name}.key");
        self.run(
            "softhsm2-util",
            &["--import", &key, "--token", "Thử", "--label", name, "--id", id, "--pin", USER_PIN],
        );
    }

    fn import_certificate(&self, name: &str, id: &str) {
        let file = format!("{name}.der");
        let mut arguments = vec!["--write-object", &file, "--type", "cert", "--label", name];
        if !id.is_empty() {
            arguments.extend(["--id", id]);
        }
        self.pkcs11_tool(&arguments);
    }

    fn pkcs11_tool(&self, arguments: &[&str]) {
        let module = self.module.display().to_string();
        let mut all = vec!["--module", &module, "--token-label", "Thử", "--login", "--pin", USER_PIN];
        all.extend(arguments);
        self.run("pkcs11-tool", &all);
    }

    fn host(&self) -> TokenHost {
        TokenHost::launch(launch(&self.module, &[("SOFTHSM2_CONF", &self.conf())])).unwrap()
    }

    /// Leaves the token these mechanisms alone.
    fn offer_only(&self, mechanisms: &str) {
        let conf = std::fs::read_to_string(self.conf()).unwrap();
        std::fs::write(self.conf(), format!("{conf}slots.mechanisms = {mechanisms}\n")).unwrap();
    }

    /// Whether openssl, a second reader, verifies the signature with the certificate.
    fn openssl_verifies(&self, name: &str, hash: &str, data: &[u8], signature: &[u8]) {
        self.openssl_verifies_with(name, &[hash], data, signature);
    }

    /// As [`SoftHsm::openssl_verifies`], with more options than the digest's name.
    fn openssl_verifies_with(&self, name: &str, options: &[&str], data: &[u8], signature: &[u8]) {
        std::fs::write(self.folder.path().join("data"), data).unwrap();
        std::fs::write(self.folder.path().join("signature"), signature).unwrap();
        let certificate = format!("{name}.der");
        self.run(
            "openssl",
            &["x509", "-inform", "DER", "-in", &certificate, "-pubkey", "-noout", "-out", "public.pem"],
        );
        let fixed = ["-verify", "public.pem", "-signature", "signature", "data"];
        self.run("openssl", &[&["dgst"], options, &fixed].concat());
    }
}

#[test]
fn every_kind_of_key_signs_and_openssl_agrees() {
    let hsm = SoftHsm::new();
    let kinds = [
        (
            "rsa2048",
            "RSA",
            "rsa_keygen_bits:2048",
            KeyAlgorithm::Rsa(2048),
            SignAlgorithm::RsaPkcs1Sha256,
            "-sha256",
        ),
        (
            "rsa3072",
            "RSA",
            "rsa_keygen_bits:3072",
            KeyAlgorithm::Rsa(3072),
            SignAlgorithm::RsaPkcs1Sha256,
            "-sha256",
        ),
        (
            "rsa4096",
            "RSA",
            "rsa_keygen_bits:4096",
            KeyAlgorithm::Rsa(4096),
            SignAlgorithm::RsaPkcs1Sha256,
            "-sha256",
        ),
        (
            "p256",
            "EC",
            "ec_paramgen_curve:P-256",
            KeyAlgorithm::EcP256,
            SignAlgorithm::EcdsaSha256,
            "-sha256",
        ),
        (
            "p384",
            "EC",
            "ec_paramgen_curve:P-384",
            KeyAlgorithm::EcP384,
            SignAlgorithm::EcdsaSha384,
            "-sha384",
        ),
    ];
    let mut made = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        made.push(hsm.make(kind.0, kind.1, kind.2));
        let id = format!("0{}", at + 1);
        hsm.import(kind.0, &id, &id);
    }
    let host = hsm.host();
    let tokens = host.tokens().unwrap();
    // The empty slot that SoftHSM2 always keeps is no token.
    let [token] = tokens.as_slice() else { panic!("one token") };
    assert_eq!((token.label.as_str(), token.pin), ("Thử", PinState::Ok));
    for ((name, _, _, key, algorithm, hash), fingerprint) in kinds.into_iter().zip(made) {
        let info = token.certificates.iter().find(|own| own.fingerprint == fingerprint).unwrap();
        assert_eq!(info.key_algorithm, key);
        let opened = host.open(fingerprint, pin(USER_PIN)).unwrap();
        assert_eq!(opened.algorithm, algorithm);
        let signature = host.sign(fingerprint, SignRequest { algorithm, data: b"data" }, None).unwrap();
        hsm.openssl_verifies(name, hash, b"data", &signature);
    }
    assert_eq!(host.quirks(), []);
}

#[test]
fn a_token_that_has_nothing_but_pss_signs_by_pss() {
    for mechanisms in
        ["CKM_RSA_PKCS_PSS", "CKM_SHA256_RSA_PKCS_PSS", "CKM_RSA_PKCS_PSS,CKM_SHA256_RSA_PKCS_PSS,CKM_ECDSA"]
    {
        let hsm = SoftHsm::new();
        let fingerprint = hsm.make("pss", "RSA", "rsa_keygen_bits:2048");
        hsm.import("pss", "01", "01");
        hsm.offer_only(mechanisms);
        let host = hsm.host();
        let algorithm = host.open(fingerprint, pin(USER_PIN)).unwrap().algorithm;
        assert_eq!(algorithm, SignAlgorithm::RsaPssSha256, "{mechanisms}");
        let signature = host.sign(fingerprint, SignRequest { algorithm, data: b"data" }, None).unwrap();
        let options = ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
        hsm.openssl_verifies_with("pss", &options, b"data", &signature);
        let other = SignRequest { algorithm: SignAlgorithm::RsaPkcs1Sha256, data: b"data" };
        assert_eq!(host.sign(fingerprint, other, None), Err(TokenError::AlgorithmNotSupported));
    }
}

/// id-RSASSA-PSS in the certificate permits its key nothing else, whatever the token offers.
#[test]
fn a_certificate_for_pss_alone_signs_by_pss() {
    let hsm = SoftHsm::new();
    let fingerprint = hsm.make("strict", "RSA-PSS", "rsa_keygen_bits:2048");
    // The token keeps the same key without the restriction, as drivers do: one byte of the identifier tells.
    let file = hsm.folder.path().join("strict.der.key");
    hsm.run(
        "openssl",
        &["pkcs8", "-topk8", "-nocrypt", "-in", "strict.key", "-outform", "DER", "-out", "strict.der.key"],
    );
    let mut key = std::fs::read(&file).unwrap();
    let identifier = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0A];
    let at = key.windows(9).position(|window| window == identifier).unwrap();
    key[at + 8] = 0x01;
    std::fs::write(&file, key).unwrap();
    hsm.run("openssl", &["pkey", "-inform", "DER", "-in", "strict.der.key", "-out", "strict.key"]);
    hsm.import("strict", "01", "01");
    let host = hsm.host();
    let algorithm = host.open(fingerprint, pin(USER_PIN)).unwrap().algorithm;
    assert_eq!(algorithm, SignAlgorithm::RsaPssSha256);
    let signature = host.sign(fingerprint, SignRequest { algorithm, data: b"data" }, None).unwrap();
    let options = ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    hsm.openssl_verifies_with("strict", &options, b"data", &signature);
}

#[test]
fn the_key_is_found_where_ids_are_empty_or_crossed() {
    let hsm = SoftHsm::new();
    let one = hsm.make("one", "RSA", "rsa_keygen_bits:2048");
    let two = hsm.make("two", "RSA", "rsa_keygen_bits:2048");
    let curve = hsm.make("curve", "EC", "ec_paramgen_curve:P-256");
    // Each certificate bears the other's id; the third has none.
    hsm.import("one", "01", "02");
    hsm.import("two", "02", "01");
    hsm.import("curve", "03", "");
    let host = hsm.host();
    for (name, fingerprint, algorithm) in [
        ("one", one, SignAlgorithm::RsaPkcs1Sha256),
        ("two", two, SignAlgorithm::RsaPkcs1Sha256),
        ("curve", curve, SignAlgorithm::EcdsaSha256),
    ] {
        host.open(fingerprint, pin(USER_PIN)).unwrap();
        let signature = host.sign(fingerprint, SignRequest { algorithm, data: b"data" }, None).unwrap();
        hsm.openssl_verifies(name, "-sha256", b"data", &signature);
    }
    assert_eq!(host.quirks(), [Quirk::KeyIdMismatch]);
}

#[test]
fn a_certificate_without_its_key_opens_nothing() {
    let hsm = SoftHsm::new();
    let lonely = hsm.make("lonely", "RSA", "rsa_keygen_bits:2048");
    hsm.make("other", "RSA", "rsa_keygen_bits:2048");
    hsm.import_certificate("lonely", "01");
    // Another key under the certificate's own id: the modulus tells.
    hsm.import_key("other", "01");
    let host = hsm.host();
    assert_eq!(host.open(lonely, pin(USER_PIN)).map(|_| ()), Err(TokenError::KeyNotFound));
    assert!(!host.tokens().unwrap()[0].open);
}

#[test]
fn a_wrong_pin_is_told_from_a_token_that_never_says_how_many_are_left() {
    let hsm = SoftHsm::new();
    let fingerprint = hsm.make("key", "EC", "ec_paramgen_curve:P-256");
    hsm.import("key", "01", "01");
    let host = hsm.host();
    for _ in 0..2 {
        let refused = host.open(fingerprint, pin("000000")).map(|_| ());
        assert!(matches!(refused, Err(TokenError::PinIncorrect { .. })), "{refused:?}");
    }
    host.open(fingerprint, pin(USER_PIN)).unwrap();
}

#[test]
fn a_key_that_wants_its_pin_each_time_gets_it_each_time_or_does_not_sign() {
    let hsm = SoftHsm::new();
    let fingerprint = hsm.make("key", "RSA", "rsa_keygen_bits:2048");
    hsm.run("openssl", &["pkey", "-in", "key.key", "-outform", "DER", "-out", "key.p8"]);
    hsm.pkcs11_tool(&[
        "--write-object",
        "key.p8",
        "--type",
        "privkey",
        "--label",
        "key",
        "--id",
        "01",
        "--always-auth",
        "--usage-sign",
    ]);
    hsm.import_certificate("key", "01");
    let host = hsm.host();
    assert!(host.open(fingerprint, pin(USER_PIN)).unwrap().pin_for_each_signature);
    assert_eq!(host.sign(fingerprint, rsa(b"data"), None), Err(TokenError::ContextPinNeeded));
    for _ in 0..2 {
        let signature = host.sign(fingerprint, rsa(b"data"), pin(USER_PIN)).unwrap();
        hsm.openssl_verifies("key", "-sha256", b"data", &signature);
    }
    let refused = host.sign(fingerprint, rsa(b"data"), pin("000000"));
    assert!(matches!(refused, Err(TokenError::PinIncorrect { .. })), "{refused:?}");
    host.sign(fingerprint, rsa(b"data"), pin(USER_PIN)).unwrap();
}

#[test]
fn softhsm_is_found_among_the_installed_modules() {
    let hsm = SoftHsm::new();
    let whole = std::fs::canonicalize(&hsm.module).unwrap();
    let found = candidates(&Search::default());
    let same =
        |candidate: &&Candidate| std::fs::canonicalize(&candidate.path).is_ok_and(|path| path == whole);
    let [one] = found.iter().filter(same).collect::<Vec<_>>()[..] else { panic!("found once: {found:?}") };
    assert_eq!((one.product.as_deref(), &one.problem), (Some("SoftHSM2"), &None));
}
