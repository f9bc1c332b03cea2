//! `import`: a board from the files of cellmgr (v2: shell assignments) and celladm (v4: key=value).
//!
//! Nothing of them is executed, and nothing of them is dropped without a line that says so.

mod cell;
mod emit;
mod plan;
mod shell;
mod v2;
mod v4;
mod volume;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::arguments;
use crate::board::{self, Source};
use crate::command::Said;
use crate::failure::{Failure, count};
use crate::files;

use cell::Cell;
use volume::Volume;

/// What is said of something that is not carried over as it was.
#[derive(Debug, Default)]
pub(crate) struct Remarks(Vec<(String, String)>);

impl Remarks {
    /// Of `what` in `file`: `why`.
    pub(crate) fn add(&mut self, file: &str, what: &str, why: &str) {
        self.0
            .push((file.to_owned(), format!("{file}: {what}: {why}")));
    }

    /// A line each, those of a file together.
    fn into_lines(mut self) -> Vec<String> {
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.0.into_iter().map(|(_, line)| line).collect()
    }
}

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    /// By name.
    pub cells: BTreeMap<String, Cell>,
    /// By name.
    pub volumes: BTreeMap<String, Volume>,
    /// Lines of plans, by cell.
    pub plans: BTreeMap<String, plan::Plan>,
}

pub(crate) fn import(arguments: &arguments::Import) -> Result<Said, Failure> {
    if arguments.paths.is_empty() {
        return Err(Failure::Usage(
            "import: no files to read; see --help".to_owned(),
        ));
    }
    let output = &arguments.output;
    if fs::symlink_metadata(output).is_ok() && fs::remove_dir(output).is_err() {
        return Err(Failure::at(output, "not written", &"exists"));
    }
    let mut remarks = Remarks::default();
    let mut imported = Imported::default();
    for path in find(&arguments.paths, &mut remarks)? {
        let text = fs::read_to_string(&path).map_err(|why| Failure::read(&path, &why))?;
        read(&path, &text, &mut imported, &mut remarks)?;
    }
    complete(&mut imported, &mut remarks);
    write(output, &imported, &mut remarks).map_err(|(path, why)| Failure::write(&path, &why))?;
    let mut said = Said {
        out: format!(
            "{}: {}, {}, {}\n",
            output.display(),
            count(imported.cells.len(), "cell"),
            count(imported.volumes.len(), "volume"),
            count(imported.plans.len(), "plan")
        )
        .into_bytes(),
        notes: remarks.into_lines(),
        ..Said::default()
    };
    // what was written is what anybody would check next
    match board::load(output, &Source::OfBoard) {
        Ok(board) => said.notes.extend(
            board
                .notes
                .iter()
                .map(|note| format!("{}: {note}", output.display())),
        ),
        Err(why) => said.failure = Some(Failure::load(output, why)),
    }
    Ok(said)
}

/// The files named, and those in the directories named.
fn find(paths: &[PathBuf], remarks: &mut Remarks) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let listing = files::list(path, &["cell", "volume", "apply"])
                .map_err(|why| Failure::read(path, &why))?;
            found.extend(listing.wanted);
            for other in listing.others {
                let name = other.file_name().unwrap_or_default().to_string_lossy();
                remarks.add(
                    &name,
                    "file",
                    "neither .cell nor .volume nor .apply, and is left out",
                );
            }
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        let names: Vec<_> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(Failure::Other(format!(
            "{}: no .cell, .volume or .apply files",
            names.join(" ")
        )));
    }
    Ok(found)
}

fn read(
    path: &Path,
    text: &str,
    imported: &mut Imported,
    remarks: &mut Remarks,
) -> Result<(), Failure> {
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (file, stem) = (part(path.file_name()), part(path.file_stem()));
    let twice = match part(path.extension()).as_str() {
        "cell" => {
            let cell = if v2::is(text) {
                v2::read(text, &file, &stem, remarks)
            } else {
                v4::read(text, &file, &stem, imported, remarks)
            };
            let cell = cell.map_err(|why| Failure::at(path, "not a cell", &why))?;
            imported.cells.insert(stem, cell).is_some()
        }
        "volume" => {
            let volume = volume::read(text, &file, remarks);
            imported.volumes.insert(stem, volume).is_some()
        }
        "apply" => {
            let plan = plan::read(text, &file, remarks);
            imported.plans.insert(stem, plan).is_some()
        }
        _ => {
            return Err(Failure::Other(format!(
                "{}: neither .cell nor .volume nor .apply",
                path.display()
            )));
        }
    };
    if twice {
        return Err(Failure::Other(format!(
            "{}: a second file of that name",
            path.display()
        )));
    }
    Ok(())
}

/// What follows from several files at once.
fn complete(imported: &mut Imported, remarks: &mut Remarks) {
    let names: BTreeSet<String> = imported.cells.keys().cloned().collect();
    let before: Vec<(String, String)> = imported
        .cells
        .iter()
        .flat_map(|(name, cell)| {
            cell.before
                .iter()
                .map(|later| (name.clone(), later.clone()))
        })
        .collect();
    for (name, later) in before {
        match imported.cells.get_mut(&later) {
            Some(cell) if !cell.depends.contains(&name) => cell.depends.push(name),
            Some(_) => {}
            None => remarks.add(
                &format!("{name}.cell"),
                "before",
                &format!("`{later}` is no cell here, and is left out"),
            ),
        }
    }
    for (name, cell) in &mut imported.cells {
        let file = format!("{name}.cell");
        cell.depends.retain(|other| {
            let known = names.contains(other);
            if !known {
                remarks.add(
                    &file,
                    "dependency",
                    &format!("`{other}` is no cell here, and is left out"),
                );
            }
            known
        });
        for mount in &cell.mounts {
            if !imported.volumes.contains_key(&mount.volume) {
                remarks.add(
                    &file,
                    "mount",
                    &format!(
                        "volume `{}` has no file of its own; one is made",
                        mount.volume
                    ),
                );
                imported
                    .volumes
                    .insert(mount.volume.clone(), Volume::default());
            }
        }
    }
    for name in names {
        let plan = imported.plans.get(&name);
        if let Some(cell) = imported.cells.get_mut(&name) {
            cell.settle(&name, plan, remarks);
        }
    }
    let orphans: Vec<String> = imported
        .plans
        .keys()
        .filter(|name| !imported.cells.contains_key(*name))
        .cloned()
        .collect();
    for name in orphans {
        imported.plans.remove(&name);
        remarks.add(
            &format!("{name}.apply"),
            "plan",
            "there is no cell of that name, and it is left out",
        );
    }
}

fn write(
    output: &Path,
    imported: &Imported,
    remarks: &mut Remarks,
) -> Result<(), (PathBuf, std::io::Error)> {
    let mut texts = vec![(PathBuf::from("board.toml"), emit::board(output, remarks))];
    for (name, cell) in &imported.cells {
        texts.push((
            Path::new("cells").join(format!("{name}.toml")),
            emit::cell(cell),
        ));
    }
    for (name, volume) in &imported.volumes {
        texts.push((
            Path::new("volumes").join(format!("{name}.toml")),
            emit::volume(volume),
        ));
    }
    for (name, plan) in &imported.plans {
        if let Some(cell) = imported.cells.get(name) {
            let text = plan.emit(&format!("{name}.apply"), cell, remarks);
            texts.push((Path::new("plans").join(format!("{name}.apply")), text));
        }
    }
    for (path, text) in texts {
        let path = output.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, text))
            .map_err(|why| (path, why))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
