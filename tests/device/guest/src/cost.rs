//! `celltest cost MODULE`: what calls cost without the module, with it for the host while a cell exists, and with it
//! for a member of that cell; root and an ordinary user each.
//!
//! In one boot: measure, load, make a cell, measure the host and a member, unload, measure again. The last tells how
//! much the numbers wander by themselves. Meant for a machine whose clock counts instructions (scripts/qemu --icount).

mod measure;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cell_abi::{CellName, Create, Handle, Policy, Profile, Protocols, Reservation, RootPath};
use libcell::device::{CellDevice, DeviceError};
use libcell::entry::USAGE;
use libcell::platform::{Errno, Launch, Platform, System};

pub use measure::{chain, run as measure_run};

use crate::median::Ratio;
use crate::results::{Results, say};
use crate::{files, modules, os};

/// A port that the cell has reserved, and one that it has not.
const RESERVED: &str = "5000";
const FREE: &str = "6000";

/// Most that a call may cost more, in hundredths of a percent: host and member.
const AIMS: [Ratio; 2] = [Ratio(100), Ratio(300)];

/// Medians of every call, in the order of [`measure::CALLS`].
type Medians = Vec<u64>;

/// Who measures.
#[derive(Clone, Copy)]
enum As {
    Root,
    User,
}

const USERS: [(As, &str); 2] = [(As::Root, "root"), (As::User, "user")];

/// Runs it.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let [module] = rest else {
        say(system, 2, format_args!("usage: celltest cost MODULE\n"));
        return USAGE;
    };
    let mut results = Results::new(system, "cost");
    match measured(system, module) {
        Ok(()) => results.ok("cost"),
        Err(why) => results.fail("cost", module, why),
    }
    results.finish()
}

fn measured(system: &System, module: &str) -> Result<(), String> {
    let failed = |errno: Errno| alloc::format!("{errno}");
    // pages of this program that are in memory by then cost a fork more: measured for nothing
    both(system, None, FREE)?;
    let without = both(system, None, FREE)?;
    modules::load(system, module).map_err(failed)?;
    let (host, member) = with_cell(system)?;
    modules::unload(system, modules::NAME).map_err(failed)?;
    let again = both(system, None, FREE)?;
    table(system, [&without, &host, &member, &again]);
    Ok(())
}

/// Prints the table: times in nanoseconds, each with what it is above the first.
fn table(system: &System, columns: [&[Medians; 2]; 4]) {
    let samples = measure::SAMPLES;
    let [host, member] = AIMS;
    for line in [
        format_args!(
            "# medians of {samples} samples in ns; an instruction is 2 ns where the clock counts them\n"
        ),
        format_args!("# aims: host at most {host}, member at most {member}; ! is above\n"),
        format_args!(
            "# {:<17} {:<4} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
            "call", "by", "without", "host", "", "member", "", "without", ""
        ),
    ] {
        say(system, 1, line);
    }
    let mut above = 0;
    for (row, (_, user)) in [0, 1].into_iter().zip(USERS) {
        for (at, call) in measure::CALLS.iter().enumerate() {
            let [base, host, member, again] = columns.map(|medians| {
                let medians = medians.get(row).and_then(|medians| medians.get(at));
                Time(medians.copied().unwrap_or(0))
            });
            let [of_host, of_member] = [host, member].map(|time| Ratio::of(base.0, time.0));
            let marks = [(of_host, AIMS[0]), (of_member, AIMS[1])].map(|(ratio, aim)| {
                if ratio > aim {
                    above += 1;
                    '!'
                } else {
                    ' '
                }
            });
            let line = format_args!(
                "cost {:<17} {user:<4} {base} {host} {of_host:>9}{} {member} {of_member:>9}{} {again} {:>9}\n",
                call.name,
                marks[0],
                marks[1],
                Ratio::of(base.0, again.0),
            );
            say(system, 1, line);
        }
    }
    let ratios = measure::CALLS.len() * USERS.len() * 2;
    say(
        system,
        1,
        format_args!("# {above} of {ratios} ratios are above the aims\n"),
    );
}

/// Hundredths of a nanosecond.
#[derive(Clone, Copy)]
struct Time(u64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7}.{:02}", self.0 / 100, self.0 % 100)
    }
}

fn with_cell(system: &System) -> Result<([Medians; 2], [Medians; 2]), String> {
    let told = |error: DeviceError| alloc::format!("{error}");
    let device = CellDevice::open(system, "/dev/cell").map_err(told)?;
    let cell = make(system, &device).map_err(told)?;
    let host = both(system, None, FREE)?;
    let member = both(system, Some(cell), RESERVED)?;
    device.destroy(cell).map_err(told)?;
    Ok((host, member))
}

/// A cell as a service has it: the medium profile, a port and null. Its root is the host's, so that what is looked up
/// and executed is the same.
fn make(system: &System, device: &CellDevice<'_, System>) -> Result<Handle, DeviceError> {
    let mut policy = Policy::of(Profile::Medium);
    let port =
        Reservation::new(Protocols::Both, 5000, 5000).map_err(|_| DeviceError::Unexpected)?;
    let null = system
        .device_number("/dev/null")
        .map_err(DeviceError::System)?;
    let full = |_| DeviceError::Unexpected;
    policy.reservations.push(port).map_err(full)?;
    let rule = cell_abi::DeviceRule {
        kind: null.kind,
        access: cell_abi::Access::ReadWrite,
        major: u16::try_from(null.major).map_err(|_| DeviceError::Unexpected)?,
        minor: null.minor,
    };
    policy
        .devices
        .push(rule)
        .map_err(|_| DeviceError::Unexpected)?;
    device.create(Create {
        name: CellName::new("cost").map_err(|_| DeviceError::Unexpected)?,
        root: RootPath::new("/").map_err(|_| DeviceError::Unexpected)?,
        policy,
    })
}

fn both(system: &System, cell: Option<Handle>, port: &str) -> Result<[Medians; 2], String> {
    let one = |user| medians(system, cell, port, user);
    Ok([one(As::Root)?, one(As::User)?])
}

/// Has them measured by a process of its own.
fn medians(system: &System, cell: Option<Handle>, port: &str, user: As) -> Result<Medians, String> {
    let failed = |errno: Errno| alloc::format!("measure: {errno}");
    let (ours, theirs) = os::local_pair().map_err(failed)?;
    let errors = system.standard(2).map_err(failed)?;
    let pid = system
        .spawn(&Launch {
            command: &[measure::PROGRAM, "measure", port],
            environment: &[],
            new_session: true,
            stdio: [None, Some(&theirs), Some(&errors)],
            limits: &[],
            enter: cell.map(|cell| ("/dev/cell", cell)),
            directory: "/",
            user: match user {
                As::Root => None,
                As::User => Some((1000, 1000, &[])),
            },
        })
        .map_err(failed)?;
    drop(theirs);
    let bytes = files::rest(system, &ours).map_err(failed)?;
    os::wait_for(pid).map_err(failed)?;
    let medians: Medians = bytes
        .chunks_exact(8)
        .filter_map(|bytes| bytes.try_into().ok().map(u64::from_ne_bytes))
        .collect();
    if medians.len() == measure::CALLS.len() {
        Ok(medians)
    } else {
        Err(alloc::format!(
            "measure: {} of {} calls",
            medians.len(),
            measure::CALLS.len()
        ))
    }
}
