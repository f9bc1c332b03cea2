//! Users and groups: names to numbers by the board's own passwd, and a number of its own for each cell that names none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use libcell::image::GROUPS_MAX;
use sha2::{Digest, Sha256};

use super::Definitions;
use crate::definition::CellDef;
use crate::files::{FileId, Located, Span};
use crate::report::{Mistake, Report};
use crate::suggest;

/// Everybody.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: BTreeMap<String, (u32, u32)>,
    groups: BTreeMap<String, u32>,
    own: BTreeMap<String, u32>,
}

/// Who a cell's service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// For its passwd.
    pub user_name: String,
    /// For its group file.
    pub group_name: String,
    pub uid: u32,
    pub gid: u32,
    /// With names for its group file.
    pub groups: Vec<(String, u32)>,
}

impl Identity {
    /// passwd(5) of its root: root and it.
    pub(super) fn passwd(&self) -> String {
        let mut text = "root:*:0:0:root:/:/sbin/nologin\n".to_owned();
        if self.uid != 0 {
            let Identity {
                user_name,
                uid,
                gid,
                ..
            } = self;
            text.push_str(&format!("{user_name}:*:{uid}:{gid}::/:/sbin/nologin\n"));
        }
        text
    }

    /// group(5) of its root.
    pub(super) fn group(&self) -> String {
        let mut named = BTreeMap::from([(0, "wheel".to_owned())]);
        named
            .entry(self.gid)
            .or_insert_with(|| self.group_name.clone());
        for (name, gid) in &self.groups {
            named.entry(*gid).or_insert_with(|| name.clone());
        }
        named
            .into_iter()
            .map(|(gid, name)| {
                let is_member = self.groups.iter().any(|(_, group)| *group == gid);
                let members = if is_member {
                    self.user_name.as_str()
                } else {
                    ""
                };
                format!("{name}:*:{gid}:{members}\n")
            })
            .collect()
    }
}

impl Accounts {
    /// Reads the board's files and gives numbers to cells without a user.
    pub(super) fn new(definitions: &Definitions, directory: &Path, report: &Report<'_>) -> Self {
        let board = &definitions.board;
        let files = directory.join("files");
        let mut accounts = Self {
            users: BTreeMap::from([("root".to_owned(), (0, 0))]),
            groups: BTreeMap::from([("wheel".to_owned(), 0)]),
            own: BTreeMap::new(),
        };
        if let Some(file) = open(board.passwd.as_ref(), &files, report) {
            for (span, fields) in lines(file, report) {
                match fields.as_slice() {
                    [name, _, uid, gid, ..] => {
                        if let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) {
                            accounts.users.insert(name.clone(), (uid, gid));
                            continue;
                        }
                        malformed(&span, report);
                    }
                    _ => malformed(&span, report),
                }
            }
        }
        if let Some(file) = open(board.group.as_ref(), &files, report) {
            for (span, fields) in lines(file, report) {
                match fields.as_slice() {
                    [name, _, gid, ..] if gid.parse::<u32>().is_ok() => {
                        accounts
                            .groups
                            .insert(name.clone(), gid.parse().unwrap_or_default());
                    }
                    _ => malformed(&span, report),
                }
            }
        }
        accounts.give_numbers(definitions, report);
        accounts
    }

    fn give_numbers(&mut self, definitions: &Definitions, report: &Report<'_>) {
        let nameless: Vec<_> = definitions
            .cells
            .iter()
            .filter(|cell| cell.user.is_none() && !cell.root)
            .collect();
        let Some(range) = &definitions.board.range else {
            if !nameless.is_empty() {
                report.add(
                    Mistake::at(
                        &definitions.board.top,
                        format!(
                            "{} of the cells name no user, and the board has no range of uids for them",
                            nameless.len()
                        ),
                    )
                    .help("[users]\n        range = [5000, 5999]"),
                );
            }
            return;
        };
        let (first, last) = range.value;
        let taken = self
            .users
            .iter()
            .find(|(_, (uid, _))| (first..=last).contains(uid));
        if let Some((name, (uid, _))) = taken {
            report.add(Mistake::at(
                &range.span,
                format!("uid {uid} of this range is `{name}` in the board's passwd"),
            ));
        }
        let mut used: BTreeSet<u32> = definitions
            .cells
            .iter()
            .filter_map(|cell| cell.user.as_ref()?.value.parse().ok())
            .collect();
        for cell in nameless {
            match free(&cell.name.value, first, last, &used) {
                Some(uid) => {
                    used.insert(uid);
                    self.own.insert(cell.name.value.clone(), uid);
                }
                None => {
                    report.add(Mistake::at(
                        &range.span,
                        format!("no uid is left in this range for `{}`", cell.name.value),
                    ));
                }
            }
        }
    }

    /// Who `cell` is.
    pub(super) fn identity(&self, cell: &CellDef, report: &Report<'_>) -> Identity {
        let name = &cell.name.value;
        let (user_name, uid, default_gid) = match &cell.user {
            None if cell.root => ("root".to_owned(), 0, Some(0)),
            None => {
                // one that got none was reported
                let uid = self.own.get(name).copied().unwrap_or(u32::MAX);
                (name.clone(), uid, Some(uid))
            }
            Some(user) => match (user.value.parse::<u32>(), self.users.get(&user.value)) {
                (Ok(uid), _) => (name.clone(), uid, Some(uid)),
                (Err(_), Some((uid, gid))) => (user.value.clone(), *uid, Some(*gid)),
                (Err(_), None) => {
                    self.no_such_user(user, report);
                    (name.clone(), u32::MAX, None)
                }
            },
        };
        if uid == 0 && !cell.root {
            let span = cell
                .user
                .as_ref()
                .map_or(&cell.name.span, |user| &user.span);
            report.add(
                Mistake::at(span, format!("`{name}` would run as root")).help(
                    "say root = true if it must; a reserved port below 1024 does not need it",
                ),
            );
        }
        if uid != 0 && cell.root && uid != u32::MAX {
            let span = cell
                .user
                .as_ref()
                .map_or(&cell.name.span, |user| &user.span);
            report.add(Mistake::at(
                span,
                "`root = true` and a user that is not root",
            ));
        }
        let gid = match &cell.group {
            Some(group) => self.group(group, report).or(default_gid),
            None => default_gid,
        };
        let gid = gid.unwrap_or(u32::MAX);
        if cell.groups.len() > GROUPS_MAX {
            report.add(Mistake::at(
                &cell.name.span,
                format!("more than {GROUPS_MAX} groups"),
            ));
        }
        let mut groups: Vec<(String, u32)> = cell
            .groups
            .iter()
            .filter_map(|group| Some((group.value.clone(), self.group(group, report)?)))
            .collect();
        groups.sort_by_key(|(_, gid)| *gid);
        groups.dedup_by_key(|(_, gid)| *gid);
        let group_name = cell
            .group
            .as_ref()
            .map(|group| group.value.clone())
            .or_else(|| self.group_name(gid))
            .unwrap_or_else(|| user_name.clone());
        Identity {
            user_name,
            group_name,
            uid,
            gid,
            groups,
        }
    }

    fn group_name(&self, gid: u32) -> Option<String> {
        let named = self.groups.iter().find(|(_, number)| **number == gid);
        named.map(|(name, _)| name.clone())
    }

    /// The number of a user, or of the user that is a cell's own.
    pub(super) fn owner(&self, name: &Located<String>, report: &Report<'_>) -> Option<u32> {
        let found = name
            .value
            .parse()
            .ok()
            .or_else(|| self.users.get(&name.value).map(|(uid, _)| *uid))
            .or_else(|| self.own.get(&name.value).copied());
        if found.is_none() {
            self.no_such_user(name, report);
        }
        found
    }

    /// The number of a group, or of the group that is a cell's own.
    pub(super) fn group(&self, name: &Located<String>, report: &Report<'_>) -> Option<u32> {
        let found = name
            .value
            .parse()
            .ok()
            .or_else(|| self.groups.get(&name.value).copied())
            .or_else(|| self.own.get(&name.value).copied());
        if found.is_none() {
            let known = self
                .groups
                .keys()
                .chain(self.own.keys())
                .map(String::as_str);
            report.add(
                Mistake::at(&name.span, format!("there is no group `{}`", name.value))
                    .help(suggest::hint(&name.value, known)),
            );
        }
        found
    }

    fn no_such_user(&self, name: &Located<String>, report: &Report<'_>) {
        let known = self.users.keys().map(String::as_str);
        report.add(
            Mistake::at(
                &name.span,
                format!("there is no user `{}` in the board's passwd", name.value),
            )
            .help(suggest::hint(&name.value, known)),
        );
    }
}

/// A uid from `first` to `last` that follows from the name, so that adding a cell does not move the others.
fn free(name: &str, first: u32, last: u32, used: &BTreeSet<u32>) -> Option<u32> {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let [a, b, c, d, ..] = digest;
    let size = last - first + 1;
    let begin = u32::from_le_bytes([a, b, c, d]) % size;
    (0..size)
        .map(|step| first + (begin + step) % size)
        .find(|uid| !used.contains(uid))
}

fn open(name: Option<&Located<String>>, files: &Path, report: &Report<'_>) -> Option<FileId> {
    let name = name?;
    match report.files().read(&files.join(&name.value)) {
        Ok(file) => Some(file),
        Err(why) => {
            report.add(
                Mistake::at(
                    &name.span,
                    format!("`{}` cannot be read: {why}", name.value),
                )
                .help("it is looked for in the board's files directory"),
            );
            None
        }
    }
}

fn lines(file: FileId, report: &Report<'_>) -> Vec<(Span, Vec<String>)> {
    let source = report.files().get(file);
    let mut start = 0;
    let mut found = Vec::new();
    for line in source.text.split_inclusive('\n') {
        let text = line.trim();
        if !text.is_empty() && !text.starts_with('#') {
            let span = Span {
                file,
                range: start..start + text.len(),
            };
            found.push((span, text.split(':').map(str::to_owned).collect()));
        }
        start += line.len();
    }
    found
}

fn malformed(span: &Span, report: &Report<'_>) {
    report.add(
        Mistake::at(span, "not a line of passwd(5) or group(5)")
            .help("name:*:uid:gid:... or name:*:gid:members"),
    );
}
