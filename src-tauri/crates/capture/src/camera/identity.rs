//! Which camera is which: stable across plugging out and in and across restarts, never an index, and two cameras of one
//! model are two cameras.

use sha2::{Digest, Sha256};

use crate::source::Device;

/// What a system knows of a camera that does not change with the order of plugging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The maker's name for it.
    pub name: String,
    /// Vendor and product, as `046d:0825`; empty when unknown.
    pub model: String,
    /// Serial number; empty when it has none.
    pub serial: String,
    /// The plug it is in, such as `usb-0000:00:14.0-3`.
    pub port: String,
}

impl Facts {
    /// The identity: a part for the piece itself and a part for the plug. Opaque, and fit for an address.
    pub fn id(&self) -> String {
        let piece = if self.serial.is_empty() { String::new() } else { self.piece() };
        format!("{}-{}", digest(&piece), digest(&format!("{}\n{}\n{}", self.name, self.model, self.port)))
    }

    fn piece(&self) -> String {
        format!("{}\n{}\n{}", self.name, self.model, self.serial)
    }
}

fn digest(text: &str) -> String {
    if text.is_empty() {
        return "0".into();
    }
    Sha256::digest(text.as_bytes())[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Cameras as shown: sorted by name and plug, pieces of one model numbered so that they can be told apart.
pub fn devices(facts: &[Facts]) -> Vec<Device> {
    let mut sorted: Vec<&Facts> = facts.iter().collect();
    sorted.sort_by(|a, b| (&a.name, &a.port).cmp(&(&b.name, &b.port)));
    let alike = |name: &str| sorted.iter().filter(|other| other.name == name).count();
    let mut devices: Vec<Device> = Vec::new();
    for (i, one) in sorted.iter().enumerate() {
        let before = sorted[..i].iter().filter(|other| other.name == one.name).count();
        let name =
            if alike(&one.name) > 1 { format!("{} ({})", one.name, before + 1) } else { one.name.clone() };
        devices.push(Device { id: one.id(), name });
    }
    devices
}

/// The place in `ids` of the camera that was `wanted` before: the same piece in the same plug, else the same piece
/// (known by its serial number) in another one. Pieces without a serial number, or with one that others share, are
/// known by their plug alone.
pub fn find(wanted: &str, ids: &[String]) -> Option<usize> {
    let exact = ids.iter().position(|id| id == wanted);
    let piece = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
    exact.or_else(|| {
        let known = piece(wanted);
        let mut same = ids.iter().enumerate().filter(|(_, id)| known != "0" && piece(id) == known);
        match (same.next(), same.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(serial: &str, port: &str) -> Facts {
        Facts {
            name: "HD USB Camera".into(),
            model: "05a3:9230".into(),
            serial: serial.into(),
            port: port.into(),
        }
    }

    #[test]
    fn the_same_model_twice_is_two_cameras() {
        for serial in ["", "200901010001"] {
            let shown = devices(&[facts(serial, "usb-1-2"), facts(serial, "usb-1-1")]);
            assert_ne!(shown[0].id, shown[1].id);
            assert_eq!(shown[0].name, "HD USB Camera (1)");
            assert_eq!(shown[1].name, "HD USB Camera (2)");
            assert_eq!(shown[0].id, facts(serial, "usb-1-1").id());
        }
        assert_eq!(devices(&[facts("", "usb-1-2")])[0].name, "HD USB Camera");
    }

    #[test]
    fn a_camera_is_found_again_in_its_plug_and_with_a_serial_number_in_another() {
        let ids = |all: &[Facts]| all.iter().map(Facts::id).collect::<Vec<_>>();
        let wanted = facts("A1", "usb-1-1").id();
        assert_eq!(find(&wanted, &ids(&[facts("B2", "usb-1-2"), facts("A1", "usb-1-1")])), Some(1));
        assert_eq!(find(&wanted, &ids(&[facts("B2", "usb-1-1"), facts("A1", "usb-1-3")])), Some(1));
        assert_eq!(find(&wanted, &ids(&[facts("B2", "usb-1-1")])), None);
    }

    #[test]
    fn cameras_that_cannot_be_told_apart_by_number_are_known_by_their_plug() {
        let ids = |all: &[Facts]| all.iter().map(Facts::id).collect::<Vec<_>>();
        assert_eq!(find(&facts("", "usb-1-1").id(), &ids(&[facts("", "usb-1-2")])), None);
        // A maker who gives every piece the same number.
        let twins = [facts("0001", "usb-1-2"), facts("0001", "usb-1-3")];
        assert_eq!(find(&facts("0001", "usb-1-1").id(), &ids(&twins)), None);
        assert_eq!(find(&twins[1].id(), &ids(&twins)), Some(1));
    }

    #[test]
    fn an_identity_fits_an_address() {
        assert!(
            facts("A/1 ?", "usb-0000:00:14.0-3").id().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        );
    }
}
