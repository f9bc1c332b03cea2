//! Mounts of memory and of directories, and what the restrictions of a mount do.

use alloc::format;

use libcell::platform::{Errno, Exit, Launch, Mount, MountFlags, MountKind, Open, Platform};

use super::place::{Must, Outcome, Place, equal, plain, refused, tmpfs};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("mount-tmpfs", memory),
    ("mount-null", null),
    ("mount-null-of-a-file-system", null_of_mount),
    ("mount-ptyfs", ptyfs),
    ("mount-read-only", read_only),
    ("mount-nosuid", no_suid),
    ("mount-nodev", no_dev),
    ("mount-noexec", no_exec),
    ("mount-errors", errors),
    ("unmount", unmount),
    ("unmount-errors", unmount_errors),
    ("is-read-only-errors", read_only_errors),
];

const FREE: MountFlags = MountFlags {
    read_only: false,
    no_suid: false,
    no_dev: false,
    no_exec: false,
};

fn memory(place: &Place<'_>) -> Outcome {
    let target = place.subdirectory("target")?;
    let kind = MountKind::Tmpfs {
        size: 1 << 20,
        mode: 0o1770,
        uid: 7,
        gid: 8,
    };
    let mount = Mount {
        kind,
        target: &target,
        flags: FREE,
    };
    place.system.mount(&mount).must("mount")?;
    let metadata = place.system.metadata(&target).must("metadata")?;
    let is = (metadata.mode, metadata.uid, metadata.gid);
    equal("its directory", is, (0o1770, 7, 8))?;
    equal("read-only", place.system.is_read_only(&target), Ok(false))?;
    place.file("target/file", b"x")?;
    place.system.unmount(&target).must("unmount")?;
    let gone = place.system.metadata(&place.path("target/file"));
    refused("what was in it", gone, Errno::ENOENT)
}

fn null(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    place.file("from/file", b"content")?;
    show(place, &from, &target, FREE)?;
    equal(
        "seen",
        place.content(&place.path("target/file"))?.as_str(),
        "content",
    )?;
    place.file("target/made", b"there")?;
    equal(
        "made",
        place.content(&place.path("from/made"))?.as_str(),
        "there",
    )?;
    place.system.unmount(&target).must("unmount")?;
    refused(
        "gone",
        place.system.metadata(&place.path("target/file")),
        Errno::ENOENT,
    )?;
    equal(
        "not at home",
        place.content(&place.path("from/file"))?.as_str(),
        "content",
    )
}

/// `from` at `target` with these restrictions.
fn show(place: &Place<'_>, from: &str, target: &str, flags: MountFlags) -> Outcome {
    let kind = MountKind::Null { from };
    place
        .system
        .mount(&Mount {
            kind,
            target,
            flags,
        })
        .must("mount")
}

fn null_of_mount(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    tmpfs(place.system, &from, 1 << 20).must("tmpfs")?;
    place.file("from/file", b"content")?;
    show(place, &from, &target, FREE)?;
    equal(
        "seen",
        place.content(&place.path("target/file"))?.as_str(),
        "content",
    )?;
    refused(
        "what is shown stays",
        place.system.unmount(&from),
        Errno::EBUSY,
    )?;
    place.system.unmount(&target).must("unmount")?;
    place.system.unmount(&from).must("and then")
}

fn ptyfs(place: &Place<'_>) -> Outcome {
    let target = place.subdirectory("pts")?;
    let mount = Mount {
        kind: MountKind::Ptyfs,
        target: &target,
        flags: FREE,
    };
    match place.system.mount(&mount) {
        Ok(()) => {}
        Err(errno) => return super::place::skip("pseudo terminals", errno),
    }
    let opened = place.system.open(&target, Open::Directory, 0);
    opened.map(drop).must("open")?;
    place.system.unmount(&target).must("unmount")
}

fn read_only(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    place.file("from/file", b"content")?;
    let flags = MountFlags {
        read_only: true,
        ..FREE
    };
    show(place, &from, &target, flags)?;
    equal("is it", place.system.is_read_only(&target), Ok(true))?;
    let file = place.path("target/file");
    equal("of a file", place.system.is_read_only(&file), Ok(true))?;
    equal("not below", place.system.is_read_only(&from), Ok(false))?;
    equal("reading", place.content(&file)?.as_str(), "content")?;
    refused(
        "writing",
        place.system.open(&file, Open::Write, 0),
        Errno::EROFS,
    )?;
    let made = place.path("target/made");
    refused(
        "making",
        place.system.open(&made, Open::CreateNew, 0o600),
        Errno::EROFS,
    )?;
    refused(
        "a directory",
        place.system.make_directory(&made, 0o755),
        Errno::EROFS,
    )?;
    refused("unlink", place.system.unlink(&file), Errno::EROFS)?;
    refused(
        "mode",
        place.system.set_owner(&file, 0, 0, 0o600),
        Errno::EROFS,
    )
}

/// The effective user that a set-id program of user 55 has when user 1000 runs it.
fn set_id(place: &Place<'_>, path: &str) -> Result<Exit, super::place::Failure> {
    let command = [path, "platform", "child", "euid"];
    let launch = Launch {
        user: Some((100, 100, &[])),
        ..plain(&command)
    };
    Ok(place.output(launch)?.1)
}

fn no_suid(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    let program = place.path("from/program");
    place.copy_program(&program, 0o755)?;
    place
        .system
        .set_owner(&program, 55, 55, 0o4755)
        .must("set-id")?;
    equal("without", set_id(place, &program)?, Exit::Code(55))?;
    let flags = MountFlags {
        no_suid: true,
        ..FREE
    };
    show(place, &from, &target, flags)?;
    equal(
        "with",
        set_id(place, &place.path("target/program"))?,
        Exit::Code(100),
    )
}

fn no_dev(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    place
        .system
        .make_device(&place.path("from/zero"), "/dev/zero", 0o666, 0, 0)
        .must("node")?;
    let read = |path: &str| {
        let file = place.system.open(path, Open::Read, 0)?;
        place.system.read(&file, &mut [1; 4])
    };
    equal("without", read(&place.path("from/zero")), Ok(4))?;
    let flags = MountFlags {
        no_dev: true,
        ..FREE
    };
    show(place, &from, &target, flags)?;
    refused("with", read(&place.path("target/zero")), Errno::ENXIO)
}

fn no_exec(place: &Place<'_>) -> Outcome {
    let (from, target) = (place.subdirectory("from")?, place.subdirectory("target")?);
    place.copy_program(&place.path("from/program"), 0o755)?;
    let run = |path: &str| {
        let pid = place
            .system
            .spawn(&plain(&[path, "platform", "child", "exit", "3"]))?;
        crate::os::wait_for(pid).map(|(_, exit)| exit)
    };
    equal(
        "without",
        run(&place.path("from/program")),
        Ok(Exit::Code(3)),
    )?;
    let flags = MountFlags {
        no_exec: true,
        ..FREE
    };
    show(place, &from, &target, flags)?;
    refused("with", run(&place.path("target/program")), Errno::EACCES)
}

fn errors(place: &Place<'_>) -> Outcome {
    let target = place.subdirectory("target")?;
    let missing = place.path("missing");
    refused(
        "no target",
        tmpfs(place.system, &missing, 1 << 20),
        Errno::ENOENT,
    )?;
    let file = place.file("file", b"")?;
    refused(
        "a file as target",
        tmpfs(place.system, &file, 1 << 20),
        Errno::ENOTDIR,
    )?;
    let from_missing = Mount {
        kind: MountKind::Null { from: &missing },
        target: &target,
        flags: FREE,
    };
    refused(
        "null of nothing",
        place.system.mount(&from_missing),
        Errno::ENOENT,
    )?;
    let as_user = place.as_user(|| tmpfs(place.system, &target, 1 << 20))?;
    equal("as a user", as_user, Some(Errno::EPERM))?;
    let long = format!("/{}", "n".repeat(300));
    refused(
        "a long name",
        tmpfs(place.system, &long, 1 << 20),
        Errno::ENAMETOOLONG,
    )
}

fn unmount(place: &Place<'_>) -> Outcome {
    let target = place.subdirectory("target")?;
    for size in [1 << 20, 2 << 20] {
        tmpfs(place.system, &target, size).must("mount")?;
        place.file(&format!("target/{size}"), b"")?;
    }
    let second = place.path(&format!("target/{}", 2 << 20));
    place.system.metadata(&second).must("the last is seen")?;
    place.system.unmount(&target).must("the last")?;
    let first = place.path(&format!("target/{}", 1 << 20));
    place.system.metadata(&first).must("the first is seen")?;
    place.system.unmount(&target).must("the first")?;
    refused("none", place.system.unmount(&target), Errno::EINVAL)
}

fn unmount_errors(place: &Place<'_>) -> Outcome {
    let target = place.subdirectory("target")?;
    refused("not mounted", place.system.unmount(&target), Errno::EINVAL)?;
    refused(
        "nothing",
        place.system.unmount(&place.path("x")),
        Errno::ENOENT,
    )?;
    tmpfs(place.system, &target, 1 << 20).must("mount")?;
    place.subdirectory("target/below")?;
    refused(
        "within",
        place.system.unmount(&place.path("target/below")),
        Errno::EINVAL,
    )?;
    let file = place.file("target/file", b"")?;
    let open = place.system.open(&file, Open::Read, 0).must("open")?;
    refused(
        "a file is open",
        place.system.unmount(&target),
        Errno::EBUSY,
    )?;
    let as_user = place.as_user(|| place.system.unmount(&target))?;
    equal("as a user", as_user, Some(Errno::EPERM))?;
    drop(open);
    place.system.unmount(&target).must("unmount")?;
    calls::mask(0o22).map(drop).must("mask")
}

fn read_only_errors(place: &Place<'_>) -> Outcome {
    refused(
        "missing",
        place.system.is_read_only(&place.path("x")),
        Errno::ENOENT,
    )
}
