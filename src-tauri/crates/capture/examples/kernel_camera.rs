//! What the camera code does before a real kernel driver. Run by `cargo xtask camera` in a small virtual machine, where
//! `vivid` plays a camera that can be unplugged, silenced and broken on command. Outside it there is no such camera.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a check stops at the first thing that is not as expected

#[cfg(target_os = "linux")]
fn main() {
    guest::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod guest {
    use mocban_capture::camera::{self, Live, Watcher};
    use mocban_capture::{CameraFault, FrameSource, Original, decode};
    use std::fs;
    use std::path::Path;
    use std::process::Command;
    use std::sync::mpsc::channel;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    /// Emulated processors are slow.
    const PATIENCE: Duration = Duration::from_secs(60);
    /// vivid's node types (its documentation, "Configuring the driver"): capture alone; with output and metadata.
    const CAPTURE: &str = "node_types=0x1";
    const CAPTURE_OUTPUT_METADATA: &str = "node_types=0x60101";

    pub(crate) fn run() {
        let modules = std::env::args().nth(1).expect("the folder with the driver's module");
        let checks: [(&str, Check); 8] = [
            ("nodes that give no picture are not cameras", nodes),
            ("the same model twice is two cameras", twins),
            ("live frames and shots are whole pictures of the resolution the rule chooses", frames),
            ("a camera that drops every buffer is silent, and goes on", silence),
            ("a fatal streaming error is an I/O fault, and a new stream works", fatal),
            ("a refused start is said as such, and the next one works", start),
            ("a camera in use elsewhere is busy", busy),
            ("an unplugged camera is said to be, told of, and re-attached", unplugged),
        ];
        let only = std::env::args().nth(2);
        for (name, check) in checks {
            if only.as_deref().is_some_and(|only| !name.contains(only)) {
                continue;
            }
            let begun = Instant::now();
            check(&Vivid(modules.clone()));
            println!("ok {:>5.1} s  {name}", begun.elapsed().as_secs_f32());
        }
        if let Some(photographs) = std::env::args().nth(3).filter(|path| Path::new(path).is_dir()) {
            super::loopback::run(&modules, Path::new(&photographs));
        }
        println!("ALL CAMERA CHECKS PASSED");
    }

    /// One check.
    type Check = fn(&Vivid);

    /// The driver's module.
    struct Vivid(String);

    impl Vivid {
        fn plug(&self, parameters: &[&str]) {
            let module = format!("{}/vivid.ko", self.0);
            command("busybox", &[&["insmod", &module], parameters].concat());
            let deadline = Instant::now() + PATIENCE;
            while !Path::new("/dev/video0").exists() {
                assert!(Instant::now() < deadline, "no node");
                sleep(Duration::from_millis(50));
            }
        }

        fn pull(&self) {
            command("busybox", &["rmmod", "vivid"]);
        }
    }

    pub(crate) fn command(program: &str, words: &[&str]) {
        let status = Command::new(program).args(words).status().unwrap();
        assert!(status.success(), "{program} {words:?}");
    }

    fn control(node: &str, setting: &str) {
        command("v4l2-ctl", &["-d", node, "-c", setting]);
    }

    pub(crate) fn within(time: Duration) -> Instant {
        Instant::now() + time
    }

    fn only_camera() -> String {
        let cameras = camera::list();
        assert_eq!(cameras.len(), 1, "{cameras:?}");
        cameras[0].id.clone()
    }

    fn nodes(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE_OUTPUT_METADATA]);
        let nodes = fs::read_dir("/dev").unwrap().flatten();
        let count = nodes.filter(|node| node.file_name().to_string_lossy().starts_with("video")).count();
        assert!(count >= 3, "{count} nodes");
        only_camera();
        vivid.pull();
    }

    fn twins(vivid: &Vivid) {
        vivid.plug(&["n_devs=2", CAPTURE]);
        let deadline = within(PATIENCE);
        while camera::list().len() < 2 {
            assert!(Instant::now() < deadline);
            sleep(Duration::from_millis(50));
        }
        let cameras = camera::list();
        assert_ne!(cameras[0].id, cameras[1].id);
        assert_ne!(cameras[0].name, cameras[1].name);
        vivid.pull();
    }

    fn frames(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE]);
        let id = only_camera();
        let mut source = camera::open(&id).unwrap();
        let frame = source.next(within(PATIENCE)).unwrap();
        // vivid offers 1280 × 720 at 10 frames a second, and larger pictures only more slowly.
        assert_eq!(frame.size(), (1280, 720));
        let picture = decode(&Original::read(frame.jpeg().clone(), "frame").unwrap()).unwrap();
        // Colour bars: all of it cannot be one colour.
        let distinct: std::collections::HashSet<u8> = picture.rgb8.iter().step_by(997).copied().collect();
        assert!(distinct.len() > 4, "{distinct:?}");
        drop(source);
        let live = Live::begin(Box::new(move || camera::open(&id))).unwrap();
        let shot = live.shoot(within(PATIENCE)).unwrap();
        assert_eq!(shot.size(), (1280, 720));
        drop(live);
        vivid_free(vivid);
    }

    /// The camera is let go soon after nobody uses it: only then can the module be taken out.
    fn vivid_free(vivid: &Vivid) {
        let deadline = within(PATIENCE);
        while !fs::read_to_string("/sys/module/vivid/refcnt").unwrap().trim().eq("0") {
            assert!(Instant::now() < deadline, "the camera is still held");
            sleep(Duration::from_millis(50));
        }
        vivid.pull();
    }

    fn silence(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE]);
        let mut source = camera::open(&only_camera()).unwrap();
        source.next(within(PATIENCE)).unwrap();
        control("/dev/video0", "percentage_of_dropped_buffers=100");
        let quiet = loop {
            // Buffers filled before are still handed over.
            match source.next(within(Duration::from_secs(3))) {
                Ok(_) => {}
                Err(fault) => break fault,
            }
        };
        assert_eq!(quiet, CameraFault::Silent);
        control("/dev/video0", "percentage_of_dropped_buffers=0");
        source.next(within(PATIENCE)).unwrap();
        // Silent from the very first frame on.
        drop(source);
        control("/dev/video0", "percentage_of_dropped_buffers=100");
        let mut source = camera::open(&only_camera()).unwrap();
        assert_eq!(source.next(within(Duration::from_secs(2))).map(|_| ()), Err(CameraFault::Silent));
        control("/dev/video0", "percentage_of_dropped_buffers=0");
        source.next(within(PATIENCE)).unwrap();
        drop(source);
        vivid_free(vivid);
    }

    fn fault_of(source: &mut dyn FrameSource) -> CameraFault {
        let deadline = within(PATIENCE);
        loop {
            if let Err(fault) = source.next(deadline) {
                return fault;
            }
        }
    }

    fn fatal(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE]);
        let mut source = camera::open(&only_camera()).unwrap();
        source.next(within(PATIENCE)).unwrap();
        control("/dev/video0", "inject_fatal_streaming_error=1");
        assert_eq!(fault_of(&mut *source), CameraFault::Io);
        source.next(within(PATIENCE)).unwrap();
        drop(source);
        vivid_free(vivid);
    }

    fn start(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE]);
        let mut source = camera::open(&only_camera()).unwrap();
        control("/dev/video0", "inject_vidioc_streamon_error=1");
        assert_eq!(source.next(within(PATIENCE)).map(|_| ()), Err(CameraFault::StartRefused));
        source.next(within(PATIENCE)).unwrap();
        drop(source);
        vivid_free(vivid);
    }

    fn busy(vivid: &Vivid) {
        vivid.plug(&["n_devs=1", CAPTURE]);
        let id = only_camera();
        let mut first = camera::open(&id).unwrap();
        first.next(within(PATIENCE)).unwrap();
        let second = camera::open(&id).and_then(|mut second| second.next(within(PATIENCE)));
        assert_eq!(second.map(|_| ()), Err(CameraFault::Busy));
        first.next(within(PATIENCE)).unwrap();
        drop(first);
        vivid_free(vivid);
    }

    fn unplugged(vivid: &Vivid) {
        let (sender, told) = channel();
        let watcher = Watcher::cameras(move |cameras| {
            let _ = sender.send(cameras.len());
        });
        sleep(Duration::from_secs(1));
        vivid.plug(&["n_devs=1", CAPTURE]);
        assert_eq!(told.recv_timeout(PATIENCE), Ok(1));
        let id = only_camera();
        let wanted = id.clone();
        let live = Live::begin(Box::new(move || camera::open(&wanted))).unwrap();
        live.preview(within(PATIENCE)).unwrap();
        // vivid is plugged in again as soon as nobody holds a lost node any more: this holds it unplugged.
        let lost = fs::File::open("/dev/video0").unwrap();
        control("/dev/video0", "disconnect=1");
        let fault = loop {
            if let Err(fault) = live.preview(within(PATIENCE)) {
                break fault;
            }
        };
        assert!(matches!(fault, CameraFault::Unplugged | CameraFault::NotFound), "{fault}");
        assert_eq!(told.recv_timeout(PATIENCE), Ok(0));
        drop(lost);
        assert_eq!(told.recv_timeout(PATIENCE), Ok(1));
        assert_eq!(only_camera(), id);
        let deadline = within(PATIENCE);
        loop {
            match live.preview(deadline) {
                Ok(_) => break,
                Err(fault) => assert!(Instant::now() < deadline, "not re-attached: {fault}"),
            }
            sleep(Duration::from_millis(100));
        }
        // The node itself goes, and comes.
        drop(live);
        vivid_free(vivid);
        assert_eq!(told.recv_timeout(PATIENCE), Ok(0));
        vivid.plug(&["n_devs=1", CAPTURE]);
        assert_eq!(told.recv_timeout(PATIENCE), Ok(1));
        drop(watcher);
        vivid_free(vivid);
    }
}

/// Photographs through `v4l2loopback` as motion JPEG: buffers as a driver really fills and re-uses them.
#[cfg(target_os = "linux")]
mod loopback {
    use super::guest::{command, within};
    use mocban_capture::camera::{self, Live};
    use mocban_capture::{Original, decode};
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(120);

    /// A large picture, then a small one, by turns: each must come out as itself, byte for byte.
    pub(crate) fn run(modules: &str, photographs: &Path) {
        let module = format!("{modules}/v4l2loopback.ko");
        if !Path::new(&module).exists() {
            println!("-- the module v4l2loopback was not built: not checked");
            return;
        }
        command(
            "busybox",
            &["insmod", &module, "devices=1", "video_nr=0", "exclusive_caps=1", "card_label=Stand"],
        );
        let read = |name: &str| fs::read(photographs.join(name)).unwrap();
        let (large, small) = (read("large.jpg"), read("small.jpg"));
        let node = "/dev/video0";
        let over = Arc::new(AtomicBool::new(false));
        let (stop, pictures) = (over.clone(), [large.clone(), small.clone()]);
        let writer = std::thread::spawn(move || {
            use std::io::Write;
            use v4l::{Format, FourCC, video::Output};
            // The format lasts as long as the node that asked for it is open.
            let mut node = v4l::Device::with_path(node).unwrap();
            node.set_format(&Format::new(1280, 960, FourCC::new(b"MJPG"))).unwrap();
            for picture in pictures.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                node.write_all(picture).unwrap();
                std::thread::sleep(Duration::from_millis(60));
            }
        });
        std::thread::sleep(Duration::from_secs(1));
        let cameras = camera::list();
        assert_eq!(cameras.len(), 1, "{cameras:?}");
        assert_eq!(cameras[0].name, "Stand");
        let id = cameras[0].id.clone();
        let mut source = camera::open(&id).unwrap();
        let mut seen = [0, 0];
        for _ in 0..20 {
            let frame = source.next(within(PATIENCE)).unwrap();
            match () {
                () if frame.jpeg()[..] == large[..] => seen[0] += 1,
                () if frame.jpeg()[..] == small[..] => seen[1] += 1,
                () => panic!("a frame of {} bytes is neither picture", frame.jpeg().len()),
            }
        }
        assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
        drop(source);
        let live = Live::begin(Box::new(move || camera::open(&id))).unwrap();
        let shot = live.shoot(within(PATIENCE)).unwrap();
        decode(&Original::read(shot.jpeg().clone(), "shot").unwrap()).unwrap();
        over.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        println!("ok          motion JPEG of changing size comes out whole and alone: {seen:?}");
    }
}
