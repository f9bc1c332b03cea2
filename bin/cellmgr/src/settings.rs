//! Settings as the command line has them.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Access, CellName, Op, OpSet, Profile, Reservations};
use libcell::desired::{CellEntry, Setting, VolumeMount};
use libcell::device::STANDARD_DEVICES;
use libcell::image::{Facility, Level, RestartPolicy};
use libcell::number::{self, split};
use libcell::options::Parsed;

use crate::arguments as a;
use crate::failure::{Failure, misused, text};
use crate::registry::{FACILITIES, LEVELS};

/// Paths of devices, which are shorter on the command line than in a definition.
pub(crate) struct Devices(Vec<(String, Access)>);

impl Devices {
    /// Those that were given.
    pub fn of(parsed: &Parsed<'_>) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for given in parsed.values(a::DEVICE) {
            let (path, access) = split(given, b':');
            let access = match access {
                None | Some("rw") => Access::ReadWrite,
                Some("r") => Access::Read,
                Some("w") => Access::Write,
                Some(_) => return Err(misused(given, "device", "not as gpio0:r, :w or :rw")),
            };
            let directory = if path.starts_with('/') { "" } else { "/dev/" };
            let path = text(&[directory, path]);
            if STANDARD_DEVICES.iter().any(|every| every.path == path) {
                return Err(misused(given, "device", "one that every cell has"));
            }
            all.push((path, access));
        }
        Ok(Self(all))
    }
}

/// Makes a setting of an option's value.
type Reads = for<'a> fn(&'a str) -> Result<Setting<'a>, &'static str>;

/// What an option that clears puts.
type Clears = fn() -> Setting<'static>;

/// Options that have a value: what they are called when it is refused, and what they make of it.
const READERS: [(u8, &str, Reads); 18] = [
    (a::AUTOSTART, "autostart", |text| {
        yes(text).map(Setting::Autostart)
    }),
    (a::CRITICAL, "critical", |text| {
        yes(text).map(Setting::Critical)
    }),
    (a::DESCRIPTION, "description", |text| {
        Ok(Setting::Description(text))
    }),
    (a::PROFILE, "profile", profile),
    (a::DENY, "deny", |text| operations(text).map(Setting::Deny)),
    (a::PORTS, "reserved-ports", |text| {
        ports(text).map(Setting::Ports)
    }),
    (a::NPROC, "rlimit-nproc", |text| {
        let most = limit(text, number::decimal)?;
        match most.map(u16::try_from) {
            None => Ok(Setting::Processes(None)),
            Some(Ok(most @ 1..)) => Ok(Setting::Processes(Some(most))),
            Some(Ok(0) | Err(_)) => Err("not from 1 to 65535, and not unlimited"),
        }
    }),
    (a::NOFILE, "rlimit-nofile", |text| {
        limit(text, number::decimal).map(Setting::NoFile)
    }),
    (a::AS, "rlimit-as", |text| {
        limit(text, number::kibibytes).map(Setting::AddressSpaceKib)
    }),
    (a::CORE, "rlimit-core", |text| {
        limit(text, number::kibibytes).map(Setting::CoreKib)
    }),
    (a::CMD, "cmd", |text| words(text).map(Setting::Command)),
    (a::RUN_AS, "run-as", user),
    (a::DEPENDS, "depends-on", |text| {
        names(text).map(Setting::Depends)
    }),
    (a::RESTART, "restart", restart),
    (a::HEALTH, "healthcheck", |text| {
        Ok(Setting::Health(Some(words(text)?)))
    }),
    (a::FACILITY, "log-facility", |text| {
        let facility = word(&FACILITIES, text).ok_or("no syslog facility")?;
        Ok(Setting::Facility(Facility(facility)))
    }),
    (a::STDOUT, "stdout-level", |text| {
        level(text).map(Setting::Stdout)
    }),
    (a::STDERR, "stderr-level", |text| {
        level(text).map(Setting::Stderr)
    }),
];

const CLEARERS: [(u8, Clears); 9] = [
    (a::PORTS, || Setting::Ports(Reservations::new())),
    (a::NPROC, || Setting::Processes(None)),
    (a::NOFILE, || Setting::NoFile(None)),
    (a::AS, || Setting::AddressSpaceKib(None)),
    (a::CORE, || Setting::CoreKib(None)),
    (a::DEPENDS, || Setting::Depends(Vec::new())),
    (a::HEALTH, || Setting::Health(None)),
    (a::MOUNT, || Setting::Mounts(Vec::new())),
    (a::DEVICE, || Setting::Devices(Vec::new())),
];

/// Puts what was given into a change; whether anything was.
#[inline(never)]
pub(crate) fn read<'a>(
    parsed: &Parsed<'a>,
    devices: &'a Devices,
    entry: &mut CellEntry<'a>,
) -> Result<bool, Failure> {
    let mut is_given = false;
    for (option, what, read) in READERS {
        if let Some(text) = parsed.value(option) {
            entry.set(read(text).map_err(|why| misused(text, what, why))?);
            is_given = true;
        }
    }
    if let Some(tag) = parsed.value(a::TAG) {
        entry.set(Setting::Tag(tag));
        is_given = true;
    }
    if parsed.has(a::DEVICE) {
        let mut all = Vec::new();
        for (path, access) in &devices.0 {
            all.push((path.as_str(), *access));
        }
        entry.set(Setting::Devices(all));
        is_given = true;
    }
    if parsed.has(a::MOUNT) {
        let mut all = Vec::new();
        for text in parsed.values(a::MOUNT) {
            all.push(mount(text).map_err(|why| misused(text, "mount", why))?);
        }
        entry.set(Setting::Mounts(all));
        is_given = true;
    }
    for (option, clear) in CLEARERS {
        if parsed.has(option + a::CLEAR) {
            if parsed.has(option) {
                return Err(misused(
                    "cell set",
                    "options",
                    "one sets what another clears",
                ));
            }
            entry.set(clear());
            is_given = true;
        }
    }
    for (option, orders) in [(a::DENY, 4..=4), (a::FACILITY, 17..=20)] {
        if parsed.has(option + a::CLEAR) {
            entry
                .settings
                .retain(|setting| !orders.contains(&setting.order()));
            is_given = true;
        }
    }
    Ok(is_given)
}

fn yes(text: &str) -> Result<bool, &'static str> {
    match text {
        "YES" | "yes" => Ok(true),
        "NO" | "no" => Ok(false),
        _ => Err("not YES or NO"),
    }
}

fn profile(text: &str) -> Result<Setting<'_>, &'static str> {
    match Profile::from_name(text) {
        Some(profile @ (Profile::Low | Profile::Medium | Profile::High)) => {
            Ok(Setting::Profile(profile))
        }
        Some(Profile::Custom) | None => Err("not low, medium or high"),
    }
}

fn restart(text: &str) -> Result<Setting<'_>, &'static str> {
    Ok(Setting::Restart(match text {
        "always" => RestartPolicy::Always,
        "on-failure" => RestartPolicy::OnFailure,
        "never" => RestartPolicy::Never,
        _ => return Err("not always, on-failure or never"),
    }))
}

fn limit(text: &str, parse: fn(&str) -> Option<u32>) -> Result<Option<u32>, &'static str> {
    if text == "unlimited" {
        return Ok(None);
    }
    match parse(text) {
        None => Err("not a number in range, and not unlimited"),
        most => Ok(most),
    }
}

fn operations(list: &str) -> Result<OpSet, &'static str> {
    let mut set = OpSet::EMPTY;
    let mut rest = Some(list);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        set = set.with(Op::from_name(item).ok_or("an operation that there is not")?);
        rest = after;
    }
    Ok(set)
}

fn ports(list: &str) -> Result<Reservations, &'static str> {
    let mut all = Reservations::new();
    let mut rest = Some(list);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        let port = number::ports(item).ok_or("not as 80, tcp/80 or udp/5000-5010")?;
        let port = port.map_err(|_| "port 0, or the first port above the last")?;
        if all.iter().any(|other| other.overlaps(port)) {
            return Err("a port given twice");
        }
        all.push(port).map_err(|_| "more than 16 items")?;
        rest = after;
    }
    Ok(all)
}

/// Names of cells.
fn names(list: &str) -> Result<Vec<CellName<'_>>, &'static str> {
    let mut all: Vec<CellName<'_>> = Vec::new();
    let mut rest = Some(list);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        let name = CellName::new(item).map_err(|_| "not names of cells")?;
        if !all.contains(&name) {
            all.push(name);
        }
        rest = after;
    }
    Ok(all)
}

/// A name that is one.
#[inline(never)]
pub(crate) fn name<'n>(text: &'n str, what: &str) -> Result<CellName<'n>, Failure> {
    match CellName::new(text) {
        Ok(name) => Ok(name),
        Err(why) => {
            let told = crate::failure::told(&why);
            Err(misused(text, &self::text(&[what, " name"]), &told))
        }
    }
}

/// A command's words, between blanks.
fn words(command: &str) -> Result<Vec<&str>, &'static str> {
    let mut all = Vec::new();
    let mut rest = Some(command);
    while let Some(list) = rest {
        let (word, after) = split(list, b' ');
        if !word.is_empty() {
            all.push(word);
        }
        rest = after;
    }
    match all.first().map(|program| program.as_bytes()) {
        Some([b'/', ..]) => Ok(all),
        Some(_) | None => Err("not an absolute path and arguments"),
    }
}

fn user(text: &str) -> Result<Setting<'_>, &'static str> {
    const WHY: &str = "not as uid[:gid[,group]...] in numbers";
    let id = |text| {
        let id = number::decimal(text).filter(|id| *id != u32::MAX);
        id.ok_or(WHY)
    };
    let (uid, gids) = split(text, b':');
    let (gid, mut rest) = split(gids.unwrap_or(uid), b',');
    let mut groups = Vec::new();
    while let Some(list) = rest {
        let (group, after) = split(list, b',');
        groups.push(id(group)?);
        rest = after;
    }
    Ok(Setting::User(id(uid)?, id(gid)?, groups))
}

/// `volume:/target[:ro|rw][:noexec]`
fn mount(text: &str) -> Result<VolumeMount<'_>, &'static str> {
    const WHY: &str = "not as volume:/target[:ro|rw][:noexec]";
    let (volume, rest) = split(text, b':');
    let (target, mut rest) = split(rest.ok_or(WHY)?, b':');
    let mut mount = VolumeMount {
        volume: CellName::new(volume).map_err(|_| "not the name of a volume")?,
        target,
        read_only: false,
        no_exec: false,
    };
    while let Some(list) = rest {
        let (word, after) = split(list, b':');
        match word {
            "ro" => mount.read_only = true,
            "rw" => mount.read_only = false,
            "noexec" => mount.no_exec = true,
            _ => return Err(WHY),
        }
        rest = after;
    }
    Ok(mount)
}

fn level(text: &str) -> Result<Level, &'static str> {
    word(&LEVELS, text).map(Level).ok_or("no syslog level")
}

/// The place of a word among others.
fn word(all: &[&str], text: &str) -> Option<u8> {
    let place = all.iter().position(|word| *word == text);
    u8::try_from(place?).ok().filter(|_| !text.is_empty())
}
