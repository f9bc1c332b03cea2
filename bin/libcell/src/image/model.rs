//! The body of `cells.bin`. Everything is resolved: numbers instead of names, indices instead of references, absolute
//! paths. Strings are borrowed from the bytes read.

use alloc::vec::Vec;

use cell_abi::{Access, CellName, Limits, OpSet, Profile, Reservations, RootPath};
use serde::{Deserialize, Serialize};

/// A whole image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image<'a> {
    /// The board it is for.
    #[serde(borrow)]
    pub board: Board<'a>,
    /// Volumes, by name.
    #[serde(borrow)]
    pub volumes: Vec<Volume<'a>>,
    /// Cells, dependencies before dependents.
    #[serde(borrow)]
    pub cells: Vec<Cell<'a>>,
}

/// What is true of the whole device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board<'a> {
    /// Its name.
    pub name: &'a str,
    /// `arch` as in `--arch` of the scripts: amd64, aarch64, armv7, mipsel, mipseb.
    pub arch: &'a str,
    /// Seal the kernel once all autostart cells have been started.
    pub sealed: bool,
    /// A device that has no key to verify this image with refuses it.
    pub signed: bool,
    /// For a device whose own image was refused.
    pub rescue: bool,
    /// A hardware watchdog to feed.
    #[serde(borrow)]
    pub watchdog: Option<Watchdog<'a>>,
    /// RAM in KiB.
    pub ram_kib: u32,
    /// Flash in KiB.
    pub flash_kib: u32,
    /// What the cells' roots take together in KiB, files that several of them have counted once.
    pub roots_kib: u32,
    /// RAM in KiB that the system's own memory file systems take when they are full.
    pub system_ram_kib: u32,
    /// What all of it may take.
    pub budget: Budget,
    /// Path of syslogd's socket on the device.
    pub syslog: &'a str,
    /// At boot a disk with a recovery order that is signed by the device's key is looked for, and the order carried out
    /// (cellrescue(8)).
    pub recovery: bool,
}

/// What a board's cells may take, in KiB; 0 is no budget of its own. For people and builds: nothing on the device reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// RAM of all cells at their limits, memory file systems and log rings included.
    pub ram_kib: u32,
    /// Flash of `cells.bin`.
    pub image_kib: u32,
    /// Flash of each root.
    pub root_kib: u32,
    /// Flash of all roots, files that several of them have counted once.
    pub roots_kib: u32,
    /// Flash of the volumes when full.
    pub volumes_kib: u32,
    /// Flash of the toolkit: its programs and the kernel module.
    pub toolkit_kib: u32,
    /// Flash of a whole root file system: kernel, system, toolkit, image and roots.
    pub system_kib: u32,
}

/// A hardware watchdog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchdog<'a> {
    /// Its device node.
    pub device: &'a str,
    /// It resets the machine when not fed for so many seconds; it is fed at a third of it.
    pub period_s: u32,
}

/// A directory that outlives its cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// Where it is on the device.
    pub path: &'a str,
    /// Mode of its directory.
    pub mode: u32,
    /// Owner of its directory.
    pub uid: u32,
    /// Group of its directory.
    pub gid: u32,
    /// What it may come to hold, in KiB; for budgets.
    pub budget_kib: u32,
    /// What its archives may have.
    pub allow: Allow,
}

/// What an archive of a volume may have that is refused otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allow {
    /// Device nodes.
    pub devices: bool,
    /// Set-user-id and set-group-id bits.
    pub set_id: bool,
}

/// A cell and its service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// One line for people.
    pub description: &'a str,
    /// Its root on the device, read-only.
    #[serde(borrow)]
    pub root: RootPath<'a>,
    /// Started at boot.
    pub autostart: bool,
    /// The watchdog is fed only while this one is well.
    pub critical: bool,
    /// The profile its policy was made from.
    pub profile: Profile,
    /// What it may still ask of the other security models.
    pub may: OpSet,
    /// Its ports.
    pub reservations: Reservations,
    /// Device nodes made in its `/dev` and permitted to it, the standard ones included.
    #[serde(borrow)]
    pub devices: Vec<DeviceNode<'a>>,
    /// Limits that the kernel knows.
    pub limits: Limits,
    /// Further limits set before the service starts.
    pub caps: Vec<ResourceCap>,
    /// Program and arguments; the program is a path in the root.
    #[serde(borrow)]
    pub command: Vec<&'a str>,
    /// The whole environment, each `NAME=value`, as execve(2) takes it.
    #[serde(borrow)]
    pub environment: Vec<&'a str>,
    /// Working directory in the root.
    pub directory: &'a str,
    /// User; never 0 unless the definition says so.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Indices of cells that must be ready before this one starts; all smaller than its own.
    pub depends: Vec<u8>,
    /// When to start it again.
    pub restart: Restart,
    /// Milliseconds between TERM and the Kill of the whole cell.
    pub stop_grace_ms: u32,
    /// When it counts as ready.
    pub readiness: Readiness,
    /// How its health is asked.
    #[serde(borrow)]
    pub health: Option<Health<'a>>,
    /// Where its output goes.
    #[serde(borrow)]
    pub log: Log<'a>,
    /// Mounts in its root, in the order to make them.
    #[serde(borrow)]
    pub mounts: Vec<MountEntry<'a>>,
    /// What is made to be so on its volumes before the service starts, in order.
    #[serde(borrow)]
    pub plan: Vec<PlanStep<'a>>,
    /// SHA-256 over what its root was laid out from.
    pub root_digest: [u8; 32],
    /// What its root takes, in KiB, rounded up; for budgets.
    pub root_kib: u32,
}

/// A device node. Its number is the host's at create time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceNode<'a> {
    /// Path on the host and, the same, in the cell: `/dev/null`.
    pub path: &'a str,
    /// What the cell may do with it.
    pub access: Access,
    /// A driver with a node for each user (pseudo terminals): every minor number is permitted and no node is made.
    pub any_minor: bool,
}

/// A resource limit the kernel part of picocell does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceCap {
    /// Data segment, KiB.
    DataKib(u32),
    /// Stack, KiB.
    StackKib(u32),
    /// File size, KiB.
    FileSizeKib(u32),
    /// CPU time, seconds.
    CpuS(u32),
    /// Locked memory, KiB.
    LockedKib(u32),
}

/// When to start again what ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RestartPolicy {
    /// However it ended.
    Always,
    /// Unless it ended with status 0.
    OnFailure,
    /// Never.
    Never,
}

/// Restarting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// When.
    pub policy: RestartPolicy,
    /// After so many failed runs in a row, none of them [`Self::stable_ms`] long, the cell is in its crash loop state and stays down;
    /// 0 is never.
    pub max_failures: u16,
    /// A run of so many milliseconds resets the count and the delay.
    pub stable_ms: u32,
}

/// When a service counts as ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// As soon as it was executed.
    Started,
    /// When its first health command has succeeded.
    Healthy,
    /// When it has run for so many milliseconds.
    After(u32),
    /// When it has exited with status 0 (a preparation for others).
    Exited,
}

/// A health command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health<'a> {
    /// Program and arguments, run in the cell as its user under its limits. Status 0 is well.
    #[serde(borrow)]
    pub command: Vec<&'a str>,
    /// Milliseconds from the end of one to the start of the next.
    pub interval_ms: u32,
    /// It is killed and has failed after so many milliseconds.
    pub timeout_ms: u32,
    /// So many failures in a row and the service is restarted.
    pub retries: u8,
    /// Failures in the first so many milliseconds of a run do not count.
    pub start_period_ms: u32,
}

/// Syslog facility, by its number in `<syslog.h>` shifted down by three: 3 is daemon, 16 is local0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facility(pub u8);

/// Syslog level, 0 emerg to 7 debug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u8);

/// Where output goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log<'a> {
    /// Facility of both streams.
    pub facility: Facility,
    /// Level of standard output.
    pub stdout: Level,
    /// Level of standard error.
    pub stderr: Level,
    /// Tag, at most 63 bytes.
    pub tag: &'a str,
    /// Bytes of the RAM ring.
    pub ring: u32,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountSource {
    /// The volume of that index.
    Volume(u8),
    /// A memory file system of so many KiB, owned by the cell's user.
    Tmpfs {
        /// Most it may hold.
        size_kib: u32,
        /// Mode of its directory.
        mode: u32,
    },
}

/// A mount in a cell's root. Always nosuid and nodev.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountEntry<'a> {
    /// What.
    pub source: MountSource,
    /// Where, in the root.
    pub target: &'a str,
    /// Read-only.
    pub read_only: bool,
    /// Nothing on it can be executed.
    pub no_exec: bool,
}

/// Something to make so if it is not. Targets are absolute paths in the cell, on one of its volumes; what a plan does to
/// the read-only root is done when the root is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanStep<'a> {
    /// A directory.
    Directory {
        /// Where.
        path: &'a str,
        /// Mode and owner.
        owner: Ownership,
    },
    /// A file with this content.
    File {
        /// Where.
        path: &'a str,
        /// All of it.
        content: &'a [u8],
        /// Mode and owner.
        owner: Ownership,
    },
    /// A line that the file has, added at its end if it has no such line.
    Line {
        /// The file.
        path: &'a str,
        /// The line, without its end.
        text: &'a str,
    },
    /// A symbolic link.
    Link {
        /// Where.
        path: &'a str,
        /// What it says.
        target: &'a str,
    },
    /// A command for the cell's `/bin/sh -c`, run in the cell as its user.
    Execute(&'a str),
    /// A file with the content of one in the cell's root.
    Copy {
        /// Which, a path in the root.
        from: &'a str,
        /// Where.
        path: &'a str,
        /// Mode and owner.
        owner: Ownership,
    },
    /// A file with changes in it; its mode and owner stay.
    Patch {
        /// Which.
        path: &'a str,
        /// The changes, from the beginning of the file to its end.
        #[serde(borrow)]
        hunks: Vec<Hunk<'a>>,
    },
}

/// A change to a file: lines in the place of others, with those around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk<'a> {
    /// Where the old lines are, from 1; if they are somewhere else, the nearest place is taken.
    pub line: u32,
    /// Whole lines.
    pub old: &'a [u8],
    /// What is to be there.
    pub new: &'a [u8],
}

/// Mode and owner of something a plan makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}
