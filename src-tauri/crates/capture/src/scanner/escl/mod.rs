//! A client for eSCL (AirScan, Mopria): the scanning protocol of nearly every network machine since 2012, without a
//! driver. HTTP(S) and XML; scanners are found by mDNS or named by address.

mod capabilities;
mod discovery;
mod http;
mod job;
mod quirks;
mod status;
mod tls;
mod xml;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use reqwest::{Method, Url};
use tokio::runtime::{Builder, Runtime};

use super::{Driver, FoundScanner, Remembered};
use crate::source::{Device, ScanAbilities, ScanFault, ScanSettings, ScanSource, Stop, TakePage};
use capabilities::Capabilities;
use discovery::Announced;
use http::Http;
use quirks::{Host, Quirks};

/// How long a scanner that is not where it was is listened for.
const LISTEN: Duration = Duration::from_secs(4);

/// The scanners that announce themselves within `wait`, each once.
pub fn discover(wait: Duration) -> Vec<FoundScanner> {
    let mut all: Vec<FoundScanner> = Vec::new();
    for Announced { uuid, name, address } in discovery::listen(wait, |_| false) {
        let id = identity(uuid.as_deref(), &address);
        match all.iter_mut().find(|known| known.device.id == id) {
            Some(known) => known.addresses.push(address),
            None => all.push(found(id, name, address)),
        }
    }
    all
}

/// The scanner at an address (`http://192.168.1.20`, `192.168.1.20:8080/eSCL` …), if one answers there.
pub fn at_address(address: &str) -> Option<FoundScanner> {
    let escl = Escl::at(&url(address)?, &Remembered::default()).ok()?;
    Some(found(escl.device.id.clone(), escl.device.name.clone(), escl.address()))
}

fn found(id: String, name: String, address: String) -> FoundScanner {
    FoundScanner { device: Device { id, name }, driver: Driver::Escl, addresses: vec![address] }
}

fn identity(uuid: Option<&str>, address: &str) -> String {
    format!("escl:{}", uuid.unwrap_or(address))
}

/// The scanner's root from what a person types.
fn url(address: &str) -> Option<Url> {
    let address = address.trim();
    let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let mut url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.host_str()?;
    if url.path() == "/" {
        url.set_path("/eSCL");
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// An eSCL scanner that has answered.
pub struct Escl {
    device: Device,
    http: Http,
    capabilities: Capabilities,
    runtime: Runtime,
}

impl Escl {
    /// Opens by UUID or address. Where it was and where it announces itself now are tried at the same time, so that a
    /// new address is not "offline".
    pub(super) fn open(name: &str, remembered: &Remembered) -> Result<Self, ScanFault> {
        if name.contains("://") {
            return Self::at(&url(name).ok_or(ScanFault::NotFound)?, remembered);
        }
        let wanted = identity(Some(name), "");
        let (sender, announced) = mpsc::channel();
        let uuid = name.to_owned();
        let listener = thread::spawn(move || {
            let ours = |one: &Announced| one.uuid.as_deref() == Some(&uuid);
            discovery::listen(LISTEN, |one| {
                if ours(one) {
                    let _ = sender.send(one.address.clone());
                }
                // The other service of the same machine may follow; nobody waits once the channel is closed.
                ours(one) && one.address.starts_with("https")
            });
        });
        let mut fault = ScanFault::Offline;
        let mut attempt = |address: &str| match url(address)
            .ok_or(ScanFault::NotFound)
            .and_then(|url| Self::at(&url, remembered))
        {
            Ok(escl) if escl.device.id == wanted => Some(escl),
            // Another machine has its address now.
            Ok(_) => None,
            Err(other) => {
                fault = other;
                None
            }
        };
        let found = remembered.addresses.iter().find_map(|address| attempt(address));
        let found = found.or_else(|| announced.iter().find_map(|address| attempt(&address)));
        drop(announced);
        drop(listener);
        found.ok_or(fault)
    }

    /// Opens the scanner at an address.
    pub(crate) fn at(base: &Url, remembered: &Remembered) -> Result<Self, ScanFault> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|_| ScanFault::Io)?;
        let mut http = Http::new(base, remembered.certificate.clone())?;
        let capabilities = runtime.block_on(capabilities(&mut http))?;
        http.host = Quirks::of(&capabilities.model).host;
        let name = if capabilities.model.is_empty() {
            base.host_str().unwrap_or_default()
        } else {
            &capabilities.model
        };
        let address = http.base().as_str().trim_end_matches('/');
        let device = Device { id: identity(capabilities.uuid.as_deref(), address), name: name.to_owned() };
        Ok(Self { device, http, capabilities, runtime })
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.http.base().as_str().trim_end_matches('/').to_owned()
    }
}

/// Asks a scanner what it can do, in the ways different machines want to be asked.
async fn capabilities(http: &mut Http) -> Result<Capabilities, ScanFault> {
    let mut fault = ScanFault::Offline;
    for host in [Host::Usual, Host::WithPort, Host::Localhost] {
        http.host = host;
        let answer = http.ask(Method::GET, http.below("ScannerCapabilities"), None).await?;
        match answer.status {
            200 => match Capabilities::read(&answer.body) {
                Some(capabilities) => return Ok(capabilities),
                // Something else lives at this address.
                None => fault = ScanFault::NotFound,
            },
            401 => fault = ScanFault::AccessDenied,
            503 => fault = ScanFault::Busy,
            _ => {}
        }
    }
    Err(fault)
}

impl ScanSource for Escl {
    fn device(&self) -> &Device {
        &self.device
    }

    fn remembered(&self) -> Option<Remembered> {
        Some(Remembered { addresses: vec![self.address()], certificate: self.http.certificate() })
    }

    fn abilities(&mut self) -> Result<ScanAbilities, ScanFault> {
        Ok(self.capabilities.abilities())
    }

    fn scan(
        &mut self,
        settings: ScanSettings,
        stop: &Stop,
        page: &mut TakePage<'_>,
    ) -> Result<usize, ScanFault> {
        let work = job::Work {
            http: &self.http,
            capabilities: &self.capabilities,
            name: &self.device.name,
            settings,
            stop,
        };
        self.runtime.block_on(work.run(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_as_people_type_it() {
        for (typed, meant) in [
            ("192.168.1.20", "http://192.168.1.20/eSCL"),
            (" 192.168.1.20:8080/eSCL ", "http://192.168.1.20:8080/eSCL"),
            ("https://printer.local/", "https://printer.local/eSCL"),
        ] {
            assert_eq!(url(typed).unwrap().as_str(), meant);
        }
        for wrong in ["", "ftp://x", "file:///etc/passwd", "http://"] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }
}
