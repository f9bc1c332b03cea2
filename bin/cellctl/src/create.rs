//! `create`: a cell from the command line.

use alloc::{format, string::String};

use cell_abi::{
    Access, CellName, Create, DeviceRule, Devices, Limits, MINOR_ANY, Policy, Profile, Protocols,
    Refusal, Reservation, Reservations, RootPath,
};
use libcell::{
    device::{DeviceError, STANDARD_DEVICES},
    platform::{Errno, Platform},
};

use crate::arguments;
use crate::failure::{Failure, failed, misused};
use crate::number;
use crate::session::Session;
use crate::show;

/// `cellctl create`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Create) -> Result<(), Failure> {
    let name = CellName::new(&arguments.name)
        .map_err(|error| misused(platform, &arguments.name, "cell name", &error))?;
    let root = RootPath::new(&arguments.root)
        .map_err(|error| misused(platform, &arguments.root, "root", &error))?;
    let level = arguments.profile.as_deref().unwrap_or("high");
    let profile = Profile::from_name(level)
        .ok_or_else(|| misused(platform, level, "profile", &"not low, medium or high"))?;
    let mut policy = Policy::of(profile);
    policy.limits = limits(platform, arguments)?;
    if let Some(ports) = &arguments.reserve {
        reserve(platform, ports, &mut policy.reservations)?;
    }
    add_devices(platform, &arguments.device, &mut policy.devices)?;
    let session = Session::open(platform)?;
    match session.device.create(Create { name, root, policy }) {
        Ok(handle) => show::print(platform, &format!("cell {handle}\n")),
        Err(DeviceError::System(errno)) => Err(failed(platform, root.as_str(), "root", &errno)),
        Err(DeviceError::Refused(Refusal::Malformed)) => {
            let why = "not accepted by the kernel";
            Err(failed(platform, name.as_str(), "policy", &why))
        }
        Err(error) => Err(session.refused(name.as_str(), "create", error)),
    }
}

fn limits<P: Platform>(platform: &P, arguments: &arguments::Create) -> Result<Limits, Failure> {
    let limit = |text: &Option<String>, what, parse: fn(&str) -> Option<u32>| match text.as_deref()
    {
        None | Some("unlimited") => Ok(None),
        Some(text) => match parse(text) {
            None => {
                let why = "not a number in range, and not unlimited";
                Err(misused(platform, text, what, &why))
            }
            value => Ok(value),
        },
    };
    let processes = |text: &str| number::decimal(text).filter(|most| (1..=0xffff).contains(most));
    Ok(Limits {
        processes: limit(&arguments.processes, "processes", processes)?.map(|most| most as u16),
        nofile: limit(&arguments.nofile, "open files", number::decimal)?,
        address_space_kib: limit(&arguments.address_space, "address space", number::kibibytes)?,
        core_kib: limit(&arguments.core, "core file", number::kibibytes)?,
    })
}

/// `80,tcp/443,udp/5000-5010`
fn reserve<P: Platform>(platform: &P, text: &str, all: &mut Reservations) -> Result<(), Failure> {
    for item in text.split(',') {
        let wrong = |why: &'static str| misused(platform, item, "ports", &why);
        let (protocols, first, last) =
            range(item).ok_or_else(|| wrong("not as 80, tcp/80 or udp/5000-5010"))?;
        let reservation = Reservation::new(protocols, first, last)
            .map_err(|error| misused(platform, item, "ports", &error))?;
        if all.iter().any(|other| other.overlaps(reservation)) {
            return Err(wrong("given twice"));
        }
        all.push(reservation)
            .map_err(|_| wrong("more than 16 items"))?;
    }
    Ok(())
}

fn range(item: &str) -> Option<(Protocols, u16, u16)> {
    let (protocols, range) = match item.split_once('/') {
        None => (Protocols::Both, item),
        Some(("tcp", range)) => (Protocols::Tcp, range),
        Some(("udp", range)) => (Protocols::Udp, range),
        Some(_) => return None,
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let port = |text| u16::try_from(number::decimal(text)?).ok();
    Some((protocols, port(first)?, port(last)?))
}

/// The standard devices that this system has, and those given.
fn add_devices<P: Platform>(
    platform: &P,
    given: &[String],
    all: &mut Devices,
) -> Result<(), Failure> {
    for standard in &STANDARD_DEVICES {
        match rule(platform, standard.path, Access::ReadWrite) {
            Ok(mut rule) => {
                if standard.any_minor {
                    rule.minor = MINOR_ANY;
                }
                if !all.contains(&rule) {
                    add(platform, all, rule, standard.path)?;
                }
            }
            // not every kernel has every one
            Err(Errno::ENOENT | Errno::ENODEV | Errno::ENXIO) => {}
            Err(errno) => return Err(failed(platform, standard.path, "device", &errno)),
        }
    }
    for text in given {
        let (path, access) = match text.rsplit_once(':') {
            None => (text.as_str(), Access::ReadWrite),
            Some((path, "r")) => (path, Access::Read),
            Some((path, "w")) => (path, Access::Write),
            Some((path, "rw")) => (path, Access::ReadWrite),
            Some(_) => {
                let why = "not as gpio0:r, :w or :rw";
                return Err(misused(platform, text, "device", &why));
            }
        };
        let directory = if path.starts_with('/') { "" } else { "/dev/" };
        let path = [directory, path].concat();
        let rule = rule(platform, &path, access)
            .map_err(|errno| failed(platform, &path, "device", &errno))?;
        add(platform, all, rule, &path)?;
    }
    Ok(())
}

fn add<P: Platform>(
    platform: &P,
    all: &mut Devices,
    rule: DeviceRule,
    path: &str,
) -> Result<(), Failure> {
    all.push(rule).map_err(|_| {
        let why = "more than 16, the standard ones included";
        misused(platform, path, "device", &why)
    })
}

fn rule<P: Platform>(platform: &P, path: &str, access: Access) -> Result<DeviceRule, Errno> {
    let number = platform.device_number(path)?;
    let rule = DeviceRule {
        kind: number.kind,
        access,
        major: u16::try_from(number.major).map_err(|_| Errno::ENODEV)?,
        minor: number.minor,
    };
    if rule.is_valid() {
        Ok(rule)
    } else {
        Err(Errno::ENODEV)
    }
}
