//! The device beside its cells: storage that has room, a system that has what it is started with.

use std::collections::BTreeMap;

use super::Definitions;
use super::accounts::Identity;
use super::contents::{Builder, Modes, Origin};
use super::mounts::ResolvedMount;
use crate::definition::{BoardDef, ConsoleDef, StorageDef, SystemDef};
use crate::device::{Console, DATA, Device, Kernel, Storage};
use crate::disk;
use crate::paths;
use crate::report::{Mistake, Report};
use crate::roots::Root;
use crate::size;
use libcell::image::{DeviceNode, MountSource};

/// What getty(8) and login(1) are, on a device with a login on its console.
const LOGIN: [&str; 2] = ["/usr/libexec/getty", "/usr/bin/login"];

/// What is there while the device runs: sockets, process ids.
const RUN: &str = "/var/run";

/// Checks what the board says of the device and gathers what an image of it needs.
pub(super) fn device(
    definitions: &Definitions,
    origin: &Origin<'_>,
    identities: &[&Identity],
    nodes: &[&[DeviceNode<'_>]],
    report: &Report<'_>,
) -> Device {
    let board = &definitions.board;
    let tables = &board.device;
    let system = tables
        .system
        .as_ref()
        .map(|system| system_root(system, origin, report));
    if let (Some(console), Some(system)) = (&tables.console, &system) {
        check_console(console, system, report);
    }
    let storage = tables
        .storage
        .as_ref()
        .and_then(|storage| resolve_storage(storage, definitions, report));
    let kib =
        |size: &Option<crate::files::Located<u32>>| size.as_ref().map(|size| size.value.into());
    let (users, groups) = accounts(identities);
    Device {
        name: board
            .name
            .as_ref()
            .map_or_else(String::new, |name| name.value.clone()),
        arch: board.arch.clone().unwrap_or_default(),
        signed: tables
            .signing
            .as_ref()
            .is_some_and(|signing| signing.required),
        key: tables
            .signing
            .as_ref()
            .and_then(|signing| Some(signing.key.as_ref()?.value)),
        console: tables.console.as_ref().map(|console| Console {
            device: console.device.value.clone(),
            speed: console.speed,
            login: console.login,
        }),
        kernel: tables.kernel.as_ref().map(|kernel| Kernel {
            file: kernel.file.value.clone(),
            module: kernel.module,
            place: kernel.place,
        }),
        storage,
        flash_kib: kib(&board.flash).unwrap_or_default(),
        system,
        tmpfs: tables.system.iter().flat_map(tmpfs).collect(),
        nodes: node_names(board, nodes),
        users,
        groups,
        toolkit_kib: kib(&board.budget.toolkit),
        system_kib: kib(&board.budget.system),
    }
}

/// KiB of the system's memory file systems when they are full.
pub(super) fn ram_kib(board: &BoardDef) -> u32 {
    let systems = board.device.system.iter();
    systems.flat_map(tmpfs).map(|(_, kib)| kib).sum()
}

fn tmpfs(system: &SystemDef) -> impl Iterator<Item = (String, u32)> {
    system
        .tmpfs
        .iter()
        .map(|(path, kib)| (path.value.clone(), kib.value))
}

fn system_root(system: &SystemDef, origin: &Origin<'_>, report: &Report<'_>) -> Root {
    let mut mounts: Vec<ResolvedMount> = Vec::new();
    for (path, size) in &system.tmpfs {
        let target = path.value.as_str();
        let fault = paths::fault(target).or_else(|| {
            let taken = [DATA, "/cells", "/dev"]
                .into_iter()
                .chain(mounts.iter().map(|mount| mount.target.as_str()))
                .find(|other| paths::within(target, other) || paths::within(other, target))?;
            Some(format!("overlaps `{taken}`"))
        });
        if let Some(fault) = fault {
            report.add(Mistake::at(&path.span, format!("`{target}` {fault}")));
            continue;
        }
        if size.value == 0 {
            report.add(Mistake::at(&size.span, format!("`{target}` of nothing")));
        }
        mounts.push(ResolvedMount {
            source: MountSource::Tmpfs {
                size_kib: size.value,
                mode: 0o755,
            },
            target: target.to_owned(),
            read_only: false,
            no_exec: true,
            span: path.span.clone(),
        });
    }
    if !mounts.iter().any(|mount| paths::within(RUN, &mount.target)) {
        report.add(
            Mistake::at(&system.span, format!("no memory file system at `{RUN}`"))
                .label("cellinit has its socket there")
                .help("[system.tmpfs]\n        \"/var/run\" = \"256K\""),
        );
    }
    let builder = Builder::new(&system.contents, Modes::Exact, origin, &mounts, report);
    builder.root("", &system.span)
}

fn check_console(console: &ConsoleDef, system: &Root, report: &Report<'_>) {
    let plain = console
        .device
        .value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric());
    if !plain || console.device.value.is_empty() {
        report.add(
            Mistake::at(
                &console.device.span,
                format!("`{}` is not the name of a terminal", console.device.value),
            )
            .help("as ttys(5) has it: \"console\", \"tty00\""),
        );
    }
    if !console.login {
        return;
    }
    for program in LOGIN {
        if !system.entries.contains_key(program) {
            report.add(
                Mistake::at(
                    &console.device.span,
                    format!("a login on the console needs `{program}`, which is not in [system]"),
                )
                .help("list it in [system] copy, or say login = false"),
            );
        }
    }
}

fn resolve_storage(
    storage: &StorageDef,
    definitions: &Definitions,
    report: &Report<'_>,
) -> Option<Storage> {
    let disk = storage.disk.as_ref()?;
    let letters = disk
        .value
        .trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_disk = !letters.is_empty()
        && letters.len() < disk.value.len()
        && letters.bytes().all(|letter| letter.is_ascii_lowercase());
    if !is_disk {
        report.add(
            Mistake::at(
                &disk.span,
                format!("`{}` is not the name of a disk", disk.value),
            )
            .help("as the kernel calls it: \"wd0\", \"ld0\", \"sd0\""),
        );
    }
    let slot = storage.slot.as_ref()?;
    if let (None, Some(volume)) = (&storage.data, definitions.volumes.first()) {
        report.add(
            Mistake::at(
                &storage.span,
                format!(
                    "no `data`, and volume `{}` must be somewhere",
                    volume.name.value
                ),
            )
            .help("data = \"4M\" makes a partition for the volumes"),
        );
    }
    let volumes: u64 = definitions
        .volumes
        .iter()
        .filter_map(|volume| Some(u64::from(volume.budget.as_ref()?.value)))
        .sum();
    if let Some(data) = &storage.data
        && volumes > u64::from(data.value)
    {
        report.add(
            Mistake::at(
                &data.span,
                format!(
                    "volumes of {}, and their partition has {}",
                    size::kib(volumes),
                    size::kib(data.value.into())
                ),
            )
            .label("`data` is too small"),
        );
    }
    let resolved = Storage {
        disk: disk.value.clone(),
        table: storage.table?,
        slots: storage.slots,
        slot_kib: slot.value,
        data_kib: storage.data.as_ref().map(|data| data.value),
        journal: storage.journal,
    };
    if let Some(flash) = &definitions.board.flash {
        let needed = disk::least_kib(&resolved);
        if needed > u64::from(flash.value) {
            report.add(
                Mistake::at(
                    &slot.span,
                    format!(
                        "{} for {} and the data, and the board has {} of flash",
                        size::kib(needed),
                        crate::failure::count(storage.slots as usize, "root slot"),
                        size::kib(flash.value.into())
                    ),
                )
                .also(&flash.span, "here"),
            );
        }
    }
    Some(resolved)
}

/// The nodes that the board names: the watchdog, the console, and what cells' nodes are copied from.
fn node_names(board: &BoardDef, cells: &[&[DeviceNode<'_>]]) -> Vec<String> {
    let watchdog = board
        .watchdog
        .iter()
        .map(|(device, _)| device.value.clone());
    let console = board.device.console.iter();
    let console = console.map(|console| format!("/dev/{}", console.device.value));
    let listed = cells.iter().flat_map(|nodes| nodes.iter());
    let listed = listed.filter(|node| !node.any_minor);
    let mut nodes: Vec<String> = watchdog
        .chain(console)
        .chain(listed.map(|node| node.path.to_owned()))
        .collect();
    nodes.sort();
    nodes.dedup();
    nodes
}

/// Name, uid, gid.
type Users = Vec<(String, u32, u32)>;
/// Name, gid.
type Groups = Vec<(String, u32)>;

/// Who the cells are, each once.
fn accounts(identities: &[&Identity]) -> (Users, Groups) {
    let mut users = BTreeMap::new();
    let mut groups = BTreeMap::new();
    for identity in identities.iter().filter(|identity| identity.uid != 0) {
        users.insert(identity.uid, (identity.user_name.clone(), identity.gid));
        groups.insert(identity.gid, identity.group_name.clone());
        for (name, gid) in &identity.groups {
            // by number only: a name is made of it
            let name = if name.parse::<u32>().is_ok() {
                format!("g{name}")
            } else {
                name.clone()
            };
            groups.entry(*gid).or_insert(name);
        }
    }
    let users = users.into_iter().map(|(uid, (name, gid))| (name, uid, gid));
    let groups = groups.into_iter().map(|(gid, name)| (name, gid));
    (users.collect(), groups.collect())
}
