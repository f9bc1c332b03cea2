//! `celltest`: one static program that tests picocell inside NetBSD.
//!
//! `celltest SUBCOMMAND ...`, see [`run`]. Each subcommand is a module; its results are lines
//! `ok NAME`, `FAIL NAME: what: why` and `skip NAME: why` with a summary after them ([`results`]), its exit status is 1
//! if anything failed. What needs no NetBSD (command lists, expectations, medians) is tested on the build host.
#![no_std]
#![warn(missing_docs)]

extern crate alloc;

pub mod files;
pub mod growth;
pub mod lifecycle;
pub mod median;
pub mod random;
pub mod results;
pub mod script;

#[cfg(target_os = "netbsd")]
mod board;
#[cfg(target_os = "netbsd")]
mod conformance;
#[cfg(target_os = "netbsd")]
mod cost;
#[cfg(target_os = "netbsd")]
mod init;
#[cfg(target_os = "netbsd")]
mod modules;
#[cfg(target_os = "netbsd")]
mod nodes;
#[cfg(target_os = "netbsd")]
mod os;
#[cfg(target_os = "netbsd")]
mod platform;
#[cfg(target_os = "netbsd")]
mod pools;
#[cfg(target_os = "netbsd")]
mod services;
#[cfg(target_os = "netbsd")]
mod stick;

use libcell::entry::{System, USAGE};
use libcell::platform::Platform;

use results::say;

/// A subcommand: what follows its name goes to it; the result is the exit status.
type Run = fn(&System, &[&str]) -> u8;

/// Every subcommand by its name.
#[cfg(target_os = "netbsd")]
#[rustfmt::skip]
const SUBCOMMANDS: &[(&str, Run)] = &[
    ("conformance", conformance::run),
    ("board",  board::run),
    ("chain",  cost::chain),
    ("cost",   cost::run),
    ("init",   init::run),
    ("lifecycle", lifecycle::run),
    ("measure", cost::measure_run),
    ("member", lifecycle::member::run),
    ("module", modules::run),
    ("pause",  lifecycle::member::pause),
    ("platform", platform::run),
    ("pools",  pools::run),
    ("reload", pools::reload),
    ("service", services::run),
    ("stick",  stick::run),
];

/// Nothing of it runs on a build host.
#[cfg(not(target_os = "netbsd"))]
const SUBCOMMANDS: &[(&str, Run)] = &[];

/// Runs the subcommand that `arguments` name. The exit status is that subcommand's; 64 for a name that is none, and
/// for every name where this is not NetBSD.
pub fn run(system: &System, arguments: &[&str]) -> u8 {
    if cfg!(not(target_os = "netbsd")) {
        say(system, 2, format_args!("celltest: runs in NetBSD\n"));
        return USAGE;
    }
    #[cfg(target_os = "netbsd")]
    if let Some(status) = conformance::act(arguments) {
        return status;
    }
    let rest = match system.pid() {
        // the kernel's arguments say how to boot and not what to run
        1 => &["init"],
        _ => arguments.get(1..).unwrap_or_default(),
    };
    if let [name, rest @ ..] = rest
        && let Some((_, run)) = SUBCOMMANDS.iter().find(|(known, _)| known == name)
    {
        return run(system, rest);
    }
    say(system, 2, format_args!("usage: celltest SUBCOMMAND ...\n"));
    for (name, _) in SUBCOMMANDS {
        say(system, 2, format_args!("  {name}\n"));
    }
    USAGE
}
