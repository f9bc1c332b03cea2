//! The machine, and the cell device.

use alloc::vec;
use alloc::vec::Vec;

use super::{Argument, Asked, By, Control, EACCES, EPERM, OK, On, Outcome, PERMITTED, Row};
use By::{HostUser, Root, User};

/// Only administration needs it.
const ADMIN: [Outcome; 3] = [OK, EPERM, EPERM];
/// The same, tried with an argument that does no harm.
const HARMLESS: [Outcome; 3] = [PERMITTED, EPERM, EPERM];

fn row(attack: &'static str, by: By, expected: [Outcome; 3]) -> Row {
    Row::new(attack, by, On::System, expected)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("system.reboot", Root, HARMLESS),
        row("time.set", Root, HARMLESS),
        row("time.adjust", Root, ADMIN),
        row("module.load", Root, HARMLESS),
        row("module.unload", Root, HARMLESS),
        row("setting.read", Root, [OK; 3]),
        row("setting.read", User, [OK; 3]),
        row("setting.write", Root, ADMIN),
        row("setting.hostname", Root, HARMLESS),
        // the only thing of the system that low denies
        row("setting.private", Root, [EPERM; 3]),
        row("system.swap", Root, HARMLESS),
        row("system.account", Root, HARMLESS),
        row("system.quota", Root, HARMLESS),
        row("system.ports", Root, ADMIN),
        // kern_auth.c, kauth_authorize_vnode: EACCES
        row("system.flag", Root, [OK, EACCES, EACCES]),
        row("system.namespace", Root, [EPERM; 3]),
    ];
    for attack in [
        "system.reboot",
        "time.set",
        "time.adjust",
        "system.swap",
        "system.account",
    ] {
        let row = row(attack, User, [EPERM; 3]);
        rows.push(row.control(Control::Itself(EPERM, "root's")));
    }
    rows.extend(requests());
    rows
}

/// A cell that finds the device in its root, where no definition puts it.
fn requests() -> Vec<Row> {
    const ELSEWHERE: Control = Control::None("host root may; the steps below do");
    let mut rows = Vec::new();
    for (attack, asked) in [
        ("request.create", Asked::Create),
        ("request.enter", Asked::Enter),
        ("request.kill", Asked::Kill),
        ("request.destroy", Asked::Destroy),
        ("request.list", Asked::List),
        ("request.seal", Asked::Seal),
    ] {
        rows.push(
            Row::new(attack, Root, On::Sibling, [EPERM; 3])
                .with(&[Argument::Device, Argument::Request(asked)])
                .control(ELSEWHERE),
        );
    }
    rows.push(
        row("device.open-cell", HostUser, [EACCES; 3])
            .with(&[Argument::Device])
            .control(Control::Itself(EACCES, "the node is root's")),
    );
    rows
}
