//! Files of an open directory, and room.

use core::mem::MaybeUninit;

use super::Fd;
use super::files;
use super::path::Path;
use super::sys::{self, check, done};
use crate::platform::{Errno, Metadata, Open, Removal, Space, modes};

/// A link where none is followed (sys/kern/vfs_vnops.c); other systems say ELOOP.
fn link(errno: Errno) -> Errno {
    match errno {
        Errno(number) if i32::from(number) == libc::EFTYPE => Errno::ELOOP,
        errno => errno,
    }
}

pub(super) fn open(directory: &Fd, name: &[u8], how: Open, mode: u32) -> Result<Fd, Errno> {
    let name = Path::of(name)?;
    let flags = modes::open_at_flags(how);
    // SAFETY: a name that ends in NUL.
    Fd::from_call(unsafe { sys::openat(directory.number(), name.as_ptr(), flags, mode) })
        .map_err(link)
}

pub(super) fn metadata_of(fd: &Fd) -> Result<Metadata, Errno> {
    let mut buffer = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: room for the answer (its size is asserted in layout.rs).
    done(unsafe { sys::fstat(fd.number(), buffer.as_mut_ptr()) })?;
    // SAFETY: integers only, zero where the kernel wrote nothing.
    Ok(files::of(&unsafe { buffer.assume_init() }))
}

pub(super) fn metadata(directory: &Fd, name: &[u8]) -> Result<Metadata, Errno> {
    Ok(files::of(&stat(directory, name)?))
}

pub(super) fn stat(directory: &Fd, name: &[u8]) -> Result<libc::stat, Errno> {
    let name = Path::of(name)?;
    let mut buffer = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: a name that ends in NUL, and room for the answer (its size is asserted in layout.rs).
    done(unsafe {
        sys::fstatat(
            directory.number(),
            name.as_ptr(),
            buffer.as_mut_ptr(),
            libc::AT_SYMLINK_NOFOLLOW,
        )
    })?;
    // SAFETY: integers only, zero where the kernel wrote nothing.
    Ok(unsafe { buffer.assume_init() })
}

pub(super) fn make_directory(directory: &Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
    let name = Path::of(name)?;
    // SAFETY: a name that ends in NUL.
    done(unsafe { sys::mkdirat(directory.number(), name.as_ptr(), mode) })
}

pub(super) fn remove(directory: &Fd, name: &[u8], what: Removal) -> Result<(), Errno> {
    let name = Path::of(name)?;
    let flags = match what {
        Removal::File => 0,
        Removal::Directory => libc::AT_REMOVEDIR,
    };
    // SAFETY: a name that ends in NUL.
    done(unsafe { sys::unlinkat(directory.number(), name.as_ptr(), flags) })
}

pub(super) fn rename(directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let (from, to) = (Path::of(from)?, Path::of(to)?);
    let directory = directory.number();
    // SAFETY: names that end in NUL.
    done(unsafe { sys::renameat(directory, from.as_ptr(), directory, to.as_ptr()) })
}

pub(super) fn symlink(target: &str, directory: &Fd, name: &[u8]) -> Result<(), Errno> {
    let (target, name) = (Path::new(target)?, Path::of(name)?);
    // SAFETY: texts that end in NUL.
    done(unsafe { sys::symlinkat(target.as_ptr(), directory.number(), name.as_ptr()) })
}

pub(super) fn read_link(directory: &Fd, name: &[u8], buffer: &mut [u8]) -> Result<usize, Errno> {
    let name = Path::of(name)?;
    // SAFETY: a name that ends in NUL; writes at most as much as the buffer holds.
    check(unsafe {
        sys::readlinkat(
            directory.number(),
            name.as_ptr(),
            buffer.as_mut_ptr(),
            buffer.len(),
        )
    })
}

pub(super) fn set_owner(fd: &Fd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { sys::fchown(fd.number(), uid, gid) })?;
    // SAFETY: integers.
    done(unsafe { sys::fchmod(fd.number(), mode) })
}

/// Where the name begins in a `struct dirent` (sys/sys/dirent.h), and where its lengths are.
const NAME: usize = 13;

pub(super) fn names(directory: &Fd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
    // a file system hands out whole blocks of a directory
    let mut buffer = alloc::vec![0_u8; 8192];
    loop {
        // SAFETY: writes at most as much as the buffer holds.
        let count =
            check(unsafe { sys::getdents(directory.number(), buffer.as_mut_ptr(), buffer.len()) })?;
        if count == 0 {
            return Ok(());
        }
        let mut rest = buffer.get(..count).unwrap_or_default();
        while let Some([r0, r1, n0, n1]) = rest.get(8..12) {
            let length = usize::from(u16::from_ne_bytes([*r0, *r1]));
            let name = usize::from(u16::from_ne_bytes([*n0, *n1]));
            let entry = rest.get(..length.max(NAME)).ok_or(Errno::EIO)?;
            let is_used = entry.iter().take(8).any(|byte| *byte != 0);
            let name = entry.get(NAME..NAME + name).ok_or(Errno::EIO)?;
            if is_used && !matches!(name, b"." | b"..") {
                each(name);
            }
            rest = rest.get(length.max(NAME)..).unwrap_or_default();
        }
    }
}

pub(super) fn space(path: &str) -> Result<Space, Errno> {
    // four words, then counts of 64 bits: blocks, free, available to others than root
    let buffer = files::file_system(path)?;
    let [_, _, fragment, ..] = buffer;
    let kib = |index: usize| {
        let at = 4 + index * size_of::<u64>() / size_of::<usize>();
        files::long(buffer.get(at..).unwrap_or_default()).saturating_mul(fragment as u64) >> 10
    };
    Ok(Space {
        total_kib: kib(0),
        free_kib: kib(2),
    })
}

/// `{ CTL_VM, VM_UVMEXP2 }` (uvm/uvm_param.h).
const PAGES: [i32; 2] = [2, 5];

pub(super) fn memory() -> Result<Space, Errno> {
    // struct uvmexp_sysctl (uvm/uvm_extern.h): 64 bits each
    let mut pages = [0_u64; 128];
    let mut size = size_of_val(&pages);
    let to = pages.as_mut_ptr().cast();
    // SAFETY: a name of two numbers, and room of the size that is given with it.
    done(unsafe { sys::sysctl(PAGES.as_ptr(), 2, to, &mut size, core::ptr::null(), 0) })?;
    let [_, _, shift, all, free, _, inactive, ..] = pages;
    let kib = |pages: u64| pages.checked_shl(shift as u32).unwrap_or(0) >> 10;
    Ok(Space {
        total_kib: kib(all),
        free_kib: kib(free.saturating_add(inactive)),
    })
}
