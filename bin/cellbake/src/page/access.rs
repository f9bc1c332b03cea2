//! Who has which port, device, mount and volume.

use std::collections::BTreeMap;

use cell_abi::{Access, Protocols, Reservation};
use libcell::image::{Cell, DeviceNode, Image, MountEntry, MountSource, Volume};
use maud::{Markup, html};

use super::head;
use super::shown::Shown;
use crate::size;
use crate::words;

pub(super) fn section(image: &Image<'_>) -> Markup {
    html! {
        section #access {
            h2 { "Ports, devices, mounts, volumes" }
            @if image.cells.iter().all(|cell| cell.reservations.iter().next().is_none()) {
                (nothing("No port is reserved."))
            } @else { (ports(image)) }
            @if image.cells.iter().all(|cell| cell.devices.is_empty()) {
                (nothing("No cell has a device."))
            } @else { (devices(image)) }
            @if all_mounts(image).next().is_none() {
                (nothing("Nothing is mounted in any cell."))
            } @else { (mounts(image)) }
            @if image.volumes.is_empty() {
                (nothing("The board has no volumes."))
            } @else { (volumes(image)) }
        }
    }
}

/// The name of a volume; an image that was opened has no other indices.
pub(super) fn volume_name<'i>(image: &Image<'i>, index: u8) -> &'i str {
    let volume = image.volumes.get(usize::from(index));
    volume.map_or("", |volume| volume.name.as_str())
}

/// A cell's devices without those that every cell of the image has alike.
pub(super) fn own_devices<'c, 'i>(
    cell: &'c Cell<'i>,
    image: &Image<'_>,
) -> Vec<&'c DeviceNode<'i>> {
    let all_have = |device: &DeviceNode<'_>| {
        let mut cells = image.cells.iter();
        image.cells.len() > 1 && cells.all(|other| other.devices.contains(device))
    };
    cell.devices
        .iter()
        .filter(|device| !all_have(device))
        .collect()
}

fn nothing(what: &str) -> Markup {
    html! { p.about { (what) } }
}

fn ports(image: &Image<'_>) -> Markup {
    let mut all: Vec<(u16, Reservation, &str)> = image
        .cells
        .iter()
        .flat_map(|cell| {
            let name = cell.name.as_str();
            let reservations = cell.reservations.iter();
            reservations.map(move |one| (one.first(), *one, name))
        })
        .collect();
    all.sort_unstable();
    html! {
        table.list {
            caption { "Ports" }
            (head(&["Port", "Protocol", "Cell"]))
            tbody {
                @for (first, reservation, cell) in &all {
                    tr {
                        th scope="row" {
                            (first)
                            @if reservation.last() > *first { "\u{2013}" (reservation.last()) }
                        }
                        td {
                            @match reservation.protocols() {
                                Protocols::Tcp => "tcp",
                                Protocols::Udp => "udp",
                                Protocols::Both => "tcp, udp",
                            }
                        }
                        td { (Shown(cell)) }
                    }
                }
            }
        }
    }
}

fn devices(image: &Image<'_>) -> Markup {
    let mut by_path: BTreeMap<&str, BTreeMap<(&str, bool), Vec<&str>>> = BTreeMap::new();
    for cell in &image.cells {
        for device in &cell.devices {
            let access = words::access_name(device.access);
            let cells = by_path.entry(device.path).or_default();
            let with = cells.entry((access, device.any_minor)).or_default();
            with.push(cell.name.as_str());
        }
    }
    html! {
        table.list {
            caption { "Devices" }
            (head(&["Device", "Access", "Cells"]))
            @for (path, with) in &by_path {
                tbody {
                    @for (position, ((access, any_minor), cells)) in with.iter().enumerate() {
                        tr {
                            @if position == 0 {
                                th scope="rowgroup" rowspan=(with.len()) { code { (Shown(path)) } }
                            }
                            td { (access) @if *any_minor { ", every unit" } }
                            td {
                                @if cells.len() == image.cells.len() && cells.len() > 1 {
                                    "all " (cells.len())
                                } @else {
                                    (Shown(&cells.join(", ")))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn all_mounts<'i>(image: &'i Image<'i>) -> impl Iterator<Item = (&'i str, &'i MountEntry<'i>)> {
    image.cells.iter().flat_map(|cell| {
        let name = cell.name.as_str();
        cell.mounts.iter().map(move |mount| (name, mount))
    })
}

fn mounts(image: &Image<'_>) -> Markup {
    html! {
        table.list {
            caption { "Mounts" }
            (head(&["Cell", "On", "What", "Access", "Programs"]))
            tbody {
                @for (cell, mount) in all_mounts(image) {
                    tr {
                        th scope="row" { (Shown(cell)) }
                        td { code { (Shown(mount.target)) } }
                        td {
                            @match mount.source {
                                MountSource::Volume(index) => {
                                    "volume " (Shown(volume_name(image, index)))
                                }
                                MountSource::Tmpfs { size_kib, mode } => {
                                    "memory, " (size::kib(size_kib.into())) ", mode " (format!("{mode:04o}"))
                                }
                            }
                        }
                        td { @if mount.read_only { "read-only" } @else { "read-write" } }
                        td { @if mount.no_exec { "not executed" } @else { "as the profile says" } }
                    }
                }
            }
        }
    }
}

fn volumes(image: &Image<'_>) -> Markup {
    html! {
        table.list {
            caption { "Volumes" }
            (head(&["Volume", "Path", "Owner", "Mode", "Up to", "Mounted by"]))
            tbody {
                @for (index, volume) in (0..=u8::MAX).zip(&image.volumes) {
                    (volume_row(index, volume, image))
                }
            }
        }
    }
}

fn volume_row(index: u8, volume: &Volume<'_>, image: &Image<'_>) -> Markup {
    let users: Vec<_> = all_mounts(image)
        .filter(|(_, mount)| mount.source == MountSource::Volume(index))
        .map(|(cell, mount)| {
            let access = if mount.read_only {
                Access::Read
            } else {
                Access::ReadWrite
            };
            format!("{cell} {}", words::access_name(access))
        })
        .collect();
    html! {
        tr {
            th scope="row" { (Shown(volume.name.as_str())) }
            td { code { (Shown(volume.path)) } }
            td { (volume.uid) ":" (volume.gid) }
            td { (format!("{:04o}", volume.mode)) }
            td {
                @if volume.budget_kib > 0 { (size::kib(volume.budget_kib.into())) } @else { "no budget" }
            }
            td { @if users.is_empty() { "no cell" } @else { (Shown(&users.join(", "))) } }
        }
    }
}
