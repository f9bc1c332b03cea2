//! The system calls that picocell makes: one table, and no other way into the kernel.
//!
//! A row is the number, the releases of NetBSD whose kernel has it without a COMPAT option, the name in
//! sys/kern/syscalls.master, the assembler's name, and the prototype.
//!
//! A number in NetBSD keeps its arguments for ever; what changes gets a new number, and the old one moves to a COMPAT
//! option for good, which a firmware's kernel may lack. So what syscalls.master of 10.99.12 has as `STD` or `NOERR` and
//! what 9 had at all (every number below 484) was the same in 9 and 10. Two calls changed: statvfs(2) in 10 and kevent(2)
//! in 11. An unknown number is not only ENOSYS but also SIGSYS, so nothing is tried:
//! [`release`](super::release) is asked.
//!
//! `tests/system_calls.rs` of this crate compares the table with what is called, and with a syscalls.master;
//! `tests/emu` answers what stands in it and kills what does not.

use core::ffi::c_void;

use super::arch::call;
use crate::platform::Errno;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number.
    pub number: u16,
    /// Its name in sys/kern/syscalls.master.
    pub name: &'static str,
    /// The first release of which it is said.
    pub since: u8,
    /// The first release in which it needs a COMPAT option.
    pub until: Option<u8>,
}

/// The end of a row's releases.
const fn until(release: &[u8]) -> Option<u8> {
    release.first().copied()
}

macro_rules! calls {
    ($($number:literal $since:literal..$($until:literal)? $name:ident $symbol:literal
        fn $function:ident($($argument:ident: $type:ty),*);)*) => {
        /// Every system call that the programs make.
        pub const CALLS: &[Call] = &[$(Call {
            number: $number,
            name: stringify!($name),
            since: $since,
            until: until(&[$($until)?]),
        },)*];

        $(call!($symbol, $number);)*

        unsafe extern "C" {
            $(
                #[link_name = $symbol]
                pub(super) fn $function($($argument: $type),*) -> isize;
            )*
        }
    };
}

// number, releases, name in syscalls.master, name for the assembler, prototype
#[rustfmt::skip]
calls! {
    1   9..    exit                 "nb_exit"        fn exit(status: i32);
    2   9..    fork                 "nb_fork"        fn fork();
    3   9..    read                 "nb_read"        fn read(fd: i32, buffer: *mut u8, size: usize);
    4   9..    write                "nb_write"       fn write(fd: i32, bytes: *const u8, size: usize);
    5   9..    open                 "nb_open"        fn open(path: *const u8, flags: i32, mode: u32);
    6   9..    close                "nb_close"       fn close(fd: i32);
    10  9..    unlink               "nb_unlink"      fn unlink(path: *const u8);
    12  9..    chdir                "nb_chdir"       fn chdir(path: *const u8);
    20  9..    getpid               "nb_getpid"      fn getpid();
    22  9..    unmount              "nb_unmount"     fn unmount(path: *const u8, flags: i32);
    23  9..    setuid               "nb_setuid"      fn setuid(uid: u32);
    25  9..    geteuid              "nb_geteuid"     fn geteuid();
    37  9..    kill                 "nb_kill"        fn kill(pid: i32, signal: i32);
    54  9..    ioctl                "nb_ioctl"       fn ioctl(fd: i32, command: usize, data: *mut c_void);
    57  9..    symlink              "nb_symlink"     fn symlink(target: *const u8, path: *const u8);
    59  9..    execve               "nb_execve"      fn execve(path: *const u8, argv: *const *const u8, envp: *const *const u8);
    60  9..    umask                "nb_umask"       fn umask(mask: u32);
    73  9..    munmap               "nb_munmap"      fn munmap(address: usize, size: usize);
    80  9..    setgroups            "nb_setgroups"   fn setgroups(count: i32, groups: *const u32);
    81  9..    getpgrp              "nb_getpgrp"     fn getpgrp();
    90  9..    dup2                 "nb_dup2"        fn dup2(from: i32, to: i32);
    92  9..    fcntl                "nb_fcntl"       fn fcntl(fd: i32, command: i32, argument: usize);
    95  9..    fsync                "nb_fsync"       fn fsync(fd: i32);
    98  9..    connect              "nb_connect"     fn connect(fd: i32, name: *const c_void, size: u32);
    104 9..    bind                 "nb_bind"        fn bind(fd: i32, name: *const c_void, size: u32);
    106 9..    listen               "nb_listen"      fn listen(fd: i32, backlog: i32);
    118 9..    getsockopt           "nb_getsockopt"  fn getsockopt(fd: i32, level: i32, name: i32, value: *mut c_void, size: *mut u32);
    123 9..    fchown               "nb_fchown"      fn fchown(fd: i32, uid: u32, gid: u32);
    124 9..    fchmod               "nb_fchmod"      fn fchmod(fd: i32, mode: u32);
    128 9..    rename               "nb_rename"      fn rename(from: *const u8, to: *const u8);
    136 9..    mkdir                "nb_mkdir"       fn mkdir(path: *const u8, mode: u32);
    137 9..    rmdir                "nb_rmdir"       fn rmdir(path: *const u8);
    147 9..    setsid               "nb_setsid"      fn setsid();
    173 9..    pread                "nb_pread"       fn pread(fd: i32, buffer: *mut u8, size: usize, pad: isize, offset: i64);
    174 9..    pwrite               "nb_pwrite"      fn pwrite(fd: i32, bytes: *const u8, size: usize, pad: isize, offset: i64);
    181 9..    setgid               "nb_setgid"      fn setgid(gid: u32);
    194 9..    getrlimit            "nb_getrlimit"   fn getrlimit(resource: i32, limit: *mut libc::rlimit);
    195 9..    setrlimit            "nb_setrlimit"   fn setrlimit(resource: i32, limit: *const libc::rlimit);
    // the kernel's own pad before the offset, on 64-bit machines as well
    197 9..    mmap                 "nb_mmap"        fn mmap(address: usize, size: usize, protection: i32, flags: i32, fd: i32, pad: isize, offset: i64);
    201 9..    ftruncate            "nb_ftruncate"   fn ftruncate(fd: i32, pad: isize, size: i64);
    202 9..    __sysctl             "nb_sysctl"      fn sysctl(name: *const i32, count: u32, old: *mut c_void, old_size: *mut usize, new: *const c_void, new_size: usize);
    274 9..    lchmod               "nb_lchmod"      fn lchmod(path: *const u8, mode: u32);
    275 9..    lchown               "nb_lchown"      fn lchown(path: *const u8, uid: u32, gid: u32);
    293 9..    __sigprocmask14      "nb_sigprocmask" fn sigprocmask(how: i32, set: *const [u32; 4], old: *mut [u32; 4]);
    340 9..    __sigaction_sigtramp "nb_sigaction"   fn sigaction(signal: i32, new: *const super::layout::SigAction, old: *mut c_void, trampoline: *const c_void, version: i32);
    356 9..10  getvfsstat           "nb_getvfsstat"  fn getvfsstat(buffer: *mut c_void, size: usize, flags: i32);
    357 9..10  statvfs1             "nb_statvfs1"    fn statvfs1(path: *const u8, buffer: *mut c_void, flags: i32);
    390 9..    __getdents30         "nb_getdents"    fn getdents(fd: i32, buffer: *mut u8, size: usize);
    394 9..    __socket30           "nb_socket"      fn socket(domain: i32, kind: i32, protocol: i32);
    410 9..    __mount50            "nb_mount"       fn mount(kind: *const u8, path: *const u8, flags: i32, data: *mut c_void, size: usize);
    427 9..    __clock_gettime50    "nb_clock"       fn clock_gettime(clock: i32, time: *mut libc::timespec);
    435 9..11  __kevent50           "nb_kevent50"    fn kevent50(queue: i32, changes: *const c_void, change_count: usize, events: *mut c_void, event_count: usize, timeout: *const libc::timespec);
    439 9..    __stat50             "nb_stat"        fn stat(path: *const u8, buffer: *mut libc::stat);
    440 9..    __fstat50            "nb_fstat"       fn fstat(fd: i32, buffer: *mut libc::stat);
    441 9..    __lstat50            "nb_lstat"       fn lstat(path: *const u8, buffer: *mut libc::stat);
    449 9..    __wait450            "nb_wait4"       fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut c_void);
    450 9..    __mknod50            "nb_mknod"       fn mknod(path: *const u8, mode: u32, device: u64);
    453 9..    pipe2                "nb_pipe2"       fn pipe2(ends: *mut [i32; 2], flags: i32);
    455 9..    kqueue1              "nb_kqueue1"     fn kqueue1(flags: i32);
    456 9..    paccept              "nb_paccept"     fn paccept(fd: i32, name: *mut c_void, size: *mut u32, mask: *const c_void, flags: i32);
    457 9..    linkat               "nb_linkat"      fn linkat(from_directory: i32, from: *const u8, to_directory: i32, to: *const u8, flags: i32);
    458 9..    renameat             "nb_renameat"    fn renameat(from_directory: i32, from: *const u8, to_directory: i32, to: *const u8);
    459 9..    mkfifoat             "nb_mkfifoat"    fn mkfifoat(directory: i32, path: *const u8, mode: u32);
    460 9..    mknodat              "nb_mknodat"     fn mknodat(directory: i32, path: *const u8, mode: u32, pad: isize, device: u64);
    461 9..    mkdirat              "nb_mkdirat"     fn mkdirat(directory: i32, path: *const u8, mode: u32);
    463 9..    fchmodat             "nb_fchmodat"    fn fchmodat(directory: i32, path: *const u8, mode: u32, flags: i32);
    464 9..    fchownat             "nb_fchownat"    fn fchownat(directory: i32, path: *const u8, uid: u32, gid: u32, flags: i32);
    466 9..    fstatat              "nb_fstatat"     fn fstatat(directory: i32, path: *const u8, buffer: *mut libc::stat, flags: i32);
    467 9..    utimensat            "nb_utimensat"   fn utimensat(directory: i32, path: *const u8, times: *const [libc::timespec; 2], flags: i32);
    468 9..    openat               "nb_openat"      fn openat(directory: i32, path: *const u8, flags: i32, mode: u32);
    469 9..    readlinkat           "nb_readlinkat"  fn readlinkat(directory: i32, path: *const u8, buffer: *mut u8, size: usize);
    470 9..    symlinkat            "nb_symlinkat"   fn symlinkat(target: *const u8, directory: i32, path: *const u8);
    471 9..    unlinkat             "nb_unlinkat"    fn unlinkat(directory: i32, path: *const u8, flags: i32);
    483 10..   __getvfsstat90       "nb_getvfsstat90" fn getvfsstat90(buffer: *mut c_void, size: usize, flags: i32);
    484 10..   __statvfs190         "nb_statvfs190"  fn statvfs190(path: *const u8, buffer: *mut c_void, flags: i32);
    501 11..   __kevent100          "nb_kevent100"   fn kevent100(queue: i32, changes: *const c_void, change_count: usize, events: *mut c_void, event_count: usize, timeout: *const libc::timespec);
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
