//! `create`: a cell from the command line.

use alloc::string::String;
use core::fmt::Write as _;

use cell_abi::{
    Access, CellName, Create, DeviceRule, Devices, Limits, MINOR_ANY, Policy, PortError, Profile,
    Protocols, Refusal, Reservation, Reservations, RootPath,
};
use libcell::{
    device::{DeviceError, STANDARD_DEVICES},
    platform::{Errno, Platform},
};

use crate::arguments;
use crate::failure::Failure;
use crate::number;
use crate::session::Session;
use crate::show;

/// `cellctl create`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Create) -> Result<(), Failure> {
    let name = CellName::new(&arguments.name)
        .map_err(|error| Failure::usage(&arguments.name, "cell name", error))?;
    let root = RootPath::new(&arguments.root)
        .map_err(|error| Failure::usage(&arguments.root, "root", error))?;
    let profile = match arguments.profile.as_deref() {
        None => Profile::High,
        Some(level) => Profile::from_name(level)
            .ok_or_else(|| Failure::usage(level, "profile", "not low, medium or high"))?,
    };
    let mut policy = Policy::of(profile);
    policy.limits = limits(arguments)?;
    if let Some(ports) = &arguments.reserve {
        policy.reservations = reservations(ports)?;
    }
    policy.devices = devices(platform, &arguments.device)?;
    let session = Session::open(platform)?;
    let handle = session
        .device
        .create(Create { name, root, policy })
        .map_err(|error| match error {
            DeviceError::System(_) => Failure::new(root.as_str(), "root", error),
            DeviceError::Refused(Refusal::Malformed) => {
                Failure::new(root.as_str(), "root", "not accepted by the kernel")
            }
            error => session.refused(name.as_str(), "create", error),
        })?;
    show::written(platform, |out| {
        // a failure shows when the output is finished
        let _ = writeln!(out, "cell {handle}");
        Ok(())
    })
}

fn limits(arguments: &arguments::Create) -> Result<Limits, Failure> {
    let limit = |text: &Option<String>, what, parse: fn(&str) -> Option<u32>| {
        let Some(text) = text.as_deref().filter(|text| *text != "unlimited") else {
            return Ok(None);
        };
        let value = parse(text);
        value
            .map(Some)
            .ok_or_else(|| Failure::usage(text, what, "not a number in range, and not unlimited"))
    };
    let processes = |text: &str| number::decimal(text).filter(|most| (1..=0xffff).contains(most));
    Ok(Limits {
        processes: limit(&arguments.processes, "processes", processes)?
            .and_then(|most| u16::try_from(most).ok()),
        nofile: limit(&arguments.nofile, "open files", number::decimal)?,
        address_space_kib: limit(&arguments.address_space, "address space", number::kibibytes)?,
        core_kib: limit(&arguments.core, "core file", number::kibibytes)?,
    })
}

/// `80,tcp/443,udp/5000-5010`
fn reservations(text: &str) -> Result<Reservations, Failure> {
    let mut all = Reservations::new();
    for item in text.split(',') {
        let reservation = reservation(item)?;
        if all.iter().any(|other| other.overlaps(reservation)) {
            return Err(Failure::usage(item, "ports", "given twice"));
        }
        all.push(reservation)
            .map_err(|_| Failure::usage(text, "ports", "more than 16 items"))?;
    }
    Ok(all)
}

fn reservation(item: &str) -> Result<Reservation, Failure> {
    let (protocols, range) = match item.split_once('/') {
        None => (Some(Protocols::Both), item),
        Some(("tcp", range)) => (Some(Protocols::Tcp), range),
        Some(("udp", range)) => (Some(Protocols::Udp), range),
        Some((_, range)) => (None, range),
    };
    let port = |text: &str| number::decimal(text).and_then(|port| u16::try_from(port).ok());
    let (first, last) = match range.split_once('-') {
        None => (port(range), port(range)),
        Some((first, last)) => (port(first), port(last)),
    };
    let (Some(protocols), Some(first), Some(last)) = (protocols, first, last) else {
        return Err(Failure::usage(
            item,
            "ports",
            "not as 80, tcp/80 or udp/5000-5010",
        ));
    };
    Reservation::new(protocols, first, last)
        .map_err(|error: PortError| Failure::usage(item, "ports", error))
}

/// The standard devices that this system has, and those given.
fn devices<P: Platform>(platform: &P, given: &[String]) -> Result<Devices, Failure> {
    let mut all = Devices::new();
    for standard in &STANDARD_DEVICES {
        let minor = standard.any_minor.then_some(MINOR_ANY);
        match rule(platform, standard.path, Access::ReadWrite, minor) {
            Ok(rule) if all.contains(&rule) => {}
            Ok(rule) => add(&mut all, rule, standard.path)?,
            // not every kernel has every one
            Err(Errno::ENOENT | Errno::ENODEV | Errno::ENXIO) => {}
            Err(errno) => return Err(Failure::new(standard.path, "device", errno)),
        }
    }
    for text in given {
        let (path, access) = match text.rsplit_once(':') {
            Some((path, "r")) => (path, Access::Read),
            Some((path, "w")) => (path, Access::Write),
            Some((path, "rw")) => (path, Access::ReadWrite),
            Some(_) => return Err(Failure::usage(text, "device", "not as gpio0:r, :w or :rw")),
            None => (text.as_str(), Access::ReadWrite),
        };
        let mut full = String::new();
        if !path.starts_with('/') {
            full.push_str("/dev/");
        }
        full.push_str(path);
        let rule = rule(platform, &full, access, None)
            .map_err(|errno| Failure::new(&full, "device", errno))?;
        add(&mut all, rule, &full)?;
    }
    Ok(all)
}

fn add(all: &mut Devices, rule: DeviceRule, path: &str) -> Result<(), Failure> {
    all.push(rule)
        .map_err(|_| Failure::usage(path, "device", "more than 16, the standard ones included"))
}

fn rule<P: Platform>(
    platform: &P,
    path: &str,
    access: Access,
    minor: Option<u32>,
) -> Result<DeviceRule, Errno> {
    let number = platform.device_number(path)?;
    let rule = DeviceRule {
        kind: number.kind,
        access,
        major: u16::try_from(number.major).map_err(|_| Errno::ENODEV)?,
        minor: minor.unwrap_or(number.minor),
    };
    if rule.is_valid() {
        Ok(rule)
    } else {
        Err(Errno::ENODEV)
    }
}
