//! `conformance`: attacks cells, prints what came of it, and exits 1 if any of it is not as expected.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use cell_abi::OpSet;
use libcell::platform::{Platform, System};

use conformance::kernel::{self, Kernel};
use conformance::scene::{self, Scene};
use conformance::{control, report, run, steps, table};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] => outside("table"),
        ["mutate"] => outside("mutants"),
        ["table", directory] => table(directory),
        ["mutants", directory] => mutants(directory),
        ["kernel", device] => kernel::serve(device).map(|()| ExitCode::SUCCESS),
        ["host-user", device, command @ ..] => Err(kernel::become_host_user(device, command)),
        _ => {
            eprintln!("usage: conformance [mutate]");
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

fn set(directory: &str) -> Result<(Scene, Kernel), Box<dyn Error>> {
    let scene = Scene::set(directory)?;
    let kernel = kernel::start(&scene)?;
    for root in [scene::CONTROL, scene::SIBLING, scene::ATTACKER] {
        scene.make_root(root)?;
    }
    Ok((scene, kernel))
}

fn table(directory: &str) -> Result<ExitCode, Box<dyn Error>> {
    let rows = table::rows();
    let (scene, kernel) = set(directory)?;
    let controls = control::run(&scene, &rows);
    let ran = run::Runner::new(&scene)?.run(&rows)?;
    let steps = steps::run(&scene)?;
    drop(kernel);
    let (text, tally) = report::table(&rows, &controls, &ran.outcomes, &steps);
    print!("{text}{}", report::denied(&ran.denied));
    println!("{tally}");
    Ok(if tally.differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Permits each operation that the attacks are denied under high, and sees whether they notice. Takes a few minutes.
fn mutants(directory: &str) -> Result<ExitCode, Box<dyn Error>> {
    let (scene, _kernel) = set(directory)?;
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
