//! Lists of revoked certificates in the shapes of RFC 5280 §5.2.5 and PKITS 4.14: published at a place named relative to
//! the publisher, for some reasons only, by somebody else than the issuer. They are written by hand here.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use mocban_pades::{
    Certificate, Chain, RevocationItem, RevocationSource, SignatureAlgorithm, Verdict, Verifier,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber, SigningKey,
};
use support::*;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// ecdsa-with-SHA256
const ALGORITHM: &[u8] = &[0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
const TRUE: &[u8] = &[0x01, 0x01, 0xFF];
const INDIRECT: &[u8] = &[0x84, 0x01, 0xFF];

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap();
    [&[tag, 0x82], length.to_be_bytes().as_slice(), &content].concat()
}

/// CN=… as an attribute, and as a name of its own.
fn attribute(name: &str) -> Vec<u8> {
    der(SEQUENCE, &[&[OID, 3, 0x55, 4, 3], &der(0x0C, &[name.as_bytes()])])
}

fn name(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parts.iter().map(|part| der(SET, &[&attribute(part)])).collect();
    der(SEQUENCE, &[&parts.concat()])
}

fn directory(parts: &[&str]) -> Vec<u8> {
    der(0xA4, &[&name(parts)])
}

/// DistributionPointName: in full, or relative to the publisher.
fn full(parts: &[&str]) -> Vec<u8> {
    der(0xA0, &[&der(0xA0, &[&directory(parts)])])
}

fn relative(part: &str) -> Vec<u8> {
    der(0xA0, &[&der(0xA1, &[&attribute(part)])])
}

fn critical(identifier: u8, value: &[u8]) -> Vec<u8> {
    der(SEQUENCE, &[&[OID, 3, 0x55, 0x1D, identifier], TRUE, &der(OCTETS, &[value])])
}

struct Node {
    name: &'static str,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2025, 1, 1);
    params.not_after = rcgen::date_time_ymd(2035, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Node {
    fn root(name: &'static str) -> Self {
        let (params, key) = (authority(name), KeyPair::generate().unwrap());
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { name, der, issuer: Issuer::new(params, key) }
    }

    fn below(&self, name: &'static str) -> Self {
        let (params, key) = (authority(name), KeyPair::generate().unwrap());
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { name, der, issuer: Issuer::new(params, key) }
    }

    /// A list in force in November with these entries and an IssuingDistributionPoint of these parts.
    fn list(&self, entries: &[Vec<u8>], point: &[&[u8]]) -> RevocationItem {
        let times = [der(0x17, &[b"261101000000Z"]), der(0x17, &[b"261130000000Z"])].concat();
        let revoked = if entries.is_empty() { Vec::new() } else { der(SEQUENCE, &[&entries.concat()]) };
        let extensions = der(0xA0, &[&der(SEQUENCE, &[&critical(0x1C, &der(SEQUENCE, point))])]);
        let parts = [&[2, 1, 1], ALGORITHM, &name(&[self.name]), &times, &revoked, &extensions];
        let content = der(SEQUENCE, &parts);
        let signature = self.issuer.key().sign(&content).unwrap();
        let list = der(SEQUENCE, &[&content, ALGORITHM, &der(0x03, &[&[0], &signature])]);
        RevocationItem::read(&list).unwrap()
    }
}

/// Number 5, revoked on 3 November; of the issuer named, or of the one before.
fn entry(issuer: Option<&str>) -> Vec<u8> {
    let named = issuer.map(|issuer| critical(0x1D, &der(SEQUENCE, &[&directory(&[issuer])])));
    let extensions = named.map_or_else(Vec::new, |named| der(SEQUENCE, &[&named]));
    der(SEQUENCE, &[&[2, 1, 5], &der(0x17, &[b"261103000000Z"]), &extensions])
}

struct Known(Vec<RevocationItem>);

impl RevocationSource for Known {
    fn about(&self, _: &Certificate, _: &Certificate) -> Vec<RevocationItem> {
        self.0.clone()
    }
}

/// A root, an authority, two publishers of lists: one below the root, one of the same name below nobody.
struct Room {
    root: Node,
    ca: Node,
    publisher: Node,
    impostor: Node,
}

impl Room {
    fn new() -> Self {
        let root = Node::root("Root");
        let (ca, publisher) = (root.below("CA"), root.below("Publisher"));
        Self { root, ca, publisher, impostor: Node::root("Publisher") }
    }

    /// How a person, number 5, stands, whose certificate names the place of these parts.
    fn stands(&self, place: &[&[u8]], lists: Vec<RevocationItem>) -> (Verdict, Chain) {
        let mut person = params("An");
        person.serial_number = Some(SerialNumber::from(5_u64));
        person.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let content = der(SEQUENCE, &[&der(SEQUENCE, place)]);
        person.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 31], content)];
        let key = KeyPair::generate().unwrap();
        let pkcs8 = key.serialize_der();
        let chain = [&self.ca, &self.publisher, &self.impostor].map(|node| node.der.clone());
        let signer = TestSigner {
            certificate: person.signed_by(&key, &self.ca.issuer).unwrap().der().to_vec(),
            chain: chain.to_vec(),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            key: Key::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap()),
            pkcs8,
        };
        let pdf = signed(&prepared_pdf(), &performer_options(), &signer);
        let verifier = Verifier::new(vec![Certificate::from_der(&self.root.der).unwrap()]);
        let verifier = verifier.with_source(Box::new(Known(lists))).requiring_revocation(true);
        let report = verifier.verify(&pdf, now());
        (report.verdict, report.chain)
    }
}

const GOOD: (Verdict, Chain) = (Verdict::Valid, Chain::Trusted);
const OPEN: (Verdict, Chain) = (Verdict::Undetermined, Chain::Unknown);
const REVOKED: (Verdict, Chain) = (Verdict::Invalid, Chain::Revoked);

#[test]
fn a_place_may_be_named_relative_to_the_publisher() {
    let room = Room::new();
    let list = |place: &[u8]| vec![room.ca.list(&[], &[place])];
    for place in [relative("One"), full(&["CA", "One"])] {
        assert_eq!(room.stands(&[&place], list(&relative("One"))), GOOD);
        assert_eq!(room.stands(&[&place], list(&full(&["CA", "One"]))), GOOD);
        assert_eq!(room.stands(&[&place], list(&relative("Two"))), OPEN);
        assert_eq!(room.stands(&[&place], list(&full(&["Root", "One"]))), OPEN);
    }
}

#[test]
fn lists_for_some_reasons_speak_together_when_all_reasons_are_told() {
    let room = Room::new();
    let place = full(&["CA", "One"]);
    let (first, others) = ([0x83, 2, 6, 0x40], [0x83, 3, 7, 0x3F, 0x80]);
    let list = |entries: &[Vec<u8>], reasons: &[u8]| room.ca.list(entries, &[&place, reasons]);
    assert_eq!(room.stands(&[&place], vec![list(&[], &first)]), OPEN);
    assert_eq!(room.stands(&[&place], vec![list(&[], &others)]), OPEN);
    assert_eq!(room.stands(&[&place], vec![list(&[], &first), list(&[], &others)]), GOOD);
    assert_eq!(room.stands(&[&place], vec![list(&[entry(None)], &first)]), REVOKED);
}

#[test]
fn an_indirect_list_counts_from_whom_the_certificate_names_and_the_root_knows() {
    let room = Room::new();
    let place = full(&["Publisher", "One"]);
    let publisher = der(0xA2, &[&directory(&["Publisher"])]);
    let (named, unnamed): ([&[u8]; 2], [&[u8]; 1]) = ([&place, &publisher], [&place]);
    let list = |by: &Node, entries: &[Vec<u8>]| vec![by.list(entries, &[&place, INDIRECT])];
    assert_eq!(room.stands(&named, list(&room.publisher, &[])), GOOD);
    assert_eq!(room.stands(&[&publisher], vec![room.publisher.list(&[], &[INDIRECT])]), GOOD);
    assert_eq!(room.stands(&unnamed, list(&room.publisher, &[])), OPEN, "not named");
    assert_eq!(room.stands(&named, list(&room.impostor, &[])), OPEN, "known to nobody");
    assert_eq!(room.stands(&named, vec![room.publisher.list(&[], &[&place])]), OPEN, "not indirect");
    assert_eq!(room.stands(&named, list(&room.publisher, &[entry(Some("CA"))])), REVOKED);
    assert_eq!(
        room.stands(&named, list(&room.publisher, &[entry(None)])),
        GOOD,
        "the publisher's own number 5"
    );
    assert_eq!(
        room.stands(&named, list(&room.publisher, &[entry(Some("Root"))])),
        GOOD,
        "another's number 5"
    );
    let both = [entry(Some("CA")), entry(None)];
    assert_eq!(room.stands(&named, list(&room.publisher, &both)), REVOKED);
    // The issuer's own list at a place that is somebody else's to publish (PKITS 4.14.35).
    assert_eq!(room.stands(&named, vec![room.ca.list(&[], &[&place])]), OPEN);
}
