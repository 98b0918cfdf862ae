//! The scanner faults of Windows (WIA, `wiadef.h`), by their codes.

use crate::source::ScanFault;

/// The code of WIA for "no paper": also how some drivers end a feeder normally.
const PAPER_EMPTY: u32 = 0x8021_0003;

/// What a job that ended with `code` after `taken` pages means; `None` for the normal end of a feeder.
pub(super) fn fault_of(code: u32, taken: usize) -> Option<ScanFault> {
    Some(match code {
        PAPER_EMPTY if taken > 0 => return None,
        PAPER_EMPTY => ScanFault::FeederEmpty,
        // Jam, paper trouble, two sheets at once.
        0x8021_0002 | 0x8021_0004 | 0x8021_0020 => ScanFault::PaperJam,
        // Offline, device gone, cannot be reached.
        0x8021_0005 | 0x8021_0009 | 0x8021_000A | 0x8021_0015 => ScanFault::Offline,
        // Busy, locked by another program.
        0x8021_0006 | 0x8021_000D => ScanFault::Busy,
        // Warming up, lamp off.
        0x8021_0007 | 0x8021_0017 => ScanFault::TimedOut,
        0x8021_0016 => ScanFault::CoverOpen,
        0x8021_000B | 0x8021_000C => ScanFault::UnsupportedSettings,
        // E_ACCESSDENIED
        0x8007_0005 => ScanFault::AccessDenied,
        _ => ScanFault::Io,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_feeder_after_pages_is_the_normal_end() {
        assert_eq!(fault_of(PAPER_EMPTY, 3), None);
        assert_eq!(fault_of(PAPER_EMPTY, 0), Some(ScanFault::FeederEmpty));
        assert_eq!(fault_of(0x8021_0002, 6), Some(ScanFault::PaperJam));
        assert_eq!(fault_of(0x8000_4005, 0), Some(ScanFault::Io));
    }
}
