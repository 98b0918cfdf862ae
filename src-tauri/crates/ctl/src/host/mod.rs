//! `host`: the loopback HTTP host. It answers the same command list as the window's shell, and serves the window's pages.
//!
//! Whoever may speak to it may sign as the officer who is signed in. So it listens on loopback only, and every request
//! passes [`guard`]: right Host, no foreign Origin, and the cookie that only the printed address gives.

mod guard;
mod pages;
mod rpc;

use crate::{
    arguments::Host,
    commands::{Ended, warehouse::told_to_end},
    files,
    outcome::Outcome,
    output,
    session::Session,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use mocban_desk::{Desk, DeskError, DeskOptions};
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::TcpListener;

/// What every request may need.
pub(crate) struct App {
    desk: Arc<Desk>,
    gate: guard::Gate,
    ui: Option<PathBuf>,
}

pub(crate) fn run(data: Option<PathBuf>, Host { listen, ui }: Host) -> Ended {
    if !listen.ip().is_loopback() {
        return Err(DeskError::InvalidRequest { field: "--listen".into() });
    }
    let ui =
        ui.map(|folder| folder.canonicalize().map_err(|fault| files::failed(&folder, &fault))).transpose()?;
    let session = Session::with(DeskOptions::window(data))?;
    let desk = session.desk.clone();
    session.handle()?.block_on(serve(desk, listen, ui))?;
    Ok(Outcome::Done)
}

async fn serve(desk: Arc<Desk>, listen: SocketAddr, ui: Option<PathBuf>) -> Result<(), DeskError> {
    let failed = |fault: std::io::Error| files::failed(Path::new(&listen.to_string()), &fault);
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let gate = guard::Gate::new(listener.local_addr().map_err(failed)?)?;
    let told = told_to_end()?;
    output::json(&json!({ "url": gate.url() }));
    let app = Arc::new(App { desk, gate, ui });
    let served = async { axum::serve(listener, router(app)).await.map_err(failed) };
    // Open event streams would hold up a graceful end for ever; what was answered is done, what was not is not.
    tokio::select! {
        ended = served => ended,
        () = told => Ok(()),
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/rpc/{command}", post(rpc::command))
        .route("/upload", post(rpc::upload))
        .route("/events", get(rpc::events))
        .route("/files/{*path}", get(rpc::file))
        .fallback(get(pages::page))
        .layer(DefaultBodyLimit::max(rpc::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}
