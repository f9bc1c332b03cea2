//! A volume with one of everything that an archive keeps, and what it is as lines to compare.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use libcell::archive::gzip::Crc32;
use libcell::entry::System;
use libcell::platform::{Clock, Dress, Errno, FileKind, Node, Open, Platform};
use libcell::tree::{Step, Walk, open};

use crate::platform::place::Fd;
use crate::random::Random;

/// KiB of the one large file: as long as it takes to be killed at different places.
const NOISE: usize = 3 << 10;

/// Makes it at `path`, which is not there.
pub fn fill(system: &System, path: &str) -> Result<(), Errno> {
    system.make_directory(path, 0o755)?;
    system.make_directory(&format!("{path}/etc"), 0o750)?;
    system.make_directory(&format!("{path}/nothing"), 0o700)?;
    write(
        system,
        &format!("{path}/etc/hosts"),
        b"127.0.0.1 localhost\n",
    )?;
    system.set_owner(&format!("{path}/etc/hosts"), 7, 8, 0o640)?;
    system.symlink("etc/hosts", &format!("{path}/link"))?;
    noise(system, &format!("{path}/noise"))?;
    let top = open(system, path)?;
    system.link_at(&top, b"noise", b"twice")?;
    system.make_node_at(&top, b"pipe", Node::Fifo)?;
    let long_ago = Clock {
        seconds: 1_000_000_000,
        nanoseconds: 0,
    };
    system.dress_at(
        &top,
        b"noise",
        &Dress {
            uid: 0,
            gid: 0,
            mode: Some(0o600),
            modified: long_ago,
        },
    )?;
    // one with a hole
    let file = system.open(&format!("{path}/sparse"), Open::CreateNew, 0o644)?;
    system.write_at(&file, b"end", 1 << 20)?;
    Ok(())
}

/// A file that cannot be made smaller.
fn noise(system: &System, path: &str) -> Result<(), Errno> {
    let mut random = Random::new(6);
    let file = system.open(path, Open::Truncate, 0o644)?;
    for _ in 0..NOISE {
        let block: Vec<u8> = (0..1024).map(|_| random.below(256) as u8).collect();
        all(system, &file, &block)?;
    }
    system.sync(&file)
}

/// Spoils it: content, a file gone, one too many, another mode.
pub fn damage(system: &System, path: &str) -> Result<(), Errno> {
    write(system, &format!("{path}/noise"), b"broken")?;
    write(system, &format!("{path}/since"), b"then")?;
    match system.unlink(&format!("{path}/link")) {
        // spoilt already
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    system.set_owner(&format!("{path}/etc"), 1, 1, 0o777)
}

/// A file with this in it.
pub fn write(system: &System, path: &str, bytes: &[u8]) -> Result<(), Errno> {
    let file = system.open(path, Open::Truncate, 0o644)?;
    all(system, &file, bytes)?;
    system.sync(&file)
}

fn all(system: &System, file: &Fd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        let count = system.write(file, bytes)?;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

/// Everything in it, a line each: path, kind, mode, owners, size, links, when it was modified, and what is in it.
pub fn lines(system: &System, path: &str) -> Result<Vec<String>, Errno> {
    let mut all = Vec::new();
    let mut walk = Walk::new(system, path)?;
    loop {
        let status = match walk.advance()? {
            Step::Found(status) => status,
            Step::Left => continue,
            Step::Done => break,
        };
        let of = status.metadata;
        let directory = of.kind == FileKind::Directory;
        // a directory's size is its file system's
        let size = if directory { 0 } else { of.size };
        let content = match of.kind {
            FileKind::File => {
                let file = system.open_at(walk.directory()?, walk.name(), Open::Read, 0)?;
                sum(system, &file)?
            }
            FileKind::Link => {
                let mut to = [0; 64];
                system.read_link_at(walk.directory()?, walk.name(), &mut to)?;
                let mut crc = Crc32::default();
                crc.update(&to);
                crc.value()
            }
            FileKind::Directory | FileKind::Socket | FileKind::Device | FileKind::Other => 0,
        };
        let name = String::from_utf8_lossy(walk.path()).into_owned();
        all.push(format!(
            "{name} {:?} {:o} {}:{} {size} {} {} {content:08x}",
            of.kind, of.mode, of.uid, of.gid, status.links, status.modified.seconds
        ));
        if directory {
            walk.enter()?;
        }
    }
    all.sort();
    Ok(all)
}

fn sum(system: &System, file: &Fd) -> Result<u32, Errno> {
    let mut crc = Crc32::default();
    let mut buffer = vec![0; 16 << 10];
    loop {
        match system.read(file, &mut buffer)? {
            0 => return Ok(crc.value()),
            count => crc.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}
