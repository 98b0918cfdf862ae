//! The warehouse as it is started in earnest: only a file with both signatures under the trusted root is accepted.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use mocban_pades::{FieldTarget, SignOptions, SignatureAlgorithm, Signer, SignerError, sign};
use mocban_portal::{CopyManifest, PortalError, ProblemKind, Segment, Warehouse as _};
use mocban_warehouse::{WarehouseError, serve};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SigningKey,
};
use support::*;
use tokio::net::TcpListener;

struct TestSigner {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Signer for TestSigner {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &[]
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaP256Sha256
    }

    fn sign(&self, signed_attributes: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(SigningKey::sign(&self.key, signed_attributes)?)
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: Vec<u8>,
}

fn params(name: &str, usages: &[KeyUsagePurpose]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = usages.to_vec();
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(name, &[KeyUsagePurpose::KeyCertSign]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem().into_bytes();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn signer(&self, name: &str) -> TestSigner {
        let key = KeyPair::generate().unwrap();
        let params = params(name, &[KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment]);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        TestSigner { key, certificate }
    }
}

/// One empty page.
fn unsigned_pdf() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ];
    let mut pdf = String::from("%PDF-1.7\n");
    let mut table = String::from("xref\n0 4\n0000000000 65535 f \n");
    for (i, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", i + 1);
    }
    let start = pdf.len();
    pdf += &table;
    pdf += &format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    pdf.into_bytes()
}

/// Signs with each in turn; answers the file and the manifest of it.
fn copy(number: u32, signers: &[&TestSigner]) -> (Bytes, CopyManifest) {
    let mut pdf = unsigned_pdf();
    let unsigned = segment(&pdf);
    let mut increments: Vec<Segment> = Vec::new();
    for (i, signer) in signers.iter().enumerate() {
        let field = FieldTarget::New { name: format!("Signature{i}"), page: 0, rect: [0.0; 4] };
        let options = SignOptions::new(field, jiff::Timestamp::now());
        let increment = sign(&pdf, &options, *signer).unwrap().increment;
        increments.push(segment(&increment));
        pdf.extend(increment);
    }
    let file = Bytes::from(pdf);
    let manifest = CopyManifest { unsigned, increments, ..manifest(number, &file) };
    (file, manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_file_signed_by_performer_and_agency_under_the_trusted_root_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("Root CA tập huấn");
    let stranger = Authority::new("Another root");
    let mut config = config(folder.path());
    config.trust = vec![authority.pem.clone()];
    let warehouse = serve(TcpListener::bind("127.0.0.1:0").await.unwrap(), config).await.unwrap();
    let client = Arc::new(client(&warehouse, &warehouse.url()));
    let store = async |(file, manifest): (Bytes, CopyManifest)| {
        client.upload(&manifest, &file, None, &mut no_progress()).await?;
        client.register(&manifest).await
    };

    let (performer, agency) = (authority.signer("Nguyễn Văn Tập"), authority.signer("UBND xã Tập Huấn"));
    store(copy(1, &[&performer, &agency])).await.unwrap();

    let impostor = stranger.signer("UBND xã Tập Huấn");
    let (file, manifest) = copy(9, &[&performer, &agency]);
    let mut altered = file.to_vec();
    let at = altered.windows(8).position(|w| w == b"/MediaBo").unwrap() + 13;
    altered[at] = b'7';
    let altered = Bytes::from(altered);
    let unsigned_len = usize::try_from(manifest.unsigned.len).unwrap();
    let altered_manifest = CopyManifest {
        sha256: mocban_portal::Digest::of(&altered),
        unsigned: segment(&altered[..unsigned_len]),
        ..manifest
    };
    let refused = [
        ("unsigned", copy(2, &[])),
        ("one signature", copy(3, &[&performer])),
        ("one signer twice", copy(4, &[&performer, &performer])),
        ("an untrusted signer", copy(5, &[&performer, &impostor])),
        ("altered after signing", (altered, altered_manifest)),
    ];
    for (what, copy) in refused {
        let answer = store(copy).await.unwrap_err();
        assert!(
            matches!(answer, PortalError::CopyRefused { kind: ProblemKind::SignatureInvalid, .. }),
            "{what}: {answer:?}"
        );
    }
    assert_eq!(files(folder.path(), "copies").len(), 1);
}

#[tokio::test]
async fn a_warehouse_that_trusts_nobody_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    for trust in [vec![], vec![b"no certificate".to_vec()]] {
        let mut config = config(folder.path());
        config.trust = trust;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = serve(listener, config).await.unwrap_err();
        assert!(matches!(refused, WarehouseError::TrustAnchorUnreadable { index: 0 }));
    }
}
