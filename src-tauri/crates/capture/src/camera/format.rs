//! Which of a camera's many formats is used: chosen by rule, never by the driver's default, which may be a thumbnail at
//! one frame a second or raw pixels at two.

/// Frames a second below which a live picture is no help in laying the paper straight.
pub const LEAST_FPS: f64 = 10.0;

/// How pixels come over the wire, of the kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Motion JPEG: every frame a JPEG.
    Jpeg,
    /// 4:2:2, two pixels in four bytes (Y U Y V).
    Yuyv,
    /// 4:2:0, a plane of Y, then one of U and V by turns.
    Nv12,
}

/// One way in which a camera can be asked to send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// How pixels come.
    pub encoding: Encoding,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames a second at best; `None` when the driver does not say.
    pub fps: Option<f64>,
}

impl Mode {
    fn flows(&self) -> bool {
        self.fps.is_none_or(|fps| fps >= LEAST_FPS)
    }

    fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The mode to use: motion JPEG before raw pixels, then the highest resolution that keeps [`LEAST_FPS`]; where
/// nothing does, the fastest. `None` when there is nothing that can be read.
pub fn choose(modes: &[Mode]) -> Option<Mode> {
    let rank = |mode: &&Mode| {
        let fps = mode.fps.unwrap_or(LEAST_FPS);
        let jpeg = u8::from(mode.encoding == Encoding::Jpeg);
        let yuyv = u8::from(mode.encoding == Encoding::Yuyv);
        // Millihertz, so that ranks can be ordered.
        let speed = (fps * 1000.0) as u64;
        match mode.flows() {
            true => (jpeg, true, mode.area(), speed, yuyv),
            false => (jpeg, false, speed, mode.area(), yuyv),
        }
    };
    modes.iter().filter(|mode| mode.width > 0 && mode.height > 0).max_by_key(rank).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(encoding: Encoding, width: u32, height: u32, fps: f64) -> Mode {
        Mode { encoding, width, height, fps: Some(fps) }
    }

    #[test]
    fn the_largest_motion_jpeg_that_flows_wins() {
        let best = mode(Encoding::Jpeg, 3264, 2448, 15.0);
        let modes = [
            mode(Encoding::Yuyv, 3840, 2160, 2.0),
            mode(Encoding::Jpeg, 640, 480, 30.0),
            mode(Encoding::Jpeg, 4208, 3120, 5.0),
            best,
            mode(Encoding::Jpeg, 1920, 1080, 60.0),
            mode(Encoding::Yuyv, 1920, 1080, 30.0),
        ];
        assert_eq!(choose(&modes), Some(best));
    }

    #[test]
    fn of_one_resolution_the_faster_is_taken() {
        let fast = mode(Encoding::Jpeg, 1920, 1080, 30.0);
        assert_eq!(choose(&[mode(Encoding::Jpeg, 1920, 1080, 15.0), fast]), Some(fast));
    }

    #[test]
    fn where_nothing_flows_the_fastest_is_taken() {
        let fastest = mode(Encoding::Jpeg, 2592, 1944, 8.0);
        let modes = [mode(Encoding::Jpeg, 4208, 3120, 3.0), fastest];
        assert_eq!(choose(&modes), Some(fastest));
    }

    #[test]
    fn raw_pixels_serve_where_there_is_no_jpeg() {
        let best = mode(Encoding::Yuyv, 1280, 720, 10.0);
        let modes = [mode(Encoding::Yuyv, 1920, 1080, 5.0), best, mode(Encoding::Nv12, 1280, 720, 10.0)];
        assert_eq!(choose(&modes), Some(best));
    }

    #[test]
    fn a_driver_that_names_no_speed_is_believed_to_flow() {
        let silent = Mode { encoding: Encoding::Jpeg, width: 2592, height: 1944, fps: None };
        assert_eq!(choose(&[mode(Encoding::Jpeg, 640, 480, 30.0), silent]), Some(silent));
    }

    #[test]
    fn a_camera_with_no_readable_format_has_no_mode() {
        assert_eq!(choose(&[]), None);
        assert_eq!(choose(&[mode(Encoding::Jpeg, 0, 0, 30.0)]), None);
    }
}
