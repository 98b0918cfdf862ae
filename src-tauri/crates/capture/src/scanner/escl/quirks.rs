//! Known machines that need to be spoken to in their own way. Each with the machine; everything else is handled for all.

use std::time::Duration;

/// What goes into the `Host` header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Host {
    /// As HTTP says: the port only when it is not the scheme's own.
    #[default]
    Usual,
    /// Always with its port.
    WithPort,
    /// `localhost`.
    Localhost,
}

/// How to speak to a machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    pub(super) host: Host,
    /// Pause before the next page is asked for.
    pub(super) pause: Duration,
    /// 404 and 410 mean "not yet" while the job is alive, not "no more pages".
    pub(super) gone_means_wait: bool,
}

impl Quirks {
    /// For the maker's and model's name.
    pub(super) fn of(model: &str) -> Self {
        let model = model.to_lowercase();
        let is = |names: &[&str]| names.iter().any(|name| model.contains(name));
        Self {
            host: match () {
                // EPSON answers 404 to a Host without a port.
                () if is(&["epson"]) => Host::WithPort,
                // HP LaserJet MFP M630, Color LaserJet FlowMFP M578.
                () if is(&["hp"]) && is(&["m630", "m578"]) => Host::Localhost,
                () => Host::Usual,
            },
            // Brother: asked at once it answers that there is no page.
            pause: if is(&["brother"]) { Duration::from_secs(1) } else { Duration::ZERO },
            // Xerox B205, B215.
            gone_means_wait: is(&["b205", "b215"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_machines_are_known_by_name_and_others_are_not() {
        assert_eq!(Quirks::of("EPSON ET-4750 Series").host, Host::WithPort);
        assert_eq!(Quirks::of("HP LaserJet Flow MFP M630").host, Host::Localhost);
        assert!(Quirks::of("Xerox B215 MFP").gone_means_wait);
        assert!(!Quirks::of("Brother MFC-L2750DW").pause.is_zero());
        assert_eq!(Quirks::of("Canon MF410 Series"), Quirks::default());
    }
}
