//! Settings as the command line has them.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Access, CellName, Op, OpSet, Profile, Reservations};
use libcell::desired::{CellEntry, Setting, VolumeMount};
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
            all.push((text(&[directory, path]), access));
        }
        Ok(Self(all))
    }
}

/// Puts what was given into a change.
pub(crate) fn read<'a>(
    parsed: &Parsed<'a>,
    devices: &'a Devices,
    entry: &mut CellEntry<'a>,
) -> Result<(), Failure> {
    let value = |option| parsed.value(option);
    if let Some(flag) = value(a::AUTOSTART) {
        entry.set(Setting::Autostart(yes(flag, "autostart")?));
    }
    if let Some(flag) = value(a::CRITICAL) {
        entry.set(Setting::Critical(yes(flag, "critical")?));
    }
    if let Some(text) = value(a::DESCRIPTION) {
        entry.set(Setting::Description(text));
    }
    if let Some(level) = value(a::PROFILE) {
        let profile = Profile::from_name(level).filter(|profile| *profile != Profile::Custom);
        let profile = profile.ok_or(misused(level, "profile", "not low, medium or high"))?;
        entry.set(Setting::Profile(profile));
    }
    if let Some(list) = value(a::DENY) {
        entry.set(Setting::Deny(operations(list)?));
    }
    if let Some(list) = value(a::PORTS) {
        entry.set(Setting::Ports(ports(list)?));
    }
    if parsed.has(a::DEVICE) {
        let devices = devices.0.iter();
        entry.set(Setting::Devices(
            devices
                .map(|(path, access)| (path.as_str(), *access))
                .collect(),
        ));
    }
    if let Some(most) = value(a::NPROC) {
        let number = limit(most, "rlimit-nproc", |text| {
            number::decimal(text).filter(|most| (1..=0xffff).contains(most))
        })?;
        entry.set(Setting::Processes(number.map(|most| most as u16)));
    }
    if let Some(most) = value(a::NOFILE) {
        entry.set(Setting::NoFile(limit(
            most,
            "rlimit-nofile",
            number::decimal,
        )?));
    }
    if let Some(most) = value(a::AS) {
        let most = limit(most, "rlimit-as", number::kibibytes)?;
        entry.set(Setting::AddressSpaceKib(most));
    }
    if let Some(most) = value(a::CORE) {
        entry.set(Setting::CoreKib(limit(
            most,
            "rlimit-core",
            number::kibibytes,
        )?));
    }
    if let Some(command) = value(a::CMD) {
        entry.set(Setting::Command(words(command, "cmd")?));
    }
    if let Some(user) = value(a::RUN_AS) {
        entry.set(self::user(user)?);
    }
    if let Some(list) = value(a::DEPENDS) {
        entry.set(Setting::Depends(names(list)?));
    }
    if let Some(when) = value(a::RESTART) {
        entry.set(Setting::Restart(match when {
            "always" => RestartPolicy::Always,
            "on-failure" => RestartPolicy::OnFailure,
            "never" => RestartPolicy::Never,
            _ => return Err(misused(when, "restart", "not always, on-failure or never")),
        }));
    }
    if let Some(command) = value(a::HEALTH) {
        entry.set(Setting::Health(Some(words(command, "healthcheck")?)));
    }
    if parsed.has(a::MOUNT) {
        let mounts: Result<_, _> = parsed.values(a::MOUNT).map(mount).collect();
        entry.set(Setting::Mounts(mounts?));
    }
    if let Some(name) = value(a::FACILITY) {
        let facility = word(&FACILITIES, name, "log-facility", "no syslog facility")?;
        entry.set(Setting::Facility(Facility(facility)));
    }
    if let Some(name) = value(a::STDOUT) {
        entry.set(Setting::Stdout(level(name, "stdout-level")?));
    }
    if let Some(name) = value(a::STDERR) {
        entry.set(Setting::Stderr(level(name, "stderr-level")?));
    }
    if let Some(tag) = value(a::TAG) {
        entry.set(Setting::Tag(tag));
    }
    clear(parsed, entry)
}

/// What each option that clears sets.
const CLEARED: [(u8, fn() -> Setting<'static>); 9] = [
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

fn clear(parsed: &Parsed<'_>, entry: &mut CellEntry<'_>) -> Result<(), Failure> {
    for (option, cleared) in CLEARED {
        if parsed.has(option + a::CLEAR) {
            if parsed.has(option) {
                return Err(misused(
                    "cell set",
                    "options",
                    "one sets what another clears",
                ));
            }
            entry.set(cleared());
        }
    }
    let mut drop = |option: u8, settings: &[u8]| {
        if parsed.has(option + a::CLEAR) {
            let is_kept = |setting: &Setting<'_>| !settings.contains(&setting.order());
            entry.settings.retain(is_kept);
        }
    };
    drop(a::DENY, &[4]);
    drop(a::FACILITY, &[17, 18, 19, 20]);
    Ok(())
}

fn yes(text: &str, what: &str) -> Result<bool, Failure> {
    match text {
        "YES" | "yes" => Ok(true),
        "NO" | "no" => Ok(false),
        _ => Err(misused(text, what, "not YES or NO")),
    }
}

fn limit(text: &str, what: &str, parse: fn(&str) -> Option<u32>) -> Result<Option<u32>, Failure> {
    if text == "unlimited" {
        return Ok(None);
    }
    match parse(text) {
        None => Err(misused(
            text,
            what,
            "not a number in range, and not unlimited",
        )),
        most => Ok(most),
    }
}

fn operations(list: &str) -> Result<OpSet, Failure> {
    let mut set = OpSet::EMPTY;
    for_each(list, &mut |name| {
        let op = Op::from_name(name);
        set = set.with(op.ok_or(misused(name, "operation", "there is none of that name"))?);
        Ok(())
    })?;
    Ok(set)
}

fn ports(list: &str) -> Result<Reservations, Failure> {
    let mut all = Reservations::new();
    for_each(list, &mut |item| {
        let refuse = |why| Err(misused(item, "reserved-ports", why));
        match number::ports(item) {
            None => refuse("not as 80, tcp/80 or udp/5000-5010"),
            Some(Err(_)) => refuse("port 0, or the first port above the last"),
            Some(Ok(port)) if all.iter().any(|other| other.overlaps(port)) => refuse("given twice"),
            Some(Ok(port)) => all.push(port).or_else(|_| refuse("more than 16 items")),
        }
    })?;
    Ok(all)
}

/// Names of cells.
fn names(list: &str) -> Result<Vec<CellName<'_>>, Failure> {
    let mut all: Vec<CellName<'_>> = Vec::new();
    let mut rest = Some(list);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        let name = name(item, "cell")?;
        if !all.contains(&name) {
            all.push(name);
        }
        rest = after;
    }
    Ok(all)
}

/// A name that is one.
pub(crate) fn name<'n>(text: &'n str, what: &str) -> Result<CellName<'n>, Failure> {
    CellName::new(text).map_err(|why| {
        let told = crate::failure::told(&why);
        misused(text, self::text(&[what, " name"]).as_str(), &told)
    })
}

fn for_each(list: &str, each: &mut dyn FnMut(&str) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut rest = Some(list);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        each(item)?;
        rest = after;
    }
    Ok(())
}

/// A command's words, between blanks.
fn words<'c>(command: &'c str, what: &str) -> Result<Vec<&'c str>, Failure> {
    let mut all = Vec::new();
    let mut rest = Some(command);
    while let Some(list) = rest {
        let (word, after) = split(list, b' ');
        if !word.is_empty() {
            all.push(word);
        }
        rest = after;
    }
    match all.first() {
        Some(program) if program.starts_with('/') => Ok(all),
        Some(_) | None => Err(misused(command, what, "not an absolute path and arguments")),
    }
}

fn user(text: &str) -> Result<Setting<'static>, Failure> {
    let refuse = || misused(text, "run-as", "not as uid[:gid[,group]...] in numbers");
    let id = |text| number::decimal(text).filter(|id| *id != u32::MAX);
    let (uid, gids) = split(text, b':');
    let (gid, mut rest) = split(gids.unwrap_or(uid), b',');
    let mut groups = Vec::new();
    while let Some(list) = rest {
        let (group, after) = split(list, b',');
        groups.push(id(group).ok_or_else(refuse)?);
        rest = after;
    }
    let uid = id(uid).ok_or_else(refuse)?;
    Ok(Setting::User(uid, id(gid).ok_or_else(refuse)?, groups))
}

/// `volume:/target[:ro|rw][:noexec]`
fn mount(text: &str) -> Result<VolumeMount<'_>, Failure> {
    let refuse = || misused(text, "mount", "not as volume:/target[:ro|rw][:noexec]");
    let (volume, rest) = split(text, b':');
    let (target, mut rest) = split(rest.ok_or_else(refuse)?, b':');
    let mut mount = VolumeMount {
        volume: name(volume, "volume")?,
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
            _ => return Err(refuse()),
        }
        rest = after;
    }
    Ok(mount)
}

fn level(text: &str, what: &str) -> Result<Level, Failure> {
    word(&LEVELS, text, what, "no syslog level").map(Level)
}

/// The place of a word among others.
fn word(all: &[&str], text: &str, what: &str, why: &str) -> Result<u8, Failure> {
    let at = all
        .iter()
        .position(|word| *word == text && !text.is_empty());
    at.and_then(|at| u8::try_from(at).ok())
        .ok_or_else(|| misused(text, what, why))
}
