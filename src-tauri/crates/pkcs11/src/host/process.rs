//! What the helper does to its own process: private pipes, silent standard streams, an exit that runs nobody's code.
#![allow(unsafe_code)] // Calls of the operating system that std does not offer.

use std::fs::{File, OpenOptions};
use std::io;

/// Takes the pipes from the parent out of the standard streams, and puts the null device there: a module that prints or
/// reads cannot touch the protocol.
#[cfg(unix)]
pub(super) fn take_standard_streams() -> io::Result<(File, File)> {
    use std::os::fd::{AsFd, AsRawFd};

    forbid_core_dumps();
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    for standard in 0..=2 {
        // SAFETY: both are descriptors of this process; only the table entry `standard` changes.
        if unsafe { libc::dup2(null.as_raw_fd(), standard) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok((input, output))
}

/// A crash of the module must not write a PIN to disk. Invariant 6.
#[cfg(unix)]
fn forbid_core_dumps() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `none` is a valid rlimit; failure leaves the limit as it was.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
}

/// As on Unix; the C runtime's descriptors and the console handles are two things here, and modules use either.
#[cfg(windows)]
pub(super) fn take_standard_streams() -> io::Result<(File, File)> {
    use std::os::windows::io::{AsHandle, IntoRawHandle};
    use windows_sys::Win32::System::Console::{
        STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle,
    };

    let input = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_handle().try_clone_to_owned()?);
    // SAFETY: a NUL-terminated name.
    let null = unsafe { libc::open(c"NUL".as_ptr(), libc::O_RDWR) };
    if null < 0 {
        return Err(io::Error::last_os_error());
    }
    for standard in 0..=2 {
        // SAFETY: both are descriptors of this process; only the table entry `standard` changes.
        unsafe { libc::dup2(null, standard) };
    }
    for standard in [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE] {
        let device = OpenOptions::new().read(true).write(true).open("NUL")?;
        // SAFETY: the handle is valid and lives as long as the process.
        if unsafe { SetStdHandle(standard, device.into_raw_handle()) } == 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok((input, output))
}

/// Ends the process at once: no destructors, no atexit handlers, no unloading of the module.
#[cfg(unix)]
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// Ends the process at once: ExitProcess would run DllMain of the module, which is where some deadlock.
#[cfg(windows)]
pub(super) fn exit(code: i32) -> ! {
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
    // SAFETY: ends the process; abort only satisfies the type, should the system refuse.
    unsafe { TerminateProcess(GetCurrentProcess(), code.unsigned_abs()) };
    std::process::abort()
}
