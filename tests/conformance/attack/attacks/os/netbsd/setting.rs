//! sysctl(3).

use super::call::call;
use super::{Errno, number};
use crate::attacks::os::argument::{Arg, NULL};

/// Reads a setting into `old`, sets it to `new`; none of it where that is empty. How many bytes it is.
pub fn setting(name: &[i32], old: &mut [u8], new: &[u8]) -> Result<usize, Errno> {
    let mut size = [old.len()];
    let (to, from): (Arg<'_>, Arg<'_>) = (
        if old.is_empty() { NULL } else { old.into() },
        if new.is_empty() { NULL } else { new.into() },
    );
    call(
        number::SYSCTL,
        [
            name.into(),
            name.len().into(),
            to,
            (&mut size).into(),
            from,
            new.len().into(),
        ],
    )?;
    let [size] = size;
    Ok(size)
}

/// struct sysctlnode of sys/sysctl.h: flags 4, number 4, name 32, and more.
const NODE: usize = 96;

/// The number of the node of that name below `parent`.
pub(super) fn number_of(parent: &[i32], name: &[u8]) -> Result<i32, Errno> {
    const QUERY: i32 = -2;
    const VERSION: u32 = 0x0100_0000;
    let mut path = [QUERY; 12];
    path.get_mut(..parent.len())
        .ok_or(Errno::ENAMETOOLONG)?
        .copy_from_slice(parent);
    let path = path.get(..=parent.len()).unwrap_or_default();
    let mut query = [0_u8; NODE];
    query[..4].copy_from_slice(&VERSION.to_ne_bytes());
    let mut nodes = [0_u8; 200 * NODE];
    let used = setting(path, &mut nodes, &query)?;
    let mut nodes = nodes.get(..used).unwrap_or_default().chunks_exact(NODE);
    let found = nodes.find(|node| {
        let text = node.get(8..40).unwrap_or_default();
        text.split(|byte| *byte == 0).next() == Some(name)
    });
    found
        .and_then(|node| node.get(4..8)?.try_into().ok())
        .map(i32::from_ne_bytes)
        .ok_or(Errno::ENOENT)
}

/// `kern.osrevision`: `__NetBSD_Version__` of the kernel.
pub fn release() -> u32 {
    const OS_REVISION: [i32; 2] = [1, 3];
    let mut bytes = [0; 4];
    match setting(&OS_REVISION, &mut bytes, &[]) {
        Ok(_) => u32::from_ne_bytes(bytes),
        Err(_) => 0,
    }
}

/// struct kinfo_drivers of sys/sysctl.h: character and block device, name.
const DRIVER: usize = 32;

fn driver(name: &[u8], at: usize) -> Option<u32> {
    const DRIVERS: [i32; 2] = [1, 75];
    let mut drivers = [0_u8; 256 * DRIVER];
    let used = setting(&DRIVERS, &mut drivers, &[]).ok()?;
    let mut drivers = drivers.get(..used)?.chunks_exact(DRIVER);
    let found = drivers.find(|driver| {
        let text = driver.get(8..).unwrap_or_default();
        text.split(|byte| *byte == 0).next() == Some(name)
    })?;
    let number = i32::from_ne_bytes(found.get(at..at + 4)?.try_into().ok()?);
    u32::try_from(number).ok()
}

/// The number of a driver of character devices.
pub fn major(name: &[u8]) -> Option<u32> {
    driver(name, 0)
}

/// The number of a driver of block devices.
pub fn block_major(name: &[u8]) -> Option<u32> {
    driver(name, 4)
}
