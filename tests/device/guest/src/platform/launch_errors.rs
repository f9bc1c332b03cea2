//! Starting what cannot be started: the error of the step that failed, and nothing left behind.

use alloc::vec::Vec;

use libcell::platform::{Errno, Launch, Platform, Resource, ResourceLimit};

use super::place::{Fd, Must, Outcome, Place, equal, plain, refused};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("spawn-missing-program", missing),
    ("spawn-not-executable", not_executable),
    ("spawn-no-program-format", no_format),
    ("spawn-malformed", malformed),
    ("spawn-too-long", too_long),
    ("spawn-missing-directory", missing_directory),
    ("spawn-user-refused", user_refused),
    ("spawn-too-many-groups", too_many_groups),
    ("spawn-limit-refused", limit_refused),
    ("spawn-no-process", no_process),
    ("spawn-no-descriptor", no_descriptor),
];

/// It fails so, no child is there and no descriptor is left.
fn fails(place: &Place<'_>, what: &str, launch: &Launch<'_, Fd>, errno: Errno) -> Outcome {
    let before = calls::descriptors();
    refused(what, place.system.spawn(launch), errno)?;
    refused("no child", place.system.reap(), Errno::ECHILD)?;
    equal("descriptors", calls::descriptors(), before)
}

fn missing(place: &Place<'_>) -> Outcome {
    fails(place, "none", &plain(&["/none"]), Errno::ENOENT)?;
    fails(
        place,
        "looked up nowhere",
        &plain(&["celltest"]),
        Errno::ENOENT,
    )?;
    fails(
        place,
        "below a file",
        &plain(&["/dev/null/x"]),
        Errno::ENOTDIR,
    )
}

fn not_executable(place: &Place<'_>) -> Outcome {
    let file = place.file("file", b"text")?;
    fails(place, "a file", &plain(&[&file]), Errno::EACCES)?;
    fails(place, "a directory", &plain(&["/tmp"]), Errno::EACCES)
}

fn no_format(place: &Place<'_>) -> Outcome {
    let file = place.file("file", b"text that is no program")?;
    place.system.set_owner(&file, 0, 0, 0o755).must("mode")?;
    fails(place, "text", &plain(&[&file]), Errno::ENOEXEC)?;
    let script = place.file("script", b"#!/none\n")?;
    place.system.set_owner(&script, 0, 0, 0o755).must("mode")?;
    fails(
        place,
        "a script of no program",
        &plain(&[&script]),
        Errno::ENOENT,
    )
}

fn malformed(place: &Place<'_>) -> Outcome {
    fails(place, "no command", &plain(&[]), Errno::EINVAL)?;
    fails(
        place,
        "NUL in an argument",
        &plain(&["/none", "a\0b"]),
        Errno::EINVAL,
    )?;
    let launch = Launch {
        environment: &["A=\0"],
        ..plain(&["/none"])
    };
    fails(place, "NUL in the environment", &launch, Errno::EINVAL)?;
    let launch = Launch {
        directory: "/\0",
        ..plain(&["/none"])
    };
    fails(place, "NUL in the directory", &launch, Errno::EINVAL)
}

fn too_long(place: &Place<'_>) -> Outcome {
    // ARG_MAX is 256 KiB
    let long = "x".repeat(270 << 10);
    fails(
        place,
        "arguments",
        &plain(&[&place.program, &long]),
        Errno::E2BIG,
    )?;
    let path = "/".repeat(1024);
    fails(place, "path", &plain(&[&path]), Errno::ENAMETOOLONG)
}

fn missing_directory(place: &Place<'_>) -> Outcome {
    let command = [place.program.as_str()];
    let launch = Launch {
        directory: "/none",
        ..plain(&command)
    };
    fails(place, "none", &launch, Errno::ENOENT)?;
    let launch = Launch {
        directory: "/dev/null",
        ..plain(&command)
    };
    fails(place, "a device", &launch, Errno::ENOTDIR)
}

fn user_refused(place: &Place<'_>) -> Outcome {
    let command = [place.program.as_str(), "platform", "child", "exit", "0"];
    let as_user = place.as_user(|| {
        let launch = Launch {
            user: Some((0, 0, &[])),
            ..plain(&command)
        };
        place.system.spawn(&launch).map(drop)
    })?;
    equal("as a user", as_user, Some(Errno::EPERM))
}

fn too_many_groups(place: &Place<'_>) -> Outcome {
    // NGROUPS is 16
    let most: Vec<u32> = (100..116).collect();
    let command = [place.program.as_str(), "platform", "child", "exit", "0"];
    let launch = Launch {
        user: Some((1000, 1000, &most)),
        ..plain(&command)
    };
    place.output(launch)?;
    let more: Vec<u32> = (100..117).collect();
    let launch = Launch {
        user: Some((1000, 1000, &more)),
        ..plain(&command)
    };
    fails(place, "17", &launch, Errno::EINVAL)
}

fn limit_refused(place: &Place<'_>) -> Outcome {
    calls::set_limit(libc::RLIMIT_CORE, 1000, 1000).must("limit")?;
    let command = [place.program.as_str(), "platform", "child", "exit", "0"];
    let as_user = place.as_user(|| {
        let launch = Launch {
            limits: &[ResourceLimit {
                resource: Resource::Core,
                value: 2000,
            }],
            ..plain(&command)
        };
        place.system.spawn(&launch).map(drop)
    })?;
    equal("above the hard one, as a user", as_user, Some(Errno::EPERM))
}

fn no_process(place: &Place<'_>) -> Outcome {
    const PROCESSES: i32 = 7;
    let as_user = place.as_user(|| {
        calls::set_limit(PROCESSES, 1, 1)?;
        let launch = plain(&["/none"]);
        // one is this one
        place.system.spawn(&launch).map(drop)
    })?;
    equal("fork", as_user, Some(Errno::EAGAIN))
}

fn no_descriptor(place: &Place<'_>) -> Outcome {
    let open = calls::descriptors().len() as u64;
    calls::set_limit(libc::RLIMIT_NOFILE, open + 1, open + 100).must("limit")?;
    fails(place, "a pipe", &plain(&[&place.program]), Errno::EMFILE)?;
    // the pipe still fits, the copies in the child do not
    calls::set_limit(libc::RLIMIT_NOFILE, open + 2, open + 100).must("limit")?;
    fails(
        place,
        "the copies",
        &plain(&[&place.program]),
        Errno::EMFILE,
    )
}
