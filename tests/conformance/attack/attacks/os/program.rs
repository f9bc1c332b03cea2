//! What this process is and becomes: its user and its program, the same in both kernels but for the numbers of the calls.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, number};
use crate::attacks::os::argument::NULL;

/// Ends a child and waits for it.
pub fn end_child(pid: i32) {
    const SIGKILL: i32 = 9;
    let _ = call(number::KILL, [pid.into(), SIGKILL.into()]);
    let _ = call(number::WAIT4, [pid.into(), NULL, 0.into(), NULL]);
}

/// geteuid(2).
pub fn effective_user() -> u32 {
    call(number::GETEUID, []).map_or(u32::MAX, |uid| uid as u32)
}

/// Becomes a user, group and all. The group is one of the list as well: NetBSD asks for that where one process does
/// something to another.
pub fn become_user(id: i32) -> Result<(), Errno> {
    call(number::SETGROUPS, [1.into(), (&[id]).into()])?;
    call(number::SETGID, [id.into()])?;
    call(number::SETUID, [id.into()]).map(drop)
}

/// Most words of a command, the program's included.
const WORDS: usize = 16;

/// The addresses of a command's words, and a last one that is null.
pub(super) fn pointers(program: &CStr, words: &[&CStr]) -> [usize; WORDS] {
    let mut pointers = [0; WORDS];
    let all = core::iter::once(program).chain(words.iter().copied());
    for (pointer, word) in pointers.iter_mut().zip(all).take(WORDS - 1) {
        *pointer = word.as_ptr() as usize;
    }
    pointers
}

/// execve(2) with an empty environment; returns only if it fails.
pub fn execute(program: &CStr, words: &[&CStr]) -> Errno {
    let arguments = pointers(program, words);
    match call(
        number::EXECVE,
        [program.into(), (&arguments).into(), (&[0_usize]).into()],
    ) {
        Ok(_) => Errno(0),
        Err(errno) => errno,
    }
}
