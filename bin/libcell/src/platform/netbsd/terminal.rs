//! Terminals: tty(4).

use core::mem::MaybeUninit;

use super::Fd;
use super::device::{IN, OUT, command, ioctl};
use super::sys::{self, check};
use crate::platform::{Errno, TerminalModes, WindowSize};

// sys/sys/ttycom.h
const GET_MODES: u32 = command(OUT, b't', 19, size_of::<libc::termios>());
const SET_MODES: u32 = command(IN, b't', 20, size_of::<libc::termios>());
const WINDOW_SIZE: u32 = command(OUT, b't', 104, size_of::<[u16; 4]>());
const UNSENT: u32 = command(OUT, b't', 115, size_of::<i32>());
const SET_GROUP: u32 = command(IN, b't', 118, size_of::<i32>());

const _: () = {
    assert!(GET_MODES == 0x402c_7413);
    assert!(SET_MODES == 0x802c_7414);
    assert!(WINDOW_SIZE == 0x4008_7468);
    assert!(UNSENT == 0x4004_7473);
    assert!(SET_GROUP == 0x8004_7476);
};

pub(super) fn modes(fd: &Fd) -> Result<TerminalModes, Errno> {
    let mut modes = MaybeUninit::<libc::termios>::zeroed();
    ioctl(fd, GET_MODES, modes.as_mut_ptr().cast())?;
    // SAFETY: integers only, zero where the kernel wrote nothing.
    Ok(TerminalModes(unsafe { modes.assume_init() }))
}

pub(super) fn set_modes(fd: &Fd, modes: &TerminalModes) -> Result<(), Errno> {
    let mut modes = modes.0;
    ioctl(fd, SET_MODES, (&raw mut modes).cast())
}

pub(super) fn size(fd: &Fd) -> Result<WindowSize, Errno> {
    let mut size = [0; 4];
    ioctl(fd, WINDOW_SIZE, size.as_mut_ptr().cast())?;
    let [rows, columns, _, _]: [u16; 4] = size;
    Ok(WindowSize { columns, rows })
}

pub(super) fn unsent(fd: &Fd) -> Result<u32, Errno> {
    let mut count: i32 = 0;
    ioctl(fd, UNSENT, (&raw mut count).cast())?;
    Ok(u32::try_from(count).unwrap_or(0))
}

pub(super) fn take(fd: &Fd) -> Result<(), Errno> {
    // SAFETY: takes nothing; cannot fail.
    let mut group = check(unsafe { sys::getpgrp() })? as i32;
    ioctl(fd, SET_GROUP, (&raw mut group).cast())
}
