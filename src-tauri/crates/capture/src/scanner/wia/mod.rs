//! Scanners of Windows, through WinRT (`Windows.Devices.Scanners`, which stands on WIA). Thin: Windows writes the pages into
//! a folder of ours, and each is taken from there once it is whole.

#[cfg_attr(test, allow(dead_code))]
mod codes;

#[cfg(windows)]
pub(super) use device::{Wia, list};

#[cfg(windows)]
mod device {
    use std::fs;
    use std::ops::ControlFlow;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use windows::Devices::Enumeration::DeviceInformation;
    use windows::Devices::Scanners::{
        ImageScanner, ImageScannerColorMode, ImageScannerFormat, ImageScannerResolution,
        ImageScannerScanSource,
    };
    use windows::Storage::StorageFolder;
    use windows::core::{Error, HSTRING, Result as WindowsResult};
    use windows_future::AsyncStatus;

    use super::codes::fault_of;
    use crate::scanner::{Driver, FoundScanner, checked};
    use crate::source::{
        ColourMode, Device, Feed, ScanAbilities, ScanFault, ScanSettings, ScanSource, Stop, TakePage,
    };

    /// How often the folder is looked at.
    const TICK: Duration = Duration::from_millis(200);

    /// The scanners Windows knows.
    pub(in crate::scanner) fn list() -> Vec<FoundScanner> {
        known().unwrap_or_default()
    }

    fn known() -> WindowsResult<Vec<FoundScanner>> {
        let all = DeviceInformation::FindAllAsyncAqsFilter(&ImageScanner::GetDeviceSelector()?)?.join()?;
        let mut found = Vec::new();
        for one in all {
            let device = Device { id: format!("wia:{}", one.Id()?), name: one.Name()?.to_string() };
            found.push(FoundScanner { device, driver: Driver::Wia, addresses: Vec::new() });
        }
        Ok(found)
    }

    /// A scanner of Windows.
    pub(in crate::scanner) struct Wia {
        device: Device,
        scanner: ImageScanner,
    }

    impl Wia {
        /// Opens a scanner by Windows' own identity for it.
        pub(in crate::scanner) fn open(name: &str) -> Result<Self, ScanFault> {
            let id = HSTRING::from(name);
            let open = || ImageScanner::FromIdAsync(&id)?.join();
            let scanner = open().map_err(|fault| named(&fault, 0).unwrap_or(ScanFault::Offline))?;
            let device = Device { id: format!("wia:{name}"), name: name.to_owned() };
            Ok(Self { device, scanner })
        }

        fn can(&self, feed: Feed) -> bool {
            let source = |source| self.scanner.IsScanSourceSupported(source).unwrap_or(false);
            match feed {
                Feed::Platen => source(ImageScannerScanSource::Flatbed),
                Feed::Feeder => source(ImageScannerScanSource::Feeder),
                Feed::FeederDuplex => {
                    let duplex = || self.scanner.FeederConfiguration()?.CanScanDuplex();
                    source(ImageScannerScanSource::Feeder) && duplex().unwrap_or(false)
                }
            }
        }

        /// Sets the scanner up; the resolution it will really use.
        fn set_up(&self, settings: &ScanSettings) -> WindowsResult<ImageScannerResolution> {
            let colour = match settings.colour {
                ColourMode::Colour => ImageScannerColorMode::Color,
                ColourMode::Grey => ImageScannerColorMode::Grayscale,
                ColourMode::BlackAndWhite => ImageScannerColorMode::Monochrome,
            };
            let dpi = f32::from(settings.dpi);
            // Glass and feeder have the same methods and no common type.
            macro_rules! set {
                ($configuration:expr) => {{
                    let configuration = $configuration;
                    let png = configuration.IsFormatSupported(ImageScannerFormat::Png)?;
                    let jpeg = configuration.IsFormatSupported(ImageScannerFormat::Jpeg)?;
                    let format = match (jpeg, png) {
                        (true, _) => ImageScannerFormat::Jpeg,
                        (_, true) => ImageScannerFormat::Png,
                        _ => ImageScannerFormat::Tiff,
                    };
                    configuration.SetFormat(format)?;
                    if configuration.IsColorModeSupported(colour)? {
                        configuration.SetColorMode(colour)?;
                    }
                    configuration.SetDesiredResolution(ImageScannerResolution { DpiX: dpi, DpiY: dpi })?;
                    configuration.ActualResolution()
                }};
            }
            match settings.feed {
                Feed::Platen => set!(self.scanner.FlatbedConfiguration()?),
                Feed::Feeder | Feed::FeederDuplex => {
                    let feeder = self.scanner.FeederConfiguration()?;
                    // 0 means: until it is empty.
                    feeder.SetMaxNumberOfPages(0)?;
                    feeder.SetDuplex(settings.feed == Feed::FeederDuplex)?;
                    set!(feeder)
                }
            }
        }

        fn take(
            &self,
            folder: &Path,
            all: bool,
            dpi: ImageScannerResolution,
            taken: &mut usize,
            page: &mut TakePage<'_>,
        ) -> Result<ControlFlow<()>, ScanFault> {
            let mut files: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(folder)
                .map_err(|_| ScanFault::Io)?
                .flatten()
                .filter_map(|entry| Some((entry.metadata().ok()?.created().ok()?, entry.path())))
                .collect();
            files.sort();
            if !all {
                // The newest may still be written.
                files.pop();
            }
            for (_, file) in files {
                let bytes = fs::read(&file).map_err(|_| ScanFault::Io)?;
                let (original, _) = checked::page(bytes, &self.device.name)?;
                let _ = fs::remove_file(&file);
                *taken += 1;
                let square = (dpi.DpiX - dpi.DpiY).abs() < 1.0 && dpi.DpiX > 0.0;
                if page(checked::scanned(original, square.then_some(dpi.DpiX as u16))).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        }
    }

    impl ScanSource for Wia {
        fn device(&self) -> &Device {
            &self.device
        }

        fn abilities(&mut self) -> Result<ScanAbilities, ScanFault> {
            let feeds = [Feed::Platen, Feed::Feeder, Feed::FeederDuplex];
            let feeds = feeds.into_iter().filter(|feed| self.can(*feed)).collect();
            Ok(ScanAbilities { feeds, resolutions: Vec::new() })
        }

        fn scan(
            &mut self,
            settings: ScanSettings,
            stop: &Stop,
            page: &mut TakePage<'_>,
        ) -> Result<usize, ScanFault> {
            if !self.can(settings.feed) {
                return Err(ScanFault::UnsupportedSettings);
            }
            let dpi = self.set_up(&settings).map_err(|_| ScanFault::UnsupportedSettings)?;
            let folder = tempfile::tempdir().map_err(|_| ScanFault::Io)?;
            let source = match settings.feed {
                Feed::Platen => ImageScannerScanSource::Flatbed,
                Feed::Feeder | Feed::FeederDuplex => ImageScannerScanSource::Feeder,
            };
            let begin = || {
                let target = StorageFolder::GetFolderFromPathAsync(&HSTRING::from(folder.path()))?.join()?;
                self.scanner.ScanFilesToFolderAsync(source, &target)
            };
            let job = begin().map_err(|fault| named(&fault, 0).unwrap_or(ScanFault::Io))?;
            let mut taken = 0;
            loop {
                let running = job.Status().is_ok_and(|status| status == AsyncStatus::Started);
                let late = Instant::now() >= stop.deadline;
                if running && (stop.is_cancelled() || late) {
                    let _ = job.Cancel();
                    return if late { Err(ScanFault::TimedOut) } else { Ok(taken) };
                }
                if self.take(folder.path(), !running, dpi, &mut taken, page)?.is_break() {
                    let _ = job.Cancel();
                    return Ok(taken);
                }
                if !running {
                    return match job.GetResults() {
                        Ok(_) if taken > 0 => Ok(taken),
                        Ok(_) => Err(ScanFault::BrokenPage),
                        Err(fault) => named(&fault, taken).map_or(Ok(taken), Err),
                    };
                }
                std::thread::sleep(TICK);
            }
        }
    }

    fn named(fault: &Error, taken: usize) -> Option<ScanFault> {
        fault_of(fault.code().0 as u32, taken)
    }
}
