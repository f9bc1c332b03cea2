//! Parts of a definition as text, as the options take them.

use alloc::string::String;

use cell_abi::{Access, Op, Protocols, Reservation};
use libcell::image::{
    Cell, DeviceNode, Image, Log, MountEntry, MountSource, PlanStep, Readiness, ResourceCap,
    RestartPolicy,
};
use libcell::table::Owned;

use super::{FACILITIES, LEVELS};

/// Adds a number in decimal.
pub(super) fn number(text: &mut String, number: u32) {
    text.push_str(&crate::failure::decimal(number));
}

/// Adds what `one` makes of each, with something between.
fn joined<T>(list: &[T], between: char, one: impl Fn(&mut String, &T)) -> String {
    let mut text = String::new();
    for item in list {
        if !text.is_empty() {
            text.push(between);
        }
        one(&mut text, item);
    }
    text
}

/// Nothing for an empty text.
pub(super) fn some(text: String) -> Owned {
    if text.is_empty() {
        Owned::Absent
    } else {
        Owned::Text(text)
    }
}

pub(super) fn words(list: &[&str]) -> Owned {
    some(joined(list, ' ', |text, word| text.push_str(word)))
}

pub(super) fn ports(list: &[Reservation]) -> Owned {
    some(joined(list, ',', |text, port| {
        text.push_str(match port.protocols() {
            Protocols::Tcp => "tcp/",
            Protocols::Udp => "udp/",
            Protocols::Both => "",
        });
        number(text, port.first().into());
        if port.last() != port.first() {
            text.push('-');
            number(text, port.last().into());
        }
    }))
}

/// Those beside the standard ones.
pub(super) fn devices(list: &[DeviceNode<'_>]) -> Owned {
    let is_standard = |device: &DeviceNode<'_>| {
        let mut standard = libcell::device::STANDARD_DEVICES.iter();
        standard.any(|standard| standard.path == device.path)
    };
    let mut text = String::new();
    for device in list.iter().filter(|device| !is_standard(device)) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(device.path.strip_prefix("/dev/").unwrap_or(device.path));
        text.push_str(match device.access {
            Access::Read => ":r",
            Access::Write => ":w",
            Access::ReadWrite => ":rw",
        });
    }
    some(text)
}

/// In what a cell's operations are not its profile's: `-` are denied, `+` are not.
pub(super) fn operations(cell: &Cell<'_>) -> Owned {
    let usual = cell.profile.policy();
    let mut text = String::new();
    for op in Op::ALL {
        let sign = match (cell.may.contains(*op), usual.contains(*op)) {
            (true, false) => '+',
            (false, true) => '-',
            (true, true) | (false, false) => continue,
        };
        if !text.is_empty() {
            text.push(',');
        }
        text.push(sign);
        text.push_str(op.name());
    }
    some(text)
}

pub(super) fn user(cell: &Cell<'_>) -> Owned {
    let mut text = String::new();
    number(&mut text, cell.uid);
    text.push(':');
    number(&mut text, cell.gid);
    for group in &cell.groups {
        text.push(',');
        number(&mut text, *group);
    }
    Owned::Text(text)
}

pub(super) fn depends(image: &Image<'_>, cell: &Cell<'_>) -> Owned {
    some(joined(&cell.depends, ',', |text, index| {
        let cell = image.cells.get(usize::from(*index));
        text.push_str(cell.map_or("?", |cell| cell.name.as_str()));
    }))
}

pub(super) fn restart(cell: &Cell<'_>) -> Owned {
    let restart = &cell.restart;
    let mut text = String::from(match restart.policy {
        RestartPolicy::Always => "always",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Never => "never",
    });
    if restart.max_failures > 0 {
        text.push_str(" max ");
        number(&mut text, restart.max_failures.into());
    }
    text.push_str(" stable ");
    time(&mut text, restart.stable_ms);
    Owned::Text(text)
}

/// Milliseconds, as seconds where they are whole.
pub(super) fn time(text: &mut String, ms: u32) {
    if ms.is_multiple_of(1000) {
        number(text, ms / 1000);
        text.push('s');
    } else {
        number(text, ms);
        text.push_str("ms");
    }
}

pub(super) fn readiness(cell: &Cell<'_>) -> Owned {
    let mut text = String::new();
    match cell.readiness {
        Readiness::Started => text.push_str("started"),
        Readiness::Healthy => text.push_str("healthy"),
        Readiness::Exited => text.push_str("exited"),
        Readiness::After(ms) => {
            text.push_str("after ");
            time(&mut text, ms);
        }
    }
    Owned::Text(text)
}

pub(super) fn health_times(cell: &Cell<'_>) -> Owned {
    let Some(health) = &cell.health else {
        return Owned::Absent;
    };
    let mut text = String::from("every ");
    time(&mut text, health.interval_ms);
    text.push_str(" within ");
    time(&mut text, health.timeout_ms);
    text.push_str(" retries ");
    number(&mut text, health.retries.into());
    text.push_str(" after ");
    time(&mut text, health.start_period_ms);
    Owned::Text(text)
}

pub(super) fn log(log: &Log<'_>) -> Owned {
    let word = |list: &[&'static str], number: u8| {
        list.get(usize::from(number)).copied().unwrap_or_default()
    };
    let mut text = String::from(word(&FACILITIES, log.facility.0));
    for level in [log.stdout.0, log.stderr.0] {
        text.push(' ');
        text.push_str(word(&LEVELS, level));
    }
    text.push(' ');
    text.push_str(log.tag);
    text.push_str(" ring ");
    number(&mut text, log.ring);
    Owned::Text(text)
}

/// Mounts of volumes, as `--mount` takes them.
pub(super) fn volumes(image: &Image<'_>, cell: &Cell<'_>) -> Owned {
    mounts(cell, |text, mount| match mount.source {
        MountSource::Volume(index) => {
            let volume = image.volumes.get(usize::from(index));
            text.push_str(volume.map_or("?", |volume| volume.name.as_str()));
            true
        }
        MountSource::Tmpfs { .. } => false,
    })
}

/// Memory file systems.
pub(super) fn memory(cell: &Cell<'_>) -> Owned {
    mounts(cell, |text, mount| match mount.source {
        MountSource::Volume(_) => false,
        MountSource::Tmpfs { size_kib, mode } => {
            number(text, size_kib);
            text.push_str("K,");
            octal(text, mode);
            true
        }
    })
}

fn mounts(cell: &Cell<'_>, source: impl Fn(&mut String, &MountEntry<'_>) -> bool) -> Owned {
    let mut text = String::new();
    for mount in &cell.mounts {
        let mut one = String::new();
        if !source(&mut one, mount) {
            continue;
        }
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&one);
        text.push(':');
        text.push_str(mount.target);
        text.push_str(if mount.read_only { ":ro" } else { ":rw" });
        if mount.no_exec {
            text.push_str(":noexec");
        }
    }
    some(text)
}

/// Four digits.
pub(crate) fn octal(text: &mut String, mode: u32) {
    for shift in [9, 6, 3, 0] {
        text.push(char::from(b'0' + (mode >> shift & 7) as u8));
    }
}

/// Limits that launching sets, as `data 4096K`.
pub(super) fn caps(cell: &Cell<'_>) -> Owned {
    some(joined(&cell.caps, ',', |text, cap| {
        let (name, value, unit) = match *cap {
            ResourceCap::DataKib(value) => ("data ", value, "K"),
            ResourceCap::StackKib(value) => ("stack ", value, "K"),
            ResourceCap::FileSizeKib(value) => ("fsize ", value, "K"),
            ResourceCap::CpuS(value) => ("cpu ", value, "s"),
            ResourceCap::LockedKib(value) => ("memlock ", value, "K"),
        };
        text.push_str(name);
        number(text, value);
        text.push_str(unit);
    }))
}

/// How many steps a plan has, and what tells it from another: their length together.
pub(super) fn plan(cell: &Cell<'_>) -> Owned {
    some(joined(&cell.plan, ',', |text, step| match step {
        PlanStep::Directory { path, .. } => two(text, "dir ", path),
        PlanStep::File { path, .. } => two(text, "file ", path),
        PlanStep::Line { path, .. } => two(text, "line ", path),
        PlanStep::Link { path, .. } => two(text, "link ", path),
        PlanStep::Copy { path, .. } => two(text, "copy ", path),
        PlanStep::Patch { path, .. } => two(text, "patch ", path),
        PlanStep::Execute(command) => two(text, "exec ", command),
    }))
}

fn two(text: &mut String, first: &str, second: &str) {
    text.push_str(first);
    text.push_str(second);
}
