//! Time, identity, and where things are.

use libcell::platform::{Exit, Platform};

use super::Named;
use super::place::{Must, Outcome, Place, equal, holds};
use crate::os;

pub const TESTS: &[Named] = &[
    ("monotonic", monotonic),
    ("clock", clock),
    ("pid", pid),
    ("euid", euid),
    ("prefix", prefix),
];

fn monotonic(place: &Place<'_>) -> Outcome {
    let before = place.system.monotonic_ms();
    let exact = os::nanoseconds() / 1_000_000;
    os::sleep_ms(120);
    let after = place.system.monotonic_ms();
    holds("the kernel's own", exact.abs_diff(before) < 1000)?;
    holds("it goes on", after >= before + 120)?;
    holds("not too fast", after < before + 10_000)
}

fn clock(place: &Place<'_>) -> Outcome {
    let clock = place.system.clock();
    holds("nanoseconds", clock.nanoseconds < 1_000_000_000)?;
    os::sleep_ms(1100);
    let later = place.system.clock();
    holds(
        "it goes on",
        later.seconds > clock.seconds && later.seconds < clock.seconds + 30,
    )?;
    // 2020 and 2100: the machine's clock is the build host's
    holds(
        "the century",
        (1_577_836_800..4_102_444_800).contains(&later.seconds),
    )
}

fn pid(place: &Place<'_>) -> Outcome {
    let own = place.system.pid();
    holds("above pid 1", own > 1)?;
    let exit = place.forked(|| u8::from(place.system.pid() == own))?;
    equal("a child's is another", exit, Exit::Code(0))
}

fn euid(place: &Place<'_>) -> Outcome {
    equal("as root", place.system.euid(), 0)?;
    let exit = place.forked(|| match os::user(77, 1000) {
        Ok(()) => place.system.euid() as u8,
        Err(_) => 0,
    })?;
    equal("as another", exit, Exit::Code(77))
}

fn prefix(place: &Place<'_>) -> Outcome {
    equal("on a device", place.system.prefix(), "")?;
    let () = place.system.metadata("/dev").map(drop).must("/dev")?;
    Ok(())
}
