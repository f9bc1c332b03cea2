//! Cuts everything at every point and says how many there were. Exit status 1 when something was not as promised.
//!
//! Needs root, loop devices, strace, e2fsprogs, and cellrescue built beside this program.

use std::path::PathBuf;
use std::process::ExitCode;

use powercut::{real, scenario};

fn main() -> ExitCode {
    let mut all = 0;
    for scenario in scenario::ALL {
        let count = (scenario.run)();
        println!(
            "{:45} {:5} calls, {:6} cuts, {:7} cuts after a cut",
            scenario.name, count.calls, count.first, count.second
        );
        all += count.first + count.second;
    }
    let scratch = |name: &str| {
        let scratch = std::env::temp_dir().join(format!("powercut-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&scratch).expect("a directory to work in");
        Scratch(scratch)
    };
    let program = std::env::current_exe()
        .expect("this program")
        .with_file_name("cellrescue");
    let killed = scratch("killed");
    let count = real::killed(&program, &killed.0);
    println!("{:45} {count:5} calls", "cellrescue restore, killed");
    all += count;
    for (name, mkfs, check) in [
        ("restore on ext4, cut", &["mkfs.ext4", "-q"][..], &[][..]),
        (
            "restore on ext2, cut and checked by e2fsck",
            &["mkfs.ext2", "-q"],
            &["e2fsck", "-fy"],
        ),
    ] {
        let place = scratch("cut");
        let count = real::cut(&place.0, mkfs, check);
        println!("{name:45} {count:5} calls");
        all += count;
    }
    println!("{all} cut points, old or new after each");
    ExitCode::SUCCESS
}

/// A directory that goes away.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
