//! The operating system, as the programs see it.
//!
//! One trait, [`Platform`], and one implementation for the system compiled for, [`System`]: raw system calls on
//! NetBSD (`netbsd/`), std and libc on Linux (`linux/`). Programs are generic over the trait, so that tests can put a
//! layer under them that fails, records or cuts the power.
//!
//! Paths are UTF-8 without NUL, at most 1023 bytes (ENAMETOOLONG above). No call retries EINTR for a caller that did
//! not ask for it: programs of this kind install no signal handlers, so there is none.

use alloc::string::String;

pub mod signal;

mod errno;
mod limits;
mod modes;
mod terminal;
mod text;
mod types;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "netbsd")]
mod netbsd;
// plain bookkeeping, tested where the tests run
#[cfg(all(test, not(target_os = "netbsd")))]
#[path = "netbsd/heap/mod.rs"]
mod heap;

#[cfg(target_os = "linux")]
pub use linux::System;
#[cfg(target_os = "netbsd")]
pub use netbsd::{System, raw};

pub use errno::Errno;
pub use terminal::{Flow, TerminalModes};
pub use text::utf8;
pub use types::{
    Clock, DeviceNumber, Dress, Event, Exit, FileKind, Group, Launch, Metadata, Mount, MountFlags,
    MountKind, Mounted, Node, Open, Peer, Pid, Removal, Resource, ResourceLimit, SignalNumber,
    Space, Status, Token, WindowSize,
};

/// Of the modes of new files, what a launched program's files do not get (umask(2)).
const NEW_FILES: u32 = 0o022;

/// What the programs need of the operating system. Every call may fail with what the system call of that name in the
/// manual (section 2) documents.
pub trait Platform {
    /// An open descriptor; closed when dropped.
    type Fd: core::fmt::Debug;

    // --- files ---

    /// open(2), always close-on-exec and never following into a controlling terminal (`O_NOCTTY`).
    fn open(&self, path: &str, how: Open, mode: u32) -> Result<Self::Fd, Errno>;
    /// read(2). 0 is the end.
    fn read(&self, fd: &Self::Fd, buffer: &mut [u8]) -> Result<usize, Errno>;
    /// write(2). May write less than given.
    fn write(&self, fd: &Self::Fd, bytes: &[u8]) -> Result<usize, Errno>;
    /// fsync(2).
    fn sync(&self, fd: &Self::Fd) -> Result<(), Errno>;
    /// Standard input (0), output (1) or error (2) as a descriptor of its own.
    fn standard(&self, number: u8) -> Result<Self::Fd, Errno>;
    /// Another descriptor of the same (`F_DUPFD_CLOEXEC` of fcntl(2)).
    fn duplicate(&self, fd: &Self::Fd) -> Result<Self::Fd, Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }
    /// lstat(2): links are not followed.
    fn metadata(&self, path: &str) -> Result<Metadata, Errno>;
    /// mkdir(2).
    fn make_directory(&self, path: &str, mode: u32) -> Result<(), Errno>;
    /// rmdir(2).
    fn remove_directory(&self, path: &str) -> Result<(), Errno>;
    /// unlink(2).
    fn unlink(&self, path: &str) -> Result<(), Errno>;
    /// rename(2).
    fn rename(&self, from: &str, to: &str) -> Result<(), Errno>;
    /// symlink(2).
    fn symlink(&self, target: &str, path: &str) -> Result<(), Errno>;
    /// lchown(2) and, unless it is a link, chmod(2).
    fn set_owner(&self, path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno>;

    // --- files of an open directory, one component of a path at a time; no link is ever followed ---

    /// openat(2) of a name in a directory, close-on-exec, neither following a link (ELOOP) nor waiting for the other end
    /// of a FIFO.
    fn open_at(
        &self,
        directory: &Self::Fd,
        name: &[u8],
        how: Open,
        mode: u32,
    ) -> Result<Self::Fd, Errno> {
        let _ = (directory, name, how, mode);
        Err(Errno::ENOSYS)
    }
    /// fstat(2).
    fn metadata_of(&self, fd: &Self::Fd) -> Result<Metadata, Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }
    /// fstatat(2) of a name in a directory.
    fn metadata_at(&self, directory: &Self::Fd, name: &[u8]) -> Result<Metadata, Errno> {
        let _ = (directory, name);
        Err(Errno::ENOSYS)
    }
    /// mkdirat(2).
    fn make_directory_at(&self, directory: &Self::Fd, name: &[u8], mode: u32) -> Result<(), Errno> {
        let _ = (directory, name, mode);
        Err(Errno::ENOSYS)
    }
    /// unlinkat(2), which removes empty directories too if that is what is asked for.
    fn remove_at(&self, directory: &Self::Fd, name: &[u8], what: Removal) -> Result<(), Errno> {
        let _ = (directory, name, what);
        Err(Errno::ENOSYS)
    }
    /// renameat(2) within a directory.
    fn rename_at(&self, directory: &Self::Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let _ = (directory, from, to);
        Err(Errno::ENOSYS)
    }
    /// symlinkat(2).
    fn symlink_at(&self, target: &str, directory: &Self::Fd, name: &[u8]) -> Result<(), Errno> {
        let _ = (target, directory, name);
        Err(Errno::ENOSYS)
    }
    /// readlinkat(2): how many bytes of the target there are; one that does not fit is cut.
    fn read_link_at(
        &self,
        directory: &Self::Fd,
        name: &[u8],
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        let _ = (directory, name, buffer);
        Err(Errno::ENOSYS)
    }
    /// fchown(2), then fchmod(2).
    fn set_owner_of(&self, fd: &Self::Fd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        let _ = (fd, uid, gid, mode);
        Err(Errno::ENOSYS)
    }
    /// Tells the names in a directory that was just opened, `.` and `..` left out.
    fn names(&self, directory: &Self::Fd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        let _ = (directory, each);
        Err(Errno::ENOSYS)
    }
    /// Some of the names in a directory, those that were not told before by this descriptor, each ended by NUL, `.` and `..`
    /// left out: how many bytes of the buffer they are, 0 at the end. The buffer has 1 KiB or more.
    fn read_directory(&self, directory: &Self::Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let _ = (directory, buffer);
        Err(Errno::ENOSYS)
    }
    /// All of fstatat(2).
    fn status_at(&self, directory: &Self::Fd, name: &[u8]) -> Result<Status, Errno> {
        let _ = (directory, name);
        Err(Errno::ENOSYS)
    }
    /// linkat(2) within a directory.
    fn link_at(&self, directory: &Self::Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        let _ = (directory, from, to);
        Err(Errno::ENOSYS)
    }
    /// mknodat(2) or mkfifoat(2), without any permission.
    fn make_node_at(&self, directory: &Self::Fd, name: &[u8], node: Node) -> Result<(), Errno> {
        let _ = (directory, name, node);
        Err(Errno::ENOSYS)
    }
    /// fchownat(2), fchmodat(2), utimensat(2) of a name in a directory.
    fn dress_at(&self, directory: &Self::Fd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
        let _ = (directory, name, dress);
        Err(Errno::ENOSYS)
    }

    // --- places in a file ---

    /// pread(2).
    fn read_at(&self, fd: &Self::Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let _ = (fd, buffer, offset);
        Err(Errno::ENOSYS)
    }
    /// pwrite(2). May write less than given.
    fn write_at(&self, fd: &Self::Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        let _ = (fd, bytes, offset);
        Err(Errno::ENOSYS)
    }
    /// ftruncate(2).
    fn set_size(&self, fd: &Self::Fd, size: u64) -> Result<(), Errno> {
        let _ = (fd, size);
        Err(Errno::ENOSYS)
    }

    /// How large the file system that `path` is on is, and how much of it is free (statvfs(2)).
    fn space(&self, path: &str) -> Result<Space, Errno> {
        let _ = path;
        Err(Errno::ENOSYS)
    }
    /// How much memory the machine has, and how much of it is free.
    fn memory(&self) -> Result<Space, Errno> {
        Err(Errno::ENOSYS)
    }

    /// A pipe (reading end, writing end), both close-on-exec. Reading does not block; writing does: the writing end is
    /// what a program gets as its standard output, and few expect EAGAIN there.
    fn pipe(&self) -> Result<(Self::Fd, Self::Fd), Errno>;

    /// Whether it is a terminal (isatty(3)).
    fn is_terminal(&self, fd: &Self::Fd) -> bool {
        let _ = fd;
        false
    }
    /// Whether a terminal of this program can do no more than write line after line: `TERM` is not set, `dumb` or `unknown`.
    fn is_dumb(&self) -> bool {
        matches!(
            self.variable("TERM").as_deref(),
            None | Some("" | "dumb" | "unknown")
        )
    }

    // --- time and identity ---

    /// Milliseconds since some point before start; does not jump (`CLOCK_MONOTONIC`).
    fn monotonic_ms(&self) -> u64;
    /// Wall-clock time, for messages only.
    fn clock(&self) -> Clock;
    /// This process.
    fn pid(&self) -> Pid;
    /// Effective user.
    fn euid(&self) -> u32;

    /// Bytes that this program's allocations take, where the platform counts them.
    fn memory_used(&self) -> Option<u32> {
        None
    }

    /// Prefix of all of the device's own paths: empty on NetBSD; on Linux the root directory of the simulated device
    /// (`PICOCELL_PREFIX`, otherwise `/run/picocell/root` or `$XDG_RUNTIME_DIR/picocell/root`).
    fn prefix(&self) -> &str;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    // --- terminals ---

    /// How a terminal is set (tcgetattr(3)). ENOTTY for anything else.
    fn terminal_modes(&self, fd: &Self::Fd) -> Result<TerminalModes, Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }
    /// Sets a terminal at once, whatever of the output is under way (tcsetattr(3)).
    fn set_terminal_modes(&self, fd: &Self::Fd, modes: &TerminalModes) -> Result<(), Errno> {
        let _ = (fd, modes);
        Err(Errno::ENOSYS)
    }
    /// How large the terminal's screen is (tcgetwinsize(3)).
    fn window_size(&self, fd: &Self::Fd) -> Result<WindowSize, Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }
    /// Bytes that were written to a terminal and are not on the line yet (`TIOCOUTQ`); a pseudo terminal says 0.
    fn unsent(&self, fd: &Self::Fd) -> Result<u32, Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }
    /// Makes this program's process group the one that the terminal's keys are for (tcsetpgrp(3)).
    fn take_terminal(&self, fd: &Self::Fd) -> Result<(), Errno> {
        let _ = fd;
        Err(Errno::ENOSYS)
    }

    // --- the cell device ---

    /// Opens `/dev/cell`. Reading gives the event stream from now on.
    fn open_cell_device(&self, path: &str) -> Result<Self::Fd, Errno>;
    /// Makes the node of the cell device, of mode 0600: nobody's MAKEDEV(8) knows it, and its number is another in every
    /// kernel. One that is there gives way. ENXIO where no module is loaded, and on Linux, which has no node; EINVAL for a
    /// name other than `cell`, which would be somebody else's.
    fn make_cell_node(&self, path: &str) -> Result<(), Errno> {
        let _ = path;
        Err(Errno::ENXIO)
    }
    /// The ioctl of `cell_abi`; `buffer` is of one of its sizes. Not for Enter: that is [`Launch::enter`].
    fn cell_ioctl(&self, fd: &Self::Fd, buffer: &mut [u8]) -> Result<(), Errno>;

    // --- processes ---

    /// Starts a process as described. On failure nothing runs; the error is that of the step that failed in the child
    /// (for instance ENOENT from execve(2)).
    ///
    /// On NetBSD a signal that is sent before the program has begun can be lost: execve(2) forgets what came while it
    /// was at work. Who must be sure that a process ends asks again.
    fn spawn(&self, launch: &Launch<'_, Self::Fd>) -> Result<Pid, Errno>;
    /// fork(2): the child, or nothing in it. Only before anything is waited for: what is watched is not the child's.
    fn fork(&self) -> Result<Option<Pid>, Errno> {
        Err(Errno::ENOSYS)
    }
    /// Becomes the process described: returns only if a step fails, after which the caller can only report and exit.
    fn exec(&self, launch: &Launch<'_, Self::Fd>) -> Errno;
    /// Raises this program's own soft limit of open descriptors to the hard one (`RLIMIT_NOFILE`). What [`Self::spawn`]
    /// starts has the soft limit from before, unless its launch says another.
    fn raise_descriptors(&self) -> Result<(), Errno> {
        Ok(())
    }
    /// A child that has ended, without waiting: `None` when none has, ECHILD when there are no children.
    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno>;
    /// kill(2); a negative pid is a process group.
    fn kill(&self, pid: Pid, signal: SignalNumber) -> Result<(), Errno>;

    // --- waiting: one queue a process, no periodic tick ---

    /// Begins to turn these signals into [`Event::Signal`] instead of their action, ignored ones too. Once, at start.
    /// What [`Self::spawn`] starts has every signal back at its default.
    fn watch_signals(&self, signals: &[SignalNumber]) -> Result<(), Errno>;
    /// Reports [`Event::Readable`] with this token while `fd` can be read (or has ended).
    fn watch_read(&self, fd: &Self::Fd, token: Token) -> Result<(), Errno>;
    /// Reports [`Event::Writable`] with this token while `fd` can be written; on or off. Reading stays as it was.
    fn watch_write(&self, fd: &Self::Fd, token: Token, watch: bool) -> Result<(), Errno>;
    /// Forgets `fd`. Call before dropping it.
    fn unwatch(&self, fd: &Self::Fd) -> Result<(), Errno>;
    /// Waits until something happens or `timeout_ms` is over (`None`: for ever). The number of events written;
    /// 0 is the timeout.
    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno>;

    // --- local sockets ---

    /// A listening stream socket at `path` (replaced if it is a socket nobody listens on), not blocking.
    fn listen(&self, path: &str, mode: u32) -> Result<Self::Fd, Errno>;
    /// A connection, not blocking. EAGAIN when there is none.
    fn accept(&self, fd: &Self::Fd) -> Result<Self::Fd, Errno>;
    /// Who is at the other end of a connection, as of when it was made.
    fn peer(&self, fd: &Self::Fd) -> Result<Peer, Errno>;
    /// Connects to a stream socket; blocking.
    fn connect(&self, path: &str) -> Result<Self::Fd, Errno>;
    /// Connects to a datagram socket (syslogd's); not blocking.
    fn connect_datagram(&self, path: &str) -> Result<Self::Fd, Errno>;

    // --- mounts and devices ---

    /// Mounts. The target exists.
    fn mount(&self, mount: &Mount<'_>) -> Result<(), Errno>;
    /// Unmounts what was mounted last at `path`, and whatever [`Self::make_device`] mounted on it. EINVAL when nothing
    /// is mounted there, which changes nothing.
    fn unmount(&self, path: &str) -> Result<(), Errno>;
    /// Whether the file system that `path` is on is mounted read-only (statvfs(2), `ST_RDONLY`).
    fn is_read_only(&self, path: &str) -> Result<bool, Errno> {
        let _ = path;
        Err(Errno::ENOSYS)
    }
    /// Tells what is mounted (getvfsstat(2)).
    fn mounts(&self, each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
        let _ = each;
        Err(Errno::ENOSYS)
    }
    /// Tells the block devices on which there may be a file system, disks and their partitions, each with the node that is
    /// read without the buffer cache (sysctl(3), `hw.disknames`; on Linux the block nodes below the prefix).
    fn disks(&self, each: &mut dyn FnMut(&str, &str)) -> Result<(), Errno> {
        let _ = each;
        Err(Errno::ENOSYS)
    }
    /// The number of the device node at `path`; ENODEV if it is none.
    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno>;
    /// Makes a node at `path` for the device that the host's node `like` is.
    fn make_device(
        &self,
        path: &str,
        like: &str,
        mode: u32,
        uid: u32,
        gid: u32,
    ) -> Result<(), Errno>;

    // --- watchdog ---

    /// Arms the watchdog at `path` with a period in seconds; it resets the machine unless fed within that time. One that
    /// is armed already gets the new period. ENODEV, ENXIO or ENOENT where there is none.
    fn watchdog_arm(&self, path: &str, period_s: u32) -> Result<Self::Fd, Errno>;
    /// Feeds it. On NetBSD ESRCH when it is not armed any more.
    fn watchdog_feed(&self, fd: &Self::Fd) -> Result<(), Errno>;
    /// Disarms it.
    fn watchdog_disarm(&self, fd: &Self::Fd) -> Result<(), Errno>;
}
