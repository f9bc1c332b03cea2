//! Resource limits.

use alloc::format;

use libcell::platform::{Exit, Launch, Open, Platform, Resource, ResourceLimit, raw, signal};

use super::child::LIMITS;
use super::place::{Must, Outcome, Place, equal, holds, plain, shown, wrong};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("spawn-limits", each),
    ("spawn-limits-hold", hold),
    ("raise-descriptors", raise),
    ("raise-descriptors-of-children", of_children),
];

const RESOURCES: [Resource; 8] = [
    Resource::NoFile,
    Resource::AddressSpace,
    Resource::Core,
    Resource::Data,
    Resource::Stack,
    Resource::FileSize,
    Resource::Cpu,
    Resource::LockedMemory,
];

/// Soft and hard, each for itself.
fn each(place: &Place<'_>) -> Outcome {
    let command = [place.program.as_str(), "platform", "child", "show"];
    for (resource, (name, number)) in RESOURCES.into_iter().zip(LIMITS) {
        let value = match resource {
            Resource::NoFile => 16,
            Resource::Core => 0,
            Resource::Cpu => 100,
            // more than the stack is
            Resource::AddressSpace => 700 << 20,
            Resource::Data => 32 << 20,
            Resource::Stack | Resource::LockedMemory => 1 << 20,
            Resource::FileSize => 5 << 30,
        };
        let launch = Launch {
            limits: &[ResourceLimit { resource, value }],
            ..plain(&command)
        };
        let (text, exit) = place.output(launch)?;
        equal(name, exit, Exit::Code(0))?;
        let is = shown(&text, name);
        let must = format!("Ok(({value}, {value}))");
        if is != must {
            let here = calls::limit(*number).must("getrlimit")?;
            return wrong(name, format_args!("{is}, not {must} (here {here:?})"));
        }
    }
    Ok(())
}

fn hold(place: &Place<'_>) -> Outcome {
    let command = [place.program.as_str(), "platform", "child", "show"];
    let launch = Launch {
        limits: &[ResourceLimit {
            resource: Resource::FileSize,
            value: 10,
        }],
        ..plain(&command)
    };
    let path = place.path("file");
    let file = place
        .system
        .open(&path, Open::Truncate, 0o600)
        .must("open")?;
    let pid = place
        .system
        .spawn(&Launch {
            stdio: [None, Some(&file), None],
            ..launch
        })
        .must("spawn")?;
    let (_, exit) = crate::os::wait_for(pid).must("wait")?;
    equal("a file that grows", exit, Exit::Signal(signal::XFSZ))?;
    holds(
        "what it is",
        place.system.metadata(&path).is_ok_and(|of| of.size <= 10),
    )
}

fn raise(place: &Place<'_>) -> Outcome {
    calls::set_limit(libc::RLIMIT_NOFILE, 20, 60).must("limit")?;
    place.system.raise_descriptors().must("raise")?;
    equal("limit", calls::limit(libc::RLIMIT_NOFILE), Ok((60, 60)))?;
    place.system.raise_descriptors().must("again")?;
    let null = place.system.open("/dev/null", Open::Read, 0).must("open")?;
    let kept = [(); 40].map(|()| calls::inherited(&null));
    holds("so many", kept.iter().all(Result::is_ok))?;
    let above = kept.iter().flatten().any(|fd| raw::number(fd) > 40);
    holds("above the old one", above)
}

fn of_children(place: &Place<'_>) -> Outcome {
    calls::set_limit(libc::RLIMIT_NOFILE, 20, 60).must("limit")?;
    place.system.raise_descriptors().must("raise")?;
    let command = [place.program.as_str(), "platform", "child", "show"];
    let (text, _) = place.output(plain(&command))?;
    equal(
        "from before",
        shown(&text, "descriptors' limit"),
        "Ok((20, 60))",
    )?;
    let launch = Launch {
        limits: &[ResourceLimit {
            resource: Resource::NoFile,
            value: 33,
        }],
        ..plain(&command)
    };
    let (text, _) = place.output(launch)?;
    equal(
        "its own",
        shown(&text, "descriptors' limit"),
        "Ok((33, 33))",
    )
}
