//! Bad drivers: the training module with faults scripted into it, and files that are no modules.

use std::time::{Duration, Instant};

use mocban_pkcs11::{Call, ModuleFault, PinState, Quirk};

use super::*;

fn driver_failure(ckr: &str, call: &str) -> TokenError {
    TokenError::DriverFailure { ckr: ckr.into(), call: call.into() }
}

#[test]
fn a_hang_is_cut_at_its_deadline_and_the_next_call_works() {
    let host = impatient_host("C_Sign=hang").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    let asked = Instant::now();
    assert_eq!(
        host.sign(performer(), rsa(b"data"), None),
        Err(TokenError::NotAnswering { call: Call::Sign })
    );
    assert!(asked.elapsed() < Duration::from_secs(4));
    // The login died with the process: the PIN is asked again, never replayed.
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SessionLost));
    assert_eq!(host.tokens().unwrap().len(), 2);
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
}

#[test]
fn a_hang_is_cut_wherever_it_is() {
    for function in ["C_GetSlotList", "C_OpenSession", "C_FindObjects", "C_GetAttributeValue"] {
        let host = impatient_host(&format!("{function}=hang")).unwrap();
        assert_eq!(host.tokens(), Err(TokenError::NotAnswering { call: Call::List }), "{function}");
    }
    let host = impatient_host("C_Login=hang").unwrap();
    let open = host.open(performer(), pin(TRAINING_PIN));
    assert_eq!(open.map(|_| ()), Err(TokenError::NotAnswering { call: Call::Open }));
}

#[test]
fn a_module_that_hangs_while_loading_is_reported() {
    let host = impatient_host("C_Initialize=hang");
    assert_eq!(host.map(|_| ()).unwrap_err(), TokenError::NotAnswering { call: Call::Load });
}

#[test]
fn a_crash_takes_only_the_child_with_it() {
    let host = training_host("C_Sign=crash").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert_eq!(
        host.sign(performer(), rsa(b"data"), None),
        Err(TokenError::DriverCrashed { call: Call::Sign })
    );
    assert_eq!(host.tokens().unwrap().len(), 2);
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SessionLost));

    let host = training_host("C_Initialize=crash");
    assert_eq!(host.map(|_| ()).unwrap_err(), TokenError::DriverCrashed { call: Call::Load });
}

#[test]
fn what_a_module_prints_does_not_reach_the_protocol() {
    let faults = "C_Initialize=print;C_GetSlotList=print;C_FindObjects=print;C_Login=print;C_Sign=print";
    let host = training_host(faults).unwrap();
    assert_eq!(host.tokens().unwrap().len(), 2);
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    host.sign(performer(), rsa(b"data"), None).unwrap();
}

#[test]
fn a_wrong_signature_is_asked_for_once_more_and_then_refused() {
    let host = training_host("C_Sign=wrong*1").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    host.sign(performer(), rsa(b"data"), None).unwrap();
    assert_eq!(host.quirks(), [Quirk::WrongSignatureOnce]);

    let host = training_host("C_Sign=wrong").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SignatureWrong));
}

#[test]
fn a_module_that_cannot_lock_is_initialised_without() {
    let host = training_host("C_Initialize=0xA*1").unwrap();
    assert_eq!(host.tokens().unwrap().len(), 2);
    assert_eq!(host.quirks(), [Quirk::LockingRefused]);
}

#[test]
fn a_driver_failure_at_login_is_not_called_a_wrong_pin() {
    for (code, name) in
        [("0x5", "CKR_GENERAL_ERROR"), ("0x6", "CKR_FUNCTION_FAILED"), ("0x80000063", "CKR 0x80000063")]
    {
        let host = training_host(&format!("C_Login={code}")).unwrap();
        let open = host.open(performer(), pin(TRAINING_PIN));
        assert_eq!(open.map(|_| ()), Err(driver_failure(name, "C_Login")));
        assert_eq!(host.tokens().unwrap()[0].pin, PinState::Ok);
    }
}

#[test]
fn return_values_about_the_pin_become_what_the_officer_meets() {
    for (code, error) in [
        ("0xA2", TokenError::PinLength),
        ("0xA3", TokenError::PinExpired),
        ("0xA4", TokenError::PinLocked),
        ("0x102", TokenError::PinNotInitialised),
        ("0x50", TokenError::Cancelled),
        ("0xE0", TokenError::TokenRemoved),
    ] {
        let host = training_host(&format!("C_Login={code}")).unwrap();
        assert_eq!(host.open(performer(), pin(TRAINING_PIN)).map(|_| ()), Err(error), "{code}");
    }
}

#[test]
fn a_token_that_wrongly_claims_a_login_asks_for_the_pin_again() {
    let host = training_host("C_Login=0x100*1").unwrap();
    assert_eq!(host.open(performer(), pin(TRAINING_PIN)).map(|_| ()), Err(TokenError::SessionLost));
    assert_eq!(host.quirks(), []);
    host.tokens().unwrap();
    assert_eq!(host.quirks(), [Quirk::AlreadyLoggedIn]);
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
}

#[test]
fn a_session_that_ends_in_the_middle_asks_for_the_pin_again() {
    for code in ["0xB3", "0xB0", "0x101"] {
        let host = training_host(&format!("C_Sign={code}*1")).unwrap();
        host.open(performer(), pin(TRAINING_PIN)).unwrap();
        assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SessionLost), "{code}");
        assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SessionLost), "{code}");
        host.open(performer(), pin(TRAINING_PIN)).unwrap();
        host.sign(performer(), rsa(b"data"), None).unwrap();
    }
}

#[test]
fn a_module_without_session_states_stays_open_between_polls() {
    let host = training_host("C_GetSessionInfo=0x54").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert!(host.tokens().unwrap()[0].open);
    host.sign(performer(), rsa(b"data"), None).unwrap();
}

#[test]
fn a_session_found_dead_by_a_poll_asks_for_the_pin_again() {
    let host = training_host("C_GetSessionInfo=0xB3").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert!(!host.tokens().unwrap()[0].open);
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::SessionLost));
}

#[test]
fn a_mechanism_that_is_listed_but_refused_falls_back_to_the_next() {
    let host = training_host("C_SignInit=0x70*1").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    host.sign(performer(), rsa(b"data"), None).unwrap();
    assert_eq!(host.quirks(), [Quirk::MechanismRefused]);

    let host = training_host("C_SignInit=0x70").unwrap();
    host.open(performer(), pin(TRAINING_PIN)).unwrap();
    assert_eq!(host.sign(performer(), rsa(b"data"), None), Err(TokenError::AlgorithmNotSupported));
}

#[test]
fn a_module_that_does_not_initialise_says_why() {
    let reason = ModuleFault::NotInitialised("CKR_DEVICE_ERROR".into());
    let host = training_host("C_Initialize=0x30");
    assert_eq!(host.map(|_| ()).unwrap_err(), TokenError::ModuleNotLoadable { reason });
}

#[test]
fn garbage_is_refused_before_a_process_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("token.so");
    std::fs::write(&garbage, b"MZ this is no library").unwrap();
    // No such executable: it would fail with another error if it came to that.
    let refused = TokenHost::spawn(Path::new("/nonexistent/host"), &garbage).map(|_| ()).unwrap_err();
    assert_eq!(refused, TokenError::ModuleNotLoadable { reason: ModuleFault::NotALibrary });
}

#[test]
fn a_cut_module_is_refused_by_its_header_or_by_the_loader() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(training_module()).unwrap();
    for part in [2, 3, 10] {
        let cut = folder.path().join(format!("cut{part}.so"));
        std::fs::write(&cut, &whole[..whole.len() / part]).unwrap();
        let refused = TokenHost::launch(launch(&cut, &[])).map(|_| ()).unwrap_err();
        assert!(
            matches!(
                refused,
                TokenError::ModuleNotLoadable { .. } | TokenError::DriverCrashed { call: Call::Load }
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn an_executable_that_is_no_host_is_noticed() {
    let mut launch = launch(&training_module(), &[]);
    launch.executable = PathBuf::from("/nonexistent/host");
    assert!(matches!(TokenHost::launch(launch.clone()), Err(TokenError::HostNotStarted { .. })));
    #[cfg(unix)]
    {
        // It ends without a word.
        launch.executable = PathBuf::from("/bin/true");
        assert_eq!(
            TokenHost::launch(launch).map(|_| ()).unwrap_err(),
            TokenError::DriverCrashed { call: Call::Load }
        );
    }
}

#[test]
fn a_poll_does_not_wait_for_a_login_under_way() {
    let host = impatient_host("C_Login=hang").unwrap();
    std::thread::scope(|scope| {
        let login = scope.spawn(|| host.open(performer(), pin(TRAINING_PIN)).map(|_| ()));
        std::thread::sleep(Duration::from_millis(500));
        let asked = Instant::now();
        assert!(host.tokens_if_idle().is_none());
        assert!(asked.elapsed() < Duration::from_millis(200));
        assert!(login.join().unwrap().is_err());
    });
    assert_eq!(host.tokens_if_idle().unwrap().unwrap().len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_host_that_is_given_up_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    // A mark in the child's environment tells it from the children of other tests.
    let mark = folder.path().to_str().unwrap().to_owned();
    let children = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let environments = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
        environments
            .filter(|environment| environment.windows(mark.len()).any(|part| part == mark.as_bytes()))
            .count()
    };
    let host = TokenHost::launch(launch(&training_module(), &[("MARK", folder.path())])).unwrap();
    assert_eq!(children(), 1);
    drop(host);
    let limit = Instant::now() + Duration::from_secs(10);
    while children() > 0 {
        assert!(Instant::now() < limit, "the child lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_hanging_child_ends_when_its_parent_is_gone() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    let mut child = Command::new(env!("CARGO_BIN_EXE_mocban-token-host"))
        .arg("--token-host")
        .env("MOCBAN_TOKEN_FAULTS", "C_GetSlotList=hang")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut send = |message: &[u8]| {
        input.write_all(&u32::try_from(message.len()).unwrap().to_le_bytes()).unwrap();
        input.write_all(message).unwrap();
    };
    // Message 0 is to load a module, its path as a string with its length as varint, without parameters; message 1 is
    // to list tokens.
    let module = training_module();
    let path = module.to_str().unwrap();
    let len = path.len();
    let varint = if len < 128 { vec![len as u8] } else { vec![len as u8 | 0x80, (len >> 7) as u8] };
    send(&[&[0], varint.as_slice(), path.as_bytes(), &[0]].concat());
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
    send(&[1]);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it hangs in the module");
    drop(input);
    let limit = Instant::now() + Duration::from_secs(10);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < limit, "the child lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}
