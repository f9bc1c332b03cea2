//! `conformance`: attacks cells, prints what came of it, and exits 1 if any of it is not as expected.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::fs;
use std::process::{Command, ExitCode};

use cell_abi::OpSet;
use libcell::platform::{Platform, System};

use conformance::{ATTACK_PROGRAM, compare, place, run, table, whole};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] => outside("table"),
        ["mutate"] => outside("mutants"),
        ["compare", hosted, console] => compare(hosted, console),
        ["table", directory] => table(directory),
        ["mutants", directory] => mutants(directory),
        ["kernel", device] => place::serve(device).map(|()| ExitCode::SUCCESS),
        ["host-user", device, command @ ..] => Err(place::become_host_user(device, command)),
        _ => {
            eprintln!("usage: conformance [mutate | compare HOSTED-TABLE CONSOLE-LOG]");
            return ExitCode::from(64);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("conformance: {error}");
        ExitCode::FAILURE
    })
}

/// Namespaces of its own: what an attack reaches when it should not, is the test's and not the machine's.
fn outside(what: &str) -> Result<ExitCode, Box<dyn Error>> {
    if System::default().euid() != 0 {
        return Err(
            "needs root: the attacks are root's in a cell, and must be permitted without one"
                .into(),
        );
    }
    let directory = tempfile::Builder::new().prefix("cells").tempdir()?;
    let status = Command::new("unshare")
        .args([
            "--mount",
            "--propagation=private",
            "--ipc",
            "--net",
            "--uts",
        ])
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(env::current_exe()?)
        .arg(what)
        .arg(directory.path())
        .status()
        .map_err(|error| format!("unshare: {error}"))?;
    Ok(match status.code() {
        Some(0) => ExitCode::SUCCESS,
        Some(_) | None => ExitCode::FAILURE,
    })
}

fn table(directory: &str) -> Result<ExitCode, Box<dyn Error>> {
    let (scene, kernel) = whole::set(directory, ATTACK_PROGRAM)?;
    let (text, tally) = whole::table(&scene, &|_| {})?;
    drop(kernel);
    print!("{text}");
    Ok(if tally.differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints what is different in NetBSD, and why.
fn compare(hosted: &str, console: &str) -> Result<ExitCode, Box<dyn Error>> {
    let read = |path: &str| match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(format!("{path}: {error}")),
    };
    let compared = compare::compare(&read(hosted)?, &read(console)?)?;
    print!("{compared}");
    Ok(if compared.unexplained().next().is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Permits each operation that the attacks are denied under high, and sees whether they notice. Takes a few minutes.
fn mutants(directory: &str) -> Result<ExitCode, Box<dyn Error>> {
    let (scene, _kernel) = whole::set(directory, ATTACK_PROGRAM)?;
    let unnoticed = run::Runner::new(&scene)?.unnoticed(&table::rows())?;
    for op in unnoticed.iter() {
        println!("{op}: permitted, and no attack comes to anything else");
    }
    Ok(if unnoticed == OpSet::EMPTY {
        println!("every operation that is permitted is noticed");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
