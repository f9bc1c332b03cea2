//! Saving and restoring a volume against tar(1) with gzip(1) at the second level, which compresses as much: both to the same
//! file system, one after the other, everything made lasting by fsync(2) of each file and directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;

/// Runs of each, alternating.
const RUNS: usize = 5;

/// Bytes of the large files together, and how many small ones there are beside them.
const LARGE: usize = 64 << 20;
const SMALL: usize = 1500;

/// What something took.
#[derive(Clone, Copy)]
struct Cost {
    ms: f64,
    /// Largest resident memory of one of its processes.
    kib: u64,
}

/// Prints the rates.
pub fn measure() -> Result<()> {
    let scratch = tempfile::tempdir_in(std::env::current_dir()?.join("target"))?;
    let prefix = scratch.path().join("root");
    let volume = prefix.join("volumes/v");
    fs::create_dir_all(&volume)?;
    let bytes = fill(&volume)?;
    let place = |name: &str| {
        let path = scratch.path().join(name);
        fs::create_dir(&path).map(|()| path)
    };
    let (ours, theirs, unpacked) = (place("ours")?, place("theirs")?, place("unpacked")?);
    let program = std::env::current_exe()?.with_file_name("cellrescue");
    let rescue = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).env("PICOCELL_PREFIX", &prefix);
        command
    };
    let shell = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-ec", script]).current_dir(scratch.path());
        command
    };
    let [mut save, mut tar, mut restore, mut untar] = [const { Vec::new() }; 4];
    for _ in 0..RUNS {
        tar.push(cost(&mut shell(
            "tar cf - -C root/volumes/v . | gzip -2 >theirs/v.tar.gz; sync theirs/v.tar.gz theirs",
        ))?);
        for old in fs::read_dir(&ours)? {
            fs::remove_file(old?.path())?;
        }
        save.push(cost(&mut rescue(&["save", "-t", path(&ours)?, "v"]))?);
        let archive = fs::read_dir(&ours)?.next().ok_or("no archive")??.path();
        fs::remove_dir_all(&unpacked)?;
        fs::create_dir(&unpacked)?;
        fs::remove_dir_all(&volume)?;
        settle();
        untar.push(cost(&mut shell(&format!(
            "gzip -dc {} | tar xf - -C unpacked; find unpacked -type f -print0 | xargs -0 sync; find unpacked -type d -print0 | xargs -0 sync",
            path(&archive)?
        )))?);
        settle();
        restore.push(cost(&mut rescue(&["restore", "-y", path(&archive)?]))?);
    }
    let size = |directory: &Path| -> Result<u64> {
        Ok(fs::read_dir(directory)?
            .next()
            .ok_or("no archive")??
            .metadata()?
            .len()
            >> 10)
    };
    let (ours, theirs) = (size(&ours)?, size(&theirs)?);
    println!(
        "volume of {} KiB in {} files; archives of {ours} and {theirs} KiB",
        bytes >> 10,
        SMALL + 4
    );
    for (what, ours, theirs) in [
        ("save against tar and gzip -2", &mut save, &mut tar),
        ("restore against gzip -d and tar", &mut restore, &mut untar),
    ] {
        let (ours, theirs) = (median(ours), median(theirs));
        let rate = |cost: Cost| bytes as f64 / 1e3 / cost.ms;
        println!(
            "{what}: {:.1} and {:.1} MB/s, {:.0} %; {} and {} KiB of memory",
            rate(ours),
            rate(theirs),
            100.0 * theirs.ms / ours.ms,
            ours.kib,
            theirs.kib
        );
    }
    Ok(())
}

fn path(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("a path that is no text")?)
}

/// Waits until what was written before is on the disk.
fn settle() {
    let _ = Command::new("sync").status();
}

/// Texts and noise in four large files, and small ones in some directories; how many bytes.
fn fill(volume: &Path) -> Result<usize> {
    let mut state = 1_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for file in 0..4 {
        let mut bytes = Vec::with_capacity(LARGE / 4);
        while bytes.len() < LARGE / 4 {
            match next() % 8 {
                0 => bytes.extend_from_slice(&next().to_le_bytes()),
                1 => bytes.extend_from_slice(format!("sensor {} ", next() % 500).as_bytes()),
                _ => bytes.extend_from_slice(
                    format!("{} degrees at {}\n", next() % 90, next() % 100_000).as_bytes(),
                ),
            }
        }
        bytes.truncate(LARGE / 4);
        fs::write(volume.join(format!("large {file}")), bytes)?;
    }
    let mut small = 0;
    for file in 0..SMALL {
        let directory: PathBuf = volume.join(format!("directory {}", file % 50));
        fs::create_dir_all(&directory)?;
        let text = "key = value\n".repeat(next() as usize % 300);
        small += text.len();
        fs::write(directory.join(format!("file {file}")), text)?;
    }
    Ok(LARGE + small)
}

/// Runs it under time(1), which tells the largest of the processes.
fn cost(command: &mut Command) -> Result<Cost> {
    let mut timed = Command::new("/usr/bin/time");
    timed
        .args(["-f", "%M"])
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        timed.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        timed.env(name, value.unwrap_or_default());
    }
    let start = Instant::now();
    let output = timed.stdin(Stdio::null()).output()?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let error = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{command:?}: {error}").into());
    }
    let kib = error.lines().last().unwrap_or_default().parse()?;
    Ok(Cost { ms, kib })
}

fn median(costs: &mut [Cost]) -> Cost {
    costs.sort_by(|a, b| a.ms.total_cmp(&b.ms));
    let mut middle = costs[costs.len() / 2];
    middle.kib = costs.iter().map(|cost| cost.kib).max().unwrap_or_default();
    middle
}
