//! From `_start` to the program's `run`.

use alloc::vec::Vec;
use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

use super::layout::PsStrings;
use super::{System, process, sys};
use crate::platform::utf8;

unsafe extern "Rust" {
    /// What [`program!`](crate::program) defines.
    safe fn picocell_program(system: &System, arguments: &[&str]) -> u8;
}

/// Whether the environment says so of the terminal.
static DUMB: AtomicBool = AtomicBool::new(true);

pub(super) fn is_dumb() -> bool {
    DUMB.load(Ordering::Relaxed)
}

/// What `_start` calls, with what the kernel left of the arguments.
///
/// # Safety
/// `given` is the kernel's struct ps_strings of this process: pointers to texts that end in NUL and are never changed.
pub(super) unsafe extern "C" fn start(given: *const PsStrings) -> ! {
    // SAFETY: the kernel's, as said.
    let (first, count) = unsafe { ((*given).arguments, (*given).argument_count) };
    let count = usize::try_from(count).unwrap_or(0);
    let mut arguments = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: `count` pointers to texts that end in NUL.
        let argument = unsafe { CStr::from_ptr((*first.add(index)).cast()) };
        match utf8(argument.to_bytes()) {
            Some(text) => arguments.push(text),
            None => process::exit(not_text()),
        }
    }
    // SAFETY: as above.
    let (first, count) = unsafe { ((*given).environment, (*given).environment_count) };
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: `count` pointers to texts that end in NUL.
        let variable = unsafe { CStr::from_ptr((*first.add(index)).cast()) };
        if let Some(term) = variable.to_bytes().strip_prefix(b"TERM=") {
            let is_dumb = matches!(term, b"" | b"dumb" | b"unknown");
            DUMB.store(is_dumb, Ordering::Relaxed);
        }
    }
    process::exit(i32::from(picocell_program(&System, &arguments)))
}

fn not_text() -> i32 {
    const MESSAGE: &[u8] = b"picocell: arguments: not UTF-8\n";
    // SAFETY: reads the message.
    unsafe { sys::write(2, MESSAGE.as_ptr(), MESSAGE.len()) };
    i32::from(crate::entry::USAGE)
}
