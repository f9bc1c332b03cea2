//! Starting a program in a cell.

use crate::image::{Cell, ResourceCap};
use crate::platform::{Errno, Launch, Pid, Platform, Resource, ResourceLimit};
use cell_abi::Handle;

/// Resource limits of a cell: three that the kernel keeps for it, five of its own.
type Limits = heapless::Vec<ResourceLimit, 8>;

/// Starts `command` in the cell of `handle`: its own session, its limits, its environment, its directory, its user;
/// standard input is /dev/null.
///
/// # Errors
/// Nothing runs; the error is that of the step that failed.
pub fn launch<P: Platform>(
    platform: &P,
    device: &str,
    handle: Handle,
    cell: &Cell<'_>,
    command: &[&str],
    output: [Option<&P::Fd>; 2],
) -> Result<Pid, Errno> {
    let [stdout, stderr] = output;
    platform.spawn(&Launch {
        command,
        environment: &cell.environment,
        new_session: true,
        stdio: [None, stdout, stderr],
        limits: &limits(cell),
        enter: Some((device, handle)),
        directory: cell.directory,
        user: Some((cell.uid, cell.gid, &cell.groups)),
    })
}

fn limits(cell: &Cell<'_>) -> Limits {
    let kib = |kib: u32| u64::from(kib) * 1024;
    let kernel = [
        (Resource::NoFile, cell.limits.nofile.map(u64::from)),
        (
            Resource::AddressSpace,
            cell.limits.address_space_kib.map(kib),
        ),
        (Resource::Core, cell.limits.core_kib.map(kib)),
    ];
    let kernel = kernel
        .into_iter()
        .filter_map(|(resource, value)| value.map(|value| (resource, value)));
    let own = cell.caps.iter().map(|cap| match *cap {
        ResourceCap::DataKib(value) => (Resource::Data, kib(value)),
        ResourceCap::StackKib(value) => (Resource::Stack, kib(value)),
        ResourceCap::FileSizeKib(value) => (Resource::FileSize, kib(value)),
        ResourceCap::CpuS(value) => (Resource::Cpu, u64::from(value)),
        ResourceCap::LockedKib(value) => (Resource::LockedMemory, kib(value)),
    });
    // the image has each at most once, so there are at most eight
    kernel
        .chain(own)
        .take(8)
        .map(|(resource, value)| ResourceLimit { resource, value })
        .collect()
}
