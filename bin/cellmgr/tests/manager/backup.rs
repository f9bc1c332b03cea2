//! Archives of volumes: with the cells that use them stopped meanwhile, and never a volume that is neither old nor new.

use std::fs;

use super::device::{Device, image, is_progress, masked};

/// A device whose site volume has something in it.
fn device() -> Device {
    let device = Device::new();
    device.done("apply --all");
    fs::create_dir(device.path("volumes/site/pages")).unwrap();
    fs::write(device.path("volumes/site/pages/index"), "one").unwrap();
    device
}

fn index(device: &Device) -> String {
    fs::read_to_string(device.path("volumes/site/pages/index")).unwrap()
}

/// Does it, and what it printed; on standard error there is nothing but progress.
fn does(device: &Device, line: &str) -> String {
    let ran = device.run(line);
    assert_eq!(ran.status, 0, "{line}: {ran:?}");
    assert!(ran.err.lines().all(is_progress), "{line}: {ran:?}");
    ran.out
}

fn archives(device: &Device) -> Vec<String> {
    let list = device.done("volume backup list -T -H");
    let lines = list.lines();
    lines
        .map(|line| line.rsplit('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_volume_that_a_running_cell_mounts_is_refused_or_the_cell_stopped_meanwhile() {
    let device = device();
    device.refuses(
        "volume backup create site",
        1,
        "site: backup: web runs and mounts it; --stop stops it meanwhile",
    );
    let said = masked(&does(&device, "volume backup create site --stop"));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "op ########: web: stopped");
    assert!(
        lines.iter().any(
            |line| line.starts_with("op ########: site: saved as site_20")
                && line.ends_with(".tar.gz, 3 entries, 3")
        ),
        "{said}"
    );
    assert_eq!(lines.last().unwrap(), &"op ########: web: started");
    assert_eq!(device.known.lock().unwrap().cell("web").runs, 2);

    fs::write(device.path("volumes/site/pages/index"), "two").unwrap();
    device.refuses(
        "volume backup restore site --yes",
        1,
        "site: backup: web runs and mounts it; --stop stops it meanwhile",
    );
    let said = does(&device, "volume backup restore site --stop --yes");
    assert!(said.contains("site: restored from site_20"), "{said}");
    assert_eq!(index(&device), "one");
    assert_eq!(device.known.lock().unwrap().cell("web").runs, 3);
    // what is not whole is not restored, and what was stopped runs again
    let file = archives(&device).remove(0);
    let path = device.path(&format!("volumes/.state/backups/volumes/{file}"));
    let mut bytes = fs::read(&path).unwrap();
    // in what only who has read all of it sees
    let check = bytes.len() - 6;
    bytes[check] ^= 1;
    fs::write(&path, bytes).unwrap();
    let ran = device.run("volume backup restore site --stop --yes");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.err.contains("damaged"), "{ran:?}");
    assert_eq!(index(&device), "one");
    assert_eq!(device.known.lock().unwrap().cell("web").runs, 4);
    let ran = device.run("volume backup verify site");
    let last = ran.err.lines().last().unwrap();
    assert_eq!(
        (ran.status, last),
        (1, "cellmgr: site: backup verify: 1 of 1 archives not whole")
    );
    assert!(ran.out.contains("damaged"), "{ran:?}");
}

#[test]
fn a_restore_asks_and_names_both_generations() {
    let device = device();
    does(&device, "volume backup create site --stop");
    // there is no terminal
    device.refuses(
        "volume backup restore site --stop",
        1,
        "site: ask: no terminal to ask on, and no --yes",
    );
    assert_eq!(device.known.lock().unwrap().cell("web").runs, 2);
}

#[test]
fn so_many_archives_are_kept_and_the_newest_is_deleted_first() {
    let device = device();
    for _ in 0..4 {
        does(&device, "volume backup create site --stop --keep 3");
    }
    let three = archives(&device);
    assert_eq!(three.len(), 3);
    assert!(three.is_sorted_by(|newer, older| newer > older));
    device.refuses(
        "volume backup delete site",
        1,
        "site: ask: no terminal to ask on, and no --yes",
    );
    device.done("volume backup delete site --yes");
    assert_eq!(archives(&device), three[1..]);
    device.done(&format!(
        "volume backup delete site --from {} --yes",
        three[2]
    ));
    assert_eq!(archives(&device), three[1..2]);
    device.done("volume backup delete site --all --yes");
    assert_eq!(device.done("volume backup list"), "no archives\n");
    device.refuses(
        "volume backup restore site --yes",
        2,
        "site: backup restore: there is no archive of it",
    );
    device.refuses(
        "volume backup delete site --from /etc/passwd --yes",
        1,
        "/etc/passwd: backup delete: no archive of it",
    );
    device.refuses(
        "volume backup create site --keep 0",
        64,
        "backup create: 0: not a number of archives",
    );
}

#[test]
fn a_cell_is_saved_as_the_volumes_that_it_writes_to() {
    let mut image = image();
    let more = image.cells[0].mounts.clone();
    image.cells[1]
        .mounts
        .extend(more.into_iter().map(|mut mount| {
            mount.target = "/other";
            mount.read_only = true;
            mount
        }));
    let device = Device::of(&image);
    device.done("apply --all");
    let said = does(&device, "cell backup create web --stop");
    assert!(said.contains("site: saved as"), "{said}");
    assert!(!said.contains("dbdata"), "{said}");
    device.refuses(
        "cell backup create tool",
        2,
        "tool: backup: it writes to no volume",
    );
    device.refuses(
        "cell backup create nobody",
        1,
        "nobody: backup: there is no such cell",
    );
    assert_eq!(device.done("cell backup list web -T -H").lines().count(), 1);
    assert_eq!(device.done("cell backup list db -T -H"), "");
    fs::write(device.path("volumes/site/new"), "").unwrap();
    does(&device, "cell backup restore web --stop --yes");
    assert!(!device.path("volumes/site/new").exists());
    assert!(does(&device, "cell backup verify web").contains(": whole, not signed, "));
}

#[test]
fn an_archive_of_another_volume_or_board_is_refused() {
    let device = device();
    does(&device, "volume backup create site --stop");
    let file = archives(&device).remove(0);
    let ran = device.run(&format!(
        "volume backup restore dbdata --from {file} --stop --yes"
    ));
    assert_eq!(ran.status, 1);
    assert!(
        ran.err
            .ends_with(": backup restore: made of volume site, not of dbdata\n"),
        "{ran:?}"
    );
    let ran = device.run(&format!(
        "cell backup restore db --from {file} --stop --yes"
    ));
    assert!(
        ran.err.ends_with("made of volume site, not of dbdata\n"),
        "{ran:?}"
    );
    let ran = device.run("volume backup restore site --signed --stop --yes");
    assert!(
        ran.err
            .ends_with(": signature: must be signed, and there is no key to verify it with\n"),
        "{ran:?}"
    );
}

#[test]
fn two_at_once_are_one_after_the_other() {
    let device = device();
    let lock = fs::File::create(device.path("var/run/cellmgr.lock")).unwrap();
    lock.lock().unwrap();
    device.refuses(
        "volume backup create site --stop",
        1,
        "state: lock: another cellmgr is at work",
    );
}
