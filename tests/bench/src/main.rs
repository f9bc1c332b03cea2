//! Measures cellinit on this machine, medians of several runs: `scripts/bench` runs it.
//!
//! - `bench` times the start of eight cells and a restart after a kill, and weighs the supervision of 32 services;
//! - `bench volumes` compares saving and restoring a volume with tar(1);
//! - `bench measure-boot`, `measure-restart`, `measure-memory` are what it has cellsim run inside the simulation.
#![forbid(unsafe_code)]

mod board;
mod control;
mod memory;
mod others;
mod restart;
mod volumes;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// A failure, in words.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 5;
const BOOT_CELLS: usize = 8;
const SERVICES: usize = 32;

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let done = match task.as_deref() {
        None => bench(),
        Some("volumes") => volumes::measure(),
        Some("measure-boot") => control::boot_ms().map(|ms| println!("{ms}")),
        Some("measure-restart") => restart::measure().map(|ms| println!("{ms:.2}")),
        Some("measure-memory") => memory::of_cellinit().map(|line| println!("{line}")),
        Some(other) => Err(format!("{other}: no such measurement").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Result<()> {
    let boot = runs(BOOT_CELLS, "measure-boot")?;
    println!("cellinit exec to the last of {BOOT_CELLS} cells executed: {boot:.0} ms");
    let restart = runs(1, "measure-restart")?;
    println!("restart after a kill, beyond the delay of 1 s: {restart:.1} ms");
    let ours = in_simulation(SERVICES, "measure-memory")?;
    println!(
        "private memory of cellinit with {SERVICES} cells: {}",
        ours.trim()
    );
    println!(
        "private memory of {SERVICES} runsv (runit), one a service: {} KiB",
        others::runit(SERVICES)?
    );
    println!(
        "private memory of {SERVICES} s6-supervise, one a service: {} KiB",
        others::s6(SERVICES)?
    );
    Ok(())
}

/// The median of a measurement in so many simulations of a board of `cells` cells.
fn runs(cells: usize, task: &str) -> Result<f64> {
    let mut values = Vec::new();
    for _ in 0..RUNS {
        values.push(in_simulation(cells, task)?.trim().parse::<f64>()?);
    }
    values.sort_by(f64::total_cmp);
    values
        .get(RUNS / 2)
        .copied()
        .ok_or_else(|| "no runs".into())
}

/// What a task prints inside the simulation of a board of `cells` cells.
fn in_simulation(cells: usize, task: &str) -> Result<String> {
    let scratch = tempfile::tempdir()?;
    let board = board::write(scratch.path(), cells)?;
    let answer = scratch.path().join("answer");
    let simulated = Command::new(beside("cellsim")?)
        .arg("--state")
        .arg(scratch.path().join("state"))
        .arg(board)
        .args(["--", "/bin/sh", "-c", "exec \"$0\" \"$1\" >\"$2\""])
        .arg(std::env::current_exe()?)
        .arg(task)
        .arg(&answer)
        .output()?;
    if !simulated.status.success() {
        let said = String::from_utf8_lossy(&simulated.stderr);
        return Err(format!("cellsim: {task}: {}\n{said}", simulated.status).into());
    }
    Ok(std::fs::read_to_string(answer)?)
}

/// A program of this workspace, in the directory of this one.
fn beside(program: &str) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let found = here.parent().unwrap_or(Path::new(".")).join(program);
    if found.exists() {
        Ok(found)
    } else {
        Err(format!("{}: not built", found.display()).into())
    }
}
