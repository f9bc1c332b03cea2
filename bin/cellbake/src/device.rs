//! What an image of a whole device needs to know beside its cells. Everything is resolved.

use libcell::trust::KeyId;

use crate::roots::Root;

pub use crate::definition::{KernelPlace, ModuleDef as Module, TableDef as Table};

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its board's name.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// Images must be signed.
    pub signed: bool,
    /// By this key.
    pub key: Option<KeyId>,
    /// Its console.
    pub console: Option<Console>,
    /// Its kernel.
    pub kernel: Option<Kernel>,
    /// Its flash.
    pub storage: Option<Storage>,
    /// KiB of flash that there are.
    pub flash_kib: u64,
    /// What its root file system has of the release and of the board, the cells excluded.
    pub system: Option<Root>,
    /// Memory file systems: where, and KiB.
    pub tmpfs: Vec<(String, u32)>,
    /// Nodes below /dev that the board and its cells name.
    pub nodes: Vec<String>,
    /// Users of its cells: name, uid, gid.
    pub users: Vec<(String, u32, u32)>,
    /// Groups of its cells: name, gid.
    pub groups: Vec<(String, u32)>,
    /// KiB that programs and module may take.
    pub toolkit_kib: Option<u64>,
    /// KiB that the root file system may take.
    pub system_kib: Option<u64>,
}

/// A console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// As ttys(5) calls it.
    pub device: String,
    /// Bits a second.
    pub speed: u32,
    /// getty(8) and login(1) run on it.
    pub login: bool,
}

/// A kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its file among the release's.
    pub file: String,
    /// The kernel part of picocell.
    pub module: Module,
    /// Where it goes.
    pub place: KernelPlace,
}

/// Flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The disk, as the kernel calls it.
    pub disk: String,
    /// Partition table.
    pub table: Table,
    /// Root file systems that there is room for.
    pub slots: u32,
    /// KiB of each.
    pub slot_kib: u32,
    /// KiB of the data partition, if there is one.
    pub data_kib: Option<u32>,
    /// Its metadata are journalled.
    pub journal: bool,
}

/// Where the data partition is mounted; volumes are in it.
pub const DATA: &str = "/volumes";
