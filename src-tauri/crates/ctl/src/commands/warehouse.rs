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
        let told = told_to_end()?;
        let receipt_key = STANDARD.encode(handle.receipt_key().as_bytes());
        output::json(&json!({ "url": handle.url(), "name": name, "receipt_key": receipt_key }));
        told.await;
        handle.shutdown().await;
        Ok(Outcome::Done)
    })
}

fn failed(fault: WarehouseError) -> DeskError {
    DeskError::StorageFailed { detail: fault.to_string() }
}

/// Listens from now on for SIGINT (Ctrl+C) and, where there is one, SIGTERM: called before a program says that it is
/// ready, so that whoever reads that may end it at once. The future is done when it is told.
pub(crate) fn told_to_end() -> Result<impl Future<Output = ()>, DeskError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|fault| DeskError::Internal { detail: fault.to_string() });
        let (mut interrupt, mut terminate) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Where Ctrl+C cannot be heard, the program ends with its console.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
