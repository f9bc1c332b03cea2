//! The watchdog. What starves it resets the machine, so none is left armed; that it would is swwdog(4)'s.

use libcell::platform::{Errno, Open, Platform};

use super::place::{Failure, Fd, Must, Outcome, Place, equal, refused, skip};
use super::{Named, calls};
use crate::os;

pub const TESTS: &[Named] = &[
    ("watchdog-feed", feed),
    ("watchdog-disarm", disarm),
    ("watchdog-arm-again", again),
    ("watchdog-outlives-the-program", outlives),
    ("watchdog-errors", errors),
    ("watchdog-none", none),
];

/// So long that no emulated machine is held up for it.
const PERIOD_S: u32 = 12;

const PATH: &str = "/dev/watchdog";

fn arm(place: &Place<'_>, period_s: u32) -> Result<Fd, Failure> {
    match place.system.watchdog_arm(PATH, period_s) {
        Ok(fd) => Ok(fd),
        Err(errno @ (Errno::ENOENT | Errno::ENXIO | Errno::ENODEV)) => skip("a watchdog", errno),
        Err(errno) => super::place::wrong("arm", errno),
    }
}

/// Fed, it lets the machine live past its period.
fn feed(place: &Place<'_>) -> Outcome {
    let fd = arm(place, PERIOD_S)?;
    equal("closed by exec", calls::closes_on_exec(&fd), Ok(true))?;
    for _ in 0..5 {
        os::sleep_ms(u64::from(PERIOD_S) * 1000 / 4);
        place.system.watchdog_feed(&fd).must("feed")?;
    }
    place.system.watchdog_disarm(&fd).must("disarm")
}

/// Disarmed, it needs no food.
fn disarm(place: &Place<'_>) -> Outcome {
    let fd = arm(place, PERIOD_S)?;
    place.system.watchdog_disarm(&fd).must("disarm")?;
    os::sleep_ms(u64::from(PERIOD_S + 2) * 1000);
    refused("feed", place.system.watchdog_feed(&fd), Errno::ESRCH)
}

/// A predecessor left it armed: it has the new period afterwards.
fn again(place: &Place<'_>) -> Outcome {
    let left = arm(place, PERIOD_S)?;
    drop(left);
    let fd = place
        .system
        .watchdog_arm(PATH, 4 * PERIOD_S)
        .must("again")?;
    os::sleep_ms(u64::from(PERIOD_S + 2) * 1000);
    place.system.watchdog_disarm(&fd).must("disarm")
}

/// The end of who armed it does not disarm it.
fn outlives(place: &Place<'_>) -> Outcome {
    drop(arm(place, 30)?);
    let fd = place.system.open(PATH, Open::ReadWrite, 0).must("open")?;
    place.system.watchdog_feed(&fd).must("it is armed: feed")?;
    place.system.watchdog_disarm(&fd).must("disarm")
}

fn errors(place: &Place<'_>) -> Outcome {
    drop(arm(place, 30).and_then(|fd| {
        place.system.watchdog_disarm(&fd).must("disarm")?;
        Ok(fd)
    })?);
    let missing = place.path("watchdog");
    refused(
        "no node",
        place.system.watchdog_arm(&missing, 10),
        Errno::ENOENT,
    )?;
    match place.system.watchdog_arm("/dev/null", 10) {
        Err(_) => Ok(()),
        Ok(_) => super::place::wrong("/dev/null", "it is armed"),
    }
}

/// Where there is none, it says so.
fn none(place: &Place<'_>) -> Outcome {
    match place.system.watchdog_arm(PATH, 10) {
        Ok(fd) => {
            place.system.watchdog_disarm(&fd).must("disarm")?;
            skip("a machine without a watchdog", "it has one")
        }
        // no node, no driver, no device
        Err(Errno::ENOENT | Errno::ENXIO | Errno::ENODEV) => Ok(()),
        Err(errno) => super::place::wrong("arm", errno),
    }
}
