//! How a desk is opened: by the window, by the command line, by tests.

use std::path::PathBuf;

/// Where the desk keeps its data and what it does by itself.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// The data folder; `None` means the user's own.
    pub data: Option<PathBuf>,
    /// The executable that serves as token helper when started with `--token-host`; `None` means this program.
    pub token_host: Option<PathBuf>,
    /// Where files for the user are written; `None` means the user's documents folder.
    pub documents: Option<PathBuf>,
    /// Runs the upload queue and watches for tokens in the background (a window) or only when told to (a command).
    pub background_queue: bool,
}

impl DeskOptions {
    /// For the window: everything runs by itself.
    pub fn window(data: Option<PathBuf>) -> Self {
        Self { data, token_host: None, documents: None, background_queue: true }
    }

    /// For one command.
    pub fn command(data: Option<PathBuf>) -> Self {
        Self { data, token_host: None, documents: None, background_queue: false }
    }

    /// The data folder: as given, else `mocban` in the user's data folder of this operating system.
    pub fn folder(&self) -> Option<PathBuf> {
        self.data.clone().or_else(user_data_folder)
    }
}

/// `%LOCALAPPDATA%\mocban`, `~/Library/Application Support/mocban`, `$XDG_DATA_HOME/mocban` or `~/.local/share/mocban`.
fn user_data_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("mocban"))
}
