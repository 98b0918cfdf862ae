//! `token list` and `token check`.

use super::Ended;
use crate::{arguments::Modules, outcome::Outcome, output};
use mocban_desk::tools::{self, Detail, ModuleReport, TokenDiagnostics, TokenReport};

/// Modules, tokens and certificates: one module a line.
pub(super) fn list(words: &Modules) -> Ended {
    Ok(tell(words, &tools::tokens(&words.module, Detail::List)?))
}

/// The report for a help desk: the modules as in `list` with more of each, then one line about the computer.
pub(super) fn check(words: &Modules, with_subjects: bool) -> Ended {
    let TokenDiagnostics { program, system, card_service, modules } =
        tools::check_tokens(&words.module, with_subjects)?;
    let outcome = tell(words, &modules);
    if words.json.json {
        output::json(&serde_json::json!({
            "program": program, "system": system, "card_service": card_service,
        }));
        return Ok(outcome);
    }
    output::say(format!("Mộc Bản {program}, {system}"));
    match card_service.problem {
        Some(problem) => output::say(format!("Dịch vụ thẻ (PC/SC): {problem}")),
        None => {
            for reader in card_service.readers {
                let driver = reader.driver.map(|driver| format!(" – {driver}")).unwrap_or_default();
                output::say(format!("Đầu đọc {}: {}{driver}", reader.name, reader.atr));
            }
        }
    }
    Ok(outcome)
}

fn tell(words: &Modules, modules: &[ModuleReport]) -> Outcome {
    for module in modules {
        if words.json.json {
            output::json(module);
        } else {
            tell_module(module);
        }
    }
    if modules.is_empty() && !words.json.json {
        output::say("Không tìm thấy thư viện PKCS#11 nào trên máy này.");
    }
    // A module that was named must answer; one that merely lies around need not.
    let named = !words.module.is_empty();
    if named && modules.iter().any(|module| module.problem.is_some()) {
        Outcome::CouldNot
    } else {
        Outcome::Done
    }
}

fn tell_module(module: &ModuleReport) {
    output::say(module.module.display().to_string());
    if let Some(file) = &module.file {
        output::say(format!("  tệp: {} byte, {}, SHA-256 {}", file.size, file.architecture, file.sha256));
    }
    if let Some(problem) = &module.problem {
        output::say(format!("  lỗi: {} ({})", problem.code, problem.detail));
    }
    module.tokens.iter().for_each(tell_token);
    if let Some(quirks) = module.quirks.as_ref().filter(|quirks| !quirks.is_empty()) {
        output::say(format!("  sai khác: {}", serde_json::to_string(quirks).unwrap_or_default()));
    }
    for timing in module.timings.iter().flatten() {
        let (calls, failed) = (timing.calls, timing.failed);
        output::say(format!(
            "  {}: {calls} lần, {failed} lỗi, lâu nhất {} µs",
            timing.function, timing.longest_us
        ));
    }
}

fn tell_token(token: &TokenReport) {
    output::say(format!("  {} [{}]", token.label, token.serial));
    for certificate in token.certificates.iter().filter(|certificate| certificate.signing) {
        let holder = certificate.holder.as_deref().unwrap_or_default();
        output::say(format!("    {holder} – {}", certificate.fingerprint));
    }
    if let Some(mechanisms) = &token.mechanisms {
        output::say(format!("    cơ chế: {}", mechanisms.join(" ")));
    }
}
