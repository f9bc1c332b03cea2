//! What others made is restored where that is asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use libcell::archive::Origin;
use libcell::restore::Order;

use crate::world::{Kept, World, populate, run, same, snapshot, without_holes};

fn foreign<'a>(archive: &'a str, volume: &'a str) -> Order<'a> {
    Order {
        origin: Origin::Foreign,
        volume: Some(volume),
        ..World::order(archive)
    }
}

/// As the original made them: plain, of what is in the directory, named by volume and time.
fn made_by(arguments: &[&str]) {
    let world = World::new();
    let volume = world.volume("samples");
    populate(&volume);
    let before = without_holes(&volume);
    let archive = world.outside.join("samples_20250102030405.tar.gz");
    let archive = archive.to_str().unwrap();
    let (program, arguments) = arguments.split_first().unwrap();
    run(Command::new(program)
        .args(arguments)
        .args(["-f", archive, "-C"])
        .arg(&volume)
        .arg("."));
    std::fs::remove_dir_all(&volume).unwrap();
    std::fs::create_dir(&volume).unwrap();

    let refused = world.restore(archive).unwrap_err();
    assert!(
        refused.ends_with("no manifest: not made here (--foreign takes it)"),
        "{refused}"
    );
    world.restore_as(&foreign(archive, "samples")).unwrap();
    if arguments.contains(&"--format=gnu") {
        // it has whole seconds only
        let kept = |tree: BTreeMap<String, Kept>| {
            let kept = tree
                .into_iter()
                .map(|(name, kept)| (name, kept.content, kept.mode));
            kept.collect::<Vec<_>>()
        };
        assert_eq!(kept(snapshot(&volume)), kept(before));
        return;
    }
    same(&without_holes(&volume), &before);
    if arguments.contains(&"-S") {
        assert!(snapshot(&volume)["sparse"].is_sparse);
    }
}

#[test]
fn archives_of_gnu_tar() {
    made_by(&["tar", "-c", "-z", "--format=gnu"]);
    made_by(&["tar", "-c", "-z", "--format=pax"]);
    made_by(&["tar", "-c", "-z", "-S", "--format=pax"]);
}

#[test]
fn archives_of_bsdtar() {
    made_by(&["bsdtar", "-c", "-z", "--format=pax"]);
}

/// An archive of these files, which a directory outside has.
fn packed(world: &World, arguments: &[&str]) -> String {
    let archive = world.outside.join("x_20250102030405.tar.gz");
    run(Command::new("tar")
        .args(["-c", "-z", "-P", "-f"])
        .arg(&archive)
        .args(arguments)
        .current_dir(&world.outside));
    archive.to_str().unwrap().into()
}

#[test]
fn names_need_no_dot_and_directories_need_no_entry() {
    let world = World::new();
    std::fs::create_dir_all(world.outside.join("a/b")).unwrap();
    std::fs::write(world.outside.join("a/b/file"), "text").unwrap();
    let archive = packed(&world, &["a/b/file"]);
    world.restore_as(&foreign(&archive, "samples")).unwrap();
    let text = std::fs::read_to_string(world.volume("samples").join("a/b/file")).unwrap();
    assert_eq!(text, "text");
}

#[test]
fn what_leads_out_of_the_volume_is_refused() {
    let world = World::new();
    std::fs::create_dir(world.volume("samples")).unwrap();
    std::fs::write(world.volume("samples").join("old"), "old").unwrap();
    let before = snapshot(&world.volume("samples"));
    let victim = world.directory.path().join("victim");
    std::fs::create_dir(&victim).unwrap();
    std::fs::write(victim.join("file"), "secret").unwrap();
    let link = world.outside.join("way");
    std::os::unix::fs::symlink(&victim, &link).unwrap();
    std::fs::write(world.outside.join("plain"), "plain").unwrap();
    let victim_file = victim.join("file");
    let victim_file = victim_file.to_str().unwrap();

    // first a link, then something through it; then a hard link through it, absolute, and with dots
    let transform = |to: &str| format!("--transform=flags=r;s,^plain$,{to},");
    let through = packed_as(
        &world,
        "through",
        &[&transform("way/planted"), "way", "plain"],
    );
    let dots = packed_as(&world, "dots", &[&transform("../planted"), "plain"]);
    let absolute = packed_as(&world, "absolute", &[victim_file]);
    std::fs::hard_link(victim_file, world.outside.join("second")).unwrap();
    let hard = packed_as(
        &world,
        "hard",
        &[
            "--transform=flags=h;s,.*/file$,way/file,",
            "--transform=flags=r;s,.*/file$,first,",
            "way",
            victim_file,
            "second",
        ],
    );
    for (archive, why) in [
        (
            &through,
            "way/planted: a member whose directory did not come before it",
        ),
        (&dots, "a name that is not allowed"),
        (&absolute, "a name that is not allowed"),
        (&hard, "a member whose directory did not come before it"),
    ] {
        let refused = world.restore_as(&foreign(archive, "samples")).unwrap_err();
        assert!(refused.ends_with(why), "{archive}: {refused}");
        assert_eq!(snapshot(&world.volume("samples")), before);
        assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 1);
        assert!(!world.state().contains(&"staging".into()));
    }
}

fn packed_as(world: &World, name: &str, arguments: &[&str]) -> String {
    let made = packed(world, arguments);
    let archive = Path::new(&made).with_file_name(format!("{name}.tar.gz"));
    std::fs::rename(made, &archive).unwrap();
    archive.to_str().unwrap().into()
}
