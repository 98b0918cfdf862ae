//! PINs on their way to keys that want theirs for each signature: taken out once for each copy, and wiped.

use crate::api::{SignaturePins, SigningRole};
use mocban_pkcs11::Pin;

/// The PINs for one copy.
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
    /// The same PINs for the next copy of a batch: one entry serves it, and the first refusal ends it.
    pub(crate) fn again(&self) -> Self {
        let again = |pin: &Option<Pin>| pin.as_ref().map(Pin::again);
        Self { performer: again(&self.performer), agency: again(&self.agency) }
    }

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
