//! The one place that enters the kernel, but for the calls that make tasks.

use libcell::platform::raw;

use super::Errno;
use crate::attacks::os::argument::{Arg, Plain};

/// Structures of integers and addresses, which any bytes may be written to.
pub trait Structure {}

/// The address of a structure that outlives the call.
pub fn structure<T: Structure>(of: &mut T) -> Arg<'_> {
    let address: *mut T = of;
    (address as usize).into()
}

/// The address of integers, as a word of a structure.
pub fn address<T: Plain>(of: &[T]) -> usize {
    of.as_ptr() as usize
}

/// Makes system call `number`.
///
/// Not for calls that map or unmap memory, or share it with a new task. Whoever passes a buffer that the kernel fills passes its size
/// with it, or one as large as the manual says.
pub fn call<const N: usize>(number: usize, arguments: [Arg<'_>; N]) -> Result<usize, Errno> {
    let words = arguments.map(Arg::word);
    // SAFETY: the addresses among the arguments are those of borrows that last until the call returns, of memory which any bytes may
    // be written to; the call changes no mapping.
    match unsafe { raw::call(number, &words) } {
        Ok(answer) => Ok(answer.first),
        Err(errno) => Err(Errno(errno.0)),
    }
}
