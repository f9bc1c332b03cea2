//! The system calls that picocell makes, by number (sys/kern/syscalls.master of NetBSD 9, 10 and 10.99.12).
//!
//! A number in NetBSD keeps its arguments for ever; what changes gets a new number and the old one moves to a COMPAT
//! option, which a firmware's kernel may lack. All of these are there without any COMPAT option in the releases said:
//! from 9 on unless there is a remark. An unknown number is not only ENOSYS but also SIGSYS, so nothing is tried; where
//! releases differ, [`release`](super::release) is asked.

use core::ffi::c_void;

use super::arch::call;
use crate::platform::Errno;

macro_rules! calls {
    ($($number:literal $symbol:literal fn $name:ident($($argument:ident: $type:ty),*);)*) => {
        $(call!($symbol, $number);)*

        unsafe extern "C" {
            $(
                #[link_name = $symbol]
                pub(super) fn $name($($argument: $type),*) -> isize;
            )*
        }
    };
}

calls! {
    1   "nb_exit"        fn exit(status: i32);
    2   "nb_fork"        fn fork();
    3   "nb_read"        fn read(fd: i32, buffer: *mut u8, size: usize);
    4   "nb_write"       fn write(fd: i32, bytes: *const u8, size: usize);
    5   "nb_open"        fn open(path: *const u8, flags: i32, mode: u32);
    6   "nb_close"       fn close(fd: i32);
    10  "nb_unlink"      fn unlink(path: *const u8);
    12  "nb_chdir"       fn chdir(path: *const u8);
    20  "nb_getpid"      fn getpid();
    22  "nb_unmount"     fn unmount(path: *const u8, flags: i32);
    23  "nb_setuid"      fn setuid(uid: u32);
    25  "nb_geteuid"     fn geteuid();
    37  "nb_kill"        fn kill(pid: i32, signal: i32);
    54  "nb_ioctl"       fn ioctl(fd: i32, command: usize, data: *mut c_void);
    57  "nb_symlink"     fn symlink(target: *const u8, path: *const u8);
    59  "nb_execve"      fn execve(path: *const u8, argv: *const *const u8, envp: *const *const u8);
    60  "nb_umask"       fn umask(mask: u32);
    80  "nb_setgroups"   fn setgroups(count: i32, groups: *const u32);
    90  "nb_dup2"        fn dup2(from: i32, to: i32);
    92  "nb_fcntl"       fn fcntl(fd: i32, command: i32, argument: usize);
    95  "nb_fsync"       fn fsync(fd: i32);
    98  "nb_connect"     fn connect(fd: i32, name: *const c_void, size: u32);
    104 "nb_bind"        fn bind(fd: i32, name: *const c_void, size: u32);
    106 "nb_listen"      fn listen(fd: i32, backlog: i32);
    118 "nb_getsockopt"  fn getsockopt(fd: i32, level: i32, name: i32, value: *mut c_void, size: *mut u32);
    128 "nb_rename"      fn rename(from: *const u8, to: *const u8);
    136 "nb_mkdir"       fn mkdir(path: *const u8, mode: u32);
    137 "nb_rmdir"       fn rmdir(path: *const u8);
    147 "nb_setsid"      fn setsid();
    181 "nb_setgid"      fn setgid(gid: u32);
    194 "nb_getrlimit"   fn getrlimit(resource: i32, limit: *mut libc::rlimit);
    195 "nb_setrlimit"   fn setrlimit(resource: i32, limit: *const libc::rlimit);
    // the kernel's own pad before the offset, on 64-bit machines as well
    197 "nb_mmap"        fn mmap(address: usize, size: usize, protection: i32, flags: i32, fd: i32, pad: isize, offset: i64);
    202 "nb_sysctl"      fn sysctl(name: *const i32, count: u32, old: *mut c_void, old_size: *mut usize, new: *const c_void, new_size: usize);
    274 "nb_lchmod"      fn lchmod(path: *const u8, mode: u32);
    275 "nb_lchown"      fn lchown(path: *const u8, uid: u32, gid: u32);
    293 "nb_sigprocmask" fn sigprocmask(how: i32, set: *const [u32; 4], old: *mut [u32; 4]);
    340 "nb_sigaction"   fn sigaction(signal: i32, new: *const super::layout::SigAction, old: *mut c_void, trampoline: *const c_void, version: i32);
    // 9 only; 484 since
    357 "nb_statvfs1"    fn statvfs1(path: *const u8, buffer: *mut c_void, flags: i32);
    394 "nb_socket"      fn socket(domain: i32, kind: i32, protocol: i32);
    410 "nb_mount"       fn mount(kind: *const u8, path: *const u8, flags: i32, data: *mut c_void, size: usize);
    427 "nb_clock"       fn clock_gettime(clock: i32, time: *mut libc::timespec);
    // 9 and 10; 501 since
    435 "nb_kevent50"    fn kevent50(queue: i32, changes: *const c_void, change_count: usize, events: *mut c_void, event_count: usize, timeout: *const libc::timespec);
    439 "nb_stat"        fn stat(path: *const u8, buffer: *mut libc::stat);
    441 "nb_lstat"       fn lstat(path: *const u8, buffer: *mut libc::stat);
    449 "nb_wait4"       fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut c_void);
    450 "nb_mknod"       fn mknod(path: *const u8, mode: u32, device: u64);
    453 "nb_pipe2"       fn pipe2(ends: *mut [i32; 2], flags: i32);
    455 "nb_kqueue1"     fn kqueue1(flags: i32);
    456 "nb_paccept"     fn paccept(fd: i32, name: *mut c_void, size: *mut u32, mask: *const c_void, flags: i32);
    // from 10 on
    484 "nb_statvfs190"  fn statvfs190(path: *const u8, buffer: *mut c_void, flags: i32);
    // from 11 on
    501 "nb_kevent100"   fn kevent100(queue: i32, changes: *const c_void, change_count: usize, events: *mut c_void, event_count: usize, timeout: *const libc::timespec);
}

/// kevent(2) of either number.
pub(super) type KEventCall = unsafe extern "C" fn(
    i32,
    *const c_void,
    usize,
    *mut c_void,
    usize,
    *const libc::timespec,
) -> isize;

/// The result, or the errno that a call came back with negated. No call of these has a result that high: on 32-bit
/// machines a process's addresses end below 2 GiB.
pub(super) fn check(result: isize) -> Result<usize, Errno> {
    match usize::try_from(result) {
        Ok(value) => Ok(value),
        Err(_) => Err(Errno(result.unsigned_abs() as u16)),
    }
}

/// The same, of a call whose success says nothing.
pub(super) fn done(result: isize) -> Result<(), Errno> {
    check(result).map(drop)
}
