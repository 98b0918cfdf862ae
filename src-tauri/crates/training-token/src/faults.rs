//! Faults a test can script into the module, as bad drivers have them.
//!
//! `MOCBAN_TOKEN_FAULTS` holds rules `FUNCTION=ACTION[*COUNT]`, separated by `;`. A rule with a count strikes that many
//! times, one without for ever. Actions: `hang`, `crash`, `print` (noise on stdout and stderr), `wrong` (C_Sign and
//! C_SignFinal return a well-formed but wrong signature), a number that is returned as CKR_ code (`0x30`), or `pull` with
//! a number (`pull0x32`): the tokens leave their readers in that moment, for good.
//!
//! `MOCBAN_TOKEN_UNPLUGGED` names a file; while it exists both tokens are out of their readers.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use cryptoki_sys::CK_RV;

/// Environment variable with the fault rules.
pub const FAULTS_VARIABLE: &str = "MOCBAN_TOKEN_FAULTS";
/// Environment variable naming the file whose presence means "token pulled out".
pub const UNPLUGGED_VARIABLE: &str = "MOCBAN_TOKEN_UNPLUGGED";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Hang,
    Crash,
    Print,
    Wrong,
    Return(CK_RV),
    Pull(CK_RV),
}

#[derive(Debug, PartialEq)]
struct Rule {
    action: Action,
    /// Strikes left; `None` is for ever.
    left: Option<u32>,
}

static RULES: LazyLock<Mutex<HashMap<String, Rule>>> =
    LazyLock::new(|| Mutex::new(parse(&std::env::var(FAULTS_VARIABLE).unwrap_or_default())));

static UNPLUGGED: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os(UNPLUGGED_VARIABLE).map(PathBuf::from));

/// Set by a `pull`.
static PULLED: AtomicBool = AtomicBool::new(false);

/// Whether the tokens are out of their readers just now.
pub(crate) fn unplugged() -> bool {
    PULLED.load(Ordering::Relaxed) || UNPLUGGED.as_ref().is_some_and(|marker| marker.exists())
}

/// Commits the fault scripted for this function, if any. `Some` is the code to return instead of doing the work.
pub(crate) fn strike(function: &str) -> Option<CK_RV> {
    match due(function, |action| action != Action::Wrong)? {
        Action::Hang => loop {
            std::thread::park();
        },
        Action::Crash => std::process::abort(),
        Action::Print => {
            let noise = format!("{function}: \0{{\"debug\": \"driver chatter\"}}\n").repeat(200);
            // Nobody may be listening, which is no concern of a chatty driver.
            let _ = std::io::stdout().write_all(noise.as_bytes());
            let _ = std::io::stdout().flush();
            let _ = std::io::stderr().write_all(noise.as_bytes());
            None
        }
        Action::Return(code) => Some(code),
        Action::Pull(code) => {
            PULLED.store(true, Ordering::Relaxed);
            Some(code)
        }
        Action::Wrong => None,
    }
}

/// Whether this function is to return a wrong result now.
pub(crate) fn wrong(function: &str) -> bool {
    due(function, |action| action == Action::Wrong).is_some()
}

/// The wanted action that is due for this function, counted down.
fn due(function: &str, wanted: impl Fn(Action) -> bool) -> Option<Action> {
    let mut rules = RULES.lock().unwrap_or_else(PoisonError::into_inner);
    let rule = rules.get_mut(function).filter(|rule| wanted(rule.action))?;
    match &mut rule.left {
        None => {}
        Some(0) => return None,
        Some(left) => *left -= 1,
    }
    Some(rule.action)
}

/// Reads the rules; what is not a rule is left out.
fn parse(script: &str) -> HashMap<String, Rule> {
    script
        .split(';')
        .filter_map(|rule| {
            let (function, what) = rule.trim().split_once('=')?;
            let (action, left) = match what.split_once('*') {
                Some((action, count)) => (action, Some(count.parse().ok()?)),
                None => (what, None),
            };
            let action = match action {
                "hang" => Action::Hang,
                "crash" => Action::Crash,
                "print" => Action::Print,
                "wrong" => Action::Wrong,
                code => match code.strip_prefix("pull") {
                    Some(code) => Action::Pull(number(code)?),
                    None => Action::Return(number(code)?),
                },
            };
            Some((function.to_owned(), Rule { action, left }))
        })
        .collect()
}

fn number(code: &str) -> Option<CK_RV> {
    CK_RV::from_str_radix(code.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_nonsense_is_left_out() {
        let rules = parse(
            "C_Login=hang; C_Sign=wrong*1;C_Initialize=0xA*2;;C_Logout;C_Find=dance;C_X=crash*y;C_Y=pull0x32",
        );
        assert_eq!(rules.len(), 4);
        assert_eq!(rules["C_Y"], Rule { action: Action::Pull(0x32), left: None });
        assert_eq!(rules["C_Login"], Rule { action: Action::Hang, left: None });
        assert_eq!(rules["C_Sign"], Rule { action: Action::Wrong, left: Some(1) });
        assert_eq!(rules["C_Initialize"], Rule { action: Action::Return(10), left: Some(2) });
    }
}
