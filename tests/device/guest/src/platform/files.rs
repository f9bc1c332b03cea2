//! Files and directories.

use alloc::format;
use alloc::string::String;

use libcell::platform::{Errno, Open, Platform};

use super::place::{Must, Outcome, Place, equal, holds, refused, tmpfs, wrong};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("open-read", read),
    ("open-write", write),
    ("open-read-write", read_write),
    ("open-truncate", truncate),
    ("open-create-new", create_new),
    ("open-append", append),
    ("open-directory", directory),
    ("open-lock", lock),
    ("open-is-close-on-exec", close_on_exec),
    ("open-takes-no-terminal", no_terminal),
    ("open-path-limits", path_limits),
    ("read", reading),
    ("write", writing),
    ("write-no-space", no_space),
    ("sync", sync),
    ("standard", standard),
    ("pipe", pipe),
];

fn read(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"some text")?;
    equal("content", place.content(&path)?.as_str(), "some text")?;
    let missing = place.path("missing");
    refused(
        "missing",
        place.system.open(&missing, Open::Read, 0),
        Errno::ENOENT,
    )?;
    let below = place.path("file/below");
    refused(
        "below a file",
        place.system.open(&below, Open::Read, 0),
        Errno::ENOTDIR,
    )?;
    let unreadable = place.file("secret", b"")?;
    place
        .system
        .set_owner(&unreadable, 0, 0, 0o600)
        .must("mode")?;
    let as_user = place.as_user(|| place.system.open(&unreadable, Open::Read, 0).map(drop))?;
    equal("another's file", as_user, Some(Errno::EACCES))
}

fn write(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"0123456789")?;
    let file = place.system.open(&path, Open::Write, 0).must("open")?;
    place.all(&file, b"abc")?;
    equal(
        "written in place",
        place.content(&path)?.as_str(),
        "abc3456789",
    )?;
    let missing = place.path("missing");
    refused(
        "missing",
        place.system.open(&missing, Open::Write, 0o644),
        Errno::ENOENT,
    )?;
    let below = place.subdirectory("below")?;
    refused(
        "a directory",
        place.system.open(&below, Open::Write, 0),
        Errno::EISDIR,
    )
}

fn read_write(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"0123456789")?;
    let file = place.system.open(&path, Open::ReadWrite, 0).must("open")?;
    let mut two = [0; 2];
    equal("read", place.system.read(&file, &mut two), Ok(2))?;
    place.all(&file, b"ab")?;
    equal("content", place.content(&path)?.as_str(), "01ab456789")?;
    let missing = place.path("missing");
    refused(
        "missing",
        place.system.open(&missing, Open::ReadWrite, 0),
        Errno::ENOENT,
    )
}

fn truncate(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"long content")?;
    let file = place.system.open(&path, Open::Truncate, 0).must("open")?;
    place.all(&file, b"x")?;
    equal("content", place.content(&path)?.as_str(), "x")?;
    calls::mask(0o027).must("mask")?;
    let made = place.path("made");
    place
        .system
        .open(&made, Open::Truncate, 0o666)
        .must("make")?;
    let mode = place.system.metadata(&made).must("metadata")?.mode;
    equal("mode, of which the mask takes", mode, 0o640)
}

fn create_new(place: &Place<'_>) -> Outcome {
    let path = place.path("file");
    let file = place
        .system
        .open(&path, Open::CreateNew, 0o600)
        .must("open")?;
    place.all(&file, b"x")?;
    refused(
        "again",
        place.system.open(&path, Open::CreateNew, 0o600),
        Errno::EEXIST,
    )?;
    let link = place.path("link");
    place.system.symlink("elsewhere", &link).must("link")?;
    refused(
        "through a link",
        place.system.open(&link, Open::CreateNew, 0o600),
        Errno::EEXIST,
    )?;
    let elsewhere = place.system.metadata(&place.path("elsewhere"));
    refused("what it points at", elsewhere, Errno::ENOENT)
}

fn append(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"one")?;
    let (first, second) = (
        place.system.open(&path, Open::Append, 0).must("open")?,
        place.system.open(&path, Open::Append, 0).must("open")?,
    );
    place.all(&first, b"-two")?;
    place.all(&second, b"-three")?;
    equal("content", place.content(&path)?.as_str(), "one-two-three")?;
    let made = place.path("made");
    place
        .system
        .open(&made, Open::Append, 0o600)
        .map(drop)
        .must("make")
}

fn directory(place: &Place<'_>) -> Outcome {
    let below = place.subdirectory("below")?;
    let opened = place.system.open(&below, Open::Directory, 0).must("open")?;
    place.system.sync(&opened).must("sync")?;
    let file = place.file("file", b"")?;
    refused(
        "a file",
        place.system.open(&file, Open::Directory, 0),
        Errno::ENOTDIR,
    )
}

/// One at a time, until the last copy is closed.
fn lock(place: &Place<'_>) -> Outcome {
    let path = place.path("lock");
    let held = place.system.open(&path, Open::Lock, 0o600).must("lock")?;
    equal(
        "mode",
        place.system.metadata(&path).map(|of| of.mode),
        Ok(0o600),
    )?;
    refused(
        "again",
        place.system.open(&path, Open::Lock, 0o600),
        Errno::EAGAIN,
    )?;
    let elsewhere = place.forked(|| {
        // not the copy that came with fork
        u8::from(place.system.open(&path, Open::Lock, 0o600).err() != Some(Errno::EAGAIN))
    })?;
    equal(
        "in another process",
        elsewhere,
        libcell::platform::Exit::Code(0),
    )?;
    let copy = calls::inherited(&held).must("dup")?;
    drop(held);
    refused(
        "a copy holds it",
        place.system.open(&path, Open::Lock, 0o600),
        Errno::EAGAIN,
    )?;
    drop(copy);
    place
        .system
        .open(&path, Open::Lock, 0o600)
        .map(drop)
        .must("nobody holds it")
}

fn close_on_exec(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"")?;
    for how in [
        Open::Read,
        Open::Write,
        Open::ReadWrite,
        Open::Truncate,
        Open::Append,
    ] {
        let file = place.system.open(&path, how, 0).must("open")?;
        equal(
            format_args!("{how:?}"),
            calls::closes_on_exec(&file),
            Ok(true),
        )?;
    }
    Ok(())
}

/// A session without a terminal does not get one.
fn no_terminal(place: &Place<'_>) -> Outcome {
    let exit = place.forked(|| {
        if calls::new_session().is_err() {
            return 2;
        }
        let console = place.system.open("/dev/console", Open::ReadWrite, 0);
        let terminal = place.system.open("/dev/tty", Open::ReadWrite, 0);
        u8::from(console.is_err() || !matches!(terminal, Err(Errno::ENXIO)))
    })?;
    equal(
        "/dev/tty after /dev/console",
        exit,
        libcell::platform::Exit::Code(0),
    )
}

fn path_limits(place: &Place<'_>) -> Outcome {
    let longest: String = "/.".repeat(511) + "/";
    equal("its length", longest.len(), 1023)?;
    place.system.metadata(&longest).must("1023 bytes")?;
    let longer = format!("{longest}/");
    refused(
        "1024 bytes",
        place.system.metadata(&longer),
        Errno::ENAMETOOLONG,
    )?;
    refused("NUL", place.system.metadata("/tmp\0"), Errno::EINVAL)?;
    refused("no path", place.system.metadata(""), Errno::ENOENT)?;
    let name = place.path(&"n".repeat(256));
    refused(
        "a name of 256 bytes",
        place.system.metadata(&name),
        Errno::ENAMETOOLONG,
    )
}

fn reading(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"abc")?;
    let file = place.system.open(&path, Open::Read, 0).must("open")?;
    let mut buffer = [0; 8];
    equal("first", place.system.read(&file, &mut buffer), Ok(3))?;
    equal("end", place.system.read(&file, &mut buffer), Ok(0))?;
    equal("no room", place.system.read(&file, &mut []), Ok(0))?;
    let only_written = place.system.open(&path, Open::Write, 0).must("open")?;
    refused(
        "for writing",
        place.system.read(&only_written, &mut buffer),
        Errno::EBADF,
    )?;
    let below = place
        .system
        .open(&place.directory, Open::Directory, 0)
        .must("open")?;
    refused(
        "a directory",
        place.system.read(&below, &mut buffer),
        Errno::EISDIR,
    )
}

fn writing(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"")?;
    let only_read = place.system.open(&path, Open::Read, 0).must("open")?;
    refused(
        "for reading",
        place.system.write(&only_read, b"x"),
        Errno::EBADF,
    )?;
    let file = place.system.open(&path, Open::Write, 0).must("open")?;
    equal("how much", place.system.write(&file, b"xyz"), Ok(3))?;
    equal("nothing", place.system.write(&file, b""), Ok(0))
}

fn no_space(place: &Place<'_>) -> Outcome {
    let small = place.subdirectory("small")?;
    tmpfs(place.system, &small, 64 << 10).must("tmpfs")?;
    let file = place
        .system
        .open(&format!("{small}/file"), Open::Truncate, 0o600)
        .must("open")?;
    let mut total = 0;
    let ended = loop {
        match place.system.write(&file, &[7; 4096]) {
            Ok(count) => total += count,
            Err(errno) => break errno,
        }
        if total > 1 << 20 {
            return wrong("size", "a mebibyte in 64 KiB");
        }
    };
    equal("error", ended, Errno::ENOSPC)?;
    holds("some of it was written", total > 0)
}

fn sync(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"x")?;
    let file = place.system.open(&path, Open::Write, 0).must("open")?;
    place.system.sync(&file).must("a file")?;
    let (reading, _writing) = place.system.pipe().must("pipe")?;
    refused("a pipe", place.system.sync(&reading), Errno::EINVAL)
}

fn standard(place: &Place<'_>) -> Outcome {
    let output = place.system.standard(1).must("output")?;
    holds(
        "above the standard ones",
        libcell::platform::raw::number(&output) > 2,
    )?;
    equal("closed by exec", calls::closes_on_exec(&output), Ok(true))?;
    refused("none", place.system.standard(200), Errno::EBADF)
}

fn pipe(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    equal(
        "reading closed by exec",
        calls::closes_on_exec(&reading),
        Ok(true),
    )?;
    equal(
        "writing closed by exec",
        calls::closes_on_exec(&writing),
        Ok(true),
    )?;
    let mut buffer = [0; 8];
    refused(
        "empty",
        place.system.read(&reading, &mut buffer),
        Errno::EAGAIN,
    )?;
    const NOT_BLOCKING: usize = libc::O_NONBLOCK as usize;
    let waits = calls::flags(&writing).map(|flags| flags & NOT_BLOCKING == 0);
    equal("writing waits", waits, Ok(true))?;
    equal("written", place.system.write(&writing, b"abc"), Ok(3))?;
    equal("read", place.system.read(&reading, &mut buffer), Ok(3))?;
    drop(writing);
    equal("the end", place.system.read(&reading, &mut buffer), Ok(0))
}
