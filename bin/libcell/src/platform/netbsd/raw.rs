//! Any system call of NetBSD by its number: what tests and attacks need beyond [`Platform`](super::super::Platform).
//!
//! The programs that ship use none of this, and none of it is linked into them.
//!
//! Arguments are machine words in the order of the prototype in sys/kern/syscalls.master, pads included
//! (mmap(2) has one before its offset, on 64-bit machines too). A 64-bit argument is
//! - one word on amd64 and aarch64;
//! - two words on armv7 (EABI) and MIPS (o32), the first of them at an even index of the list: a word before it that
//!   would be at an even index is followed by a word of nothing. syscalls.master has these pads already (`PAD`), but
//!   for calls that it gives none (`__mknod50` has its `dev` at index 2). [`words`] makes the two in the machine's order.
//!
//! On MIPS the instruction is never in the compiler's sight: NetBSD does not save `$1`, which LLVM uses and inline
//! assembly can neither name nor give up. The call is out of line everywhere.
//!
//! A number that the kernel does not have is not only ENOSYS but also SIGSYS, which kills.

use super::Fd;
pub use super::sys::{CALLS, Call};
use crate::platform::Errno;

/// Words of arguments that the kernel can take.
pub const WORDS: usize = 8;

/// What a call answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The result: of pipe(2) the reading end, of fork(2) the child or 0, of getpid(2) the process. The address or the
    /// size of calls that answer with one; on 32-bit machines the first word of a 64-bit result.
    pub first: usize,
    /// The second result register: of pipe(2) the writing end, of getpid(2) the parent, of getuid(2) the effective user;
    /// on 32-bit machines the second word of a 64-bit result. Anything for calls that have none.
    pub second: usize,
}

unsafe extern "C" {
    fn nb_raw(number: usize, arguments: *const [usize; WORDS], results: *mut [usize; 3]);
}

/// Makes the system call `number` with these words, zeros for those that are not given.
///
/// # Errors
/// The errno that the kernel answered with, E2BIG for more than [`WORDS`] words.
///
/// # Safety
/// Whatever the call does to this process's memory and descriptors must be sound: pointers among the words must be to
/// what the call reads or writes, and must hold as long as the kernel uses them. A call that makes a second thread, shares
/// the memory with a child (vfork(2)) or installs a signal handler never is: nothing here is made for them.
pub unsafe fn call(number: usize, arguments: &[usize]) -> Result<Answer, Errno> {
    let mut words = [0; WORDS];
    words
        .get_mut(..arguments.len())
        .ok_or(Errno::E2BIG)?
        .copy_from_slice(arguments);
    let mut results = [0; 3];
    // SAFETY: eight words and room for three; what the call itself does is the caller's to vouch for.
    unsafe { nb_raw(number, &words, &mut results) };
    let [first, second, failed] = results;
    if failed == 0 {
        Ok(Answer { first, second })
    } else {
        Err(Errno(first as u16))
    }
}

/// A 64-bit argument as two words, in the order of this machine: low first on armv7 and mipsel, high first on mipseb.
#[cfg(target_pointer_width = "32")]
#[must_use]
pub const fn words(value: u64) -> [usize; 2] {
    let (low, high) = (value as usize, (value >> 32) as usize);
    if cfg!(target_endian = "big") {
        [high, low]
    } else {
        [low, high]
    }
}

/// A 64-bit argument as its word, for code that is the same on all machines.
#[cfg(target_pointer_width = "64")]
#[must_use]
pub const fn words(value: u64) -> [usize; 1] {
    [value as usize]
}

/// The number of an open descriptor, still its holder's to close.
#[must_use]
pub const fn number(fd: &Fd) -> usize {
    fd.index()
}

/// A descriptor that a call answered with, closed when dropped.
///
/// # Safety
/// It is open, and nobody else closes it.
#[must_use]
pub const unsafe fn adopt(number: usize) -> Fd {
    Fd(number as i32)
}
