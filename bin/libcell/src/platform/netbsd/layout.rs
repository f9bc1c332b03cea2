//! What NetBSD's kernel reads and writes, where the libc crate does not have it. The assertions hold the sizes and
//! offsets of each ABI (taken from the headers named), the libc crate's own types included.

use core::ffi::c_void;
use core::mem::{align_of, offset_of, size_of};

/// struct kevent of NetBSD 9 and 10 (struct kevent100 of sys/compat/sys/event.h since). Also the beginning of the
/// present one.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct KEvent {
    pub ident: usize,
    pub filter: u32,
    pub flags: u32,
    pub fflags: u32,
    pub data: i64,
    pub udata: usize,
}

/// struct kevent of NetBSD 11 (sys/sys/event.h).
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct KEvent11 {
    pub event: KEvent,
    pub ext: [u64; 4],
}

/// struct sigaction (sys/sys/signal.h) for dispositions that run no code.
#[repr(C)]
pub(super) struct SigAction {
    pub handler: usize,
    pub mask: [u32; 4],
    pub flags: i32,
}

/// struct tmpfs_args (sys/fs/tmpfs/tmpfs_args.h).
#[repr(C)]
pub(super) struct TmpfsArgs {
    pub version: i32,
    pub nodes_max: u64,
    pub size_max: i64,
    pub root_uid: u32,
    pub root_gid: u32,
    pub root_mode: u32,
}

/// struct ptyfs_args (sys/fs/ptyfs/ptyfs.h).
#[repr(C)]
pub(super) struct PtyfsArgs {
    pub version: i32,
    pub gid: u32,
    pub mode: u32,
    pub flags: i32,
}

/// struct null_args (sys/miscfs/nullfs/null.h over genfs/layer.h): a path and room that old tools need.
#[repr(C)]
pub(super) struct NullArgs {
    pub target: *const u8,
    pub unused: ExportArgs30,
}

/// struct msdosfs_args (sys/fs/msdosfs/msdosfsmount.h), version 3.
#[repr(C)]
pub(super) struct MsdosArgs {
    pub device: *const u8,
    pub unused: ExportArgs30,
    pub uid: u32,
    pub gid: u32,
    pub file_mask: u32,
    pub flags: i32,
    pub version: i32,
    pub directory_mask: u32,
    pub east_of_utc_s: i32,
}

/// struct ufs_args (sys/ufs/ufs/ufsmount.h).
#[repr(C)]
pub(super) struct FfsArgs {
    pub device: *const u8,
}

/// struct export_args30 (sys/sys/mount.h), all zero.
#[repr(C)]
pub(super) struct ExportArgs30 {
    flags: i32,
    root: u32,
    anonymous_unused: u16,
    anonymous_uid: u32,
    anonymous_gid: u32,
    anonymous_group_count: i16,
    anonymous_groups: [u32; 16],
    address: *const c_void,
    address_size: i32,
    mask: *const c_void,
    mask_size: i32,
    index: *const u8,
}

impl ExportArgs30 {
    pub(super) const NONE: Self = Self {
        flags: 0,
        root: 0,
        anonymous_unused: 0,
        anonymous_uid: 0,
        anonymous_gid: 0,
        anonymous_group_count: 0,
        anonymous_groups: [0; 16],
        address: core::ptr::null(),
        address_size: 0,
        mask: core::ptr::null(),
        mask_size: 0,
        index: core::ptr::null(),
    };
}

/// struct statvfs (sys/sys/statvfs.h) of NetBSD 10 and later.
#[repr(C)]
pub(super) struct Statvfs {
    words: [usize; 4],
    counts: [u64; 12],
    id: [i32; 2],
    longs: [usize; 2],
    owner: u32,
    spare: [u64; 4],
    kind: [u8; 32],
    pub on: [u8; 1024],
    pub from: [u8; 1024],
    label: [u8; 1024],
}

/// struct statvfs of NetBSD 9 (struct statvfs90 of sys/compat/sys/statvfs.h since).
#[repr(C)]
pub(super) struct Statvfs9 {
    words: [usize; 4],
    counts: [u64; 12],
    id: [i32; 2],
    longs: [usize; 2],
    owner: u32,
    spare: [u32; 4],
    kind: [u8; 32],
    pub on: [u8; 1024],
    pub from: [u8; 1024],
}

/// struct wdog_mode (sys/sys/wdog.h).
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct WatchdogMode {
    pub name: [u8; 16],
    pub mode: i32,
    pub period_s: u32,
}

/// struct wdog_conf (sys/sys/wdog.h).
#[repr(C)]
pub(super) struct WatchdogNames {
    pub names: *mut u8,
    pub count: i32,
}

/// struct ps_strings (sys/sys/exec.h).
#[repr(C)]
pub(super) struct PsStrings {
    pub arguments: *const *const u8,
    pub argument_count: i32,
    pub environment: *const *const u8,
    pub environment_count: i32,
}

const WORD: usize = size_of::<usize>();

/// The size for machines of 32 and of 64 bits.
const fn by_word(narrow: usize, wide: usize) -> usize {
    if WORD == 8 { wide } else { narrow }
}

const _: () = {
    // both 32-bit ABIs align 64-bit integers to 8, as the 64-bit ones do
    assert!(align_of::<u64>() == 8);

    assert!(size_of::<KEvent>() == by_word(32, 40));
    assert!(offset_of!(KEvent, data) == by_word(16, 24));
    assert!(offset_of!(KEvent, udata) == by_word(24, 32));
    assert!(size_of::<KEvent11>() == by_word(64, 72));
    assert!(offset_of!(KEvent11, ext) == by_word(32, 40));
    assert!(size_of::<libc::kevent>() == size_of::<KEvent>());

    assert!(size_of::<SigAction>() == by_word(24, 32));
    assert!(offset_of!(SigAction, flags) == by_word(20, 24));

    assert!(size_of::<TmpfsArgs>() == 40);
    assert!(offset_of!(TmpfsArgs, nodes_max) == 8);
    assert!(offset_of!(TmpfsArgs, root_uid) == 24);
    assert!(size_of::<PtyfsArgs>() == 16);
    assert!(size_of::<ExportArgs30>() == by_word(108, 128));
    assert!(offset_of!(ExportArgs30, address) == by_word(88, 88));
    assert!(size_of::<NullArgs>() == by_word(112, 136));
    assert!(size_of::<MsdosArgs>() == by_word(140, 168));
    assert!(offset_of!(MsdosArgs, uid) == by_word(112, 136));

    assert!(size_of::<Statvfs>() == by_word(3272, 3296));
    assert!(offset_of!(Statvfs, on) == by_word(200, 224));
    assert!(size_of::<Statvfs9>() == by_word(2232, 2256));
    assert!(offset_of!(Statvfs9, on) == by_word(180, 204));

    assert!(size_of::<WatchdogMode>() == 24);
    assert!(size_of::<WatchdogNames>() == by_word(8, 16));
    assert!(size_of::<PsStrings>() == by_word(16, 32));

    assert!(size_of::<libc::stat>() == 152);
    assert!(offset_of!(libc::stat, st_mode) == 8);
    assert!(offset_of!(libc::stat, st_uid) == 28);
    assert!(offset_of!(libc::stat, st_gid) == 32);
    assert!(offset_of!(libc::stat, st_rdev) == 40);
    assert!(offset_of!(libc::stat, st_size) == 112);
    assert!(size_of::<libc::termios>() == 44);
    assert!(size_of::<libc::timespec>() == 16);
    assert!(offset_of!(libc::timespec, tv_nsec) == 8);
    assert!(size_of::<libc::rlimit>() == 16);
    assert!(size_of::<libc::sockaddr_un>() == 106);
    assert!(offset_of!(libc::sockaddr_un, sun_path) == 2);
    assert!(size_of::<libc::unpcbid>() == 12);
};
