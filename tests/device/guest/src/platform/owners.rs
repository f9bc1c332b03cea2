//! What files are, and whose.

use libcell::platform::{DeviceNumber, Errno, FileKind, Platform};

use super::place::{Must, Outcome, Place, equal, refused};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("metadata-kinds", kinds),
    ("metadata-numbers", numbers),
    ("metadata-errors", errors),
    ("set-owner", set_owner),
    ("set-owner-of-a-link", of_a_link),
    ("set-owner-keeps-set-id", keeps_set_id),
    ("set-owner-errors", owner_errors),
];

fn kinds(place: &Place<'_>) -> Outcome {
    use libcell::platform::FileKind::{Device, Directory, File, Link, Other, Socket};
    let file = place.file("file", b"")?;
    let link = place.path("link");
    place.system.symlink(&file, &link).must("link")?;
    let (pipe, device, socket) = (
        place.path("pipe"),
        place.path("device"),
        place.path("socket"),
    );
    calls::node(&pipe, libc::S_IFIFO | 0o600, None).must("fifo")?;
    let null = place.system.device_number("/dev/null").must("/dev/null")?;
    calls::node(&device, libc::S_IFCHR | 0o600, Some(null)).must("node")?;
    let _listening = place.system.listen(&socket, 0o600).must("socket")?;
    for (path, kind) in [
        (&file, File),
        (&place.directory, Directory),
        (&link, Link),
        (&pipe, Other),
        (&device, Device),
        (&socket, Socket),
    ] {
        equal(
            path,
            place.system.metadata(path).map(|of| of.kind),
            Ok(kind),
        )?;
    }
    Ok(())
}

fn numbers(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"12345")?;
    place
        .system
        .set_owner(&path, 70_000, 70_001, 0o4751)
        .must("owner")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    let is = (
        metadata.kind,
        metadata.mode,
        metadata.uid,
        metadata.gid,
        metadata.size,
    );
    equal(
        "all of them",
        is,
        (FileKind::File, 0o4751, 70_000, 70_001, 5),
    )?;
    place
        .system
        .set_owner(&place.directory, 0, 0, 0o1777)
        .must("owner")?;
    let sticky = place.system.metadata(&place.directory).must("metadata")?;
    equal("sticky", sticky.mode, 0o1777)
}

fn errors(place: &Place<'_>) -> Outcome {
    refused(
        "missing",
        place.system.metadata(&place.path("x")),
        Errno::ENOENT,
    )?;
    let file = place.file("file", b"")?;
    let below = alloc::format!("{file}/x");
    refused(
        "below a file",
        place.system.metadata(&below),
        Errno::ENOTDIR,
    )
}

fn set_owner(place: &Place<'_>) -> Outcome {
    let path = place.subdirectory("made")?;
    place.system.set_owner(&path, 12, 13, 0o750).must("owner")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    equal(
        "numbers",
        (metadata.mode, metadata.uid, metadata.gid),
        (0o750, 12, 13),
    )
}

fn of_a_link(place: &Place<'_>) -> Outcome {
    let (file, link) = (place.file("file", b"")?, place.path("link"));
    place.system.symlink(&file, &link).must("link")?;
    place.system.set_owner(&link, 12, 13, 0o777).must("owner")?;
    let metadata = place.system.metadata(&link).must("metadata")?;
    equal("the link", (metadata.uid, metadata.gid), (12, 13))?;
    let target = place.system.metadata(&file).must("metadata")?;
    equal(
        "its target",
        (target.mode, target.uid, target.gid),
        (0o644, 0, 0),
    )
}

fn keeps_set_id(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"")?;
    place.system.set_owner(&path, 5, 5, 0o6755).must("owner")?;
    equal(
        "mode",
        place.system.metadata(&path).map(|of| of.mode),
        Ok(0o6755),
    )
}

fn owner_errors(place: &Place<'_>) -> Outcome {
    let missing = place.path("x");
    refused(
        "missing",
        place.system.set_owner(&missing, 0, 0, 0o644),
        Errno::ENOENT,
    )?;
    let path = place.file("file", b"")?;
    let as_user = place.as_user(|| place.system.set_owner(&path, 1000, 1000, 0o644))?;
    equal("another's file", as_user, Some(Errno::EPERM))?;
    let none = DeviceNumber {
        kind: cell_abi::DeviceKind::Char,
        major: 0,
        minor: 0,
    };
    let as_user = place.as_user(|| calls::node(&missing, libc::S_IFCHR, Some(none)))?;
    // EACCES of the directory comes before EPERM of the node
    equal("a node as a user", as_user, Some(Errno::EPERM))
        .or_else(|_| equal("a node as a user", as_user, Some(Errno::EACCES)))
}
