//! Collects what is needed to check signatures later: the certificates up to the roots, and for each of them an answer or
//! a list that says how it stood. Everything is checked before it is kept; what cannot be had is named.

use serde::Serialize;

use super::{AugmentOptions, Network, dss, ocsp};
use crate::certificate::Certificate;
use crate::cms::signed_data::SignedData;
use crate::trust::{Crl, OcspResponse};

/// Certificates from a signer to its root, at most.
const MAX_CHAIN: usize = 10;
/// Certificates that are asked about for one file.
const MAX_ASKED: usize = 64;

/// Validation data in DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) ocsp: Vec<Vec<u8>>,
    pub(super) crls: Vec<Vec<u8>>,
}

impl Evidence {
    /// Certificates, answers, lists: the order of the store's keys.
    pub(super) fn lists(&self) -> [&Vec<Vec<u8>>; 3] {
        [&self.certificates, &self.ocsp, &self.crls]
    }

    pub(super) fn lists_mut(&mut self) -> [&mut Vec<Vec<u8>>; 3] {
        [&mut self.certificates, &mut self.ocsp, &mut self.crls]
    }

    pub(super) fn into_lists(self) -> [Vec<Vec<u8>>; 3] {
        [self.certificates, self.ocsp, self.crls]
    }
}

/// Validation data that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Missing {
    /// The certificate above this one.
    Issuer {
        /// Its subject.
        certificate: String,
    },
    /// Any word about whether this one is revoked.
    Revocation {
        /// Its subject.
        certificate: String,
        /// What the last service asked said, for logs; empty when none is named.
        detail: String,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) evidence: Evidence,
    pub(super) missing: Vec<Missing>,
}

/// Whether a signature value carries a timestamp.
pub(super) fn has_timestamp(contents: &[u8]) -> bool {
    SignedData::read(contents)
        .is_ok_and(|data| data.timestamp_tokens().is_ok_and(|tokens| !tokens.is_empty()))
}

/// Collects for these signatures and the timestamps inside them what the store does not hold yet.
pub(super) fn collect(
    signed: &[SignedData],
    store: &dss::Store,
    options: &AugmentOptions<'_>,
    network: &dyn Network,
) -> Found {
    let tokens: Vec<SignedData> = signed
        .iter()
        .flat_map(|data| data.timestamp_tokens().unwrap_or_default())
        .filter_map(|token| SignedData::read(token).ok())
        .collect();
    let kept = store.kept();
    let mut known: Vec<Certificate> = options.trust.to_vec();
    known.extend(kept.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()));
    for data in signed.iter().chain(&tokens) {
        known.extend(data.certificates.iter().cloned());
    }
    let mut search = Search { known, kept, options, network, seen: Vec::new(), found: Found::default() };
    for signer in signed.iter().chain(&tokens).filter_map(SignedData::claimed_signer) {
        search.chain(signer);
    }
    search.found
}

struct Search<'s> {
    /// Certificates that may be issuers.
    known: Vec<Certificate>,
    kept: &'s Evidence,
    options: &'s AugmentOptions<'s>,
    network: &'s dyn Network,
    seen: Vec<Certificate>,
    found: Found,
}

impl Search<'_> {
    /// From a signer to its root.
    fn chain(&mut self, signer: Certificate) {
        let mut below = signer;
        for _ in 0..MAX_CHAIN {
            if self.seen.contains(&below) || self.seen.len() == MAX_ASKED {
                return;
            }
            self.seen.push(below.clone());
            self.found.evidence.certificates.push(below.der().to_vec());
            if self.options.trust.contains(&below) || below.is_self_issued() {
                return;
            }
            let Some(issuer) = self.issuer(&below) else {
                self.found.missing.push(Missing::Issuer { certificate: below.subject() });
                return;
            };
            self.revocation(&below, &issuer);
            below = issuer;
        }
    }

    /// Anchors come first among the known ones, so that a chain ends as early as it can.
    fn issuer(&mut self, certificate: &Certificate) -> Option<Certificate> {
        if let Some(known) = self.known.iter().find(|issuer| certificate.is_issued_by(issuer)) {
            return Some(known.clone());
        }
        for url in certificate.issuer_urls() {
            let fetched = self.network.certificate(url).ok();
            let fetched = fetched.and_then(|bytes| Certificate::from_pem_or_der(&bytes).ok());
            let above = fetched.into_iter().flatten().find(|issuer| certificate.is_issued_by(issuer));
            if let Some(above) = above {
                self.known.push(above.clone());
                return Some(above);
            }
        }
        None
    }

    /// One answer or list about a certificate; an answer is short and new, so it is asked for first.
    fn revocation(&mut self, certificate: &Certificate, issuer: &Certificate) {
        let answers = |der: &[u8]| {
            OcspResponse::read(der).is_ok_and(|answer| answer.verify(certificate, issuer).is_ok())
        };
        let lists = |der: &[u8]| Crl::read(der).is_ok_and(|list| list.verify(issuer).is_ok());
        let here = &self.found.evidence;
        if self.kept.ocsp.iter().chain(&here.ocsp).any(|der| answers(der))
            || self.kept.crls.iter().chain(&here.crls).any(|der| lists(der))
        {
            return;
        }
        let mut detail = String::new();
        for url in certificate.ocsp_urls() {
            let Ok(request) = ocsp::request(certificate, issuer) else { break };
            match self.network.ocsp(url, &request) {
                Ok(answer) if answers(&answer) => {
                    self.found.evidence.ocsp.push(answer);
                    return;
                }
                Ok(_) => detail = format!("{url}: no answer about this certificate"),
                Err(error) => detail = format!("{url}: {error}"),
            }
        }
        for url in certificate.crl_urls() {
            match self.network.crl(&url) {
                Ok(list) if lists(&list) => {
                    self.found.evidence.crls.push(list);
                    return;
                }
                Ok(_) => detail = format!("{url}: no list of this authority"),
                Err(error) => detail = format!("{url}: {error}"),
            }
        }
        self.found.missing.push(Missing::Revocation { certificate: certificate.subject(), detail });
    }
}
