//! Volumes saved and restored on a real file system, as root.
#![cfg(target_os = "linux")]

mod damage;
mod foreign;
mod interop;
mod memory;
mod refused;
mod world;

use libcell::backup;
use libcell::restore::{self, Resumed, Room};

use world::{World, populate, snapshot};

#[test]
fn a_volume_comes_back_as_it_was_saved() {
    let world = World::new();
    populate(&world.volume("samples"));
    let before = snapshot(&world.volume("samples"));
    let saved = world.save("samples");
    assert_eq!(
        backup::parse(saved.path.rsplit('/').next().unwrap())
            .unwrap()
            .0,
        "samples"
    );

    std::fs::remove_dir_all(world.volume("samples").join("etc")).unwrap();
    std::fs::write(world.volume("samples").join("more"), "what came later").unwrap();
    let restored = world.restore(&saved.path).unwrap();
    assert_eq!(restored.digest, saved.found.digest);
    assert_eq!(snapshot(&world.volume("samples")), before);
    assert_eq!(
        world.state(),
        ["backups", "restore.0", "restore.1", "restore.lock"]
    );
    assert_eq!(world.resume().0, Resumed::Clean);
}

#[test]
fn a_volume_that_is_not_there_is_made() {
    let world = World::new();
    populate(&world.volume("samples"));
    let before = snapshot(&world.volume("samples"));
    let saved = world.save("samples");
    std::fs::remove_dir_all(world.volume("samples")).unwrap();
    world.restore(&saved.path).unwrap();
    assert_eq!(snapshot(&world.volume("samples")), before);
    // and one of another name, if that is what is said
    let order = restore::Order {
        volume: Some("copy"),
        ..World::order(&saved.path)
    };
    world.restore_as(&order).unwrap();
    assert_eq!(snapshot(&world.volume("copy")), before);
}

#[test]
fn so_many_are_kept_and_the_newest_is_first() {
    let world = World::new();
    populate(&world.volume("samples"));
    std::fs::create_dir(world.volume("samples2")).unwrap();
    let other = world.save("samples2");
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(world.save("samples").found.created);
    }
    // four in one second are of four seconds: a device may have no clock
    assert!(made.is_sorted_by(|a, b| a < b), "{made:?}");
    let plan = backup::Plan {
        keep: 2,
        ..World::plan("samples")
    };
    let saved = world.save_as(&plan).unwrap();
    let directory = world.backups();
    let left = backup::list(&world.system, &directory, Some("samples")).unwrap();
    let times: Vec<_> = left.iter().map(|backup| backup.created).collect();
    assert_eq!(times, [saved.found.created, made[3]]);
    let all = backup::list(&world.system, &directory, None).unwrap();
    assert_eq!(all.len(), 3);
    assert!(std::path::Path::new(&other.path).exists());
    world.delete(&left[0].file()).unwrap();
    let left = backup::list(&world.system, &directory, Some("samples")).unwrap();
    assert_eq!(left.len(), 1);
    let refused = world.delete("../../../etc/passwd").unwrap_err();
    assert!(refused.contains("not the name of an archive"), "{refused}");
}

#[test]
fn in_place_the_old_one_is_given_up_and_the_archive_needed_until_it_is_there() {
    let world = World::tight();
    let volume = world.volume("samples");
    std::fs::create_dir(&volume).unwrap();
    let noise: Vec<u8> = (0..5_000_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(volume.join("big"), &noise).unwrap();
    let before = snapshot(&volume);
    let plan = backup::Plan {
        directory: Some(world.outside.to_str().unwrap()),
        ..World::plan("samples")
    };
    let saved = world.save_as(&plan).unwrap();
    let order = World::order(&saved.path);
    let refused = world.restore_as(&order).unwrap_err();
    assert!(refused.ends_with(" free: no room"), "{refused}");
    assert_eq!(snapshot(&volume), before);

    // a good one, then one that is damaged where the first pass does not look twice: on the medium itself
    let order = restore::Order {
        room: Room::InPlace,
        ..order
    };
    world.restore_as(&order).unwrap();
    assert_eq!(snapshot(&volume), before);

    let failing = world::Failing::after(
        &world.system,
        2 * std::fs::metadata(&saved.path).unwrap().len() - 100_000,
    );
    let mut watch = libcell::progress::Unwatched;
    let mut job = libcell::job::Job::new(&failing, &world.prefix, &mut watch);
    let failed = restore::restore(&mut job, &order).unwrap_err();
    assert!(world::said(&job, failed).ends_with("input/output error"));
    assert!(!volume.exists());
    let (resumed, found) = world.resume();
    assert_eq!(resumed, Resumed::NeedArchive);
    assert_eq!(
        (found.volume.as_str(), found.digest),
        ("samples", saved.found.digest)
    );
    assert_eq!(found.created, saved.found.created);
    world.restore(&saved.path).unwrap();
    assert_eq!(snapshot(&volume), before);
}
