//! /dev/cell and the watchdog.

use core::ffi::c_void;

use super::layout::{WatchdogMode, WatchdogNames};
use super::path::Path;
use super::sys::{self, done};
use super::{Fd, files};
use crate::platform::{Errno, Open};

pub(super) fn ioctl(fd: &Fd, command: u32, data: *mut c_void) -> Result<(), Errno> {
    // SAFETY: the callers give what the command reads and writes.
    done(unsafe { sys::ioctl(fd.number(), command as usize, data) })
}

/// `{ CTL_KERN, KERN_DRIVERS }` (sys/sys/sysctl.h).
const DRIVERS: [i32; 2] = [1, 75];

/// struct kinfo_drivers of sys/sys/sysctl.h as words: majors of characters and of blocks, a name of 24 bytes.
type Driver = [u32; 8];

/// Most drivers that a kernel is believed to have.
const MAX_DRIVERS: usize = 512;

/// `cell` as the first word of a name; the first byte of the next is its end.
const CELL: u32 = u32::from_ne_bytes(*b"cell");

/// Makes the node of the module's device with the number that the kernel gave it when it was loaded.
pub(super) fn make_cell_node(path: &str) -> Result<(), Errno> {
    if !path.ends_with("/cell") {
        return Err(Errno::EINVAL);
    }
    let path = Path::new(path)?;
    let mut drivers: [Driver; MAX_DRIVERS] = [[0; 8]; MAX_DRIVERS];
    let mut size = size_of_val(&drivers);
    let to = drivers.as_mut_ptr().cast();
    // SAFETY: a name of two numbers, and room for as much as is said.
    done(unsafe { sys::sysctl(DRIVERS.as_ptr(), 2, to, &mut size, core::ptr::null(), 0) })?;
    for [character, _, name, end, ..] in &drivers {
        if *name == CELL && end.to_ne_bytes()[0] == 0 {
            // makedev() of sys/sys/types.h, of minor 0
            let number = u64::from(*character << 8);
            // SAFETY: a path that ends in NUL. Who makes it at the same moment makes the same.
            unsafe {
                sys::unlink(path.as_ptr());
                return done(sys::mknod(path.as_ptr(), libc::S_IFCHR | 0o600, number));
            }
        }
    }
    Err(Errno::ENXIO)
}

pub(super) fn cell_ioctl(fd: &Fd, buffer: &mut [u8]) -> Result<(), Errno> {
    if !cell_abi::frame::is_buffer_size(buffer.len()) {
        return Err(Errno::EINVAL);
    }
    let command = cell_abi::ioctl_command(buffer.len() as u16);
    ioctl(fd, command, buffer.as_mut_ptr().cast())
}

/// `_IOC` of sys/sys/ioccom.h.
pub(super) const fn command(direction: u32, group: u8, number: u8, size: usize) -> u32 {
    direction | ((size as u32) << 16) | ((group as u32) << 8) | number as u32
}

const VOID: u32 = 0x2000_0000;
pub(super) const OUT: u32 = 0x4000_0000;
pub(super) const IN: u32 = 0x8000_0000;

// sys/sys/wdog.h
const SET_MODE: u32 = command(IN, b'w', 1, size_of::<WatchdogMode>());
const WHICH: u32 = command(OUT, b'w', 2, size_of::<WatchdogMode>());
const TICKLE: u32 = command(VOID, b'w', 3, 0);
const NAMES: u32 = command(IN | OUT, b'w', 5, size_of::<WatchdogNames>());

const _: () = {
    assert!(SET_MODE == 0x8018_7701);
    assert!(TICKLE == 0x2000_7703);
};

const DISARMED: i32 = 0;
/// Fed by a program, and not disarmed by its end: what dies must not take the watchdog with it.
const EXTERNAL: i32 = 3;

/// `TIOCGETA` (sys/sys/ttycom.h), of struct termios (sys/sys/termios.h).
const GET_TERMINAL: u32 = command(OUT, b't', 19, 44);

pub(super) fn is_terminal(fd: &Fd) -> bool {
    let mut termios = [0_u32; 11];
    ioctl(fd, GET_TERMINAL, termios.as_mut_ptr().cast()).is_ok()
}

/// Watchdogs that a machine is believed to have at most.
const MAX_WATCHDOGS: usize = 16;

const NO_MODE: WatchdogMode = WatchdogMode {
    name: [0; 16],
    mode: DISARMED,
    period_s: 0,
};

/// The name of the watchdog attached last.
fn watchdog_name(fd: &Fd) -> Result<[u8; 16], Errno> {
    let mut names = [[0; 16]; MAX_WATCHDOGS];
    let mut list = WatchdogNames {
        names: core::ptr::null_mut(),
        count: 0,
    };
    // without room for names it tells how many there are; with room it does not ask how much
    ioctl(fd, NAMES, (&raw mut list).cast())?;
    match usize::try_from(list.count) {
        Ok(0) | Err(_) => return Err(Errno::ENODEV),
        Ok(count) if count > MAX_WATCHDOGS => return Err(Errno::E2BIG),
        Ok(_) => {}
    }
    list.names = names.as_mut_ptr().cast();
    ioctl(fd, NAMES, (&raw mut list).cast())?;
    let [name, ..] = names;
    Ok(name)
}

pub(super) fn watchdog_arm(path: &str, period_s: u32) -> Result<Fd, Errno> {
    let fd = files::open(path, Open::ReadWrite, 0)?;
    let mut mode = WatchdogMode {
        name: watchdog_name(&fd)?,
        mode: EXTERNAL,
        period_s,
    };
    match ioctl(&fd, SET_MODE, (&raw mut mode).cast()) {
        // a predecessor left it armed: begin anew with this period
        Err(Errno::EBUSY) => {
            watchdog_disarm(&fd)?;
            ioctl(&fd, SET_MODE, (&raw mut mode).cast())?;
        }
        armed => armed?,
    }
    Ok(fd)
}

pub(super) fn watchdog_feed(fd: &Fd) -> Result<(), Errno> {
    ioctl(fd, TICKLE, core::ptr::null_mut())
}

pub(super) fn watchdog_disarm(fd: &Fd) -> Result<(), Errno> {
    let mut mode = NO_MODE;
    ioctl(fd, WHICH, (&raw mut mode).cast())?;
    mode.mode = DISARMED;
    ioctl(fd, SET_MODE, (&raw mut mode).cast())
}
