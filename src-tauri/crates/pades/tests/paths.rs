//! Paths of certificates and revocation, by the sections of NIST's PKITS: every case is a signed file whose chain is
//! made for it, judged like any other file.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use mocban_pades::{
    Certificate, Chain, ChainFault, Reason, Report, RevocationItem, RevocationReason, RevocationSource,
    SignatureAlgorithm, Verdict, Verifier, Warning,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, RevokedCertParams, SerialNumber, date_time_ymd,
};
use support::*;

/// An authority: its certificate, and what issues below it.
struct Node {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn name_of(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CountryName, "VN");
    full.push(DnType::OrganizationName, "Tập huấn");
    full.push(DnType::CommonName, name);
    full
}

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name_of(name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = base(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn person(serial: u64) -> CertificateParams {
    let mut params = base("Nguyễn Văn An");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params.serial_number = Some(SerialNumber::from(serial));
    params
}

fn extension(oid: &[u64], content: &[u8]) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
    extension.set_criticality(true);
    extension
}

impl Node {
    fn root() -> Self {
        Self::root_with(authority("Root"))
    }

    fn root_with(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    fn below(&self, params: CertificateParams) -> Self {
        self.below_with(params, KeyPair::generate().unwrap())
    }

    fn below_with(&self, params: CertificateParams, key: KeyPair) -> Self {
        let der = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self { der, issuer: Issuer::new(params, key) }
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.der).unwrap()
    }

    /// A file signed by a person below this authority; `chain` travels with it.
    fn sign(&self, params: CertificateParams, chain: &[&Node]) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let pkcs8 = key.serialize_der();
        let signer = TestSigner {
            certificate: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(),
            chain: chain.iter().map(|node| node.der.clone()).collect(),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            key: Key::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap()),
            pkcs8,
        };
        signed(&prepared_pdf(), &performer_options(), &signer)
    }

    /// A list in force from the first until the last day of November, with these serial numbers revoked since the day.
    fn list(&self, revoked: &[(u64, u8, Option<rcgen::RevocationReason>)]) -> RevocationItem {
        self.list_until(revoked, 30)
    }

    fn list_until(&self, revoked: &[(u64, u8, Option<rcgen::RevocationReason>)], last: u8) -> RevocationItem {
        let revoked = revoked.iter().map(|(serial, day, reason)| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 11, *day),
            reason_code: *reason,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 11, 1),
            next_update: date_time_ymd(2026, 11, last),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        RevocationItem::read(list.signed_by(&self.issuer).unwrap().der()).unwrap()
    }
}

struct Known(Vec<RevocationItem>);

impl RevocationSource for Known {
    fn about(&self, _: &Certificate, _: &Certificate) -> Vec<RevocationItem> {
        self.0.clone()
    }
}

fn judge(root: &Node, pdf: &[u8]) -> Report {
    Verifier::new(vec![root.certificate()]).verify(pdf, now())
}

fn judge_with(root: &Node, pdf: &[u8], known: Vec<RevocationItem>, demanded: bool) -> Report {
    let verifier = Verifier::new(vec![root.certificate()]).with_source(Box::new(Known(known)));
    verifier.requiring_revocation(demanded).verify(pdf, now())
}

#[track_caller]
fn refused(report: &Report, fault: ChainFault) {
    assert_eq!((report.verdict, report.chain), (Verdict::Undetermined, Chain::Untrusted), "{report:?}");
    let told = report
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::ChainUntrusted { what, .. } if *what == fault));
    assert!(told, "{fault:?} {:?}", report.reasons);
}

#[track_caller]
fn trusted(report: &Report) {
    assert_eq!((report.verdict, report.chain), (Verdict::Valid, Chain::Trusted), "{report:?}");
}

/// One authority between root and person.
fn one_between(change: impl FnOnce(&mut CertificateParams)) -> Report {
    let root = Node::root();
    let mut params = authority("CA");
    change(&mut params);
    let ca = root.below(params);
    judge(&root, &ca.sign(person(1), &[&ca]))
}

#[test]
fn pkits_4_1_and_4_3_names_and_signatures_must_chain() {
    let (root, stranger) = (Node::root(), Node::root());
    trusted(&judge(&root, &root.sign(person(1), &[])));
    // The same name under another key is not the same authority.
    refused(&judge(&root, &stranger.sign(person(1), &[])), ChainFault::SignatureWrong);
    let ca = root.below(authority("CA"));
    trusted(&judge(&root, &ca.sign(person(1), &[&ca])));
    refused(&judge(&root, &ca.sign(person(1), &[])), ChainFault::IssuerMissing);
    // Case and spaces do not tell names apart (RFC 5280 §7.1).
    let key = KeyPair::generate().unwrap();
    let copy = KeyPair::try_from(key.serialize_der()).unwrap();
    let ca = root.below_with(authority("CA of  the Commune"), key);
    let mut params = authority("ca of the commune");
    params.serial_number = Some(SerialNumber::from(99));
    let renamed = root.below_with(params, copy);
    trusted(&judge(&root, &ca.sign(person(1), &[&renamed])));
}

#[test]
fn pkits_4_2_certificates_must_be_in_their_dates() {
    let early = |params: &mut CertificateParams| params.not_after = date_time_ymd(2026, 1, 1);
    let late = |params: &mut CertificateParams| params.not_before = date_time_ymd(2027, 1, 1);
    for report in [one_between(early), one_between(late)] {
        assert_eq!((report.verdict, report.chain), (Verdict::Undetermined, Chain::Expired), "{report:?}");
    }
    let root = Node::root();
    let mut params = person(1);
    early(&mut params);
    assert_eq!(judge(&root, &root.sign(params, &[])).chain, Chain::Expired);
}

#[test]
fn pkits_4_6_only_authorities_issue_and_no_more_than_they_may() {
    refused(&one_between(|params| params.is_ca = IsCa::NoCa), ChainFault::NotAnAuthority);
    refused(&one_between(|params| params.is_ca = IsCa::ExplicitNoCa), ChainFault::NotAnAuthority);
    trusted(&one_between(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0))));
    let root = Node::root();
    let mut short = authority("CA");
    short.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let ca = root.below(short);
    let sub = ca.below(authority("Sub CA"));
    refused(&judge(&root, &sub.sign(person(1), &[&sub, &ca])), ChainFault::PathTooLong);
    // A new key of the same authority does not count (4.6.15).
    let renewed = ca.below(authority("CA"));
    trusted(&judge(&root, &renewed.sign(person(1), &[&renewed, &ca])));
}

#[test]
fn pkits_4_7_keys_are_used_for_what_they_are() {
    refused(&one_between(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]), ChainFault::KeyUsage);
    let root = Node::root();
    let mut params = person(1);
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    refused(&judge(&root, &root.sign(params, &[])), ChainFault::KeyUsage);
    for (purpose, is_well) in [
        (ExtendedKeyUsagePurpose::EmailProtection, true),
        (ExtendedKeyUsagePurpose::ClientAuth, true),
        (ExtendedKeyUsagePurpose::Any, true),
        (ExtendedKeyUsagePurpose::ServerAuth, false),
        (ExtendedKeyUsagePurpose::TimeStamping, false),
        (ExtendedKeyUsagePurpose::OcspSigning, false),
    ] {
        let mut params = person(1);
        params.extended_key_usages = vec![purpose];
        let report = judge(&root, &root.sign(params, &[]));
        if is_well { trusted(&report) } else { refused(&report, ChainFault::Purpose) }
    }
}

/// certificatePolicies with one policy, policyConstraints that demands one, inhibitAnyPolicy.
const POLICY: &[u8] = &[0x30, 0x0D, 0x30, 0x0B, 6, 9, 0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 1];
const OTHER_POLICY: &[u8] = &[0x30, 0x0D, 0x30, 0x0B, 6, 9, 0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 2];
const ANY_POLICY: &[u8] = &[0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1D, 0x20, 0];
const DEMANDED: &[u8] = &[0x30, 3, 0x80, 1, 0];
/// policyMappings from the first policy to the other.
const MAPPED: &[u8] = &[
    0x30, 0x18, 0x30, 0x16, 6, 9, 0x2B, 6, 1, 4, 1, 0x86, 0x8D, 0x1F, 1, 6, 9, 0x2B, 6, 1, 4, 1, 0x86, 0x8D,
    0x1F, 2,
];

fn with_policies(above: &[(u64, &[u8])], below: &[u8]) -> Report {
    let root = Node::root();
    let mut params = authority("CA");
    params.custom_extensions =
        above.iter().map(|(id, content)| extension(&[2, 5, 29, *id], content)).collect();
    let ca = root.below(params);
    let mut params = person(1);
    if !below.is_empty() {
        params.custom_extensions.push(extension(&[2, 5, 29, 32], below));
    }
    judge(&root, &ca.sign(params, &[&ca]))
}

#[test]
fn pkits_4_8_to_4_12_a_demanded_policy_must_hold_along_the_path() {
    trusted(&with_policies(&[(32, POLICY)], &[]));
    trusted(&with_policies(&[(32, POLICY), (36, DEMANDED)], POLICY));
    trusted(&with_policies(&[(32, ANY_POLICY), (36, DEMANDED)], POLICY));
    refused(&with_policies(&[(32, POLICY), (36, DEMANDED)], &[]), ChainFault::Policy);
    refused(&with_policies(&[(32, POLICY), (36, DEMANDED)], OTHER_POLICY), ChainFault::Policy);
    // 4.10: the other policy stands for the first.
    trusted(&with_policies(&[(32, POLICY), (33, MAPPED), (36, DEMANDED)], OTHER_POLICY));
    refused(&with_policies(&[(32, POLICY), (33, MAPPED), (36, DEMANDED)], POLICY), ChainFault::Policy);
    // 4.12: any-policy does not count below.
    let inhibited: &[(u64, &[u8])] = &[(32, POLICY), (36, DEMANDED), (54, &[2, 1, 0])];
    refused(&with_policies(inhibited, ANY_POLICY), ChainFault::Policy);
}

#[test]
fn pkits_4_13_names_stay_within_constraints() {
    let subtree = |common: Option<&str>| {
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, "VN");
        name.push(DnType::OrganizationName, if common.is_some() { "Khác" } else { "Tập huấn" });
        GeneralSubtree::DirectoryName(name)
    };
    let between = |permitted: Vec<GeneralSubtree>, excluded: Vec<GeneralSubtree>| {
        one_between(|params| {
            params.name_constraints =
                Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded });
        })
    };
    trusted(&between(vec![subtree(None)], vec![]));
    refused(&between(vec![subtree(Some("other"))], vec![]), ChainFault::NameConstraints);
    trusted(&between(vec![], vec![subtree(Some("other"))]));
    refused(&between(vec![], vec![subtree(None)]), ChainFault::NameConstraints);
    // A constraint on another kind of name says nothing about this one.
    trusted(&between(vec![GeneralSubtree::DnsName("gov.vn".into())], vec![]));
    // The constraints of the anchor hold too.
    let mut params = authority("Root");
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: vec![subtree(Some("other"))], excluded_subtrees: vec![] });
    let root = Node::root_with(params);
    refused(&judge(&root, &root.sign(person(1), &[])), ChainFault::NameConstraints);
}

#[test]
fn pkits_4_16_unknown_critical_extensions_are_not_trusted() {
    let unknown = [1, 3, 6, 1, 4, 1, 99999, 7];
    refused(
        &one_between(|params| params.custom_extensions.push(extension(&unknown, &[5, 0]))),
        ChainFault::CriticalExtension,
    );
    trusted(&one_between(|params| {
        params.custom_extensions.push(CustomExtension::from_oid_content(&unknown, vec![5, 0]));
    }));
}

#[test]
fn several_issuers_of_one_name_and_circles_are_walked_to_an_end() {
    let root = Node::root();
    let (key, copy) = {
        let key = KeyPair::generate().unwrap();
        let copy = KeyPair::try_from(key.serialize_der()).unwrap();
        (key, copy)
    };
    let ca = root.below_with(authority("CA"), key);
    // Namesakes under strangers, and the same key certified by a stranger who certifies the root in turn.
    let strangers: Vec<Node> = (0..20).map(|_| Node::root_with(authority("CA"))).collect();
    let stranger = Node::root_with(authority("Stranger"));
    let mut params = authority("CA");
    params.serial_number = Some(SerialNumber::from(99));
    let cross = stranger.below_with(params, copy);
    let circle = ca.below(authority("Stranger"));
    let mut chain: Vec<&Node> = strangers.iter().collect();
    chain.extend([&cross, &circle, &stranger, &ca]);
    trusted(&judge(&root, &ca.sign(person(1), &chain)));
    chain.pop();
    assert_eq!(judge(&root, &ca.sign(person(1), &chain)).chain, Chain::Untrusted);
}

#[test]
fn pkits_4_4_a_revoked_certificate_is_refused_and_told_with_date_and_reason() {
    let root = Node::root();
    let mut params = authority("CA");
    params.serial_number = Some(SerialNumber::from(77));
    let ca = root.below(params);
    let pdf = ca.sign(person(5), &[&ca]);
    let clean = || vec![root.list(&[]), ca.list(&[])];
    let report = judge_with(&root, &pdf, clean(), true);
    trusted(&report);
    assert_eq!(report.warnings, []);

    let compromised = Some(rcgen::RevocationReason::KeyCompromise);
    let report =
        judge_with(&root, &pdf, vec![root.list(&[]), ca.list(&[(4, 2, None), (5, 3, compromised)])], false);
    assert_eq!((report.verdict, report.chain), (Verdict::Invalid, Chain::Revoked), "{report:?}");
    assert!(report.reasons.iter().any(|reason| matches!(reason,
        Reason::ChainRevoked { certificate, at, why: RevocationReason::KeyCompromise, .. }
            if certificate == "Nguyễn Văn An" && at == "2026-11-03T00:00:00Z")));
    // The authority itself.
    let report = judge_with(&root, &pdf, vec![root.list(&[(77, 3, None)]), ca.list(&[])], false);
    assert_eq!(report.chain, Chain::Revoked, "{report:?}");
    // Revoked only later than the time asked about.
    trusted(&judge_with(&root, &pdf, vec![root.list(&[]), ca.list(&[(5, 28, None)])], false));
    // An old list still tells of a revocation, but not of a hold, which may have been lifted.
    let held = Some(rcgen::RevocationReason::CertificateHold);
    assert_eq!(
        judge_with(&root, &pdf, vec![ca.list_until(&[(5, 3, None)], 10)], false).chain,
        Chain::Revoked
    );
    assert_eq!(
        judge_with(&root, &pdf, vec![ca.list_until(&[(5, 3, held)], 10)], false).chain,
        Chain::Trusted
    );
    assert_eq!(judge_with(&root, &pdf, vec![ca.list(&[(5, 3, held)])], false).chain, Chain::Revoked);
}

#[test]
fn missing_revocation_information_is_a_warning_and_when_demanded_leaves_the_answer_open() {
    let root = Node::root();
    let plain = root.sign(person(5), &[]);
    let mut params = person(5);
    params.crl_distribution_points =
        vec![CrlDistributionPoint { uris: vec!["http://crl.invalid/ca.crl".into()] }];
    let named = root.sign(params, &[]);
    let report = judge_with(&root, &named, vec![], false);
    trusted(&report);
    assert!(
        matches!(report.warnings.as_slice(), [Warning::RevocationUnknown { newest: None, .. }]),
        "{report:?}"
    );
    let report = judge_with(&root, &named, vec![], true);
    assert_eq!((report.verdict, report.chain), (Verdict::Undetermined, Chain::Unknown), "{report:?}");
    assert!(matches!(report.reasons.as_slice(), [Reason::RevocationUnknown { .. }]), "{report:?}");
    // One that names no place to ask cannot be asked about.
    trusted(&judge_with(&root, &plain, vec![], true));
    // An old list is told with its age; a list by somebody else of the same name is none.
    let report = judge_with(&root, &named, vec![root.list_until(&[], 10)], true);
    let newest = Some("2026-11-01T00:00:00Z".to_owned());
    assert!(
        matches!(report.reasons.as_slice(), [Reason::RevocationUnknown { newest: told, .. }] if *told == newest)
    );
    let report = judge_with(&root, &named, vec![Node::root().list(&[(5, 3, None)])], true);
    assert!(
        matches!(report.reasons.as_slice(), [Reason::RevocationUnknown { newest: None, .. }]),
        "{report:?}"
    );
}
