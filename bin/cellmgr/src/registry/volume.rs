//! The fields of a volume.

use alloc::string::String;

use libcell::image::{Image, Volume};
use libcell::platform::Space;
use libcell::table::Owned;

use super::definition::octal;
use super::{Class, DESIRED as D, Fields, MERGED as M, Meta, Needs, RUNTIME as R, Type};

/// A volume, from all sides.
pub(crate) struct Subject<'s> {
    pub name: &'s str,
    /// Where it is.
    pub path: String,
    /// What is desired, all of it.
    pub image: &'s Image<'s>,
    /// As it is desired.
    pub desired: Option<&'s Volume<'s>>,
    /// As it was built.
    pub built: Option<&'s Volume<'s>>,
    /// Its directory: mode, owner, group.
    pub there: Option<(u32, u32, u32)>,
    /// Cells that run and mount it.
    pub mounted: u32,
    /// Of the file system it is on.
    pub space: Option<Space>,
}

impl Subject<'_> {
    /// The word for where it stands between definition and device.
    pub fn state(&self) -> &'static str {
        match (self.desired, self.there) {
            (Some(volume), Some(there)) if there == (volume.mode, volume.uid, volume.gid) => {
                "managed"
            }
            (Some(_), _) => "pending",
            (None, Some(_)) => "orphaned",
            (None, None) => "absent",
        }
    }

    /// How many cells mount it, and their names.
    fn users(&self) -> (u64, String) {
        let (mut count, mut names) = (0, String::new());
        for cell in &self.image.cells {
            if crate::read::mounts(self.image, cell, self.name) {
                if count > 0 {
                    names.push(',');
                }
                names.push_str(cell.name.as_str());
                count += 1;
            }
        }
        (count, names)
    }
}

fn mode(mode: u32) -> Owned {
    let mut text = String::new();
    octal(&mut text, mode);
    Owned::Text(text)
}

fn owner(uid: u32, gid: u32) -> Owned {
    let mut text = String::new();
    super::definition::number(&mut text, uid);
    text.push(':');
    super::definition::number(&mut text, gid);
    Owned::Text(text)
}

const fn meta(name: &'static str, of: Type, views: u8, needs: Needs, about: &'static str) -> Meta {
    Meta {
        name,
        of,
        views,
        needs,
        class: Class::None,
        about,
    }
}

const DEFINITION: Needs = Needs::Definition;
const UNIT: Needs = Needs::Unit;

type Of = fn(&Subject<'_>) -> Owned;

#[rustfmt::skip]
static FIELDS: &[(Meta, Of)] = &[
    (meta("name", Type::Text, D | R | M, DEFINITION, "its name"), |of| Owned::Text(of.name.into())),
    (meta("state", Type::Text, D | R | M, DEFINITION, "managed, pending, orphaned or absent"), |of| Owned::Text(of.state().into())),
    (meta("refs", Type::Number, D | R | M, DEFINITION, "cells whose definition mounts it"), |of| Owned::Number(of.users().0)),
    (meta("mounted", Type::Number, R | M, UNIT, "cells that run and mount it"), |of| Owned::Number(of.mounted.into())),
    (meta("mode", Type::Text, D | M, DEFINITION, "of its directory, as desired"), |of| of.desired.map_or(Owned::Absent, |volume| mode(volume.mode))),
    (meta("owner", Type::Text, D | M, DEFINITION, "of its directory, as desired: uid and gid"), |of| of.desired.map_or(Owned::Absent, |volume| owner(volume.uid, volume.gid))),
    (meta("mode_there", Type::Text, R, UNIT, "of its directory, as it is"), |of| of.there.map_or(Owned::Absent, |(is, _, _)| mode(is))),
    (meta("owner_there", Type::Text, R, UNIT, "of its directory, as it is"), |of| of.there.map_or(Owned::Absent, |(_, uid, gid)| owner(uid, gid))),
    (meta("path", Type::Text, R | M, DEFINITION, "where it is"), |of| Owned::Text(of.path.clone())),
    (meta("free", Type::Bytes, R, UNIT, "room on the file system it is on"), |of| of.space.map_or(Owned::Absent, |space| Owned::Bytes(space.free_kib << 10))),
    (meta("budget", Type::Bytes, D, DEFINITION, "what it may come to hold, for the build"), |of| of.desired.map_or(Owned::Absent, |volume| Owned::Bytes(u64::from(volume.budget_kib) << 10))),
    (meta("origin", Type::Text, D | M, DEFINITION, "image, changed, or device: where its definition is from"), |of| match (of.built, of.desired) {
        (_, None) => Owned::Absent,
        (None, Some(_)) => Owned::Text("device".into()),
        (Some(was), Some(is)) => Owned::Text(if was == is { "image" } else { "changed" }.into()),
    }),
    (meta("used_by", Type::Text, D | R | M, DEFINITION, "those cells"), |of| super::definition::some(of.users().1)),
];

impl Fields for Subject<'_> {
    fn meta(index: usize) -> Option<&'static Meta> {
        FIELDS.get(index).map(|(meta, _)| meta)
    }

    fn value(&self, index: usize) -> Owned {
        FIELDS
            .get(index)
            .map_or(Owned::Absent, |(_, value)| value(self))
    }
}
