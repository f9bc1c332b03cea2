//! `celltest measure PORT`: the calls, timed by a process that does nothing else. Medians, a word of 64 bits each, go to
//! standard output.
//!
//! A sample is some calls in a row, so short that the clock's interrupt, a hundred times a second, is in few of them:
//! the median is of those without.

use alloc::vec::Vec;

use libcell::platform::{Errno, Open, Pid, Platform, System, raw, signal};

use crate::median::median;
use crate::os::{self, Forked};
use crate::results::say;

/// This program, under the same name for the host and in the cell.
pub const PROGRAM: &str = "/bin/celltest";

/// Samples of each call.
pub const SAMPLES: usize = 101;

/// What every call is measured with.
struct Bench<'s> {
    system: &'s System,
    port: u16,
    /// A child that sleeps.
    child: Pid,
}

/// A call: its name in the table, how many make a sample, and how so many are timed, in nanoseconds.
pub struct Call {
    /// Its name.
    pub name: &'static str,
    count: u32,
    time: fn(&Bench<'_>, u32) -> Result<u64, Errno>,
}

const fn call(
    name: &'static str,
    count: u32,
    time: fn(&Bench<'_>, u32) -> Result<u64, Errno>,
) -> Call {
    Call { name, count, time }
}

/// All of them.
#[rustfmt::skip]
pub const CALLS: [Call; 6] = [
    call("fork+exit",         3,  |bench, count| repeat(count, || fork(bench))),
    call("exec",              3,  execute),
    call("kill(pid,0)",       200, |bench, count| repeat(count, || os::signal(bench.child, 0))),
    call("open+close null",   100, |bench, count| repeat(count, || null(bench))),
    call("socket+bind+close", 50,  |bench, count| repeat(count, || bind(bench))),
    call("socket+close",      100, |_, count| repeat(count, || os::socket(libc::SOCK_DGRAM).map(drop))),
];

/// Runs it.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let Some(port) = rest.first().and_then(|port| port.parse().ok()) else {
        return libcell::entry::USAGE;
    };
    let child = match os::fork() {
        Ok(Forked::Child) => {
            os::close_all();
            loop {
                os::sleep_ms(3_600_000);
            }
        }
        Ok(Forked::Parent(child)) => child,
        Err(_) => return 1,
    };
    let bench = Bench {
        system,
        port,
        child,
    };
    let mut good = true;
    for call in &CALLS {
        match measure(&bench, call) {
            Ok(median) => good &= write(system, median),
            Err(errno) => {
                say(
                    system,
                    2,
                    format_args!("celltest measure: {}: {errno}\n", call.name),
                );
                good = false;
                break;
            }
        }
    }
    let _ = os::signal(child, signal::KILL);
    let _ = os::wait_for(child);
    u8::from(!good)
}

fn write(system: &System, median: u64) -> bool {
    let Ok(output) = system.standard(1) else {
        return false;
    };
    system.write(&output, &median.to_ne_bytes()) == Ok(8)
}

/// The median time of one call, in hundredths of a nanosecond.
fn measure(bench: &Bench<'_>, call: &Call) -> Result<u64, Errno> {
    // caches of the kernel's own fill
    for _ in 0..3 {
        (call.time)(bench, call.count)?;
    }
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        samples.push((call.time)(bench, call.count)? * 100 / u64::from(call.count));
    }
    Ok(median(&mut samples))
}

fn repeat(count: u32, mut once: impl FnMut() -> Result<(), Errno>) -> Result<u64, Errno> {
    let before = os::nanoseconds();
    for _ in 0..count {
        once()?;
    }
    Ok(os::nanoseconds() - before)
}

fn fork(_: &Bench<'_>) -> Result<(), Errno> {
    match os::fork()? {
        Forked::Child => os::exit(0),
        Forked::Parent(pid) => os::wait_for(pid).map(drop),
    }
}

fn null(bench: &Bench<'_>) -> Result<(), Errno> {
    bench.system.open("/dev/null", Open::ReadWrite, 0).map(drop)
}

fn bind(bench: &Bench<'_>) -> Result<(), Errno> {
    let socket = os::socket(libc::SOCK_DGRAM)?;
    os::bind(&socket, bench.port)
}

/// A child that executes itself so often, and tells how long that took: execve(2) alone, with the program's start.
fn execute(bench: &Bench<'_>, count: u32) -> Result<u64, Errno> {
    let (ours, theirs) = os::local_pair()?;
    match os::fork()? {
        Forked::Child => {
            let number = alloc::format!("{}", raw::number(&theirs));
            let _ = os::keep(theirs);
            let (count, start) = (
                alloc::format!("{count}"),
                alloc::format!("{}", os::nanoseconds()),
            );
            os::execute(&[PROGRAM, "chain", &count, &start, &number]);
            os::exit(1)
        }
        Forked::Parent(pid) => {
            drop(theirs);
            let mut time = [0; 8];
            let got = bench.system.read(&ours, &mut time);
            os::wait_for(pid)?;
            match got? {
                8 => Ok(u64::from_ne_bytes(time)),
                _ => Err(Errno::EIO),
            }
        }
    }
}

/// `celltest chain COUNT START DESCRIPTOR`: executes itself COUNT - 1 times more, then writes the time since START.
pub fn chain(system: &System, rest: &[&str]) -> u8 {
    let [count, start, number] = rest else {
        return libcell::entry::USAGE;
    };
    match (count.parse::<u32>(), start.parse::<u64>(), number.parse()) {
        (Ok(0 | 1), Ok(start), Ok(number)) => {
            let time = os::nanoseconds() - start;
            let output = os::inherited(number);
            u8::from(system.write(&output, &time.to_ne_bytes()) != Ok(8))
        }
        (Ok(count), Ok(_), Ok(_)) => {
            let count = alloc::format!("{}", count - 1);
            os::execute(&[PROGRAM, "chain", &count, start, number]);
            1
        }
        _ => libcell::entry::USAGE,
    }
}
