//! `warehouse serve`: the reference warehouse alone, until it is told to end.

use super::Ended;
use crate::{arguments::Warehouse, files, outcome::Outcome, output, session};
use base64::{Engine, engine::general_purpose::STANDARD};
use mocban_desk::{DeskError, tools::Anchors};
use mocban_warehouse::{DeskKey, WarehouseConfig, WarehouseError};
use serde_json::json;
use std::path::Path;
use tokio::net::TcpListener;

pub(super) fn run(data: Option<&Path>, words: Warehouse) -> Ended {
    let Warehouse::Serve { listen, store, trust, desks, name } = words;
    let store = match store {
        Some(store) => store,
        None => session::folder(data)?.join("warehouse"),
    };
    let mut config = WarehouseConfig::new(store, &name);
    config.trust = Anchors::read(&trust)?.der();
    config.desks = DeskKey::list_from_json(&files::read(&desks)?).map_err(failed)?;
    let runtime = session::runtime()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|fault| files::failed(Path::new(&listen.to_string()), &fault))?;
        let handle = mocban_warehouse::serve(listener, config).await.map_err(failed)?;
        let receipt_key = STANDARD.encode(handle.receipt_key().as_bytes());
        output::json(&json!({ "url": handle.url(), "name": name, "receipt_key": receipt_key }));
        until_told_to_end().await?;
        handle.shutdown().await;
        Ok(Outcome::Done)
    })
}

fn failed(fault: WarehouseError) -> DeskError {
    DeskError::StorageFailed { detail: fault.to_string() }
}

/// SIGINT (Ctrl+C) or, where there is one, SIGTERM.
pub(crate) async fn until_told_to_end() -> Result<(), DeskError> {
    let internal = |fault: std::io::Error| DeskError::Internal { detail: fault.to_string() };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(internal)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(internal),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(internal)
}
