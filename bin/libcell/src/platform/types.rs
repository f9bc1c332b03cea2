//! The words the platform trait is written in.

use cell_abi::{DeviceKind, Handle};

/// A process.
pub type Pid = i32;

/// A signal by its number on this system.
pub type SignalNumber = u8;

/// What a watched descriptor is to the watcher.
pub type Token = u32;

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Read only.
    Read,
    /// Write only; must exist.
    Write,
    /// Read and write; must exist.
    ReadWrite,
    /// Write only; made, or emptied if it exists.
    Truncate,
    /// Write only; made, EEXIST if it exists. Does not follow a link.
    CreateNew,
    /// Write only at the end; made if it does not exist.
    Append,
    /// A directory, to sync it.
    Directory,
    /// Read and write a terminal or a serial line; nothing waits, not for a carrier either.
    Terminal,
    /// Write only; made. Nobody else has it open so as long as this descriptor or a copy of it is: EAGAIN (flock(2)).
    Lock,
}

/// What a terminal shows at a time; zeros where nobody has told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// What is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Anything but a directory.
    File,
    /// An empty directory.
    Directory,
}

/// Room, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// All of it.
    pub total_kib: u64,
    /// What is free.
    pub free_kib: u64,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Regular file.
    File,
    /// Directory.
    Directory,
    /// Symbolic link.
    Link,
    /// Character or block device.
    Device,
    /// Socket.
    Socket,
    /// Anything else.
    Other,
}

/// Of lstat(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, set-id and sticky included.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
}

/// What else an archive keeps of a file than its [`Metadata`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The rest.
    pub metadata: Metadata,
    /// What it is if it is a node.
    pub node: Option<Node>,
    /// When it was modified.
    pub modified: Clock,
    /// The file system that it is on, by a number.
    pub file_system: u64,
    /// Its number there.
    pub number: u64,
    /// How many names it has.
    pub links: u32,
    /// What it takes, in 512 bytes.
    pub blocks: u64,
}

/// A node that is made by mknod(2) or mkfifo(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A named pipe.
    Fifo,
    /// A device.
    Device(DeviceNumber),
}

/// What is to be so of a file: owner, permission bits, time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dress {
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits, set-id and sticky included; `None` for a link, which has none.
    pub mode: Option<u32>,
    /// When it was modified, and as if it had been read then.
    pub modified: Clock,
}

/// A mount that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mounted<'a> {
    /// A device, or the directory that is shown.
    pub from: &'a str,
    /// Where.
    pub on: &'a str,
}

/// Wall-clock time, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds.
    pub nanoseconds: u32,
}

/// A device node's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceNumber {
    /// Character or block.
    pub kind: DeviceKind,
    /// Driver.
    pub major: u32,
    /// Unit.
    pub minor: u32,
}

/// A numeric group.
pub type Group = u32;

/// A resource of getrlimit(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Open descriptors.
    NoFile,
    /// Address space in bytes.
    AddressSpace,
    /// Core file in bytes.
    Core,
    /// Data segment in bytes.
    Data,
    /// Stack in bytes.
    Stack,
    /// File size in bytes.
    FileSize,
    /// CPU time in seconds.
    Cpu,
    /// Locked memory in bytes.
    LockedMemory,
}

/// A limit, soft and hard at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimit {
    /// Of what.
    pub resource: Resource,
    /// How much.
    pub value: u64,
}

/// A program to start, and what to do in the new process before it: in the order of the fields. First of all, no signal
/// is blocked or ignored any more, and the mask of the modes of new files is 022 (umask(2)), whoever launches.
#[derive(Debug)]
pub struct Launch<'a, Fd> {
    /// Program and arguments. The program is a path, looked up nowhere, resolved after `enter`.
    pub command: &'a [&'a str],
    /// The whole environment, `NAME=value`.
    pub environment: &'a [&'a str],
    /// setsid(2): its own session and process group, no controlling terminal.
    pub new_session: bool,
    /// Descriptors 0, 1 and 2; `None` is /dev/null of the host, opened before `enter`. All others are closed.
    pub stdio: [Option<&'a Fd>; 3],
    /// setrlimit(2), soft and hard.
    pub limits: &'a [ResourceLimit],
    /// Enter this cell through the device, with the device's path. Until here the process is the host's.
    pub enter: Option<(&'a str, Handle)>,
    /// chdir(2), after `enter`.
    pub directory: &'a str,
    /// setgroups(2), setgid(2), setuid(2); `None` leaves all three.
    pub user: Option<(u32, Group, &'a [Group])>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// exit(3) with this status.
    Code(u8),
    /// Killed by this signal.
    Signal(SignalNumber),
}

/// What a wait brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A watched signal came, once or more.
    Signal(SignalNumber),
    /// The descriptor of this token can be read, or has ended.
    Readable(Token),
    /// The descriptor of this token can be written.
    Writable(Token),
}

/// Who is at the other end of a local socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Process, when the connection was made.
    pub pid: Pid,
    /// Effective user.
    pub uid: u32,
    /// Effective group.
    pub gid: u32,
}

/// What to mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind<'a> {
    /// Another directory (mount_null(8); on Linux a bind mount).
    Null {
        /// The directory to show.
        from: &'a str,
    },
    /// A memory file system (mount_tmpfs(8)).
    Tmpfs {
        /// Most bytes it may hold.
        size: u64,
        /// Mode of its root directory.
        mode: u32,
        /// Owner of its root directory.
        uid: u32,
        /// Group of its root directory.
        gid: u32,
    },
    /// Pseudo terminals (mount_ptyfs(8); on Linux a new devpts).
    Ptyfs,
    /// A FAT file system on a block device (mount_msdos(8); on Linux vfat). All of it belongs to one user.
    Msdos {
        /// The block device.
        device: &'a str,
        /// Owner of everything.
        uid: u32,
        /// Group of everything.
        gid: u32,
        /// Permission bits of everything, files and directories.
        mode: u32,
    },
    /// A UFS file system on a block device (mount_ffs(8)). Linux has none: ENODEV.
    Ffs {
        /// The block device.
        device: &'a str,
    },
    /// An ext2 file system on a block device (mount_ext2fs(8)).
    Ext2 {
        /// The block device.
        device: &'a str,
    },
}

/// Restrictions of a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountFlags {
    /// No writing.
    pub read_only: bool,
    /// Set-id bits do nothing.
    pub no_suid: bool,
    /// Device nodes cannot be opened.
    pub no_dev: bool,
    /// Files cannot be executed.
    pub no_exec: bool,
}

/// A mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// What.
    pub kind: MountKind<'a>,
    /// Where.
    pub target: &'a str,
    /// How.
    pub flags: MountFlags,
}
