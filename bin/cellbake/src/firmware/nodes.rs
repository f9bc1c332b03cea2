//! Device nodes: which numbers they have, the release's MAKEDEV(8) says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::layout::{Item, Layout, What};
use crate::device::Device;

/// Nodes by name below /dev.
type Nodes = BTreeMap<String, Item>;

/// The release's MAKEDEV(8): a shell script that tells of nodes when it is not to make them.
pub(super) struct Makedev {
    path: PathBuf,
    nodes: Nodes,
}

impl Makedev {
    /// That of a release, asked for everything.
    pub fn of(source: &Path) -> Result<Self, String> {
        let mut makedev = Self {
            path: source.join("dev/MAKEDEV"),
            nodes: Nodes::new(),
        };
        let failed = |why: &str| Err(format!("{}: {why}", makedev.path.display()));
        if !makedev.path.exists() {
            return failed(
                "not there: the release's etc set has it, and it knows the numbers of devices",
            );
        }
        // it may complain of a device and leave out what comes behind: that is asked for when it is needed
        match makedev.told("all") {
            Ok(nodes) if nodes.is_empty() => failed("it tells of no device"),
            Ok(nodes) => {
                makedev.nodes = nodes;
                Ok(makedev)
            }
            Err(why) => failed(&why),
        }
    }

    /// `MAKEDEV -s WHAT`: an mtree(8) specification.
    fn told(&self, what: &str) -> Result<Nodes, String> {
        let output = Command::new("sh")
            .arg(&self.path)
            .args(["-s", what])
            .current_dir("/")
            .output()
            .map_err(|why| why.to_string())?;
        Ok(parse(&String::from_utf8_lossy(&output.stdout)))
    }

    /// The node of that name.
    fn node(&mut self, name: &str) -> Option<Item> {
        if !self.nodes.contains_key(name)
            && let Ok(nodes) = self.told(name)
        {
            self.nodes.extend(nodes);
        }
        self.nodes.get(name).cloned()
    }
}

fn parse(specification: &str) -> Nodes {
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
    makedev: &mut Makedev,
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
        if let Some(node) = makedev.nodes.get(*name) {
            add_node(layout, name, node)?;
        }
    }
    let own = device
        .nodes
        .iter()
        .filter_map(|path| path.strip_prefix("/dev/"));
    for name in own.map(str::to_owned).chain(disk) {
        let node = makedev.node(&name).ok_or_else(|| {
            format!("/dev/{name}: the release's MAKEDEV knows no such device on this architecture")
        })?;
        add_node(layout, &name, &node)?;
    }
    add_node(
        layout,
        "cell",
        &Item::link(&format!("..{}", super::etc::NODE)),
    )?;
    // rc.d/syslogd makes it where it is missing, for programs older than its socket
    add_node(layout, "log", &Item::link("/var/run/log"))?;
    add_node(layout, "pts", &Item::directory(0o755))
}

fn add_node(layout: &mut Layout, name: &str, node: &Item) -> Result<(), String> {
    layout
        .offer(&format!("/dev/{name}"), node.clone())
        .map_err(|taken| taken.to_string())
}

#[cfg(test)]
mod tests;
