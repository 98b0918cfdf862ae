//! Accepting connections: TLS with a certificate of this opening, few at a time, each with its deadlines.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time::{sleep, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use super::{Shared, answer};
use crate::IntakeError;

/// Connections at a time; one phone uses a handful.
const CONNECTIONS_MAX: usize = 16;
/// A TLS handshake, a person's look at the browser's warning not included: that comes between two connections.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// One connection in all: a picture of 32 MB over poor WLAN.
const CONNECTION: Duration = Duration::from_secs(300);
/// A request's head.
const HEAD: Duration = Duration::from_secs(15);

/// A certificate for one address, signed by itself, known to nobody: it hides the pictures from the LAN's other users. The
/// browser warns once; the page's address comes from the desk's own screen.
pub(super) fn acceptor(address: IpAddr) -> Result<TlsAcceptor, IntakeError> {
    let failed = |fault: String| IntakeError::NotOpened(fault);
    let made = rcgen::generate_simple_self_signed([address.to_string()])
        .map_err(|fault| failed(fault.to_string()))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)
        })
        .map_err(|fault| failed(fault.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers until stopped, or until its time is over.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let router = answer::router(shared.clone());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
            // A little longer than it is open, so that a late phone is told and not left hanging.
            () = sleep_until(shared.closes + HEAD) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles: let some go first.
            sleep(Duration::from_millis(200)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (acceptor, router, mut stopped) = (acceptor.clone(), router.clone(), stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
            let service = hyper::service::service_fn(move |request| router.clone().call(request));
            let mut builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = timeout(CONNECTION, connection) => {}
                _ = stopped.changed() => {}
            }
        });
    }
}
