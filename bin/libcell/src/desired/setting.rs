//! One thing about a cell that can be changed on the device.

use alloc::vec::Vec;

use cell_abi::{Access, CellName, OpSet, Profile, Reservations};
use serde::{Deserialize, Serialize};

use super::Draft;
use crate::device::STANDARD_DEVICES;
use crate::image::{DeviceNode, Facility, Health, Level, MountEntry, MountSource, RestartPolicy};

/// A change. Applied in this order; new ones are appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting<'a> {
    /// Started at boot.
    Autostart(bool),
    /// The watchdog looks at it.
    Critical(bool),
    /// One line for people.
    Description(&'a str),
    /// Its operations are those of this profile.
    Profile(Profile),
    /// These operations are taken away.
    Deny(OpSet),
    /// All its ports.
    Ports(Reservations),
    /// All its devices but the standard ones.
    #[serde(borrow)]
    Devices(Vec<(&'a str, Access)>),
    /// Most processes.
    Processes(Option<u16>),
    /// Most open files of a process.
    NoFile(Option<u32>),
    /// Address space of a process in KiB.
    AddressSpaceKib(Option<u32>),
    /// Core file in KiB.
    CoreKib(Option<u32>),
    /// Program and arguments.
    #[serde(borrow)]
    Command(Vec<&'a str>),
    /// User, group, further groups.
    User(u32, u32, Vec<u32>),
    /// What must be ready before it.
    #[serde(borrow)]
    Depends(Vec<CellName<'a>>),
    /// When it is started again.
    Restart(RestartPolicy),
    /// How its health is asked; the times stay.
    #[serde(borrow)]
    Health(Option<Vec<&'a str>>),
    /// All volumes that it mounts; its memory file systems stay.
    #[serde(borrow)]
    Mounts(Vec<VolumeMount<'a>>),
    /// Syslog facility.
    Facility(Facility),
    /// Level of standard output.
    Stdout(Level),
    /// Level of standard error.
    Stderr(Level),
    /// Tag.
    Tag(&'a str),
}

/// A volume in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeMount<'a> {
    /// Which.
    #[serde(borrow)]
    pub volume: CellName<'a>,
    /// Where.
    pub target: &'a str,
    /// Read-only.
    pub read_only: bool,
    /// Nothing on it can be executed.
    pub no_exec: bool,
}

/// Times of a health command whose cell had none: every 30 s, at most 5 s, three failures.
const HEALTH: (u32, u32, u8) = (30_000, 5_000, 3);

impl<'a> Setting<'a> {
    /// Its place among the kinds.
    #[must_use]
    pub const fn order(&self) -> u8 {
        match self {
            Self::Autostart(_) => 0,
            Self::Critical(_) => 1,
            Self::Description(_) => 2,
            Self::Profile(_) => 3,
            Self::Deny(_) => 4,
            Self::Ports(_) => 5,
            Self::Devices(_) => 6,
            Self::Processes(_) => 7,
            Self::NoFile(_) => 8,
            Self::AddressSpaceKib(_) => 9,
            Self::CoreKib(_) => 10,
            Self::Command(_) => 11,
            Self::User(..) => 12,
            Self::Depends(_) => 13,
            Self::Restart(_) => 14,
            Self::Health(_) => 15,
            Self::Mounts(_) => 16,
            Self::Facility(_) => 17,
            Self::Stdout(_) => 18,
            Self::Stderr(_) => 19,
            Self::Tag(_) => 20,
        }
    }

    /// Makes the change.
    pub(super) fn apply(self, draft: &mut Draft<'a>) {
        let cell = &mut draft.cell;
        match self {
            Self::Autostart(autostart) => cell.autostart = autostart,
            Self::Critical(critical) => cell.critical = critical,
            Self::Description(text) => cell.description = text,
            Self::Profile(profile) => {
                cell.profile = profile;
                cell.may = profile.policy();
            }
            Self::Deny(operations) => cell.may = cell.may.minus(operations),
            Self::Ports(ports) => cell.reservations = ports,
            Self::Devices(devices) => {
                let is_standard = |device: &DeviceNode<'_>| {
                    let mut standard = STANDARD_DEVICES.iter();
                    standard.any(|standard| standard.path == device.path)
                };
                cell.devices.retain(is_standard);
                cell.devices
                    .extend(devices.into_iter().map(|(path, access)| DeviceNode {
                        path,
                        access,
                        any_minor: false,
                    }));
            }
            Self::Processes(most) => cell.limits.processes = most,
            Self::NoFile(most) => cell.limits.nofile = most,
            Self::AddressSpaceKib(most) => cell.limits.address_space_kib = most,
            Self::CoreKib(most) => cell.limits.core_kib = most,
            Self::Command(command) => cell.command = command,
            Self::User(uid, gid, groups) => {
                cell.uid = uid;
                cell.gid = gid;
                cell.groups = groups;
            }
            Self::Depends(names) => draft.depends = names,
            Self::Restart(policy) => cell.restart.policy = policy,
            Self::Health(command) => {
                let (interval_ms, timeout_ms, retries) = HEALTH;
                let before = cell.health.take();
                cell.health = command.map(|command| match before {
                    Some(before) => Health { command, ..before },
                    None => Health {
                        command,
                        interval_ms,
                        timeout_ms,
                        retries,
                        start_period_ms: 0,
                    },
                });
            }
            Self::Mounts(mounts) => {
                cell.mounts
                    .retain(|mount| !matches!(mount.source, MountSource::Volume(_)));
                let volumes = mounts.iter().map(|mount| MountEntry {
                    source: MountSource::Volume(0),
                    target: mount.target,
                    read_only: mount.read_only,
                    no_exec: mount.no_exec,
                });
                cell.mounts.extend(volumes);
                draft.volumes = mounts.iter().map(|mount| mount.volume).collect();
            }
            Self::Facility(facility) => cell.log.facility = facility,
            Self::Stdout(level) => cell.log.stdout = level,
            Self::Stderr(level) => cell.log.stderr = level,
            Self::Tag(tag) => cell.log.tag = tag,
        }
    }
}
