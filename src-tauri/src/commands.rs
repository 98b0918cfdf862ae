//! The two doors from the window to the desk.

use crate::Host;
use mocban_desk::DeskError;
use serde_json::Value;
use tauri::{
    State, async_runtime,
    ipc::{InvokeBody, Request},
};

/// Answers one command of the desk's list.
#[tauri::command]
pub(crate) async fn rpc(host: State<'_, Host>, command: String, payload: Value) -> Result<Value, DeskError> {
    let desk = host.0.clone()?;
    blocking(move || desk.answer(&command, payload)).await
}

/// Takes a file's bytes as the raw body, its name percent-encoded in the header `name`; answers a handle for `page_add`.
#[tauri::command]
pub(crate) async fn upload(host: State<'_, Host>, request: Request<'_>) -> Result<String, DeskError> {
    let desk = host.0.clone()?;
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(DeskError::InvalidRequest { field: "body".into() });
    };
    let bytes = bytes.clone();
    blocking(move || desk.upload(bytes)).await
}

/// Desk calls block (database, token, pictures): they run beside the event loop, never on it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
) -> Result<T, DeskError> {
    match async_runtime::spawn_blocking(work).await {
        Ok(result) => result,
        Err(fault) => Err(DeskError::Internal { detail: fault.to_string() }),
    }
}
