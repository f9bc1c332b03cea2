//! Device nodes.

use cell_abi::DeviceKind;
use libcell::platform::{DeviceNumber, Errno, FileKind, Open, Platform};

use super::place::{Must, Outcome, Place, equal, refused};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("device-number", number),
    ("device-number-errors", number_errors),
    ("make-device", make),
    ("make-device-of-blocks", blocks),
    ("make-device-errors", make_errors),
];

const fn numbered(kind: DeviceKind, major: u32, minor: u32) -> DeviceNumber {
    DeviceNumber { kind, major, minor }
}

/// Majors have 12 bits, minors 20, and they lie in pieces.
fn number(place: &Place<'_>) -> Outcome {
    let all = [
        numbered(DeviceKind::Char, 2, 2),
        numbered(DeviceKind::Block, 0xabc, 0),
        numbered(DeviceKind::Char, 0xfff, 0xf_ffff),
        numbered(DeviceKind::Block, 1, 0x1_0203),
        numbered(DeviceKind::Char, 0, 256),
    ];
    for (index, device) in all.into_iter().enumerate() {
        let path = place.path(&alloc::format!("{index}"));
        let format = match device.kind {
            DeviceKind::Char => libc::S_IFCHR,
            DeviceKind::Block => libc::S_IFBLK,
        };
        calls::node(&path, format | 0o600, Some(device)).must("node")?;
        equal(index, place.system.device_number(&path), Ok(device))?;
    }
    // through a link, as /dev may have them
    let link = place.path("link");
    place.system.symlink("0", &link).must("link")?;
    equal("a link", place.system.device_number(&link), Ok(all[0]))
}

fn number_errors(place: &Place<'_>) -> Outcome {
    refused(
        "missing",
        place.system.device_number(&place.path("x")),
        Errno::ENOENT,
    )?;
    let file = place.file("file", b"")?;
    refused("a file", place.system.device_number(&file), Errno::ENODEV)?;
    refused(
        "a directory",
        place.system.device_number(&place.directory),
        Errno::ENODEV,
    )
}

fn make(place: &Place<'_>) -> Outcome {
    let path = place.path("zero");
    place
        .system
        .make_device(&path, "/dev/zero", 0o640, 12, 13)
        .must("make")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    let is = (metadata.kind, metadata.mode, metadata.uid, metadata.gid);
    equal("node", is, (FileKind::Device, 0o640, 12, 13))?;
    equal(
        "number",
        place.system.device_number(&path),
        place.system.device_number("/dev/zero"),
    )?;
    let mut bytes = [1; 4];
    let file = place.system.open(&path, Open::Read, 0).must("open")?;
    equal("read", place.system.read(&file, &mut bytes), Ok(4))?;
    equal("zeros", bytes, [0; 4])
}

fn blocks(place: &Place<'_>) -> Outcome {
    let (from, to) = (place.path("from"), place.path("to"));
    let device = numbered(DeviceKind::Block, 300, 70_000);
    calls::node(&from, libc::S_IFBLK | 0o600, Some(device)).must("node")?;
    place
        .system
        .make_device(&to, &from, 0o600, 0, 0)
        .must("make")?;
    equal("number", place.system.device_number(&to), Ok(device))
}

fn make_errors(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"x")?;
    let make = |path: &str, like: &str| place.system.make_device(path, like, 0o600, 0, 0);
    refused("it is there", make(&path, "/dev/null"), Errno::EEXIST)?;
    refused(
        "like nothing",
        make(&place.path("a"), "/dev/none"),
        Errno::ENOENT,
    )?;
    refused("like a file", make(&place.path("a"), &path), Errno::ENODEV)?;
    refused(
        "nothing is made",
        place.system.metadata(&place.path("a")),
        Errno::ENOENT,
    )?;
    place
        .system
        .set_owner(&place.directory, 1000, 1000, 0o755)
        .must("owner")?;
    let as_user = place.as_user(|| make(&place.path("b"), "/dev/null"))?;
    equal("as a user", as_user, Some(Errno::EPERM))
}
