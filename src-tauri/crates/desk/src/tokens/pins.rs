//! PINs on their way to keys that want theirs for each signature: each is taken out once, and wiped.

use crate::api::{SignaturePins, SigningRole};
use mocban_pkcs11::Pin;

/// The PINs of one copy.
#[derive(Default)]
pub(crate) struct Pins {
    performer: Option<Pin>,
    agency: Option<Pin>,
}

impl From<SignaturePins> for Pins {
    fn from(pins: SignaturePins) -> Self {
        let pin = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Pin::new);
        Self { performer: pin(pins.performer), agency: pin(pins.agency) }
    }
}

impl Pins {
    /// Whether there is one for this role.
    pub(crate) fn has(&self, role: SigningRole) -> bool {
        match role {
            SigningRole::Performer => self.performer.is_some(),
            SigningRole::Agency => self.agency.is_some(),
        }
    }

    /// Takes the one for this role: nobody gets it twice.
    pub(crate) fn take(&mut self, role: SigningRole) -> Option<Pin> {
        match role {
            SigningRole::Performer => self.performer.take(),
            SigningRole::Agency => self.agency.take(),
        }
    }
}
