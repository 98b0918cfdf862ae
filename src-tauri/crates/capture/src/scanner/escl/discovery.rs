//! Finding eSCL scanners by mDNS: `_uscans._tcp` (TLS) and `_uscan._tcp`.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};

use super::capabilities::plain_uuid;

/// The services, TLS first.
const SERVICES: [(&str, &str); 2] = [("_uscans._tcp.local.", "https"), ("_uscan._tcp.local.", "http")];
/// Pause between looks at the answers.
const TICK: Duration = Duration::from_millis(50);
/// Most scanners taken from a network, whatever answers.
const FOUND_MAX: usize = 64;

/// What a service says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) uuid: Option<String>,
    pub(super) name: String,
    pub(super) address: String,
}

/// Listens for `wait`; `until` may end it early when it has heard what it wanted.
pub(super) fn listen(wait: Duration, mut until: impl FnMut(&Announced) -> bool) -> Vec<Announced> {
    let Ok(daemon) = ServiceDaemon::new() else { return Vec::new() };
    let answers: Vec<_> = SERVICES
        .iter()
        .filter_map(|(service, scheme)| Some((daemon.browse(service).ok()?, *scheme)))
        .collect();
    let deadline = Instant::now() + wait;
    let mut found: Vec<Announced> = Vec::new();
    'listening: while Instant::now() < deadline && found.len() < FOUND_MAX {
        for (events, scheme) in &answers {
            while let Ok(event) = events.try_recv() {
                let ServiceEvent::ServiceResolved(service) = event else { continue };
                let Some(announced) = announced(&service, scheme) else { continue };
                if !found.contains(&announced) {
                    let enough = until(&announced);
                    found.push(announced);
                    if enough {
                        break 'listening;
                    }
                }
            }
        }
        std::thread::sleep(TICK);
    }
    let _ = daemon.shutdown();
    // TLS first.
    found.sort_by_key(|one| !one.address.starts_with("https"));
    found
}

fn announced(service: &ResolvedService, scheme: &str) -> Option<Announced> {
    let text = |key: &str| service.get_property_val_str(key).unwrap_or_default().trim();
    // IPv4 first: link-local IPv6 addresses need a zone that URLs do not carry.
    let mut addresses: Vec<IpAddr> =
        service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr).filter(|ip| usable(*ip)).collect();
    addresses.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    let ip = addresses.first()?;
    let host = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
    let root = match text("rs").trim_matches('/') {
        "" => "eSCL",
        root => root,
    };
    let name = match text("ty") {
        "" => service.get_fullname().split("._usc").next().unwrap_or_default(),
        name => name,
    };
    Some(Announced {
        uuid: plain_uuid(text("UUID")),
        name: name.chars().take(128).collect(),
        address: format!("{scheme}://{host}:{}/{root}", service.get_port()),
    })
}

fn usable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::ServiceInfo;

    fn service(properties: &[(&str, &str)], ip: &str) -> ResolvedService {
        ServiceInfo::new("_uscan._tcp.local.", "Máy quét", "printer.local.", ip, 8080, properties)
            .unwrap()
            .as_resolved_service()
    }

    #[test]
    fn an_announcement_gives_name_identity_and_address() {
        let properties =
            [("rs", "/eSCL/"), ("ty", "Canon MF410"), ("UUID", "4509A320-00A0-008F-00B6-002507510ECA")];
        let found = announced(&service(&properties, "192.168.1.20"), "http").unwrap();
        assert_eq!(found.address, "http://192.168.1.20:8080/eSCL");
        assert_eq!(found.name, "Canon MF410");
        assert_eq!(found.uuid.as_deref(), Some("4509a320-00a0-008f-00b6-002507510eca"));
    }

    #[test]
    fn what_is_missing_is_filled_in() {
        let found = announced(&service(&[], "192.168.1.20"), "https").unwrap();
        assert_eq!(found.address, "https://192.168.1.20:8080/eSCL");
        assert_eq!((found.name.as_str(), found.uuid), ("Máy quét", None));
        assert_eq!(announced(&service(&[], "fe80::1"), "http"), None);
    }
}
