//! Modules, nodes, sysctl(3) and the end of the machine.

use alloc::vec;
use alloc::vec::Vec;

use libcell::platform::{Errno, raw};

use super::{address, done, place, terminated};

const SYNC: usize = 36;
const SYSCTL: usize = 202;
const REBOOT: usize = 208;
const MODCTL: usize = 246;
const MKNOD: usize = 450;

/// `S_IFCHR` and `S_IFBLK`, for [`make_node`].
pub const CHARACTER: u32 = 0o020_000;
/// See [`CHARACTER`].
pub const BLOCK: u32 = 0o060_000;

/// mknod(2), replacing what is there. `kind` is [`CHARACTER`] or [`BLOCK`].
///
/// # Errors
/// Those of the call.
pub fn make_node(path: &str, kind: u32, mode: u32, major: u32, minor: u32) -> Result<(), Errno> {
    let path = terminated(path);
    // makedev() of sys/sys/types.h
    let (major, minor) = (u64::from(major), u64::from(minor));
    let device = (major << 8 & 0xf_ff00) | (minor << 12 & 0xfff0_0000) | (minor & 0xff);
    let words = raw::words(device);
    let mut all = vec![address(path.as_slice()), (kind | mode) as usize];
    all.extend_from_slice(&words);
    // SAFETY: a path that ends in NUL, integers.
    done(unsafe { raw::call(MKNOD, &all) })
}

/// struct modctl_load of sys/sys/module.h.
#[repr(C)]
struct Load {
    path: *const u8,
    flags: i32,
    properties: *const u8,
    size: usize,
}

/// Loads the module at a path (modctl(2)).
///
/// # Errors
/// EPERM, ENOENT, ENOEXEC, EEXIST when it is loaded, what its initialisation said.
pub fn load_module(path: &str) -> Result<(), Errno> {
    let path = terminated(path);
    let load = Load {
        path: path.as_ptr(),
        flags: 0,
        properties: core::ptr::null(),
        size: 0,
    };
    // SAFETY: MODCTL_LOAD reads the structure, and the path in it, which ends in NUL.
    done(unsafe { raw::call(MODCTL, &[0, address(&load)]) })
}

/// Unloads a module by its name.
///
/// # Errors
/// EBUSY, ENOENT.
pub fn unload_module(name: &str) -> Result<(), Errno> {
    let name = terminated(name);
    // SAFETY: MODCTL_UNLOAD reads a name that ends in NUL.
    done(unsafe { raw::call(MODCTL, &[1, address(name.as_slice())]) })
}

/// sysctl(3): everything that the node answers.
///
/// # Errors
/// ENOENT, EPERM, ENOMEM when it grows faster than room is made.
pub fn sysctl(name: &[i32], new: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut size = ask(name, &mut [], new)?;
    for _ in 0..8 {
        // some answers grow while they are made
        let mut buffer = vec![0; size + size / 8 + 64];
        match ask(name, &mut buffer, new) {
            Ok(used) => {
                buffer.truncate(used);
                return Ok(buffer);
            }
            Err(Errno::ENOMEM) => size = buffer.len() * 2,
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::ENOMEM)
}

fn ask(name: &[i32], old: &mut [u8], new: &[u8]) -> Result<usize, Errno> {
    let mut size = old.len();
    let old = if old.is_empty() { 0 } else { place(old) };
    let input = if new.is_empty() { 0 } else { address(new) };
    // SAFETY: a name and its length, room and its size, input and its size.
    unsafe {
        raw::call(
            SYSCTL,
            &[
                address(name),
                name.len(),
                old,
                place(&mut size),
                input,
                new.len(),
            ],
        )
    }?;
    Ok(size)
}

/// struct sysctlnode of sys/sys/sysctl.h: its size, where its number and its name are.
const NODE: usize = 96;
const CTL_QUERY: i32 = -2;
const SYSCTL_VERSION: u32 = 0x0100_0000;

/// What a name of words resolves to.
pub type Node = Vec<i32>;

/// A node by its names, as `kern`, `pool`.
///
/// # Errors
/// ENOENT.
pub fn sysctl_by_name(names: &[&str]) -> Result<Node, Errno> {
    let mut node: Node = Vec::new();
    for name in names {
        let mut query = [0; NODE];
        query[..4].copy_from_slice(&SYSCTL_VERSION.to_ne_bytes());
        node.push(CTL_QUERY);
        let children = sysctl(&node, &query)?;
        node.pop();
        node.push(child(&children, name).ok_or(Errno::ENOENT)?);
    }
    Ok(node)
}

fn child(children: &[u8], name: &str) -> Option<i32> {
    children.chunks_exact(NODE).find_map(|node| {
        let number = node.get(4..8)?;
        let text = node.get(8..40)?;
        let end = text.iter().position(|byte| *byte == 0)?;
        (text.get(..end)? == name.as_bytes())
            .then(|| number.try_into().ok().map(i32::from_ne_bytes))?
    })
}

/// How the machine ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `RB_AUTOBOOT`: QEMU ends when it is run with -no-reboot, on every machine.
    Restart,
}

/// sync(2) and reboot(2).
pub fn restart(how: Outcome) -> Errno {
    let howto = match how {
        Outcome::Restart => 0,
    };
    // SAFETY: takes nothing.
    let _ = unsafe { raw::call(SYNC, &[]) };
    // SAFETY: an integer, and no text because RB_STRING is not given.
    match unsafe { raw::call(REBOOT, &[howto, 0]) } {
        Ok(_) => Errno::EINVAL,
        Err(errno) => errno,
    }
}
