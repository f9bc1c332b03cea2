//! Signals as events.

use libcell::platform::{Errno, Event, Exit, Platform, signal};

use super::place::{Must, Outcome, Place, equal, holds, plain, refused};
use super::{Named, calls};
use crate::os;

pub const TESTS: &[Named] = &[
    ("watch-signals", watched),
    ("watch-signals-ignored-ones", ignored),
    ("watch-signals-of-children", children),
    ("watch-signals-while-waiting", while_waiting),
    ("watch-signals-several-times", several),
    ("watch-signals-pipe", broken_pipe),
    ("watch-signals-errors", errors),
];

fn wait(place: &Place<'_>, timeout_ms: u64) -> Result<Event, super::place::Failure> {
    let mut events = [Event::Readable(0); 8];
    match place
        .system
        .wait(&mut events, Some(timeout_ms))
        .must("wait")?
    {
        1 => Ok(events[0]),
        other => super::place::wrong("events", other),
    }
}

fn nothing(place: &Place<'_>) -> Outcome {
    let mut events = [Event::Readable(0); 8];
    equal("nothing", place.system.wait(&mut events, Some(0)), Ok(0))
}

const WATCHED: [u8; 5] = [
    signal::TERM,
    signal::INT,
    signal::HUP,
    signal::USR1,
    signal::USR2,
];

fn watched(place: &Place<'_>) -> Outcome {
    place.system.watch_signals(&WATCHED).must("watch")?;
    nothing(place)?;
    for number in WATCHED {
        place.system.kill(place.system.pid(), number).must("kill")?;
        equal("event", wait(place, 5000)?, Event::Signal(number))?;
        nothing(place)?;
    }
    Ok(())
}

fn ignored(place: &Place<'_>) -> Outcome {
    calls::ignore(signal::HUP).must("ignore")?;
    place.system.watch_signals(&[signal::HUP]).must("watch")?;
    place
        .system
        .kill(place.system.pid(), signal::HUP)
        .must("kill")?;
    equal("event", wait(place, 5000)?, Event::Signal(signal::HUP))
}

fn children(place: &Place<'_>) -> Outcome {
    place.system.watch_signals(&[signal::CHLD]).must("watch")?;
    let command = [place.program.as_str(), "platform", "child", "exit", "4"];
    let pid = place.system.spawn(&plain(&command)).must("spawn")?;
    equal("event", wait(place, 20_000)?, Event::Signal(signal::CHLD))?;
    equal("end", place.system.reap(), Ok(Some((pid, Exit::Code(4)))))?;
    refused("all of them", place.system.reap(), Errno::ECHILD)
}

/// Two at once and one after another: at least one event, and none is left afterwards.
fn several(place: &Place<'_>) -> Outcome {
    place.system.watch_signals(&WATCHED).must("watch")?;
    let own = place.system.pid();
    for number in [signal::TERM, signal::TERM, signal::USR1, signal::TERM] {
        place.system.kill(own, number).must("kill")?;
    }
    let mut events = [Event::Readable(0); 8];
    equal("both", place.system.wait(&mut events, Some(5000)), Ok(2))?;
    let both = [Event::Signal(signal::TERM), Event::Signal(signal::USR1)];
    holds(
        "which",
        both.iter().all(|event| events[..2].contains(event)),
    )?;
    nothing(place)
}

fn while_waiting(place: &Place<'_>) -> Outcome {
    place.system.watch_signals(&[signal::USR2]).must("watch")?;
    let parent = place.system.pid();
    let _child = match os::fork().must("fork")? {
        os::Forked::Parent(pid) => pid,
        os::Forked::Child => {
            os::sleep_ms(200);
            os::exit(u8::from(place.system.kill(parent, signal::USR2).is_err()));
        }
    };
    let mut events = [Event::Readable(0); 8];
    equal("for ever", place.system.wait(&mut events, None), Ok(1))?;
    equal("event", events[0], Event::Signal(signal::USR2))
}

fn broken_pipe(place: &Place<'_>) -> Outcome {
    place.system.watch_signals(&[]).must("watch")?;
    let (reading, writing) = place.system.pipe().must("pipe")?;
    drop(reading);
    refused("write", place.system.write(&writing, b"x"), Errno::EPIPE)
}

fn errors(place: &Place<'_>) -> Outcome {
    refused("none", place.system.watch_signals(&[0]), Errno::EINVAL)?;
    refused(
        "above all",
        place.system.watch_signals(&[200]),
        Errno::EINVAL,
    )
}
