//! Calls that are one question whatever their arguments, or almost.

use super::{Call, Outcome, deny};
use crate::kauth::{self, Action, Request};
use crate::process::questions::Question;

/// What it is, the action, and its request where it has several. All are of the system or machdep scope: EPERM.
type Row = (libc::c_long, Action, Option<Request>);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (libc::SYS_chroot, kauth::SYSTEM_CHROOT, Some(kauth::REQ_SYSTEM_CHROOT_CHROOT)),
    (libc::SYS_umount2, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_UNMOUNT)),
    (libc::SYS_pivot_root, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_open_tree, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_move_mount, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_fsopen, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_fsconfig, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_fsmount, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_NEW)),
    (libc::SYS_fspick, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_UPDATE)),
    (libc::SYS_mount_setattr, kauth::SYSTEM_MOUNT, Some(kauth::REQ_SYSTEM_MOUNT_UPDATE)),
    (libc::SYS_reboot, kauth::SYSTEM_REBOOT, None),
    (libc::SYS_kexec_load, kauth::SYSTEM_REBOOT, None),
    (libc::SYS_kexec_file_load, kauth::SYSTEM_REBOOT, None),
    (libc::SYS_settimeofday, kauth::SYSTEM_TIME, Some(kauth::REQ_SYSTEM_TIME_SYSTEM)),
    (libc::SYS_clock_settime, kauth::SYSTEM_TIME, Some(kauth::REQ_SYSTEM_TIME_SYSTEM)),
    (libc::SYS_init_module, kauth::SYSTEM_MODULE, None),
    (libc::SYS_finit_module, kauth::SYSTEM_MODULE, None),
    (libc::SYS_delete_module, kauth::SYSTEM_MODULE, None),
    (libc::SYS_swapon, kauth::SYSTEM_SWAPCTL, None),
    (libc::SYS_swapoff, kauth::SYSTEM_SWAPCTL, None),
    (libc::SYS_acct, kauth::SYSTEM_ACCOUNTING, None),
    // kern.hostname and kern.domainname
    (libc::SYS_sethostname, kauth::SYSTEM_SYSCTL, Some(kauth::REQ_SYSTEM_SYSCTL_MODIFY)),
    (libc::SYS_setdomainname, kauth::SYSTEM_SYSCTL, Some(kauth::REQ_SYSTEM_SYSCTL_MODIFY)),
    (libc::SYS_name_to_handle_at, kauth::SYSTEM_FILEHANDLE, None),
    (libc::SYS_open_by_handle_at, kauth::SYSTEM_FILEHANDLE, None),
    (libc::SYS_quotactl, kauth::SYSTEM_FS_QUOTA, Some(kauth::REQ_SYSTEM_FS_QUOTA_MANAGE)),
    // the kernel's messages and counters
    (libc::SYS_syslog, kauth::SYSTEM_SYSCTL, Some(kauth::REQ_SYSTEM_SYSCTL_PRVT)),
    (libc::SYS_bpf, kauth::SYSTEM_DEBUG, None),
    (libc::SYS_iopl, kauth::MACHDEP_IOPL, None),
    (libc::SYS_ioperm, kauth::MACHDEP_IOPERM_SET, None),
];

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    let number = call.note.number;
    if let Some((_, action, request)) = TABLE.iter().find(|(of, ..)| *of == number) {
        return Some(ask(call, *action, *request));
    }
    Some(match number {
        libc::SYS_mount => mount(call),
        libc::SYS_adjtimex => adjust(call, 0),
        libc::SYS_clock_adjtime => adjust(call, 1),
        libc::SYS_modify_ldt => descriptors(call),
        _ => return None,
    })
}

fn ask(call: &mut Call<'_>, action: Action, request: Option<Request>) -> Outcome {
    deny(call.ask(Question::Plain(action, request)), libc::EPERM)
}

/// `do_sys_mount()`
fn mount(call: &mut Call<'_>) -> Outcome {
    let request = if call.argument(3) & libc::MS_REMOUNT == 0 {
        kauth::REQ_SYSTEM_MOUNT_NEW
    } else {
        kauth::REQ_SYSTEM_MOUNT_UPDATE
    };
    ask(call, kauth::SYSTEM_MOUNT, Some(request))
}

/// `sys_ntp_adjtime()`: asks when anything is to be changed.
fn adjust(call: &mut Call<'_>, pointer: usize) -> Outcome {
    match call.memory::<4>(pointer).map(u32::from_ne_bytes) {
        Some(0) | None => Outcome::Continue,
        Some(_) => ask(
            call,
            kauth::SYSTEM_TIME,
            Some(kauth::REQ_SYSTEM_TIME_NTPADJTIME),
        ),
    }
}

/// Reading the table passes.
fn descriptors(call: &mut Call<'_>) -> Outcome {
    match call.int(0) {
        1 | 0x11 => ask(call, kauth::MACHDEP_LDT_SET, None),
        _ => Outcome::Continue,
    }
}
