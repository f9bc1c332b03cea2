//! Superblocks as the tools of this host make them, and as the headers describe them.

use std::prelude::rust_2024::*;
use std::process::Command;
use std::{format, vec};

use proptest::prelude::*;

use super::*;

fn of(image: &[u8]) -> Option<FileSystem> {
    let mut blocks = vec![0; BLOCK * BLOCKS.len()];
    for (block, offset) in blocks.chunks_mut(BLOCK).zip(BLOCKS) {
        let from = image.get(offset as usize..).unwrap_or_default();
        let count = from.len().min(BLOCK);
        block[..count].copy_from_slice(&from[..count]);
    }
    identify(&blocks)
}

/// What a program makes of a file of so many KiB.
fn made(size_kib: usize, command: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    std::fs::write(&path, vec![0; size_kib * 1024]).unwrap();
    let output = Command::new(command[0])
        .args(&command[1..])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read(path).unwrap()
}

fn is(image: &[u8], kind: Kind, label: &str, size_kib: u64) {
    let wanted = FileSystem {
        kind,
        label: label.into(),
        size_kib,
    };
    assert_eq!(of(image), Some(wanted));
}

#[test]
fn fat_is_known_in_all_three_sizes() {
    is(
        &made(1440, &["mkfs.vfat", "-F", "12", "-n", "STICK"]),
        Kind::Msdos,
        "STICK",
        1440,
    );
    is(
        &made(16_384, &["mkfs.vfat", "-F", "16"]),
        Kind::Msdos,
        "",
        16_384,
    );
    is(
        &made(40_960, &["mkfs.vfat", "-F", "32", "-n", "BIG ONE"]),
        Kind::Msdos,
        "BIG ONE",
        40_960,
    );
}

#[test]
fn ext_is_known() {
    is(
        &made(2048, &["mkfs.ext2", "-q", "-L", "data"]),
        Kind::Ext2,
        "data",
        2048,
    );
    is(
        &made(8192, &["mkfs.ext4", "-q", "-b", "4096"]),
        Kind::Ext2,
        "",
        8192,
    );
}

#[test]
fn ufs_is_known_in_both_versions_and_byte_orders() {
    let directory = tempfile::tempdir().unwrap();
    let tree = directory.path().join("tree");
    std::fs::create_dir(&tree).unwrap();
    std::fs::write(tree.join("file"), "text").unwrap();
    for version in ["1", "2"] {
        for order in ["le", "be"] {
            let image = directory.path().join("image");
            let options = format!("version={version}");
            let output = Command::new("makefs")
                .args(["-t", "ffs", "-s", "2m", "-B", order, "-o", &options])
                .arg(&image)
                .arg(&tree)
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
            is(&std::fs::read(&image).unwrap(), Kind::Ffs, "", 2048);
        }
    }
}

#[test]
fn a_partition_table_and_noise_are_no_file_system() {
    let mut table = vec![0; 4096];
    table[510..512].copy_from_slice(&[0x55, 0xaa]);
    table[0] = 0xeb;
    assert_eq!(of(&table), None);
    assert_eq!(of(&[]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_something_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        let _ = of(&bytes);
    }
}
