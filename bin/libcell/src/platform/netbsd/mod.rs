//! NetBSD by raw system calls: no libc, no threads, no signal handlers.
//!
//! For amd64, aarch64, earmv7hf and MIPS o32 of both byte orders, NetBSD 9 and later. [`sys`] is the table of what is
//! called, [`layout`] of what is passed, [`arch`] of how.

mod arch;
mod at;
mod clock;
mod device;
mod disks;
mod entries;
mod files;
mod heap;
mod layout;
mod memory;
mod mount;
mod note;
mod path;
mod process;
mod queue;
pub mod raw;
mod release;
mod socket;
mod start;
mod sys;
mod terminal;

use alloc::string::String;

use super::{
    Clock, DeviceNumber, Dress, Errno, Event, Exit, Launch, Metadata, Mount, Mounted, Node, Open,
    Peer, Pid, Platform, Removal, SignalNumber, Space, Status, TerminalModes, Token, WindowSize,
    limits,
};
pub(super) use process::{LimitNumber, get_limit, set_limit};

/// An open descriptor.
#[derive(Debug)]
pub struct Fd(i32);

impl Fd {
    /// The descriptor that a call answered with.
    fn from_call(result: isize) -> Result<Self, Errno> {
        sys::check(result).map(|number| Self(number as i32))
    }

    const fn number(&self) -> i32 {
        self.0
    }

    /// As kevent(2) takes it.
    const fn index(&self) -> usize {
        self.0 as usize
    }
}

impl Drop for Fd {
    fn drop(&mut self) {
        // SAFETY: an integer, of which this was the only holder. What an error could say, fsync(2) said.
        unsafe { sys::close(self.0) };
    }
}

/// The operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Platform for System {
    type Fd = Fd;

    fn open(&self, path: &str, how: Open, mode: u32) -> Result<Fd, Errno> {
        files::open(path, how, mode)
    }

    fn read(&self, fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        files::read(fd, buffer)
    }

    fn write(&self, fd: &Fd, bytes: &[u8]) -> Result<usize, Errno> {
        files::write(fd, bytes)
    }

    fn sync(&self, fd: &Fd) -> Result<(), Errno> {
        files::sync(fd)
    }

    fn standard(&self, number: u8) -> Result<Fd, Errno> {
        // above the standard ones, so that nothing opened later takes the place of a closed one
        // SAFETY: integers.
        Fd::from_call(unsafe { sys::fcntl(i32::from(number), libc::F_DUPFD_CLOEXEC, 3) })
    }

    fn duplicate(&self, fd: &Fd) -> Result<Fd, Errno> {
        // SAFETY: integers.
        Fd::from_call(unsafe { sys::fcntl(fd.number(), libc::F_DUPFD_CLOEXEC, 3) })
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        files::metadata(path)
    }

    fn make_directory(&self, path: &str, mode: u32) -> Result<(), Errno> {
        files::make_directory(path, mode)
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        files::remove_directory(path)
    }

    fn unlink(&self, path: &str) -> Result<(), Errno> {
        files::unlink(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        files::rename(from, to)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        files::symlink(target, path)
    }

    fn set_owner(&self, path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        files::set_owner(path, uid, gid, mode)
    }

    fn open_at(&self, directory: &Fd, name: &[u8], how: Open, mode: u32) -> Result<Fd, Errno> {
        at::open(directory, name, how, mode)
    }

    fn metadata_of(&self, fd: &Fd) -> Result<Metadata, Errno> {
        at::metadata_of(fd)
    }

    fn metadata_at(&self, directory: &Fd, name: &[u8]) -> Result<Metadata, Errno> {
        at::metadata(directory, name)
    }

    fn make_directory_at(&self, directory: &Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
        at::make_directory(directory, name, mode)
    }

    fn remove_at(&self, directory: &Fd, name: &[u8], what: Removal) -> Result<(), Errno> {
        at::remove(directory, name, what)
    }

    fn rename_at(&self, directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        at::rename(directory, from, to)
    }

    fn symlink_at(&self, target: &str, directory: &Fd, name: &[u8]) -> Result<(), Errno> {
        at::symlink(target, directory, name)
    }

    fn read_link_at(&self, directory: &Fd, name: &[u8], buffer: &mut [u8]) -> Result<usize, Errno> {
        at::read_link(directory, name, buffer)
    }

    fn set_owner_of(&self, fd: &Fd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        at::set_owner(fd, uid, gid, mode)
    }

    fn names(&self, directory: &Fd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        at::names(directory, each)
    }

    fn space(&self, path: &str) -> Result<Space, Errno> {
        at::space(path)
    }

    fn memory(&self) -> Result<Space, Errno> {
        at::memory()
    }

    fn read_directory(&self, directory: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        entries::read_directory(directory, buffer)
    }

    fn status_at(&self, directory: &Fd, name: &[u8]) -> Result<Status, Errno> {
        entries::status(directory, name)
    }

    fn link_at(&self, directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        entries::link(directory, from, to)
    }

    fn make_node_at(&self, directory: &Fd, name: &[u8], node: Node) -> Result<(), Errno> {
        entries::make_node(directory, name, node)
    }

    fn dress_at(&self, directory: &Fd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
        entries::dress(directory, name, dress)
    }

    fn read_at(&self, fd: &Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        entries::read_at(fd, buffer, offset)
    }

    fn write_at(&self, fd: &Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        entries::write_at(fd, bytes, offset)
    }

    fn set_size(&self, fd: &Fd, size: u64) -> Result<(), Errno> {
        entries::set_size(fd, size)
    }

    fn is_terminal(&self, fd: &Fd) -> bool {
        device::is_terminal(fd)
    }

    fn mounts(&self, each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
        disks::mounts(each)
    }

    fn disks(&self, each: &mut dyn FnMut(&str, &str)) -> Result<(), Errno> {
        disks::disks(each)
    }

    fn pipe(&self) -> Result<(Fd, Fd), Errno> {
        files::pipe()
    }

    fn monotonic_ms(&self) -> u64 {
        clock::monotonic_ms()
    }

    fn clock(&self) -> Clock {
        clock::wall()
    }

    fn pid(&self) -> Pid {
        process::pid()
    }

    fn euid(&self) -> u32 {
        process::euid()
    }

    fn memory_used(&self) -> Option<u32> {
        Some(memory::used())
    }

    fn prefix(&self) -> &str {
        ""
    }

    fn variable(&self, name: &str) -> Option<String> {
        start::variable(name)
    }

    fn terminal_modes(&self, fd: &Fd) -> Result<TerminalModes, Errno> {
        terminal::modes(fd)
    }

    fn set_terminal_modes(&self, fd: &Fd, modes: &TerminalModes) -> Result<(), Errno> {
        terminal::set_modes(fd, modes)
    }

    fn window_size(&self, fd: &Fd) -> Result<WindowSize, Errno> {
        terminal::size(fd)
    }

    fn unsent(&self, fd: &Fd) -> Result<u32, Errno> {
        terminal::unsent(fd)
    }

    fn take_terminal(&self, fd: &Fd) -> Result<(), Errno> {
        terminal::take(fd)
    }

    fn open_cell_device(&self, path: &str) -> Result<Fd, Errno> {
        files::open(path, Open::ReadWrite, 0)
    }

    fn make_cell_node(&self, path: &str) -> Result<(), Errno> {
        device::make_cell_node(path)
    }

    fn cell_ioctl(&self, fd: &Fd, buffer: &mut [u8]) -> Result<(), Errno> {
        device::cell_ioctl(fd, buffer)
    }

    fn spawn(&self, launch: &Launch<'_, Fd>) -> Result<Pid, Errno> {
        process::spawn(launch)
    }

    fn fork(&self) -> Result<Option<Pid>, Errno> {
        process::fork()
    }

    fn exec(&self, launch: &Launch<'_, Fd>) -> Errno {
        process::exec(launch)
    }

    fn raise_descriptors(&self) -> Result<(), Errno> {
        limits::raise_descriptors()
    }

    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno> {
        process::reap()
    }

    fn kill(&self, pid: Pid, signal: SignalNumber) -> Result<(), Errno> {
        process::kill(pid, signal)
    }

    fn watch_signals(&self, signals: &[SignalNumber]) -> Result<(), Errno> {
        queue::watch_signals(signals)
    }

    fn watch_read(&self, fd: &Fd, token: Token) -> Result<(), Errno> {
        queue::watch_read(fd, token)
    }

    fn watch_write(&self, fd: &Fd, token: Token, watch: bool) -> Result<(), Errno> {
        queue::watch_write(fd, token, watch)
    }

    fn unwatch(&self, fd: &Fd) -> Result<(), Errno> {
        queue::unwatch(fd)
    }

    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
        queue::wait(events, timeout_ms)
    }

    fn listen(&self, path: &str, mode: u32) -> Result<Fd, Errno> {
        socket::listen(path, mode)
    }

    fn accept(&self, fd: &Fd) -> Result<Fd, Errno> {
        socket::accept(fd)
    }

    fn peer(&self, fd: &Fd) -> Result<Peer, Errno> {
        socket::peer(fd)
    }

    fn connect(&self, path: &str) -> Result<Fd, Errno> {
        socket::connect(path)
    }

    fn connect_datagram(&self, path: &str) -> Result<Fd, Errno> {
        socket::connect_datagram(path)
    }

    fn mount(&self, mount: &Mount<'_>) -> Result<(), Errno> {
        mount::mount(mount)
    }

    fn unmount(&self, path: &str) -> Result<(), Errno> {
        mount::unmount(path)
    }

    fn is_read_only(&self, path: &str) -> Result<bool, Errno> {
        files::is_read_only(path)
    }

    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno> {
        mount::device_number(path)
    }

    fn make_device(
        &self,
        path: &str,
        like: &str,
        mode: u32,
        uid: u32,
        gid: u32,
    ) -> Result<(), Errno> {
        mount::make_device(path, like, mode, uid, gid)
    }

    fn watchdog_arm(&self, path: &str, period_s: u32) -> Result<Fd, Errno> {
        device::watchdog_arm(path, period_s)
    }

    fn watchdog_feed(&self, fd: &Fd) -> Result<(), Errno> {
        device::watchdog_feed(fd)
    }

    fn watchdog_disarm(&self, fd: &Fd) -> Result<(), Errno> {
        device::watchdog_disarm(fd)
    }
}
