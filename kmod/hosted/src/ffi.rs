//! `include/hosted/hosted.h`.

use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void};

#[repr(C)]
pub struct RawProc([u8; 0]);
#[repr(C)]
pub struct RawCred([u8; 0]);
#[repr(C)]
pub struct RawFile([u8; 0]);
#[repr(C)]
pub struct RawKnote([u8; 0]);

pub type Logger = extern "C" fn(c_int, *const c_char);
pub type Pauser = extern "C" fn() -> c_int;

unsafe extern "C" {
    pub fn hosted_boot();
    pub fn hosted_end_processes();
    pub fn hosted_shutdown();
    pub fn hosted_modcmd(command: c_int) -> c_int;
    pub fn hosted_fail_registration(nth: c_uint);
    pub fn hosted_registrations() -> c_uint;
    pub fn hosted_set_uptime(seconds: u32);
    pub fn hosted_set_pause(pause: Option<Pauser>);
    pub fn hosted_set_logger(logger: Option<Logger>);
    pub fn hosted_allocated() -> u64;
    pub fn hosted_credentials() -> u32;
    pub fn hosted_vnodes() -> u32;
    pub fn hosted_device_attached() -> c_int;
    pub fn hosted_cache_files(yes: c_int);

    pub fn hosted_proc_new(pid: i32, uid: u32, gid: u32) -> *mut RawProc;
    pub fn hosted_proc_find(pid: i32) -> *mut RawProc;
    pub fn hosted_fork_ask(parent: *mut RawProc) -> c_int;
    pub fn hosted_fork(parent: *mut RawProc, pid: i32) -> *mut RawProc;
    pub fn hosted_exit(p: *mut RawProc, cpu_us: u64);
    pub fn hosted_reap(p: *mut RawProc);
    pub fn hosted_set_pid(p: *mut RawProc, pid: i32);
    pub fn hosted_set_rlimit(p: *mut RawProc, which: c_int, soft: u64, hard: u64);
    pub fn hosted_said() -> c_int;
    pub fn hosted_setid(p: *mut RawProc, uid: u32, gid: u32);
    pub fn hosted_exec(p: *mut RawProc);
    pub fn hosted_set_trait(p: *mut RawProc, which: c_int, value: u64);
    pub fn hosted_is_sugid(p: *const RawProc) -> c_int;
    pub fn hosted_is_zombie(p: *const RawProc) -> c_int;
    pub fn hosted_take_signals(p: *mut RawProc) -> u64;
    pub fn hosted_root_fd(p: *mut RawProc) -> c_int;
    pub fn hosted_cwd_fd(p: *mut RawProc) -> c_int;
    pub fn hosted_chroot(p: *mut RawProc, path: *const c_char) -> c_int;

    pub fn hosted_cred_of(p: *mut RawProc) -> *mut RawCred;
    pub fn kauth_cred_free(cred: *mut RawCred);

    pub fn hosted_ask(
        p: *mut RawProc,
        cred: *mut RawCred,
        scope: *const c_char,
        action: u64,
        request: u64,
        target: *mut RawProc,
    ) -> c_int;
    pub fn hosted_ask_exec(p: *mut RawProc) -> c_int;
    pub fn hosted_ask_rlimit(
        p: *mut RawProc,
        target: *mut RawProc,
        request: u64,
        which: c_int,
        soft: u64,
        hard: u64,
    ) -> c_int;
    pub fn hosted_ask_socket(p: *mut RawProc, domain: c_int, kind: c_int, protocol: c_int)
    -> c_int;
    pub fn hosted_ask_bind(p: *mut RawProc, family: c_int, protocol: c_int, port: u16) -> c_int;
    pub fn hosted_ask_autobind(
        p: *mut RawProc,
        family: c_int,
        protocol: c_int,
        port: u16,
        garbage: c_int,
    ) -> c_int;
    pub fn hosted_ask_device(
        p: *mut RawProc,
        block: c_int,
        major: u32,
        minor: u32,
        request: c_int,
    ) -> c_int;
    pub fn hosted_ask_vnode(
        p: *mut RawProc,
        action: u64,
        directory: c_int,
        readonly: c_int,
        mode: c_int,
    ) -> c_int;

    pub fn hosted_device_open(p: *mut RawProc, flags: c_int, file: *mut *mut RawFile) -> c_int;
    pub fn hosted_open_directory(
        p: *mut RawProc,
        path: *const c_char,
        file: *mut *mut RawFile,
    ) -> c_int;
    pub fn hosted_file_ioctl(
        p: *mut RawProc,
        file: *mut RawFile,
        command: c_ulong,
        data: *mut c_void,
    ) -> c_int;
    pub fn hosted_file_read(
        p: *mut RawProc,
        file: *mut RawFile,
        buffer: *mut c_void,
        size: usize,
        got: *mut usize,
    ) -> c_int;
    pub fn hosted_file_poll(p: *mut RawProc, file: *mut RawFile, events: c_int) -> c_int;
    pub fn hosted_file_woken() -> c_int;
    pub fn hosted_file_close(p: *mut RawProc, file: *mut RawFile);
    pub fn hosted_file_give(to: *mut RawProc, file: *mut RawFile) -> c_int;
    pub fn hosted_file_set_nonblocking(file: *mut RawFile, yes: c_int);
    pub fn hosted_file_of(p: *mut RawProc, file: *mut RawFile) -> c_int;
    pub fn hosted_knote_add(file: *mut RawFile, filter: u32, error: *mut c_int) -> *mut RawKnote;
    pub fn hosted_knote_active(knote: *mut RawKnote) -> c_int;
    pub fn hosted_knote_remove(knote: *mut RawKnote);
}
