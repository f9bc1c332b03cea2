//! What is made for a board in /etc: fstab(5), rc.conf(5), ttys(5), modules.conf(5), the boot script that starts
//! cellinit. A file that the board itself has there is left as it is.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::layout::{Item, Layout, Taken};
use crate::device::{DATA, Device, Module};
use crate::disk;
use crate::paths;
use crate::roots::{Content, Kind, Root};

/// Where the module is on a device that loads it.
pub(super) const MODULE: &str = "/stand/secmodel_cell.kmod";

/// Where the cell device's node is: /dev is read-only, and its number is known when the kernel part is there.
pub(super) const NODE: &str = "/var/run/cell";

/// What cells wait for when the system has it: where volumes are, the kernel part, addresses, and who takes lines.
const BEFORE_CELLS: [&str; 4] = ["mountcritlocal", "modules", "network", "syslogd"];

/// Adds everything.
pub(super) fn add(layout: &mut Layout, device: &Device, system: &Root) -> Result<(), Taken> {
    layout.offer("/etc/fstab", Item::text(0o644, fstab(device)))?;
    layout.offer("/etc/rc.conf", Item::text(0o644, rc_conf(device)))?;
    layout.offer("/etc/ttys", Item::text(0o644, ttys(device)))?;
    if loads(device) {
        let text = format!("# name and options, for modload(8)\n{MODULE}\n");
        layout.offer("/etc/modules.conf", Item::text(0o644, text))?;
    }
    let scripts = Scripts::of(system);
    layout.offer(
        "/etc/rc.d/cells",
        Item::text(0o555, rc_cells(&scripts.provided)),
    )?;
    // a file each: one for all would wait for itself where a script is between two of them
    for name in scripts.absent() {
        let text = format!(
            "#!/bin/sh\n#\n# Not on this device, and a script of it requires it: rcorder(8) would warn.\n#\n\
             # PROVIDE: {name}\n"
        );
        layout.offer(&format!("/etc/rc.d/absent-{name}"), Item::text(0o555, text))?;
    }
    Ok(())
}

fn loads(device: &Device) -> bool {
    device
        .kernel
        .as_ref()
        .is_some_and(|kernel| kernel.module == Module::Loaded)
}

fn fstab(device: &Device) -> String {
    let mut text = String::from(
        "# The root is mounted read-only by the kernel, from the slot that was booted, and stays so.\n",
    );
    if let Some(storage) = &device.storage
        && storage.data_kib.is_some()
    {
        let journal = if storage.journal { ",log" } else { "" };
        let source = disk::data_source(storage);
        // a String takes everything
        let _ = writeln!(
            text,
            "{source}\t{DATA}\tffs\trw,noatime,nodev,nosuid{journal}\t1 2"
        );
    }
    for (path, kib) in &device.tmpfs {
        let mode = if path.ends_with("tmp") {
            "1777"
        } else {
            "0755"
        };
        // the cell device's node is in one of them
        let nodev = if paths::within(NODE, path) {
            ""
        } else {
            "nodev,"
        };
        let _ = writeln!(
            text,
            "tmpfs\t{path}\ttmpfs\trw,{nodev}nosuid,-m{mode},-s{kib}k"
        );
    }
    text.push_str("ptyfs\t/dev/pts\tptyfs\trw\n");
    text
}

fn rc_conf(device: &Device) -> String {
    let own = device
        .storage
        .as_ref()
        .and_then(|storage| storage.data_kib)
        .map(|_| DATA);
    let early: Vec<&str> = device
        .tmpfs
        .iter()
        .map(|(path, _)| path.as_str())
        .chain(own)
        .collect();
    let modules = if loads(device) { "YES" } else { "NO" };
    format!(
        "# rc.conf(5); defaults are in /etc/defaults/rc.conf\n\
         [ ! -r /etc/defaults/rc.conf ] || . /etc/defaults/rc.conf\n\
         rc_configured=YES\n\
         hostname={}\n\
         critical_filesystems_local=\"{}\"\n\
         modules={modules}\n\
         no_swap=YES\n\
         savecore=NO\n",
        device.name,
        early.join(" ")
    )
}

fn ttys(device: &Device) -> String {
    let Some(console) = &device.console else {
        return "console\t\"/usr/libexec/getty default\"\tvt100\toff secure\n".to_owned();
    };
    let state = if console.login { "on" } else { "off" };
    format!(
        "{}\t\"/usr/libexec/getty std.{}\"\tvt100\t{state} secure\n",
        console.device, console.speed
    )
}

fn rc_cells(provided: &BTreeSet<String>) -> String {
    let wanted: Vec<&str> = BEFORE_CELLS
        .into_iter()
        .filter(|name| provided.contains(*name))
        .collect();
    let require = if wanted.is_empty() {
        String::new()
    } else {
        format!("# REQUIRE: {}\n", wanted.join(" "))
    };
    format!(
        "#!/bin/sh\n\
         #\n\
         # PROVIDE: cells\n\
         {require}\
         # KEYWORD: shutdown\n\
         \n\
         $_rc_subr_loaded . /etc/rc.subr\n\
         \n\
         name=\"cells\"\n\
         start_cmd=\"cells_start\"\n\
         stop_cmd=\"cells_stop\"\n\
         status_cmd=\"/sbin/cellctl list\"\n\
         extra_commands=\"status\"\n\
         pidfile=\"/var/run/cellinit.pid\"\n\
         \n\
         # returns as soon as cellinit runs; what rc(8) keeps open for itself is not cellinit's\n\
         cells_start()\n\
         {{\n\
         \t/sbin/cellinit --detach --device {NODE} >$pidfile 2>/dev/console </dev/null 7>&- 8>&- 9>&-\n\
         }}\n\
         \n\
         cells_stop()\n\
         {{\n\
         \tpid=$(cat $pidfile) && kill -TERM $pid || return\n\
         \twhile kill -0 $pid 2>/dev/null; do\n\
         \t\tsleep 1\n\
         \tdone\n\
         }}\n\
         \n\
         load_rc_config $name\n\
         run_rc_command \"$1\"\n"
    )
}

/// What the scripts in /etc/rc.d provide and require: rcorder(8).
struct Scripts {
    provided: BTreeSet<String>,
    required: BTreeSet<String>,
}

impl Scripts {
    fn of(system: &Root) -> Self {
        let mut scripts = Self {
            provided: BTreeSet::new(),
            required: BTreeSet::new(),
        };
        for (path, entry) in &system.entries {
            let Kind::File(content) = &entry.kind else {
                continue;
            };
            if !path.starts_with("/etc/rc.d/") {
                continue;
            }
            let bytes = match content {
                Content::Bytes(bytes) => bytes.clone(),
                // one that cannot be read fails when it is staged
                Content::Copy(_) | Content::Unseen => {
                    content.read().ok().flatten().unwrap_or_default()
                }
            };
            let text = String::from_utf8_lossy(&bytes);
            for line in text.lines() {
                let mut words = line.split_whitespace();
                if words.next() != Some("#") {
                    continue;
                }
                let list = match words.next() {
                    Some("PROVIDE:") => &mut scripts.provided,
                    Some("REQUIRE:") => &mut scripts.required,
                    Some(_) | None => continue,
                };
                list.extend(words.map(str::to_owned));
            }
        }
        scripts
    }

    /// What is required and not provided.
    fn absent(&self) -> impl Iterator<Item = &String> {
        let missing = self.required.difference(&self.provided);
        missing.filter(|name| *name != "cells")
    }
}
