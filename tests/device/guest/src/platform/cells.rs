//! /dev/cell: opening, making its node, the ioctl in each of its sizes, entering.

use cell_abi::{CellName, Create, Handle, Policy, Profile, Request, RootPath};
use libcell::device::{CellDevice, EventReader, PATH};
use libcell::entry::System;
use libcell::platform::{Errno, Event, Exit, Launch, Open, Platform, raw};

use super::place::{
    Failure, Must, Outcome, Place, equal, holds, plain, refused, shown, skip, tmpfs, wrong,
};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("open-cell-device", open),
    ("make-cell-node", makes_node),
    ("make-cell-node-of-an-earlier-kernel", stale_node),
    ("make-cell-node-errors", node_errors),
    ("open-cell-device-as-a-user", as_user),
    ("cell-ioctl-sizes", sizes),
    ("cell-ioctl-errors", ioctl_errors),
    ("cell-events-are-waited-for", events),
    ("spawn-enters", enters),
    ("spawn-enters-with-null-of-the-host", null_of_host),
    ("spawn-enter-errors", enter_errors),
    ("exec-enters", exec_enters),
];

/// The device, or why there is none.
fn device<'p>(place: &'p Place<'_>) -> Result<CellDevice<'p, System>, Failure> {
    match CellDevice::open(place.system, PATH) {
        Ok(device) => Ok(device),
        Err(error) => skip("the module is loaded", error),
    }
}

fn open(place: &Place<'_>) -> Outcome {
    let device = device(place)?;
    equal(
        "closed by exec",
        calls::closes_on_exec(device.fd()),
        Ok(true),
    )?;
    match device.hello() {
        Ok(_) => Ok(()),
        Err(error) => wrong("hello", error),
    }
}

fn makes_node(place: &Place<'_>) -> Outcome {
    let known = place.system.device_number(PATH);
    drop(device(place)?);
    let fresh = place.subdirectory("dev")?;
    tmpfs(place.system, &fresh, 1 << 20).must("tmpfs")?;
    calls::mask(0o77).must("mask")?;
    let path = place.path("dev/cell");
    let before = place.system.open_cell_device(&path);
    refused("before", before, Errno::ENOENT)?;
    place.system.make_cell_node(&path).must("make")?;
    place.system.open_cell_device(&path).must("open")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    let is = (metadata.mode, metadata.uid, metadata.gid);
    equal("mode and owner", is, (0o600, 0, 0))?;
    equal("number", place.system.device_number(&path), known)?;
    place.system.make_cell_node(&path).must("again")?;
    place.system.open_cell_device(&path).map(drop).must("open")
}

fn stale_node(place: &Place<'_>) -> Outcome {
    drop(device(place)?);
    let known = place.system.device_number(PATH).must("number")?;
    let path = place.path("cell");
    let unused = libcell::platform::DeviceNumber {
        major: 340,
        ..known
    };
    calls::node(&path, libc::S_IFCHR | 0o644, Some(unused)).must("node")?;
    refused("before", place.system.open_cell_device(&path), Errno::ENXIO)?;
    place.system.make_cell_node(&path).must("make")?;
    place.system.open_cell_device(&path).must("open")?;
    equal("number", place.system.device_number(&path), Ok(known))?;
    let mode = place.system.metadata(&path).map(|of| of.mode);
    equal("mode", mode, Ok(0o600))
}

fn node_errors(place: &Place<'_>) -> Outcome {
    let other = place.path("null");
    refused(
        "another's name",
        place.system.make_cell_node(&other),
        Errno::EINVAL,
    )?;
    let path = place.path("cell");
    if CellDevice::open(place.system, PATH).is_ok() {
        let as_user = place.as_user(|| place.system.make_cell_node(&path))?;
        return equal("as a user", as_user, Some(Errno::EACCES))
            .or_else(|_| equal("as a user", as_user, Some(Errno::EPERM)));
    }
    refused(
        "no module",
        place.system.make_cell_node(&path),
        Errno::ENXIO,
    )?;
    refused(
        "a node is made",
        place.system.metadata(&path),
        Errno::ENOENT,
    )
}

fn as_user(place: &Place<'_>) -> Outcome {
    drop(device(place)?);
    let errno = place.as_user(|| place.system.open_cell_device(PATH).map(drop))?;
    equal("the node's mode", errno, Some(Errno::EACCES))
}

fn sizes(place: &Place<'_>) -> Outcome {
    let device = device(place)?;
    for size in cell_abi::BUFFER_SIZES {
        let mut buffer = alloc::vec![0; size];
        // hello: its length, its tag
        buffer[..3].copy_from_slice(&[1, 0, 0]);
        place
            .system
            .cell_ioctl(device.fd(), &mut buffer)
            .must(size)?;
        holds("a reply", buffer[0] > 3 && buffer[2] == 1)?;
    }
    Ok(())
}

fn ioctl_errors(place: &Place<'_>) -> Outcome {
    let device = device(place)?;
    for size in [0, 64, 127, 129, 2048] {
        let mut buffer = alloc::vec![0; size];
        refused(
            size,
            place.system.cell_ioctl(device.fd(), &mut buffer),
            Errno::EINVAL,
        )?;
    }
    let mut buffer = [0xff; 128];
    refused(
        "no request",
        place.system.cell_ioctl(device.fd(), &mut buffer),
        Errno::EINVAL,
    )?;
    let null = place
        .system
        .open("/dev/null", Open::ReadWrite, 0)
        .must("/dev/null")?;
    // null(4) of the memory driver answers EOPNOTSUPP, others ENOTTY
    match place.system.cell_ioctl(&null, &mut [0; 128]) {
        Err(_) => Ok(()),
        Ok(()) => wrong("/dev/null", "it answers"),
    }
}

/// A cell over a directory with this program in it.
struct Cell<'p> {
    device: CellDevice<'p, System>,
    handle: Handle,
}

impl<'p> Cell<'p> {
    fn new(place: &'p Place<'_>, name: &str) -> Result<Self, Failure> {
        let device = device(place)?;
        let root = place.subdirectory("root")?;
        place.copy_program(&place.path("root/celltest"), 0o755)?;
        place.subdirectory("root/tmp")?;
        let (Ok(name), Ok(root)) = (CellName::new(name), RootPath::new(&root)) else {
            return wrong("cell", "name or root");
        };
        let policy = Policy::of(Profile::Low);
        match device.create(Create { name, root, policy }) {
            Ok(handle) => Ok(Self { device, handle }),
            Err(error) => wrong("create", error),
        }
    }
}

impl Drop for Cell<'_> {
    fn drop(&mut self) {
        let _ = self
            .device
            .kill(self.handle, libcell::platform::signal::KILL);
        let _ = self.device.destroy(self.handle);
    }
}

fn events(place: &Place<'_>) -> Outcome {
    let device = device(place)?;
    place.system.watch_read(device.fd(), 7).must("watch")?;
    let mut events = [Event::Signal(0); 4];
    equal("before", place.system.wait(&mut events, Some(0)), Ok(0))?;
    let cell = Cell::new(place, "platform.event")?;
    equal("after", place.system.wait(&mut events, Some(5000)), Ok(1))?;
    equal("event", events[0], Event::Readable(7))?;
    let mut reader = EventReader::new();
    let count = reader.fill(&device).must("read")?;
    holds("bytes", count > 0)?;
    match reader.take() {
        Some(Ok(event)) => equal("whose", event.cell, cell.handle),
        other => wrong("event", format_args!("{other:?}")),
    }
}

fn enters(place: &Place<'_>) -> Outcome {
    let cell = Cell::new(place, "platform.enter")?;
    let launch = Launch {
        enter: Some((PATH, cell.handle)),
        directory: "/tmp",
        user: Some((1000, 1001, &[1002])),
        environment: &["A=1"],
        ..plain(&["/celltest", "platform", "child", "show", "x"])
    };
    let (text, exit) = place.output(launch)?;
    equal("exit", exit, Exit::Code(0))?;
    equal("directory", shown(&text, "directory"), "Ok(\"/tmp\")")?;
    equal("users", shown(&text, "users"), "Ok((1000, 1000))")?;
    equal("groups", shown(&text, "groups"), "Ok([1002])")?;
    equal("descriptors", shown(&text, "descriptors"), "[0, 1, 2]")?;
    equal("environment", shown(&text, "environment"), "[A=1]")?;
    let launch = Launch {
        enter: Some((PATH, cell.handle)),
        ..plain(&["/celltest", "platform", "child", "sleep", "30"])
    };
    place.system.spawn(&launch).must("spawn")?;
    equal("members", cell.device.kill(cell.handle, 0).ok(), Some(1))
}

/// /dev/null is the host's and opened before: the cell needs none.
fn null_of_host(place: &Place<'_>) -> Outcome {
    let cell = Cell::new(place, "platform.null")?;
    let launch = Launch {
        enter: Some((PATH, cell.handle)),
        ..plain(&["/celltest", "platform", "child", "copy"])
    };
    let (text, exit) = place.output(launch)?;
    equal("read from null", (text.as_str(), exit), ("", Exit::Code(0)))
}

fn enter_errors(place: &Place<'_>) -> Outcome {
    let cell = Cell::new(place, "platform.errors")?;
    let command: &[&str] = &["/celltest", "platform", "child", "exit", "0"];
    let entering = |path: &'static str, handle: Handle| Launch {
        enter: Some((path, handle)),
        ..plain(command)
    };
    let missing = place.system.spawn(&entering("/dev/cell.none", cell.handle));
    refused("no device", missing, Errno::ENOENT)?;
    for (what, handle) in [
        ("another generation", cell.handle.raw() ^ 0x100),
        ("no cell", 0x0100_ff00 | 63),
    ] {
        match place
            .system
            .spawn(&entering(PATH, Handle::from_raw(handle)))
        {
            Err(Errno::ENOENT | Errno::ESTALE) => {}
            other => return wrong(what, format_args!("{other:?}")),
        }
    }
    let outside = Launch {
        enter: Some((PATH, cell.handle)),
        ..plain(&["/sbin/celltest-is-not-in-the-cell"])
    };
    refused(
        "a program of the host",
        place.system.spawn(&outside),
        Errno::ENOENT,
    )?;
    let directory = Launch {
        directory: "/var/none",
        ..entering(PATH, cell.handle)
    };
    refused(
        "no directory in it",
        place.system.spawn(&directory),
        Errno::ENOENT,
    )?;
    let as_user = place.as_user(|| place.system.spawn(&entering(PATH, cell.handle)).map(drop))?;
    equal("as a user", as_user, Some(Errno::EACCES))?;
    // through an open device that is not closed by exec, entering is refused: by the kernel, not here
    let mut buffer = [0; 128];
    let request = Request::Enter(cell.handle);
    holds(
        "a request",
        cell_abi::frame::write(&request, &mut buffer).is_ok(),
    )?;
    let open_directory = place.system.open("/", Open::Directory, 0).must("/")?;
    let refused_here = place.system.cell_ioctl(cell.device.fd(), &mut buffer);
    holds(
        raw::number(&open_directory),
        refused_here == Err(Errno::EBUSY),
    )
}

fn exec_enters(place: &Place<'_>) -> Outcome {
    let cell = Cell::new(place, "platform.exec")?;
    let exit = place.forked(|| {
        let launch = Launch {
            enter: Some((PATH, cell.handle)),
            user: Some((44, 44, &[])),
            ..plain(&["/celltest", "platform", "child", "euid"])
        };
        place.system.exec(&launch).0 as u8
    })?;
    equal("as whom", exit, Exit::Code(44))
}
