//! Mounts of disks.

use alloc::format;

use libcell::platform::{Errno, Exit, Launch, Mount, MountFlags, MountKind, Open, Platform};

use super::disk::{Disk, Image};
use super::place::{Must, Outcome, Place, equal, plain, refused, wrong};
use super::{Named, calls, fat, ffs};

pub const TESTS: &[Named] = &[
    ("mount-msdos", msdos),
    ("mount-msdos-owner-and-mode", msdos_owner),
    ("mount-msdos-read-only", msdos_read_only),
    ("mount-ffs", ffs_mounted),
    ("mount-ffs-read-only", ffs_read_only),
    ("mount-ffs-restrictions", ffs_restrictions),
    ("metadata-large", large),
    ("mount-disk-errors", errors),
];

const FREE: MountFlags = MountFlags {
    read_only: false,
    no_suid: false,
    no_dev: false,
    no_exec: false,
};

const READ_ONLY: MountFlags = MountFlags {
    read_only: true,
    ..FREE
};

fn of_msdos(device: &str) -> MountKind<'_> {
    MountKind::Msdos {
        device,
        uid: 12,
        gid: 13,
        mode: 0o740,
    }
}

/// Mounts a disk on `target`.
fn mount(place: &Place<'_>, kind: MountKind<'_>, flags: MountFlags) -> Result<(), Errno> {
    let target = place.path("target");
    match place.system.make_directory(&target, 0o755) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => return Err(errno),
    }
    place.system.mount(&Mount {
        kind,
        target: &target,
        flags,
    })
}

/// What is written is there after unmounting and mounting again.
fn persists(place: &Place<'_>, kind: MountKind<'_>) -> Outcome {
    mount(place, kind, FREE).must("mount")?;
    let target = place.path("target");
    equal("read-only", place.system.is_read_only(&target), Ok(false))?;
    let path = place.path("target/a long name.text");
    let file = place
        .system
        .open(&path, Open::CreateNew, 0o644)
        .must("make")?;
    let line = b"what was written\n";
    for _ in 0..1000 {
        place.all(&file, line)?;
    }
    place.system.sync(&file).must("sync")?;
    drop(file);
    place.subdirectory("target/directory")?;
    refused("twice", mount(place, kind, FREE), Errno::EBUSY)?;
    place.system.unmount(&target).must("unmount")?;
    refused("gone", place.system.metadata(&path), Errno::ENOENT)?;
    mount(place, kind, FREE).must("again")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    equal("size", metadata.size, 17_000)?;
    let content = place.content(&path)?;
    if content.lines().any(|line| line != "what was written") {
        return wrong("content", "another");
    }
    place.system.unlink(&path).must("unlink")?;
    place.system.unmount(&target).must("unmount")
}

/// What is there can be read and not changed.
fn stays(place: &Place<'_>, kind: MountKind<'_>) -> Outcome {
    mount(place, kind, FREE).must("mount")?;
    let path = place.file("target/file", b"content")?;
    let target = place.path("target");
    place.system.unmount(&target).must("unmount")?;
    mount(place, kind, READ_ONLY).must("mount")?;
    equal("read-only", place.system.is_read_only(&target), Ok(true))?;
    equal("reading", place.content(&path)?.as_str(), "content")?;
    refused(
        "writing",
        place.system.open(&path, Open::Write, 0),
        Errno::EROFS,
    )?;
    refused("unlink", place.system.unlink(&path), Errno::EROFS)?;
    place.system.unmount(&target).must("unmount")
}

fn msdos(place: &Place<'_>) -> Outcome {
    let disk = Disk::new(place, &fat::empty())?;
    persists(place, of_msdos(&disk.block))
}

fn msdos_read_only(place: &Place<'_>) -> Outcome {
    let disk = Disk::new(place, &fat::empty())?;
    stays(place, of_msdos(&disk.block))
}

fn msdos_owner(place: &Place<'_>) -> Outcome {
    let disk = Disk::new(place, &fat::empty())?;
    mount(place, of_msdos(&disk.block), FREE).must("mount")?;
    let (file, below) = (
        place.file("target/file", b"")?,
        place.subdirectory("target/below")?,
    );
    for path in [&file, &below] {
        let metadata = place.system.metadata(path).must("metadata")?;
        let is = (metadata.mode, metadata.uid, metadata.gid);
        equal(path, is, (0o740, 12, 13))?;
    }
    place.system.unmount(&place.path("target")).must("unmount")
}

fn ffs_mounted(place: &Place<'_>) -> Outcome {
    let disk = Disk::new(place, &ffs::empty())?;
    persists(
        place,
        MountKind::Ffs {
            device: &disk.block,
        },
    )
}

fn ffs_read_only(place: &Place<'_>) -> Outcome {
    let disk = Disk::new(place, &ffs::empty())?;
    stays(
        place,
        MountKind::Ffs {
            device: &disk.block,
        },
    )
}

/// Of a disk that somebody prepared: nothing of it is believed.
fn ffs_restrictions(place: &Place<'_>) -> Outcome {
    // larger than the image that holds it, so a script does for a program: no set-id there, but a node and an exec
    let disk = Disk::new(place, &ffs::empty())?;
    let kind = MountKind::Ffs {
        device: &disk.block,
    };
    mount(place, kind, FREE).must("mount")?;
    let (script, zero) = (place.path("target/script"), place.path("target/zero"));
    let file = place
        .system
        .open(&script, Open::CreateNew, 0o755)
        .must("make")?;
    place.all(&file, format!("#!{}\n", place.program).as_bytes())?;
    drop(file);
    place
        .system
        .make_device(&zero, "/dev/zero", 0o666, 0, 0)
        .must("node")?;
    let run = || {
        let pid = place.system.spawn(&Launch {
            ..plain(&[&script])
        })?;
        crate::os::wait_for(pid).map(|(_, exit)| exit)
    };
    // the program says that it does not know such a subcommand
    equal("exec without", run(), Ok(Exit::Code(64)))?;
    place
        .system
        .open(&zero, Open::Read, 0)
        .map(drop)
        .must("node without")?;
    let target = place.path("target");
    place.system.unmount(&target).must("unmount")?;
    let flags = MountFlags {
        read_only: true,
        no_suid: true,
        no_dev: true,
        no_exec: true,
    };
    mount(place, kind, flags).must("mount")?;
    refused("exec with", run(), Errno::EACCES)?;
    refused(
        "node with",
        place.system.open(&zero, Open::Read, 0),
        Errno::ENXIO,
    )?;
    place.system.unmount(&target).must("unmount")
}

/// A file of 5 GiB with nothing in it.
fn large(place: &Place<'_>) -> Outcome {
    const SIZE: u64 = 5 << 30 | 3;
    let disk = Disk::new(place, &ffs::empty())?;
    mount(
        place,
        MountKind::Ffs {
            device: &disk.block,
        },
        FREE,
    )
    .must("mount")?;
    let path = place.path("target/large");
    let file = place
        .system
        .open(&path, Open::Truncate, 0o600)
        .must("open")?;
    calls::lengthen(&file, SIZE).must("ftruncate")?;
    equal(
        "size",
        place.system.metadata(&path).map(|of| of.size),
        Ok(SIZE),
    )?;
    drop(file);
    place.system.unmount(&place.path("target")).must("unmount")
}

fn errors(place: &Place<'_>) -> Outcome {
    let none = "/dev/none";
    refused(
        "msdos of nothing",
        mount(place, of_msdos(none), FREE),
        Errno::ENOENT,
    )?;
    refused(
        "ffs of nothing",
        mount(place, MountKind::Ffs { device: none }, FREE),
        Errno::ENOENT,
    )?;
    let file = place.file("file", b"")?;
    let not_block = Errno(libc::ENOTBLK as u16);
    refused(
        "msdos of a file",
        mount(place, of_msdos(&file), FREE),
        not_block,
    )?;
    refused(
        "ffs of a file",
        mount(place, MountKind::Ffs { device: &file }, FREE),
        not_block,
    )?;
    let empty = Image::new(256 << 10);
    let disk = Disk::new(place, &empty)?;
    let device = disk.block.as_str();
    for kind in [of_msdos(device), MountKind::Ffs { device }] {
        match mount(place, kind, FREE) {
            Err(Errno::EINVAL) => {}
            other => return wrong("a disk with nothing on it", format_args!("{other:?}")),
        }
    }
    Ok(())
}
