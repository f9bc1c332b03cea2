//! The hosted kernel and nothing else: serves `/dev/cell` at the socket named until its input ends or it is killed.
//!
//! `cargo run -p cell-hosted --example kernel -- SOCKET` prints `ready` when it serves. What is left in cells when it
//! stops is killed and named.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: kernel SOCKET");
        return ExitCode::from(64);
    };
    let running = match cell_hosted::process::start(Path::new(&path)) {
        Ok(running) => running,
        Err(error) => {
            eprintln!("kernel: {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    println!("ready");
    let _ = std::io::stdout().flush();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    for left in running.stop() {
        eprintln!(
            "kernel: {} ({}): was left in a cell, killed",
            left.pid, left.name
        );
    }
    ExitCode::SUCCESS
}
