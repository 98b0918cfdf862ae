//! Scanners through SANE, by a `scanimage` child process: a backend that hangs or crashes takes only the child with it.
//!
//! The exit code is SANE's own status, but is not believed when it says "good": a page is what decodes. Pages come as
//! TIFF (of those of unknown height, as many feeders deliver them, `scanimage` cannot write a PNG) and are kept as PNG:
//! the same pixels in a tenth of the room.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Driver, FoundScanner, checked};
use crate::original::MAX_BYTES;
use crate::source::{
    ColourMode, Device, Feed, ScanAbilities, ScanFault, ScanSettings, ScanSource, Stop, TakePage,
};

/// The program of SANE.
const PROGRAM: &str = "scanimage";
/// How long a scanner may take to say what it can do.
const ABILITIES_WITHIN: Duration = Duration::from_secs(30);
/// How often a running scan is looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long a scan that was called off may take to stop the motor before its process is ended.
const STOP_WITHIN: Duration = Duration::from_secs(3);
/// Most text read from the program, bytes.
const TEXT_MAX: u64 = 1 << 20;
/// How the program says that no page follows.
const BATCH_OVER: &str = "Batch terminated";
/// SANE's status of a page that is complete.
const END_OF_PAGE: i32 = 5;
/// Paper asked for, millimetres: A4. A scanner that is smaller takes what it has.
const AREA_MM: (&str, &str) = ("210", "297");

/// The scanners SANE finds. Cameras, and network scanners that are found without SANE, are left out.
pub(super) fn list(within: Duration) -> Vec<FoundScanner> {
    let mut command = program(Path::new(PROGRAM));
    command.args(["-f", "%d\t%v\t%m\t%t%n"]);
    let Ok((text, _, _)) = output(command, within) else { return Vec::new() };
    text.lines().filter_map(found).collect()
}

fn found(line: &str) -> Option<FoundScanner> {
    let mut parts = line.split('\t');
    let (name, vendor, model) = (parts.next()?, parts.next()?, parts.next()?);
    if ["v4l:", "escl:", "airscan:"].iter().any(|backend| name.starts_with(backend)) {
        return None;
    }
    let device = Device { id: format!("sane:{name}"), name: format!("{vendor} {model}").trim().to_owned() };
    Some(FoundScanner { device, driver: Driver::Sane, addresses: Vec::new() })
}

/// A scanner behind SANE.
pub struct Sane {
    device: Device,
    name: String,
    program: std::path::PathBuf,
    extra: Vec<String>,
}

impl Sane {
    /// A scanner by SANE's name for it. Nothing is asked of it yet.
    pub fn open(name: &str) -> Self {
        let device = Device { id: format!("sane:{name}"), name: name.to_owned() };
        Self { device, name: name.to_owned(), program: PROGRAM.into(), extra: Vec::new() }
    }

    /// The same scanner with options of its own backend, as `scanimage` takes them.
    #[must_use]
    pub fn with_options(self, extra: impl IntoIterator<Item = String>) -> Self {
        Self { extra: extra.into_iter().collect(), ..self }
    }

    /// The same scanner driven by another program that speaks as `scanimage` does.
    #[must_use]
    pub fn with_program(self, program: impl Into<std::path::PathBuf>) -> Self {
        Self { program: program.into(), ..self }
    }

    fn options(&self) -> Result<Options, ScanFault> {
        let mut command = program(&self.program);
        command.args(["-d", &self.name, "-A"]);
        let (text, errors, status) = output(command, ABILITIES_WITHIN)?;
        if !status.success() {
            return Err(fault_of(status.code(), &errors));
        }
        Ok(Options::read(&text))
    }
}

impl ScanSource for Sane {
    fn device(&self) -> &Device {
        &self.device
    }

    fn abilities(&mut self) -> Result<ScanAbilities, ScanFault> {
        let options = self.options()?;
        let feeds = [Feed::Platen, Feed::Feeder, Feed::FeederDuplex];
        let feeds = feeds.into_iter().filter(|feed| options.source(*feed).is_some()).collect();
        Ok(ScanAbilities { feeds, resolutions: options.resolutions() })
    }

    fn scan(
        &mut self,
        settings: ScanSettings,
        stop: &Stop,
        page: &mut TakePage<'_>,
    ) -> Result<usize, ScanFault> {
        let options = self.options()?;
        let folder = tempfile::tempdir().map_err(|_| ScanFault::Io)?;
        let mut command = program(&self.program);
        command.args(["-d", &self.name, "--format=tiff", "--batch-print"]);
        command.arg(format!("--batch={}/p%04d.tif", folder.path().display()));
        if settings.feed == Feed::Platen {
            command.arg("--batch-count=1");
        }
        command.args(options.arguments(&settings).ok_or(ScanFault::UnsupportedSettings)?).args(&self.extra);
        let running = Running::begin(command)?;
        running.pages(settings.dpi, &self.device.name, folder.path(), stop, page)
    }
}

/// The options a backend lists.
#[derive(Default)]
struct Options(Vec<(String, Vec<String>)>);

impl Options {
    /// From lines like `    --source Flatbed|ADF [Flatbed]`; inactive options are left out.
    fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let option = |line: &str| {
            let line = line.split(" [").next().filter(|_| !line.contains("[inactive]"))?;
            let end = line.find([' ', '[', '=']).unwrap_or(line.len());
            let values = line[end..].trim().trim_matches(['[', ']', '=', '(', ')']);
            Some((line[..end].to_owned(), values.split('|').map(|value| value.trim().to_owned()).collect()))
        };
        Self(lines.filter_map(option).collect())
    }

    fn values(&self, name: &str) -> Option<&[String]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }

    /// The backend's arguments for this feed.
    fn source(&self, feed: Feed) -> Option<Vec<String>> {
        let Some(sources) = self.values("--source") else {
            // One way in, and no choice: the glass.
            return (feed == Feed::Platen).then(Vec::new);
        };
        let is_feeder = |name: &&String| {
            let name = name.to_lowercase();
            name.contains("adf") || name.contains("feeder")
        };
        let is_duplex = |name: &&String| name.to_lowercase().contains("duplex");
        let is_platen = |name: &&String| !is_feeder(name) && !is_duplex(name);
        let source = |name: &String| vec!["--source".to_owned(), name.clone()];
        match feed {
            Feed::Platen => sources.iter().find(is_platen).map(source),
            Feed::Feeder => {
                let mut arguments =
                    sources.iter().find(|name| is_feeder(name) && !is_duplex(name)).map(source)?;
                if self.values("--adf-mode").is_some() {
                    arguments.push("--adf-mode=Simplex".into());
                }
                Some(arguments)
            }
            Feed::FeederDuplex => {
                if let Some(name) = sources.iter().find(is_duplex) {
                    return Some(source(name));
                }
                let mut arguments = sources.iter().find(is_feeder).map(source)?;
                if self.values("--adf-mode").is_some_and(|modes| modes.iter().any(|mode| mode == "Duplex")) {
                    arguments.push("--adf-mode=Duplex".into());
                } else if self.values("--duplex").is_some() {
                    arguments.push("--duplex=yes".into());
                } else {
                    return None;
                }
                Some(arguments)
            }
        }
    }

    /// Resolutions by name, or the usual ones within a range.
    fn resolutions(&self) -> Vec<u16> {
        let number =
            |text: &str| text.trim_end_matches("dpi").trim().parse::<f64>().ok().map(|dpi| dpi as u16);
        match self.values("--resolution") {
            Some([range]) if range.contains("..") => {
                let range = range.split("dpi").next().unwrap_or_default();
                let (least, most) = range.split_once("..").unwrap_or_default();
                let bounds = number(least).zip(number(most));
                let within = |dpi: &u16| bounds.is_some_and(|(least, most)| (least..=most).contains(dpi));
                [200, 300, 400, 600].into_iter().filter(within).collect()
            }
            Some(values) => values.iter().filter_map(|value| number(value)).collect(),
            None => Vec::new(),
        }
    }

    fn arguments(&self, settings: &ScanSettings) -> Option<Vec<String>> {
        let mut arguments = self.source(settings.feed)?;
        if let Some(modes) = self.values("--mode") {
            let wanted: &[&str] = match settings.colour {
                ColourMode::Colour => &["color", "24bit", "colour"],
                ColourMode::Grey => &["gray", "grey"],
                ColourMode::BlackAndWhite => &["lineart", "black", "binary", "gray", "grey"],
            };
            let mode = wanted
                .iter()
                .find_map(|wish| modes.iter().find(|mode| mode.to_lowercase().contains(wish)))?;
            arguments.extend(["--mode".to_owned(), mode.clone()]);
        }
        if self
            .values("--depth")
            .is_some_and(|depths| depths.iter().any(|depth| depth.trim_end_matches("bit") == "8"))
        {
            arguments.push("--depth=8".into());
        }
        if self.values("--resolution").is_some() {
            arguments.push(format!("--resolution={}", settings.dpi));
        }
        if self.values("-x").is_some() && self.values("-y").is_some() {
            arguments.extend(["-x", AREA_MM.0, "-y", AREA_MM.1].map(str::to_owned));
        }
        Some(arguments)
    }
}

/// What the program says while it runs.
enum Said {
    /// A file is written: a line of its output.
    Page(String),
    /// How it gets on: a line of its errors.
    Progress(String),
}

/// A scan under way. Ended with the value.
struct Running {
    child: Child,
    said: Receiver<Said>,
    errors: String,
    /// Told with the last page it tried: SANE's status.
    status: Option<i32>,
}

impl Running {
    fn begin(mut command: Command) -> Result<Self, ScanFault> {
        let mut child = command.spawn().map_err(missing)?;
        let (sender, said) = channel();
        if let Some(stdout) = child.stdout.take() {
            let sender = sender.clone();
            thread::spawn(move || tell(stdout, Said::Page, &sender));
        }
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || tell(stderr, Said::Progress, &sender));
        }
        Ok(Self { child, said, errors: String::new(), status: None })
    }

    fn pages(
        mut self,
        dpi: u16,
        name: &str,
        folder: &Path,
        stop: &Stop,
        take: &mut TakePage<'_>,
    ) -> Result<usize, ScanFault> {
        let mut taken = 0;
        let mut gone_by = None;
        loop {
            if stop.is_cancelled() {
                return Ok(taken);
            }
            if Instant::now() >= stop.deadline {
                return Err(ScanFault::TimedOut);
            }
            match self.said.recv_timeout(TICK) {
                Ok(Said::Page(file)) => {
                    // Only files where they were asked for, whatever the program prints.
                    let file = Path::new(&file).file_name().map(|file| folder.join(file));
                    let original = file.as_deref().and_then(bounded).ok_or(ScanFault::BrokenPage)?;
                    let original = checked::as_png(original, name, dpi)?;
                    if let Some(file) = file {
                        let _ = std::fs::remove_file(file);
                    }
                    taken += 1;
                    if take(checked::scanned(original, Some(dpi))) == ControlFlow::Break(()) {
                        return Ok(taken);
                    }
                }
                Ok(Said::Progress(line)) => {
                    self.status = page_status(&line).or(self.status);
                    if line.starts_with(BATCH_OVER) {
                        gone_by = Some(Instant::now() + STOP_WITHIN);
                    }
                    self.errors.push_str(&line);
                    self.errors.push('\n');
                }
                // Drivers lock up while they close the scanner, when nothing is left to come (the `test` backend about
                // once in a hundred jams): what was told stands.
                Err(RecvTimeoutError::Timeout) if gone_by.is_some_and(|by| Instant::now() >= by) => {
                    let _ = self.child.kill();
                    return ended(self.status, taken, &self.errors);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait().map_err(|_| ScanFault::Io)?;
                    return ended(status.code(), taken, &self.errors);
                }
            }
        }
    }
}

/// Sends on what the program says, line by line, until it closes its end.
fn tell(from: impl Read, said: fn(String) -> Said, sender: &Sender<Said>) {
    for line in BufReader::new(from.take(TEXT_MAX)).lines().map_while(Result::ok) {
        if sender.send(said(line)).is_err() {
            return;
        }
    }
}

/// SANE's status from the line that closes a page: `Scanned page 7. (scanner status = 6)`.
fn page_status(line: &str) -> Option<i32> {
    let (_, status) = line.strip_prefix("Scanned page ")?.split_once("(scanner status = ")?;
    status.strip_suffix(')')?.parse().ok()
}

/// What the end of a scan means, by the program's exit code or the status it told of the last page.
fn ended(status: Option<i32>, taken: usize, errors: &str) -> Result<usize, ScanFault> {
    match status {
        Some(0 | END_OF_PAGE) if taken > 0 => Ok(taken),
        // Says it is done and sent nothing: an empty feeder ends a batch like that.
        Some(0) if errors.contains("out of documents") => Err(ScanFault::FeederEmpty),
        Some(0 | END_OF_PAGE) => Err(ScanFault::BrokenPage),
        // The normal end of a feeder.
        Some(7) if taken > 0 => Ok(taken),
        _ => Err(fault_of(status, errors)),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Asked first, so that the backend stops the motor and lets the paper out.
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
        }
        let deadline = Instant::now() + STOP_WITHIN;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(TICK);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// SANE's status, as the program's exit code.
fn fault_of(status: Option<i32>, errors: &str) -> ScanFault {
    match status {
        Some(3) => ScanFault::Busy,
        Some(4) => ScanFault::UnsupportedSettings,
        Some(6) => ScanFault::PaperJam,
        Some(7) => ScanFault::FeederEmpty,
        Some(8) => ScanFault::CoverOpen,
        Some(11) => ScanFault::AccessDenied,
        // The program's own failures: before there was a status, or none at all.
        Some(1) if errors.contains("Device busy") => ScanFault::Busy,
        Some(1) if errors.contains("Access to resource has been denied") => ScanFault::AccessDenied,
        Some(1) if errors.contains("open of device") => ScanFault::Offline,
        // Ended by a signal: it could not even write the page.
        None => ScanFault::BrokenPage,
        _ => ScanFault::Io,
    }
}

fn missing(fault: std::io::Error) -> ScanFault {
    if fault.kind() == std::io::ErrorKind::NotFound { ScanFault::DriverMissing } else { ScanFault::Io }
}

fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    // Its words are read.
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a short command: what it printed, what it complained of, how it ended.
fn output(mut command: Command, within: Duration) -> Result<(String, String, ExitStatus), ScanFault> {
    let mut child = command.spawn().map_err(missing)?;
    let printed = child.stdout.take().map(|stdout| thread::spawn(move || text(stdout)));
    let errors = child.stderr.take().map(|stderr| thread::spawn(move || text(stderr)));
    let deadline = Instant::now() + within;
    let status = loop {
        match child.try_wait().map_err(|_| ScanFault::Io)? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(ScanFault::TimedOut);
            }
            None => thread::sleep(TICK / 4),
        }
    };
    let join = |thread: Option<thread::JoinHandle<String>>| {
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    };
    Ok((join(printed), join(errors), status))
}

fn text(from: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.take(TEXT_MAX).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn bounded(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = "
  Scan Mode:
    --mode Lineart|Gray|Color [Color]
    --resolution 75|150|300|600dpi [75]
    --source Flatbed|ADF|ADF Duplex [Flatbed]
    --depth 8|16 [8]
    --three-pass[=(yes|no)] [inactive]
  Geometry:
    -x 0..215.9mm [215.9]
    -y 0..297.18mm [297.18]
";

    #[test]
    fn options_are_read_as_the_backend_lists_them() {
        let options = Options::read(LISTED);
        assert_eq!(options.resolutions(), [75, 150, 300, 600]);
        assert!(options.values("--three-pass").is_none());
        for (feed, name) in
            [(Feed::Platen, "Flatbed"), (Feed::Feeder, "ADF"), (Feed::FeederDuplex, "ADF Duplex")]
        {
            assert_eq!(options.source(feed), Some(vec!["--source".into(), name.into()]));
        }
        let settings = ScanSettings { feed: Feed::Feeder, dpi: 300, colour: ColourMode::Colour };
        let arguments = options.arguments(&settings).unwrap().join(" ");
        assert_eq!(arguments, "--source ADF --mode Color --depth=8 --resolution=300 -x 210 -y 297");
        let range = Options::read("    --resolution 100..600dpi (in steps of 1) [300]");
        assert_eq!(range.resolutions(), [200, 300, 400, 600]);
    }

    #[test]
    fn a_duplex_switch_serves_where_there_is_no_duplex_source() {
        let options = Options::read(
            "  --source Flatbed|Automatic Document Feeder [Flatbed]\n  --adf-mode Simplex|Duplex [Simplex]\n",
        );
        let duplex = options.source(Feed::FeederDuplex).unwrap().join(" ");
        assert_eq!(duplex, "--source Automatic Document Feeder --adf-mode=Duplex");
        assert_eq!(Options::read("  --source Flatbed|ADF [ADF]\n").source(Feed::FeederDuplex), None);
    }

    #[test]
    fn cameras_and_network_scanners_are_left_to_others() {
        assert!(found("v4l:/dev/video0\tNoname\tWebcam\tvirtual device").is_none());
        assert!(found("airscan:e0:X\teSCL\tX\tip=1.2.3.4").is_none());
        let scanner = found("fujitsu:fi-7160:1\tFUJITSU\tfi-7160\tscanner").unwrap();
        assert_eq!(
            (scanner.device.id.as_str(), scanner.device.name.as_str()),
            ("sane:fujitsu:fi-7160:1", "FUJITSU fi-7160")
        );
    }

    #[test]
    fn a_missing_program_is_said() {
        let mut scanner = Sane::open("test:0").with_program("no-such-program");
        assert_eq!(scanner.abilities(), Err(ScanFault::DriverMissing));
    }
}
