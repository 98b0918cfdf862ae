//! The training token as a desk meets it.

use std::fs;

use mocban_pkcs11::{Fingerprint, KeyAlgorithm, PinState, SignAlgorithm, SignRequest, TokenError, TriesLeft};

use super::*;

#[test]
fn both_tokens_and_their_certificates_are_listed_without_a_pin() {
    let host = training_host("").unwrap();
    let tokens = host.tokens().unwrap();
    let labels: Vec<&str> = tokens.iter().map(|token| token.label.as_str()).collect();
    assert_eq!(labels, ["MOCBAN TAP HUAN-NGUOI CHUNG THUC", "MOCBAN TAP HUAN-CO QUAN"]);
    for (token, der) in tokens.iter().zip([PERFORMER, AGENCY]) {
        assert_eq!(token.pin, PinState::Ok);
        assert!(!token.open && !token.protected_path);
        assert_eq!(token.mechanisms, ["CKM_RSA_PKCS", "CKM_SHA256_RSA_PKCS"]);
        let [certificate] = token.certificates.as_slice() else { panic!("one certificate") };
        assert_eq!(certificate.fingerprint, Fingerprint::of(der));
        assert_eq!(certificate.key_algorithm, KeyAlgorithm::Rsa(2048));
        assert!(certificate.signing);
        assert_eq!(certificate.der, der);
    }
    assert_eq!(host.module_info().description, "Moc Ban training token");
    assert_eq!(host.quirks(), []);
}

#[test]
fn performer_and_agency_sign_side_by_side() {
    let host = training_host("").unwrap();
    for der in [PERFORMER, AGENCY] {
        let opened = host.open(Fingerprint::of(der), pin(TRAINING_PIN)).unwrap();
        assert!(!opened.pin_for_each_signature);
        assert_eq!(opened.certificate.fingerprint, Fingerprint::of(der));
    }
    for der in [PERFORMER, AGENCY] {
        let signature = host.sign(Fingerprint::of(der), rsa(b"data"), None).unwrap();
        assert_eq!(signature.len(), 256);
    }
    assert!(host.tokens().unwrap().iter().all(|token| token.open));
}

#[test]
fn three_wrong_pins_are_told_apart_and_lock_the_token() {
    let host = training_host("").unwrap();
    let state = || host.tokens().unwrap()[0].pin;
    let incorrect = |tries_left| Err(TokenError::PinIncorrect { tries_left });
    assert_eq!(host.open(performer(), pin("00000000")).map(|_| ()), incorrect(TriesLeft::Low));
    assert_eq!(state(), PinState::CountLow);
    assert_eq!(host.open(performer(), pin("00000000")).map(|_| ()), incorrect(TriesLeft::Last));
    assert_eq!(state(), PinState::FinalTry);
    // The last try is only spent when the officer has said so.
    assert_eq!(host.open(performer(), pin("00000000")).map(|_| ()), Err(TokenError::PinLastTry));
    assert_eq!(state(), PinState::FinalTry);
    let last = host.open_on_last_try(performer(), pin("00000000"));
    assert_eq!(last.map(|_| ()), Err(TokenError::PinLocked));
    assert_eq!(state(), PinState::Locked);
    assert_eq!(host.open(performer(), pin(TRAINING_PIN)).map(|_| ()), Err(TokenError::PinLocked));
    // The other token has a PIN of its own.
    host.open(Fingerprint::of(AGENCY), pin(TRAINING_PIN)).unwrap();
}

#[test]
fn a_pin_given_is_a_pin_checked_even_on_an_open_token() {
    let host = training_host("").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert!(matches!(host.open(performer(), pin("00000000")), Err(TokenError::PinIncorrect { .. })));
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::NotLoggedIn));
}

#[test]
fn pins_that_cannot_be_right_cost_no_try() {
    let host = training_host("").unwrap();
    assert_eq!(host.open(performer(), pin("")).map(|_| ()), Err(TokenError::PinLength));
    assert_eq!(host.open(performer(), pin("123")).map(|_| ()), Err(TokenError::PinLength));
    assert_eq!(host.open(performer(), None).map(|_| ()), Err(TokenError::PinNeeded));
    assert_eq!(host.tokens().unwrap()[0].pin, PinState::Ok);
}

#[test]
fn what_is_not_open_does_not_sign() {
    let host = training_host("").unwrap();
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::NotLoggedIn));
    let unknown = Fingerprint::of(b"no certificate");
    assert_eq!(host.open(unknown, pin(TRAINING_PIN)).map(|_| ()), Err(TokenError::CertificateNotFound));
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    let ecdsa = SignRequest { algorithm: SignAlgorithm::EcdsaSha256, data: b"data" };
    assert_eq!(host.sign(performer(), ecdsa, None), Err(TokenError::AlgorithmNotSupported));
    let much = vec![0; mocban_pkcs11::MOST_DATA + 1];
    assert_eq!(host.sign(performer(), rsa(&much), None), Err(TokenError::DataTooLong));
    assert_eq!(host.sign(performer(), rsa(&much[1..]), None).unwrap().len(), 256);
    host.close().unwrap();
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::NotLoggedIn));
    assert!(!host.tokens().unwrap()[0].open);
}

#[test]
fn a_token_pulled_out_is_noticed_by_listing_and_by_signing() {
    let folder = tempfile::tempdir().unwrap();
    let pulled = folder.path().join("pulled");
    let host = TokenHost::launch(launch(&training_module(), &[("MOCBAN_TOKEN_UNPLUGGED", &pulled)])).unwrap();

    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    fs::write(&pulled, "").unwrap();
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::TokenRemoved));
    assert_eq!(host.tokens().unwrap(), []);
    assert_eq!(host.open(performer(), pin(TRAINING_PIN)).map(|_| ()), Err(TokenError::CertificateNotFound));

    fs::remove_file(&pulled).unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    host.sign(performer(), rsa(b"data"), None).unwrap();
    fs::write(&pulled, "").unwrap();
    assert_eq!(host.tokens().unwrap(), []);
    fs::remove_file(&pulled).unwrap();
    // Plugged in again it is not open any more, and nothing signs before the PIN is given anew.
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::TokenRemoved));
}

#[test]
fn information_about_tokens_prints_as_json() {
    let host = training_host("").unwrap();
    let tokens = serde_json::to_value(host.tokens().unwrap()).unwrap();
    assert_eq!(tokens[0]["pin"], "ok");
    assert_eq!(tokens[0]["certificates"][0]["fingerprint"], Fingerprint::of(PERFORMER).to_string());
    assert_eq!(tokens[0]["certificates"][0]["key_algorithm"]["rsa"], 2048);
}

#[test]
fn the_training_module_is_found_beside_a_program() {
    let program = training_module().with_file_name("program");
    assert_eq!(mocban_pkcs11::discovery::training_module_beside(&program), Some(training_module()));
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(mocban_pkcs11::discovery::training_module_beside(&elsewhere.path().join("program")), None);
}
