//! Made-up keys, certificates and PDF files for the tests of this crate. The files are written by hand here, so that
//! the crate's own writer is not tested by itself.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "tests; and each test file uses a part")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use lopdf::dictionary;
use mocban_pades::{
    Appearance, Certificate, DocMdp, FieldMdp, FieldTarget, Report, SignOptions, SignatureAlgorithm, Signer,
    SignerError, VerifyOptions, sign, verify,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

pub fn now() -> jiff::Timestamp {
    "2026-11-21T11:30:00Z".parse().unwrap()
}

pub enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

pub struct TestSigner {
    pub certificate: Vec<u8>,
    pub chain: Vec<Vec<u8>>,
    pub algorithm: SignatureAlgorithm,
    pub key: Key,
    pub pkcs8: Vec<u8>,
}

impl Signer for TestSigner {
    fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, signed_attributes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(key) => {
                let padding: &'static dyn RsaEncoding = match self.algorithm {
                    SignatureAlgorithm::RsaPssSha256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(padding, &random, signed_attributes, &mut signature)?;
                Ok(signature)
            }
            Key::Ec(key) => Ok(key.sign(&random, signed_attributes)?.as_ref().to_vec()),
        }
    }
}

/// A training root, an intermediate below it, and signers below that.
pub struct Authority {
    pub root: Certificate,
    intermediate: Issuer<'static, KeyPair>,
    intermediate_der: Vec<u8>,
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(2));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::CountryName, "VN");
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

impl Authority {
    pub fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let root_params = authority_params("Root CA tập huấn");
        let root = root_params.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root_params, root_key);
        let key = KeyPair::generate().unwrap();
        let params = authority_params("CA tập huấn");
        let certificate = params.signed_by(&key, &root_issuer).unwrap();
        Self {
            root: Certificate::from_der(root.der()).unwrap(),
            intermediate: Issuer::new(params, key),
            intermediate_der: certificate.der().to_vec(),
        }
    }

    pub fn signer(&self, name: &str, algorithm: SignatureAlgorithm) -> TestSigner {
        self.signer_with(name, algorithm, |_| {})
    }

    pub fn signer_with(
        &self,
        name: &str,
        algorithm: SignatureAlgorithm,
        change: impl FnOnce(&mut CertificateParams),
    ) -> TestSigner {
        let key = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => {
                KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
            }
            SignatureAlgorithm::EcdsaP256Sha256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            SignatureAlgorithm::EcdsaP384Sha384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        }
        .unwrap();
        let mut params = params(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
        change(&mut params);
        let certificate = params.signed_by(&key, &self.intermediate).unwrap();
        let pkcs8 = key.serialize_der();
        let key = match algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => {
                Key::Rsa(RsaKeyPair::from_pkcs8(&pkcs8).unwrap())
            }
            SignatureAlgorithm::EcdsaP256Sha256 => {
                Key::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap())
            }
            SignatureAlgorithm::EcdsaP384Sha384 => {
                Key::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &pkcs8).unwrap())
            }
        };
        TestSigner {
            certificate: certificate.der().to_vec(),
            chain: vec![self.intermediate_der.clone()],
            algorithm,
            key,
            pkcs8,
        }
    }

    pub fn verify(&self, pdf: &[u8]) -> Report {
        verify(pdf, &VerifyOptions { trust: std::slice::from_ref(&self.root), at: now() })
    }
}

/// Builds a PDF from the bodies of its objects, numbered from 1, with a classic table.
pub fn pdf_of(bodies: &[&str]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        offsets.push(pdf.len());
        pdf.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let startxref = pdf.len();
    pdf.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f\r\n", bodies.len() + 1).as_bytes());
    for offset in offsets {
        pdf.extend_from_slice(format!("{offset:010} 00000 n\r\n").as_bytes());
    }
    let id = "<00112233445566778899AABBCCDDEEFF>";
    pdf.extend_from_slice(
        format!(
            "trailer\n<</Size {}/Root 1 0 R/Info 8 0 R/ID[{id}{id}]>>\nstartxref\n{startxref}\n%%EOF\n",
            bodies.len() + 1
        )
        .as_bytes(),
    );
    pdf
}

/// Objects of a page with two prepared signature fields, as the copies of this house have them.
pub const PREPARED: [&str; 9] = [
    "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>/Annots[6 0 R 7 0 R]>>",
    "<</Length 21>>\nstream\n0 0 m 100 100 l S    \nendstream",
    "<</Fields[6 0 R 7 0 R]/SigFlags 3>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Performer)/Rect[50 50 250 120]/F 4/P 3 0 R/Lock 9 0 R>>",
    "<</Type/Annot/Subtype/Widget/FT/Sig/T(Agency)/Rect[300 50 500 120]/F 4/P 3 0 R>>",
    "<</Title(Copy)>>",
    "<</Type/SigFieldLock/Action/Include/Fields[(Performer)]>>",
];

pub fn prepared_pdf() -> Vec<u8> {
    pdf_of(&PREPARED)
}

pub fn appearance() -> Appearance {
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
    let form = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), 200.into(), 70.into()],
        "Resources" => dictionary! { "Font" => dictionary! { "F1" => lopdf::Object::Reference((1, 0)) } },
    };
    let content = b"0.5 w 1 1 198 68 re S BT /F1 12 Tf 10 30 Td (Ky so) Tj ET".to_vec();
    Appearance {
        objects: vec![font.into(), lopdf::Object::Stream(lopdf::Stream::new(form, content))],
        root: 2,
    }
}

pub fn performer_options() -> SignOptions {
    SignOptions {
        reason: Some("Chứng thực bản sao điện tử từ bản chính".into()),
        location: Some("UBND xã Bình Minh".into()),
        certify: Some(DocMdp::FormFilling),
        appearance: Some(appearance()),
        ..SignOptions::new(FieldTarget::Existing("Performer".into()), now())
    }
}

pub fn agency_options() -> SignOptions {
    SignOptions {
        appearance: Some(appearance()),
        lock: Some(FieldMdp::All),
        ..SignOptions::new(FieldTarget::Existing("Agency".into()), now())
    }
}

/// The file with the increment of one more signature.
pub fn signed(pdf: &[u8], options: &SignOptions, signer: &dyn Signer) -> Vec<u8> {
    [pdf, &sign(pdf, options, signer).unwrap().increment].concat()
}

/// The file with a classic increment of given objects (number, body) and trailer entries.
pub fn with_increment(pdf: &[u8], objects: &[(u32, String)], trailer: &str) -> Vec<u8> {
    let previous = startxref(pdf);
    let mut out = pdf.to_vec();
    let mut entries = String::new();
    for (number, body) in objects {
        entries.push_str(&format!("{number} 1\n{:010} 00000 n\r\n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let section = out.len();
    let id = "<00112233445566778899AABBCCDDEEFF>";
    out.extend_from_slice(
        format!(
            "xref\n{entries}trailer\n<</Size 100/Prev {previous}/ID[{id}{id}]{trailer}>>\nstartxref\n{section}\n%%EOF\n"
        )
        .as_bytes(),
    );
    out
}

/// A PDF whose only section is an (uncompressed) cross-reference stream; no form, /Annots indirect.
pub fn stream_pdf() -> Vec<u8> {
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 5 0 R>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots 4 0 R>>",
        "[]",
        "[]",
    ];
    let mut pdf = b"%PDF-1.5\n".to_vec();
    let mut rows = vec![0, 0, 0, 0];
    for (index, body) in bodies.iter().enumerate() {
        rows.extend([1, (pdf.len() >> 8) as u8, pdf.len() as u8, 0]);
        pdf.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let startxref = pdf.len();
    rows.extend([1, (startxref >> 8) as u8, startxref as u8, 0]);
    let length = rows.len();
    pdf.extend_from_slice(
        format!("6 0 obj\n<</Type/XRef/W[1 2 1]/Size 7/Root 1 0 R/Length {length}>>\nstream\n").as_bytes(),
    );
    pdf.extend_from_slice(&rows);
    pdf.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{startxref}\n%%EOF\n").as_bytes());
    pdf
}

pub const TRAILER: &str = "/Root 1 0 R/Info 8 0 R";

pub fn startxref(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&pdf[pdf.len() - 60..]).into_owned();
    text.rsplit("startxref").next().unwrap().split_whitespace().next().unwrap().parse().unwrap()
}

pub fn find(haystack: &[u8], needle: &str) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle.as_bytes()).unwrap()
}
