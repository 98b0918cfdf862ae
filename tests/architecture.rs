//! The arrows of ARCHITECTURE.md: which room may know which, who may know SQL, Tauri and the window's bridge to it.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test stops at the first thing that is not as expected

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Every room and the rooms it may import. Whoever adds a room or an arrow changes ARCHITECTURE.md with it.
const ARROWS: &[(&str, &[&str])] = &[
    ("mocban", &["desk"]),
    ("ctl", &["desk", "warehouse"]),
    ("bench", &["desk", "capture", "copy", "pades", "pkcs11", "register", "certification"]),
    (
        "desk",
        &[
            "capture",
            "certification",
            "copy",
            "identity",
            "intake",
            "pades",
            "pkcs11",
            "portal",
            "register",
            "sequencer",
            "warehouse",
        ],
    ),
    ("warehouse", &["certification", "pades", "portal"]),
    ("capture", &["certification"]),
    ("identity", &["certification"]),
    ("intake", &["certification"]),
    ("copy", &["certification"]),
    ("pades", &["certification"]),
    ("pkcs11", &["certification"]),
    ("portal", &["certification"]),
    ("register", &["certification"]),
    ("sequencer", &["certification"]),
    ("certification", &[]),
    ("training-token", &[]),
    ("xtask", &[]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Package name (without `mocban-`) → names of everything it depends on, build and development included.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = vec![root().join("Cargo.toml"), root().join("xtask/Cargo.toml")];
    for entry in fs::read_dir(root().join("src-tauri/crates")).unwrap() {
        files.push(entry.unwrap().path().join("Cargo.toml"));
    }
    let mut all = BTreeMap::new();
    for file in files.into_iter().filter(|file| file.exists()) {
        let manifest: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let name = manifest["package"]["name"].as_str().unwrap();
        let mut names = BTreeSet::new();
        // Development dependencies are left out: a test may look across, the program may not.
        for table in ["dependencies", "build-dependencies"] {
            if let Some(table) = manifest.get(table).and_then(|table| table.as_table()) {
                names.extend(table.keys().cloned());
            }
        }
        for target in manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(|t| t.values()) {
            if let Some(table) = target.get("dependencies").and_then(|table| table.as_table()) {
                names.extend(table.keys().cloned());
            }
        }
        all.insert(name.trim_start_matches("mocban-").to_owned(), names);
    }
    all
}

fn rooms_of(dependencies: &BTreeSet<String>) -> BTreeSet<&str> {
    dependencies.iter().filter_map(|name| name.strip_prefix("mocban-")).collect()
}

#[test]
fn every_room_imports_only_the_rooms_its_arrows_name() {
    for (room, dependencies) in manifests() {
        let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| {
            panic!("the room {room} has no arrows: add it to the table and to ARCHITECTURE.md")
        });
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let extra: Vec<_> = rooms_of(&dependencies).difference(&allowed).copied().collect();
        assert!(extra.is_empty(), "{room} may not import {extra:?}");
    }
}

#[test]
fn the_law_knows_no_room_no_clock_and_no_io() {
    let sources = sources(&root().join("src-tauri/crates/certification/src"), &["rs"]);
    assert!(!sources.is_empty());
    for (path, text) in sources {
        for forbidden in ["std::fs", "std::net", "std::env", "SystemTime", "Zoned::now", "Timestamp::now"] {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
        }
    }
}

#[test]
fn only_the_register_knows_sql() {
    for (room, dependencies) in manifests() {
        let sql = dependencies
            .iter()
            .find(|name| ["rusqlite", "sqlx", "libsqlite3-sys", "diesel"].contains(&name.as_str()));
        assert!(sql.is_none() || room == "register", "{room} depends on {sql:?}");
    }
}

#[test]
fn only_the_shell_imports_tauri() {
    for (room, dependencies) in manifests() {
        let tauri = dependencies.iter().find(|name| name.starts_with("tauri") || *name == "wry");
        assert!(tauri.is_none() || room == "mocban", "{room} depends on {tauri:?}");
    }
}

#[test]
fn pades_knows_signers_not_tokens() {
    let manifests = manifests();
    for name in ["cryptoki", "cryptoki-sys", "mocban-pkcs11"] {
        assert!(!manifests["pades"].contains(name), "pades depends on {name}");
    }
    assert!(manifests["pkcs11"].contains("cryptoki"), "tokens are driven through cryptoki");
}

#[test]
fn only_the_windows_backend_folder_imports_tauri_packages() {
    let sources = sources(&root().join("ui/src"), &["ts", "svelte", "js"]);
    assert!(sources.iter().any(|(path, text)| in_backend(path) && text.contains("@tauri-apps/")));
    for (path, text) in sources {
        assert!(
            in_backend(&path) || !text.contains("@tauri-apps/"),
            "{} imports @tauri-apps",
            path.display()
        );
    }
}

#[test]
fn every_crate_says_its_purpose_in_its_first_line() {
    for (room, _) in ARROWS.iter().filter(|(room, _)| !["mocban", "xtask"].contains(room)) {
        let folder = root().join("src-tauri/crates").join(room).join("src");
        let file = ["lib.rs", "main.rs"]
            .map(|name| folder.join(name))
            .into_iter()
            .find(|path| path.exists())
            .unwrap();
        let text = fs::read_to_string(file).unwrap();
        assert!(text.starts_with("//! "), "{room} does not begin with its purpose");
    }
}

#[test]
fn the_architecture_page_names_every_room() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for room in manifests().keys().filter(|room| *room != "mocban") {
        assert!(page.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
}

fn in_backend(path: &Path) -> bool {
    path.starts_with(root().join("ui/src/backend"))
}

/// All files below a folder with one of these endings, with their text.
fn sources(folder: &Path, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}
