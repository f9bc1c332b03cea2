//! `celltest pools`, what vmstat -m and -s show of the kernel's memory; `celltest reload PATH ROUNDS`, loading and
//! unloading the module so often and comparing.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::entry::USAGE;
use libcell::platform::{Errno, Platform, System};

use crate::growth::{self, Growth, Use};
use crate::modules;
use crate::os;
use crate::results::{Results, say};

/// struct pool_sysctl (sys/sys/pool.h): a name of 16 bytes and 64-bit numbers after it.
const POOL: usize = 16 + 26 * 8;
const NOUT: usize = 5;
const META: usize = 17;
const NFULL: usize = 18;
const NPARTIAL: usize = 19;

/// `CTL_VM`, `VM_UVMEXP2`: struct uvmexp_sysctl (sys/uvm/uvm_extern.h), 64-bit numbers.
const UVMEXP2: [i32; 2] = [2, 5];
const TOTAL: usize = 3;
const FREE: usize = 4;
const ANONYMOUS: usize = 71;
const FILES: usize = 72;
const EXECUTED: usize = 73;
const POOLS: usize = 78;

fn number(record: &[u8], index: usize, from: usize) -> i64 {
    let at = from + index * 8;
    record
        .get(at..at + 8)
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, i64::from_ne_bytes)
}

/// Items in use of each pool: handed out, less those that the caches of pools hold for the next who asks. Then pages:
/// of pools, and those that are neither free nor a pool's nor hold a program or a file.
///
/// # Errors
/// Of sysctl(3).
pub fn in_use() -> Result<Use, Errno> {
    let name = os::sysctl_by_name(&["kern", "pool"])?;
    let records = os::sysctl(&name, &[])?;
    let mut all: Use = records.chunks_exact(POOL).map(pool).collect();
    let memory = os::sysctl(&UVMEXP2, &[])?;
    let pages = |index| number(&memory, index, 0);
    let programs = pages(ANONYMOUS) + pages(FILES) + pages(EXECUTED);
    all.push(("pages of pools".into(), pages(POOLS)));
    all.push((
        "other kernel pages".into(),
        pages(TOTAL) - pages(FREE) - programs - pages(POOLS),
    ));
    Ok(all)
}

fn pool(record: &[u8]) -> (String, i64) {
    let name: Vec<u8> = record
        .iter()
        .copied()
        .take(16)
        .take_while(|byte| *byte != 0)
        .collect();
    let of = |index| number(record, index, 16);
    // a cache's groups: the full ones of META items; of the others at most as many
    let cached = of(NFULL) * of(META) + of(NPARTIAL) * of(META) / 2;
    (
        String::from_utf8(name).unwrap_or_default(),
        (of(NOUT) - cached).max(0),
    )
}

/// Prints it.
pub fn run(system: &System, _: &[&str]) -> u8 {
    match in_use() {
        Ok(all) => {
            for (name, count) in all {
                say(system, 1, format_args!("{name}\t{count}\n"));
            }
            0
        }
        Err(errno) => {
            say(system, 2, format_args!("celltest: kern.pool: {errno}\n"));
            1
        }
    }
}

/// Rounds before counting: what is made once and kept is there after them.
const WARM: u32 = 10;

/// How often so many rounds are counted while something seems to leak. What a processor's caches hold can grow by
/// two groups of each size once, not each time.
const TIMES: u32 = 3;

/// Loads and unloads.
pub fn reload(system: &System, rest: &[&str]) -> u8 {
    let [path, rounds] = rest else {
        say(
            system,
            2,
            format_args!("usage: celltest reload PATH ROUNDS\n"),
        );
        return USAGE;
    };
    let Ok(rounds) = rounds.parse::<u32>() else {
        say(
            system,
            2,
            format_args!("celltest: {rounds}: not a number\n"),
        );
        return USAGE;
    };
    let mut results = Results::new(system, "reload");
    if let Err(errno) = measured(system, path, rounds, &mut results) {
        results.fail("reload", path, errno);
    }
    results.finish()
}

fn measured(
    system: &System,
    path: &str,
    rounds: u32,
    results: &mut Results<'_, System>,
) -> Result<(), Errno> {
    again(system, path, WARM)?;
    let mut before = in_use()?;
    let mut leaks: Option<Vec<Growth>> = None;
    for _ in 0..TIMES {
        again(system, path, rounds)?;
        let after = in_use()?;
        let now = growing(system, &before, &after, rounds);
        before = after;
        let still = match leaks {
            None => now,
            Some(mut leaks) => {
                leaks.retain(|leak| now.iter().any(|growth| growth.name == leak.name));
                leaks
            }
        };
        let none = still.is_empty();
        leaks = Some(still);
        if none {
            break;
        }
    }
    results.ok(format_args!("reload.{rounds}-times"));
    let leaks = leaks.unwrap_or_default();
    for Growth {
        name,
        before,
        after,
    } in &leaks
    {
        let why = format_args!("{before} in use, {after} after {rounds} rounds, and so on");
        results.fail("reload.leak", name, why);
    }
    if leaks.is_empty() {
        results.ok("reload.leak");
    }
    Ok(())
}

/// What grows with the rounds; the rest is told as a remark.
fn growing(system: &System, before: &Use, after: &Use, rounds: u32) -> Vec<Growth> {
    let (leaks, rest): (Vec<Growth>, Vec<Growth>) = growth::grown(before, after)
        .into_iter()
        .partition(|growth| growth.is_leak(rounds));
    for (kind, list) in [("grown", &leaks), ("not each round", &rest)] {
        for Growth {
            name,
            before,
            after,
        } in list
        {
            let line =
                format_args!("# {name}: {before} in use, {after} after {rounds} rounds: {kind}\n");
            say(system, 1, line);
        }
    }
    leaks
}

fn again(system: &System, path: &str, rounds: u32) -> Result<(), Errno> {
    for _ in 0..rounds {
        modules::load(system, path)?;
        // in use, so that what is allocated late is allocated too
        drop(system.open_cell_device("/dev/cell")?);
        modules::unload(system, modules::NAME)?;
    }
    Ok(())
}
