//! HTTP to one scanner: bounded, timed, never redirected, never to another host, whatever an answer says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{HOST, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect};

use super::quirks::Host;
use super::tls::FirstUse;
use crate::original::MAX_BYTES;
use crate::source::{ScanFault, Stop};

/// For connecting.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// For a short answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// For a job to be accepted, and for a page to begin: the lamp may have to warm up.
const LONG_ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// For the next piece of a page.
const PIECE_WITHIN: Duration = Duration::from_secs(60);
/// Largest short answer, bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How often a call looks whether it was called off.
const TICK: Duration = Duration::from_millis(100);

/// One scanner's address.
pub(super) struct Http {
    client: Client,
    base: Url,
    pub(super) host: Host,
    tls: Arc<FirstUse>,
}

/// A short answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Http {
    /// For the scanner's root, such as `http://192.168.1.20:8080/eSCL`.
    pub(super) fn new(base: &Url, certificate: Option<String>) -> Result<Self, ScanFault> {
        let tls = FirstUse::new(certificate);
        let config = tls.config().map_err(|_| ScanFault::Io)?;
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            // Scanners stand in the office, never behind its proxy.
            .no_proxy()
            // Some close a kept connection without saying so.
            .pool_max_idle_per_host(0)
            .referer(false)
            .http1_only()
            .build()
            .map_err(|_| ScanFault::Io)?;
        let mut base = base.clone();
        base.set_path(&format!("{}/", base.path().trim_end_matches('/')));
        Ok(Self { client, base, host: Host::Usual, tls })
    }

    /// The certificate the scanner showed, SHA-256, hex.
    pub(super) fn certificate(&self) -> Option<String> {
        self.tls.certificate()
    }

    /// The scanner's root.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// An address below the root.
    pub(super) fn below(&self, path: &str) -> Url {
        self.base.join(path).unwrap_or_else(|_| self.base.clone())
    }

    /// Where `Location` leads: its path on our own scanner. Its host is not believed: it is missing, `localhost`, or an
    /// address from before the scanner moved.
    pub(super) fn own(&self, asked: &Url, location: &str) -> Option<Url> {
        let given = asked.join(location.trim()).ok()?;
        let mut own = self.base.clone();
        own.set_path(given.path().trim_end_matches('/'));
        own.set_query(given.query());
        Some(own)
    }

    /// A short exchange.
    pub(super) async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Answer, ScanFault> {
        let within = if method == Method::POST { LONG_ANSWER_WITHIN } else { ANSWER_WITHIN };
        let mut request = self.request(method, url).timeout(within);
        if let Some(body) = body {
            request = request.header("Content-Type", "text/xml").body(body);
        }
        let mut response = request.send().await.map_err(|fault| self.way(&fault))?;
        let mut answer = Answer::of(&response);
        while let Some(piece) = response.chunk().await.map_err(|fault| self.way(&fault))? {
            answer.body.extend_from_slice(&piece);
            if answer.body.len() > ANSWER_BYTES_MAX {
                return Err(ScanFault::Io);
            }
        }
        Ok(answer)
    }

    /// A page: as [`Http::ask`] with more time and room, ended early when it is called off (`None`).
    pub(super) async fn page(&self, url: Url, stop: &Stop) -> Result<Option<Answer>, ScanFault> {
        let send = async { self.request(Method::GET, url).send().await.map_err(|fault| self.way(&fault)) };
        let Some(mut response) = watched(send, LONG_ANSWER_WITHIN, stop).await? else { return Ok(None) };
        let mut answer = Answer::of(&response);
        loop {
            // What breaks off in the middle is a broken page.
            let piece = async { response.chunk().await.map_err(|_| ScanFault::BrokenPage) };
            match watched(piece, PIECE_WITHIN, stop).await? {
                None => return Ok(None),
                Some(None) => return Ok(Some(answer)),
                Some(Some(piece)) if answer.body.len() + piece.len() <= MAX_BYTES => {
                    answer.body.extend_from_slice(&piece);
                }
                Some(Some(_)) => return Err(ScanFault::BrokenPage),
            }
        }
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let host = match self.host {
            Host::Usual => None,
            Host::Localhost => Some("localhost".to_owned()),
            Host::WithPort => {
                url.host_str().map(|host| format!("{host}:{}", url.port_or_known_default().unwrap_or(80)))
            }
        };
        let request = self.client.request(method, url);
        match host {
            Some(host) => request.header(HOST, host),
            None => request,
        }
    }

    /// What a failure on the way means.
    fn way(&self, fault: &reqwest::Error) -> ScanFault {
        let mut cause: Option<&dyn std::error::Error> = Some(fault);
        while let Some(inner) = cause {
            let tls = inner.downcast_ref::<rustls::Error>().or_else(|| {
                inner.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref::<rustls::Error>()
            });
            if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
                return ScanFault::KeyChanged;
            }
            cause = inner.source();
        }
        if fault.is_connect() {
            ScanFault::Offline
        } else if fault.is_timeout() {
            ScanFault::TimedOut
        } else {
            ScanFault::Io
        }
    }
}

impl Answer {
    fn of(response: &Response) -> Self {
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        Self {
            status: response.status().as_u16(),
            location: text(LOCATION).map(str::to_owned),
            retry_after: text(RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Duration::from_secs),
            body: Vec::new(),
        }
    }
}

/// Waits for `work`, `within` and the deadline at most; `None` when it was called off.
async fn watched<T>(
    work: impl Future<Output = Result<T, ScanFault>>,
    within: Duration,
    stop: &Stop,
) -> Result<Option<T>, ScanFault> {
    let until = (Instant::now() + within).min(stop.deadline);
    tokio::select! {
        done = work => done.map(Some),
        called_off = over(stop, until) => if called_off { Ok(None) } else { Err(ScanFault::TimedOut) },
    }
}

/// Waits until the job was called off (true) or the time is up (false).
async fn over(stop: &Stop, until: Instant) -> bool {
    loop {
        if stop.is_cancelled() {
            return true;
        }
        let now = Instant::now();
        if now >= until {
            return false;
        }
        tokio::time::sleep(TICK.min(until - now)).await;
    }
}

/// Sleeps; whether it may go on (not called off, time left).
pub(super) async fn pause(time: Duration, stop: &Stop) -> Result<bool, ScanFault> {
    let until = Instant::now() + time;
    if over(stop, until.min(stop.deadline)).await {
        return Ok(false);
    }
    if Instant::now() >= stop.deadline { Err(ScanFault::TimedOut) } else { Ok(true) }
}
