//! The steps.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use libcell::platform::{Exit, Mount, MountFlags, MountKind, Platform};

use super::bench::{Bench, Row};
use super::volume;
use crate::os;
use crate::platform::place::{Must, Outcome, equal, holds, wrong};

/// The volume that is saved, and the one that the order brings.
const SAMPLES: &str = "/volumes/samples";
const CONFIG: &str = "/volumes/config/state";

/// Longest time that the sticks may take once the system is up.
const PATIENCE: u64 = 30;

/// All five are there, each once, and with the file system that was made on it.
pub fn attach(bench: &mut Bench<'_>) -> Outcome {
    let mut rows = Vec::new();
    for _ in 0..PATIENCE {
        rows = bench.rows(&["scan", "-TH"])?;
        if rows.iter().filter(|row| is_disk(row)).count() == 5 {
            break;
        }
        os::sleep_ms(1000);
    }
    let named = |kind: &str, name: &str| {
        let mut found = rows.iter().filter(|row| is_disk(row) && row.kind == kind);
        let row = found.find(|row| row.name == name || row.size == name);
        row.map(|row| row.disk.clone())
            .map_or_else(|| wrong(format_args!("{kind} {name}"), "not listed"), Ok)
    };
    bench.empty = named("msdos", "EMPTY")?;
    bench.bare = named("msdos", "UNSIGNED")?;
    bench.foreign = named("ext2fs", "foreign")?;
    bench.order = named("ffs", "4194304")?;
    bench.data = named("ffs", "25165824")?;
    let disks = rows.iter().filter(|row| is_disk(row)).count();
    equal("disks", disks, 5)?;
    holds("the partition of a table", bench.empty.ends_with('e'))?;
    let root = rows.iter().find(|row| row.state == "mounted");
    holds("the root is seen as mounted", root.is_some())
}

fn is_disk(row: &Row) -> bool {
    row.disk.starts_with("sd") && row.kind != "archive"
}

/// The partition of volumes is one of them; all that cellrescue writes on the device is on a real file system.
pub fn data(bench: &mut Bench<'_>) -> Outcome {
    let device = format!("/dev/{}", bench.data);
    mount_data(bench, &device)?;
    volume::fill(bench.system, SAMPLES).must("fill")?;
    bench.before = volume::lines(bench.system, SAMPLES).must("lines")?;
    equal("things in the volume", bench.before.len(), 8)
}

fn mount_data(bench: &Bench<'_>, device: &str) -> Outcome {
    let mount = Mount {
        kind: MountKind::Ffs { device },
        target: "/volumes",
        flags: MountFlags::default(),
    };
    bench.system.mount(&mount).must(device)
}

/// For people, too.
pub fn scan(bench: &mut Bench<'_>) -> Outcome {
    let said = bench.rescue(&["scan"])?.status(0)?;
    equal("said", said.error.as_str(), "")?;
    for word in [&bench.empty, &bench.order, "EMPTY", "mounted", "config_20"] {
        holds(word, said.output.contains(word))?;
    }
    Ok(())
}

/// An archive on FAT, made from FFS.
pub fn save(bench: &mut Bench<'_>) -> Outcome {
    // several disks are there, so one has to be named
    let said = bench.rescue(&["save", "samples"])?.status(1)?;
    holds("which disk is asked", said.error.contains("disk"))?;
    let said = bench
        .rescue(&["save", "--to", &bench.empty, "samples"])?
        .status(0)?;
    let name = said.output.strip_prefix("samples: ");
    let name = name.and_then(|rest| rest.split_once(','));
    let Some((name, _)) = name else {
        return wrong("said", said.output);
    };
    bench.archive = format!("{}:{name}", bench.empty);
    Ok(())
}

/// The archive on the stick is listed with what reading it came to.
pub fn check(bench: &mut Bench<'_>) -> Outcome {
    let rows = bench.rows(&["scan", "-cTH"])?;
    for (volume, disk) in [("samples", &bench.empty), ("config", &bench.order)] {
        let row = rows
            .iter()
            .find(|row| row.kind == "archive" && row.name == volume);
        let found = row.map(|row| (row.disk.as_str(), row.state.as_str()));
        equal(volume, found, Some((disk.as_str(), "whole")))?;
    }
    let file = rows.iter().find(|row| row.name == "samples");
    let file = file.map_or("", |row| row.archive.as_str());
    holds("its file", bench.archive.ends_with(file))
}

/// By its name on the disk.
pub fn verify(bench: &mut Bench<'_>) -> Outcome {
    let said = bench.rescue(&["verify", &bench.archive])?.status(0)?;
    let is_whole = said.output.contains(": whole, not signed, volume samples");
    holds("whole", is_whole)
}

/// Nobody answers, so nothing is done to the volume.
pub fn declined(bench: &mut Bench<'_>) -> Outcome {
    volume::damage(bench.system, SAMPLES).must("damage")?;
    let damaged = volume::lines(bench.system, SAMPLES).must("lines")?;
    holds("it is another", damaged != bench.before)?;
    let said = bench.rescue(&["restore", &bench.archive])?.status(1)?;
    holds(
        "the question",
        said.error.contains(", is replaced by archive "),
    )?;
    holds("the answer", said.error.contains("samples: left as it is"))?;
    same(bench, &damaged)
}

/// Every file, link, node, mode, owner and time is what it was.
pub fn restore(bench: &mut Bench<'_>) -> Outcome {
    let said = bench
        .rescue(&["restore", "--yes", &bench.archive])?
        .status(0)?;
    let is_told = said.output.starts_with("samples: restored, the one of 20");
    holds("told", is_told)?;
    same(bench, &bench.before)
}

fn same(bench: &Bench<'_>, must: &[String]) -> Outcome {
    let is = volume::lines(bench.system, SAMPLES).must("lines")?;
    for (is, must) in is.iter().zip(must) {
        equal("volume", is, must)?;
    }
    equal("things in the volume", is.len(), must.len())
}

/// Nothing was cut, so there is nothing to say.
pub fn resume(bench: &mut Bench<'_>) -> Outcome {
    let said = bench.rescue(&["resume"])?.status(0)?;
    equal("said", said.output + &said.error, String::new())
}

/// Killed at whatever it does at that time; the volume is one of the two, and the stick can be used again.
pub fn killed(bench: &mut Bench<'_>) -> Outcome {
    let mut killed = 0;
    for after_ms in [20, 60, 120, 200, 300, 450, 700, 900] {
        volume::damage(bench.system, SAMPLES).must("damage")?;
        let damaged = volume::lines(bench.system, SAMPLES).must("lines")?;
        let said = bench.cut(&["restore", "--yes", &bench.archive], after_ms)?;
        killed += usize::from(said.exit == Exit::Signal(libcell::platform::signal::KILL));
        // it mounts where the one that was killed has left the stick
        bench.rescue(&["verify", &bench.archive])?.status(0)?;
        bench.rescue(&["resume"])?.status(0)?;
        let is = volume::lines(bench.system, SAMPLES).must("lines")?;
        if is != damaged && is != bench.before {
            return wrong(
                format_args!("after {after_ms} ms"),
                "the volume is neither of the two",
            );
        }
        bench.nothing_is_mounted()?;
    }
    holds("one was killed", killed != 0)?;
    bench
        .rescue(&["restore", "--yes", &bench.archive])?
        .status(0)?;
    same(bench, &bench.before)
}

/// Without a keyboard.
pub fn auto(bench: &mut Bench<'_>) -> Outcome {
    let said = bench.rescue(&["auto"])?.status(0)?;
    for line in [
        format!(
            "cellrescue: {}: recovery order for device-test",
            bench.order
        ),
        String::from("cellrescue: config: restored, the one of 20"),
        String::from("cellrescue: done"),
    ] {
        let is_said = said.error.lines().any(|said| said.starts_with(&line));
        holds(line, is_said)?;
    }
    equal("output", said.output.as_str(), "")?;
    let state = crate::files::read(bench.system, CONFIG).must(CONFIG)?;
    equal("the volume", state.as_str(), "ordered\n")
}

/// In a file beside the order.
pub fn result(bench: &mut Bench<'_>) -> Outcome {
    let device = format!("/dev/{}", bench.order);
    let text = bench.look(MountKind::Ffs { device: &device }, "recovery.result")?;
    equal("its end", text.lines().last(), Some("done"))?;
    let is_begun = text.starts_with(&format!("{}: recovery order for device-test", bench.order));
    holds("its beginning", is_begun)
}

/// With one line each, among them the order that was carried out.
pub fn ignored(bench: &mut Bench<'_>) -> Outcome {
    volume::write(bench.system, CONFIG, b"since\n").must(CONFIG)?;
    let said = bench.rescue(&["auto"])?.status(2)?;
    let line = |disk: &str, why: &str| format!("cellrescue: /dev/{disk}: ignored: {why}");
    let must = [
        line(&bench.empty, "no recovery order"),
        line(&bench.bare, "not signed, and it must be"),
        line(&bench.foreign, "signed by another key"),
        line(&bench.order, "its recovery order was carried out already"),
    ];
    for line in &must {
        holds(line, said.error.lines().any(|said| said == line))?;
    }
    equal("lines", said.error.lines().count(), must.len())?;
    let state = crate::files::read(bench.system, CONFIG).must(CONFIG)?;
    equal("the volume", state.as_str(), "since\n")
}

/// What another machine saved.
pub fn by_hand(bench: &mut Bench<'_>) -> Outcome {
    let rows = bench.rows(&["scan", "-TH"])?;
    let file = rows.iter().find(|row| row.name == "config");
    let Some(file) = file.map(|row| format!("{}:{}", row.disk, row.archive)) else {
        return wrong("config", "not listed");
    };
    bench.rescue(&["restore", "-y", &file])?.status(0)?;
    let state = crate::files::read(bench.system, CONFIG).must(CONFIG)?;
    equal("the volume", state.as_str(), "ordered\n")
}

/// Volumes can be unmounted, and are whole when they are mounted again.
pub fn unmounted(bench: &mut Bench<'_>) -> Outcome {
    let device = format!("/dev/{}", bench.data);
    bench.system.unmount("/volumes").must("unmount")?;
    mount_data(bench, &device)?;
    same(bench, &bench.before)?;
    bench.system.unmount("/volumes").must("unmount")
}
