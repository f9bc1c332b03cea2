//! `list`, `show` and `fields`.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::desired::{Desired, Source};
use libcell::image::{Image, MountSource};
use libcell::options::Parsed;
use libcell::platform::{FileKind, Platform};
use libcell::table::{self, Column, Format, Headings, Owned, Style};
use libcell::{policy, state};

use crate::arguments::{FIELDS, JSON, NO_HEADER, TSV, VIEW};
use crate::failure::{DRIFT, Failure, failed, misused, text};
use crate::manager::Manager;
use crate::registry::{self, COMPACT, Fields, Kind, MERGED, Needs, Selection, VIEWS, cell, volume};
use crate::world::{self, Depth, Kernel, Runtime, find};

/// What is to be shown, and how.
pub(crate) struct Request {
    pub selection: Selection,
    pub style: Style,
}

/// A view by its name.
pub(crate) fn view(name: &str) -> Option<u8> {
    let mut views = VIEWS.iter();
    views.find(|(view, _)| *view == name).map(|(_, bit)| *bit)
}

impl Request {
    pub fn of<S: Fields>(parsed: &Parsed<'_>, command: &str, usual: u8) -> Result<Self, Failure> {
        let view = match parsed.value(VIEW) {
            None => usual,
            Some(name) => view(name).ok_or_else(|| {
                misused(
                    command,
                    name,
                    "no such view: compact, desired, runtime, merged",
                )
            })?,
        };
        let selection = match parsed.value(FIELDS) {
            Some(names) => registry::named::<S>(names)
                .map_err(|name| misused(command, name, "no such field: fields lists them"))?,
            None => registry::of_view::<S>(view),
        };
        Ok(Self {
            selection,
            style: style(parsed, command)?,
        })
    }
}

fn style(parsed: &Parsed<'_>, command: &str) -> Result<Style, Failure> {
    let format = match (parsed.has(TSV), parsed.has(JSON)) {
        (true, true) => return Err(misused(command, "-J", "not with -T")),
        (true, false) => Format::Tsv,
        (false, true) => Format::Json,
        (false, false) => Format::Human,
    };
    let headings = match (parsed.has(NO_HEADER), format) {
        (false, _) => Headings::Shown,
        (true, Format::Tsv) => Headings::Hidden,
        (true, Format::Human | Format::Json) => {
            return Err(misused(command, "-H", "needs -T"));
        }
    };
    Ok(Style { format, headings })
}

/// The most that any field of a selection needs.
fn needs<S: Fields>(selection: &[usize]) -> Needs {
    let fields = selection.iter().filter_map(|index| S::meta(*index));
    let needs = fields.map(|meta| meta.needs);
    needs.max().unwrap_or(Needs::Definition)
}

/// Everything about cells that a selection needs.
pub(crate) struct Cells<'s> {
    /// What was built, and what is desired.
    pub desired: Option<(Image<'s>, Desired<'s>)>,
    pub runtime: Runtime,
    /// Of each kernel's cell, by its place: whether the policy is the desired one.
    pub enforced: Vec<Option<bool>>,
}

impl<'s> Cells<'s> {
    pub fn load<P: Platform>(
        manager: &Manager<'_, '_, P>,
        source: Option<&'s Source>,
        needs: Needs,
    ) -> Result<Self, Failure> {
        let desired = match source {
            None => None,
            Some(source) => {
                let built = source
                    .baked()
                    .map_err(|why| failed("image", "read", &why))?;
                Some((built.image, world::desired(source)?))
            }
        };
        let depth = match needs {
            Needs::Definition | Needs::Unit => Depth::Nothing,
            Needs::List => Depth::List,
            Needs::Stats => Depth::Stats,
            Needs::Policy => Depth::Policy,
        };
        let runtime = match needs {
            Needs::Definition => Runtime::default(),
            Needs::Unit | Needs::List | Needs::Stats | Needs::Policy => {
                Runtime::load(manager, depth)?
            }
        };
        let enforced = runtime
            .kernel
            .iter()
            .map(|kernel| {
                let (_, desired) = desired.as_ref()?;
                enforces(manager.platform, kernel, &desired.image)
            })
            .collect();
        Ok(Self {
            desired,
            runtime,
            enforced,
        })
    }

    /// Every name, the desired ones first.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut add = |name| {
            if !names.contains(&name) {
                names.push(name);
            }
        };
        if let Some((built, desired)) = &self.desired {
            for cell in desired.image.cells.iter().chain(&built.cells) {
                add(cell.name.as_str());
            }
        }
        for unit in self.runtime.units.iter().flatten() {
            add(unit.name.as_str());
        }
        for cell in &self.runtime.kernel {
            add(cell.name.as_str());
        }
        names
    }

    /// A cell from all sides.
    pub fn subject<'c>(&'c self, name: &'c str) -> cell::Subject<'c> {
        let of = |image: &'c Image<'c>| find(image, name).map(|cell| (image, cell));
        let at = self
            .runtime
            .kernel
            .iter()
            .position(|cell| cell.name == name);
        cell::Subject {
            name,
            built: self.desired.as_ref().and_then(|(built, _)| of(built)),
            desired: self
                .desired
                .as_ref()
                .and_then(|(_, desired)| of(&desired.image)),
            kernel: at.and_then(|at| self.runtime.kernel.get(at)),
            unit: self.runtime.unit(name),
            enforced: at
                .and_then(|at| self.enforced.get(at))
                .copied()
                .unwrap_or_default(),
            percent: [None; 2],
        }
    }
}

/// Whether the kernel enforces on a cell what is desired of it; `None` if it was not asked or nothing is desired.
pub(crate) fn enforces<P: Platform>(
    platform: &P,
    kernel: &Kernel,
    desired: &Image<'_>,
) -> Option<bool> {
    let live = kernel.policy.as_ref()?;
    let cell = find(desired, &kernel.name)?;
    // one that has a device that is not there cannot be made, so it is not enforced either
    Some(policy::policy(platform, cell).is_ok_and(|wanted| wanted == **live))
}

/// `cell list`
pub(crate) fn cells<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let request = Request::of::<cell::Subject<'_>>(parsed, "cell list", COMPACT)?;
    let rows = cell_rows(manager, &request.selection, parsed.rest(0))?;
    show::<P, cell::Subject<'_>>(manager, &request, &rows, "cells")
}

/// `cell show`
pub(crate) fn cell<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let request = Request::of::<cell::Subject<'_>>(parsed, "cell show", MERGED)?;
    let rows = cell_rows(manager, &request.selection, parsed.rest(0))?;
    one::<P, cell::Subject<'_>>(manager, &request, &rows)
}

/// Rows of the cells of these names, or of all.
pub(crate) fn cell_rows<P: Platform>(
    manager: &Manager<'_, '_, P>,
    selection: &[usize],
    names: &[&str],
) -> Result<Vec<Vec<Owned>>, Failure> {
    let needs = needs::<cell::Subject<'_>>(selection);
    let source = world::source(manager)?;
    let cells = Cells::load(manager, Some(&source), needs)?;
    let known = cells.names();
    for name in names {
        if !known.contains(name) {
            return Err(unknown("cell", name));
        }
    }
    let percent = [
        percent(manager, &cells, selection, "cpu1s", 1)?,
        percent(manager, &cells, selection, "cpu10s", 10)?,
    ];
    let mut rows = Vec::new();
    for name in known {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let mut subject = cells.subject(name);
        for (to, from) in subject.percent.iter_mut().zip(&percent) {
            let mut from = from.iter();
            *to = from.find(|(of, _)| of == name).map(|(_, percent)| *percent);
        }
        rows.push(registry::row(selection, &subject));
    }
    Ok(rows)
}

fn unknown(kind: &str, name: &str) -> Failure {
    Failure {
        status: DRIFT,
        ..failed(name, kind, &"there is none of that name")
    }
}

/// Percent of one CPU over some seconds from now, if that field is selected.
fn percent<P: Platform>(
    manager: &Manager<'_, '_, P>,
    cells: &Cells<'_>,
    selection: &[usize],
    field: &str,
    seconds: u32,
) -> Result<Vec<(String, u32)>, Failure> {
    let named = registry::named::<cell::Subject<'_>>(field).unwrap_or_default();
    if !named.iter().any(|index| selection.contains(index)) {
        return Ok(Vec::new());
    }
    // what was read before is from a moment ago
    let before = Runtime::load(manager, Depth::Stats)?;
    let waited = manager
        .platform
        .wait(&mut [], Some(u64::from(seconds) * 1000));
    waited.map_err(|errno| failed(field, "wait", &errno))?;
    let after = Runtime::load(manager, Depth::Stats)?;
    let spent = |name: &str| {
        let (before, after) = (before.cell(name)?, after.cell(name)?);
        let spent = after.stats.cpu_us.checked_sub(before.stats.cpu_us)?;
        // 32 bits hold seventy minutes of CPU time
        Some(u32::try_from(spent).ok()? / (seconds * 10_000))
    };
    let names = cells.runtime.kernel.iter().map(|cell| &cell.name);
    Ok(names
        .filter_map(|name| Some((name.clone(), spent(name)?)))
        .collect())
}

/// `volume list`
pub(crate) fn volumes<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let request = Request::of::<volume::Subject<'_>>(parsed, "volume list", MERGED)?;
    let rows = volume_rows(manager, &request.selection, parsed.rest(0))?;
    show::<P, volume::Subject<'_>>(manager, &request, &rows, "volumes")
}

/// `volume show`
pub(crate) fn volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let request = Request::of::<volume::Subject<'_>>(parsed, "volume show", MERGED)?;
    let rows = volume_rows(manager, &request.selection, parsed.rest(0))?;
    one::<P, volume::Subject<'_>>(manager, &request, &rows)
}

/// Rows of the volumes of these names, or of all.
pub(crate) fn volume_rows<P: Platform>(
    manager: &Manager<'_, '_, P>,
    selection: &[usize],
    names: &[&str],
) -> Result<Vec<Vec<Owned>>, Failure> {
    let source = world::source(manager)?;
    let built = source
        .baked()
        .map_err(|why| failed("image", "read", &why))?;
    let desired = world::desired(&source)?;
    let runtime = match needs::<volume::Subject<'_>>(selection) {
        Needs::Definition => Runtime::default(),
        Needs::Unit | Needs::List | Needs::Stats | Needs::Policy => {
            Runtime::load(manager, Depth::Nothing)?
        }
    };
    let known = volume_names(manager, [&desired.image, &built.image]);
    for name in names {
        if !known.iter().any(|other| other == name) {
            return Err(unknown("volume", name));
        }
    }
    let mut rows = Vec::new();
    for name in &known {
        if names.is_empty() || names.contains(&name.as_str()) {
            let subject = subject(manager, name, (&built.image, &desired.image), &runtime);
            rows.push(registry::row(selection, &subject));
        }
    }
    Ok(rows)
}

/// A volume from all sides; what was built and what is desired.
fn subject<'c, P: Platform>(
    manager: &Manager<'_, '_, P>,
    name: &'c str,
    images: (&'c Image<'c>, &'c Image<'c>),
    runtime: &Runtime,
) -> volume::Subject<'c> {
    let (built, desired) = images;
    let of = |image: &'c Image<'c>| {
        let mut volumes = image.volumes.iter();
        volumes.find(|volume| volume.name.as_str() == name)
    };
    let path = match of(desired).or(of(built)) {
        Some(volume) => volume.path.into(),
        None => text(&[state::VOLUMES, "/", name]),
    };
    let place = manager.path(&path);
    let there = manager.platform.metadata(&place).ok();
    let mut subject = volume::Subject {
        name,
        path,
        image: Some(desired),
        desired: of(desired),
        built: of(built),
        there: there
            .filter(|of| of.kind == FileKind::Directory)
            .map(|of| (of.mode, of.uid, of.gid)),
        mounted: 0,
        space: manager.platform.space(&place).ok(),
    };
    subject.mounted = subject
        .users()
        .filter(|name| runtime.unit(name).is_some_and(|unit| unit.pid != 0))
        .map(|_| 1)
        .sum();
    subject
}

/// Names of the volumes of these images, and of directories that are there.
pub(crate) fn volume_names<P: Platform>(
    manager: &Manager<'_, '_, P>,
    images: [&Image<'_>; 2],
) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for volume in images.iter().flat_map(|image| &image.volumes) {
        if !names.iter().any(|name| name == volume.name.as_str()) {
            names.push(volume.name.as_str().into());
        }
    }
    let mut there: Vec<String> = Vec::new();
    let directory = manager.path(state::VOLUMES);
    let opened = manager
        .platform
        .open(&directory, libcell::platform::Open::Directory, 0);
    if let Ok(opened) = opened {
        let _ = manager.platform.names(&opened, &mut |name| {
            let name = libcell::platform::utf8(name).unwrap_or_default();
            let known = names.iter().any(|other| other == name);
            if !known && cell_abi::CellName::new(name).is_ok() && !state::is_reserved(name) {
                there.push(name.into());
            }
        });
    }
    there.sort_unstable();
    names.append(&mut there);
    names
}

/// Whether a mount of a cell is of that volume.
pub(crate) fn mounts(image: &Image<'_>, source: &MountSource, name: &str) -> bool {
    match source {
        MountSource::Tmpfs { .. } => false,
        MountSource::Volume(index) => image
            .volumes
            .get(usize::from(*index))
            .is_some_and(|volume| volume.name.as_str() == name),
    }
}

fn show<P: Platform, S: Fields>(
    manager: &mut Manager<'_, '_, P>,
    request: &Request,
    rows: &[Vec<Owned>],
    what: &str,
) -> Result<(), Failure> {
    if rows.is_empty() && request.style.format == Format::Human {
        manager.say(&["no ", what]);
        return Ok(());
    }
    let columns = columns::<S>(&request.selection);
    table::write_values(manager.sink(), request.style, &columns, rows)
        .map_err(|errno| failed("standard output", "write", &errno))
}

/// A field a line for people, a table otherwise.
fn one<P: Platform, S: Fields>(
    manager: &mut Manager<'_, '_, P>,
    request: &Request,
    rows: &[Vec<Owned>],
) -> Result<(), Failure> {
    let Format::Human = request.style.format else {
        return show::<P, S>(manager, request, rows, "");
    };
    let columns = columns::<S>(&request.selection);
    for row in rows {
        for (column, value) in columns.iter().zip(row) {
            let mut line = table::Line::from(column.name);
            line.resize(18.max(line.len() + 1), b' ');
            value.value().human(&mut line);
            manager.say(&[libcell::platform::utf8(&line).unwrap_or_default()]);
        }
    }
    Ok(())
}

pub(crate) fn columns<S: Fields>(selection: &[usize]) -> Vec<Column> {
    let fields = selection.iter().filter_map(|index| S::meta(*index));
    fields
        .map(|meta| Column {
            name: meta.name,
            align: meta.of.align(),
        })
        .collect()
}

/// `fields`
pub(crate) fn fields<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let view = match parsed.value(VIEW) {
        None => 0,
        Some(name) => view(name).ok_or_else(|| {
            misused(
                "fields",
                name,
                "no such view: compact, desired, runtime, merged",
            )
        })?,
    };
    let style = style(parsed, "fields")?;
    let names: &[&'static str] = match style.format {
        // as it always was
        Format::Tsv => &["field"],
        Format::Human | Format::Json => &["field", "type", "views", "meaning"],
    };
    let columns: Vec<Column> = names
        .iter()
        .map(|name| Column {
            name,
            align: table::Align::Left,
        })
        .collect();
    let rows: Vec<Vec<Owned>> = registry::described(kind, view)
        .into_iter()
        .map(|fields| fields.into_iter().map(Owned::Text).collect())
        .collect();
    table::write_values(manager.sink(), style, &columns, &rows)
        .map_err(|errno| failed("standard output", "write", &errno))
}
