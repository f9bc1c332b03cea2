//! What is mounted, and what could be.

use core::ffi::{CStr, c_void};

use super::layout::{Statvfs, Statvfs9};
use super::sys::{self, check, done};
use super::{files, release};
use crate::platform::{Errno, Mounted, utf8};

/// Do not ask the media for fresh numbers: `ST_NOWAIT`.
const NO_WAIT: i32 = 2;

/// Most mounts that are looked at: a cell has a few.
const MOUNTS_MAX: usize = 1024;

pub(super) fn mounts(each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
    if release::is_at_least(release::STATVFS90) {
        list(sys::getvfsstat90, each, &|of: &Statvfs| [&of.from, &of.on])
    } else {
        list(sys::getvfsstat, each, &|of: &Statvfs9| [&of.from, &of.on])
    }
}

/// A list may be larger than all else that a program needs: it is memory of its own, given back at once.
fn list<T>(
    call: unsafe extern "C" fn(*mut c_void, usize, i32) -> isize,
    each: &mut dyn FnMut(&Mounted<'_>),
    names: &dyn Fn(&T) -> [&[u8; 1024]; 2],
) -> Result<(), Errno> {
    // SAFETY: without a buffer it only counts.
    let count = check(unsafe { call(core::ptr::null_mut(), 0, NO_WAIT) })?.min(MOUNTS_MAX);
    let size = count * size_of::<T>();
    let (protection, flags) = (
        libc::PROT_READ | libc::PROT_WRITE,
        libc::MAP_ANON | libc::MAP_PRIVATE,
    );
    // SAFETY: new memory, wherever the kernel likes.
    let at = check(unsafe { sys::mmap(0, size, protection, flags, -1, 0, 0) })?;
    // SAFETY: memory of that size.
    let filled = check(unsafe { call(at as *mut c_void, size, NO_WAIT) });
    if let Ok(filled) = filled {
        // SAFETY: as many structs as fit, of which the kernel has filled some; all bytes are numbers and texts.
        let all = unsafe { core::slice::from_raw_parts(at as *const T, filled.min(count)) };
        for of in all {
            let [from, on] = names(of).map(|name| text(name));
            each(&Mounted { from, on });
        }
    }
    // SAFETY: the memory from above, to which nothing points any more.
    done(unsafe { sys::munmap(at, size) })?;
    filled.map(drop)
}

fn text(bytes: &[u8]) -> &str {
    let text = CStr::from_bytes_until_nul(bytes).map(CStr::to_bytes);
    text.ok().and_then(utf8).unwrap_or_default()
}

/// `{ CTL_HW, HW_DISKNAMES }` (sys/sys/sysctl.h): names with blanks between them.
const NAMES: [i32; 2] = [6, 8];

/// Letters of partitions: 16 at most, on any machine.
const PARTITIONS: &[u8; 16] = b"abcdefghijklmnop";

pub(super) fn disks(each: &mut dyn FnMut(&str, &str)) -> Result<(), Errno> {
    let mut buffer = [0_u8; 1024];
    let mut size = buffer.len();
    let to = buffer.as_mut_ptr().cast();
    // SAFETY: a name of two numbers, and room of the size that is given with it.
    done(unsafe { sys::sysctl(NAMES.as_ptr(), 2, to, &mut size, core::ptr::null(), 0) })?;
    let mut tell = |name: &str, letter: &[u8]| {
        let letter = utf8(letter).unwrap_or_default();
        let path = |before| {
            let mut path = heapless::String::<64>::new();
            let fits = [before, name, letter]
                .iter()
                .all(|part| path.push_str(part).is_ok());
            fits.then_some(path)
        };
        if let (Some(block), Some(raw)) = (path("/dev/"), path("/dev/r"))
            && files::metadata(&raw).is_ok()
        {
            each(&block, &raw);
        }
    };
    for name in text(&buffer).split(' ').filter(|name| !name.is_empty()) {
        // wedges are partitions already
        if name.starts_with("dk") {
            tell(name, b"");
        } else {
            PARTITIONS.chunks(1).for_each(|letter| tell(name, letter));
        }
    }
    Ok(())
}
