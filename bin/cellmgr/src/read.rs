//! `list`, `show` and `fields`.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::image::{Image, MountSource};
use libcell::options::Parsed;
use libcell::platform::{FileKind, Open, Platform, utf8};
use libcell::table::{self, Align, Column, Format, Headings, Line, Owned, Style};
use libcell::{policy, state};

use crate::arguments::{FIELDS, JSON, NO_HEADER, TSV, VIEW};
use crate::failure::{Failure, failed, misused, nothing, text};
use crate::manager::Manager;
use crate::registry::{self, COMPACT, Kind, MERGED, Needs, Selection, VIEWS, cell, volume};
use crate::world::{Depth, Runtime, World, find, look, with};

/// A table: its columns, and its rows.
pub(crate) type Table = (Vec<Column>, Vec<Vec<Owned>>);

/// A view by its name.
fn view(name: &str) -> Result<u8, Failure> {
    for (view, bit) in VIEWS {
        if view == name {
            return Ok(bit);
        }
    }
    Err(misused(
        name,
        "view",
        "not compact, desired, runtime or merged",
    ))
}

/// The fields of a list of names, or of a view.
pub(crate) fn selection(
    kind: Kind,
    usual: u8,
    name: &str,
    names: &str,
) -> Result<Selection, Failure> {
    if !names.is_empty() {
        return registry::named(kind, names).map_err(|name| {
            misused(
                name,
                "field",
                "there is none of that name: fields lists them",
            )
        });
    }
    let bit = if name.is_empty() { usual } else { view(name)? };
    Ok(registry::of_view(kind, bit))
}

pub(crate) fn style(parsed: &Parsed<'_>, command: &str) -> Result<Style, Failure> {
    let mut style = Style {
        format: Format::Human,
        headings: Headings::Shown,
    };
    if parsed.has(TSV) {
        style.format = Format::Tsv;
    }
    if parsed.has(JSON) {
        if parsed.has(TSV) {
            return Err(misused(command, "-J", "not with -T"));
        }
        style.format = Format::Json;
    }
    if parsed.has(NO_HEADER) {
        style.headings = Headings::Hidden;
        if style.format != Format::Tsv {
            return Err(misused(command, "-H", "needs -T"));
        }
    }
    Ok(style)
}

/// What has to be read for a selection.
fn depth(kind: Kind, selection: &[usize]) -> Depth {
    let fields = selection
        .iter()
        .filter_map(|index| registry::meta(kind, *index));
    let needs = fields.map(|meta| meta.needs).max();
    match needs.unwrap_or(Needs::Definition) {
        Needs::Definition => Depth::Definitions,
        Needs::Unit => Depth::Units,
        Needs::List => Depth::List,
        Needs::Stats => Depth::Stats,
        Needs::Policy => Depth::Policy,
    }
}

/// A cell from all sides.
#[inline(never)]
pub(crate) fn subject<'c, P: Platform>(
    platform: &P,
    world: &'c World<'_>,
    name: &'c str,
) -> cell::Subject<'c> {
    let kernel = world.runtime.cell(name);
    let desired = find(world.desired, name);
    let live = kernel.and_then(|kernel| kernel.policy.as_ref());
    let enforced = match (live, desired) {
        // one that has a device that is not there cannot be made, so it is not enforced either
        (Some(live), Some(cell)) => {
            Some(policy::policy(platform, cell).is_ok_and(|wanted| wanted == **live))
        }
        (None, _) | (_, None) => None,
    };
    cell::Subject {
        name,
        built: find(world.built, name).map(|cell| (world.built, cell)),
        desired: desired.map(|cell| (world.desired, cell)),
        kernel,
        unit: world.runtime.unit(name),
        enforced,
    }
}

/// The rows of what is named, or of all.
#[inline(never)]
pub(crate) fn rows<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    kind: Kind,
    selection: &[usize],
    names: &[&str],
) -> Result<Table, Failure> {
    let mut rows = Vec::new();
    let mut collect = |manager: &mut Manager<'_, '_, P>, world: &mut World<'_>| {
        let volumes;
        let known: Vec<&str> = match kind {
            Kind::Cell => world.names(),
            Kind::Volume => {
                volumes = volume_names(manager, world);
                volumes.iter().map(String::as_str).collect()
            }
        };
        for name in names {
            if !known.contains(name) {
                return Err(nothing(name, kind.name(), "there is none of that name"));
            }
        }
        for name in known {
            if names.is_empty() || names.contains(&name) {
                rows.push(match kind {
                    Kind::Cell => registry::row(selection, &subject(manager.platform, world, name)),
                    Kind::Volume => registry::row(selection, &of_volume(manager, world, name)),
                });
            }
        }
        Ok(())
    };
    let depth = depth(kind, selection);
    // what runs can be seen whatever is in the store
    let is_runtime = selection == registry::of_view(kind, registry::RUNTIME);
    if is_runtime {
        look(manager, depth, &mut collect)?;
    } else {
        with(manager, depth, &mut collect)?;
    }
    Ok((columns(kind, selection), rows))
}

fn columns(kind: Kind, selection: &[usize]) -> Vec<Column> {
    let fields = selection
        .iter()
        .filter_map(|index| registry::meta(kind, *index));
    fields
        .map(|meta| Column {
            name: meta.name,
            align: meta.of.align(),
        })
        .collect()
}

/// `list`
pub(crate) fn list<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let style = style(parsed, kind.name())?;
    let usual = match kind {
        Kind::Cell => COMPACT,
        Kind::Volume => MERGED,
    };
    let table = table(manager, parsed, kind, usual)?;
    if table.1.is_empty() && style.format == Format::Human {
        manager.say(&["no ", kind.name(), "s"]);
        return Ok(());
    }
    write(manager, style, &table)
}

fn table<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
    usual: u8,
) -> Result<Table, Failure> {
    let value = |option| parsed.value(option).unwrap_or_default();
    let selection = selection(kind, usual, value(VIEW), value(FIELDS))?;
    rows(manager, kind, &selection, parsed.rest(0))
}

pub(crate) fn write<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    style: Style,
    (columns, rows): &Table,
) -> Result<(), Failure> {
    table::write_values(manager.sink(), style, columns, rows)
        .map_err(|errno| failed("standard output", "write", &errno))
}

/// Where the values of `show` begin.
const INDENT: usize = 18;

/// `show`: a field a line for people, a table otherwise.
pub(crate) fn show<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let style = style(parsed, kind.name())?;
    let table = table(manager, parsed, kind, MERGED)?;
    if style.format != Format::Human {
        return write(manager, style, &table);
    }
    for (column, value) in table.0.iter().zip(table.1.iter().flatten()) {
        let mut line = Line::from(column.name);
        line.resize(INDENT.max(line.len() + 1), b' ');
        value.value().human(&mut line);
        manager.say(&[utf8(&line).unwrap_or_default()]);
    }
    Ok(())
}

/// What the fields are.
pub(crate) fn described(kind: Kind, view: u8) -> Table {
    let columns = ["field", "type", "views", "meaning"].map(|name| Column {
        name,
        align: Align::Left,
    });
    let rows = registry::described(kind, view)
        .into_iter()
        .map(|fields| fields.into_iter().map(Owned::Text).collect());
    (columns.into(), rows.collect())
}

/// `fields`
pub(crate) fn fields<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let view = match parsed.value(VIEW) {
        None => 0,
        Some(name) => view(name)?,
    };
    let style = style(parsed, "fields")?;
    let mut table = described(kind, view);
    if style.format == Format::Tsv {
        // one column, as it always was
        table.0.truncate(1);
    }
    write(manager, style, &table)
}

/// A volume from all sides.
#[inline(never)]
fn of_volume<'c, P: Platform>(
    manager: &Manager<'_, '_, P>,
    world: &'c World<'_>,
    name: &'c str,
) -> volume::Subject<'c> {
    let of = |image: &'c Image<'c>| {
        let mut volumes = image.volumes.iter();
        volumes.find(|volume| volume.name.as_str() == name)
    };
    let (built, desired) = (of(world.built), of(world.desired));
    let path = match desired.or(built) {
        Some(volume) => volume.path.into(),
        None => text(&[state::VOLUMES, "/", name]),
    };
    let place = manager.path(&path);
    let there = manager.platform.metadata(&place).ok();
    volume::Subject {
        name,
        path,
        image: world.desired,
        desired,
        built,
        there: there
            .filter(|of| of.kind == FileKind::Directory)
            .map(|of| (of.mode, of.uid, of.gid)),
        mounted: mounted(world.desired, &world.runtime, name),
        space: manager.platform.space(&place).ok(),
    }
}

/// How many cells run and mount a volume.
pub(crate) fn mounted(image: &Image<'_>, runtime: &Runtime, name: &str) -> u32 {
    let mut count = 0;
    for cell in &image.cells {
        let runs = runtime
            .unit(cell.name.as_str())
            .is_some_and(|unit| unit.pid != 0);
        count += u32::from(runs && mounts(image, cell, name));
    }
    count
}

/// Names of the volumes that are desired or were built, and of directories that are there.
#[inline(never)]
pub(crate) fn volume_names<P: Platform>(
    manager: &Manager<'_, '_, P>,
    world: &World<'_>,
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|other| other == name) {
            names.push(name.into());
        }
    };
    for image in [world.desired, world.built] {
        for volume in &image.volumes {
            add(volume.name.as_str());
        }
    }
    let directory = manager.path(state::VOLUMES);
    if let Ok(opened) = manager.platform.open(&directory, Open::Directory, 0) {
        let mut there: Vec<Vec<u8>> = Vec::new();
        let _ = manager.platform.names(&opened, &mut |name| {
            // sorted as they come
            let at = there.iter().position(|other| other.as_slice() > name);
            there.insert(at.unwrap_or(there.len()), name.into());
        });
        for name in &there {
            let name = utf8(name).unwrap_or_default();
            if cell_abi::CellName::new(name).is_ok() && !state::is_reserved(name) {
                add(name);
            }
        }
    }
    names
}

/// Whether a cell mounts that volume.
pub(crate) fn mounts(image: &Image<'_>, cell: &libcell::image::Cell<'_>, name: &str) -> bool {
    cell.mounts.iter().any(|mount| match mount.source {
        MountSource::Tmpfs { .. } => false,
        MountSource::Volume(index) => image
            .volumes
            .get(usize::from(index))
            .is_some_and(|volume| volume.name.as_str() == name),
    })
}
