//! A practice desk whose token has the character a test gives it.

use mocban_desk::{Desk, DeskOptions, api::*};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const PIN: &str = "12345678";

/// A practice desk whose training token has this character.
pub(crate) struct Practice {
    folder: TempDir,
    runtime: Runtime,
}

impl Practice {
    pub(crate) fn new(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let built = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let module =
            format!("{}mocban_training_token{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        fs::copy(built.join(&module), folder.path().join(&module)).unwrap();
        let unplugged = format!("MOCBAN_TOKEN_UNPLUGGED='{}'", folder.path().join("unplugged").display());
        let set: Vec<String> = environment.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
        let host = built.join("mocban-token-host");
        let script = format!("#!/bin/sh\n{unplugged} {} exec '{}' \"$@\"\n", set.join(" "), host.display());
        let file = folder.path().join("host.sh");
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, runtime: Runtime::new().unwrap() }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn open(&self, watching: bool) -> Arc<Desk> {
        let data = Some(self.file("data"));
        let mut options = if watching { DeskOptions::window(data) } else { DeskOptions::command(data) };
        options.token_host = Some(self.file("host.sh"));
        Desk::open(options, self.runtime.handle()).unwrap()
    }
}

pub(crate) fn tokens(desk: &Desk) -> TokenList {
    desk.ask("tokens_list", &Empty {}).unwrap()
}

pub(crate) fn status(desk: &Desk) -> Status {
    desk.ask("status", &Empty {}).unwrap()
}

pub(crate) fn open_request(desk: &Desk, role: SigningRole) -> SessionOpen {
    let list = tokens(desk);
    let token = list.tokens.iter().find(|token| token.suggested_role == Some(role)).unwrap();
    SessionOpen { role, fingerprint: token.fingerprint.clone(), pin: PIN.into(), last_try_accepted: false }
}

pub(crate) fn sign_in(desk: &Desk) {
    for role in [SigningRole::Performer, SigningRole::Agency] {
        let _: SessionView = desk.ask("session_open", &open_request(desk, role)).unwrap();
    }
}

pub(crate) fn ready_case(desk: &Desk, paper: &str) {
    let mut case: CaseView = desk.ask("case_get", &Empty {}).unwrap();
    case.form.requester.name = "Nguyễn Thị Ánh Tuyết".into();
    case.form.requester.id_number = "001203004567".into();
    case.form.paper.name = paper.into();
    let _: CaseView = desk.ask("case_update", &case.form).unwrap();
    let originals = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../assets/training/originals");
    let name = "01-trich-luc-khai-sinh.jpg";
    let blob = desk.upload(fs::read(originals.join(name)).unwrap()).unwrap();
    let _: CaseView = desk.ask("page_add", &PageAdd { blob, name: name.into() }).unwrap();
    let _: CaseView = desk.ask("case_attest", &CaseAttest { attested: true }).unwrap();
}
