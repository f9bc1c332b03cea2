//! What the process front costs: microseconds for an ioctl, a notified system call, a fork and a command in a cell, beside
//! the same outside of one. As root: `cargo run --release -p cell-hosted --example process_cost`.
//!
//! Medians of several runs of many calls each.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use cell_abi::{CellName, Create, Handle, Policy, Profile, Reply, Request, RootPath};
use cell_hosted::process::client::Client;

const RUNS: usize = 7;

/// Microseconds a call, the median of the runs.
fn median(calls: u32, mut body: impl FnMut()) -> f64 {
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                body();
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// Its name, how many a run, and what is done.
type Row = (&'static str, u32, fn());

const ROWS: &[Row] = &[
    ("getppid (passes the filter)", 100_000, || {
        // SAFETY: takes nothing.
        unsafe { libc::getppid() };
    }),
    ("kill(self, 0)", 2000, || {
        // SAFETY: numbers only.
        unsafe { libc::kill(libc::getpid(), 0) };
    }),
    ("open and close a file", 2000, || {
        let _ = std::fs::File::open("/etc/passwd");
    }),
    ("open and close /dev/null", 2000, || {
        let _ = std::fs::File::open("/dev/null");
    }),
    ("fork, exit, wait", 300, || {
        // SAFETY: the child only ends.
        unsafe {
            match libc::fork() {
                0 => libc::_exit(0),
                child => libc::waitpid(child, std::ptr::null_mut(), 0),
            };
        }
    }),
    ("run /bin/true", 100, || {
        let _ = std::process::Command::new("/bin/true").status();
    }),
];

fn measure() -> Vec<f64> {
    ROWS.iter()
        .map(|(_, calls, body)| median(*calls, body))
        .collect()
}

/// Runs the rows in a child that is in the cell; the numbers come back by a pipe.
fn inside(socket: &Path, cell: Handle) -> Result<Vec<f64>, Box<dyn Error>> {
    use std::io::{Read, Write};
    use std::os::fd::{AsRawFd, FromRawFd};
    let (mut read, write) = std::io::pipe()?;
    // SAFETY: glibc makes its locks usable in the child, which ends by _exit.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // the kernel's own descriptors, some of them directories, are not this process'
        // SAFETY: descriptor 3 is the pipe's and nothing else's afterwards.
        let mut write = unsafe {
            libc::dup2(write.as_raw_fd(), 3);
            libc::close_range(4, u32::MAX, 0);
            std::fs::File::from_raw_fd(3)
        };
        let entered = Client::open(socket).and_then(|client| client.enter(cell));
        if entered.is_ok() {
            for number in measure() {
                let _ = write.write_all(&number.to_ne_bytes());
            }
        }
        // SAFETY: ends the process.
        unsafe { libc::_exit(0) };
    }
    drop(write);
    let mut bytes = Vec::new();
    read.read_to_end(&mut bytes)?;
    // SAFETY: our child; its status is not asked for.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    Ok(bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| f64::from_ne_bytes(*bytes))
        .collect())
}

fn run() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("cell-cost-{}", std::process::id()));
    std::fs::create_dir(&directory)?;
    let socket = directory.join("cell");
    let running = cell_hosted::process::start(&socket)?;
    let client = Client::open(&socket)?;
    let mut buffer = [0; 4096];
    let request = Request::Create(Create {
        name: CellName::new("cost")?,
        root: RootPath::new("/")?,
        policy: Policy::of(Profile::Low),
    });
    let Reply::Created(cell) = client.request(&request, &mut buffer)? else {
        return Err("no cell".into());
    };
    let lookup = Request::Lookup(CellName::new("cost")?);
    let ioctl = median(2000, || {
        let mut small = [0; 128];
        let _ = cell_abi::frame::write(&lookup, &mut small);
        let _ = client.ioctl(&mut small);
    });
    println!("{:<34}{:>12}{:>12}", "microseconds", "outside", "in a cell");
    println!(
        "{:<34}{ioctl:>12.2}{:>12}",
        "ioctl round trip (Lookup)", "-"
    );
    let (outside, inside) = (measure(), inside(&socket, cell)?);
    for (index, (name, ..)) in ROWS.iter().enumerate() {
        let inside = inside.get(index).copied().unwrap_or(f64::NAN);
        println!("{name:<34}{:>12.2}{inside:>12.2}", outside[index]);
    }
    running.stop();
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("process_cost: {error}");
            ExitCode::FAILURE
        }
    }
}
