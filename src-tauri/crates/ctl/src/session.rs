//! The open desk of one command, with the runtime its warehouse and queue live on.

use mocban_desk::{Desk, DeskError, DeskOptions};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::Runtime;

/// How long requests in flight may take to end.
const END: Duration = Duration::from_secs(2);

/// A desk opened for one command.
pub(crate) struct Session {
    pub(crate) desk: Arc<Desk>,
    runtime: Option<Runtime>,
}

impl Session {
    /// Opens the desk; nothing runs by itself.
    pub(crate) fn open(data: Option<PathBuf>) -> Result<Self, DeskError> {
        Self::with(DeskOptions::command(data))
    }

    /// Opens the desk as said.
    pub(crate) fn with(options: DeskOptions) -> Result<Self, DeskError> {
        let runtime = runtime()?;
        let desk = Desk::open(options, runtime.handle())?;
        Ok(Self { desk, runtime: Some(runtime) })
    }

    /// The runtime's handle.
    pub(crate) fn handle(&self) -> Result<&tokio::runtime::Handle, DeskError> {
        self.runtime.as_ref().map(Runtime::handle).ok_or(DeskError::Internal { detail: "no runtime".into() })
    }

    /// Sends what is ready now. A warehouse that cannot be reached is no failure of the command: the copies wait.
    pub(crate) fn drain(&self) -> Result<Result<u64, DeskError>, DeskError> {
        Ok(self.desk.drain_queue(self.handle()?))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(END);
        }
    }
}

/// A runtime for what waits on the network.
pub(crate) fn runtime() -> Result<Runtime, DeskError> {
    Runtime::new().map_err(|fault| DeskError::Internal { detail: fault.to_string() })
}

/// The data folder as given, else the user's own.
pub(crate) fn folder(data: Option<&Path>) -> Result<PathBuf, DeskError> {
    let options = DeskOptions::command(data.map(Path::to_owned));
    options.folder().ok_or(DeskError::StorageFailed { detail: "no data folder".into() })
}
