//! The running service: routes, connections, shutdown. Plain HTTP/1.1: on loopback as it is, elsewhere behind a proxy
//! that ends TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::routing::{get, head, post, put};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use hyper_util::rt::{TokioIo, TokioTimer};
use mocban_portal::ProblemKind;
use mocban_portal::receipt::key_id;
use mocban_portal::tus::TUS_VERSION;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::answer::{Refused, json};
use crate::app::App;
use crate::config::WarehouseConfig;
use crate::error::WarehouseError;
use crate::signatures::PadesVerifier;
use crate::store::Store;
use crate::uploads::Uploads;
use crate::verify::CopyVerifier;
use crate::{copies, tus};

/// How long a connection may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// What a connection may buffer in bytes: the largest head, and the pieces in which a body is read.
const BUFFER_BYTES_MAX: usize = 64 << 10;
/// How long requests in flight may take to end at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How often expired uploads are dropped.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// A running warehouse; ends when dropped.
#[derive(Debug)]
pub struct Handle {
    addr: SocketAddr,
    receipt_key: VerifyingKey,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address for a desk on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The public key desks must pin to trust its receipts.
    #[must_use]
    pub fn receipt_key(&self) -> VerifyingKey {
        self.receipt_key
    }

    /// Ends it: no new connections, requests in flight are finished, the folder is released.
    pub async fn shutdown(self) {
        // Nobody listening means it has ended already.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// Opens the folder and serves it on `listener`. Signatures are judged by [`PadesVerifier`] under the configured trust
/// anchors. Listen on loopback, or behind a proxy that ends TLS.
///
/// # Errors
/// [`WarehouseError`] when the folder, the key, the trust anchors or the list of desks cannot be used.
pub async fn serve(listener: TcpListener, config: WarehouseConfig) -> Result<Handle, WarehouseError> {
    let verifier = PadesVerifier::new(&config.trust)?;
    serve_with(listener, config, Arc::new(verifier)).await
}

/// The same with another `verifier` as the judge of signatures.
///
/// # Errors
/// [`WarehouseError`] when the folder, the key or the list of desks cannot be used.
pub async fn serve_with(
    listener: TcpListener,
    config: WarehouseConfig,
    verifier: Arc<dyn CopyVerifier>,
) -> Result<Handle, WarehouseError> {
    let addr = listener.local_addr().map_err(WarehouseError::io("read the address"))?;
    let app = tokio::task::spawn_blocking(move || open(config, verifier))
        .await
        .map_err(|ended| WarehouseError::io("open the folder")(std::io::Error::other(ended)))??;
    let app = Arc::new(app);
    let receipt_key = app.key.verifying_key();
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(run(listener, app, stopped));
    Ok(Handle { addr, receipt_key, stop, task })
}

fn open(mut config: WarehouseConfig, verifier: Arc<dyn CopyVerifier>) -> Result<App, WarehouseError> {
    config.limits.file_bytes = config.limits.file_bytes.min(mocban_portal::wire::COPY_SIZE_MAX);
    let desks = config.desks_by_name()?;
    let WarehouseConfig { data, name, limits, clock, .. } = config;
    let store = Store::open(&data)?;
    let uploads = Uploads::open(store.uploads(), store.complete(), limits.clone())?;
    uploads.sweep(clock.now()).map_err(WarehouseError::io("drop expired uploads"))?;
    Ok(App {
        key: store.receipt_key()?,
        writers: Semaphore::new(limits.writers),
        verifications: Semaphore::new(limits.verifications),
        name,
        desks,
        limits,
        clock,
        verifier,
        store,
        uploads,
    })
}

async fn run(listener: TcpListener, app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let router = router(app.clone());
    let slots = Arc::new(Semaphore::new(app.limits.connections));
    let mut connections = JoinSet::new();
    let mut sweeps = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        tokio::select! {
            // An error is the handle being dropped.
            _ = stopped.changed() => break,
            _ = sweeps.tick() => {
                let now = app.clock.now();
                if let Err(refused) = app.on_disk(move |app| Ok(app.uploads.sweep(now)?)).await {
                    tracing::warn!(?refused, "expired uploads were not dropped");
                }
            }
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &slots) => {
                let Some((stream, slot)) = accepted else { continue };
                let (router, stopped) = (router.clone(), stopped.clone());
                connections.spawn(async move {
                    connection(stream, router, stopped).await;
                    drop(slot);
                });
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await.is_err() {
        connections.shutdown().await;
    }
}

/// The next connection, once there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            // Mostly "too many open files": give the others time to end.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    // Requests and answers are small and wait for each other.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let request = override_method(request.map(Body::new));
        let mut router = router.clone();
        async move { tower_call(&mut router, request).await }
    });
    let mut connection = std::pin::pin!(
        hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(BUFFER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let result = tokio::select! {
        result = connection.as_mut() => result,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// tus lets clients that know GET and POST only name the method in a header.
fn override_method(mut request: Request) -> Request {
    let named = request.headers().get("x-http-method-override").map(HeaderValue::as_bytes);
    if let Some(method) = named.and_then(|m| Method::from_bytes(m).ok())
        && request.uri().path().starts_with("/uploads")
    {
        *request.method_mut() = method;
    }
    request
}

async fn tower_call(router: &mut Router, request: Request) -> Result<Response, std::convert::Infallible> {
    use hyper::service::Service as _;
    hyper_util::service::TowerToHyperService::new(router.clone()).call(request).await
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/uploads", post(tus::create).options(tus::options))
        .route(
            "/uploads/{id}",
            head(tus::offset).patch(tus::append).delete(tus::terminate).options(tus::options),
        )
        .route("/copies/{id}", put(copies::register).get(copies::describe))
        .route("/copies/{id}/file", get(copies::file))
        .route("/health", get(health))
        .route("/.well-known/mocban-warehouse", get(identity))
        .fallback(async || Refused::from(ProblemKind::NotFound))
        .method_not_allowed_fallback(async || Refused::from(ProblemKind::MethodNotAllowed))
        .layer(axum::middleware::map_response(mark))
        .with_state(app)
}

/// Every answer says which protocol it belongs to, so that a client can tell it from a login page.
async fn mark(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(TUS_VERSION));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

/// `GET /health`: it runs and its folder is open.
async fn health(State(app): State<Arc<App>>) -> Result<Response, Refused> {
    json(StatusCode::OK, &json!({ "status": "ok", "warehouse": app.name }))
}

/// `GET /.well-known/mocban-warehouse`: name and receipt key. A desk pins the key when it is set up, over a way it
/// trusts; it never learns a new one from here by itself.
async fn identity(State(app): State<Arc<App>>) -> Result<Response, Refused> {
    let key = app.key.verifying_key();
    json(
        StatusCode::OK,
        &json!({
            "warehouse": app.name,
            "uploads": "/uploads",
            "copies": "/copies",
            "file_bytes_max": app.limits.file_bytes,
            "receipt_keys": [{
                "key_id": key_id(&key),
                "algorithm": "Ed25519",
                "public_key": STANDARD.encode(key.as_bytes()),
            }],
        }),
    )
}
