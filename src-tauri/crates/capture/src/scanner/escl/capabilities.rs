//! What an eSCL scanner says it can do, read leniently: parts are missing, prefixes differ, resolutions are not square.

use super::xml::Element;
use crate::source::{ColourMode, Feed, ScanAbilities, ScanFault};

/// eSCL measures in 1/300 inch.
pub(super) const UNITS_PER_INCH: f64 = 300.0;
/// A4 and A3 in those units.
const A4: (u32, u32) = (2480, 3508);
const A3: (u32, u32) = (3508, 4961);
/// Resolutions offered where a scanner names a range.
const USUAL: [u16; 6] = [150, 200, 240, 300, 400, 600];

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) feed: Feed,
    /// Largest area, 1/300 inch.
    pub(super) width: u32,
    pub(super) height: u32,
    /// Resolutions equal both ways, ascending.
    pub(super) resolutions: Vec<u16>,
    modes: Vec<String>,
    formats: Vec<String>,
}

/// A scanner's capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) version: String,
    pub(super) model: String,
    pub(super) uuid: Option<String>,
    pub(super) sources: Vec<Source>,
}

impl Capabilities {
    /// From the answer to `GET ScannerCapabilities`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let root = Element::read(bytes).filter(|root| root.name() == "ScannerCapabilities")?;
        let adf = root.child("Adf");
        let simplex = adf.and_then(|adf| adf.child("AdfSimplexInputCaps"));
        let duplex = adf.and_then(|adf| {
            adf.child("AdfDuplexInputCaps").or_else(|| {
                // Some say only that they can.
                adf.texts("AdfOption").contains(&"Duplex").then_some(simplex).flatten()
            })
        });
        // Feeders without glass have no <Platen> at all.
        let platen = root.child("Platen").and_then(|platen| platen.child("PlatenInputCaps"));
        let found = [(Feed::Platen, platen), (Feed::Feeder, simplex), (Feed::FeederDuplex, duplex)];
        let sources = found.into_iter().filter_map(|(feed, caps)| Source::read(feed, caps?, &root)).collect();
        Some(Self {
            version: root.text_of("Version").filter(|v| !v.is_empty()).unwrap_or("2.0").to_owned(),
            model: root.text_of("MakeAndModel").unwrap_or_default().chars().take(128).collect(),
            uuid: root.text_of("UUID").and_then(plain_uuid),
            sources,
        })
    }

    /// The way in that was asked for.
    pub(super) fn source(&self, feed: Feed) -> Result<&Source, ScanFault> {
        self.sources.iter().find(|source| source.feed == feed).ok_or(ScanFault::UnsupportedSettings)
    }

    /// For the window.
    pub(super) fn abilities(&self) -> ScanAbilities {
        let mut resolutions: Vec<u16> =
            self.sources.iter().flat_map(|source| source.resolutions.iter().copied()).collect();
        resolutions.sort_unstable();
        resolutions.dedup();
        ScanAbilities { feeds: self.sources.iter().map(|source| source.feed).collect(), resolutions }
    }
}

/// A UUID without `urn:uuid:`, in small letters.
pub(super) fn plain_uuid(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let plain = text.rsplit(':').next()?.trim();
    let fits = (8..=64).contains(&plain.len()) && plain.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    fits.then(|| plain.to_owned())
}

impl Source {
    fn read(feed: Feed, caps: &Element, root: &Element) -> Option<Self> {
        // Profiles stand in the source, or once for all at the top and are referred to.
        let own = |name: &str| {
            let own = caps.texts(name);
            let all = if own.is_empty() { root.texts(name) } else { own };
            all.into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        let mut formats = own("DocumentFormatExt");
        formats.extend(own("DocumentFormat"));
        let mut resolutions = square(caps);
        if resolutions.is_empty() {
            resolutions = square(root);
        }
        Some(Self {
            feed,
            width: caps.number("MaxWidth").filter(|width| *width > 0).unwrap_or(A4.0),
            height: caps.number("MaxHeight").filter(|height| *height > 0).unwrap_or(A4.1),
            resolutions,
            modes: own("ColorMode"),
            formats,
        })
    }

    /// The resolution to ask for: as wished, else the next finer one, else the finest.
    pub(super) fn resolution(&self, wished: u16) -> Result<u16, ScanFault> {
        let finer = self.resolutions.iter().find(|dpi| **dpi >= wished);
        finer.or(self.resolutions.last()).copied().ok_or(ScanFault::UnsupportedSettings)
    }

    /// The area to ask for, 1/300 inch: all of the glass; of a feeder, its width and one sheet of paper.
    pub(super) fn area(&self) -> (u32, u32) {
        let sheet = if self.width > A4.0 + A4.0 / 10 { A3.1 } else { A4.1 };
        match self.feed {
            Feed::Platen => (self.width, self.height),
            _ => (self.width, self.height.min(sheet)),
        }
    }

    /// eSCL's name for the colours; grey where there is no black and white.
    pub(super) fn mode(&self, colour: ColourMode) -> &'static str {
        let has = |name: &str| self.modes.is_empty() || self.modes.iter().any(|mode| mode == name);
        match colour {
            ColourMode::Colour if has("RGB24") => "RGB24",
            ColourMode::BlackAndWhite if has("BlackAndWhite1") => "BlackAndWhite1",
            _ => "Grayscale8",
        }
    }

    /// Whether it sends JPEG; one that names no formats does.
    pub(super) fn sends_jpeg(&self) -> bool {
        self.formats.is_empty() || self.formats.iter().any(|format| format == "image/jpeg")
    }
}

/// Resolutions equal in both directions.
fn square(caps: &Element) -> Vec<u16> {
    let mut found: Vec<u16> = caps
        .all("DiscreteResolution")
        .into_iter()
        .filter_map(|pair| Some((pair.number("XResolution")?, pair.number("YResolution")?)))
        .filter(|(across, down)| across == down)
        .filter_map(|(dpi, _)| u16::try_from(dpi).ok().filter(|dpi| *dpi > 0))
        .collect();
    let range = |name| {
        let range = caps.all(name).into_iter().next()?;
        Some(range.number("Min")?..=range.number("Max")?)
    };
    if let (Some(across), Some(down)) = (range("XResolutionRange"), range("YResolutionRange")) {
        let within = |dpi: &u16| across.contains(&u32::from(*dpi)) && down.contains(&u32::from(*dpi));
        found.extend(USUAL.into_iter().filter(within));
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Capabilities {
        let xml = format!(
            "<scan:ScannerCapabilities xmlns:scan='s' xmlns:pwg='p'>{body}</scan:ScannerCapabilities>"
        );
        Capabilities::read(xml.as_bytes()).unwrap()
    }

    const DISCRETE: &str = "<scan:SupportedResolutions><scan:DiscreteResolutions>
        <scan:DiscreteResolution><scan:XResolution>200</scan:XResolution><scan:YResolution>100</scan:YResolution></scan:DiscreteResolution>
        <scan:DiscreteResolution><scan:XResolution>600</scan:XResolution><scan:YResolution>600</scan:YResolution></scan:DiscreteResolution>
        <scan:DiscreteResolution><scan:XResolution>150</scan:XResolution><scan:YResolution>150</scan:YResolution></scan:DiscreteResolution>
        </scan:DiscreteResolutions></scan:SupportedResolutions>";

    #[test]
    fn a_feeder_without_glass_is_a_scanner_too() {
        let caps = read(&format!(
            "<scan:Adf><scan:AdfSimplexInputCaps><scan:MaxWidth>2550</scan:MaxWidth>{DISCRETE}</scan:AdfSimplexInputCaps>
             <scan:AdfOptions><scan:AdfOption>Duplex</scan:AdfOption></scan:AdfOptions></scan:Adf>"
        ));
        assert_eq!(caps.abilities().feeds, [Feed::Feeder, Feed::FeederDuplex]);
        assert_eq!(caps.source(Feed::Platen), Err(ScanFault::UnsupportedSettings));
    }

    #[test]
    fn resolutions_that_are_not_square_are_not_offered() {
        let caps = read(&format!(
            "<scan:Platen><scan:PlatenInputCaps>{DISCRETE}</scan:PlatenInputCaps></scan:Platen>"
        ));
        let platen = caps.source(Feed::Platen).unwrap();
        assert_eq!(platen.resolutions, [150, 600]);
        assert_eq!(platen.resolution(300), Ok(600));
        assert_eq!(platen.resolution(150), Ok(150));
        assert_eq!(platen.resolution(1200), Ok(600));
    }

    #[test]
    fn a_range_of_resolutions_offers_the_usual_ones_in_it() {
        let range = |axis| {
            format!(
                "<{axis}ResolutionRange><Min>100</Min><Max>400</Max><Step>1</Step></{axis}ResolutionRange>"
            )
        };
        let caps = read(&format!(
            "<Platen><PlatenInputCaps><SupportedResolutions><ResolutionRange>{}{}</ResolutionRange></SupportedResolutions></PlatenInputCaps></Platen>",
            range("X"),
            range("Y")
        ));
        assert_eq!(caps.source(Feed::Platen).unwrap().resolutions, [150, 200, 240, 300, 400]);
    }

    #[test]
    fn profiles_told_once_for_all_hold_for_every_source() {
        let caps = read(&format!(
            "<SettingProfiles><SettingProfile>{DISCRETE}<ColorModes><ColorMode>Grayscale8</ColorMode></ColorModes>
             <DocumentFormats><DocumentFormat>application/pdf</DocumentFormat></DocumentFormats></SettingProfile></SettingProfiles>
             <Platen><PlatenInputCaps><MaxWidth>2550</MaxWidth><MaxHeight>3508</MaxHeight></PlatenInputCaps></Platen>"
        ));
        let platen = caps.source(Feed::Platen).unwrap();
        assert_eq!(platen.resolutions, [150, 600]);
        assert_eq!(platen.mode(ColourMode::BlackAndWhite), "Grayscale8");
        assert!(!platen.sends_jpeg());
    }

    #[test]
    fn a_uuid_has_many_spellings() {
        for text in ["urn:uuid:4509A320-00A0-008F-00B6-002507510ECA", "4509a320-00a0-008f-00b6-002507510eca"]
        {
            assert_eq!(plain_uuid(text).as_deref(), Some("4509a320-00a0-008f-00b6-002507510eca"));
        }
        assert_eq!(plain_uuid("../../etc"), None);
    }

    #[test]
    fn a_page_that_is_no_capabilities_is_none() {
        assert_eq!(Capabilities::read(b"<!doctype html><html></html>"), None);
        assert_eq!(Capabilities::read(b"<html/>"), None);
    }
}
