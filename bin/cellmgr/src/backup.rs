//! `backup`: archives of a volume, or of the volumes that a cell writes to, which are all that it changes.

mod archive;

use alloc::string::String;
use alloc::vec::Vec;

use archive::{Archive, all, archives, question};
use libcell::backup::{self, Backup, DIRECTORY, Plan, Tight};
use libcell::image::MountSource;
use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::{Platform, utf8};
use libcell::problem::words;
use libcell::restore::{self, Device};
use libcell::table::{Align, Column, Format, Line, Owned, digits, size};
use libcell::time::Form;

use crate::arguments as a;
use crate::failure::{Failure, decimal, misused, nothing, refused, text};
use crate::manager::Manager;
use crate::quiet::quiet;
use crate::read::{self, Table};
use crate::registry::Kind;
use crate::remove::reload;
use crate::settings;
use crate::world::{Depth, World, find, look};

/// `backup create`
pub(crate) fn create<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let keep = keep(parsed)?;
    look(manager, Depth::Units, &mut |manager, world| {
        let volumes = volumes(world, kind, parsed.operand(0))?;
        let device = device(manager);
        quiet(manager, world, parsed, &volumes, &mut |manager| {
            for volume in &volumes {
                let plan = Plan {
                    volume,
                    board: &device.board,
                    image: device.image(),
                    directory: parsed.value(a::TO),
                    allow: device.defined(volume),
                    keep,
                    tight: if parsed.has(a::TIGHT) {
                        Tight::Try
                    } else {
                        Tight::Refuse
                    },
                };
                let mut made = Line::new();
                manager.job("backup create", &mut |job| {
                    backup::create(job, &plan)?;
                    made.extend_from_slice(base(&job.object).as_bytes());
                    sums(&mut made, job);
                    Ok(())
                })?;
                tell(
                    manager,
                    &[volume, ": saved as ", utf8(&made).unwrap_or_default()],
                );
            }
            Ok(())
        })
    })
}

/// `backup list`
pub(crate) fn list<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let style = read::style(parsed, "backup list")?;
    let table = table(manager, kind, parsed.rest(0))?;
    if table.1.is_empty() && style.format == Format::Human {
        manager.say(&["no archives"]);
        return Ok(());
    }
    read::write(manager, style, &table)
}

/// The archives of what is named, or all that are on the device, the newest first.
pub(crate) fn table<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    kind: Kind,
    names: &[&str],
) -> Result<Table, Failure> {
    let columns = [
        ("created", Align::Left),
        ("volume", Align::Left),
        ("size", Align::Right),
        ("archive", Align::Left),
    ];
    let columns = columns.map(|(name, align)| Column { name, align });
    let mut wanted: Vec<String> = Vec::new();
    if !names.is_empty() {
        look(manager, Depth::Definitions, &mut |_, world| {
            for name in names {
                wanted.append(&mut volumes(world, kind, name)?);
            }
            Ok(())
        })?;
    }
    let mut rows = Vec::new();
    for backup in archives(manager, None)? {
        if names.is_empty() || wanted.contains(&backup.volume) {
            let file = backup.file();
            let mut created = Line::new();
            Form::People.write(&mut created, backup.created);
            rows.push(Vec::from([
                Owned::Text(utf8(&created).unwrap_or_default().into()),
                Owned::Text(backup.volume),
                Owned::Bytes(backup.size),
                Owned::Text(file),
            ]));
        }
    }
    Ok((columns.into(), rows))
}

/// `backup restore`
pub(crate) fn restore<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    look(manager, Depth::Units, &mut |manager, world| {
        let volumes = volumes(world, kind, parsed.operand(0))?;
        let device = device(manager);
        let mut chosen = Vec::new();
        for volume in &volumes {
            if let Some(archive) = Archive::of(manager, parsed, volume, &volumes)? {
                chosen.push((volume, archive));
            }
        }
        let mut orders = Vec::new();
        for (volume, archive) in &chosen {
            let order = archive.order(&device, parsed, volume)?;
            let question = question(manager, &order, volume)?;
            manager.confirm(volume, &question, parsed.has(a::YES))?;
            orders.push((*volume, order));
        }
        quiet(manager, world, parsed, &volumes, &mut |manager| {
            for (volume, order) in &orders {
                let mut found = Line::new();
                manager.job("backup restore", &mut |job| {
                    restore::restore(job, order)?;
                    sums(&mut found, job);
                    Ok(())
                })?;
                let archive = base(order.archive);
                let found = utf8(&found).unwrap_or_default();
                tell(manager, &[volume, ": restored from ", archive, found]);
            }
            // what plans put into it is looked at again
            reload(manager);
            Ok(())
        })
    })
}

/// `backup verify`: all of them, also when one is not whole.
pub(crate) fn verify<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    look(manager, Depth::Definitions, &mut |manager, world| {
        let name = parsed.operand(0);
        let volumes = volumes(world, kind, name)?;
        let device = device(manager);
        let mut bad = 0;
        let all = all(manager, parsed, &volumes)?;
        for archive in &all {
            let order = archive.order(&device, parsed, "")?;
            let mut found = Line::new();
            let verified = manager.job("backup verify", &mut |job| {
                restore::verify(job, &order)?;
                sums(&mut found, job);
                Ok(())
            });
            let signed = match (&order.signature, archive.signature.as_slice()) {
                (Some(_), _) => ": whole, signed",
                (None, []) => ": whole, not signed",
                (None, _) => ": whole, signed by whom is not known: no key",
            };
            match verified {
                Ok(()) => {
                    let found = utf8(&found).unwrap_or_default();
                    manager.say(&[base(&archive.path), signed, found]);
                }
                Err(failure) => {
                    manager.say(&[failure.line()]);
                    bad += 1;
                }
            }
        }
        if bad == 0 {
            return Ok(());
        }
        let many = decimal(all.len() as u32);
        let why = text(&[&decimal(bad), " of ", &many, " archives not whole"]);
        Err(refused(name, "backup verify", &why))
    })
}

/// `backup delete`
pub(crate) fn delete<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    look(manager, Depth::Definitions, &mut |manager, world| {
        let name = parsed.operand(0);
        let volumes = volumes(world, kind, name)?;
        let mut files: Vec<String> = Vec::new();
        match parsed.value(a::FROM) {
            Some(file) => {
                let volume = backup::parse(file).map_or("", |(volume, _)| volume);
                if !volumes.iter().any(|other| other == volume) {
                    return Err(refused(file, "backup delete", "no archive of it"));
                }
                files.push(file.into());
            }
            None => {
                for volume in &volumes {
                    let mut newest = archives(manager, Some(volume))?;
                    if !parsed.has(a::ALL) {
                        newest.truncate(1);
                    }
                    files.extend(newest.iter().map(Backup::file));
                }
            }
        }
        if files.is_empty() {
            return Err(nothing(name, "backup delete", NONE));
        }
        let question = text(&["delete ", &files.join(" "), "?"]);
        manager.confirm(name, &question, parsed.has(a::YES))?;
        let directory = manager.path(DIRECTORY);
        for file in &files {
            manager.quick("backup delete", &mut |job| {
                backup::delete(job, &directory, file)
            })?;
            tell(manager, &[file, ": deleted"]);
        }
        Ok(())
    })
}

const NONE: &str = "there is no archive of it";

/// Does what is to be told, and has it in cellinit's events.
fn tell<P: Platform>(manager: &mut Manager<'_, '_, P>, parts: &[&str]) {
    manager.done(parts);
    manager.note(parts);
}

fn device<'p, P: Platform>(manager: &mut Manager<'p, '_, P>) -> Device<'p> {
    let platform = manager.platform;
    Device::new(platform, platform.prefix(), &mut |path, why| {
        manager.say(&[path, ": ", words(why)]);
    })
}

/// The volume of a name, or those that the cell of a name writes to.
fn volumes(world: &World<'_>, kind: Kind, name: &str) -> Result<Vec<String>, Failure> {
    settings::name(name, kind.name())?;
    let mut volumes = Vec::new();
    match kind {
        Kind::Volume => volumes.push(name.into()),
        Kind::Cell => {
            let Some(cell) = find(world.desired, name) else {
                return Err(refused(name, "backup", "there is no such cell"));
            };
            for mount in &cell.mounts {
                if let MountSource::Volume(index) = mount.source
                    && !mount.read_only
                    && let Some(volume) = world.desired.volumes.get(usize::from(index))
                {
                    let name = String::from(volume.name.as_str());
                    if !volumes.contains(&name) {
                        volumes.push(name);
                    }
                }
            }
        }
    }
    if volumes.is_empty() {
        return Err(nothing(name, "backup", "it writes to no volume"));
    }
    Ok(volumes)
}

/// How many archives are kept; 0 is all.
fn keep(parsed: &Parsed<'_>) -> Result<u16, Failure> {
    let Some(word) = parsed.value(a::KEEP) else {
        return Ok(0);
    };
    libcell::number::decimal(word)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| *number != 0)
        .ok_or_else(|| misused("backup create", word, "not a number of archives"))
}

/// What there is in what a job was about.
fn sums<P: Platform>(line: &mut Line, job: &Job<'_, P>) {
    line.extend_from_slice(b", ");
    digits(line, job.found.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(line, job.found.sums.bytes);
}

/// The last component of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
