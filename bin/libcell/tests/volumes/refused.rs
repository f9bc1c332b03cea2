//! What is not done, with the reason, and with nothing changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Command;

use libcell::archive::Allow;
use libcell::backup::{Plan, Tight};
use libcell::platform::Errno;
use libcell::progress::{Stage, Watch};
use libcell::restore::Order;

use crate::world::{World, populate, run, snapshot};

fn save(world: &World, plan: &Plan<'_>) -> String {
    let refused = world.save_as(plan).unwrap_err();
    let left = fs::read_dir(world.backups()).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{refused}");
    refused
}

#[test]
fn a_volume_that_cannot_be_kept_is_not_saved() {
    let world = World::new();
    let volume = world.volume("samples");
    fs::create_dir(&volume).unwrap();
    let plan = World::plan("samples");
    assert!(
        save(&world, &World::plan("none")).ends_with("/volumes/none: no such file or directory")
    );
    for name in [".state", "..", "a/b", ""] {
        assert!(
            save(&world, &World::plan(name)).ends_with("not the name of a volume"),
            "{name}"
        );
    }
    fs::write(volume.join("set"), "").unwrap();
    fs::set_permissions(volume.join("set"), fs::Permissions::from_mode(0o4755)).unwrap();
    let why = "a set-id bit, which is not allowed";
    assert!(save(&world, &plan).ends_with(&format!("/volumes/samples/set: {why}")));
    let allow = Allow {
        set_id: true,
        devices: false,
    };
    let allowed = Plan {
        allow,
        ..plan.clone()
    };
    let saved = world.save_as(&allowed).unwrap();
    let refused = world.restore(&saved.path).unwrap_err();
    assert!(
        refused.ends_with("set: a set-id bit, which is not allowed"),
        "{refused}"
    );
    world
        .restore_as(&Order {
            allow,
            ..World::order(&saved.path)
        })
        .unwrap();
    assert_eq!(
        fs::metadata(volume.join("set"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777,
        0o4755
    );
    fs::remove_file(volume.join("set")).unwrap();
    fs::remove_file(&saved.path).unwrap();

    run(Command::new("mknod")
        .arg(volume.join("null"))
        .args(["c", "1", "3"]));
    assert!(save(&world, &plan).ends_with("null: a device node, which is not allowed"));
    fs::remove_file(volume.join("null")).unwrap();
    let bad = std::ffi::OsStr::new("bad");
    let bad = volume.join(unsafe_name(bad));
    fs::write(&bad, "").unwrap();
    assert!(save(&world, &plan).ends_with("is not UTF-8"));
    fs::remove_file(&bad).unwrap();
    fs::create_dir_all(volume.join("d/".repeat(45))).unwrap();
    assert!(save(&world, &plan).ends_with(": too deep"));
}

fn unsafe_name(before: &std::ffi::OsStr) -> std::ffi::OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut bytes = before.as_bytes().to_vec();
    bytes.push(0xff);
    std::ffi::OsString::from_vec(bytes)
}

#[test]
fn sockets_are_left_out_because_who_listens_makes_them() {
    let world = World::new();
    let volume = world.volume("samples");
    fs::create_dir(&volume).unwrap();
    let _listener = UnixListener::bind(volume.join("socket")).unwrap();
    fs::write(volume.join("file"), "text").unwrap();
    let saved = world.save("samples");
    assert_eq!(saved.found.sums.entries, 2);
    world.restore(&saved.path).unwrap();
    assert!(!volume.join("socket").exists());
}

#[test]
fn a_volume_in_use_is_neither_saved_nor_replaced() {
    let world = World::new();
    let volume = world.volume("samples");
    populate(&volume);
    let saved = world.save("samples");
    let before = snapshot(&volume);
    let shown = world.outside.join("shown");
    fs::create_dir(&shown).unwrap();
    run(Command::new("mount")
        .arg("--bind")
        .arg(volume.join("etc"))
        .arg(&shown));
    let outcomes = (
        world.save_as(&World::plan("samples")),
        world.restore(&saved.path),
    );
    run(Command::new("umount").arg(&shown));
    for refused in [outcomes.0.unwrap_err(), outcomes.1.unwrap_err()] {
        assert!(
            refused.ends_with("/volumes/samples: in use: stop the cells that mount it"),
            "{refused}"
        );
    }
    // something mounted on it
    run(Command::new("mount")
        .args(["-t", "tmpfs", "tmpfs"])
        .arg(volume.join("empty")));
    let refused = world.restore(&saved.path);
    run(Command::new("umount").arg(volume.join("empty")));
    assert!(refused.unwrap_err().contains("in use"));
    assert_eq!(snapshot(&volume), before);
}

#[test]
fn a_volume_on_another_file_system_is_not_replaced() {
    let world = World::new();
    let volume = world.volume("samples");
    populate(&volume);
    let saved = world.save("samples");
    fs::remove_dir_all(&volume).unwrap();
    fs::create_dir(&volume).unwrap();
    run(Command::new("mount")
        .args(["-t", "tmpfs", "tmpfs"])
        .arg(&volume));
    let refused = world.restore(&saved.path);
    run(Command::new("umount").arg(&volume));
    let refused = refused.unwrap_err();
    assert!(
        refused.contains("not on the file system of the state directory"),
        "{refused}"
    );
}

#[test]
fn another_board_another_volume_and_another_digest_are_noticed() {
    let world = World::new();
    populate(&world.volume("samples"));
    let saved = world.save("samples");
    let refused = |order: &Order<'_>| world.restore_as(order).unwrap_err();
    let order = World::order(&saved.path);
    let other = refused(&Order {
        board: Some("sensor"),
        ..order.clone()
    });
    assert!(
        other.ends_with("board gateway: made on another board"),
        "{other}"
    );
    let other = refused(&Order {
        digest: Some([1; 32]),
        ..order.clone()
    });
    assert!(
        other.ends_with("another archive than the one that is wanted"),
        "{other}"
    );
    let other = refused(&Order {
        volume: Some(".state"),
        ..order.clone()
    });
    assert!(other.ends_with("not the name of a volume"), "{other}");
    world
        .restore_as(&Order {
            board: Some("gateway"),
            digest: Some(saved.found.digest),
            ..order
        })
        .unwrap();
}

#[test]
fn nothing_is_begun_that_does_not_fit() {
    let world = World::tight();
    let volume = world.volume("samples");
    fs::create_dir(&volume).unwrap();
    fs::write(volume.join("zeros"), vec![7; 5_000_000]).unwrap();
    let refused = save(&world, &World::plan("samples"));
    assert!(refused.ends_with(" free: no room"), "{refused}");
    let saved = world
        .save_as(&Plan {
            tight: Tight::Try,
            ..World::plan("samples")
        })
        .unwrap();
    let refused = world.restore(&saved.path).unwrap_err();
    assert!(refused.ends_with(" free: no room"), "{refused}");
    // noise does not become smaller: nothing is left of it
    fs::remove_file(&saved.path).unwrap();
    let noise: Vec<u8> = (0..5_000_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_mul(i) >> 15) as u8)
        .collect();
    fs::write(volume.join("zeros"), noise).unwrap();
    let failed = world.save_as(&Plan {
        tight: Tight::Try,
        ..World::plan("samples")
    });
    let failed = failed.unwrap_err();
    assert!(failed.ends_with("no space left"), "{failed}");
    assert_eq!(fs::read_dir(world.backups()).unwrap().count(), 0);
}

/// Stops after some steps.
struct Impatient(u32);

impl Watch for Impatient {
    fn step(&mut self, _: Stage, _: u64, _: u64) -> Result<(), Errno> {
        self.0 -= 1;
        if self.0 == 0 {
            Err(Errno::EINTR)
        } else {
            Ok(())
        }
    }
}

#[test]
fn what_is_interrupted_changes_nothing() {
    let world = World::new();
    let volume = world.volume("samples");
    populate(&volume);
    let saved = world.save("samples");
    let before = snapshot(&volume);
    for steps in 1.. {
        let order = World::order(&saved.path);
        let result = world.restore_watched(&order, &mut Impatient(steps));
        assert_eq!(snapshot(&volume), before);
        assert!(!world.state().contains(&"staging".into()));
        match result {
            Err(stopped) => assert!(stopped.ends_with("interrupted"), "{stopped}"),
            Ok(_) => {
                assert!(steps > 5, "{steps}");
                break;
            }
        }
    }
}
