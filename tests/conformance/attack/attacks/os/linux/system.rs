//! The machine: its clock, its settings, its end.

use super::call::call;
use super::{Errno, How, number, open, write_to};
use crate::attacks::Outcome;
use crate::attacks::os::argument::NULL;

/// reboot(2), with a magic number that is none.
pub fn reboot() -> Outcome {
    let result = call(number::REBOOT, [1.into(), 2.into(), 3.into(), NULL]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Sets the clock, to a time zone that is none.
pub fn set_time() -> Outcome {
    let zone = [100_000_i32, 0];
    let result = call(number::SETTIMEOFDAY, [NULL, (&zone).into()]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Adjusts the clock, by nothing.
pub fn adjust_time() -> Result<(), Errno> {
    const OFFSET_SINGLESHOT: u64 = 0x8001;
    let mut adjustment = [0_u64; 26];
    if let Some(modes) = adjustment.first_mut() {
        *modes = OFFSET_SINGLESHOT;
    }
    call(number::ADJTIMEX, [(&mut adjustment).into()]).map(drop)
}

/// Loads a kernel module that is empty.
pub fn load_module() -> Outcome {
    let result = call(number::INIT_MODULE, [NULL, 0.into(), c"".into()]);
    Outcome::past(result, &[Errno::ENOEXEC, Errno::EFAULT])
}

/// Unloads a kernel module that is not there.
pub fn unload_module() -> Outcome {
    let result = call(
        number::DELETE_MODULE,
        [c"conformance_none".into(), 0.into()],
    );
    Outcome::past(result, &[Errno::ENOENT])
}

/// Writes a setting of the kernel: the value that it has.
pub fn write_setting() -> Result<(), Errno> {
    let fd = open(c"/proc/sys/net/ipv4/ip_default_ttl", How::Write)?;
    write_to(fd, b"64\n").map(drop)
}

/// Reads a setting of the kernel that anybody may read.
pub fn read_setting() -> Result<(), Errno> {
    let fd = open(c"/proc/sys/kernel/ostype", How::Read)?;
    super::read(fd, &mut [0; 16]).map(drop)
}

/// Reads what the kernel keeps from users: its log.
pub fn read_private_setting() -> Result<(), Errno> {
    const READ_ALL: i32 = 3;
    let mut into = [0_u8; 64];
    call(
        number::SYSLOG,
        [READ_ALL.into(), (&mut into).into(), 64.into()],
    )
    .map(drop)
}

/// Sets the host's name, to one that is too long.
pub fn set_host_name() -> Outcome {
    let result = call(number::SETHOSTNAME, [c"".into(), 1000.into()]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Swaps to a file that is not there.
pub fn swap() -> Outcome {
    let result = call(number::SWAPON, [c"/volume/none".into(), 0.into()]);
    Outcome::past(result, &[Errno::ENOENT])
}

/// Accounts into a file that is not there.
pub fn account() -> Outcome {
    let result = call(number::ACCT, [c"/volume/none".into()]);
    Outcome::past(result, &[Errno::ENOENT])
}

/// Sets a quota on a device that is not there.
pub fn set_quota() -> Outcome {
    const SET_USER_QUOTA: u32 = 0x80_0008 << 8;
    let result = call(
        number::QUOTACTL,
        [
            SET_USER_QUOTA.into(),
            c"/volume/none".into(),
            0.into(),
            NULL,
        ],
    );
    Outcome::past(result, &[Errno::ENOENT])
}

/// Takes the right to the machine's ports.
pub fn use_ports() -> Result<(), Errno> {
    call(number::IOPERM, [0x80.into(), 1.into(), 1.into()]).map(drop)
}

/// Takes a host name, and with it a namespace, of its own.
pub fn leave_namespace() -> Result<(), Errno> {
    const NEWUTS: u32 = 0x0400_0000;
    call(number::UNSHARE, [NEWUTS.into()]).map(drop)
}
