//! Tasks that share this process's memory: vfork(2) and threads.
//!
//! Out of line, as the C library has them: the child of vfork(2) makes one call, exit(2), and writes nothing; a thread
//! runs a loop of one call that needs no stack (the signals that would need one end the process).

use super::Errno;
use super::call::call;
use super::number;

#[cfg_attr(target_arch = "x86_64", path = "task/amd64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "task/aarch64.rs")]
#[cfg_attr(target_arch = "arm", path = "task/armv7.rs")]
#[cfg_attr(target_arch = "mips", path = "task/mips.rs")]
mod arch;

unsafe extern "C" {
    /// The child's pid, or an errno negated.
    fn attack_vfork() -> isize;
    /// Ends the thread.
    fn attack_thread_ends() -> !;
    /// Waits for ever.
    fn attack_thread_stays() -> !;
}

/// vfork(2) whose child ends at once; the child's pid.
pub fn vfork_and_exit() -> Result<usize, Errno> {
    // SAFETY: see above: the child shares the stack and writes nothing to it.
    let result = unsafe { attack_vfork() };
    usize::try_from(result).map_err(|_| Errno(result.unsigned_abs() as u16))
}

/// What a second thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// Ends at once.
    Ends,
    /// Lives as long as the process.
    Stays,
}

/// Words of an ucontext_t (sys/ucontext.h), of any processor.
const CONTEXT: usize = 256;

/// Aligned as its floating-point registers are.
#[repr(C, align(16))]
struct Context([u64; CONTEXT]);

/// Starts a second thread of this process: _lwp_create(2) with this one's context, but for where it is.
pub fn thread(does: Thread) -> Result<(), Errno> {
    const DETACHED: u32 = 0x40;
    let mut context = Context([0; CONTEXT]);
    call(number::GETCONTEXT, [(&mut context.0).into()])?;
    let first = match does {
        Thread::Ends => attack_thread_ends as *const () as usize,
        Thread::Stays => attack_thread_stays as *const () as usize,
    };
    let at: *mut usize = context.0.as_mut_ptr().cast();
    // SAFETY: within the context, aligned to a word.
    unsafe { at.byte_add(arch::PROGRAM_COUNTER).write(first) };
    let mut id = [0_i32];
    let context = (&mut context.0).into();
    // the thread has this one's stack, of which it makes no use
    call(
        number::LWP_CREATE,
        [context, DETACHED.into(), (&mut id).into()],
    )?;
    Ok(())
}
