//! Other tars read what is made here.

use std::path::Path;
use std::process::Command;

use crate::world::{World, populate, run, same, snapshot, without_holes};

fn unpacked_by(program: &str) {
    let world = World::new();
    let volume = world.volume("samples");
    populate(&volume);
    let saved = world.save("samples");
    let listed = run(Command::new(program).args(["-t", "-z", "-f", &saved.path]));
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.first(), Some(&"manifest"));
    assert_eq!(lines.get(1), Some(&"data/"));
    assert_eq!(lines.last(), Some(&"sha256"));
    assert_eq!(lines.len() as u32, saved.found.sums.entries + 2);
    let to = world.outside.to_str().unwrap();
    run(Command::new(program).args(["-x", "-z", "-p", "-C", to, "-f", &saved.path]));
    let data = Path::new(to).join("data");
    same(&without_holes(&data), &without_holes(&volume));
    if program == "tar" {
        assert_eq!(snapshot(&data), snapshot(&volume), "holes");
    }
    let manifest = std::fs::read_to_string(Path::new(to).join("manifest")).unwrap();
    assert!(
        manifest.starts_with("picocell 1\nkind volume\nname samples\nboard gateway\n"),
        "{manifest}"
    );
}

#[test]
fn gnu_tar_lists_and_unpacks_it() {
    unpacked_by("tar");
}

#[test]
fn bsdtar_lists_and_unpacks_it() {
    unpacked_by("bsdtar");
}
