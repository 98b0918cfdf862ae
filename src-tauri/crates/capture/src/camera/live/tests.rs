//! The fault list of cameras, played by scripts.

use super::*;
use crate::camera::fixtures::{Scripted, Step, plain_jpeg, without_tables};
use std::sync::atomic::{AtomicUsize, Ordering};

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

fn live(steps: impl IntoIterator<Item = Step>) -> Live {
    let camera = Scripted::new(steps);
    Live::begin(Box::new(move || Ok(Box::new(camera.clone())))).unwrap()
}

fn buffers(levels: impl IntoIterator<Item = u8>) -> Vec<Step> {
    levels.into_iter().map(|level| Step::Buffer(plain_jpeg(64, 48, level))).collect()
}

fn level(frame: &Frame) -> u8 {
    strictly(frame).unwrap().rgb8[1]
}

#[test]
fn dark_first_frames_are_shown_but_never_shot() {
    let mut levels: Vec<u8> = (0..12).map(|i| 2 + i).collect();
    levels.extend([60, 110, 128, 130, 130, 130, 130]);
    let live = live(buffers(levels));
    let shot = live.shoot(soon()).unwrap();
    assert!(level(&shot) >= 128, "{}", level(&shot));
    assert!(live.sight().settled);
}

#[test]
fn the_previous_persons_frame_in_the_tail_of_the_buffer_reaches_no_preview_and_no_shot() {
    let earlier = plain_jpeg(640, 480, 20);
    let small = plain_jpeg(64, 48, 130);
    let mut buffer = small.clone();
    buffer.extend_from_slice(&earlier[small.len().min(earlier.len())..]);
    buffer.extend_from_slice(&earlier);
    let live = live([Step::Buffer(buffer)]);
    assert_eq!(&live.preview(soon()).unwrap().jpeg()[..], &small[..]);
    assert_eq!(&live.shoot(soon()).unwrap().jpeg()[..], &small[..]);
}

#[test]
fn frames_that_break_off_are_passed_over() {
    let whole = plain_jpeg(64, 48, 130);
    let mut steps = buffers([130; 4]);
    // Cut with and without an end marker of its own.
    steps.push(Step::Buffer(whole[..whole.len() / 2].to_vec()));
    let mut closed = whole[..whole.len() - 12].to_vec();
    closed.extend([0xFF, 0xD9]);
    steps.push(Step::Buffer(closed));
    steps.push(Step::Buffer(whole.clone()));
    let live = live(steps);
    for _ in 0..3 {
        assert_eq!(&live.shoot(soon()).unwrap().jpeg()[..], &whole[..]);
    }
}

#[test]
fn a_camera_that_sends_only_broken_frames_is_told_as_such() {
    let half = plain_jpeg(64, 48, 130)[..100].to_vec();
    let live = live([Step::Buffer(half)]);
    assert_eq!(live.shoot(soon()), Err(CameraFault::BrokenFrame));
}

#[test]
fn frames_without_huffman_tables_are_shot_with_them() {
    let whole = plain_jpeg(64, 48, 130);
    let live = live([Step::Buffer(without_tables(&whole))]);
    assert_eq!(
        level(&live.shoot(soon()).unwrap()),
        level(&Frame::from_buffer(&whole, Instant::now()).unwrap())
    );
}

#[test]
fn every_fault_of_a_camera_reaches_who_waits_for_a_shot() {
    for fault in [
        CameraFault::Silent,
        CameraFault::Unplugged,
        CameraFault::Io,
        CameraFault::StartRefused,
        CameraFault::NoUsableFormat,
        CameraFault::Busy,
        CameraFault::AccessDenied,
    ] {
        let live = live([Step::Fault(fault), Step::Fault(fault)]);
        assert_eq!(live.shoot(soon()), Err(fault));
        assert_eq!(live.sight().fault, Some(fault));
        assert_eq!(live.preview(soon()), Err(fault));
    }
}

#[test]
fn a_driver_that_ignores_its_deadline_holds_up_nobody() {
    struct Asleep(crate::Device, std::sync::mpsc::Receiver<()>);
    impl FrameSource for Asleep {
        fn device(&self) -> &crate::Device {
            &self.0
        }
        fn next(&mut self, _: Instant) -> Result<Frame, CameraFault> {
            let _ = self.1.recv();
            Err(CameraFault::Io)
        }
        fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
            self.next(deadline)
        }
    }
    let (_hold, never) = std::sync::mpsc::channel();
    let mut camera = Some(Asleep(crate::Device { id: "a".into(), name: "A".into() }, never));
    let live = Live::begin(Box::new(move || match camera.take() {
        Some(camera) => Ok(Box::new(camera) as Box<dyn FrameSource>),
        None => Err(CameraFault::Busy),
    }))
    .unwrap();
    let short = || Instant::now() + Duration::from_millis(50);
    assert_eq!(live.preview(short()), Err(CameraFault::Silent));
    assert_eq!(live.shoot(short()), Err(CameraFault::Silent));
}

#[test]
fn a_camera_that_was_unplugged_goes_on_when_it_is_back() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let live = Live::begin(Box::new(move || match count.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(Box::new(Scripted::new([
            Step::Buffer(plain_jpeg(64, 48, 90)),
            Step::Fault(CameraFault::Unplugged),
        ]))),
        1 => Err(CameraFault::NotFound),
        _ => Ok(Box::new(Scripted::new([Step::Buffer(plain_jpeg(64, 48, 140))]))),
    }))
    .unwrap();
    let deadline = soon();
    let back = loop {
        match live.preview(deadline) {
            Ok(frame) if level(&frame) > 130 => break frame,
            Ok(_) | Err(CameraFault::Unplugged | CameraFault::NotFound) => {
                thread::sleep(Duration::from_millis(20))
            }
            Err(fault) => panic!("{fault}"),
        }
    };
    assert_eq!(back.size(), (64, 48));
    assert!(opened.load(Ordering::SeqCst) >= 3);
}

#[test]
fn another_resolution_settles_anew() {
    let mut watch = Watch::default();
    let frame = |width, height| Frame::from_buffer(&plain_jpeg(width, height, 130), Instant::now()).unwrap();
    for _ in 0..3 {
        watch.judge(&frame(64, 48), false, None).unwrap();
    }
    assert!(watch.sight().settled);
    watch.judge(&frame(96, 64), false, None).unwrap();
    assert!(!watch.sight().settled);
    assert_eq!(watch.sight().size, (96, 64));
}

#[test]
fn live_frames_come_at_most_fifteen_times_a_second() {
    let live = live([Step::Buffer(plain_jpeg(64, 48, 130))]);
    live.preview(soon()).unwrap();
    let begun = Instant::now();
    for _ in 0..3 {
        live.preview(soon()).unwrap();
    }
    assert!(begun.elapsed() >= 3 * PREVIEW_EVERY - Duration::from_millis(5));
}

#[test]
fn dropping_it_lets_the_camera_go() {
    struct Held(Scripted, Arc<AtomicUsize>);
    impl FrameSource for Held {
        fn device(&self) -> &crate::Device {
            self.0.device()
        }
        fn next(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
            self.0.next(deadline)
        }
        fn shoot(&mut self, deadline: Instant) -> Result<Frame, CameraFault> {
            self.0.shoot(deadline)
        }
    }
    impl Drop for Held {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    let released = Arc::new(AtomicUsize::new(0));
    let count = released.clone();
    let live = Live::begin(Box::new(move || {
        let camera = Scripted::new([Step::Buffer(plain_jpeg(64, 48, 130))]);
        Ok(Box::new(Held(camera, count.clone())))
    }))
    .unwrap();
    live.preview(soon()).unwrap();
    drop(live);
    let deadline = soon();
    while released.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < deadline, "the camera is still held");
        thread::sleep(Duration::from_millis(5));
    }
}
