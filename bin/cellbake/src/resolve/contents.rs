//! What a cell's read-only root has in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::accounts::Identity;
use super::closure::Machine;
use super::mounts::ResolvedMount;
use crate::definition::{CellDef, ContentsDef, FileDef};
use crate::files::{Located, Span};
use crate::paths;
use crate::pwd_db;
use crate::report::{Mistake, Report};
use crate::roots::{Content, Entry, Glimpse, Kind, Root, Tree};

/// Where the files of a board's cells come from.
#[derive(Debug)]
pub(super) struct Origin<'o> {
    /// The board's `files`.
    pub files: PathBuf,
    /// The source root, if it is to be looked at.
    pub tree: Option<&'o Tree>,
    /// What to say when something is not there.
    pub package: Option<&'o str>,
    /// What the files of the source root are for.
    pub machine: Option<Machine>,
}

/// Which mode a file of the source root keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modes {
    /// Whether it can be executed: the exact mode is the build host's affair.
    Plain,
    /// The whole of it.
    Exact,
}

/// A root being put together.
#[derive(Debug)]
pub(super) struct Builder<'b> {
    pub(super) report: &'b Report<'b>,
    pub(super) origin: &'b Origin<'b>,
    mounts: &'b [ResolvedMount],
    modes: Modes,
    pub(super) entries: BTreeMap<String, (Entry, Span)>,
}

impl<'b> Builder<'b> {
    /// What is listed, and what that needs to be executed.
    pub(super) fn new(
        contents: &ContentsDef,
        modes: Modes,
        origin: &'b Origin<'b>,
        mounts: &'b [ResolvedMount],
        report: &'b Report<'b>,
    ) -> Self {
        let mut builder = Self {
            report,
            origin,
            mounts,
            modes,
            entries: BTreeMap::new(),
        };
        for directory in &contents.directories {
            builder.put(&directory.value, directory_entry(), &directory.span);
        }
        for (path, target) in &contents.links {
            builder.put(
                &path.value,
                Entry {
                    mode: 0o777,
                    kind: Kind::Link(target.value.clone()),
                },
                &path.span,
            );
        }
        for file in &contents.files {
            builder.board_file(file);
        }
        for path in &contents.copy {
            builder.copy(path);
        }
        builder.close();
        builder
    }

    /// Adds `entry`, reporting what cannot be.
    pub(super) fn put(&mut self, path: &str, entry: Entry, span: &Span) {
        if let Some(fault) = paths::fault(path) {
            self.report
                .add(Mistake::at(span, format!("`{path}` {fault}")));
            return;
        }
        if paths::within(path, "/dev") {
            self.report.add(
                Mistake::at(span, format!("`{path}` is where devices are"))
                    .help("/dev is made for the cell from its [[devices]]"),
            );
            return;
        }
        let mount = self
            .mounts
            .iter()
            .find(|mount| paths::within(path, &mount.target));
        if let Some(mount) = mount {
            let is_mount_point = mount.target == path && entry.kind == Kind::Directory;
            if !is_mount_point {
                self.report.add(
                    Mistake::at(span, format!("`{path}` would be hidden by a mount"))
                        .also(&mount.span, "on this")
                        .help("what a volume is to have in it, a plan puts there"),
                );
            }
            return;
        }
        match self.entries.get(path) {
            None => {
                self.entries.insert(path.to_owned(), (entry, span.clone()));
            }
            Some((other, _)) if *other == entry => {}
            Some((_, first)) => {
                self.report.add(
                    Mistake::at(span, format!("`{path}` is there already"))
                        .also(first, "from here"),
                );
            }
        }
    }

    /// The bytes of a file of this root that did not come from the source root.
    pub(super) fn own_file(&mut self, path: &str) -> Option<&mut Vec<u8>> {
        match self.entries.get_mut(path) {
            Some((
                Entry {
                    kind: Kind::File(Content::Bytes(bytes)),
                    ..
                },
                _,
            )) => Some(bytes),
            Some(_) | None => None,
        }
    }

    fn board_file(&mut self, file: &FileDef) {
        let from = &file.from;
        let leaves = from.value.starts_with('/') || from.value.split('/').any(|part| part == "..");
        if leaves {
            self.report.add(
                Mistake::at(
                    &from.span,
                    format!("`{}` leaves the board's files", from.value),
                )
                .help("a path below the board's files directory"),
            );
            return;
        }
        let path = self.origin.files.join(&from.value);
        match fs::read(&path) {
            Ok(bytes) => {
                let entry = Entry {
                    mode: self.plain_mode(file.mode, &file.to.span),
                    kind: Kind::File(Content::Bytes(bytes)),
                };
                self.put(&file.to.value, entry, &file.to.span);
            }
            Err(why) => self.report.add(
                Mistake::at(
                    &from.span,
                    format!("`{}` cannot be read: {why}", from.value),
                )
                .help("it is looked for in the board's files directory"),
            ),
        }
    }

    /// The permission bits without set-id and sticky ones, which are refused.
    pub(super) fn plain_mode(&self, mode: u32, span: &Span) -> u32 {
        if mode & 0o7000 != 0 {
            self.report.add(Mistake::at(
                span,
                format!("mode {mode:04o}: a cell's root has no set-id or sticky files"),
            ));
        }
        mode & 0o777
    }

    fn copy(&mut self, path: &Located<String>) {
        let text = path.value.as_str();
        if let Some(fault) = paths::fault(text) {
            self.report
                .add(Mistake::at(&path.span, format!("`{text}` {fault}")));
            return;
        }
        let Some(tree) = self.origin.tree else {
            let entry = Entry {
                mode: 0o755,
                kind: Kind::File(Content::Unseen),
            };
            self.put(text, entry, &path.span);
            return;
        };
        let found = match tree.expand(text) {
            Ok(found) => found,
            Err(why) => {
                self.absent(path, &why.to_string());
                return;
            }
        };
        if found.is_empty() {
            self.absent(path, "nothing matches");
        }
        for one in found {
            self.copy_one(tree, &one, path);
        }
    }

    fn absent(&self, path: &Located<String>, why: &str) {
        let mistake = Mistake::at(
            &path.span,
            format!("`{}` is not in the source root: {why}", path.value),
        );
        self.report.add(match self.origin.package {
            Some(package) => mistake.help(format!("this board's source is to have: {package}")),
            None => mistake,
        });
    }

    /// A file or tree; a link is copied as what it is, and what it leads to is copied too.
    pub(super) fn copy_one(&mut self, tree: &Tree, path: &str, said: &Located<String>) {
        let mut path = path.to_owned();
        loop {
            match tree.link(&path) {
                Ok(Some(target)) => {
                    let next = paths::follow(&path, &target, "");
                    let entry = Entry {
                        mode: 0o777,
                        kind: Kind::Link(target),
                    };
                    let known = self.entries.get(&path);
                    if known.is_some_and(|(known, _)| *known == entry) {
                        return;
                    }
                    self.put(&path, entry, &said.span);
                    path = next;
                }
                Ok(None) => break,
                Err(why) => return self.absent(said, &why.to_string()),
            }
        }
        match tree.look(&path) {
            Ok(Glimpse::File(on_host, mode)) => {
                let entry = file_entry(on_host, mode, self.modes);
                self.put(&path, entry, &said.span);
            }
            Ok(Glimpse::Directory(on_host, _)) => self.copy_tree(&path, &on_host, said),
            Ok(Glimpse::Other) => self.report.add(Mistake::at(
                &said.span,
                format!("`{path}` is neither a file nor a directory"),
            )),
            Err(why) => self.absent(said, &why.to_string()),
        }
    }

    /// What is in a directory, links as they are.
    fn copy_tree(&mut self, path: &str, on_host: &Path, said: &Located<String>) {
        self.put(path, directory_entry(), &said.span);
        let listed =
            fs::read_dir(on_host).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(why) => {
                self.absent(said, &why.to_string());
                return;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.absent(said, "a name in it is not text");
                continue;
            };
            let inside = format!("{path}/{name}");
            let found = entry.metadata().map(|metadata| (metadata, entry.path()));
            match found {
                Ok((metadata, on_host)) if metadata.is_dir() => {
                    self.copy_tree(&inside, &on_host, said);
                }
                Ok((metadata, on_host)) if metadata.is_file() => {
                    use std::os::unix::fs::PermissionsExt;
                    let mode = metadata.permissions().mode();
                    let entry = file_entry(on_host, mode, self.modes);
                    self.put(&inside, entry, &said.span);
                }
                Ok((metadata, on_host)) if metadata.is_symlink() => match fs::read_link(&on_host) {
                    Ok(target) => {
                        let entry = Entry {
                            mode: 0o777,
                            kind: Kind::Link(target.display().to_string()),
                        };
                        self.put(&inside, entry, &said.span);
                    }
                    Err(why) => self.absent(said, &why.to_string()),
                },
                Ok(_) => self.report.add(Mistake::at(
                    &said.span,
                    format!("`{inside}` is neither a file nor a directory"),
                )),
                Err(why) => self.absent(said, &why.to_string()),
            }
        }
    }

    /// Adds what every cell's root has, and the directories that nothing listed but something is in.
    pub(super) fn finish(mut self, cell: &CellDef, identity: &Identity) -> Root {
        let top = &cell.name.span;
        let users = identity.passwd();
        let mut files = vec![
            ("/etc/group", identity.group().into_bytes()),
            ("/etc/passwd", users.clone().into_bytes()),
        ];
        // what NetBSD's programs look users up in; a root of two users always fits
        if let Some(machine) = self.origin.machine.filter(Machine::is_netbsd) {
            let database = pwd_db::database(&users, pwd_db::Kind::Public, machine.big_endian);
            files.extend(database.map(|database| ("/etc/pwd.db", database)));
        }
        for (path, bytes) in files {
            if !self.entries.contains_key(path) {
                let entry = Entry {
                    mode: 0o644,
                    kind: Kind::File(Content::Bytes(bytes)),
                };
                self.put(path, entry, top);
            }
        }
        self.root(&cell.name.value, top)
    }

    /// With the directories that nothing listed but something is in.
    pub(super) fn root(mut self, name: &str, top: &Span) -> Root {
        for (path, span) in self.directories_needed(top) {
            self.need_directory(&path, &span);
        }
        Root {
            cell: name.to_owned(),
            entries: self
                .entries
                .into_iter()
                .map(|(path, (entry, _))| (path, entry))
                .collect(),
        }
    }

    /// Mount points, `/dev`, and what is above them and above everything that is there, each once.
    fn directories_needed(&self, top: &Span) -> BTreeMap<String, Span> {
        let mut needed = BTreeMap::from([("/dev".to_owned(), top.clone())]);
        let targets = self.mounts.iter().map(|mount| mount.target.as_str());
        for target in targets.filter(|target| paths::fault(target).is_none()) {
            for path in paths::parents(target).chain([target]) {
                needed.insert(path.to_owned(), top.clone());
            }
        }
        for (path, (_, span)) in &self.entries {
            for parent in paths::parents(path) {
                needed
                    .entry(parent.to_owned())
                    .or_insert_with(|| span.clone());
            }
        }
        needed
    }

    fn need_directory(&mut self, path: &str, span: &Span) {
        match self.entries.get(path) {
            None => {
                self.entries
                    .insert(path.to_owned(), (directory_entry(), span.clone()));
            }
            Some((entry, _)) if entry.kind == Kind::Directory => {}
            Some((_, first)) => self.report.add(
                Mistake::at(span, format!("`{path}` has to be a directory"))
                    .also(first, "and is not"),
            ),
        }
    }
}

const fn directory_entry() -> Entry {
    Entry {
        mode: 0o755,
        kind: Kind::Directory,
    }
}

/// The owner of what is copied is the build host's affair.
const fn file_entry(on_host: PathBuf, mode: u32, modes: Modes) -> Entry {
    let executable = mode & 0o111 != 0;
    Entry {
        mode: match modes {
            Modes::Exact => mode & 0o7777,
            Modes::Plain if executable => 0o755,
            Modes::Plain => 0o644,
        },
        kind: Kind::File(Content::Copy(on_host)),
    }
}
