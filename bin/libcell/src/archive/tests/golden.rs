//! The format's bytes, which must never change: what a device wrote years ago is read.

use std::prelude::rust_2024::*;

use super::*;

fn every_kind() -> Vec<Member> {
    let mut sparse = entry("etc/sparse", Kind::File);
    sparse.size = 20_000;
    sparse.extents = Some(vec![
        Extent {
            offset: 4096,
            size: 512,
        },
        Extent {
            offset: 16_384,
            size: 3616,
        },
    ]);
    let mut content = vec![0; 20_000];
    content[4096..4608].fill(b'1');
    content[16_384..].fill(b'2');
    let mut precise = file("etc/hosts", b"127.0.0.1 localhost\n");
    precise.0.modified.nanoseconds = 123_456_789;
    let long = format!("etc/{}", "long".repeat(30));
    vec![
        directory(""),
        directory("etc"),
        precise,
        (sparse, content),
        file(&long, b""),
        link("etc/again", Kind::HardLink, "etc/hosts"),
        link("tick", Kind::SymbolicLink, "/var/run/tick"),
        (entry("pipe", Kind::Fifo), Vec::new()),
    ]
}

#[test]
fn the_bytes_of_an_archive_are_those_of_the_golden_one() {
    let members = every_kind();
    let (bytes, _) = written(&manifest(&members), &members);
    if let Some(path) = std::env::var_os("PICOCELL_WRITE_GOLDEN") {
        std::fs::write(path, &bytes).unwrap();
    }
    let golden = include_bytes!("golden.tar.gz");
    // how it is compressed may change
    assert!(tar_of(&bytes) == tar_of(golden));
    let (again, _) = read(golden, Origin::Picocell, Allow::default()).unwrap();
    assert_eq!(again, members);
}
