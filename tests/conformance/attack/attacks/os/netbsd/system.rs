//! The machine: its clock, its settings, its end.

use super::call::{Structure, call, structure};
use super::setting::number_of;
use super::{Errno, number, setting};
use crate::attacks::Outcome;
use crate::attacks::os::argument::NULL;

/// reboot(2) looks at no argument before it ends the machine. So it is only tried by those whom [`swap`] is refused to as well;
/// who would get by there would end the test, and for them there is no other way to ask.
pub fn reboot() -> Outcome {
    match swap() {
        Outcome::Refused(_) => Outcome::of(call(number::REBOOT, [0.into(), NULL])),
        _ => Outcome::Untried("it would end the machine"),
    }
}

/// struct timeval of sys/time.h.
#[repr(C)]
#[derive(Default)]
struct Time {
    seconds: i64,
    microseconds: i32,
    pad: i32,
}

impl Structure for Time {}

/// Sets the clock, to what it is.
pub fn set_time() -> Outcome {
    let mut now = Time::default();
    let set = || {
        call(number::GETTIMEOFDAY, [structure(&mut now), NULL])?;
        call(number::SETTIMEOFDAY, [structure(&mut now), NULL])
    };
    match { set }() {
        Ok(_) => Outcome::Permitted,
        Err(errno) => Outcome::Refused(errno),
    }
}

/// Adjusts the clock, by nothing.
pub fn adjust_time() -> Result<(), Errno> {
    let mut nothing = Time::default();
    call(number::ADJTIME, [structure(&mut nothing), NULL]).map(drop)
}

/// struct modctl_load of sys/module.h.
#[repr(C)]
struct Load {
    path: usize,
    flags: i32,
    properties: usize,
    properties_length: usize,
}

impl Structure for Load {}

/// Loads a kernel module that is not there.
pub fn load_module() -> Outcome {
    let mut load = Load {
        path: c"/volume/none".as_ptr() as usize,
        flags: 0,
        properties: 0,
        properties_length: 0,
    };
    let load = structure(&mut load);
    let result = call(number::MODCTL, [0.into(), load]);
    Outcome::past(result, &[Errno::ENOENT])
}

/// Unloads a kernel module that is not there.
pub fn unload_module() -> Outcome {
    let result = call(number::MODCTL, [1.into(), c"conformance_none".into()]);
    Outcome::past(result, &[Errno::ENOENT])
}

/// Writes a setting of the kernel: the value that it has.
pub fn write_setting() -> Result<(), Errno> {
    // net.inet.ip.ttl
    const TIME_TO_LIVE: [i32; 4] = [4, 2, 0, 3];
    let mut value = [0; 4];
    setting(&TIME_TO_LIVE, &mut value, &[])?;
    setting(&TIME_TO_LIVE, &mut [], &value).map(drop)
}

/// Reads a setting of the kernel that anybody may read.
pub fn read_setting() -> Result<(), Errno> {
    const OS_TYPE: [i32; 2] = [1, 1];
    setting(&OS_TYPE, &mut [0; 16], &[]).map(drop)
}

/// Reads what the kernel keeps from users: how much entropy it lacks.
pub fn read_private_setting() -> Result<(), Errno> {
    let entropy = number_of(&[1], b"entropy")?;
    let needed = number_of(&[1, entropy], b"needed")?;
    setting(&[1, entropy, needed], &mut [0; 4], &[]).map(drop)
}

/// Sets the host's name, to one that is too long.
pub fn set_host_name() -> Outcome {
    const HOST_NAME: [i32; 2] = [1, 10];
    let result = setting(&HOST_NAME, &mut [], &[b'a'; 1000]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Swaps to a file that is not there.
pub fn swap() -> Outcome {
    const ON: i32 = 1;
    let result = call(
        number::SWAPCTL,
        [ON.into(), c"/volume/none".into(), 0.into()],
    );
    Outcome::past(result, &[Errno::ENOENT])
}

/// Accounts into a file that is not there.
pub fn account() -> Outcome {
    let result = call(number::ACCT, [c"/volume/none".into()]);
    Outcome::past(result, &[Errno::ENOENT])
}

/// struct quotactl_args of sys/quotactl.h: what, and two addresses.
#[repr(C)]
struct Quota {
    operation: i32,
    key: usize,
    value: usize,
    room: [usize; 4],
}

impl Structure for Quota {}

/// Sets a quota.
pub fn set_quota() -> Outcome {
    const PUT: i32 = 4;
    // struct quotakey: user 0's blocks; struct quotaval: five numbers
    let (key, value) = ([0_u32; 3], [0_u64; 5]);
    let mut quota = Quota {
        operation: PUT,
        key: key.as_ptr() as usize,
        value: value.as_ptr() as usize,
        room: [0; 4],
    };
    let quota = structure(&mut quota);
    Outcome::of(call(number::QUOTACTL, [c"/volume".into(), quota]))
}

/// Takes the right to the machine's ports, and gives it back.
pub fn use_ports() -> Result<(), Errno> {
    if cfg!(not(target_arch = "x86_64")) {
        return Err(Errno::ENOSYS);
    }
    const IOPL: i32 = 2;
    let mut level = [3_i32];
    call(number::SYSARCH, [IOPL.into(), (&mut level).into()])?;
    level = [0];
    call(number::SYSARCH, [IOPL.into(), (&mut level).into()]).map(drop)
}

/// Takes a host name, and with it a namespace, of its own: there are none.
pub fn leave_namespace() -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}
