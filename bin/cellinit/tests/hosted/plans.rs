//! Plans: what is made so before a service starts.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use libcell::control::{Request, State};
use libcell::image::{Cell, MountEntry, MountSource, Ownership, PlanStep};

use super::device::{Device, can_run, image, script};

const OWNER: Ownership = Ownership {
    mode: 0o640,
    uid: 1000,
    gid: 7,
};

fn planned() -> Cell<'static> {
    let mut cell = script(
        "planned",
        &[],
        "cat() { while read -r line; do echo \"$line\"; done < $1; }; \
         cat /shared/deep/file > /shared/seen; cat /shared/list >> /shared/seen; \
         cat /scratch/note >> /shared/seen; echo end >> /shared/seen; \
         while :; do sleep 1000 & wait; done",
    );
    cell.mounts.push(MountEntry {
        source: MountSource::Tmpfs {
            size_kib: 64,
            mode: 0o755,
        },
        target: "/scratch",
        read_only: false,
        no_exec: true,
    });
    cell.plan = vec![
        PlanStep::Directory {
            path: "/shared/deep",
            owner: Ownership {
                mode: 0o755,
                ..OWNER
            },
        },
        PlanStep::File {
            path: "/shared/deep/file",
            content: b"content\n",
            owner: OWNER,
        },
        PlanStep::Line {
            path: "/shared/list",
            text: "added",
        },
        PlanStep::Link {
            path: "/shared/link",
            target: "deep/file",
        },
        PlanStep::File {
            path: "/scratch/note",
            content: b"note\n",
            owner: OWNER,
        },
        PlanStep::Execute("echo ran >> /shared/executed"),
        PlanStep::Execute("sleep 0.1; echo again >> /shared/executed"),
    ];
    cell
}

fn boot(change: impl FnOnce(&Path)) -> Device {
    let mut image = image(vec![planned()]);
    image.board.name = "planned";
    Device::prepare(&image, |prefix| {
        let root = prefix.join("cells/planned");
        fs::create_dir(root.join("scratch")).unwrap();
        fs::create_dir(prefix.join("volumes/shared")).unwrap();
        change(&prefix.join("volumes/shared"));
    })
}

#[test]
fn a_plan_holds_before_the_service_starts_and_changes_nothing_twice() {
    if !can_run() {
        return;
    }
    let mut device = boot(|volume| fs::write(volume.join("list"), "first\nno end").unwrap());
    let mut control = device.control();
    control.wait(0, State::Ready);
    let shared = device.prefix.join("volumes/shared");
    assert_eq!(device.shared("executed"), "ran\nagain\n");
    super::device::eventually("the end", || {
        let seen = device.shared("seen");
        (seen == "content\nfirst\nno end\nadded\nnote\nend\n").then_some(())
    });
    let of = fs::metadata(shared.join("deep/file")).unwrap();
    assert_eq!((of.uid(), of.gid(), of.mode() & 0o7777), (1000, 7, 0o640));
    let link = fs::read_link(shared.join("link")).unwrap();
    assert_eq!(link, Path::new("deep/file"));
    let before = (of.ino(), of.mtime_nsec());
    fs::remove_file(shared.join("executed")).unwrap();
    control.ask(&Request::Restart("planned")).unwrap();
    control.wait(0, State::Ready);
    assert_eq!(
        device.shared("executed"),
        "ran\nagain\n",
        "anew after a stop"
    );
    assert_eq!(device.terminate().code(), Some(0));
    device.start_again();
    device.control().wait(0, State::Ready);
    let of = fs::metadata(shared.join("deep/file")).unwrap();
    assert_eq!((of.ino(), of.mtime_nsec()), before, "not written again");
    let list = fs::read_to_string(shared.join("list")).unwrap();
    assert_eq!(list, "first\nno end\nadded\n");
    device.terminate();
}

#[test]
fn a_link_that_a_cell_planted_is_not_followed() {
    if !can_run() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    let mut device = boot(|volume| symlink(outside.path(), volume.join("deep")).unwrap());
    let mut control = device.control();
    control.wait(0, State::Failed);
    assert_eq!(
        device.complaints(),
        "cellinit: planned: plan /shared/deep: too many levels of symbolic links\n"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    let owner = fs::metadata(outside.path()).unwrap().uid();
    assert_eq!(owner, 0);
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.mounts(), [""; 0]);
}

#[test]
fn a_file_that_is_a_planted_link_is_replaced_and_not_written_through() {
    if !can_run() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, "kept\n").unwrap();
    let mut device = boot(|volume| symlink(&victim, volume.join("list")).unwrap());
    device.control().wait(0, State::Failed);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept\n");
    device.terminate();
}
