//! Timestamps and validation data on signed files. The timestamps are OpenSSL's (`openssl ts`), the lists rcgen's. What is
//! made is left in the build's temporary folder for other programs to look at.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use mocban_pades::{
    Added, AugmentOptions, Certificate, DocMdp, FieldTarget, Identity, Level, Missing, Network, NetworkError,
    PadesError, Report, SignOptions, SignatureAlgorithm, Signer, TIMESTAMP_RESERVE, Target, TimestampError,
    TimestampRequest, TimestampToken, Verdict, VerifyOptions, augment, prepare, verify,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CustomExtension, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber,
};
use support::{Key, PREPARED, TestSigner, find, pdf_of, signed};

const LIST: &str = "http://crl.test/root.crl";

/// One root, a signer and a timestamp authority below it, and what a network would bring.
struct Services {
    folder: tempfile::TempDir,
    root: Certificate,
    signer: TestSigner,
    list: Vec<u8>,
    /// Lists are to be had.
    online: Cell<bool>,
    stamped: Cell<usize>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2045, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![LIST.into()] }];
    params
}

impl Services {
    fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let mut root_params = params("Root");
        root_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root_params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = root_params.self_signed(&root_key).unwrap();
        let issuer = Issuer::new(root_params, root_key);

        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let mut signer_params = params("Nguyễn Văn An");
        signer_params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        let certificate = signer_params.signed_by(&key, &issuer).unwrap();
        let pkcs8 = key.serialize_der();
        let pair = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            &pkcs8,
        );
        let signer = TestSigner {
            certificate: certificate.der().to_vec(),
            chain: Vec::new(),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            key: Key::Ec(pair.unwrap()),
            pkcs8,
        };

        let folder = tempfile::tempdir().unwrap();
        let tsa_key = KeyPair::generate().unwrap();
        let mut tsa_params = params("Timestamps");
        tsa_params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // RFC 3161 §2.3 wants the purpose critical.
        let purpose = [0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
        let mut purpose = CustomExtension::from_oid_content(&[2, 5, 29, 37], purpose.to_vec());
        purpose.set_criticality(true);
        tsa_params.custom_extensions = vec![purpose];
        let tsa = tsa_params.signed_by(&tsa_key, &issuer).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("tsa.pem", &tsa.pem());
        write("tsa.key", &tsa_key.serialize_pem());
        write("root.pem", &root.pem());
        write("serial", "01\n");
        write(
            "tsa.cnf",
            "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n\
             certs=root.pem\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512\ness_cert_id_alg=sha256\n",
        );
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 1, 1),
            next_update: rcgen::date_time_ymd(2044, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&issuer).unwrap().der().to_vec();
        let root = Certificate::from_der(root.der()).unwrap();
        Self { folder, root, signer, list, online: Cell::new(true), stamped: Cell::new(0) }
    }

    fn response(&self, request: &[u8]) -> Vec<u8> {
        let folder = self.folder.path();
        std::fs::write(folder.join("request"), request).unwrap();
        let words = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "request", "-out", "response"];
        let output = Command::new("openssl").current_dir(folder).args(words).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.stamped.set(self.stamped.get() + 1);
        std::fs::read(folder.join("response")).unwrap()
    }

    fn options(&self, target: Target) -> AugmentOptions<'_> {
        let trust = std::slice::from_ref(&self.root);
        AugmentOptions { target, trust, at: jiff::Timestamp::now(), insist: false }
    }

    fn augmented(&self, pdf: &[u8], target: Target) -> (Vec<u8>, Vec<Added>) {
        let augmented = augment(pdf, &self.options(target), self, &mut nonce()).unwrap();
        assert_eq!(augmented.missing, []);
        let mut whole = pdf.to_vec();
        augmented.added.iter().for_each(|added| whole.extend_from_slice(added.increment()));
        (whole, augmented.added)
    }

    fn report(&self, pdf: &[u8]) -> Report {
        let trust = std::slice::from_ref(&self.root);
        verify(pdf, &VerifyOptions { trust, at: jiff::Timestamp::now() })
    }
}

impl Network for Services {
    fn timestamp(&self, request: &TimestampRequest) -> Result<TimestampToken, NetworkError> {
        Ok(request.accept(&self.response(request.der()))?)
    }

    fn ocsp(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, NetworkError> {
        Err("nobody answers".into())
    }

    fn crl(&self, url: &str) -> Result<Vec<u8>, NetworkError> {
        if self.online.get() && url == LIST { Ok(self.list.clone()) } else { Err("no route".into()) }
    }

    fn certificate(&self, _: &str) -> Result<Vec<u8>, NetworkError> {
        Err("no route".into())
    }
}

fn nonce() -> impl FnMut() -> u64 {
    let mut last = 0x8000_0000_0000_0000;
    move || {
        last += 1;
        last
    }
}

fn now_options(field: &str) -> SignOptions {
    SignOptions::new(FieldTarget::Existing(field.into()), jiff::Timestamp::now())
}

fn leave(name: &str, pdf: &[u8], services: &Services) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("augmented");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.pdf")), pdf).unwrap();
    std::fs::copy(services.folder.path().join("root.pem"), folder.join(format!("{name}.root.pem"))).unwrap();
}

fn kinds(added: &[Added]) -> Vec<&'static str> {
    let kind = |added: &Added| match added {
        Added::Timestamp { .. } => "timestamp",
        Added::ValidationData { .. } => "data",
    };
    added.iter().map(kind).collect()
}

#[test]
fn each_level_is_reached_by_increments_alone_and_reached_once() {
    let services = Services::new();
    let plain = signed(&pdf_of(&PREPARED), &now_options("Performer"), &services.signer);
    let plans: [(Target, Level, &[&str]); 3] = [
        (Target::Timestamp, Level::BaselineT, &["timestamp"]),
        (Target::LongTerm, Level::BaselineLt, &["timestamp", "data"]),
        (Target::Archive, Level::BaselineLta, &["data", "timestamp", "data"]),
    ];
    for (target, level, steps) in plans {
        let (whole, added) = services.augmented(&plain, target);
        assert!(whole.starts_with(&plain));
        assert_eq!(kinds(&added), steps, "{target:?}");
        let report = services.report(&whole);
        assert_eq!(report.verdict, Verdict::Valid, "{target:?} {report:?}");
        assert_eq!(report.signatures[0].level, level, "{report:?}");
        let (again, added) = services.augmented(&whole, target);
        assert_eq!((kinds(&added), again.len()), (vec![], whole.len()), "{target:?}");
        leave(&format!("{target:?}"), &whole, &services);
    }
}

#[test]
fn a_level_is_climbed_from_the_one_below() {
    let services = Services::new();
    let mut whole = signed(&pdf_of(&PREPARED), &now_options("Performer"), &services.signer);
    for target in [Target::Timestamp, Target::LongTerm, Target::Archive] {
        whole = services.augmented(&whole, target).0;
    }
    assert_eq!(services.report(&whole).signatures[0].level, Level::BaselineLta);
    assert_eq!(services.stamped.get(), 2);
    leave("climbed", &whole, &services);
}

#[test]
fn a_file_that_permits_no_change_is_augmented_all_the_same_and_so_is_an_encrypted_one() {
    let services = Services::new();
    let closing = SignOptions { certify: Some(DocMdp::NoChanges), ..now_options("Performer") };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/foreign");
    for shape in ["plain", "hybrid", "linearised-object-streams", "rc4-128", "aes-256-r6-object-streams"] {
        let pdf = std::fs::read(folder.join(format!("{shape}.pdf"))).unwrap();
        let closed = signed(&pdf, &closing, &services.signer);
        let (whole, _) = services.augmented(&closed, Target::Archive);
        let report = services.report(&whole);
        assert_eq!(report.verdict, Verdict::Valid, "{shape} {report:?}");
        assert_eq!(report.signatures[0].level, Level::BaselineLta, "{shape} {report:?}");
        leave(&format!("closed-{shape}"), &whole, &services);
    }
}

#[test]
fn a_timestamp_goes_into_the_signature_while_signing_and_only_its_own() {
    let services = Services::new();
    let options = SignOptions { reserve: TIMESTAMP_RESERVE, ..now_options("Performer") };
    let pdf = pdf_of(&PREPARED);
    let prepared = prepare(&pdf, &options, Identity::of(&services.signer).unwrap()).unwrap();
    let value = services.signer.sign(prepared.to_be_signed()).unwrap();
    let token = services.timestamp(&TimestampRequest::new(&value, 7)).unwrap();
    let other = services.timestamp(&TimestampRequest::new(b"another signature", 8)).unwrap();
    let refused = prepared.clone().finish_timestamped(&value, &other);
    assert!(matches!(refused, Err(PadesError::TimestampWrong)));
    let made = prepared.finish_timestamped(&value, &token).unwrap();
    let whole = [&pdf[..], &made.increment].concat();
    let report = services.report(&whole);
    assert_eq!(
        (report.verdict, report.signatures[0].level),
        (Verdict::Valid, Level::BaselineT),
        "{report:?}"
    );
    leave("signed-T", &whole, &services);
    // The time is proved already: data is all that is missing.
    let (whole, added) = services.augmented(&whole, Target::LongTerm);
    assert_eq!(kinds(&added), ["data"]);
    assert_eq!(services.report(&whole).signatures[0].level, Level::BaselineLt);
    leave("signed-LT", &whole, &services);
}

#[test]
fn an_answer_to_another_request_is_no_timestamp_of_ours() {
    let services = Services::new();
    let request = TimestampRequest::new(b"signature", 1);
    let error = |other: &TimestampRequest| request.accept(&services.response(other.der())).unwrap_err();
    assert_eq!(error(&TimestampRequest::new(b"another", 1)), TimestampError::ImprintDiffers);
    assert_eq!(error(&TimestampRequest::new(b"signature", 2)), TimestampError::NonceDiffers);
    let policy = [0x2A, 0x03, 0x04, 0x02];
    let under = TimestampRequest::new(b"signature", 1).under_policy(&policy);
    request.accept(&services.response(TimestampRequest::new(b"signature", 1).der())).unwrap();
    let elsewhere = under.accept(&services.response(request.der())).unwrap_err();
    assert_eq!(elsewhere, TimestampError::PolicyDiffers);
    let mut forged = services.response(request.der());
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert_eq!(request.accept(&forged).unwrap_err(), TimestampError::SignatureWrong);
}

#[test]
fn what_cannot_be_had_is_named_and_no_timestamp_is_spent_on_it() {
    let services = Services::new();
    let plain = signed(&pdf_of(&PREPARED), &now_options("Performer"), &services.signer);
    services.online.set(false);
    let insisting = AugmentOptions { insist: true, ..services.options(Target::Archive) };
    let refused = augment(&plain, &insisting, &services, &mut nonce());
    assert!(matches!(refused, Err(PadesError::ValidationDataMissing { .. })), "{refused:?}");
    assert_eq!(services.stamped.get(), 0);
    let augmented = augment(&plain, &services.options(Target::LongTerm), &services, &mut nonce()).unwrap();
    let named = |missing: &Missing| matches!(missing, Missing::Revocation { detail, .. } if detail.contains("no route"));
    assert!(!augmented.missing.is_empty() && augmented.missing.iter().all(named), "{:?}", augmented.missing);
}

#[test]
fn nothing_false_is_made_to_last() {
    let services = Services::new();
    let pdf = pdf_of(&PREPARED);
    let unsigned = augment(&pdf, &services.options(Target::Timestamp), &services, &mut nonce());
    assert!(matches!(unsigned, Err(PadesError::NothingSigned)), "{unsigned:?}");
    let mut altered = signed(&pdf, &now_options("Performer"), &services.signer);
    let at = find(&altered, "100 100 l");
    altered[at] = b'2';
    let refused = augment(&altered, &services.options(Target::Timestamp), &services, &mut nonce());
    assert!(matches!(refused, Err(PadesError::SignatureWrong)), "{refused:?}");
    assert_eq!(services.stamped.get(), 0);
}
