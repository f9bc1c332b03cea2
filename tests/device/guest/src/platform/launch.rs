//! Starting: every field of a launch, as the program started sees it.

use alloc::format;

use libcell::platform::{Exit, Launch, Open, Platform, raw, signal};

use super::place::{Fd, Must, Outcome, Place, equal, holds, plain, shown};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("spawn-arguments", arguments),
    ("spawn-environment", environment),
    ("spawn-session", session),
    ("spawn-stdio", stdio),
    ("spawn-stdio-in-any-order", any_order),
    ("spawn-stdio-null", null),
    ("spawn-closes-descriptors", closes),
    ("spawn-many-descriptors", many),
    ("spawn-directory", directory),
    ("spawn-user", user),
    ("spawn-resets-signals", signals),
    ("spawn-mask-of-modes", mask),
    ("exec", exec),
    ("exec-closes-descriptors", exec_closes),
];

fn show<'a>(place: &'a Place<'_>) -> [&'a str; 4] {
    [&place.program, "platform", "child", "show"]
}

fn arguments(place: &Place<'_>) -> Outcome {
    let long = "l".repeat(5000);
    let command = [&show(place)[..], &["", "two words", "\"quoted\"", &long]].concat();
    let (text, exit) = place.output(plain(&command))?;
    equal("exit", exit, Exit::Code(0))?;
    let must = format!("{:?}", ["", "two words", "\"quoted\"", &long]);
    equal("arguments", shown(&text, "arguments"), must.as_str())
}

fn environment(place: &Place<'_>) -> Outcome {
    let command = show(place);
    let (text, _) = place.output(plain(&command))?;
    equal("none", shown(&text, "environment"), "")?;
    let launch = Launch {
        environment: &["PATH=/bin", "EMPTY=", "TEXT=a b=c"],
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    equal(
        "three",
        shown(&text, "environment"),
        "[PATH=/bin][EMPTY=][TEXT=a b=c]",
    )
}

fn session(place: &Place<'_>) -> Outcome {
    let command = show(place);
    let (text, _) = place.output(plain(&command))?;
    equal(
        "inherited",
        shown(&text, "own group and session"),
        "Ok((false, false))",
    )?;
    let launch = Launch {
        new_session: true,
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    equal(
        "new",
        shown(&text, "own group and session"),
        "Ok((true, true))",
    )
}

fn stdio(place: &Place<'_>) -> Outcome {
    let from = place.file("from", b"what goes in")?;
    let input = place.system.open(&from, Open::Read, 0).must("open")?;
    let command = [place.program.as_str(), "platform", "child", "copy"];
    let launch = Launch {
        stdio: [Some(&input), None, None],
        ..plain(&command)
    };
    let (text, exit) = place.output(launch)?;
    equal(
        "copied",
        (text.as_str(), exit),
        ("what goes in", Exit::Code(0)),
    )?;
    // errors go to the third
    let to = place.path("errors");
    let errors = place.system.open(&to, Open::Truncate, 0o600).must("open")?;
    let command = [place.program.as_str(), "frob"];
    let launch = Launch {
        stdio: [None, None, Some(&errors)],
        ..plain(&command)
    };
    let (text, exit) = place.output(launch)?;
    equal("output", (text.as_str(), exit), ("", Exit::Code(64)))?;
    holds("errors", place.content(&to)?.starts_with("usage: "))
}

/// What is to be 0, 1 and 2 may itself be at these numbers, or one for all.
fn any_order(place: &Place<'_>) -> Outcome {
    let from = place.file("from", b"text")?;
    let to = place.path("to");
    let exit = place.forked(|| {
        let run = || -> Result<(), libcell::platform::Errno> {
            let input = place.system.open(&from, Open::Read, 0)?;
            let output = place.system.open(&to, Open::Truncate, 0o600)?;
            // input at 1, output at 0
            crate::os::duplicate(raw::number(&input), 1)?;
            crate::os::duplicate(raw::number(&output), 0)?;
            // SAFETY: put there just now; this process holds them otherwise nowhere.
            let (at_one, at_zero) = unsafe { (raw::adopt(1), raw::adopt(0)) };
            let command = [place.program.as_str(), "platform", "child", "copy"];
            let launch = Launch {
                stdio: [Some(&at_one), Some(&at_zero), Some(&at_zero)],
                ..plain(&command)
            };
            let pid = place.system.spawn(&launch)?;
            crate::os::wait_for(pid).map(drop)
        };
        u8::from(run().is_err())
    })?;
    equal("exit", exit, Exit::Code(0))?;
    equal("copied", place.content(&to)?.as_str(), "text")
}

fn null(place: &Place<'_>) -> Outcome {
    let command = [place.program.as_str(), "platform", "child", "copy"];
    let (text, exit) = place.output(plain(&command))?;
    equal("input", (text.as_str(), exit), ("", Exit::Code(0)))
}

fn closes(place: &Place<'_>) -> Outcome {
    let null = place.system.open("/dev/null", Open::Read, 0).must("open")?;
    let kept = [(); 5].map(|()| calls::inherited(&null));
    holds("they are open", kept.iter().all(Result::is_ok))?;
    let (text, _) = place.output(plain(&show(place)))?;
    equal("in the child", shown(&text, "descriptors"), "[0, 1, 2]")?;
    let still = kept.iter().flatten().all(|fd| calls::flags(fd).is_ok());
    holds("and still open here", still)
}

fn many(place: &Place<'_>) -> Outcome {
    let before = calls::descriptors();
    for _ in 0..20 {
        place.output(plain(&[&place.program, "platform", "child", "exit", "0"]))?;
    }
    equal("none is left over", calls::descriptors(), before)
}

fn directory(place: &Place<'_>) -> Outcome {
    let command = show(place);
    let launch = Launch {
        directory: &place.directory,
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    let must = format!("Ok({:?})", place.directory);
    equal("directory", shown(&text, "directory"), must.as_str())
}

fn user(place: &Place<'_>) -> Outcome {
    let command = show(place);
    let (text, _) = place.output(plain(&command))?;
    equal("inherited", shown(&text, "users"), "Ok((0, 0))")?;
    let launch = Launch {
        user: Some((1000, 70_000, &[70_000, 5, 6])),
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    equal("users", shown(&text, "users"), "Ok((1000, 1000))")?;
    equal(
        "primary group",
        shown(&text, "primary"),
        "Ok((70000, 70000))",
    )?;
    equal("groups", shown(&text, "groups"), "Ok([70000, 5, 6])")?;
    let launch = Launch {
        user: Some((1000, 1000, &[])),
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    equal("no groups", shown(&text, "groups"), "Ok([])")
}

/// What is ignored and blocked here is not there.
fn signals(place: &Place<'_>) -> Outcome {
    calls::ignore(signal::HUP).must("ignore")?;
    place
        .system
        .watch_signals(&[signal::TERM, signal::CHLD, signal::INT])
        .must("watch")?;
    holds(
        "blocked here",
        calls::blocked().is_ok_and(|set| set != [0; 4]),
    )?;
    let (text, _) = place.output(plain(&show(place)))?;
    equal("blocked", shown(&text, "blocked"), "Ok([0, 0, 0, 0])")?;
    equal("ignored", shown(&text, "ignored"), "[]")
}

fn mask(place: &Place<'_>) -> Outcome {
    for mask in [0, 0o77] {
        calls::mask(mask).must("mask")?;
        let (text, _) = place.output(plain(&show(place)))?;
        equal("whatever it is here", shown(&text, "mask"), "22")?;
        equal("and here it stays", calls::mask(mask), Ok(mask))?;
    }
    Ok(())
}

fn exec(place: &Place<'_>) -> Outcome {
    let exit = place.forked(|| {
        let command = [place.program.as_str(), "platform", "child", "euid"];
        let launch = Launch {
            user: Some((33, 33, &[])),
            ..plain(&command)
        };
        place.system.exec(&launch).0 as u8
    })?;
    equal("the program's status", exit, Exit::Code(33))?;
    // a failure comes back, and what was open is
    let path = place.file("file", b"x")?;
    let exit = place.forked(|| {
        let Ok(file) = place.system.open(&path, Open::Read, 0) else {
            return 1;
        };
        let errno = place.system.exec(&plain(&["/none"]));
        let read = place.system.read(&file, &mut [0; 4]);
        u8::from(errno != libcell::platform::Errno::ENOENT || read != Ok(1))
    })?;
    equal("after a failure", exit, Exit::Code(0))
}

fn exec_closes(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    let pid = match crate::os::fork().must("fork")? {
        crate::os::Forked::Parent(pid) => pid,
        crate::os::Forked::Child => {
            let kept: [Option<Fd>; 3] = [(); 3].map(|()| calls::inherited(&writing).ok());
            let command = show(place);
            let launch = Launch {
                stdio: [None, Some(&writing), None],
                ..plain(&command)
            };
            let errno = place.system.exec(&launch);
            drop(kept);
            crate::os::exit(errno.0 as u8);
        }
    };
    drop(writing);
    let (text, exit) = place.rest(&reading, pid)?;
    equal("exit", exit, Exit::Code(0))?;
    equal("descriptors", shown(&text, "descriptors"), "[0, 1, 2]")
}
