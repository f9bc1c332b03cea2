//! Device nodes: the ones every cell has, and the ones it names.

use cell_abi::{Access, MAX_DEVICES};
use libcell::image::DeviceNode;

use crate::definition::CellDef;
use crate::paths;
use crate::report::{Mistake, Report};

/// What every cell may open, read and write.
const STANDARD: &[&str] = &[
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/tty",
    "/dev/urandom",
    "/dev/zero",
];

/// On NetBSD also its own pseudo terminals: the multiplexer, and by its first unit the driver of the terminals.
const TERMINALS: &[(&str, bool)] = &[("/dev/ptmx", false), ("/dev/ttyp0", true)];

/// Devices that give away what cells are there to keep, and why.
const FORBIDDEN: &[(&str, &str)] = &[
    ("/dev/cell", "it makes and ends cells"),
    ("/dev/mem", "it is the machine's memory"),
    ("/dev/kmem", "it is the kernel's memory"),
    ("/dev/drvctl", "it detaches drivers"),
    ("/dev/drum", "it is the swapped memory of everybody"),
];

/// All nodes of a cell, by path.
pub(super) fn devices<'d>(
    cell: &'d CellDef,
    arch: &str,
    report: &Report<'_>,
) -> Vec<DeviceNode<'d>> {
    let terminals = if arch.ends_with("-linux") {
        &[]
    } else {
        TERMINALS
    };
    let mut nodes: Vec<DeviceNode<'_>> = STANDARD
        .iter()
        .map(|path| (*path, false))
        .chain(terminals.iter().copied())
        .map(|(path, any_minor)| DeviceNode {
            path,
            access: Access::ReadWrite,
            any_minor,
        })
        .collect();
    let standard = nodes.len();
    for device in &cell.devices {
        let path = device.path.value.as_str();
        let span = &device.path.span;
        let below = path.strip_prefix("/dev/").unwrap_or_default();
        let plain = below
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        if below.is_empty() || !plain || paths::fault(path).is_some() {
            report.add(
                Mistake::at(span, format!("`{path}` is not the path of a device"))
                    .help("for example: path = \"/dev/gpio0\""),
            );
        } else if let Some((_, why)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == path) {
            report.add(Mistake::at(span, format!("no cell may have {path}: {why}")));
        } else if let Some(position) = nodes.iter().position(|node| node.path == path) {
            let what = if position < standard {
                format!("every cell has {path}")
            } else {
                format!("{path} is said twice")
            };
            report.add(Mistake::at(span, what));
        } else {
            nodes.push(DeviceNode {
                path,
                access: device.access,
                any_minor: device.any_minor,
            });
        }
    }
    if nodes.len() > MAX_DEVICES
        && let Some(last) = cell.devices.last()
    {
        let left = MAX_DEVICES - standard.min(MAX_DEVICES);
        report.add(Mistake::at(
            &last.path.span,
            format!(
                "{} devices, and {left} are left beside the standard ones",
                nodes.len() - standard
            ),
        ));
    }
    nodes.sort_by_key(|node| node.path);
    nodes
}
