//! Waiting for descriptors and for time.

use alloc::vec::Vec;

use libcell::platform::{Errno, Event, Open, Platform};

use super::Named;
use super::place::{Failure, Fd, Must, Outcome, Place, equal, holds, wrong};
use crate::os;

pub const TESTS: &[Named] = &[
    ("wait-timeout", timeout),
    ("wait-long-timeout", long_timeout),
    ("wait-many", many),
    ("wait-few-at-a-time", few),
    ("watch-read", read),
    ("watch-read-end", end),
    ("watch-read-token", token),
    ("watch-write", write),
    ("watch-read-and-write", both),
    ("unwatch", unwatch),
    ("unwatch-errors", errors),
];

const NONE: Event = Event::Signal(0);

fn wait(place: &Place<'_>, timeout_ms: u64) -> Result<Vec<Event>, Failure> {
    let mut events = [NONE; 16];
    let count = place
        .system
        .wait(&mut events, Some(timeout_ms))
        .must("wait")?;
    Ok(events.get(..count).unwrap_or_default().to_vec())
}

fn timeout(place: &Place<'_>) -> Outcome {
    for time in [0u64, 1, 60, 250, 1000] {
        // an emulated machine that was held up makes up for it with many ticks at once: one of three is undisturbed
        let mut took = 0;
        for _ in 0..3 {
            let before = place.system.monotonic_ms();
            equal("events", wait(place, time)?, [].to_vec())?;
            took = place.system.monotonic_ms() - before;
            if took >= time && took < time + 30_000 {
                break;
            }
        }
        holds(
            format_args!("{took} ms of {time}"),
            took >= time && took < time + 30_000,
        )?;
    }
    Ok(())
}

fn long_timeout(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    place.system.watch_read(&reading, 1).must("watch")?;
    place.all(&writing, b"x")?;
    for time in [86_400_000, u64::from(u32::MAX), u64::MAX] {
        equal(time, wait(place, time)?, [Event::Readable(1)].to_vec())?;
    }
    Ok(())
}

fn pipes(place: &Place<'_>, count: u32) -> Result<Vec<(Fd, Fd)>, Failure> {
    let mut pipes = Vec::new();
    for token in 0..count {
        let (reading, writing) = place.system.pipe().must("pipe")?;
        place.system.watch_read(&reading, token).must("watch")?;
        place.all(&writing, b"x")?;
        pipes.push((reading, writing));
    }
    Ok(pipes)
}

/// More than one call takes, all of them.
fn many(place: &Place<'_>) -> Outcome {
    const COUNT: u32 = 25;
    let pipes = pipes(place, COUNT)?;
    let mut seen = [0u32; COUNT as usize];
    for _ in 0..10 {
        for event in wait(place, 1000)? {
            let Event::Readable(token) = event else {
                return wrong("event", format_args!("{event:?}"));
            };
            let (Some(times), Some((reading, _))) =
                (seen.get_mut(token as usize), pipes.get(token as usize))
            else {
                return wrong("token", token);
            };
            *times += 1;
            place.system.read(reading, &mut [0; 4]).must("read")?;
        }
    }
    holds("each once", seen.iter().all(|times| *times == 1))
}

/// With room for one, everyone has a turn though all stay readable.
fn few(place: &Place<'_>) -> Outcome {
    let _pipes = pipes(place, 5)?;
    let mut seen = [0u32; 5];
    for _ in 0..10 {
        let mut one = [NONE; 1];
        equal("one", place.system.wait(&mut one, Some(1000)), Ok(1))?;
        if let [Event::Readable(token)] = one
            && let Some(times) = seen.get_mut(token as usize)
        {
            *times += 1;
        }
    }
    equal("turns", seen, [2; 5])
}

fn read(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    place.system.watch_read(&reading, 5).must("watch")?;
    equal("empty", wait(place, 0)?, [].to_vec())?;
    place.all(&writing, b"abc")?;
    equal(
        "something",
        wait(place, 1000)?,
        [Event::Readable(5)].to_vec(),
    )?;
    place.system.read(&reading, &mut [0; 2]).must("read")?;
    equal(
        "still something",
        wait(place, 1000)?,
        [Event::Readable(5)].to_vec(),
    )?;
    place.system.read(&reading, &mut [0; 2]).must("read")?;
    equal("empty again", wait(place, 0)?, [].to_vec())?;
    // another process writes later
    let writer = place.system.pid();
    match os::fork().must("fork")? {
        os::Forked::Child => {
            os::sleep_ms(150);
            let _ = place.system.write(&writing, b"d");
            os::exit(0);
        }
        os::Forked::Parent(_) => {}
    }
    let mut events = [NONE; 4];
    equal(writer, place.system.wait(&mut events, None), Ok(1))?;
    equal("woken", events[0], Event::Readable(5))
}

fn end(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    place.system.watch_read(&reading, 5).must("watch")?;
    drop(writing);
    equal(
        "a pipe's",
        wait(place, 1000)?,
        [Event::Readable(5)].to_vec(),
    )?;
    equal("read", place.system.read(&reading, &mut [0; 2]), Ok(0))?;
    place.system.unwatch(&reading).must("unwatch")?;
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    let client = place.system.connect(&path).must("connect")?;
    let server = place.system.accept(&listening).must("accept")?;
    place.system.watch_read(&server, 6).must("watch")?;
    equal("open", wait(place, 0)?, [].to_vec())?;
    drop(client);
    equal(
        "a socket's",
        wait(place, 1000)?,
        [Event::Readable(6)].to_vec(),
    )?;
    equal("read", place.system.read(&server, &mut [0; 2]), Ok(0))
}

fn token(place: &Place<'_>) -> Outcome {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    place.all(&writing, b"x")?;
    for token in [0, 0x8000_0000, u32::MAX] {
        place.system.watch_read(&reading, token).must("watch")?;
        equal(
            "the last one said",
            wait(place, 1000)?,
            [Event::Readable(token)].to_vec(),
        )?;
    }
    Ok(())
}

fn write(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    let client = place.system.connect(&path).must("connect")?;
    let server = place.system.accept(&listening).must("accept")?;
    place.system.watch_write(&server, 3, true).must("watch")?;
    equal("room", wait(place, 1000)?, [Event::Writable(3)].to_vec())?;
    // until it is full
    let mut held = 0;
    while let Ok(count) = place.system.write(&server, &[0; 512]) {
        held += count;
    }
    equal("no room", wait(place, 0)?, [].to_vec())?;
    let mut buffer = [0; 4096];
    while held > 0 {
        held -= place.system.read(&client, &mut buffer).must("read")?;
    }
    equal(
        "room again",
        wait(place, 1000)?,
        [Event::Writable(3)].to_vec(),
    )?;
    place.system.watch_write(&server, 3, false).must("off")?;
    equal("not watched", wait(place, 0)?, [].to_vec())?;
    place
        .system
        .watch_write(&server, 3, false)
        .must("off again")
}

/// Turning writing off leaves reading as it was.
fn both(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    place.system.watch_read(&listening, 1).must("watch")?;
    let client = place.system.connect(&path).must("connect")?;
    equal(
        "a connection",
        wait(place, 1000)?,
        [Event::Readable(1)].to_vec(),
    )?;
    let server = place.system.accept(&listening).must("accept")?;
    equal("taken", wait(place, 0)?, [].to_vec())?;
    place.system.watch_read(&server, 2).must("watch")?;
    place.system.watch_write(&server, 2, true).must("watch")?;
    place.all(&client, b"x")?;
    let events = wait(place, 1000)?;
    let wanted = [Event::Readable(2), Event::Writable(2)];
    let all = events.len() == 2 && wanted.iter().all(|event| events.contains(event));
    holds("both", all)?;
    place.system.watch_write(&server, 2, false).must("off")?;
    equal("reading", wait(place, 1000)?, [Event::Readable(2)].to_vec())
}

fn unwatch(place: &Place<'_>) -> Outcome {
    let pipes = pipes(place, 2)?;
    let [(first, _), (second, _)] = pipes.as_slice() else {
        return wrong("pipes", pipes.len());
    };
    place.system.unwatch(first).must("unwatch")?;
    equal(
        "the other",
        wait(place, 1000)?,
        [Event::Readable(1)].to_vec(),
    )?;
    place.system.unwatch(second).must("unwatch")?;
    equal("none", wait(place, 0)?, [].to_vec())?;
    place.system.unwatch(second).must("again")?;
    place.system.watch_read(second, 9).must("watch")?;
    equal("anew", wait(place, 1000)?, [Event::Readable(9)].to_vec())
}

fn errors(place: &Place<'_>) -> Outcome {
    let file = place.system.open("/dev/null", Open::Read, 0).must("open")?;
    place.system.unwatch(&file).must("never watched")?;
    // a descriptor that is closed is forgotten by itself
    let (reading, writing) = place.system.pipe().must("pipe")?;
    place.system.watch_read(&reading, 1).must("watch")?;
    place.all(&writing, b"x")?;
    drop(reading);
    equal("closed", wait(place, 0)?, [].to_vec())?;
    // SAFETY: opens nothing and closes nothing that is.
    let closed = unsafe { libcell::platform::raw::adopt(200) };
    super::place::refused(
        "not open",
        place.system.watch_read(&closed, 1),
        Errno::EBADF,
    )
}
