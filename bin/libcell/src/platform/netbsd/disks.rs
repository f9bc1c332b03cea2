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
            let root = (from == ROOT).then(root).flatten();
            let from = root.as_deref().unwrap_or(from);
            each(&Mounted { from, on });
        }
    }
    // SAFETY: the memory from above, to which nothing points any more.
    done(unsafe { sys::munmap(at, size) })?;
    filled.map(drop)
}

/// What the root is mounted from until mount(8) has updated it, which it has not in single-user mode
/// (vfs_rootmountalloc(9)).
const ROOT: &str = "root_device";

/// `{ CTL_KERN, KERN_ROOT_DEVICE }` and `{ CTL_KERN, KERN_ROOT_PARTITION }` (sys/sys/sysctl.h): a name, and a number.
const ROOT_DEVICE: [i32; 2] = [1, 30];
const ROOT_PARTITION: [i32; 2] = [1, 74];

type Name = heapless::String<64>;

/// The node that the root is on; `None` if the kernel does not say.
fn root() -> Option<Name> {
    let (mut name, mut partition) = ([0; 16], [0; 4]);
    ask(&ROOT_DEVICE, &mut name).ok()?;
    let name = text(&name);
    let letter = if is_wedge(name) {
        b""
    } else {
        ask(&ROOT_PARTITION, &mut partition).ok()?;
        let at = usize::try_from(u32::from_ne_bytes(partition)).ok()?;
        PARTITIONS.get(at..=at)?
    };
    node("/dev/", name, letter)
}

/// sysctl(3) of two numbers. What does not fit is ENOMEM.
fn ask(name: &[i32; 2], answer: &mut [u8]) -> Result<(), Errno> {
    let mut size = answer.len();
    let to = answer.as_mut_ptr().cast();
    // SAFETY: a name of two numbers, and room of the size that is given with it.
    done(unsafe { sys::sysctl(name.as_ptr(), 2, to, &mut size, core::ptr::null(), 0) })
}

/// Wedges are partitions already.
fn is_wedge(name: &str) -> bool {
    name.starts_with("dk")
}

/// A path of these parts; `None` if it is too long for one.
fn node(before: &str, name: &str, letter: &[u8]) -> Option<Name> {
    let mut path = Name::new();
    let parts = [before, name, utf8(letter)?];
    let fits = parts.iter().all(|part| path.push_str(part).is_ok());
    fits.then_some(path)
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
    ask(&NAMES, &mut buffer)?;
    let mut tell = |name: &str, letter: &[u8]| {
        if let (Some(block), Some(raw)) =
            (node("/dev/", name, letter), node("/dev/r", name, letter))
            && files::metadata(&raw).is_ok()
        {
            each(&block, &raw);
        }
    };
    for name in text(&buffer).split(' ').filter(|name| !name.is_empty()) {
        if is_wedge(name) {
            tell(name, b"");
        } else {
            PARTITIONS.chunks(1).for_each(|letter| tell(name, letter));
        }
    }
    Ok(())
}
