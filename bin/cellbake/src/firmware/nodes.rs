//! Device nodes: which numbers they have, the release's MAKEDEV(8) says.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::layout::{Item, Layout, What};
use crate::device::Device;

/// Nodes by name below /dev, as `MAKEDEV -s all` tells of them: an mtree(8) specification.
pub(super) fn known(source: &Path) -> Result<BTreeMap<String, Item>, String> {
    let makedev = source.join("dev/MAKEDEV");
    let failed = |why: &str| format!("{}: {why}", makedev.display());
    if !makedev.exists() {
        return Err(failed(
            "not there: the release's etc set has it, and it knows the numbers of devices",
        ));
    }
    let output = Command::new("sh")
        .arg(&makedev)
        .args(["-s", "all"])
        .current_dir("/")
        .output()
        .map_err(|why| failed(&why.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().last().unwrap_or("failed")));
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(specification: &str) -> BTreeMap<String, Item> {
    specification.lines().filter_map(node).collect()
}

/// `./null type=char device=netbsd,2,2 mode=666 gid=0 uid=0`
fn node(line: &str) -> Option<(String, Item)> {
    let mut words = line.split_whitespace();
    let name = words.next()?.strip_prefix("./")?;
    let values: BTreeMap<&str, &str> = words.filter_map(|word| word.split_once('=')).collect();
    let kind = match *values.get("type")? {
        "char" => "char",
        "block" => "block",
        _ => return None,
    };
    let mut device = values.get("device")?.split(',').skip(1);
    let what = What::Node(
        kind,
        device.next()?.parse().ok()?,
        device.next()?.parse().ok()?,
    );
    let item = Item {
        mode: u32::from_str_radix(values.get("mode")?, 8).ok()?,
        uid: values.get("uid")?.parse().ok()?,
        gid: values.get("gid")?.parse().ok()?,
        what,
    };
    Some((name.to_owned(), item))
}

/// What every NetBSD has, if the release's does.
const USUAL: &[&str] = &[
    "console", "constty", "tty", "null", "zero", "full", "random", "urandom", "stdin", "stdout",
    "stderr", "klog", "ptm", "ptmx",
];

/// Adds the nodes that the device needs, the disk's among them, and the link to where the cell device will be.
pub(super) fn add(
    layout: &mut Layout,
    device: &Device,
    known: &BTreeMap<String, Item>,
) -> Result<(), String> {
    let disk = device.storage.iter().flat_map(|storage| {
        let disk = &storage.disk;
        let wedges = (0..4).flat_map(|number| [format!("dk{number}"), format!("rdk{number}")]);
        let parts =
            ('a'..='h').flat_map(move |part| [format!("{disk}{part}"), format!("r{disk}{part}")]);
        match storage.table {
            crate::device::Table::Gpt => wedges.collect::<Vec<_>>(),
            crate::device::Table::Disklabel => parts.collect(),
        }
    });
    for name in USUAL {
        if let Some(node) = known.get(*name) {
            add_node(layout, name, node)?;
        }
    }
    let own = device
        .nodes
        .iter()
        .filter_map(|path| path.strip_prefix("/dev/"));
    for name in own.map(str::to_owned).chain(disk) {
        let node = known.get(&name).ok_or_else(|| {
            format!("/dev/{name}: the release's MAKEDEV knows no such device on this architecture")
        })?;
        add_node(layout, &name, node)?;
    }
    add_node(
        layout,
        "cell",
        &Item::link(&format!("..{}", super::etc::NODE)),
    )?;
    add_node(layout, "pts", &Item::directory(0o755))
}

fn add_node(layout: &mut Layout, name: &str, node: &Item) -> Result<(), String> {
    layout
        .offer(&format!("/dev/{name}"), node.clone())
        .map_err(|taken| taken.to_string())
}

#[cfg(test)]
mod tests;
