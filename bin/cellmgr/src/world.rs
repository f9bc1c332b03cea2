//! What is desired and what is there, read once: no file is written and no program started for it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use cell_abi::{
    CellInfo, CellState, Denials, Handle, Policy, PolicyReport, Profile, Refusal, Stats,
};
use libcell::control::{self, Client, LastExit, Reply, Request, State};
use libcell::desired::{Desired, IMAGE, Paths, RESCUE, Source};
use libcell::device::{self, Buffer, CellDevice, DeviceError};
use libcell::platform::Platform;
use libcell::{image, trust};

use crate::failure::{Failure, failed, text};
use crate::manager::Manager;

/// Reads the image and the changes.
pub(crate) fn source<P: Platform>(manager: &Manager<'_, '_, P>) -> Result<Source, Failure> {
    let prefix = manager.platform.prefix();
    let paths = Paths {
        image: &text(&[prefix, IMAGE]),
        rescue: &text(&[prefix, RESCUE]),
        key: &text(&[prefix, trust::PATH]),
    };
    let mut said = String::new();
    let loaded = Source::load(manager.platform, &paths, prefix, &mut |line| {
        if said.is_empty() {
            let _ = said.write_fmt(line);
        }
    });
    loaded.ok_or(Failure {
        status: crate::failure::FAILED,
        line: said,
    })
}

/// What is to run.
pub(crate) fn desired(source: &Source) -> Result<Desired<'_>, Failure> {
    source.desired().map_err(|why| Failure {
        status: crate::failure::FAILED,
        line: why.told(),
    })
}

/// A cell of the kernel.
pub(crate) struct Kernel {
    pub name: String,
    pub handle: Handle,
    pub root: String,
    pub state: CellState,
    /// What it uses; of a cell that was only listed, what the listing says.
    pub stats: Stats,
    /// What is enforced on it, if that was asked.
    pub policy: Option<Box<Policy>>,
}

/// A cell of cellinit.
#[derive(Clone)]
pub(crate) struct Unit {
    /// Its index there.
    pub index: u8,
    pub name: String,
    pub state: State,
    pub handle: Handle,
    pub pid: u32,
    pub restarts: u32,
    pub failures: u16,
    pub since_ms: u64,
    pub last_exit: LastExit,
    pub health_failures: u8,
    pub definition: [u8; 8],
}

/// What is there.
#[derive(Default)]
pub(crate) struct Runtime {
    pub kernel: Vec<Kernel>,
    /// `None` if cellinit does not run.
    pub units: Option<Vec<Unit>>,
}

/// What is asked of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Nothing.
    Nothing,
    /// Its list.
    List,
    /// And what each cell uses.
    Stats,
    /// And what is enforced on each.
    Policy,
}

impl Runtime {
    /// Reads it.
    pub fn load<P: Platform>(manager: &Manager<'_, '_, P>, depth: Depth) -> Result<Self, Failure> {
        let kernel = if depth == Depth::Nothing {
            Vec::new()
        } else {
            kernel(manager, depth)?
        };
        let units = match Client::connect(manager.platform, manager.platform.prefix()) {
            Ok(mut client) => Some(units(&mut client)?),
            Err(_) => None,
        };
        Ok(Self { kernel, units })
    }

    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().flatten().find(|unit| unit.name == name)
    }

    pub fn cell(&self, name: &str) -> Option<&Kernel> {
        self.kernel.iter().find(|cell| cell.name == name)
    }
}

fn kernel<P: Platform>(manager: &Manager<'_, '_, P>, depth: Depth) -> Result<Vec<Kernel>, Failure> {
    let path = manager.path(device::PATH);
    let fail = |what: &str, why: DeviceError| failed(&path, what, &why);
    let device = CellDevice::open(manager.platform, &path).map_err(|why| fail("open", why))?;
    device.hello().map_err(|why| fail("open", why))?;
    let mut cells = Vec::new();
    let mut buffer: Buffer = [0; 1024];
    let mut after = Handle::HOST;
    while let Some(info) = device
        .next(after, &mut buffer)
        .map_err(|why| fail("list", why))?
    {
        after = info.handle;
        let mut cell = listed(&info);
        if depth >= Depth::Stats {
            match device.stats(after) {
                Ok(stats) => cell.stats = stats,
                Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => continue,
                Err(why) => return Err(fail("stats", why)),
            }
        }
        if depth >= Depth::Policy {
            cell.policy = policy(&device, after).map_err(|why| fail("policy", why))?;
        }
        cells.push(cell);
    }
    Ok(cells)
}

/// What is enforced on a cell; `None` if it has gone.
fn policy<P: Platform>(
    device: &CellDevice<'_, P>,
    cell: Handle,
) -> Result<Option<Box<Policy>>, DeviceError> {
    let mut report = PolicyReport {
        policy: Policy::of(Profile::Custom),
        denials: Denials::new(),
    };
    match device.policy_into(cell, &mut report) {
        Ok(()) => Ok(Some(Box::new(report.policy))),
        Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => Ok(None),
        Err(why) => Err(why),
    }
}

fn listed(info: &CellInfo<'_>) -> Kernel {
    Kernel {
        name: info.name.as_str().into(),
        handle: info.handle,
        root: info.root.as_str().into(),
        state: info.state,
        stats: Stats {
            processes: info.processes,
            credentials: info.credentials,
            age_s: info.age_s,
            ..Stats::default()
        },
        policy: None,
    }
}

/// Every cell that cellinit knows.
pub(crate) fn units<P: Platform>(client: &mut Client<'_, P>) -> Result<Vec<Unit>, Failure> {
    let mut units = Vec::new();
    for index in 0..=u8::MAX {
        let reply = client.ask(&Request::Status(index));
        match reply.map_err(|why| failed("cellinit", "status", &why))? {
            Reply::Cell(status) => units.push(unit(index, &status)),
            _ => break,
        }
    }
    Ok(units)
}

fn unit(index: u8, status: &control::Status<'_>) -> Unit {
    Unit {
        index,
        name: status.name.into(),
        state: status.state,
        handle: status.handle,
        pid: status.pid,
        restarts: status.restarts,
        failures: status.failures,
        since_ms: status.since_ms,
        last_exit: status.last_exit,
        health_failures: status.health_failures,
        definition: status.definition,
    }
}

/// The cell of that name in an image.
pub(crate) fn find<'i, 'a>(image: &'i image::Image<'a>, name: &str) -> Option<&'i image::Cell<'a>> {
    image.cells.iter().find(|cell| cell.name.as_str() == name)
}
