//! A page for phones: the citizen or the clerk photographs, the picture appears at the desk. No app, no Internet.
//!
//! HTTPS on one address of the office's LAN, a certificate made for this one opening, an address with a secret in it shown
//! as a QR code. The first browser that opens the address is the only one: the secret is used up and a cookie takes its
//! place. The page closes by itself after some minutes, or after the pictures it was opened for.

mod answer;
mod gate;
mod serve;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{IntakeError, Taker};
use gate::Gate;

/// How much a page takes before it closes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pictures.
    pub pictures: u32,
    /// Bytes of one picture.
    pub bytes: usize,
    /// Time it is open.
    pub open: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pictures: 100, bytes: 32 << 20, open: Duration::from_secs(15 * 60) }
    }
}

/// What all requests share.
struct Shared {
    gate: Gate,
    taker: Arc<dyn Taker>,
    limits: Limits,
    closes: Instant,
    /// Saved so far.
    saved: std::sync::atomic::AtomicU32,
}

/// An open page. Closes when dropped.
pub struct PhonePage {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

impl PhonePage {
    /// Opens a page on this address of this machine (a port of the system's choice) for pictures that `taker` takes.
    ///
    /// # Errors
    /// `NotOpened`: the address is not ours, or there are no random bytes.
    pub async fn open(address: IpAddr, taker: Arc<dyn Taker>, limits: Limits) -> Result<Self, IntakeError> {
        let failed = |fault: std::io::Error| IntakeError::NotOpened(fault.to_string());
        let listener = tokio::net::TcpListener::bind((address, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared {
            gate: Gate::new(address)?,
            taker,
            limits,
            closes: Instant::now() + limits.open,
            saved: Default::default(),
        });
        let (stop, stopped) = watch::channel(false);
        let acceptor = serve::acceptor(address.ip())?;
        let url = shared.gate.url();
        tokio::spawn(serve::serve(listener, acceptor, shared.clone(), stopped));
        Ok(Self { address, url, shared, stop })
    }

    /// The address to show as a QR code; good for one browser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pictures saved so far.
    pub fn saved(&self) -> u32 {
        self.shared.saved.load(Ordering::Relaxed)
    }

    /// Whether a phone has opened it.
    pub fn is_in_use(&self) -> bool {
        self.shared.gate.is_redeemed()
    }

    /// Time left; zero when it has closed.
    pub fn time_left(&self) -> Duration {
        let full = self.saved() >= self.shared.limits.pictures;
        if full { Duration::ZERO } else { self.shared.closes.saturating_duration_since(Instant::now()) }
    }
}

impl Drop for PhonePage {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Addresses of this machine that a phone of the office may reach: private IPv4 ones, wireless and wired alike.
///
/// # Errors
/// `NoNetwork` when there is none.
pub fn lan_addresses() -> Result<Vec<Ipv4Addr>, IntakeError> {
    let interfaces = if_addrs::get_if_addrs().map_err(|_| IntakeError::NoNetwork)?;
    let mut addresses: Vec<Ipv4Addr> = interfaces
        .into_iter()
        // Bridges of containers and virtual machines lead to no phone.
        .filter(|interface| {
            !["docker", "veth", "br-", "virbr", "vbox", "vmnet"]
                .iter()
                .any(|kind| interface.name.starts_with(kind))
        })
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(address) if address.is_private() => Some(address),
            _ => None,
        })
        .collect();
    addresses.sort();
    addresses.dedup();
    if addresses.is_empty() { Err(IntakeError::NoNetwork) } else { Ok(addresses) }
}
