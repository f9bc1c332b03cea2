//! `conformance`: attacks cells, prints what came of it, and exits 1 if any of it is not as expected.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode};

use libcell::platform::{Platform, System};

use conformance::{control, kernel, report, run, scene, steps, table};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] => outside(),
        ["inside", directory] => inside(directory),
        ["kernel", device] => kernel::serve(device).map(|()| ExitCode::SUCCESS),
        ["host-user", device, command @ ..] => Err(kernel::become_host_user(device, command)),
        _ => {
            eprintln!("usage: conformance");
            return ExitCode::from(64);
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("conformance: {error}");
        ExitCode::FAILURE
    })
}

/// Namespaces of its own: what an attack reaches when it should not, is the test's and not the machine's.
fn outside() -> Result<ExitCode, Box<dyn Error>> {
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
        .arg("inside")
        .arg(directory.path())
        .status()
        .map_err(|error| format!("unshare: {error}"))?;
    Ok(match status.code() {
        Some(0) => ExitCode::SUCCESS,
        Some(_) | None => ExitCode::FAILURE,
    })
}

fn inside(directory: &str) -> Result<ExitCode, Box<dyn Error>> {
    let rows = table::rows();
    let scene = scene::Scene::set(directory)?;
    let kernel = kernel::start(&scene)?;
    for root in [scene::CONTROL, scene::SIBLING, scene::ATTACKER] {
        scene.make_root(root)?;
    }
    let controls = control::run(&scene, &rows);
    let outcomes = run::Runner::new(&scene)?.run(&rows)?;
    let steps = steps::run(&scene)?;
    drop(kernel);
    let (text, tally) = report::table(&rows, &controls, &outcomes, &steps);
    print!("{text}");
    println!("{tally}");
    Ok(if tally.differ == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
