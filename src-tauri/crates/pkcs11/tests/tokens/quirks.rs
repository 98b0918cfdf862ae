//! The catalogue of quirks: one test a row, each played by the training module. docs/tokens.md tells what each row is.
//!
//! No test here may leave a PIN tried twice: the module writes down every PIN that reaches a token.

use mocban_pkcs11::discovery::{Candidate, Origin, without_twins};
use mocban_pkcs11::{Call, ModuleFault, PinState, Quirk, TriesLeft, check_module_file};
use serde_json::json;

use super::scripted::*;
use super::*;

const CKM_RSA_PKCS: u64 = 0x1;
const CKM_RSA_PKCS_PSS: u64 = 0xd;
const CKM_SHA256_RSA_PKCS_PSS: u64 = 0x43;

const ONE_PIN: [&str; 1] = ["  PIN for TAPHUAN-NGUOI-01"];

#[test]
fn quirk_01_a_size_query_answered_with_zero_hides_nothing() {
    let token = ways(&["size_query_zero"]);
    assert_eq!(token.host.tokens().unwrap().len(), 2);
    token.works();
    assert!(token.host.quirks().contains(&Quirk::SizeQueryZero));
}

#[test]
fn quirk_02_a_length_query_that_ends_the_signature_is_never_made() {
    let token = ways(&["sign_query_ends"]);
    token.works();
    assert_eq!(token.called("C_Sign"), 1);
}

#[test]
fn quirk_03_a_signature_is_asked_for_in_a_buffer_of_its_own_length() {
    ways(&["no_large_buffer"]).works();
}

#[test]
fn quirk_04_no_session_that_could_write_is_opened() {
    ways(&["no_read_write"]).works();
}

#[test]
fn quirk_05_nothing_but_certificates_is_searched_for_before_the_login() {
    let token = scripted(json!({ "ways": ["private_search_hangs"] }), "", Patience::Short);
    assert_eq!(token.host.tokens().unwrap().len(), 2);
    assert_eq!(token.host.tokens().unwrap()[0].certificates.len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn quirk_06_a_driver_that_holds_up_the_end_of_its_process_does_not() {
    let token = scripted(json!({ "ways": ["exit_hangs"] }), "C_Finalize=hang", Patience::Long);
    token.works();
    let mark = token.folder.path().to_str().unwrap().to_owned();
    drop(token.host);
    let alive = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes
            .filter_map(|process| std::fs::read(process.path().join("environ")).ok())
            .any(|environment| environment.windows(mark.len()).any(|part| part == mark.as_bytes()))
    };
    let limit = std::time::Instant::now() + Duration::from_secs(10);
    while alive() {
        assert!(std::time::Instant::now() < limit, "the process lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn quirk_07_a_module_for_another_processor_is_named_before_it_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        check_module_file(&file)
    };
    // A 32-bit ELF library for the i386.
    let mut elf = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 0];
    elf.resize(52, 0);
    // A DLL of Windows; on other systems it is no library at all.
    let mut dll = vec![0; 0x40];
    dll[..2].copy_from_slice(b"MZ");
    dll[0x3c] = 0x40;
    dll.extend(b"PE\0\0\x4c\x01");
    dll.resize(0x400, 0);
    let refused = |outcome: Result<(), TokenError>| match outcome {
        Err(TokenError::WrongArchitecture { found }) => assert_eq!(found, "i386"),
        Err(TokenError::ModuleNotLoadable { reason: ModuleFault::NotALibrary }) => {}
        other => panic!("{other:?}"),
    };
    refused(check("token.so", &elf));
    refused(check("token.dll", &dll));
    #[cfg(target_os = "linux")]
    assert_eq!(check("token32.so", &elf), Err(TokenError::WrongArchitecture { found: "i386".into() }));
    // It is not even given to a process.
    let launch = launch(&folder.path().join("token.so"), &[]);
    assert!(TokenHost::idle(launch).is_err());
}

#[test]
fn quirk_08_a_shell_for_windows_beside_the_module_is_no_module() {
    // The names are put together and tested in `discovery::providers`; here the shell must not pass for the module.
    let folder = tempfile::tempdir().unwrap();
    let shell = folder.path().join(format!("viettel-ca_v6_s{}", std::env::consts::DLL_SUFFIX));
    let module = folder.path().join(format!("viettel-ca_v6{}", std::env::consts::DLL_SUFFIX));
    std::fs::copy(std::env::current_exe().unwrap(), &shell).unwrap();
    std::fs::copy(training_module(), &module).unwrap();
    let found = mocban_pkcs11::discovery::candidates(&mocban_pkcs11::discovery::Search::named(&[folder
        .path()
        .to_owned()]));
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&only.path, &only.problem, only.origin), (&module, &None, Origin::Folder));
    assert_eq!(without_twins(found.clone()), found);
    let _: &Candidate = only;
}

#[test]
fn quirk_09_the_token_is_found_by_its_certificate_wherever_its_slot_is() {
    for first_slot in [0, 7, 4096] {
        let token = scripted(json!({ "first_slot": first_slot }), "", Patience::Long);
        assert_eq!(token.host.tokens().unwrap()[0].slot, first_slot);
        token.works();
        assert_eq!(token.pins_sent(), ONE_PIN);
    }
    // In another slot after it was plugged in again, it is found, and its login is gone.
    let token = ways(&["moving_slots"]);
    token.works();
    token.plugged(false);
    assert_eq!(token.host.tokens().unwrap(), []);
    token.plugged(true);
    assert_eq!(token.host.tokens().unwrap()[0].slot, 10);
    assert_eq!(token.sign(), Err(TokenError::TokenRemoved));
    token.works();
}

#[test]
fn quirk_10_empty_readers_unknown_cards_and_virtual_cards_stand_in_nobodys_way() {
    let token = ways(&["virtual_readers"]);
    let tokens = token.host.tokens().unwrap();
    let labels: Vec<&str> = tokens.iter().map(|token| token.label.as_str()).collect();
    // The virtual card is listed without certificates, so that it offers nothing to choose.
    assert_eq!(labels[2], "Windows Hello for Business 1");
    assert!(tokens[2].certificates.is_empty());
    assert_eq!(tokens.len(), 3);
    token.works();
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_11_a_key_without_or_with_anothers_id_is_told_by_itself_and_never_guessed() {
    let token = ways(&["no_ids"]);
    token.works();
    assert_eq!(token.host.quirks(), [Quirk::KeyIdMismatch]);

    let folder = tempfile::tempdir().unwrap();
    let one = Identity::new(folder.path(), "one", 2026, 2040);
    let two = Identity::new(folder.path(), "two", 2026, 2041);
    let identities = [one.scripted(), two.scripted()];
    let ecdsa = SignRequest { algorithm: SignAlgorithm::EcdsaSha256, data: b"data" };
    let token = scripted(json!({ "ways": ["crossed_ids"], "identities": identities }), "", Patience::Long);
    for identity in [&one, &two] {
        token.host.open(identity.fingerprint, pin(TRAINING_PIN)).unwrap();
        token.host.sign(identity.fingerprint, ecdsa, None).unwrap();
    }
    // Two keys that show nothing of themselves, and no ids: nobody guesses.
    let script = json!({ "ways": ["no_ids", "hidden_modulus"], "identities": identities });
    let token = scripted(script, "", Patience::Long);
    let open = token.host.open(one.fingerprint, pin(TRAINING_PIN)).map(|_| ());
    assert_eq!(open, Err(TokenError::SeveralKeys));
    // One such key can only be the one.
    ways(&["no_ids", "hidden_modulus"]).works();
}

#[test]
fn quirk_12_no_search_by_value_is_made() {
    ways(&["no_value_search"]).works();
}

#[test]
fn quirk_13_another_programs_login_is_tolerated_and_a_lost_one_is_asked_for_again() {
    let token = ways(&["already_logged_in"]);
    token.works();
    assert_eq!(token.host.quirks(), [Quirk::AlreadyLoggedIn]);

    let token = scripted(json!({}), "C_Sign=0x101*1", Patience::Long);
    token.open().unwrap();
    assert_eq!(token.sign(), Err(TokenError::SessionLost));
    assert_eq!(token.sign(), Err(TokenError::SessionLost));
    assert_eq!(token.pins_sent(), ONE_PIN, "the PIN was replayed");
    token.works();
}

#[test]
fn quirk_14_a_failure_is_not_called_a_wrong_pin_but_a_counted_try_is_told() {
    let token = scripted(json!({}), "C_Login=0x6", Patience::Long);
    let failed = TokenError::DriverFailure { ckr: "CKR_FUNCTION_FAILED".into(), call: "C_Login".into() };
    assert_eq!(token.open(), Err(failed));
    assert_eq!(token.host.tokens().unwrap()[0].pin, PinState::Ok);

    let token = ways(&["wrong_pin_called_failure"]);
    let spent = TokenError::TrySpent { ckr: "CKR_FUNCTION_FAILED".into(), tries_left: TriesLeft::Low };
    assert_eq!(token.host.open(performer(), pin("00000000")).map(|_| ()), Err(spent));
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_15_a_pin_reaches_the_chosen_token_once_and_no_other() {
    for faults in ["", "C_Login=0x6", "C_Sign=0x101*1", "C_Sign=wrong*1", "C_SignInit=0x70*1"] {
        let token = scripted(json!({ "ways": ["virtual_readers"] }), faults, Patience::Long);
        let _ = token.open();
        let _ = token.sign();
        let _ = token.sign();
        let sent = if faults == "C_Login=0x6" { &[][..] } else { &ONE_PIN };
        assert_eq!(token.pins_sent(), sent, "{faults}");
        assert_eq!(token.called("C_Login"), 1, "{faults}");
    }
    let token = ways(&[]);
    let wrong = token.host.open(performer(), pin("00000000")).map(|_| ());
    assert_eq!(wrong, Err(TokenError::PinIncorrect { tries_left: TriesLeft::Low }));
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_16_each_state_of_a_pin_is_told_before_a_try_is_spent() {
    let untried = |script, error: TokenError| {
        let token = scripted(script, "", Patience::Long);
        assert_eq!(token.open(), Err(error));
        assert_eq!(token.called("C_Login"), 0);
    };
    untried(json!({ "tries": 0 }), TokenError::PinLocked);
    untried(json!({ "tries": 1 }), TokenError::PinLastTry);
    untried(json!({ "ways": ["pin_to_be_changed"] }), TokenError::PinToBeChanged);
    let token = ways(&[]);
    assert_eq!(token.host.open(performer(), pin("123")).map(|_| ()), Err(TokenError::PinLength));
    assert_eq!(token.called("C_Login"), 0);
    let state = |script| scripted(script, "", Patience::Long).host.tokens().unwrap()[0].pin;
    assert_eq!(state(json!({ "tries": 2 })), PinState::CountLow);
    assert_eq!(state(json!({ "tries": 1 })), PinState::FinalTry);
    assert_eq!(state(json!({ "tries": 0 })), PinState::Locked);
    assert_eq!(state(json!({ "ways": ["no_pin"] })), PinState::NotInitialised);
    assert_eq!(state(json!({ "ways": ["pin_to_be_changed"] })), PinState::ToBeChanged);
    // What only the attempt tells.
    assert_eq!(ways(&["no_pin"]).open(), Err(TokenError::PinNotInitialised));
    let expired = scripted(json!({}), "C_Login=0xA3", Patience::Long);
    assert_eq!(expired.open(), Err(TokenError::PinExpired));
    // The last try is spent when the officer says so, and once.
    let token = scripted(json!({ "tries": 1 }), "", Patience::Long);
    let last = token.host.open_on_last_try(performer(), pin("00000000")).map(|_| ());
    assert_eq!(last, Err(TokenError::PinLocked));
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_17_the_flags_are_read_again_after_a_failed_attempt() {
    let token = ways(&[]);
    let wrong = || token.host.open(performer(), pin("00000000")).map(|_| ());
    assert_eq!(wrong(), Err(TokenError::PinIncorrect { tries_left: TriesLeft::Low }));
    let journal = token.journal();
    let login = journal.iter().position(|line| line == "C_Login").unwrap();
    assert!(journal[login..].contains(&"C_GetTokenInfo".to_owned()));
    assert_eq!(wrong(), Err(TokenError::PinIncorrect { tries_left: TriesLeft::Last }));

    // A token that never sets a flag is not said to have tries left.
    let token = ways(&["no_pin_flags"]);
    let wrong = token.host.open(performer(), pin("00000000")).map(|_| ());
    assert_eq!(wrong, Err(TokenError::PinIncorrect { tries_left: TriesLeft::Unknown }));
}

#[test]
fn quirk_18_a_key_with_a_pin_of_its_own_gets_it_between_init_and_sign() {
    let script = json!({ "ways": ["always_authenticate"], "signature_pin": "87654321" });
    let token = scripted(script, "", Patience::Long);
    assert!(token.host.open(performer(), pin(TRAINING_PIN)).unwrap().pin_for_each_signature);
    assert_eq!(token.sign(), Err(TokenError::ContextPinNeeded));
    for _ in 0..2 {
        token.host.sign(performer(), rsa(b"data"), pin("87654321")).unwrap();
    }
    let calls = ["C_SignInit", "C_Login", "C_Sign"];
    let journal = token.journal();
    let order: Vec<&String> = journal.iter().filter(|line| calls.contains(&line.as_str())).collect();
    assert_eq!(order, ["C_Login", "C_SignInit", "C_Login", "C_Sign", "C_SignInit", "C_Login", "C_Sign"]);
    // A wrong one is sent once, and a wrong signature is not asked for again with it.
    let sent = token.pins_sent().len();
    let wrong = token.host.sign(performer(), rsa(b"data"), pin("00000000"));
    assert_eq!(wrong, Err(TokenError::PinIncorrect { tries_left: TriesLeft::Low }));
    assert_eq!(token.pins_sent().len(), sent + 1);
    // The refused one stands in the way of no later one.
    token.host.sign(performer(), rsa(b"data"), pin("87654321")).unwrap();
}

#[test]
fn quirk_19_the_mechanism_list_decides_and_the_hash_is_made_here() {
    let with = |mechanisms: &[u64]| scripted(json!({ "mechanisms": mechanisms }), "", Patience::Long);
    let raw = with(&[CKM_RSA_PKCS]);
    raw.works();
    assert_eq!(raw.host.quirks(), [Quirk::NoHashMechanism]);
    let pss = SignRequest { algorithm: SignAlgorithm::RsaPssSha256, data: b"data" };
    for mechanisms in [&[CKM_RSA_PKCS_PSS][..], &[CKM_SHA256_RSA_PKCS_PSS]] {
        let token = with(mechanisms);
        token.open().unwrap();
        assert_eq!(token.sign(), Err(TokenError::AlgorithmNotSupported));
        token.host.sign(performer(), pss, None).unwrap();
    }
}

#[test]
fn quirk_20_ecdsa_comes_out_in_der_however_the_token_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new(folder.path(), "curve", 2026, 2040);
    let ecdsa = SignRequest { algorithm: SignAlgorithm::EcdsaSha256, data: b"data" };
    for (ways, quirks) in [(&[][..], &[][..]), (&["ecdsa_der"], &[Quirk::EcdsaInDer])] {
        let script = json!({ "ways": ways, "identities": [identity.scripted()] });
        let token = scripted(script, "", Patience::Long);
        token.host.open(identity.fingerprint, pin(TRAINING_PIN)).unwrap();
        let signature = token.host.sign(identity.fingerprint, ecdsa, None).unwrap();
        // A SEQUENCE of two numbers.
        assert_eq!((signature[0], usize::from(signature[1])), (0x30, signature.len() - 2));
        assert_eq!(token.host.quirks(), quirks);
    }
}

#[test]
fn quirk_21_a_wrong_signature_is_asked_for_once_more_and_then_refused() {
    let token = scripted(json!({}), "C_Sign=wrong*1", Patience::Long);
    token.works();
    assert_eq!(token.host.quirks(), [Quirk::WrongSignatureOnce]);
    let token = scripted(json!({}), "C_Sign=wrong", Patience::Long);
    token.open().unwrap();
    assert_eq!(token.sign(), Err(TokenError::SignatureWrong));
    assert_eq!(token.called("C_Sign"), 2);
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_22_no_slot_event_is_waited_for_and_tokens_are_noticed_all_the_same() {
    let token = scripted(json!({ "ways": ["wait_blocks"] }), "", Patience::Short);
    assert_eq!(token.host.tokens().unwrap().len(), 2);
    token.plugged(false);
    assert_eq!(token.host.tokens().unwrap(), []);
    token.plugged(true);
    assert_eq!(token.host.tokens().unwrap().len(), 2);
    assert_eq!(token.called("C_WaitForSlotEvent"), 0);
}

#[test]
fn quirk_23_a_token_pulled_while_it_signs_is_called_removed_whatever_the_driver_says() {
    // DEVICE_REMOVED, SESSION_HANDLE_INVALID, DEVICE_ERROR, GENERAL_ERROR, FUNCTION_FAILED.
    for code in ["0x32", "0xB3", "0x30", "0x5", "0x6"] {
        let token = scripted(json!({}), &format!("C_Sign=pull{code}"), Patience::Long);
        token.open().unwrap();
        assert_eq!(token.sign(), Err(TokenError::TokenRemoved), "{code}");
        assert_eq!(token.sign(), Err(TokenError::TokenRemoved), "{code}");
        assert_eq!(token.pins_sent(), ONE_PIN);
    }
    let token = scripted(json!({}), "C_Sign=hang", Patience::Short);
    token.open().unwrap();
    assert_eq!(token.sign(), Err(TokenError::NotAnswering { call: Call::Sign }));
    assert_eq!(token.sign(), Err(TokenError::SessionLost));
    assert_eq!(token.pins_sent(), ONE_PIN);
}

#[test]
fn quirk_24_functions_that_are_null_are_done_without() {
    let optional = [
        "C_GetInfo",
        "C_GetSlotInfo",
        "C_GetSessionInfo",
        "C_CloseSession",
        "C_Logout",
        "C_WaitForSlotEvent",
    ];
    for function in optional {
        scripted(json!({ "null": [function] }), "", Patience::Long).works();
    }
    scripted(json!({ "null": optional }), "", Patience::Long).works();
    // What cannot be done without is told.
    for function in ["C_Login", "C_Sign"] {
        let token = scripted(json!({ "null": [function] }), "", Patience::Long);
        let failed = token.open().and_then(|()| token.sign());
        assert!(matches!(failed, Err(TokenError::DriverFailure { .. })), "{function}: {failed:?}");
    }
}

#[test]
fn quirk_25_a_module_that_refuses_locking_is_used_by_one_thread() {
    let token = ways(&["cant_lock"]);
    token.works();
    assert_eq!(token.host.quirks(), [Quirk::LockingRefused]);
}

#[test]
fn quirk_26_two_drivers_for_one_token_each_show_the_same_certificate() {
    // The desk then shows the certificate once and names both (its tests); here both answer side by side.
    let (one, two) = (ways(&[]), ways(&[]));
    let fingerprint = |token: &Scripted| token.host.tokens().unwrap()[0].certificates[0].fingerprint;
    assert_eq!(fingerprint(&one), fingerprint(&two));
    one.works();
    assert_eq!(two.called("C_Login"), 0);
}

#[test]
fn quirk_27_a_module_that_says_it_is_initialised_already_goes_on() {
    let token = scripted(json!({}), "C_Initialize=0x191*1", Patience::Long);
    // Nothing in the fresh process can have initialised it: it lies, and says so at the next call.
    let failed = token.host.tokens();
    assert!(matches!(failed, Err(TokenError::DriverFailure { .. })), "{failed:?}");
    assert_eq!(token.called("C_Initialize"), 1);
}

#[test]
fn quirk_28_labels_in_any_encoding_are_shown_and_never_chosen_by() {
    for (label, shown) in [
        ("efbbbf55424e44205841204120", "UBND XA A"),
        ("55424e440000000000000000", "UBND"),
        ("b8c9d2", "\u{fffd}\u{fffd}\u{fffd}"),
        ("", ""),
    ] {
        let token = scripted(json!({ "label": label }), "", Patience::Long);
        assert_eq!(token.host.tokens().unwrap()[0].label, shown);
        token.works();
    }
}

#[test]
fn quirk_29_of_a_renewed_pair_each_certificate_opens_its_own_key() {
    let folder = tempfile::tempdir().unwrap();
    let old = Identity::new(folder.path(), "old", 2022, 2026);
    let new = Identity::new(folder.path(), "new", 2025, 2040);
    let script = json!({ "identities": [old.scripted(), new.scripted()] });
    let token = scripted(script, "", Patience::Long);
    let tokens = token.host.tokens().unwrap();
    let [first, second] = tokens[0].certificates.as_slice() else { panic!("two certificates") };
    assert_eq!(first.subject, second.subject);
    assert!(first.not_after < second.not_after);
    let ecdsa = SignRequest { algorithm: SignAlgorithm::EcdsaSha256, data: b"data" };
    for identity in [&new, &old] {
        token.host.open(identity.fingerprint, pin(TRAINING_PIN)).unwrap();
        token.host.sign(identity.fingerprint, ecdsa, None).unwrap();
    }
}

#[test]
fn quirk_30_a_token_without_label_and_serial_is_known_by_its_certificate() {
    let token = scripted(json!({ "label": "", "serial": "" }), "", Patience::Long);
    let tokens = token.host.tokens().unwrap();
    assert_eq!((tokens[0].label.as_str(), tokens[0].serial.as_str()), ("", ""));
    token.works();
    assert_eq!(token.pins_sent(), ["  PIN for "]);
    // The other token's serial number on this one as well: still the certificate decides.
    let token = scripted(json!({ "serial": hex("TAPHUAN-COQUAN-1") }), "", Patience::Long);
    let opened = token.host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert_eq!(opened.certificate.fingerprint, performer());
    token.sign().unwrap();
}

#[test]
fn a_module_whose_c_getinterface_fails_is_used_by_its_plain_table() {
    ways(&["no_interface"]).works();
}

#[test]
fn a_pin_pad_gets_no_pin_from_here() {
    let token = ways(&["pin_pad"]);
    assert!(token.host.tokens().unwrap()[0].protected_path);
    assert!(token.host.open(performer(), None).unwrap().protected_path);
    token.sign().unwrap();
}

#[test]
fn whoever_waits_for_a_driver_can_give_up_wherever_it_hangs() {
    let hangs = [
        "C_Initialize",
        "C_GetSlotList",
        "C_GetTokenInfo",
        "C_OpenSession",
        "C_FindObjectsInit",
        "C_FindObjects",
        "C_GetAttributeValue",
        "C_Login",
    ];
    for function in hangs {
        let token = scripted(json!({}), &format!("{function}=hang"), Patience::Long);
        std::thread::scope(|scope| {
            let open = scope.spawn(|| token.open());
            while token.called(function) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            // It hangs for ever; its deadline is far away.
            while !open.is_finished() {
                token.host.give_up();
                std::thread::sleep(Duration::from_millis(5));
            }
            let given_up = open.join().unwrap();
            assert!(matches!(given_up, Err(TokenError::GivenUp { .. })), "{function}: {given_up:?}");
        });
        assert!(token.pins_sent().is_empty(), "{function}");
    }
}

#[test]
fn giving_up_when_nothing_is_waited_for_disturbs_nothing() {
    let token = ways(&[]);
    token.host.give_up();
    token.open().unwrap();
    token.host.give_up();
    token.sign().unwrap();
}

#[test]
fn the_time_each_function_took_is_told() {
    let token = ways(&[]);
    token.works();
    let timings = token.host.timings().unwrap();
    let of = |function: &str| timings.iter().find(|timing| timing.function == function).unwrap();
    assert_eq!((of("C_Sign").calls, of("C_Sign").failed), (1, 0));
    assert_eq!(of("C_Login").calls, 1);
    assert!(of("C_Sign").longest_us <= of("C_Sign").total_us);
    assert_eq!(of("C_FindObjectsInit").calls, token.called("C_FindObjectsInit") as u64);
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
