//! From `_start` to the program's `run`.

use alloc::vec::Vec;
use core::ffi::CStr;

use super::layout::PsStrings;
use super::{System, process, sys};

unsafe extern "Rust" {
    /// What [`program!`](crate::program) defines.
    safe fn picocell_program(system: &System, arguments: &[&str]) -> u8;
}

/// What `_start` calls, with what the kernel left of the arguments.
///
/// # Safety
/// `given` is the kernel's struct ps_strings of this process: pointers to texts that end in NUL and are never changed.
pub(super) unsafe extern "C" fn start(given: *const PsStrings) -> ! {
    // SAFETY: the kernel's, as said.
    let (first, count) = unsafe { ((*given).arguments, (*given).argument_count) };
    let count = usize::try_from(count).unwrap_or(0);
    let arguments: Result<Vec<&str>, _> = (0..count)
        .map(|index| {
            // SAFETY: `count` pointers to texts that end in NUL.
            unsafe { CStr::from_ptr((*first.add(index)).cast()) }.to_str()
        })
        .collect();
    let Ok(arguments) = arguments else {
        const MESSAGE: &[u8] = b"picocell: arguments: not UTF-8\n";
        // SAFETY: reads the message.
        unsafe { sys::write(2, MESSAGE.as_ptr(), MESSAGE.len()) };
        process::exit(i32::from(crate::entry::USAGE))
    };
    process::exit(i32::from(picocell_program(&System, &arguments)))
}
