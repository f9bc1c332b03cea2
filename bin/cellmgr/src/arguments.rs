//! What cellmgr takes: one table that is also the help, and the manual page is tested against it.

mod table;

use libcell::options::LONG;

pub(crate) use table::PROGRAM;

/// What a command is allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look.
    Read,
    /// Change something.
    Change,
    /// Be this program's terminal.
    Terminal,
}

/// The commands, in the order of [`PROGRAM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    CellList,
    CellShow,
    CellFields,
    CellCreate,
    CellSet,
    CellRemove,
    CellStart,
    CellStop,
    CellRestart,
    CellShell,
    CellPlanRun,
    CellBackupCreate,
    CellBackupList,
    CellBackupRestore,
    CellBackupVerify,
    CellBackupDelete,
    VolumeList,
    VolumeShow,
    VolumeFields,
    VolumeCreate,
    VolumeSet,
    VolumeRemove,
    VolumeBackupCreate,
    VolumeBackupList,
    VolumeBackupRestore,
    VolumeBackupVerify,
    VolumeBackupDelete,
    Apply,
    Logs,
    Events,
    SystemStatus,
    SystemReset,
    SystemSeal,
    Ipc,
}

impl Verb {
    const ALL: [(Self, Access); 34] = [
        (Self::CellList, Access::Read),
        (Self::CellShow, Access::Read),
        (Self::CellFields, Access::Read),
        (Self::CellCreate, Access::Change),
        (Self::CellSet, Access::Change),
        (Self::CellRemove, Access::Change),
        (Self::CellStart, Access::Change),
        (Self::CellStop, Access::Change),
        (Self::CellRestart, Access::Change),
        (Self::CellShell, Access::Terminal),
        (Self::CellPlanRun, Access::Change),
        (Self::CellBackupCreate, Access::Change),
        (Self::CellBackupList, Access::Read),
        (Self::CellBackupRestore, Access::Change),
        (Self::CellBackupVerify, Access::Read),
        (Self::CellBackupDelete, Access::Change),
        (Self::VolumeList, Access::Read),
        (Self::VolumeShow, Access::Read),
        (Self::VolumeFields, Access::Read),
        (Self::VolumeCreate, Access::Change),
        (Self::VolumeSet, Access::Change),
        (Self::VolumeRemove, Access::Change),
        (Self::VolumeBackupCreate, Access::Change),
        (Self::VolumeBackupList, Access::Read),
        (Self::VolumeBackupRestore, Access::Change),
        (Self::VolumeBackupVerify, Access::Read),
        (Self::VolumeBackupDelete, Access::Change),
        (Self::Apply, Access::Change),
        (Self::Logs, Access::Read),
        (Self::Events, Access::Read),
        (Self::SystemStatus, Access::Read),
        (Self::SystemReset, Access::Change),
        (Self::SystemSeal, Access::Change),
        (Self::Ipc, Access::Terminal),
    ];

    /// The command of that index, and what it is allowed to do.
    pub fn at(index: usize) -> Option<(Self, Access)> {
        Self::ALL.get(index).copied()
    }
}

pub(crate) const VIEW: u8 = LONG;
pub(crate) const FIELDS: u8 = b'o';
pub(crate) const TSV: u8 = b'T';
pub(crate) const NO_HEADER: u8 = b'H';
pub(crate) const JSON: u8 = b'J';
pub(crate) const SCOPE: u8 = b's';
pub(crate) const YES: u8 = b'y';
pub(crate) const ALL: u8 = b'a';
pub(crate) const ORPHANS: u8 = LONG + 1;
pub(crate) const LIKE: u8 = LONG + 2;
pub(crate) const ROOT: u8 = LONG + 3;
pub(crate) const BUILT: u8 = LONG + 4;
pub(crate) const DRY_RUN: u8 = b'n';
pub(crate) const REAPPLY: u8 = LONG + 5;
pub(crate) const RESTART_CHANGED: u8 = LONG + 6;
pub(crate) const SILENT: u8 = LONG + 7;
pub(crate) const VERBOSE: u8 = b'v';
pub(crate) const FOLLOW: u8 = b'f';
pub(crate) const CELLS: u8 = LONG + 8;
pub(crate) const VOLUMES: u8 = LONG + 9;
pub(crate) const MODE: u8 = b'm';
pub(crate) const OWNER: u8 = LONG + 10;
pub(crate) const STDIO: u8 = LONG + 11;
pub(crate) const RW: u8 = LONG + 12;

pub(crate) const STOP: u8 = LONG + 13;
pub(crate) const TO: u8 = LONG + 14;
pub(crate) const KEEP: u8 = LONG + 15;
pub(crate) const TIGHT: u8 = LONG + 16;
pub(crate) const FROM: u8 = LONG + 17;
pub(crate) const IN_PLACE: u8 = LONG + 18;
pub(crate) const FOREIGN: u8 = LONG + 19;
pub(crate) const ANY_BOARD: u8 = LONG + 20;
pub(crate) const SIGNED: u8 = LONG + 21;
pub(crate) const LATEST: u8 = LONG + 22;

pub(crate) const AUTOSTART: u8 = LONG + 32;
pub(crate) const CRITICAL: u8 = LONG + 33;
pub(crate) const DESCRIPTION: u8 = LONG + 34;
pub(crate) const PROFILE: u8 = LONG + 35;
pub(crate) const DENY: u8 = LONG + 36;
pub(crate) const PORTS: u8 = LONG + 37;
pub(crate) const DEVICE: u8 = LONG + 38;
pub(crate) const NPROC: u8 = LONG + 39;
pub(crate) const NOFILE: u8 = LONG + 40;
pub(crate) const AS: u8 = LONG + 41;
pub(crate) const CORE: u8 = LONG + 42;
pub(crate) const CMD: u8 = LONG + 43;
pub(crate) const RUN_AS: u8 = LONG + 44;
pub(crate) const DEPENDS: u8 = LONG + 45;
pub(crate) const RESTART: u8 = LONG + 46;
pub(crate) const HEALTH: u8 = LONG + 47;
pub(crate) const MOUNT: u8 = LONG + 48;
pub(crate) const FACILITY: u8 = LONG + 49;
pub(crate) const STDOUT: u8 = LONG + 50;
pub(crate) const STDERR: u8 = LONG + 51;
pub(crate) const TAG: u8 = LONG + 52;

/// Clears what the option of that letter sets.
pub(crate) const CLEAR: u8 = 32;
