//! What an image says, field by field: one list for JSON, for differences and for people.

use std::fmt::Write;

use cell_abi::{Limits, OpSet};
use libcell::image::{
    Board, Cell, DeviceNode, Image, MountEntry, MountSource, Ownership, PlanStep, Readiness,
    ResourceCap, Volume,
};
use miniserde::json::{Array, Number, Object, Value};

use crate::size::Demand;
use crate::words;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// None, or no limit.
    Absent,
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// Several texts; the order means something for commands and plans.
    List(Vec<String>),
}

/// A value and its name.
pub(crate) type Named = (&'static str, Fact);

impl Fact {
    fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Absent
        } else {
            Self::Text(text.to_owned())
        }
    }

    fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::List(texts.into_iter().map(str::to_owned).collect())
    }

    fn limit(limit: Option<impl Into<u64>>) -> Self {
        limit.map_or(Self::Absent, |limit| Self::Number(limit.into()))
    }

    /// For JSON.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Number(number) => Value::Number(Number::U64(*number)),
            Self::Flag(flag) => Value::Bool(*flag),
            Self::List(texts) => {
                let items: Array = texts.iter().cloned().map(Value::String).collect();
                Value::Array(items)
            }
        }
    }

    /// For people.
    pub(crate) fn human(&self) -> String {
        match self {
            Self::Absent => "-".to_owned(),
            Self::Text(text) => text.escape_debug().to_string(),
            Self::Number(number) => number.to_string(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::List(texts) if texts.is_empty() => "-".to_owned(),
            Self::List(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
                texts.join(" ")
            }
        }
    }
}

/// As it is, or in quotes if it has blanks.
fn quoted(text: &str) -> String {
    if text.contains(char::is_whitespace) || text.is_empty() {
        format!("\"{}\"", text.escape_debug())
    } else {
        text.to_owned()
    }
}

/// `{"name": ..., ...}`
pub(crate) fn object(facts: &[Named]) -> Object {
    facts
        .iter()
        .map(|(name, fact)| ((*name).to_owned(), fact.json()))
        .collect()
}

/// Of the board.
pub(crate) fn board(board: &Board<'_>, image: &Image<'_>) -> Vec<Named> {
    let names = image.cells.iter().map(|cell| cell.name.as_str());
    let watchdog = board.watchdog.as_ref();
    vec![
        ("name", Fact::text(board.name)),
        ("arch", Fact::text(board.arch)),
        ("sealed", Fact::Flag(board.sealed)),
        ("signed", Fact::Flag(board.signed)),
        ("rescue", Fact::Flag(board.rescue)),
        ("recovery", Fact::Flag(board.recovery)),
        (
            "watchdog",
            watchdog.map_or(Fact::Absent, |watchdog| Fact::text(watchdog.device)),
        ),
        (
            "watchdog_period_s",
            Fact::limit(watchdog.map(|watchdog| watchdog.period_s)),
        ),
        ("ram_kib", Fact::Number(board.ram_kib.into())),
        ("flash_kib", Fact::Number(board.flash_kib.into())),
        ("roots_kib", Fact::Number(board.roots_kib.into())),
        ("system_ram_kib", Fact::Number(board.system_ram_kib.into())),
        ("budget_ram_kib", Fact::Number(board.budget.ram_kib.into())),
        (
            "budget_image_kib",
            Fact::Number(board.budget.image_kib.into()),
        ),
        (
            "budget_root_kib",
            Fact::Number(board.budget.root_kib.into()),
        ),
        (
            "budget_roots_kib",
            Fact::Number(board.budget.roots_kib.into()),
        ),
        (
            "budget_volumes_kib",
            Fact::Number(board.budget.volumes_kib.into()),
        ),
        (
            "budget_toolkit_kib",
            Fact::Number(board.budget.toolkit_kib.into()),
        ),
        (
            "budget_system_kib",
            Fact::Number(board.budget.system_kib.into()),
        ),
        ("syslog", Fact::text(board.syslog)),
        ("start_order", Fact::list(names)),
    ]
}

/// Of a volume.
pub(crate) fn volume(volume: &Volume<'_>) -> Vec<Named> {
    vec![
        ("name", Fact::text(volume.name.as_str())),
        ("path", Fact::text(volume.path)),
        ("mode", Fact::Text(format!("{:04o}", volume.mode))),
        ("uid", Fact::Number(volume.uid.into())),
        ("gid", Fact::Number(volume.gid.into())),
        ("budget_kib", Fact::Number(volume.budget_kib.into())),
        ("devices", Fact::Flag(volume.allow.devices)),
        ("set_id", Fact::Flag(volume.allow.set_id)),
    ]
}

/// Of a cell.
pub(crate) fn cell(cell: &Cell<'_>, image: &Image<'_>) -> Vec<Named> {
    let mut facts = vec![
        ("name", Fact::text(cell.name.as_str())),
        ("description", Fact::text(cell.description)),
        ("root", Fact::text(cell.root.as_str())),
        ("autostart", Fact::Flag(cell.autostart)),
        ("critical", Fact::Flag(cell.critical)),
        ("profile", Fact::text(cell.profile.name())),
        ("may", operations(cell.may)),
        (
            "ports",
            Fact::List(cell.reservations.iter().map(ToString::to_string).collect()),
        ),
        (
            "devices",
            Fact::List(cell.devices.iter().map(device).collect()),
        ),
    ];
    facts.extend(limits(&cell.limits, &cell.caps));
    facts.extend([
        ("command", Fact::list(cell.command.iter().copied())),
        ("environment", Fact::list(cell.environment.iter().copied())),
        ("directory", Fact::text(cell.directory)),
        ("uid", Fact::Number(cell.uid.into())),
        ("gid", Fact::Number(cell.gid.into())),
        (
            "groups",
            Fact::List(cell.groups.iter().map(ToString::to_string).collect()),
        ),
        ("depends", Fact::list(depends(cell, image))),
        ("ready", Fact::Text(readiness(cell.readiness))),
        (
            "restart",
            Fact::text(words::restart_policy_name(cell.restart.policy)),
        ),
        (
            "max_failures",
            Fact::Number(cell.restart.max_failures.into()),
        ),
        ("stable_ms", Fact::Number(cell.restart.stable_ms.into())),
        ("stop_grace_ms", Fact::Number(cell.stop_grace_ms.into())),
    ]);
    let health = cell.health.as_ref();
    facts.extend([
        (
            "health",
            health.map_or(Fact::Absent, |health| {
                Fact::list(health.command.iter().copied())
            }),
        ),
        (
            "health_interval_ms",
            Fact::limit(health.map(|health| health.interval_ms)),
        ),
        (
            "health_timeout_ms",
            Fact::limit(health.map(|health| health.timeout_ms)),
        ),
        (
            "health_retries",
            Fact::limit(health.map(|health| health.retries)),
        ),
        (
            "health_start_period_ms",
            Fact::limit(health.map(|health| health.start_period_ms)),
        ),
        (
            "log_facility",
            Fact::text(words::facility_name(cell.log.facility)),
        ),
        ("log_stdout", Fact::text(words::level_name(cell.log.stdout))),
        ("log_stderr", Fact::text(words::level_name(cell.log.stderr))),
        ("log_tag", Fact::text(cell.log.tag)),
        ("log_ring", Fact::Number(cell.log.ring.into())),
        (
            "mounts",
            Fact::List(cell.mounts.iter().map(|one| mount(one, image)).collect()),
        ),
        ("plan", Fact::List(cell.plan.iter().map(step).collect())),
        ("root_digest", Fact::Text(hex(&cell.root_digest))),
        ("root_kib", Fact::Number(cell.root_kib.into())),
        ("ram_kib", Fact::limit(Demand::of(cell).ram_kib)),
    ]);
    facts
}

fn limits(limits: &Limits, caps: &[ResourceCap]) -> Vec<Named> {
    let mut facts = vec![
        ("processes", Fact::limit(limits.processes)),
        ("nofile", Fact::limit(limits.nofile)),
        ("address_space_kib", Fact::limit(limits.address_space_kib)),
        ("core_kib", Fact::limit(limits.core_kib)),
        ("data_kib", Fact::Absent),
        ("stack_kib", Fact::Absent),
        ("file_size_kib", Fact::Absent),
        ("cpu_s", Fact::Absent),
        ("locked_kib", Fact::Absent),
    ];
    for cap in caps {
        let (name, value) = match *cap {
            ResourceCap::DataKib(kib) => ("data_kib", kib),
            ResourceCap::StackKib(kib) => ("stack_kib", kib),
            ResourceCap::FileSizeKib(kib) => ("file_size_kib", kib),
            ResourceCap::CpuS(seconds) => ("cpu_s", seconds),
            ResourceCap::LockedKib(kib) => ("locked_kib", kib),
        };
        for fact in facts.iter_mut().filter(|fact| fact.0 == name) {
            fact.1 = Fact::Number(value.into());
        }
    }
    facts
}

fn operations(set: OpSet) -> Fact {
    Fact::list(set.iter().map(|op| op.name()))
}

/// The names of a cell's dependencies.
pub(crate) fn depends<'i>(cell: &Cell<'_>, image: &Image<'i>) -> Vec<&'i str> {
    cell.depends
        .iter()
        .filter_map(|index| image.cells.get(usize::from(*index)))
        .map(|other| other.name.as_str())
        .collect()
}

fn readiness(readiness: Readiness) -> String {
    match readiness {
        Readiness::Started => "started".to_owned(),
        Readiness::Healthy => "healthy".to_owned(),
        Readiness::After(ms) => format!("after {ms}ms"),
        Readiness::Exited => "exited".to_owned(),
    }
}

fn device(device: &DeviceNode<'_>) -> String {
    let access = words::access_name(device.access);
    let every = if device.any_minor { ":every-unit" } else { "" };
    format!("{}:{access}{every}", device.path)
}

fn mount(mount: &MountEntry<'_>, image: &Image<'_>) -> String {
    let mut text = match mount.source {
        MountSource::Volume(index) => image
            .volumes
            .get(usize::from(index))
            .map_or_else(String::new, |volume| format!("volume:{}", volume.name)),
        MountSource::Tmpfs { size_kib, mode } => format!("tmpfs:{size_kib}K:{mode:04o}"),
    };
    let _ = write!(text, ":{}", mount.target);
    if mount.read_only {
        text.push_str(":ro");
    }
    if mount.no_exec {
        text.push_str(":noexec");
    }
    text
}

fn step(step: &PlanStep<'_>) -> String {
    match step {
        PlanStep::Directory { path, owner } => format!("directory {path} {}", ownership(*owner)),
        PlanStep::File {
            path,
            content,
            owner,
        } => format!(
            "file {path} {} {}",
            ownership(*owner),
            String::from_utf8_lossy(content)
        ),
        PlanStep::Line { path, text } => format!("line {path} {text}"),
        PlanStep::Link { path, target } => format!("link {path} {target}"),
        PlanStep::Execute(command) => format!("execute {command}"),
        PlanStep::Copy { from, path, owner } => {
            format!("copy {from} {path} {}", ownership(*owner))
        }
        PlanStep::Patch { path, hunks } => {
            let hunks = hunks.iter().map(|hunk| {
                let [old, new] = [hunk.old, hunk.new].map(String::from_utf8_lossy);
                format!(" @{} -{old} +{new}", hunk.line)
            });
            format!("patch {path}{}", hunks.collect::<String>())
        }
    }
}

fn ownership(owner: Ownership) -> String {
    format!("{:04o} {}:{}", owner.mode, owner.uid, owner.gid)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
