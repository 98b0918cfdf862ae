//! The way from signed files to the services of the authorities: here the rooms of the network and of signatures meet.
//! It waits, so it is only called where nobody waits for it: in a job, or in a command that was asked for it.

mod cache;

use crate::DeskError;
use cache::Cache;
use jiff::Timestamp;
use mocban_pades::{Network, NetworkError, TimestampRequest, TimestampToken};
use mocban_portal::pki::{Authorities, Authority, Ledger, MemoryLedger, Web};
use mocban_portal::{Clock, SystemClock, SystemRandom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// RFC 6960 appendix A
const OCSP: [&str; 2] = ["application/ocsp-request", "application/ocsp-response"];
/// Bytes.
const OCSP_MAX: usize = 256 << 10;
/// Bytes; the longest lists in real use have about 50 MB.
const CRL_MAX: usize = 64 << 20;
/// Bytes.
const CERTIFICATE_MAX: usize = 256 << 10;
/// For answers and certificates.
const SHORT: Duration = Duration::from_secs(30);
/// For lists: 50 MB at 3 Mbit/s.
const LONG: Duration = Duration::from_secs(150);

/// The services of the authorities, called from a thread that may wait.
pub(crate) struct Online {
    runtime: Runtime,
    web: Web,
    authorities: Authorities,
    cache: Cache,
    clock: Arc<dyn Clock>,
}

impl Online {
    /// With these timestamp authorities, for one command: the budget and the lists are remembered as long as it runs.
    pub(crate) fn for_command(authorities: &[String]) -> Result<Self, DeskError> {
        Self::new(authorities, Arc::new(MemoryLedger::default()), None, Arc::new(SystemClock))
    }

    /// With a ledger that remembers requests and a folder that keeps lists.
    pub(crate) fn new(
        authorities: &[String],
        ledger: Arc<dyn Ledger>,
        folder: Option<PathBuf>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DeskError> {
        let internal = |detail: String| DeskError::Internal { detail };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|fault| internal(fault.to_string()))?;
        let web = Web::new().map_err(|fault| internal(fault.to_string()))?;
        let list = authorities.iter().map(Authority::new).collect();
        let authorities = Authorities::new(list, web.clone(), ledger, clock.clone(), Box::new(SystemRandom));
        Ok(Self { runtime, web, authorities, cache: Cache::new(folder), clock })
    }

    /// When the first timestamp authority may be asked.
    pub(crate) fn next_attempt(&self) -> Option<Timestamp> {
        self.authorities.next_attempt()
    }

    /// A number for a request that was never given before.
    pub(crate) fn nonce() -> u64 {
        // Without randomness the time in nanoseconds is as new.
        getrandom::u64().unwrap_or_else(|_| Timestamp::now().as_nanosecond() as u64)
    }
}

impl Network for Online {
    fn timestamp(&self, request: &TimestampRequest) -> Result<TimestampToken, NetworkError> {
        let asked = self.authorities.ask(request.der(), |answer| request.accept(answer));
        Ok(self.runtime.block_on(asked)?)
    }

    fn ocsp(&self, url: &str, request: &[u8]) -> Result<Vec<u8>, NetworkError> {
        Ok(self.runtime.block_on(self.web.post(url, OCSP, request, OCSP_MAX, SHORT))?)
    }

    fn crl(&self, url: &str) -> Result<Vec<u8>, NetworkError> {
        let now = self.clock.now();
        if let Some(kept) = self.cache.get(url, now) {
            return Ok(kept);
        }
        let list = self.runtime.block_on(self.web.get(url, CRL_MAX, LONG))?;
        self.cache.put(url, &list, now);
        Ok(list)
    }

    fn certificate(&self, url: &str) -> Result<Vec<u8>, NetworkError> {
        Ok(self.runtime.block_on(self.web.get(url, CERTIFICATE_MAX, SHORT))?)
    }
}
