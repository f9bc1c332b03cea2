//! Files: the root directory, mounts, device nodes, execution.

use alloc::vec;
use alloc::vec::Vec;

use super::{
    Argument, By, CONTAINED, Control, EACCES, ENXIO, EPERM, OK, On, Outcome, PERMITTED, Row,
};
use By::{Root, User};

/// Only administration needs it.
const ADMIN: [Outcome; 3] = [OK, EPERM, EPERM];

fn row(attack: &'static str, by: By, expected: [Outcome; 3]) -> Row {
    Row::new(attack, by, On::System, expected)
}

fn roots(row: Row) -> Row {
    row.control(Control::Itself(EPERM, "root's"))
}

pub(super) fn rows() -> Vec<Row> {
    [escapes(), mounts(), devices(), execution()].concat()
}

fn escapes() -> Vec<Row> {
    let chroot = Control::Itself(CONTAINED, "chroot(2) alone suffices");
    vec![
        row("escape.dotdot", Root, [CONTAINED; 3]).control(chroot),
        row("escape.dotdot", User, [CONTAINED; 3]).control(chroot),
        row("escape.link", Root, [CONTAINED; 3])
            .with(&[Argument::Link])
            .control(chroot),
        row("escape.leaked", Root, [CONTAINED; 3]),
        row("escape.leaked", User, [CONTAINED; 3]),
        // vfs_syscalls.c, change_root: the working directory goes along; do_sys_fchdir: EPERM for one outside
        row("escape.chroot", Root, [CONTAINED, EPERM, EPERM]),
        row("escape.descriptor", Root, [EPERM; 3]),
        roots(row("escape.chroot", User, [EPERM; 3])),
        row("escape.handle", Root, ADMIN),
        roots(row("escape.handle", User, [EPERM; 3])),
    ]
}

fn mounts() -> Vec<Row> {
    let harmless = [PERMITTED, EPERM, EPERM];
    vec![
        row("mount.memory", Root, ADMIN),
        row("mount.root", Root, ADMIN),
        row("mount.update", Root, ADMIN),
        row("mount.remove", Root, harmless),
        row("mount.pivot", Root, harmless),
        roots(row("mount.memory", User, [EPERM; 3])),
        roots(row("mount.remove", User, [EPERM; 3])),
    ]
}

/// The list of the attacker's cell: null and zero to read and write, urandom to read.
fn devices() -> Vec<Row> {
    vec![
        row("device.null", Root, [OK; 3]),
        row("device.null", User, [OK; 3]),
        row("device.zero", User, [OK; 3]),
        row("device.urandom", User, [OK; 3]),
        row("device.urandom-write", Root, ADMIN),
        row("device.urandom-write", User, ADMIN),
        row("device.unlisted", Root, ADMIN),
        row("device.unlisted", User, ADMIN),
        row("device.kernel", Root, ADMIN),
        row("device.disk", Root, [PERMITTED, EPERM, EPERM]),
        // spec_vnops.c, spec_open: ENXIO on a mount that is nodev
        row("device.made", Root, [ENXIO, EPERM, EPERM])
            .control(Control::Itself(EACCES, "the volume is mounted nodev")),
        roots(row("device.made", User, [EPERM; 3])),
        row("device.fifo", Root, [OK; 3]),
        row("device.fifo", User, [OK; 3]),
    ]
}

/// kern_auth.c, kauth_authorize_vnode: EACCES.
fn execution() -> Vec<Row> {
    let writable = [OK, OK, EACCES];
    vec![
        row("execute.root", Root, [OK; 3]),
        row("execute.root", User, [OK; 3]),
        row("execute.writable", Root, writable),
        row("execute.writable", User, writable),
        row("execute.memory", Root, writable),
        row("execute.memory", User, writable),
        row("setuid.volume", User, [CONTAINED, CONTAINED, EACCES])
            .control(Control::Itself(CONTAINED, "the volume is mounted nosuid")),
        // root it becomes, and stays in the cell
        Row::new("setuid.root", User, On::Host, [EPERM; 3])
            .with(&[Argument::Text("signal.process"), Argument::Pid]),
        row("setuid.root", User, ADMIN).with(&[Argument::Text("mount.memory")]),
    ]
}
