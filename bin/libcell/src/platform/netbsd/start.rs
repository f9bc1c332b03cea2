//! From `_start` to the program's `run`.

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use super::layout::PsStrings;
use super::{System, process, sys};
use crate::number::split;
use crate::platform::utf8;

unsafe extern "Rust" {
    /// What [`program!`](crate::program) defines.
    safe fn picocell_program(system: &System, arguments: &[&str]) -> u8;
}

/// What the kernel left, for [`variable`].
static GIVEN: AtomicPtr<PsStrings> = AtomicPtr::new(null_mut());

/// A variable of the environment.
pub(super) fn variable(name: &str) -> Option<String> {
    // SAFETY: what `start` was given, or nothing.
    let given = unsafe { GIVEN.load(Ordering::Relaxed).as_ref() }?;
    for index in 0..usize::try_from(given.environment_count).unwrap_or(0) {
        // SAFETY: so many pointers to texts that end in NUL.
        let text = unsafe { CStr::from_ptr((*given.environment.add(index)).cast()) };
        if let Some((found, Some(value))) = utf8(text.to_bytes()).map(|text| split(text, b'='))
            && found == name
        {
            return Some(value.into());
        }
    }
    None
}

/// What `_start` calls, with what the kernel left of the arguments.
///
/// # Safety
/// `given` is the kernel's struct ps_strings of this process: pointers to texts that end in NUL and are never changed.
pub(super) unsafe extern "C" fn start(given: *const PsStrings) -> ! {
    GIVEN.store(given.cast_mut(), Ordering::Relaxed);
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
    process::exit(i32::from(picocell_program(&System, &arguments)))
}

fn not_text() -> i32 {
    const MESSAGE: &[u8] = b"picocell: arguments: not UTF-8\n";
    // SAFETY: reads the message.
    unsafe { sys::write(2, MESSAGE.as_ptr(), MESSAGE.len()) };
    i32::from(crate::entry::USAGE)
}
