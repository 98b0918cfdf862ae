//! `token list` and `token check`.

use super::Ended;
use crate::{arguments::Modules, outcome::Outcome, output};
use mocban_desk::tools::{self, ModuleReport};

pub(super) fn run(words: &Modules, check: bool) -> Ended {
    let modules = tools::tokens(&words.module, check)?;
    for module in &modules {
        if words.json.json {
            output::json(module);
        } else {
            tell(module);
        }
    }
    if modules.is_empty() && !words.json.json {
        output::say("Không tìm thấy thư viện PKCS#11 nào trên máy này.");
    }
    // A module that was named must answer; one that merely lies around need not.
    let named = !words.module.is_empty();
    Ok(if named && modules.iter().any(|module| module.problem.is_some()) {
        Outcome::CouldNot
    } else {
        Outcome::Done
    })
}

fn tell(module: &ModuleReport) {
    output::say(module.module.display().to_string());
    if let Some(problem) = &module.problem {
        output::say(format!("  lỗi: {} ({})", problem.code, problem.detail));
    }
    for token in &module.tokens {
        output::say(format!("  {} [{}]", token.label, token.serial));
        for certificate in token.certificates.iter().filter(|certificate| certificate.signing) {
            output::say(format!("    {} – {}", certificate.holder, certificate.fingerprint));
        }
        if let Some(mechanisms) = &token.mechanisms {
            output::say(format!("    cơ chế: {}", mechanisms.join(" ")));
        }
    }
    if let Some(quirks) = module.quirks.as_ref().filter(|quirks| !quirks.is_empty()) {
        output::say(format!("  sai khác: {}", serde_json::to_string(quirks).unwrap_or_default()));
    }
}
