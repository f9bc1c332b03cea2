//! Directories and names.

use alloc::format;

use libcell::platform::{Errno, FileKind, Platform};

use super::place::{Must, Outcome, Place, equal, refused, tmpfs};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("make-directory", make_directory),
    ("remove-directory", remove_directory),
    ("unlink", unlink),
    ("rename", rename),
    ("symlink", symlink),
];

fn make_directory(place: &Place<'_>) -> Outcome {
    calls::mask(0).must("mask")?;
    let path = place.path("made");
    place.system.make_directory(&path, 0o751).must("make")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    equal("kind", metadata.kind, FileKind::Directory)?;
    equal("mode", metadata.mode, 0o751)?;
    refused(
        "again",
        place.system.make_directory(&path, 0o755),
        Errno::EEXIST,
    )?;
    let far = place.path("a/b");
    refused(
        "below nothing",
        place.system.make_directory(&far, 0o755),
        Errno::ENOENT,
    )?;
    let as_user = place.as_user(|| place.system.make_directory(&place.path("theirs"), 0o755))?;
    equal("as a user", as_user, Some(Errno::EACCES))
}

fn remove_directory(place: &Place<'_>) -> Outcome {
    let path = place.subdirectory("made")?;
    let inner = place.file("made/file", b"")?;
    refused(
        "full",
        place.system.remove_directory(&path),
        Errno::ENOTEMPTY,
    )?;
    refused(
        "a file",
        place.system.remove_directory(&inner),
        Errno::ENOTDIR,
    )?;
    place.system.unlink(&inner).must("unlink")?;
    place.system.remove_directory(&path).must("remove")?;
    refused("again", place.system.remove_directory(&path), Errno::ENOENT)
}

fn unlink(place: &Place<'_>) -> Outcome {
    let path = place.file("file", b"")?;
    place.system.unlink(&path).must("unlink")?;
    refused("again", place.system.unlink(&path), Errno::ENOENT)?;
    let below = place.subdirectory("below")?;
    refused("a directory", place.system.unlink(&below), Errno::EPERM)?;
    let link = place.path("link");
    place.system.symlink("below", &link).must("link")?;
    place.system.unlink(&link).must("a link")?;
    place
        .system
        .metadata(&below)
        .map(drop)
        .must("what it pointed at")
}

fn rename(place: &Place<'_>) -> Outcome {
    let (from, to) = (place.file("from", b"new")?, place.file("to", b"old")?);
    place.system.rename(&from, &to).must("over another")?;
    equal("content", place.content(&to)?.as_str(), "new")?;
    refused("again", place.system.rename(&from, &to), Errno::ENOENT)?;
    let (one, two) = (place.subdirectory("one")?, place.subdirectory("two")?);
    place.file("two/file", b"")?;
    refused(
        "over a full directory",
        place.system.rename(&one, &two),
        Errno::ENOTEMPTY,
    )?;
    tmpfs(place.system, &one, 1 << 20).must("tmpfs")?;
    let across = format!("{one}/to");
    refused(
        "to another file system",
        place.system.rename(&to, &across),
        Errno::EXDEV,
    )
}

fn symlink(place: &Place<'_>) -> Outcome {
    let path = place.path("link");
    place.system.symlink("over/there", &path).must("link")?;
    let metadata = place.system.metadata(&path).must("metadata")?;
    equal("kind", metadata.kind, FileKind::Link)?;
    equal("size", metadata.size, 10)?;
    refused("again", place.system.symlink("x", &path), Errno::EEXIST)
}
