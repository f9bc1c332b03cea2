//! All device programs in one file: which one it is depends on the name it is called by.
//!
//! `cellctl` linked to `cellbox` is cellctl; `cellbox cellctl ...` is it too. `cellbox` alone lists the programs.
//! std, the allocator and the codecs are paid for once.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

use core::fmt::Write as _;

use libcell::entry::USAGE;
use libcell::output::Output;
use libcell::platform::Platform;

/// A program's `run`.
type Run<P> = fn(&P, &[&str]) -> u8;

/// Every program by its name.
fn programs<P: Platform>() -> [(&'static str, Run<P>); 5] {
    [
        ("cellctl", cellctl::run),
        ("cellinit", cellinit::run),
        ("cellmgr", cellmgr::run),
        ("cellrescue", cellrescue::run),
        ("cellui", cellui::run),
    ]
}

/// Runs the program that `arguments` name. The exit status is that program's; 64 for a name that is none.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let (called, rest) = match arguments {
        [] => ("cellbox", arguments),
        [called, rest @ ..] => (base_name(called), rest),
    };
    if let Some(program) = find::<P>(called) {
        return program(platform, arguments);
    }
    match rest {
        [] | ["--list" | "--help" | "-h"] => list(platform),
        [name, ..] => match find::<P>(base_name(name)) {
            Some(program) => program(platform, rest),
            None => unknown(platform, name),
        },
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn find<P: Platform>(name: &str) -> Option<Run<P>> {
    let named = |(_, run)| run;
    programs::<P>()
        .into_iter()
        .find(|(program, _)| *program == name)
        .map(named)
}

fn list<P: Platform>(platform: &P) -> u8 {
    let Ok(mut output) = Output::standard(platform, 1) else {
        return 1;
    };
    for (name, _) in programs::<P>() {
        let _ = writeln!(output, "{name}");
    }
    u8::from(output.finish().is_err())
}

fn unknown<P: Platform>(platform: &P, name: &str) -> u8 {
    if let Ok(mut output) = Output::standard(platform, 2) {
        let _ = writeln!(
            output,
            "cellbox: {name}: no such program: cellbox alone lists them"
        );
        let _ = output.finish();
    }
    USAGE
}
