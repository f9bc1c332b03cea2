//! `create`: a cell from the command line.

use cell_abi::{
    Access, CellName, Create, DeviceRule, Devices, Limits, MINOR_ANY, Policy, Profile, Refusal,
    Reservations, RootPath,
};
use libcell::{
    device::{DeviceError, STANDARD_DEVICES},
    options::Parsed,
    platform::{Errno, Platform},
};

use crate::failure::{Failure, Why, failed, failed_by, misused, misused_by, said};
use crate::session::Session;
use crate::show::{self, joined};
use libcell::number::{self, split};

/// `cellctl create`
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let Some(name) = parsed.value(b'n') else {
        return Err(misused(
            platform,
            "create",
            &const { said("--name", "missing") },
        ));
    };
    let name = match CellName::new(name) {
        Ok(name) => name,
        Err(error) => return Err(misused_by(platform, name, "cell name", error.into())),
    };
    let root = match RootPath::new(parsed.operand(0)) {
        Ok(root) => root,
        Err(error) => {
            return Err(misused_by(
                platform,
                parsed.operand(0),
                "root",
                error.into(),
            ));
        }
    };
    let level = parsed.value(b'l').unwrap_or("high");
    let Some(profile) = Profile::from_name(level) else {
        return Err(misused(
            platform,
            level,
            &const { said("profile", "not low, medium or high") },
        ));
    };
    let mut policy = Policy::of(profile);
    let limit = |letter, what, parse: fn(&str) -> Option<u32>| match parsed.value(letter) {
        None | Some("unlimited") => Ok(None),
        Some(text) => match parse(text) {
            None => {
                let why = "not a number in range, and not unlimited";
                Err(misused_by(platform, text, what, why.into()))
            }
            value => Ok(value),
        },
    };
    let processes = |text: &str| number::decimal(text).filter(|most| (1..=0xffff).contains(most));
    policy.limits = Limits {
        processes: limit(b'P', "processes", processes)?.map(|most| most as u16),
        nofile: limit(b'N', "open files", number::decimal)?,
        address_space_kib: limit(b'A', "address space", number::kibibytes)?,
        core_kib: limit(b'C', "core file", number::kibibytes)?,
    };
    if let Some(ports) = parsed.value(b'r') {
        reserve(platform, ports, &mut policy.reservations)?;
    }
    add_devices(platform, parsed, &mut policy.devices)?;
    let mut create = Some(Create { name, root, policy });
    Session::with(platform, &mut |session| {
        // taken once: the session runs this once
        let Some(create) = create.take() else {
            return Ok(());
        };
        match session.device.create(create) {
            Ok(handle) => show::print_number(platform, "cell ", handle.raw()),
            Err(DeviceError::System(errno)) => {
                Err(failed_by(platform, root.as_str(), "root", errno.into()))
            }
            Err(DeviceError::Refused(Refusal::Malformed)) => Err(failed(
                platform,
                name.as_str(),
                &const { said("policy", "not accepted by the kernel") },
            )),
            Err(error) => Err(session.refused(name.as_str(), "create", error)),
        }
    })
}

/// `80,tcp/443,udp/5000-5010`
fn reserve<P: Platform>(platform: &P, text: &str, all: &mut Reservations) -> Result<(), Failure> {
    let mut rest = Some(text);
    while let Some(list) = rest {
        let (item, after) = split(list, b',');
        rest = after;
        let why = match number::ports(item) {
            None => Why::from("not as 80, tcp/80 or udp/5000-5010"),
            Some(Err(error)) => error.into(),
            Some(Ok(range)) if all.iter().any(|other| other.overlaps(range)) => {
                "given twice".into()
            }
            Some(Ok(range)) => match all.push(range) {
                Ok(()) => continue,
                Err(_) => "more than 16 items".into(),
            },
        };
        return Err(misused_by(platform, item, "ports", why));
    }
    Ok(())
}

/// The standard devices that this system has, and those given.
fn add_devices<P: Platform>(
    platform: &P,
    parsed: &Parsed<'_>,
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
            Err(errno) => return Err(failed_by(platform, standard.path, "device", errno.into())),
        }
    }
    for text in parsed.values(b'd') {
        let (path, access) = split(text, b':');
        let access = match access {
            None | Some("rw") => Access::ReadWrite,
            Some("r") => Access::Read,
            Some("w") => Access::Write,
            Some(_) => {
                return Err(misused(
                    platform,
                    text,
                    &const { said("device", "not as gpio0:r, :w or :rw") },
                ));
            }
        };
        let directory = if path.starts_with('/') { "" } else { "/dev/" };
        let path = joined(&[directory, path]);
        match rule(platform, &path, access) {
            Ok(rule) => add(platform, all, rule, &path)?,
            Err(errno) => return Err(failed_by(platform, &path, "device", errno.into())),
        }
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
        misused(
            platform,
            path,
            &const { said("device", "more than 16, the standard ones included") },
        )
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
